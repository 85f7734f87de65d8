//! Browser sessions. RFC 9700 §4.7 (fixation), NIST SP 800-63B-4 §2.2.3 (limits).

use super::{is_signed_in, signed_in};
use crate::support::{Browser, Page, Pkce, Server, query_of};

/// S01: the id changes at every sign-in and the old one is dead; the anonymous cookie of the browser stays.
#[actix_web::test]
async fn the_session_id_changes_at_sign_in() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut browser = Browser::new(&server);
    let fixed = "0".repeat(43);
    browser.cookies.insert("grantor_session".to_owned(), fixed.clone());
    let page = browser.open(&server.url("/login")).await;
    let anonymous = browser.cookies["grantor_browser"].clone();
    browser.sign_in(&page, "ada").await;
    let first = browser.cookies["grantor_session"].clone();
    assert_ne!(first, fixed);
    assert_eq!(browser.cookies["grantor_browser"], anonymous);
    let mut attacker = Browser::new(&server);
    attacker.cookies.insert("grantor_session".to_owned(), fixed);
    assert!(!is_signed_in(&server, &mut attacker).await);

    let client = server.register_public().await;
    let url = server.authorize_url(&client, &Pkce::new(), &[("prompt", "login")]);
    let page = browser.open(&url).await;
    browser.sign_in(&page, "ada").await;
    assert_ne!(browser.cookies["grantor_session"], first);
    assert_eq!(browser.cookies["grantor_browser"], anonymous);
    attacker.cookies.insert("grantor_session".to_owned(), first);
    assert!(!is_signed_in(&server, &mut attacker).await);
    assert!(is_signed_in(&server, &mut browser).await);
}

/// S02: a session that nobody uses is over after an hour.
#[actix_web::test]
async fn an_idle_session_ends_after_an_hour() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut browser = signed_in(&server, "ada").await;
    server.advance(3599);
    assert!(is_signed_in(&server, &mut browser).await);
    server.advance(1);
    assert!(!is_signed_in(&server, &mut browser).await);
}

/// S02: one that is used is over after a day.
#[actix_web::test]
async fn a_session_in_use_ends_after_a_day() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let url = || server.authorize_url(&client, &Pkce::new(), &[("scope", "openid")]);
    let silent = || server.authorize_url(&client, &Pkce::new(), &[("scope", "openid"), ("prompt", "none")]);
    let mut browser = Browser::new(&server);
    browser.allow(&url(), "ada").await;
    for half_hour in 1..48 {
        server.advance(1800);
        let location = browser.open(&silent()).await.location.unwrap();
        assert!(query_of(&location, "code").is_some(), "{half_hour}: {location}");
    }
    server.advance(1800);
    let location = browser.open(&silent()).await.location.unwrap();
    assert_eq!(query_of(&location, "error").as_deref(), Some("login_required"));
}

fn code_of(page: &Page) -> String {
    let location = page.location.as_deref().unwrap_or_else(|| panic!("{}", page.text()));
    query_of(location, "code").unwrap_or_else(|| panic!("{location}"))
}

/// Two tabs: each goes on with its own request; the form of a tab that was open at the sign-in in the other one asks to
/// be loaded again, and then both get their codes.
#[actix_web::test]
async fn two_tabs_get_their_codes() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let (one, two) = (server.register_public().await, server.register_public().await);
    let mut browser = Browser::new(&server);
    let (pkce_one, pkce_two) = (Pkce::new(), Pkce::new());
    let first = browser.open(&server.authorize_url(&one, &pkce_one, &[])).await;
    let second = browser.open(&server.authorize_url(&two, &pkce_two, &[])).await;
    let first = browser.sign_in(&first, "ada").await;
    assert!(first.has_form("/consent"));
    let stale = browser.sign_in(&second, "ada").await;
    assert_eq!((stale.status, stale.location.as_deref()), (403, None));
    let second = browser.open(&second.url).await;
    let second = browser.submit(&second.form("/consent").with("decision", "allow")).await;
    let first = browser.submit(&first.form("/consent").with("decision", "allow")).await;
    for (client, pkce, page) in [(&one, &pkce_one, &first), (&two, &pkce_two, &second)] {
        crate::support::tokens(server.exchange(client, &code_of(page), pkce).await).await;
    }
}
