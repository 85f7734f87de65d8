//! RFC 7591 §3: who may register. Initial access tokens, and the modes.

use grantor::storage::{Failure, initial_access_tokens};
use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{Server, body_of, registered};

const MODE: &str = "GRANTOR_REGISTRATION__MODE";

fn metadata() -> Value {
    json!({"redirect_uris": ["https://client.example/cb"]})
}

async fn register_with(server: &Server, token: &str) -> Response {
    server.http.post(server.url("/register")).bearer_auth(token).json(&metadata()).send().await.unwrap()
}

async fn registration_endpoint(server: &Server) -> Vec<Option<String>> {
    let mut found = Vec::new();
    for name in ["oauth-authorization-server", "openid-configuration"] {
        let response = server.http.get(server.url(&format!("/.well-known/{name}"))).send().await.unwrap();
        let document = body_of(200, response).await;
        found.push(document["registration_endpoint"].as_str().map(str::to_owned));
    }
    found
}

/// D11: an open server tells its registration endpoint and needs no token.
#[actix_web::test]
async fn an_open_server_registers_everybody() {
    let server = Server::start().await;
    assert_eq!(registration_endpoint(&server).await, vec![Some(server.url("/register")); 2]);
    server.register(metadata()).await;
}

/// registration.md §9: no flag for a feature that is not there: clients with a metadata document would come and fail.
#[actix_web::test]
async fn client_id_metadata_documents_are_not_announced_while_they_are_off() {
    let server = Server::with().set("GRANTOR_CLIENT_DOCUMENTS__ENABLED", "false").start().await;
    for name in ["oauth-authorization-server", "openid-configuration"] {
        let response = server.http.get(server.url(&format!("/.well-known/{name}"))).send().await.unwrap();
        let document = body_of(200, response).await;
        assert!(document.get("client_id_metadata_document_supported").is_none());
    }
}

/// D11, registration.md §2: `off` takes the registration endpoint away, 404 with a good token too, and absent from the metadata.
#[actix_web::test]
async fn off_is_404_and_absent_from_the_metadata() {
    let server = Server::with().set(MODE, "off").start().await;
    assert_eq!(registration_endpoint(&server).await, vec![None; 2]);
    let token = server.initial_access_token(None, None, None);
    assert_eq!(server.post_registration(&metadata()).await.status(), 404);
    assert_eq!(register_with(&server, &token).await.status(), 404);
    assert_eq!(server.count_clients(), 0);
}

/// registration.md §2: only the registration endpoint goes. Clients that registered before still manage themselves.
#[actix_web::test]
async fn off_leaves_the_clients_that_are_there_their_registration() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    let closed = server.twin_with(MODE, "off").await;
    assert_eq!(closed.post_registration(&metadata()).await.status(), 404);
    assert_eq!(closed.read_registration(&client).await.status(), 200);
    assert_eq!(closed.delete_registration(&client).await.status(), 204);
    assert_eq!(server.count_clients(), 0);
}

/// D11, CVE row 96: in mode `initial_access_token`: 401 without one, with a challenge that names no error; 401 with a bad one; 201 with one.
#[actix_web::test]
async fn without_the_initial_access_token_that_is_needed_it_is_401() {
    let server = Server::with().set(MODE, "initial_access_token").start().await;
    let response = server.post_registration(&metadata()).await;
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    assert_eq!(response.headers()["cache-control"], "no-store");
    body_of(401, response).await;
    let response = register_with(&server, "no-such-token").await;
    assert_eq!(response.headers()["www-authenticate"], "Bearer error=\"invalid_token\"");
    assert_eq!(body_of(401, response).await["error"], "invalid_token");
    for header in ["Basic eDp5", "Bearer", "Bearer ", "Bearer a b"] {
        let request =
            server.http.post(server.url("/register")).header("authorization", header).json(&metadata());
        assert_eq!(request.send().await.unwrap().status(), 401, "{header}");
    }
    assert_eq!(server.count_clients(), 0);
    let token = server.initial_access_token(None, None, None);
    registered(register_with(&server, &token).await).await;
    // T21: not in the query.
    let url = server.url(&format!("/register?access_token={token}"));
    assert_eq!(server.http.post(url).json(&metadata()).send().await.unwrap().status(), 401);
}

/// On an open server a token that is sent must be good: a client that believes it has rights is not quietly given fewer.
#[actix_web::test]
async fn a_token_that_is_sent_must_be_good() {
    let server = Server::start().await;
    body_of(401, register_with(&server, "no-such-token").await).await;
    let client = server.register_confidential().await;
    // M01: a registration access token is no initial access token.
    body_of(401, register_with(&server, &client.registration_access_token).await).await;
    assert_eq!(server.count_clients(), 1);
}

/// D12: an initial access token ends with its time.
#[actix_web::test]
async fn an_expired_initial_access_token_is_refused() {
    let server = Server::start().await;
    let token = server.initial_access_token(None, None, None);
    server.advance(3599);
    registered(register_with(&server, &token).await).await;
    server.advance(1);
    body_of(401, register_with(&server, &token).await).await;
}

/// D12, CVE row 4: revocation is checked.
#[actix_web::test]
async fn a_revoked_initial_access_token_is_refused() {
    let server = Server::start().await;
    let token = server.initial_access_token(None, None, None);
    registered(register_with(&server, &token).await).await;
    let now = server.clock.now();
    let revoke = move |conn: &mut _| {
        let id =
            initial_access_tokens::list(conn)?.first().map(|token| token.id).ok_or(Failure::Refused(()))?;
        Ok::<_, Failure<()>>(initial_access_tokens::revoke(conn, id, now)?)
    };
    assert!(server.means().database.write_blocking(revoke).unwrap());
    body_of(401, register_with(&server, &token).await).await;
    assert_eq!(server.count_clients(), 1);
}

/// D12: each use counts, and a refused registration spends none.
#[actix_web::test]
async fn a_refused_registration_spends_no_use() {
    let server = Server::start().await;
    let token = server.initial_access_token(None, None, Some(2));
    let request = server.http.post(server.url("/register")).bearer_auth(&token);
    body_of(400, request.json(&json!({"redirect_uris": ["http://client.example/"]})).send().await.unwrap())
        .await;
    registered(register_with(&server, &token).await).await;
    registered(register_with(&server, &token).await).await;
    body_of(401, register_with(&server, &token).await).await;
}

/// X04, D12: 50 uses at once of a token for one client make one client; the others are 401.
#[actix_web::test]
async fn fifty_uses_at_once_of_a_one_use_token_make_one_client() {
    let server = Server::start().await;
    let token = server.initial_access_token(None, None, Some(1));
    let uses = (0..50).map(|_| register_with(&server, &token));
    let mut statuses: Vec<u16> =
        futures_util::future::join_all(uses).await.iter().map(|answer| answer.status().as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![201], vec![401; 49]].concat());
    assert_eq!(server.count_clients(), 1);
}

/// registration.md §4 for initial access tokens: guessing is slowed down per address, and only guessing.
#[actix_web::test]
async fn guessing_initial_access_tokens_is_429() {
    let server = Server::with().set("GRANTOR_REGISTRATION__FAILURES_PER_MINUTE", "3").start().await;
    let token = server.initial_access_token(None, None, None);
    for _ in 0..3 {
        body_of(401, register_with(&server, "guess").await).await;
    }
    let response = register_with(&server, "guess").await;
    assert!(response.headers()["retry-after"].to_str().unwrap().parse::<i64>().unwrap() > 0);
    body_of(429, response).await;
    // Others share the address: who has a good token, or needs none, is let in.
    registered(register_with(&server, &token).await).await;
    server.register(metadata()).await;
    server.advance(60);
    body_of(401, register_with(&server, "guess").await).await;
}
