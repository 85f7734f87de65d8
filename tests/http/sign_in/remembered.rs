//! How long a sign-in lasts. Security statements S01 and S02.

use reqwest::Method;

use super::is_home;
use crate::support::{Browser, PASSWORD, Server};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Signs in with or without the box; the cookie of the session as it was set.
async fn sign_in(server: &Server, remember: bool) -> (Browser, String) {
    let mut browser = Browser::new(server);
    let page = browser.open(&server.url("/login")).await;
    let page = browser.submit(&page.form("/login").with("name", "ada")).await;
    let mut form = page.form("/login").with("password", PASSWORD);
    if remember {
        form = form.with("remember", "1");
    }
    let url = server.url("/login");
    let response = browser.send(Method::POST, &url, Some(form.fields)).await;
    let cookies = response.headers().get_all("set-cookie").iter().map(|it| it.to_str().unwrap().to_owned());
    let cookie = cookies.into_iter().find(|cookie| cookie.starts_with("grantor_session=")).unwrap();
    (browser, cookie)
}

async fn is_in(server: &Server, browser: &mut Browser) -> bool {
    is_home(&browser.open(&server.url("/")).await, "ada")
}

/// S02: an hour without activity ends a sign-in, and its cookie ends with the browser.
#[actix_web::test]
async fn a_sign_in_ends_when_it_is_not_used() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let (mut browser, cookie) = sign_in(&server, false).await;
    assert!(!cookie.contains("Max-Age") && !cookie.contains("Expires"), "{cookie}");
    server.advance(HOUR - 1);
    assert!(is_in(&server, &mut browser).await);
    server.advance(2);
    assert!(!is_in(&server, &mut browser).await);
}

/// S02: whoever chose to stay signed in stays so for thirty days and no longer, used or not.
#[actix_web::test]
async fn a_sign_in_that_is_remembered_lasts_thirty_days() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let (mut browser, cookie) = sign_in(&server, true).await;
    assert!(cookie.contains("Max-Age=2592000") && cookie.contains("HttpOnly"), "{cookie}");
    server.advance(30 * DAY - 1);
    assert!(is_in(&server, &mut browser).await);
    server.advance(2);
    assert!(!is_in(&server, &mut browser).await);
}

/// S02: without the setting there is no such choice, whatever a form says.
#[actix_web::test]
async fn the_operator_can_have_nobody_remembered() {
    let server = Server::with().set("GRANTOR_SESSION__REMEMBERED_LIFETIME", "0").start().await;
    server.add_user("ada").await;
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url("/login")).await;
    let page = browser.submit(&page.form("/login").with("name", "ada")).await;
    assert!(!page.html.contains("name=\"remember\""));
    let (mut browser, cookie) = sign_in(&server, true).await;
    assert!(!cookie.contains("Max-Age"), "{cookie}");
    server.advance(HOUR + 1);
    assert!(!is_in(&server, &mut browser).await);
}

/// S01, RFC 9700 §4.7: a sign-in, also one more of the same person, has a new id, and the old one is dead.
#[actix_web::test]
async fn each_sign_in_has_a_new_id() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let (mut browser, _) = sign_in(&server, false).await;
    let mut old = browser.clone();
    let page = browser.open(&server.url("/login?return=/account/profile&again=1")).await;
    assert!(page.form("/login").value("again").is_some(), "{}", page.text());
    browser.submit(&page.form("/login").with("password", PASSWORD)).await;
    assert_ne!(browser.cookies["grantor_session"], old.cookies["grantor_session"]);
    assert!(is_in(&server, &mut browser).await);
    assert!(!is_in(&server, &mut old).await);
    assert_eq!(server.number("SELECT count(*) AS number FROM browser_sessions"), 1, "it is the same session");
}
