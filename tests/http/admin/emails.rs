//! The queue of e-mails, by the admin API. Security statements X02, X08 and X15.

use grantor::flow::administer::api_keys::Rights;
use grantor::mail::{self, Email, EmailKind};
use grantor::storage::{DbConnection, Failure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Server;
use crate::support::mail::{MailServer, Mood};

fn queue(server: &Server, recipient: &str) {
    let (mailer, now) = (server.means().mailer.clone(), server.clock.now());
    let kind = EmailKind::ResetPassword { link: "https://id.test/canary".to_owned(), lifetime: 60 };
    let recipient = recipient.to_owned();
    let email = Email { user_id: None, recipient, name: None, locale: None, kind };
    let write = move |conn: &mut DbConnection| {
        assert!(mail::queue(conn, &mailer, &email, now)?);
        Ok::<_, Failure<()>>(())
    };
    server.means().database.write_blocking(write).unwrap();
}

async fn list(server: &Server, key: &str, query: &str) -> Value {
    let (status, body) = server.administer(key, Method::GET, &format!("/emails{query}"), Value::Null).await;
    assert_eq!(status, 200, "{query}: {body}");
    body
}

fn recipients(page: &Value) -> Vec<&str> {
    page["emails"].as_array().unwrap().iter().map(|email| email["recipient"].as_str().unwrap()).collect()
}

async fn until(server: &Server, condition: &str, count: i64) {
    let query = format!("SELECT COUNT(*) AS number FROM emails WHERE {condition}");
    server.until(|| server.number(&query) == count).await;
}

/// X08: the newest first, in pages, by state; what an e-mail says is never shown.
#[actix_web::test]
async fn e_mails_are_listed_without_what_they_say() {
    let smtp = MailServer::start();
    let server = Server::mailing(&smtp).await;
    let key = server.api_key(Rights::Read, None);
    for (mood, recipient, condition) in [
        (Mood::Takes, "a@example.com", "sent_at IS NOT NULL"),
        (Mood::Refuses, "b@example.com", "failed_at IS NOT NULL"),
        (Mood::Busy, "c@example.com", "attempts = 1 AND next_attempt_at IS NOT NULL"),
    ] {
        smtp.feel(mood);
        queue(&server, recipient);
        until(&server, condition, 1).await;
    }
    for (query, expected) in [
        ("", vec!["c@example.com", "b@example.com", "a@example.com"]),
        ("?state=waiting", vec!["c@example.com"]),
        ("?state=sent", vec!["a@example.com"]),
        ("?state=failed", vec!["b@example.com"]),
    ] {
        let page = list(&server, &key, query).await;
        assert_eq!(recipients(&page), expected, "{query}");
        assert_eq!(page["before"], Value::Null, "{query}");
        assert!(!page.to_string().contains("canary"), "{page}");
    }
    let states: Vec<_> = list(&server, &key, "").await["emails"].as_array().unwrap().clone();
    let states: Vec<_> = states.iter().map(|email| email["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["waiting", "failed", "sent"]);
    let failed = list(&server, &key, "?state=failed").await["emails"][0].clone();
    assert_eq!((&failed["kind"], &failed["attempts"]), (&json!("reset_password"), &json!(1)));
    assert!(failed["last_error"].as_str().unwrap().contains("550"), "{failed}");

    let first = list(&server, &key, "?page_size=2").await;
    assert_eq!(recipients(&first), ["c@example.com", "b@example.com"]);
    let rest = list(&server, &key, &format!("?page_size=2&before={}", first["before"])).await;
    assert_eq!((recipients(&rest), &rest["before"]), (vec!["a@example.com"], &Value::Null));
    for query in ["?state=lost", "?before=x", "?page_size=0", "?page_size=501", "?page=2"] {
        let path = format!("/emails{query}");
        assert_eq!(server.administer(&key, Method::GET, &path, Value::Null).await.0, 400, "{query}");
    }
}

/// An operator has an e-mail tried again, at once; one that was sent, or never was, there is not.
#[actix_web::test]
async fn an_e_mail_is_tried_again() {
    let smtp = MailServer::start();
    smtp.feel(Mood::Refuses);
    let server = Server::mailing(&smtp).await;
    let key = server.api_key(Rights::ReadWrite, None);
    queue(&server, "ada@example.com");
    until(&server, "failed_at IS NOT NULL", 1).await;
    let id = list(&server, &key, "").await["emails"][0]["id"].clone();
    let path = format!("/emails/{id}/retry");
    smtp.feel(Mood::Takes);
    let reader = server.api_key(Rights::Read, None);
    assert_eq!(server.administer(&reader, Method::POST, &path, Value::Null).await.0, 403);
    assert_eq!(server.administer("", Method::POST, &path, Value::Null).await.0, 401);
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM emails WHERE failed_at IS NOT NULL"), 1);
    assert_eq!(server.administer(&key, Method::POST, &path, Value::Null).await.0, 204);
    assert!(smtp.nth(1).await.text().contains("canary"));
    until(&server, "sent_at IS NOT NULL", 1).await;
    for path in [path.as_str(), "/emails/999999/retry", "/emails/x/retry"] {
        assert_eq!(server.administer(&key, Method::POST, path, Value::Null).await.0, 404, "{path}");
    }
    let events = server.audit("email_retried");
    assert_eq!(events, [json!({ "id": id })]);
}

fn to(address: &str) -> Value {
    json!({ "to": address })
}

/// An operator tries the mail server past the queue, and is told what it said.
#[actix_web::test]
async fn the_mail_server_is_tried() {
    let smtp = MailServer::start();
    let server = Server::mailing(&smtp).await;
    let key = server.api_key(Rights::ReadWrite, None);
    let send =
        async |caller: &str, body: Value| server.administer(caller, Method::POST, "/emails/test", body).await;
    assert_eq!(send(&key, to(" ada@example.com ")).await.0, 204);
    assert_eq!(smtp.nth(1).await.to, ["ada@example.com"]);
    for body in [to("no address"), to("a@example.com\r\nBcc: b@example.com"), json!({})] {
        assert_eq!(send(&key, body.clone()).await.0, 400, "{body}");
    }
    let reader = server.api_key(Rights::Read, None);
    assert_eq!(send(&reader, to("ada@example.com")).await.0, 403);
    smtp.feel(Mood::Busy);
    let (status, problem) = send(&key, to("ada@example.com")).await;
    assert_eq!(status, 409);
    assert!(problem["detail"].as_str().unwrap().contains("451"), "{problem}");
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM emails"), 0);
    assert_eq!(smtp.kept().len(), 1);

    let silent = Server::start().await;
    let key = silent.api_key(Rights::ReadWrite, None);
    let (status, problem) =
        silent.administer(&key, Method::POST, "/emails/test", to("ada@example.com")).await;
    assert_eq!(status, 409);
    assert!(problem["detail"].as_str().unwrap().contains("mail.url"), "{problem}");
}
