//! How long a document counts. Section 5.2 of the draft, RFC 9111.

use serde_json::json;

use super::Site;
use crate::support::Server;

/// C02: what the headers say, within 60 seconds and 24 hours.
#[actix_web::test]
async fn headers_count_within_bounds() {
    for (headers, fresh_for) in [
        ("", 60),
        ("Cache-Control: max-age=600\r\n", 600),
        ("Cache-Control: max-age=600\r\nAge: 500\r\n", 100),
        ("Cache-Control: max-age=1\r\n", 60),
        ("Cache-Control: no-store\r\n", 60),
        ("Cache-Control: max-age=999999999\r\n", 86_400),
        ("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nExpires: Sun, 06 Nov 1994 09:49:37 GMT\r\n", 3600),
    ] {
        let site = Site::start().await;
        site.publish(headers, &site.document(&json!({})));
        assert!(site.is_taken().await);
        site.server.advance(fresh_for - 1);
        assert!(site.is_taken().await);
        assert_eq!(site.stub.requests().len(), 1, "{headers:?}");
        site.server.advance(1);
        assert!(site.is_taken().await);
        assert_eq!(site.stub.requests().len(), 2, "{headers:?}");
    }
}

/// The bounds are settings.
#[actix_web::test]
async fn the_bounds_are_settings() {
    let server = Server::with()
        .set("GRANTOR_CLIENT_DOCUMENTS__MIN_CACHE", "5m")
        .set("GRANTOR_CLIENT_DOCUMENTS__MAX_CACHE", "10m");
    let site = Site::with(server).await;
    for (headers, fresh_for) in
        [("Cache-Control: max-age=1\r\n", 300), ("Cache-Control: max-age=9999\r\n", 600)]
    {
        site.publish(headers, &site.document(&json!({})));
        let before = site.stub.requests().len();
        site.server.advance(700);
        assert!(site.is_taken().await);
        site.server.advance(fresh_for - 1);
        assert!(site.is_taken().await);
        assert_eq!(site.stub.requests().len(), before + 1);
    }
}

/// RFC 9110 §13.1.2: a document with an entity tag is asked for again with it, and 304 makes it fresh.
#[actix_web::test]
async fn an_entity_tag_saves_the_document() {
    let site = Site::start().await;
    site.publish("ETag: \"one\"\r\nCache-Control: max-age=100\r\n", &site.document(&json!({})));
    assert!(site.is_taken().await);
    site.server.advance(101);
    site.answer_with("HTTP/1.1 304 Not Modified\r\nCache-Control: max-age=500\r\n\r\n".to_owned());
    assert!(site.is_taken().await);
    let requests = site.stub.requests();
    assert!(!requests[0].to_lowercase().contains("if-none-match"), "{}", requests[0]);
    assert!(requests[1].to_lowercase().contains("if-none-match: \"one\"\r\n"), "{}", requests[1]);
    site.server.advance(499);
    assert!(site.is_taken().await);
    assert_eq!(site.stub.requests().len(), 2);
}

/// C02: failures and bad documents are not kept: the next request asks again, and a good answer is taken at once.
#[actix_web::test]
async fn failures_are_not_kept() {
    let site = Site::start().await;
    let bad = [
        "HTTP/1.1 404 Not Found\r\nCache-Control: max-age=9999\r\nContent-Length: 0\r\n\r\n".to_owned(),
        crate::support::json_answer("Cache-Control: max-age=9999\r\n", "{}"),
        crate::support::json_answer("", &site.document(&json!({"client_secret": "a"})).to_string()),
    ];
    for answer in bad {
        site.answer_with(answer);
        assert!(!site.is_taken().await);
        site.publish("", &site.document(&json!({})));
        assert!(site.is_taken().await);
        site.server.execute("DELETE FROM clients");
    }
    assert_eq!(site.stub.requests().len(), 6);
}

/// Section 1.8: whoever makes up documents of a host has it asked 20 times a minute, and no more.
#[actix_web::test]
async fn failures_are_budgeted_for_each_host() {
    let site = Site::start().await;
    site.answer_with("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned());
    for count in 0..40 {
        let client_id = format!("{}{count}", site.client_id());
        site.refused(&client_id, if count < 20 { "the status 404" } else { "too often" }).await;
    }
    assert_eq!(site.stub.connections(), 20);
    site.publish("", &site.document(&json!({})));
    assert!(!site.is_taken().await);
    site.server.advance(60);
    assert!(site.is_taken().await);
}

/// Section 1.8: whoever makes up documents of a host, for days, does not lock out the client that it has.
#[actix_web::test]
async fn made_up_documents_leave_a_host_the_renewal_of_its_own() {
    let site = Site::start().await;
    assert!(site.is_taken().await);
    site.server.advance(86_401);
    site.answer_with("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned());
    for count in 0..40 {
        let client_id = format!("{}{count}", site.client_id());
        site.refused(&client_id, if count < 20 { "the status 404" } else { "too often" }).await;
    }
    site.publish("", &site.document(&json!({})));
    assert!(site.is_taken().await);
    assert_eq!(site.stub.connections(), 22);
}

/// A host that is away keeps its users for as long as a document may be used; one that answers otherwise does not.
#[actix_web::test]
async fn a_host_that_is_away_locks_nobody_out_for_a_day() {
    let site = Site::start().await;
    assert!(site.is_taken().await);
    site.server.advance(3600);
    for away in [
        "",
        "HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n",
    ] {
        site.answer_with(away.to_owned());
        assert!(site.is_taken().await, "{away}");
    }
    let gone = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n".to_owned();
    for otherwise in [gone, crate::support::json_answer("", "{}")] {
        site.answer_with(otherwise);
        assert!(!site.is_taken().await);
    }
    site.answer_with(String::new());
    assert!(site.is_taken().await);
    site.server.advance(86_400);
    assert!(!site.is_taken().await);
    assert_eq!(site.server.count_clients(), 1);
}

/// A client that an operator disabled is not asked for, and stays disabled.
#[actix_web::test]
async fn a_disabled_client_is_not_asked_for() {
    let site = Site::start().await;
    assert!(site.is_taken().await);
    site.server.set_disabled(&site.client(), true);
    site.server.advance(86_400);
    let page = site.open(&site.client_id()).await;
    assert_eq!(page.status, 403);
    assert_eq!(site.stub.requests().len(), 1);
}
