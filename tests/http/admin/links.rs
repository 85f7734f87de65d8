//! Invitations and links to a new password, by the admin API. Security statements P18, P20 and X02.

use grantor::flow::administer::api_keys::Rights;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::mail::MailServer;
use crate::support::{Browser, Server};

const NOBODY: i64 = 0;

async fn inviting() -> (Server, String) {
    let server = Server::with().set("GRANTOR_ACCOUNTS__SIGN_UP", "invitation").start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    (server, key)
}

async fn status(server: &Server, url: &str) -> u16 {
    Browser::new(server).open(url).await.status
}

async fn listed(server: &Server, key: &str) -> Vec<Value> {
    let (status, body) = server.administer(key, Method::GET, "/invitations", Value::Null).await;
    assert_eq!(status, 200, "{body}");
    body["invitations"].as_array().unwrap().clone()
}

async fn subject(server: &Server, key: &str, name: &str) -> String {
    let (_, found) = server.administer(key, Method::GET, &format!("/users?text={name}"), Value::Null).await;
    found["people"][0]["subject"].as_str().unwrap().to_owned()
}

/// P18: an invitation is shown once to whoever makes it, listed without its link, and taken back; each step is written down.
#[actix_web::test]
async fn an_invitation_is_made_listed_and_taken_back() {
    let (server, key) = inviting().await;
    assert_eq!(server.administer(&key, Method::POST, "/groups", json!({"name": "staff"})).await.0, 201);
    let body = json!({"email": " Carol@Example.com ", "groups": ["staff"]});
    let (made, issued) = server.administer(&key, Method::POST, "/invitations", body).await;
    assert_eq!(made, 201, "{issued}");
    assert_eq!(issued["mailed_to"], Value::Null);
    assert_eq!(issued["expires_at"], server.clock.now() + 7 * 86_400);
    let link = issued["link"].as_str().unwrap();
    let secret = link.split("token=").nth(1).unwrap();
    assert!(link.starts_with(&format!("{}/invitation?token=", server.issuer)), "{link}");
    assert_eq!(status(&server, link).await, 200);

    let entries = listed(&server, &key).await;
    assert_eq!(entries.len(), 1);
    let entry = &entries[0];
    assert_eq!(
        (&entry["id"], &entry["email"], &entry["groups"], &entry["mailed"]),
        (&issued["id"], &json!("Carol@Example.com"), &json!(["staff"]), &json!(false))
    );
    assert!(entry["created_by"].as_str().unwrap().contains("api_key"), "{entry}");
    assert!(server.dump().iter().all(|row| !row.contains(secret)), "a link stands in the database");

    let path = format!("/invitations/{}", issued["id"].as_str().unwrap());
    assert_eq!(server.administer(&key, Method::DELETE, &path, Value::Null).await.0, 204);
    assert_eq!(status(&server, link).await, 410);
    let odd = server.administer(&key, Method::DELETE, "/invitations/a%00b", Value::Null).await;
    assert_eq!(odd.0, 404, "{}", odd.1);
    assert_eq!(server.administer(&key, Method::DELETE, &path, Value::Null).await.0, 404);
    assert!(listed(&server, &key).await.is_empty());
    for kind in ["account_link_issued", "account_link_revoked"] {
        let events = server.audit(kind);
        assert_eq!(events.len(), 1, "{kind}");
        assert_eq!((&events[0]["id"], &events[0]["purpose"]), (&issued["id"], &json!("invitation")));
        let by_key = format!(
            "SELECT COUNT(*) AS number FROM audit_events WHERE kind = '{kind}' AND actor LIKE '%api_key:%'"
        );
        assert_eq!(server.number(&by_key), 1, "{kind}");
    }
}

/// P18: an invitation ends by itself, and is not listed then.
#[actix_web::test]
async fn an_invitation_ends_after_its_time() {
    let (server, key) = inviting().await;
    let (_, issued) = server.administer(&key, Method::POST, "/invitations", json!({})).await;
    let link = issued["link"].as_str().unwrap().to_owned();
    server.advance(7 * 86_400 - 1);
    assert_eq!((status(&server, &link).await, listed(&server, &key).await.len()), (200, 1));
    server.advance(1);
    assert_eq!((status(&server, &link).await, listed(&server, &key).await.len()), (410, 0));
    let path = format!("/invitations/{}", issued["id"].as_str().unwrap());
    assert_eq!(server.administer(&key, Method::DELETE, &path, Value::Null).await.0, 404);
}

/// What is wrong with an invitation is said, and none is made.
#[actix_web::test]
async fn an_invitation_that_cannot_be_is_refused() {
    let (server, key) = inviting().await;
    server.add_user("alice").await;
    server.execute("UPDATE users SET email_verified = TRUE, sign_in_email = 'alice@example.com'");
    for (body, expected) in [
        (json!({"email": "no address"}), 400),
        (json!({"email": "a@example.com\r\nBcc: b@example.com"}), 400),
        (json!({"email": "alice@example.com"}), 409),
        (json!({"email": "ALICE@Example.com"}), 409),
        (json!({"groups": ["nobody"]}), 404),
        (json!({"groups": "staff"}), 400),
        (json!({"lifetime": 5}), 400),
    ] {
        let (status, problem) = server.administer(&key, Method::POST, "/invitations", body.clone()).await;
        assert_eq!(status, expected, "{body}: {problem}");
        assert!(problem["detail"].as_str().unwrap().ends_with('.'), "{problem}");
    }
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM account_links"), NOBODY);
    let closed = Server::start().await;
    let key = closed.api_key(Rights::ReadWrite, None);
    assert_eq!(closed.administer(&key, Method::POST, "/invitations", json!({})).await.0, 409);
}

/// P20: an invitation that is mailed is not shown, unless the operator asks for that; it is in the language that was named.
#[actix_web::test]
async fn a_mailed_invitation_is_not_shown() {
    let smtp = MailServer::start();
    let server = Server::mailing(&smtp).await;
    let key = server.api_key(Rights::ReadWrite, None);
    let body = json!({"email": "carol@example.com", "locale": "de"});
    let (status, issued) = server.administer(&key, Method::POST, "/invitations", body).await;
    assert_eq!((status, &issued["link"]), (201, &Value::Null), "{issued}");
    assert_eq!(issued["mailed_to"], "carol@example.com");
    let mail = smtp.nth(1).await;
    assert_eq!(mail.to, ["carol@example.com"]);
    assert!(mail.parts[1].contains("lang=\"de\"") && mail.link().contains("/invitation?token="));
    assert_eq!(listed(&server, &key).await[0]["mailed"], true);

    let shown = json!({"email": "dora@example.com", "show": true});
    let (_, issued) = server.administer(&key, Method::POST, "/invitations", shown).await;
    assert!(issued["link"].is_string() && issued["mailed_to"].is_null(), "{issued}");
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM emails"), 1);
}

/// X02: whoever may only read sees the invitations, and makes neither these nor links, nor takes any back.
#[actix_web::test]
async fn a_key_that_reads_makes_no_links() {
    let (server, key) = inviting().await;
    server.add_user("alice").await;
    let (_, issued) = server.administer(&key, Method::POST, "/invitations", json!({})).await;
    let reader = server.api_key(Rights::Read, None);
    assert_eq!(listed(&server, &reader).await.len(), 1);
    let taken_back = format!("/invitations/{}", issued["id"].as_str().unwrap());
    let reset = format!("/users/{}/reset-link", subject(&server, &key, "alice").await);
    for (method, path, body) in [
        (Method::POST, "/invitations", json!({})),
        (Method::DELETE, taken_back.as_str(), Value::Null),
        (Method::POST, reset.as_str(), Value::Null),
    ] {
        for (caller, expected) in [(reader.as_str(), 403), ("", 401)] {
            let (status, _) = server.administer(caller, method.clone(), path, body.clone()).await;
            assert_eq!(status, expected, "{method} {path}");
        }
    }
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM account_links"), 1);
    assert_eq!(status(&server, issued["link"].as_str().unwrap()).await, 200);
    assert_eq!(server.audit("account_link_issued").len(), 1);
}

/// P20: an operator starts a new password by a link and never chooses it; to somebody who cannot sign in there is none.
#[actix_web::test]
async fn a_link_to_a_new_password_is_handed_over() {
    let server = Server::start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    server.add_user("alice").await;
    let path = format!("/users/{}/reset-link", subject(&server, &key, "alice").await);
    let (made, issued) = server.administer(&key, Method::POST, &path, Value::Null).await;
    assert_eq!(made, 201, "{issued}");
    assert_eq!(issued["expires_at"], server.clock.now() + 30 * 60);
    let link = issued["link"].as_str().unwrap();
    assert!(link.starts_with(&format!("{}/reset/password?token=", server.issuer)), "{link}");
    assert_eq!(status(&server, link).await, 200);
    let event = &server.audit("account_link_issued")[0];
    assert_eq!((&event["purpose"], &event["name"]), (&json!("reset"), &json!("alice")));
    let secret = link.split("token=").nth(1).unwrap();
    assert!(server.dump().iter().all(|row| !row.contains(secret)), "a link stands in the database");
    for (path, body, expected) in [
        (format!("{path}?show=perhaps"), Value::Null, 400),
        (format!("{path}?password=x"), Value::Null, 400),
        (path.clone(), json!({"password": "one that the operator chose"}), 400),
        ("/users/nobody/reset-link".to_owned(), Value::Null, 404),
    ] {
        let (status, problem) = server.administer(&key, Method::POST, &path, body).await;
        assert_eq!(status, expected, "{path}: {problem}");
    }
    server.execute("UPDATE users SET disabled_at = 1 WHERE name = 'alice'");
    assert_eq!(server.administer(&key, Method::POST, &path, Value::Null).await.0, 409);
    assert_eq!(server.audit("account_link_issued").len(), 1);
}

/// P20: a link that goes to the person's verified address is not shown, unless the operator asks for it.
#[actix_web::test]
async fn a_mailed_link_is_not_shown() {
    let smtp = MailServer::start();
    let server = Server::mailing(&smtp).await;
    let key = server.api_key(Rights::ReadWrite, None);
    server.add_user("alice").await;
    let path = format!("/users/{}/reset-link", subject(&server, &key, "alice").await);
    let (_, unverified) = server.administer(&key, Method::POST, &path, Value::Null).await;
    assert!(unverified["link"].is_string(), "nobody has shown that they read the address: {unverified}");
    server.execute("UPDATE users SET email_verified = TRUE, sign_in_email = 'alice@example.com'");
    let (_, mailed) = server.administer(&key, Method::POST, &path, Value::Null).await;
    assert_eq!((&mailed["link"], &mailed["mailed_to"]), (&Value::Null, &json!("alice@example.com")));
    assert!(smtp.nth(1).await.link().contains("/reset/password?token="));
    let (_, shown) = server.administer(&key, Method::POST, &format!("{path}?show=true"), Value::Null).await;
    assert!(shown["link"].is_string() && shown["mailed_to"].is_null(), "{shown}");
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM emails"), 1);
}
