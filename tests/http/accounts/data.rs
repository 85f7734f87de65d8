//! People take their data along, and leave.

use super::{add, add_verified, is_signed_in, sign_in};
use crate::support::mail::MailServer;
use crate::support::{Browser, PASSWORD, Server};

async fn delete(server: &Server, browser: &mut Browser, sure: bool) -> (u16, String) {
    let page = browser.open(&server.url("/account/data")).await;
    let form = page.form("/account/data/delete");
    let form = form.with("sure", if sure { "yes" } else { "" });
    let page = browser.submit(&form).await;
    (page.status, page.url)
}

/// Line 3: an account and what belongs to it are gone at once; the person is told.
#[actix_web::test]
async fn a_person_deletes_their_account() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    add_verified(&server, "alice");
    add_verified(&server, "bob");
    let mut browser = sign_in(&server, "alice", PASSWORD).await;
    assert_eq!(delete(&server, &mut browser, false).await.0, 422);
    assert_eq!(server.number("SELECT count(*) AS number FROM users"), 2);
    assert_eq!(delete(&server, &mut browser, true).await.0, 200);
    assert_eq!(server.number("SELECT count(*) AS number FROM users"), 1);
    assert_eq!(server.number("SELECT count(*) AS number FROM browser_sessions"), 0);
    assert!(!is_signed_in(&server, &mut browser).await);
    assert_eq!(mail.nth(1).await.to, ["alice@example.com"]);
    assert_eq!(server.audit("user_removed")[0]["name"], "alice");
}

/// Line 3: it takes a fresh sign-in, and the last administrator stays.
#[actix_web::test]
async fn the_last_administrator_and_an_old_session_delete_nothing() {
    let server = Server::start().await;
    add(&server, "root", true);
    let mut browser = sign_in(&server, "root", PASSWORD).await;
    assert!(is_signed_in(&server, &mut browser).await, "the administrator is not signed in");
    assert_eq!(delete(&server, &mut browser, true).await.0, 422);
    server.advance(301);
    let (_, url) = delete(&server, &mut browser, true).await;
    assert!(url.contains("/login"), "{url}");
    assert_eq!(server.number("SELECT count(*) AS number FROM users"), 1);
}

/// Line 3: everything that is known of the person, and no secret.
#[actix_web::test]
async fn the_export_holds_what_is_known_and_no_secret() {
    let server = Server::start().await;
    add_verified(&server, "alice");
    add_verified(&server, "bob");
    let mut browser = sign_in(&server, "alice", PASSWORD).await;
    let page = browser.open(&server.url("/account/data/export")).await;
    assert_eq!(page.status, 200);
    assert!(page.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let data: serde_json::Value = serde_json::from_str(&page.html).unwrap();
    assert_eq!(data["account"]["email"], "alice@example.com");
    assert_eq!(data["sessions"].as_array().unwrap().len(), 1);
    assert!(data["activity"].as_array().unwrap().iter().any(|event| event["kind"] == "signed_in"), "{data}");
    assert!(!page.html.contains("argon2") && !page.html.contains("bob"));
    for cookie in browser.cookies.values() {
        assert!(!page.html.contains(cookie.as_str()));
    }
    server.advance(301);
    assert!(browser.open(&server.url("/account/data/export")).await.url.contains("/login"));
    assert!(Browser::new(&server).open(&server.url("/account/data/export")).await.url.contains("/login"));
}

/// Line 4: what operators did to the person is among it, without their names and where they were; what they did to others is not.
#[actix_web::test]
async fn the_export_tells_what_operators_did() {
    let server = Server::start().await;
    add_verified(&server, "alice");
    add_verified(&server, "bob");
    server.command(&["group", "add", "staff"]).await;
    server.command(&["group", "add-member", "staff", "alice"]).await;
    server.command(&["user", "sign-out", "bob"]).await;
    let of_desk = "UPDATE audit_events SET actor = 'administrator:grace', address = '198.51.100.9' WHERE kind = 'group_member_added'";
    server.execute(of_desk);
    let mut browser = sign_in(&server, "alice", PASSWORD).await;
    let page = browser.open(&server.url("/account/data/export")).await;
    let data: serde_json::Value = serde_json::from_str(&page.html).unwrap();
    let activity = data["activity"].as_array().unwrap();
    let added = activity.iter().find(|event| event["kind"] == "group_member_added").unwrap();
    assert_eq!(added["actor"], "operator");
    assert!(!page.html.contains("grace") && !page.html.contains("198.51.100.9"), "{data}");
    assert!(
        !activity.iter().any(|event| event["actor"].as_str().unwrap().starts_with("command_line:")),
        "{data}"
    );
    assert!(!page.html.contains("bob"), "{data}");
}
