//! Apps that show one-time codes. RFC 6238.

use grantor::flow::factors::totp;

use super::{App, factors, set_app_up, signed_in, user};
use crate::support::{Browser, Page, Server};

async fn with_app(server: &Server) -> (Browser, App, Page) {
    server.add_user("ada").await;
    let (mut browser, page) = signed_in(server, "ada").await;
    let (app, page) = set_app_up(server, &mut browser, &page).await;
    assert_eq!(page.status, 200, "{}", page.text());
    (browser, app, page)
}

async fn is_right(server: &Server, code: &str) -> bool {
    totp::verify(server.means(), user(server, "ada").id, code).await.unwrap()
}

/// P13: an app is set up by a picture or by text, and by its first code; that code is spent.
#[actix_web::test]
async fn an_app_is_set_up_by_its_first_code() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let (mut browser, page) = signed_in(&server, "ada").await;
    let page = browser.submit(&page.form("/account/factors/one-time-codes")).await;
    assert!(page.html.contains("<svg class=\"qr\""), "{}", page.html);
    assert!(!page.url.contains('?') && page.html.len() < 30_000, "{} {}", page.url, page.html.len());
    let app = App::of(&page);
    assert_eq!(app.0.secret().as_bytes().len(), 20, "160 bits");
    assert!(!is_right(&server, &app.code(&server, 0)).await, "before it is confirmed");

    let wrong = browser.submit(&page.form("/confirm").with("code", "000000")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.html.contains("<title>Error: "), "{}", wrong.html);
    assert_eq!(App::of(&wrong).0.secret(), app.0.secret(), "the same seed is asked for again");

    let form = wrong.form("/confirm").with("code", &app.code(&server, 0));
    let done = browser.submit(&form).await;
    assert!(done.text().contains("Your recovery codes"), "{}", done.text());
    assert_eq!(browser.submit(&form).await.status, 422, "the seed is confirmed once");
    assert!(!is_right(&server, &app.code(&server, 0)).await, "the first code is spent");
    assert!(is_right(&server, &app.code(&server, 1)).await);
    let page = factors(&server, &mut browser).await;
    assert!(page.text().contains("Change to another app"), "{}", page.text());
}

/// P13: a code works once, also when it is sent thirty-two times at once.
#[actix_web::test]
async fn a_code_works_once() {
    let server = Server::start().await;
    let (_, app, _) = with_app(&server).await;
    server.advance(60);
    let (code, id) = (app.code(&server, 0), user(&server, "ada").id);
    let tries = (0..32).map(|_| totp::verify(server.means(), id, &code));
    let right = futures_util::future::join_all(tries).await.into_iter().filter(|it| *it.as_ref().unwrap());
    assert_eq!(right.count(), 1);
    assert!(!is_right(&server, &code).await);
}

/// P13: codes of one step before and after are taken, none further away, and none of before the last one.
#[actix_web::test]
async fn a_code_is_taken_one_step_early_or_late() {
    let server = Server::start().await;
    let (_, app, _) = with_app(&server).await;
    for (steps, expected) in [(-2, false), (2, false), (-1, true), (0, true), (1, true)] {
        server.advance(600);
        assert_eq!(is_right(&server, &app.code(&server, steps)).await, expected, "{steps}");
    }
    server.advance(600);
    assert!(is_right(&server, &app.code(&server, 1)).await);
    assert!(!is_right(&server, &app.code(&server, 0)).await, "older than one that was used");
    for nonsense in ["", "123", "abcdef", "１２", "0000000", "'; --"] {
        assert!(!is_right(&server, nonsense).await, "{nonsense}");
    }
    let nobody = totp::verify(server.means(), -1, &app.code(&server, 0)).await.unwrap();
    assert!(!nobody);
}

/// P13: the seed is in the database in no form that can be read without the master key.
#[actix_web::test]
async fn the_seed_is_sealed() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let (mut browser, page) = signed_in(&server, "ada").await;
    let page = browser.submit(&page.form("/account/factors/one-time-codes")).await;
    let app = App::of(&page);
    let text = app.0.secret().to_base32();
    let hex: String =
        app.0.secret().as_bytes().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let is_sealed = || {
        let rows = server.dump().join("\n");
        !rows.contains(&text) && !rows.to_lowercase().contains(&hex)
    };
    assert!(is_sealed(), "while it waits");
    browser.submit(&page.form("/confirm").with("code", &app.code(&server, 0))).await;
    assert_eq!(server.number("SELECT count(*) AS number FROM totp_secrets"), 1);
    assert!(is_sealed(), "once it is confirmed");
}

/// P12: somebody changes to a new phone: the old app works until the first code of the new one, and not after.
#[actix_web::test]
async fn a_new_app_takes_the_place_of_the_old_one() {
    let server = Server::start().await;
    let (mut browser, old, _) = with_app(&server).await;
    server.advance(60);
    let page = factors(&server, &mut browser).await;
    let page = browser.submit(&page.form("/account/factors/one-time-codes")).await;
    let new = App::of(&page);
    assert!(is_right(&server, &old.code(&server, 0)).await, "the old one goes on until then");
    let page = browser.submit(&page.form("/confirm").with("code", &new.code(&server, 0))).await;
    assert!(page.text().contains("The app is set up"), "{}", page.text());
    server.advance(60);
    assert!(!is_right(&server, &old.code(&server, 0)).await);
    assert!(is_right(&server, &new.code(&server, 0)).await);
    assert_eq!(server.audit("factor_added").last().unwrap()["replaced"], true);
}

/// P13: a seed that waits belongs to one browser and waits a quarter of an hour.
#[actix_web::test]
async fn a_seed_waits_in_one_browser_for_a_while() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let (mut browser, page) = signed_in(&server, "ada").await;
    let page = browser.submit(&page.form("/account/factors/one-time-codes")).await;
    let app = App::of(&page);
    let ceremony = page.form("/confirm").value("ceremony").unwrap().to_owned();
    let (mut other, elsewhere) = signed_in(&server, "ada").await;
    let elsewhere = other.submit(&elsewhere.form("/account/factors/one-time-codes")).await;
    let form = elsewhere.form("/confirm").with("ceremony", &ceremony).with("code", &app.code(&server, 0));
    assert_eq!(other.submit(&form).await.status, 422);
    assert_eq!(server.number("SELECT count(*) AS number FROM totp_secrets"), 0);
    let form = page.form("/confirm").with("code", &app.code(&server, 0));
    assert_eq!(browser.submit(&form).await.status, 200);
}

/// P12: an app that is removed signs in no more, and its recovery codes go with it.
#[actix_web::test]
async fn an_app_is_removed() {
    let server = Server::start().await;
    let (mut browser, app, _) = with_app(&server).await;
    server.advance(60);
    let page = factors(&server, &mut browser).await;
    assert!(page.text().contains("This takes your recovery codes away as well"), "{}", page.text());
    let page = browser.submit(&page.form("/one-time-codes/remove")).await;
    assert!(!page.text().contains("recovery codes away"), "{}", page.text());
    assert!(page.text().contains("The app is removed"), "{}", page.text());
    assert!(!is_right(&server, &app.code(&server, 0)).await);
    assert_eq!(server.number("SELECT count(*) AS number FROM recovery_codes"), 0);
    assert_eq!(server.audit("factor_removed").len(), 1);
}
