//! RFC 7592 §2.2 and §5: what an update does to the client secret. registration.md §3.

use serde_json::{Value, json};

use crate::support::{Registered, Server, body_of, error_of};

const LIFETIME: &str = "GRANTOR_REGISTRATION__CLIENT_SECRET_LIFETIME";

/// PUT with these members; the answer. The client then has what the answer gave it.
async fn update(server: &Server, client: &mut Registered, members: Value) -> Value {
    let mut metadata = json!({
        "client_id": client.client_id, "redirect_uris": ["https://client.example/cb"],
        "grant_types": ["authorization_code", "refresh_token"],
    });
    for (name, value) in members.as_object().unwrap() {
        metadata[name] = value.clone();
    }
    let token = client.registration_access_token.clone();
    let answer = body_of(200, server.put_registration(client, &token, &metadata).await).await;
    answer["registration_access_token"].as_str().unwrap().clone_into(&mut client.registration_access_token);
    if let Some(secret) = answer["client_secret"].as_str() {
        client.client_secret = Some(secret.to_owned());
    }
    client.body = answer.clone();
    answer
}

async fn refused(server: &Server, client: &Registered, secret: Value) -> Value {
    let update = json!({
        "client_id": client.client_id, "redirect_uris": ["https://client.example/cb"], "client_secret": secret,
    });
    body_of(400, server.put_registration(client, &client.registration_access_token, &update).await).await
}

/// Whether the client's credentials are good: a wrong refresh token is then `invalid_grant`, not `invalid_client`.
async fn authenticates(server: &Server, client: &Registered) -> bool {
    match error_of(server.refresh(client, "no-such-token").await).await {
        (400, error) if error == "invalid_grant" => true,
        (401, error) if error == "invalid_client" => false,
        other => panic!("{other:?}"),
    }
}

/// An omitted secret is kept, and so is one that was sent and is the client's; neither is told again.
#[actix_web::test]
async fn omission_keeps_the_secret() {
    let server = Server::start().await;
    let mut client = server.register_confidential().await;
    let secret = client.client_secret.clone().unwrap();
    for members in [
        json!({}),
        json!({"client_secret": null}),
        json!({"client_secret": secret}),
        json!({"client_name": "x"}),
    ] {
        let answer = update(&server, &mut client, members).await;
        assert!(answer.get("client_secret").is_none(), "{answer}");
        assert_eq!(answer["client_secret_expires_at"], 0);
        assert!(authenticates(&server, &client).await);
    }
}

/// M04: a client never chooses its secret: one that is not the current one is refused, and the current one stays.
#[actix_web::test]
async fn a_secret_that_is_sent_must_be_the_clients() {
    let server = Server::start().await;
    let (client, other) = (server.register_confidential().await, server.register_confidential().await);
    let public = server.register_public().await;
    let almost = client.client_secret.clone().unwrap() + "A";
    for secret in [json!("my-own-choice"), json!(other.client_secret), json!(almost), json!(7), json!(["x"])]
    {
        let refusal = refused(&server, &client, secret).await;
        assert_eq!(refusal["error"], "invalid_client_metadata");
        assert!(refusal["error_description"].as_str().unwrap().starts_with("client_secret"), "{refusal}");
    }
    assert_eq!(refused(&server, &public, json!("x")).await["error"], "invalid_client_metadata");
    assert!(authenticates(&server, &client).await);
}

/// A change to `none` deletes the secret; a change back issues another one; between the methods with a secret it stays.
#[actix_web::test]
async fn none_deletes_the_secret_and_back_issues_another() {
    let server = Server::start().await;
    let mut client = server.register_confidential().await;
    let first = client.client_secret.clone().unwrap();

    let answer =
        update(&server, &mut client, json!({"token_endpoint_auth_method": "client_secret_post"})).await;
    assert!(answer.get("client_secret").is_none());
    assert!(authenticates(&server, &client).await);

    let answer = update(&server, &mut client, json!({"token_endpoint_auth_method": "none"})).await;
    assert!(answer.get("client_secret").is_none() && answer.get("client_secret_expires_at").is_none());
    assert!(server.client_row(&client.client_id).unwrap().secret.is_none());

    let answer =
        update(&server, &mut client, json!({"token_endpoint_auth_method": "client_secret_basic"})).await;
    let second = answer["client_secret"].as_str().unwrap();
    assert_ne!(second, first);
    assert_eq!(answer["client_secret_expires_at"], 0);
    assert!(authenticates(&server, &client).await);
    client.client_secret = Some(first);
    assert!(!authenticates(&server, &client).await);
}

/// A secret is renewed by an update in the last tenth of its life, and not before.
#[actix_web::test]
async fn an_update_renews_a_secret_in_the_last_tenth_of_its_life() {
    let server = Server::with().set(LIFETIME, "1000").start().await;
    let mut client = server.register_confidential().await;
    let first = client.client_secret.clone().unwrap();
    server.advance(899);
    let answer = update(&server, &mut client, json!({"client_secret": first})).await;
    assert!(answer.get("client_secret").is_none());
    assert_eq!(answer["client_secret_expires_at"], server.clock.now() + 101);

    server.advance(1);
    let answer = update(&server, &mut client, json!({"client_secret": first})).await;
    assert_ne!(answer["client_secret"].as_str().unwrap(), first);
    assert_eq!(answer["client_secret_expires_at"], server.clock.now() + 1000);
    assert!(authenticates(&server, &client).await);
}

/// An expired secret is refused at the token endpoint and renewed by an update, which the registration access token allows.
#[actix_web::test]
async fn an_update_renews_an_expired_secret() {
    let server = Server::with().set(LIFETIME, "1000").start().await;
    let mut client = server.register_confidential().await;
    server.advance(1000);
    assert!(!authenticates(&server, &client).await);
    assert_eq!(
        refused(&server, &client, json!(client.client_secret)).await["error"],
        "invalid_client_metadata"
    );
    let answer = update(&server, &mut client, json!({})).await;
    assert!(answer["client_secret"].is_string());
    assert_eq!(answer["client_secret_expires_at"], server.clock.now() + 1000);
    assert!(authenticates(&server, &client).await);
}

/// CVE row 2, fault: a secret that is told again. Reading never shows a secret, not even right after it was issued.
#[actix_web::test]
async fn reading_never_shows_a_secret() {
    let server = Server::start().await;
    let mut client = server.register_public().await;
    let answer = update(&server, &mut client, json!({})).await;
    assert!(answer["client_secret"].is_string(), "the default method needs one");
    let read = body_of(200, server.read_registration(&client).await).await;
    assert!(read.get("client_secret").is_none());
    assert_eq!(read["client_secret_expires_at"], 0);
}
