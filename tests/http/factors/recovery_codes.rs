//! Recovery codes. NIST SP 800-63B-4 §3.1.2.

use std::collections::BTreeSet;

use grantor::flow::factors::recovery;
use grantor::flow::{Actor, Origin};

use super::{codes, factors, set_app_up, signed_in, user};
use crate::support::{Authenticator, Browser, Page, Server};

async fn with_codes(server: &Server) -> (Browser, Page) {
    server.add_user("ada").await;
    let (mut browser, page) = signed_in(server, "ada").await;
    let (_, page) = set_app_up(server, &mut browser, &page).await;
    (browser, page)
}

async fn verify(server: &Server, code: &str) -> Option<i64> {
    let origin = Origin::local(Actor::Anonymous);
    recovery::verify(server.means(), &user(server, "ada"), code, origin).await.unwrap()
}

/// P14: ten codes of 80 bits, shown with the first factor and never again; the database holds digests.
#[actix_web::test]
async fn ten_codes_are_shown_once() {
    let server = Server::start().await;
    let (mut browser, page) = with_codes(&server).await;
    let shown = codes(&page);
    assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), 10);
    assert!(shown.iter().all(|code| code.replace('-', "").len() == 16), "{shown:?}");
    assert!(!page.url.contains(&shown[0]) && !page.html.contains("?code"), "{}", page.url);

    let page = factors(&server, &mut browser).await;
    assert!(page.text().contains("10 codes are left"), "{}", page.text());
    assert!(shown.iter().all(|code| !page.html.contains(code)));
    let added = browser.add_passkey(&page, "Phone", &mut Authenticator::new()).await;
    assert!(codes(&added).is_empty() && added.text().contains("The passkey is added"), "{}", added.text());
    let rows = server.dump().join("\n");
    assert!(shown.iter().all(|code| !rows.contains(code) && !rows.contains(&code.replace('-', ""))));
}

/// P14: a code works once, also when it is sent thirty-two times at once, and however it is typed.
#[actix_web::test]
async fn a_code_works_once() {
    let server = Server::start().await;
    let (_, page) = with_codes(&server).await;
    let shown = codes(&page);
    let tries = (0..32).map(|_| verify(&server, &shown[0]));
    let right: Vec<_> = futures_util::future::join_all(tries).await.into_iter().flatten().collect();
    assert_eq!(right, [9]);
    assert_eq!(verify(&server, &shown[1].to_uppercase().replace('-', " ")).await, Some(8));
    assert_eq!(verify(&server, &shown[1]).await, None);
    for nonsense in ["", "0000-0000-0000-0000", "nothing", "'; --", "\0"] {
        assert_eq!(verify(&server, nonsense).await, None, "{nonsense:?}");
    }
    assert_eq!(server.audit("recovery_code_used").len(), 2);
}

/// P14: a code is one person's.
#[actix_web::test]
async fn a_code_is_one_persons() {
    let server = Server::start().await;
    let (_, page) = with_codes(&server).await;
    server.add_user("bob").await;
    let origin = Origin::local(Actor::Anonymous);
    let bob = user(&server, "bob");
    let used = recovery::verify(server.means(), &bob, &codes(&page)[0], origin).await.unwrap();
    assert_eq!(used, None);
}

/// P14: new codes take the place of the old ones.
#[actix_web::test]
async fn new_codes_end_the_old_ones() {
    let server = Server::start().await;
    let (mut browser, page) = with_codes(&server).await;
    let old = codes(&page);
    let page = factors(&server, &mut browser).await;
    let page = browser.submit(&page.form("/recovery-codes")).await;
    let new = codes(&page);
    assert_eq!(new.len(), 10);
    assert_eq!(verify(&server, &old[0]).await, None);
    assert_eq!(verify(&server, &new[0]).await, Some(9));
    assert_eq!(server.audit("recovery_codes_made").len(), 2);
}

/// P14: nobody has recovery codes without a factor that they stand in for.
#[actix_web::test]
async fn codes_stand_in_for_something() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let (_, page) = signed_in(&server, "ada").await;
    assert!(!page.has_form("/recovery-codes"));
    let origin = Origin::local(Actor::Anonymous);
    assert!(recovery::make(server.means(), &user(&server, "ada"), origin).await.is_err());
    assert_eq!(server.number("SELECT count(*) AS number FROM recovery_codes"), 0);
}
