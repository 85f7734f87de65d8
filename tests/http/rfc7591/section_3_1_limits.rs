//! D15: how much a registration may hold. On POST and on PUT.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Server, body_of};

fn name_of(length: usize) -> Value {
    json!({"redirect_uris": ["https://client.example/cb"], "client_name": "ö".repeat(length)})
}

fn uri_of(length: usize) -> String {
    let start = "https://client.example/";
    format!("{start}{}", "a".repeat(length - start.len()))
}

/// D15: a name of 256 characters passes, one more does not.
#[actix_web::test]
async fn a_name_has_at_most_256_characters() {
    let server = Server::start().await;
    server.accepted(name_of(256)).await;
    let (error, words) = server.refused(name_of(257)).await;
    assert_eq!(error, "invalid_client_metadata");
    assert!(words.starts_with("client_name"), "{words}");
}

/// D15: 10 redirection URIs pass, 11 do not.
#[actix_web::test]
async fn there_are_at_most_10_redirection_uris() {
    let server = Server::start().await;
    let uris = |count: usize| {
        let uris: Vec<String> = (0..count).map(|n| format!("https://client.example/{n}")).collect();
        json!({ "redirect_uris": uris })
    };
    server.accepted(uris(10)).await;
    assert_eq!(server.refused(uris(11)).await.0, "invalid_redirect_uri");
}

/// D15: a URI of 2,048 characters passes, one more does not, wherever it stands.
#[actix_web::test]
async fn a_uri_has_at_most_2048_characters() {
    let server = Server::start().await;
    server.accepted(json!({"redirect_uris": [uri_of(2048)], "client_uri": uri_of(2048)})).await;
    assert_eq!(server.refused(json!({"redirect_uris": [uri_of(2049)]})).await.0, "invalid_redirect_uri");
    for name in ["client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri", "initiate_login_uri"] {
        let metadata = json!({"redirect_uris": ["https://client.example/cb"], name: uri_of(2049)});
        let (error, words) = server.refused(metadata).await;
        assert_eq!(error, "invalid_client_metadata", "{name}");
        assert!(words.starts_with(name), "{words}");
    }
}

/// D15: a scope of 1,024 characters passes, one more does not.
#[actix_web::test]
async fn a_scope_has_at_most_1024_characters() {
    let server = Server::start().await;
    let scope = |length: usize| {
        let scope = format!("openid {}", "a".repeat(length - 7));
        json!({"redirect_uris": ["https://client.example/cb"], "scope": scope})
    };
    assert_eq!(server.accepted(scope(1024)).await["scope"], "openid");
    let (error, words) = server.refused(scope(1025)).await;
    assert_eq!(error, "invalid_client_metadata");
    assert!(words.starts_with("scope"), "{words}");
}

/// D15: 10 keys pass, 11 do not.
#[actix_web::test]
async fn there_are_at_most_10_keys() {
    let server = Server::start().await;
    let keys = |count: usize| {
        let keys: Vec<Value> = (0..count)
            .map(|n| json!({"kty": "OKP", "crv": "X25519", "x": "AQ", "kid": n.to_string()}))
            .collect();
        json!({"redirect_uris": ["https://client.example/cb"], "jwks": {"keys": keys}})
    };
    server.accepted(keys(10)).await;
    let (error, words) = server.refused(keys(11)).await;
    assert_eq!(error, "invalid_client_metadata");
    assert!(words.starts_with("jwks"), "{words}");
}

/// D15: JSON nested 16 levels passes, 17 does not, nor do 10,000.
#[actix_web::test]
async fn json_is_nested_at_most_16_levels() {
    let server = Server::start().await;
    let body = |depth: usize| {
        let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
        format!(r#"{{"redirect_uris":["https://client.example/cb"],"x":{open}1{close}}}"#)
    };
    let client = server.register_confidential().await;
    for (depth, status) in [(16, 201), (17, 400), (10_000, 400)] {
        let request = server.http.post(server.url("/register")).header("content-type", "application/json");
        let answer = body_of(status, request.body(body(depth)).send().await.unwrap()).await;
        if status == 400 {
            assert_eq!(answer["error"], "invalid_client_metadata");
            let request = server.http.put(&client.registration_client_uri);
            let request = request.bearer_auth(&client.registration_access_token).body(body(depth));
            let request = request.header("content-type", "application/json");
            assert_eq!(body_of(400, request.send().await.unwrap()).await, answer);
        }
    }
}

/// Sends 66 KiB in chunks; the answer.
fn chunked(address: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(stream, "POST /register HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n")
        .unwrap();
    write!(stream, "connection: close\r\ntransfer-encoding: chunked\r\n\r\n").unwrap();
    for _ in 0..33 {
        write!(stream, "800\r\n{}\r\n", " ".repeat(0x800)).unwrap();
    }
    write!(stream, "0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// D15: a body over 64 KiB is 413 also if its length was not announced.
#[actix_web::test]
async fn a_chunked_body_over_64_kib_is_413() {
    let server = Server::start().await;
    let address = server.address.strip_prefix("http://").unwrap().to_owned();
    let answer = tokio::task::spawn_blocking(move || chunked(&address)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

/// D15: a body over 64 KiB is 413; up to there it is read.
#[actix_web::test]
async fn a_body_over_64_kib_is_413() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    let body = |length: usize| {
        let start = r#"{"redirect_uris":["https://client.example/cb"],"x":""#;
        format!("{start}{}\"}}", "a".repeat(length - start.len() - 2))
    };
    let post = || server.http.post(server.url("/register")).header("content-type", "application/json");
    body_of(201, post().body(body(65_536)).send().await.unwrap()).await;
    let answer = body_of(413, post().body(body(65_537)).send().await.unwrap()).await;
    assert_eq!(answer["error"], "invalid_request");
    let put = server.http.put(&client.registration_client_uri).bearer_auth(&client.registration_access_token);
    let put = put.header("content-type", "application/json").body(body(65_537));
    body_of(413, put.send().await.unwrap()).await;
    assert_eq!(server.read_registration(&client).await.status(), 200);
}
