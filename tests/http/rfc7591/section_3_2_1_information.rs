//! RFC 7591 §3.2.1: the client information response.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{Server, body_of, error_of, registered};

/// D18: an omitted method is `client_secret_basic`, with a secret that does not expire by default.
#[actix_web::test]
async fn without_a_method_there_is_a_secret_and_its_end() {
    let server = Server::start().await;
    for method in [None, Some("client_secret_basic"), Some("client_secret_post")] {
        let metadata =
            json!({"redirect_uris": ["https://client.example/cb"], "token_endpoint_auth_method": method});
        let client = server.register(metadata).await;
        assert_eq!(client.body["token_endpoint_auth_method"], method.unwrap_or("client_secret_basic"));
        assert!(client.client_secret.is_some_and(|secret| !secret.is_empty()));
        assert_eq!(client.body["client_secret_expires_at"], 0);
    }
}

/// D18, fault "a secret returned to a `none` client" of section 9: a client that asked for `none` gets no member about a secret.
#[actix_web::test]
async fn a_public_client_gets_no_secret() {
    let server = Server::start().await;
    let client = server.register_public().await;
    assert!(client.body.get("client_secret").is_none());
    assert!(client.body.get("client_secret_expires_at").is_none());
    assert!(server.client_row(&client.client_id).unwrap().secret.is_none());
}

/// registration.md §3: the answer tells when a secret really ends.
#[actix_web::test]
async fn the_end_of_a_secret_is_told() {
    let server = Server::with().set("GRANTOR_REGISTRATION__CLIENT_SECRET_LIFETIME", "90d").start().await;
    let client = server.register_confidential().await;
    let issued = client.body["client_id_issued_at"].as_i64().unwrap();
    assert_eq!(issued, server.clock.now());
    assert_eq!(client.body["client_secret_expires_at"], issued + 90 * 86_400);
}

/// RFC 7592 §3: `registration_client_uri` is where the registration is managed, below the issuer.
#[actix_web::test]
async fn the_configuration_endpoint_is_told() {
    let server = Server::with().path("/auth").start().await;
    let client = server.register_public().await;
    assert_eq!(client.registration_client_uri, format!("{}/register/{}", server.issuer, client.client_id));
    assert_eq!(server.read_registration(&client).await.status(), 200);
}

/// D17: the request has no say in the `client_id` nor in any secret, and no id is a client id metadata document's.
#[actix_web::test]
async fn the_server_chooses_ids_and_secrets() {
    let server = Server::start().await;
    let wish = "https://client.example/metadata.json";
    let metadata = json!({
        "redirect_uris": ["https://client.example/cb"], "client_id": wish, "client_secret": "hunter2hunter2",
        "registration_access_token": "mine", "registration_client_uri": "https://evil.example/", "client_id_issued_at": 1,
        "client_secret_expires_at": 1, "software_id": wish, "client_name": wish,
    });
    let first = server.register(metadata.clone()).await;
    let second = server.register(metadata).await;
    for client in [&first, &second] {
        assert!(!client.client_id.starts_with("https://"), "{}", client.client_id);
        assert_ne!(client.client_secret.as_deref(), Some("hunter2hunter2"));
        assert_ne!(client.registration_access_token, "mine");
        assert_eq!(client.registration_client_uri, server.url(&format!("/register/{}", client.client_id)));
        assert_eq!(client.body["client_id_issued_at"], server.clock.now());
        assert_eq!(client.body["client_secret_expires_at"], 0);
    }
    assert_ne!(first.client_id, second.client_id);
}

/// registration.md §2: a repeat makes another client and never hands out an existing one's token.
#[actix_web::test]
async fn a_repeated_registration_makes_another_client() {
    let server = Server::start().await;
    let mut seen = BTreeSet::new();
    for _ in 0..5 {
        let client = server.register_confidential().await;
        assert!(seen.insert(client.client_id) && seen.insert(client.registration_access_token));
        assert!(seen.insert(client.client_secret.unwrap()));
    }
    assert_eq!(server.count_clients(), 5);
}

/// M01, T01: the registration access token and the secret hold at least 160 random bits.
#[actix_web::test]
async fn tokens_and_secrets_hold_at_least_160_bits() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    for secret in [&client.registration_access_token, client.client_secret.as_ref().unwrap()] {
        assert!(URL_SAFE_NO_PAD.decode(secret).unwrap().len() >= 20, "{secret}");
    }
}

/// The answer holds the parameters of RFC 7591 §3.2.1 and RFC 7592 §3, and no null.
#[actix_web::test]
async fn the_answer_holds_what_the_rfc_requires() {
    let server = Server::start().await;
    let body = server.register_confidential().await.body;
    for name in ["client_id", "client_secret", "registration_access_token", "registration_client_uri"] {
        assert!(body[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {body}");
    }
    assert!(body["client_id_issued_at"].is_i64() && body["client_secret_expires_at"].is_i64());
    assert!(
        body.as_object()
            .unwrap()
            .values()
            .all(|value| *value != Value::Null && *value != "" && *value != json!([]))
    );
}

/// The secret works at the token endpoint until its end and not after it; a client registers again on that 401.
#[actix_web::test]
async fn an_expired_secret_is_refused_at_the_token_endpoint() {
    let server = Server::with().set("GRANTOR_REGISTRATION__CLIENT_SECRET_LIFETIME", "1h").start().await;
    let machine = server.register_machine().await;
    server.advance(3599);
    server.machine_token(&machine).await;
    server.advance(1);
    let refused = error_of(server.token(&machine, &[("grant_type", "client_credentials")]).await).await;
    assert_eq!(refused, (401, "invalid_client".to_owned()));
}

/// registration.md §9: an unknown client is 401 `invalid_client` at the token endpoint, so that it registers again.
#[actix_web::test]
async fn an_unknown_client_is_401_at_the_token_endpoint() {
    let server = Server::start().await;
    let mut client = server.register_confidential().await;
    client.client_id = "c-nobody".to_owned();
    let refused = error_of(server.refresh(&client, "x").await).await;
    assert_eq!(refused, (401, "invalid_client".to_owned()));
}

/// CVE row 94: an answer holds secrets of this registration only. What this server keeps secret, and what another client or the
/// initial access token has, is in none of them.
#[actix_web::test]
async fn an_answer_holds_no_secret_of_anybody_else() {
    let master_key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let server = Server::with().set("GRANTOR_MASTER_KEY", master_key).start().await;
    let other = server.register_confidential().await;
    let token = server.initial_access_token(None, None, None);
    let metadata = json!({"redirect_uris": ["https://client.example/cb"]});
    let request = server.http.post(server.url("/register")).bearer_auth(&token).json(&metadata);
    let client = registered(request.send().await.unwrap()).await;
    let read = body_of(200, server.read_registration(&client).await).await;
    let foreign = [
        master_key,
        token.as_str(),
        other.client_secret.as_deref().unwrap(),
        other.registration_access_token.as_str(),
    ];
    for answer in [&client.body, &read] {
        assert!(foreign.iter().all(|secret| !answer.to_string().contains(secret)), "{answer}");
        let secrets =
            |name: &&String| name.contains("secret") || name.contains("token") || name.contains("key");
        let named: BTreeSet<&str> =
            answer.as_object().unwrap().keys().filter(secrets).map(String::as_str).collect();
        let own = BTreeSet::from([
            "client_secret",
            "client_secret_expires_at",
            "registration_access_token",
            "token_endpoint_auth_method",
        ]);
        assert!(named.is_subset(&own), "{named:?}");
    }
}
