//! RFC 7592 §5, registration.md §4: the use of a registration access token that was replaced and is dead.

use serde_json::json;

use crate::support::{Registered, Server, body_of, error_of};

const REUSE: &str = "GRANTOR_REGISTRATION_ACCESS_TOKEN__REUSE";
const EVENT: &str = "registration_access_token_reuse";

/// Replaces the token; the one that lives. The client holds the dead one.
async fn replaced(server: &Server, client: &Registered) -> String {
    server.replace_registration_access_token(client).await
}

async fn get(server: &Server, client: &Registered, token: &str) -> u16 {
    let request = server.http.get(&client.registration_client_uri).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

/// M05: it is the 401 of every bad token, an event of this client, and does no harm to the token that lives.
#[actix_web::test]
async fn the_use_of_a_dead_token_is_an_event() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let living = replaced(&server, &client).await;
    assert_eq!(server.read_registration(&client).await.status(), 401);
    server.until(|| server.events(EVENT).len() == 1).await;
    assert_eq!(server.events(EVENT)[0].0, client.client_id);
    assert_eq!(get(&server, &client, &living).await, 200);
}

/// A flood does not fill the disk: one event for a client and minute, whichever server sees it.
#[actix_web::test]
async fn a_flood_is_one_event_a_minute() {
    let server = Server::start().await;
    let mut twin = server.twin().await;
    let client = server.register_public().await;
    replaced(&server, &client).await;
    let dead = &client.registration_access_token;
    for _ in 0..20 {
        assert_eq!(get(&server, &client, dead).await, 401);
    }
    server.until(|| server.events(EVENT).len() == 1).await;
    let elsewhere = twin.url(&format!("/register/{}", client.client_id));
    assert_eq!(twin.http.get(elsewhere).bearer_auth(dead).send().await.unwrap().status(), 401);
    server.advance(61);
    assert_eq!(get(&server, &client, dead).await, 401);
    server.until(|| server.events(EVENT).len() == 2).await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(server.events(EVENT).len(), 2);
    twin.stop().await;
}

/// What was never this client's, or ended with its lifetime, is no reuse. M03: nor is a token at the wrong door.
#[actix_web::test]
async fn other_bad_tokens_are_no_reuse() {
    let lifetime = "GRANTOR_REGISTRATION_ACCESS_TOKEN__LIFETIME";
    let server = Server::with().set(lifetime, "1h").set(REUSE, "freeze").start().await;
    let (client, other) = (server.register_public().await, server.register_public().await);
    replaced(&server, &other).await;
    for token in ["garbage", other.registration_access_token.as_str()] {
        assert_eq!(get(&server, &client, token).await, 401);
    }
    server.advance(3600);
    assert_eq!(server.read_registration(&client).await.status(), 401);
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(server.events(EVENT).is_empty());
    assert!(!server.client_row(&client.client_id).unwrap().is_disabled());
}

/// `registration_access_token.reuse = freeze`: the client is disabled until an operator enables it; by default it is not.
#[actix_web::test]
async fn reuse_can_freeze_the_client() {
    let server = Server::with().set(REUSE, "freeze").start().await;
    let client = server.register_confidential().await;
    let living = replaced(&server, &client).await;
    assert_eq!(server.read_registration(&client).await.status(), 401);
    server.until(|| server.client_row(&client.client_id).unwrap().is_disabled()).await;
    let (client_id, details) = server.events("client_disabled").remove(0);
    assert_eq!((client_id, details["reason"].as_str()), (client.client_id.clone(), Some(EVENT)));
    // CVE row 20: neither token brings it back, and its secret is of no use.
    assert_eq!(get(&server, &client, &living).await, 403);
    let update = json!({"client_id": client.client_id, "redirect_uris": ["https://client.example/cb"]});
    assert_eq!(error_of(server.put_registration(&client, &living, &update).await).await.0, 403);
    assert_eq!(server.refresh(&client, "any").await.status(), 401);
    server.set_disabled(&client, false);
    assert_eq!(get(&server, &client, &living).await, 200);
}

/// M05: within its grace the previous token is alive: no event, and nobody is frozen for a lost answer.
#[actix_web::test]
async fn the_previous_token_within_its_grace_is_no_reuse() {
    let server = Server::with().set(REUSE, "freeze").start().await;
    let client = server.register_public().await;
    let token = &client.registration_access_token;
    let update = json!({"client_id": client.client_id, "redirect_uris": ["https://client.example/cb"], "token_endpoint_auth_method": "none"});
    for _ in 0..2 {
        body_of(200, server.put_registration(&client, token, &update).await).await;
        assert_eq!(get(&server, &client, token).await, 200);
    }
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(server.events(EVENT).is_empty());
}
