//! RFC 7592 §2.2, §3 and §5: rotation of the registration access token. M05, R02; registration.md §4.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{Registered, Server, body_of};

const GRACE: &str = "GRANTOR_REGISTRATION_ACCESS_TOKEN__GRACE";
const LIFETIME: &str = "GRANTOR_REGISTRATION_ACCESS_TOKEN__LIFETIME";
const ROTATION: &str = "GRANTOR_REGISTRATION_ACCESS_TOKEN__ROTATION";

/// PUT by this token, which must be good; the token of the answer.
async fn put(server: &Server, client: &Registered, token: &str, name: &str) -> String {
    let update = json!({
        "client_id": client.client_id, "redirect_uris": ["https://client.example/cb"], "client_name": name,
        "token_endpoint_auth_method": "none",
    });
    let answer = body_of(200, server.put_registration(client, token, &update).await).await;
    answer["registration_access_token"].as_str().unwrap().to_owned()
}

/// The status of a GET by this token.
async fn get(server: &Server, client: &Registered, token: &str) -> u16 {
    let request = server.http.get(&client.registration_client_uri).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

/// M05: an update answers with a new token, and a read by it with the same one.
#[actix_web::test]
async fn an_update_answers_with_a_new_token() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let first = &client.registration_access_token;
    let second = put(&server, &client, first, "A").await;
    assert_ne!(second, *first);
    let request = server.http.get(&client.registration_client_uri).bearer_auth(&second);
    assert_eq!(body_of(200, request.send().await.unwrap()).await["registration_access_token"], second);
}

/// M05: the previous token works until the new one is first used, and no longer.
#[actix_web::test]
async fn the_previous_token_works_until_the_new_one_is_used() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let first = &client.registration_access_token;
    let second = put(&server, &client, first, "A").await;
    for _ in 0..3 {
        assert_eq!(get(&server, &client, first).await, 200);
    }
    assert_eq!(get(&server, &client, &second).await, 200);
    assert_eq!(get(&server, &client, first).await, 401);
    assert_eq!(get(&server, &client, &second).await, 200);
}

/// M05: an update by the new token is its first use as well.
#[actix_web::test]
async fn an_update_by_the_new_token_ends_the_previous_one() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let first = &client.registration_access_token;
    let second = put(&server, &client, first, "A").await;
    let third = put(&server, &client, &second, "B").await;
    assert_eq!(get(&server, &client, first).await, 401);
    assert_eq!(get(&server, &client, &second).await, 200, "it is the previous one now");
    assert_eq!(get(&server, &client, &third).await, 200);
    assert_eq!(get(&server, &client, &second).await, 401);
}

/// M05: the previous token works for the grace period at most, an hour by default; the new one goes on.
#[actix_web::test]
async fn the_previous_token_works_for_the_grace_period_at_most() {
    for (server, grace) in
        [(Server::start().await, 3600), (Server::with().set(GRACE, "5m").start().await, 300)]
    {
        let client = server.register_public().await;
        let first = &client.registration_access_token;
        let second = put(&server, &client, first, "A").await;
        server.advance(grace - 1);
        assert_eq!(get(&server, &client, first).await, 200);
        server.advance(1);
        assert_eq!(get(&server, &client, first).await, 401);
        assert_eq!(get(&server, &client, &second).await, 200);
    }
}

/// M05: without a grace period the previous token is dead at once.
#[actix_web::test]
async fn without_grace_the_previous_token_is_dead_at_once() {
    let server = Server::with().set(GRACE, "0").start().await;
    let client = server.register_public().await;
    let first = &client.registration_access_token;
    let second = put(&server, &client, first, "A").await;
    assert_eq!(get(&server, &client, first).await, 401);
    assert_eq!(get(&server, &client, &second).await, 200);
}

/// M05, R02: a client whose answer was lost repeats its update with the token it has: it gets a new token, and the one
/// that nobody received is dead.
#[actix_web::test]
async fn an_update_by_the_previous_token_kills_the_unused_one() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let first = &client.registration_access_token;
    let lost = put(&server, &client, first, "A").await;
    let third = put(&server, &client, first, "A").await;
    assert_ne!(lost, third);
    assert_eq!(get(&server, &client, &lost).await, 401);
    assert_eq!(get(&server, &client, first).await, 200);
    assert_eq!(get(&server, &client, &third).await, 200);
    assert_eq!(get(&server, &client, first).await, 401);
    assert_eq!(get(&server, &client, &lost).await, 401);
}

/// R02: a lost answer locks nobody out, whichever request follows it.
#[actix_web::test]
async fn a_lost_answer_locks_nobody_out() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let first = &client.registration_access_token;
    drop(put(&server, &client, first, "Renamed").await);
    let read = server.http.get(&client.registration_client_uri).bearer_auth(first).send().await.unwrap();
    let body = body_of(200, read).await;
    assert_eq!(body["client_name"], "Renamed", "the update that was lost on its way has happened");
    assert_eq!(server.delete_registration(&client).await.status(), 204);
}

/// M05: repeated updates by the previous token do not prolong its life.
#[actix_web::test]
async fn the_grace_period_counts_from_the_first_rotation() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let first = &client.registration_access_token;
    drop(put(&server, &client, first, "A").await);
    server.advance(3000);
    let last = put(&server, &client, first, "B").await;
    server.advance(599);
    assert_eq!(get(&server, &client, first).await, 200);
    server.advance(1);
    assert_eq!(get(&server, &client, first).await, 401);
    assert_eq!(get(&server, &client, &last).await, 200);
}

/// registration.md §4: a dead token does nothing: not to the registration, and not to the token that lives.
#[actix_web::test]
async fn a_dead_token_does_nothing() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let first = &client.registration_access_token;
    let second = put(&server, &client, first, "Mine").await;
    assert_eq!(get(&server, &client, &second).await, 200);
    let theirs = json!({"client_id": client.client_id, "redirect_uris": ["https://evil.example/cb"]});
    assert_eq!(server.put_registration(&client, first, &theirs).await.status(), 401);
    assert_eq!(server.delete_registration(&client).await.status(), 401);
    let read = server.http.get(&client.registration_client_uri).bearer_auth(&second).send().await.unwrap();
    let body: Value = body_of(200, read).await;
    assert_eq!(
        (&body["client_name"], &body["redirect_uris"]),
        (&json!("Mine"), &json!(["https://client.example/cb"]))
    );
}

/// `registration_access_token.rotation = off`: the presented token stays, and the answer tells it.
#[actix_web::test]
async fn without_rotation_the_token_stays() {
    let server = Server::with().set(ROTATION, "off").start().await;
    let client = server.register_public().await;
    let first = &client.registration_access_token;
    for name in ["A", "B"] {
        assert_eq!(put(&server, &client, first, name).await, *first);
    }
    let key = server.client_row(&client.client_id).unwrap().key;
    assert_eq!(server.belongings(key).registration_access_tokens, 1);
}

/// With a lifetime, a new token has a whole one, and the grace period does not prolong the previous one's.
#[actix_web::test]
async fn a_lifetime_holds_beside_the_grace_period() {
    let server = Server::with().set(LIFETIME, "2h").start().await;
    let client = server.register_public().await;
    let first = &client.registration_access_token;
    server.advance(5400);
    let second = put(&server, &client, first, "A").await;
    server.advance(1799);
    assert_eq!(get(&server, &client, first).await, 200);
    server.advance(1);
    assert_eq!(get(&server, &client, first).await, 401);
    server.advance(5399);
    assert_eq!(get(&server, &client, &second).await, 200);
    server.advance(1);
    assert_eq!(get(&server, &client, &second).await, 401);
}

/// M05: what is previous and what is new survives a restart and holds on every server.
#[actix_web::test]
async fn rotation_survives_a_restart() {
    let mut server = Server::start().await;
    let client = server.register_public().await;
    let first = &client.registration_access_token;
    let second = put(&server, &client, first, "A").await;
    server.restart().await;
    assert_eq!(get(&server, &client, first).await, 200);
    let mut twin = server.twin().await;
    let url = twin.url(&format!("/register/{}", client.client_id));
    let read = |token: &str| twin.http.get(&url).bearer_auth(token.to_owned()).send();
    assert_eq!(read(&second).await.unwrap().status(), 200);
    assert_eq!(get(&server, &client, first).await, 401);
    assert_eq!(read(first).await.unwrap().status(), 401);
    twin.stop().await;
}

/// CVE row 4: a token that an operator replaced is dead, the previous one of a rotation too; the operator's works.
#[actix_web::test]
async fn a_replaced_token_is_dead() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let first = &client.registration_access_token;
    let second = put(&server, &client, first, "A").await;
    let third = server.replace_registration_access_token(&client).await;
    for dead in [first, &second] {
        assert_eq!(get(&server, &client, dead).await, 401);
    }
    assert_eq!(get(&server, &client, &third).await, 200);
}

/// T02: the database holds the digest of the token and not the token.
#[actix_web::test]
async fn only_the_digest_is_stored() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    let row = server.client_row(&client.client_id).unwrap();
    let digest = Server::digest(client.client_secret.as_deref().unwrap());
    assert_eq!(row.secret.unwrap().digest.as_bytes().to_vec(), digest);
    // The digest itself opens nothing.
    let stored = URL_SAFE_NO_PAD.encode(Server::digest(&client.registration_access_token));
    assert_eq!(get(&server, &client, &stored).await, 401);
}
