//! OpenID Connect Core 1.0 §9 `client_secret_jwt`: the one method whose secret the server can read again.

use grantor::flow::rotate_secret;
use grantor::flow::{Actor, Origin};
use serde_json::json;

use super::{by_secret, claims, is_let_in, put, register};
use crate::support::{ClientKey, Registered, Server};

fn sealed(server: &Server) -> (i64, i64) {
    (
        server.number("SELECT count(*) AS number FROM clients WHERE sealed_secret IS NOT NULL"),
        server.number("SELECT count(*) AS number FROM clients WHERE previous_sealed_secret IS NOT NULL"),
    )
}

async fn signs(server: &Server, client: &Registered, secret: &str) -> bool {
    let id = grantor::entropy::Entropy.identifier();
    is_let_in(server, "/revoke", &by_secret(secret, &claims(server, client, &id))).await
}

async fn by_post(server: &Server, client: &Registered, secret: &str) -> bool {
    let form = [("client_id", client.client_id.as_str()), ("client_secret", secret), ("token", "unknown")];
    server.http.post(server.url("/revoke")).form(&form).send().await.unwrap().status() == 200
}

/// Secrets of this method alone are kept so that they can be read again, and none is kept in clear.
#[actix_web::test]
async fn only_secrets_that_sign_are_kept_and_none_in_clear() {
    let server = Server::start().await;
    let client = register(&server, "client_secret_jwt", json!({})).await;
    let secret = client.client_secret.clone().unwrap();
    assert!(secret.len() >= 32, "RFC 7518 §3.2: 256 bits at least");
    for method in ["client_secret_basic", "client_secret_post", "none"] {
        register(&server, method, json!({})).await;
    }
    register(&server, "private_key_jwt", json!({"jwks": ClientKey::es256().jwks()})).await;
    assert_eq!(sealed(&server), (1, 0));
    let hex = secret.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    for row in server.dump() {
        assert!(!row.contains(&secret) && !row.to_lowercase().contains(&hex), "{row}");
    }
    assert!(signs(&server, &client, &secret).await);
    assert!(!signs(&server, &client, &secret.to_uppercase()).await);
}

/// A sealed secret opens in the row of its client only.
#[actix_web::test]
async fn a_sealed_secret_of_another_client_proves_nothing() {
    let server = Server::start().await;
    let client = register(&server, "client_secret_jwt", json!({})).await;
    let victim = register(&server, "client_secret_jwt", json!({})).await;
    let (from, to) = (&client.client_id, &victim.client_id);
    server.execute(&format!(
        "UPDATE clients SET sealed_secret = (SELECT sealed_secret FROM clients WHERE client_id = '{from}') WHERE client_id = '{to}'"
    ));
    let secret = client.client_secret.as_deref().unwrap();
    let assertion = by_secret(secret, &claims(&server, &victim, "one"));
    assert_eq!(super::ask(&server, "/revoke", &assertion, &[]).await.0, 500);
    assert!(signs(&server, &client, secret).await);
}

/// RFC 7591 §3.2.1: while two secrets work, both sign; then only the new one does.
#[actix_web::test]
async fn both_secrets_sign_while_they_overlap() {
    let server = Server::start().await;
    let client = register(&server, "client_secret_jwt", json!({})).await;
    let origin = Origin::local(Actor::CommandLine("test".to_owned()));
    let rotated =
        rotate_secret::rotate(server.means(), &client.client_id, origin.clone(), Some(60)).await.unwrap();
    let (old, new) = (client.client_secret.as_deref().unwrap(), rotated.client_secret.expose());
    assert_eq!(sealed(&server), (1, 1));
    assert!(signs(&server, &client, old).await && signs(&server, &client, new).await);
    server.advance(60);
    assert!(!signs(&server, &client, old).await && signs(&server, &client, new).await);
    let at_once = rotate_secret::rotate(server.means(), &client.client_id, origin, Some(0)).await.unwrap();
    assert_eq!(sealed(&server), (1, 0));
    assert!(
        !signs(&server, &client, new).await && signs(&server, &client, at_once.client_secret.expose()).await
    );
}

/// RFC 7592 §2.2: whoever changes to this method gets a new secret, since of the old one there is a digest; whoever leaves it
/// keeps the secret, and the server can read it no more.
#[actix_web::test]
async fn a_change_of_the_method_makes_or_erases_the_readable_secret() {
    let server = Server::start().await;
    let client = register(&server, "client_secret_post", json!({})).await;
    let first = client.client_secret.clone().unwrap();
    let body = put(&server, &client, "client_secret_jwt", &json!({})).await;
    let second = body["client_secret"].as_str().unwrap().to_owned();
    let token = body["registration_access_token"].as_str().unwrap_or(&client.registration_access_token);
    let client = Registered { registration_access_token: token.to_owned(), ..client };
    assert_ne!(first, second);
    assert_eq!(sealed(&server), (1, 0));
    assert!(!signs(&server, &client, &first).await && signs(&server, &client, &second).await);
    assert!(!by_post(&server, &client, &first).await && !by_post(&server, &client, &second).await);
    // An update that changes nothing of it leaves it.
    let same = put(&server, &client, "client_secret_jwt", &json!({"client_name": "Other"})).await;
    let token = same["registration_access_token"].as_str().unwrap_or(&client.registration_access_token);
    let client = Registered { registration_access_token: token.to_owned(), ..client };
    assert!(same.get("client_secret").is_none_or(|secret| secret == second.as_str()), "{same}");
    assert!(signs(&server, &client, &second).await);
    let back = put(&server, &client, "client_secret_post", &json!({})).await;
    let token = back["registration_access_token"].as_str().unwrap_or(&client.registration_access_token);
    let client = Registered { registration_access_token: token.to_owned(), ..client };
    assert_eq!(sealed(&server), (0, 0));
    assert!(by_post(&server, &client, &second).await && !signs(&server, &client, &second).await);
    let keys = json!({"jwks": ClientKey::es256().jwks()});
    let without = put(&server, &client, "private_key_jwt", &keys).await;
    assert!(without.get("client_secret").is_none() && without.get("client_secret_expires_at").is_none());
    assert!(!by_post(&server, &client, &second).await);
}

/// A secret that has expired signs no more. RFC 7591 §3.2.1.
#[actix_web::test]
async fn an_expired_secret_signs_no_more() {
    let server = Server::with().set("GRANTOR_REGISTRATION__CLIENT_SECRET_LIFETIME", "1h").start().await;
    let client = register(&server, "client_secret_jwt", json!({})).await;
    let secret = client.client_secret.clone().unwrap();
    assert!(signs(&server, &client, &secret).await);
    server.advance(3600);
    assert!(!signs(&server, &client, &secret).await);
}
