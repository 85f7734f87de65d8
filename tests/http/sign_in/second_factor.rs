//! A second factor, and setting one up first. Security statements P09, P12, P16.

use futures_util::future::join_all;

use super::{App, halfway, is_home, levels, recovery_codes, send_code, stranger, try_in, user, with_app};
use crate::support::{Browser, PASSWORD, Server};

const SESSIONS: &str = "SELECT count(*) AS number FROM browser_sessions";

/// P12, P16: whoever has set up one-time codes is asked for one each time; the session says that it was two factors.
#[actix_web::test]
async fn a_code_is_asked_for_beside_the_password() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let app = with_app(&server, "ada").await;
    let (mut browser, page) = halfway(&server, "ada").await;
    assert!(!browser.cookies.contains_key("grantor_session"), "nobody is signed in yet");
    assert_eq!(server.number(SESSIONS), 0);
    assert!(!page.html.contains(PASSWORD) && page.html.contains("autocomplete=\"one-time-code\""));
    let wrong = send_code(&mut browser, &page, "123456").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.html.contains("<title>Error: "), "{}", wrong.html);
    let home = send_code(&mut browser, &page, &app.code(&server, 0)).await;
    assert!(is_home(&home, "ada"), "{}", home.text());
    assert_eq!(levels(&server, "2"), 1);
    let said = r#"SELECT count(*) AS number FROM audit_events WHERE kind = 'signed_in' AND details LIKE '%["password","totp"]%'"#;
    assert_eq!(server.number(said), 1);
}

/// P14: a recovery code stands in for the app, once.
#[actix_web::test]
async fn a_recovery_code_stands_in_once() {
    let server = Server::start().await;
    server.add_user("ada").await;
    with_app(&server, "ada").await;
    let codes = recovery_codes(&server, "ada").await;
    let (mut browser, page) = halfway(&server, "ada").await;
    assert!(is_home(&send_code(&mut browser, &page, &codes[0]).await, "ada"));
    assert_eq!(levels(&server, "2"), 1);
    let (mut browser, page) = halfway(&server, "ada").await;
    assert_eq!(send_code(&mut browser, &page, &codes[0]).await.status, 422);
    assert!(is_home(&send_code(&mut browser, &page, &codes[1]).await, "ada"));
}

/// A sign-in that is under way goes on once, whatever proves it: of many codes at the same moment one starts a session.
#[actix_web::test]
async fn a_sign_in_goes_on_once() {
    let server = Server::start().await;
    server.add_user("ada").await;
    with_app(&server, "ada").await;
    let codes = recovery_codes(&server, "ada").await;
    let (browser, page) = halfway(&server, "ada").await;
    let tries = codes.iter().take(4).map(|code| {
        let (mut browser, form) = (browser.clone(), page.form("/login/second-factor").with("code", code));
        async move { browser.submit(&form).await }
    });
    let answers = join_all(tries).await;
    assert_eq!(answers.iter().filter(|page| is_home(page, "ada")).count(), 1);
    assert_eq!(server.number(SESSIONS), 1);
    assert_eq!(server.number("SELECT count(*) AS number FROM sign_ins"), 0);
}

/// P15, S01: a sign-in that is under way belongs to its browser, and ends.
#[actix_web::test]
async fn a_sign_in_belongs_to_its_browser_and_ends() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let app = with_app(&server, "ada").await;
    let (mut browser, page) = halfway(&server, "ada").await;
    assert_eq!(Browser::new(&server).open(&page.url).await.status, 422);
    let mut thief = Browser::new(&server);
    thief.open(&server.url("/login")).await;
    assert_eq!(send_code(&mut thief, &page, &app.code(&server, 0)).await.status, 403);
    server.advance(601);
    assert_eq!(send_code(&mut browser, &page, &app.code(&server, 0)).await.status, 422);
    assert_eq!(server.number(SESSIONS), 0);
}

/// P09: whoever is switched off or gets another password between the two proofs is not signed in.
#[actix_web::test]
async fn a_change_between_the_proofs_ends_the_sign_in() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let app = with_app(&server, "ada").await;
    let (mut browser, page) = halfway(&server, "ada").await;
    server.execute(&format!("UPDATE users SET password_changed_at = {}", server.clock.now() + 1));
    assert_eq!(send_code(&mut browser, &page, &app.code(&server, 0)).await.status, 422);
    server.execute("UPDATE users SET password_changed_at = NULL");
    let (mut browser, page) = halfway(&server, "ada").await;
    server.command(&["user", "disable", "ada"]).await;
    assert_eq!(send_code(&mut browser, &page, &app.code(&server, 1)).await.status, 422);
    assert_eq!(server.number(SESSIONS), 0);
}

fn demand_two(server: &Server) {
    server.execute("UPDATE users SET requires_second_factor = TRUE");
}

/// P12: whoever must have a second factor and has none sets one up before they are signed in, and gets recovery codes.
#[actix_web::test]
async fn a_factor_is_set_up_before_the_sign_in_goes_on() {
    let server = Server::start().await;
    server.add_user("ada").await;
    demand_two(&server);
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url("/login?return=/account/factors")).await;
    let page = try_in(&mut browser, &page, "ada", PASSWORD).await;
    assert!(page.url.contains("/login/enrol?sign_in="), "{}", page.url);
    assert_eq!(server.number(SESSIONS), 0);
    let app = app_of(&page);
    let wrong = browser.submit(&page.form("/login/enrol").with("code", "000000")).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(app_of(&wrong).code(&server, 0), app.code(&server, 0), "the app need not be set up again");
    let done = browser.submit(&wrong.form("/login/enrol").with("code", &app.code(&server, 0))).await;
    assert_eq!((done.status, done.html.matches("<li><code>").count()), (200, 10), "{}", done.text());
    assert!(done.html.contains("/account/factors"), "the way on");
    assert_eq!(levels(&server, "2"), 1);
    assert!(browser.cookies.contains_key("grantor_session"));
    // The next time the code is asked for.
    server.advance(30);
    let (mut browser, page) = halfway(&server, "ada").await;
    assert!(is_home(&send_code(&mut browser, &page, &app.code(&server, 0)).await, "ada"));
}

fn app_of(page: &crate::support::Page) -> App {
    let selector = scraper::Selector::parse("code.secret").unwrap();
    let document = scraper::Html::parse_document(&page.html);
    let text: String = document.select(&selector).next().unwrap().text().collect();
    let secret = totp_rs::Secret::try_from_base32(text.replace(' ', "")).unwrap();
    App(totp_rs::Builder::new().with_secret(secret).build().unwrap())
}

/// P12, CVE row 58: a stolen password does not set up a factor beside the one that there is.
#[actix_web::test]
async fn nobody_enrols_beside_a_factor() {
    let server = Server::start().await;
    server.add_user("ada").await;
    demand_two(&server);
    let mut thief = Browser::new(&server);
    let page = thief.open(&server.url("/login")).await;
    let enrol = try_in(&mut thief, &page, "ada", PASSWORD).await;
    let planted = app_of(&enrol);
    with_app(&server, "ada").await;
    let late = thief.submit(&enrol.form("/login/enrol").with("code", &planted.code(&server, 0))).await;
    assert!(late.has_form("/login/second-factor"), "{}", late.text());
    assert!(thief.open(&enrol.url).await.has_form("/login/second-factor"));
    assert_eq!(send_code(&mut thief, &late, &planted.code(&server, 0)).await.status, 422);
    assert_eq!(server.number(SESSIONS), 0);
}

/// P12: the demand of a group counts like that of the person.
#[actix_web::test]
async fn a_group_demands_two_factors() {
    let server = Server::start().await;
    server.add_user("ada").await;
    server.execute(
        "INSERT INTO groups_of_people (name, description, requires_second_factor, created_at) \
         VALUES ('finance', '', TRUE, 0)",
    );
    assert!(is_home(&stranger(&server, "ada", PASSWORD).await, "ada"));
    server.execute(&format!(
        "INSERT INTO group_members (group_id, user_id, added_at) SELECT id, {}, 0 FROM groups_of_people",
        user(&server, "ada").id
    ));
    assert!(stranger(&server, "ada", PASSWORD).await.url.contains("/login/enrol?"));
}
