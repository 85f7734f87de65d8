//! What the registry knows of a client id metadata document.

use grantor::flow::administer::api_keys::Rights;
use reqwest::Method;
use serde_json::{Value, json};

use super::Site;

/// The `client_id` as one segment of a path.
fn segment(client_id: &str) -> String {
    client_id.replace(':', "%3A").replace('/', "%2F")
}

/// registration.md §5: a document that is back is not listed among the dead.
#[actix_web::test]
async fn a_document_that_comes_again_leaves_no_tombstone() {
    let site = Site::start().await;
    let (server, id) = (&site.server, site.client_id());
    assert!(site.is_taken().await);
    let operator = server.api_key(Rights::ReadWrite, None);
    let path = format!("/clients/{}", segment(&id));
    assert_eq!(server.administer(&operator, Method::DELETE, &path, Value::Null).await.0, 200);
    assert_eq!(server.number("SELECT count(*) AS number FROM tombstones"), 1);
    assert!(site.is_taken().await);
    assert!(server.client_row(&id).is_some());
    assert_eq!(server.number("SELECT count(*) AS number FROM tombstones"), 0);
}

/// The page for a document that breaks a rule says it in whole sentences.
#[actix_web::test]
async fn a_page_ends_its_sentences_once() {
    let site = Site::start().await;
    site.publish("", &site.document(&json!({"client_secret": "x"})));
    let page = site.refused(&site.client_id(), "client_secret must not stand").await;
    assert!(!page.text().contains(".."), "{}", page.text());
}
