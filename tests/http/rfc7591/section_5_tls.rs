//! M08, RFC 7591 §5, RFC 7592 §5: TLS is required for every endpoint, unless the issuer is http on a loopback name.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Server, body_of, registered};

const FORWARDED_PROTO: &str = "x-forwarded-proto";

async fn behind(trusted_proxies: &str) -> Server {
    let server =
        Server::with().issuer("https://auth.example").set("GRANTOR_TRUSTED_PROXIES", trusted_proxies);
    server.start().await
}

fn metadata() -> Value {
    json!({"redirect_uris": ["https://client.example/cb"]})
}

fn registration(server: &Server) -> RequestBuilder {
    server.http.post(server.url("/register")).json(&metadata())
}

/// Every endpoint refuses a plain request, with secrets in it or not, and does nothing.
#[actix_web::test]
async fn a_plain_request_is_refused_everywhere() {
    let server = behind("127.0.0.1, ::1").await;
    for (method, path) in [
        (Method::POST, "/register"),
        (Method::GET, "/register/c-1"),
        (Method::PUT, "/register/c-1"),
        (Method::DELETE, "/register/c-1"),
        (Method::GET, "/authorize"),
        (Method::GET, "/login"),
        (Method::POST, "/login"),
        (Method::GET, "/consent"),
        (Method::POST, "/token"),
        (Method::POST, "/introspect"),
        (Method::POST, "/revoke"),
        (Method::GET, "/userinfo"),
        (Method::GET, "/jwks.json"),
        (Method::GET, "/.well-known/oauth-authorization-server"),
        (Method::GET, "/.well-known/openid-configuration"),
        (Method::GET, "/setup"),
        (Method::GET, "/"),
        (Method::GET, "/nothing"),
    ] {
        let request = server.http.request(method.clone(), server.url(path)).json(&metadata());
        let body = body_of(403, request.send().await.unwrap()).await;
        assert_eq!(body["error"], "invalid_request", "{method} {path}");
    }
    assert_eq!(server.count_clients(), 0);
    // Whoever watches over the server calls it from within.
    assert_eq!(server.http.get(server.url("/healthz")).send().await.unwrap().status(), 200);
}

/// A trusted proxy that says https passes; one that says http, or nothing clear, does not.
#[actix_web::test]
async fn a_trusted_proxy_says_whether_it_was_tls() {
    let server = behind("127.0.0.1, ::1").await;
    for said in ["http", "", "https, http", "httpsx", "wss"] {
        let response = registration(&server).header(FORWARDED_PROTO, said).send().await.unwrap();
        assert_eq!(response.status(), 403, "{said:?}");
    }
    let response = registration(&server).header(FORWARDED_PROTO, "https").send().await.unwrap();
    assert!(response.headers().contains_key("strict-transport-security"));
    let client = registered(response).await;
    assert_eq!(client.registration_client_uri, format!("https://auth.example/register/{}", client.client_id));
    let own = server.url(&format!("/register/{}", client.client_id));
    let read = || server.http.get(&own).bearer_auth(&client.registration_access_token);
    body_of(403, read().send().await.unwrap()).await;
    body_of(200, read().header(FORWARDED_PROTO, "https").send().await.unwrap()).await;
}

/// From a peer that is not listed the header is a claim of anybody, and ignored (U14).
#[actix_web::test]
async fn an_untrusted_header_is_ignored() {
    let server = behind("192.0.2.0/24").await;
    for (name, value) in [
        (FORWARDED_PROTO, "https"),
        ("forwarded", "proto=https"),
        ("x-forwarded-ssl", "on"),
        ("x-forwarded-scheme", "https"),
        ("front-end-https", "on"),
    ] {
        let response = registration(&server).header(name, value).send().await.unwrap();
        assert_eq!(response.status(), 403, "{name}");
    }
    assert_eq!(server.count_clients(), 0);
}

/// The issuer of the answers is the configured one, whatever Host and forwarded headers say (U14).
#[actix_web::test]
async fn addresses_are_built_from_the_issuer_only() {
    let server = Server::start().await;
    for name in ["host", "x-forwarded-host", "forwarded", "x-original-url"] {
        let response = registration(&server).header(name, "evil.example").send().await.unwrap();
        let client = registered(response).await;
        assert_eq!(
            client.registration_client_uri,
            format!("{}/register/{}", server.issuer, client.client_id)
        );
    }
}

/// An issuer that is http on a loopback name takes plain requests.
#[actix_web::test]
async fn an_http_issuer_on_loopback_takes_plain_requests() {
    let server = Server::start().await;
    assert!(server.issuer.starts_with("http://localhost"));
    let response = registration(&server).send().await.unwrap();
    assert!(!response.headers().contains_key("strict-transport-security"));
    registered(response).await;
}
