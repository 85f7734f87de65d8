//! The pages of one's own account. Security statements U03, S03 and S04.

use crate::support::{Browser, PASSWORD, Page, Server};

const PAGES: [&str; 8] = [
    "/account",
    "/account/profile",
    "/account/password",
    "/account/factors",
    "/account/sessions",
    "/account/applications",
    "/account/providers",
    "/account/activity",
];

async fn signed_in(server: &Server, name: &str) -> Browser {
    let mut browser = Browser::new(server);
    let page = browser.open(&server.url("/login")).await;
    browser.sign_in(&page, name).await;
    browser
}

async fn open(server: &Server, browser: &mut Browser, path: &str) -> Page {
    browser.open(&server.url(path)).await
}

/// S04: every page of the account has a button that signs out; nobody sees one who is not signed in.
#[actix_web::test]
async fn every_page_of_the_account_signs_out() {
    let server = Server::start().await;
    server.add_user("ada").await;
    for path in PAGES {
        let mut stranger = Browser::new(&server);
        let page = open(&server, &mut stranger, path).await;
        assert!(page.url.contains("/login?return="), "{path}: {}", page.url);
        let mut browser = signed_in(&server, "ada").await;
        let page = open(&server, &mut browser, path).await;
        assert_eq!(page.status, 200, "{path}");
        browser.submit(&page.form("/logout")).await;
        let page = open(&server, &mut browser, path).await;
        assert!(page.has_form("/login"), "{path}");
    }
}

/// S03: a person ends one session, and all others at once.
#[actix_web::test]
async fn a_person_ends_their_sessions() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut first = signed_in(&server, "ada").await;
    let (mut second, mut third) = (signed_in(&server, "ada").await, signed_in(&server, "ada").await);
    let page = open(&server, &mut first, "/account/sessions").await;
    let ends = page.forms().into_iter().filter(|form| form.action.ends_with("/end")).collect::<Vec<_>>();
    assert_eq!(ends.len(), 3);
    let done = first.submit(&page.form("/end-others")).await;
    assert_eq!(done.forms().iter().filter(|form| form.action.ends_with("/end")).count(), 1);
    for other in [&mut second, &mut third] {
        assert!(open(&server, other, "/account").await.has_form("/login"));
    }
    assert_eq!(open(&server, &mut first, "/account").await.status, 200);
}

/// U03: what was allowed is listed with its scopes, and revoked by two clicks: its tokens are dead.
#[actix_web::test]
async fn access_is_revoked_by_two_clicks() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let tokens = server.tokens(&client, "ada", "openid profile").await;
    let mut browser = signed_in(&server, "ada").await;
    let page = open(&server, &mut browser, "/account/applications").await;
    assert!(page.text().contains("profile"), "{}", page.text());
    assert!(page.text().contains("Registered itself"), "{}", page.text());
    let page = browser.submit(&page.form("/revoke")).await;
    assert!(!page.has_form("/revoke"), "{}", page.text());
    let answer = server.refresh(&client, tokens.refresh_token.as_deref().unwrap_or_default()).await;
    assert_eq!(answer.status(), 400);
}

/// T17, P07: a new password needs the old one, and ends every other session.
#[actix_web::test]
async fn a_new_password_ends_every_other_session() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let (mut browser, mut other) = (signed_in(&server, "ada").await, signed_in(&server, "ada").await);
    let page = open(&server, &mut browser, "/account/password").await;
    let new = "seven brown otters sing quietly";
    let form = page.form("/account/password").with("new", new).with("again", new);
    let wrong = browser.submit(&form.clone().with("current", "not my password at all")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.html.contains("<title>Error: "), "{}", wrong.text());
    let done = browser.submit(&form.with("current", PASSWORD)).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(open(&server, &mut other, "/account").await.has_form("/login"));
    assert_eq!(open(&server, &mut browser, "/account").await.status, 200);
    server.advance(301);
    let page = open(&server, &mut browser, "/account/password").await;
    assert!(!page.has_form("/account/password"), "it asks for a sign-in of the last minutes");
}
