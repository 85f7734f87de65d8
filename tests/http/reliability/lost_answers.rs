//! R02: the server commits, and its answer never arrives. An honest client asks again.

use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::{Registered, Server, json_of, tokens};

/// Sends a request and hangs up without reading the answer. Returns when the server has acted on it.
async fn lose(server: &Server, head: &str, body: &str, acted: impl AsyncFn() -> bool) {
    let address = url::Url::parse(&server.address).unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", address.port().unwrap())).await.unwrap();
    let request = format!("{head}\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    for _ in 0..200 {
        if acted().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the request was never acted on");
}

fn used_refresh_tokens(server: &Server) -> i64 {
    count(server, "SELECT count(*) AS n FROM refresh_tokens WHERE used_at IS NOT NULL")
}

fn superseded(server: &Server) -> i64 {
    count(server, "SELECT count(*) AS n FROM registration_access_tokens WHERE superseded_at IS NOT NULL")
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

fn count(server: &Server, query: &'static str) -> i64 {
    use diesel::prelude::*;
    server
        .means()
        .database
        .read_blocking(move |conn| {
            Ok::<_, grantor::storage::Failure<()>>(diesel::sql_query(query).get_result::<Count>(conn)?.n)
        })
        .unwrap()
}

/// R02, T13: the answer of a refresh is lost; the repeat gets the same successor and no family is revoked.
#[actix_web::test]
async fn a_lost_refresh_is_healed_by_asking_again() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let issued = server.tokens(&client, "ada", "offline_access").await;
    let body =
        format!("grant_type=refresh_token&client_id={}&refresh_token={}", client.client_id, issued.refresh());
    let head = "POST /token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
    lose(&server, head, &body, async || used_refresh_tokens(&server) == 1).await;

    let again = tokens(server.refresh(&client, issued.refresh()).await).await;
    let next = tokens(server.refresh(&client, again.refresh()).await).await;
    assert_eq!(server.userinfo(&next.access_token).await.status(), 403, "alive, but without openid");
}

/// R02, M05: the answer of an update is lost, and with it the new registration access token; the previous one works on.
#[actix_web::test]
async fn a_lost_update_leaves_the_previous_registration_token_working() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    let metadata = json!({
        "client_id": client.client_id, "client_name": "Renamed", "redirect_uris": ["https://client.example/cb"],
    });
    lose_update(&server, &client, &metadata.to_string()).await;

    let (status, body) = json_of(server.read_registration(&client).await).await;
    assert_eq!((status, body["client_name"].as_str()), (200, Some("Renamed")), "{body}");
    let response = server.put_registration(&client, &client.registration_access_token, &metadata).await;
    let (status, updated) = json_of(response).await;
    assert_eq!(status, 200, "{updated}");
    let fresh = updated["registration_access_token"].as_str().unwrap();
    assert_eq!(server.put_registration(&client, fresh, &metadata).await.status(), 200);
    assert_eq!(server.read_registration(&client).await.status(), 401, "the new one was used");
}

async fn lose_update(server: &Server, client: &Registered, body: &str) {
    let head = format!(
        "PUT /register/{} HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: Bearer {}",
        client.client_id, client.registration_access_token
    );
    lose(server, &head, body, async || superseded(server) == 1).await;
}

/// R02: a client that hangs up before its request is complete changes nothing.
#[actix_web::test]
async fn half_a_request_changes_nothing() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let issued = server.tokens(&client, "ada", "offline_access").await;
    let body =
        format!("grant_type=refresh_token&client_id={}&refresh_token={}", client.client_id, issued.refresh());
    let port = url::Url::parse(&server.address).unwrap().port().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let head = "POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded";
    let request = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len() + 1);
    stream.write_all(request.as_bytes()).await.unwrap();
    drop(stream);
    // A request made later is answered later.
    assert_eq!(server.read_registration(&client).await.status(), 200);
    assert_eq!(used_refresh_tokens(&server), 0);
}
