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

/// What operators do to a person stands among their activity, without the name and the address of the operator; what they do to
/// others does not.
#[actix_web::test]
async fn the_activity_tells_what_operators_did() {
    let server = Server::start().await;
    for name in ["ada", "bob"] {
        server.add_user(name).await;
    }
    let mut stranger = Browser::new(&server);
    let page = stranger.open(&server.url("/login")).await;
    let wrong = page.form("/login").with("name", "ada").with("password", "not this one");
    assert_eq!(stranger.submit(&wrong).await.status, 422);
    for command in [
        &["group", "add", "staff"][..],
        &["user", "unblock", "ada"],
        &["group", "add-member", "staff", "ada"],
        &["group", "remove-member", "staff", "ada"],
        &["user", "disable", "ada"],
        &["user", "enable", "ada"],
        &["user", "sign-out", "ada"],
        &["user", "reset-factors", "ada"],
        &["user", "reset-link", "ada", "--show"],
        &["user", "set", "ada", "--second-factor", "false"],
    ] {
        server.command(command).await;
    }
    server.command(&["user", "disable", "bob"]).await;
    let mut browser = signed_in(&server, "ada").await;
    let page = open(&server, &mut browser, "/account/activity").await;
    let items: Vec<String> = page.items();
    let of_operator: Vec<&String> = items.iter().filter(|item| item.contains("by an operator")).collect();
    for what in [
        "Added to a group",
        "Removed from a group",
        "Switched the account off",
        "Switched the account on",
        "Ended sessions",
        "Allowed sign-in again at once",
        "Removed a way to sign in",
        "Made a link to a new password",
        "Changed the account",
    ] {
        assert_eq!(of_operator.iter().filter(|item| item.contains(what)).count(), 1, "{what}: {items:?}");
    }
    assert!(items.iter().any(|item| item.contains("Signed in") && !item.contains("by an operator")));
    assert!(!items.iter().any(|item| item.contains("Something else")), "{items:?}");
    let mut browser = signed_in(&server, "ada").await;
    let of_desk = "UPDATE audit_events SET actor = 'administrator:grace', address = '198.51.100.9' WHERE kind = 'user_disabled'";
    server.execute(of_desk);
    let page = open(&server, &mut browser, "/account/activity").await;
    let told = page.items().into_iter().find(|item| item.contains("Switched the account off")).unwrap();
    assert!(told.contains("by an operator"), "{told}");
    assert!(!page.html.contains("198.51.100.9") && !page.html.contains("grace"), "{}", page.text());
}
