//! RFC 7591 §3.1 and §3.2.2: the request as HTTP, and its refusals.

use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{Server, body_of};

async fn send(server: &Server, content_type: Option<&str>, body: impl Into<reqwest::Body>) -> Response {
    let mut request = server.http.post(server.url("/register")).body(body);
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    request.send().await.unwrap()
}

/// What holds for every JSON answer of the endpoint.
fn check_headers(response: &Response) {
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("content-type").as_deref(), Some("application/json"));
    assert_eq!(header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
    assert_eq!(
        header("location"),
        None,
        "the registration has no address of its own but registration_client_uri"
    );
}

/// D01, faults "200 instead of 201" and "`Location` under an admin path" of section 9: success is 201, whatever the parameters of
/// the media type, and the only address that the answer tells is the client's own.
#[actix_web::test]
async fn success_is_201_and_not_stored() {
    let server = Server::start().await;
    let body = json!({"redirect_uris": ["https://client.example/cb"]}).to_string();
    for content_type in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        let response = send(&server, Some(content_type), body.clone()).await;
        assert_eq!(response.status(), 201);
        check_headers(&response);
        assert_eq!(response.headers()["pragma"], "no-cache");
    }
}

/// D01: any other media type is 415, also on PUT.
#[actix_web::test]
async fn another_media_type_is_415() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    let body = json!({"redirect_uris": ["https://client.example/cb"]}).to_string();
    let types =
        [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp")];
    for content_type in types {
        let response = send(&server, content_type, body.clone()).await;
        check_headers(&response);
        assert_eq!(body_of(415, response).await["error"], "invalid_request");
        let mut put = server.http.put(&client.registration_client_uri).body(body.clone());
        put = put.bearer_auth(&client.registration_access_token);
        if let Some(content_type) = content_type {
            put = put.header("content-type", content_type);
        }
        let response = put.send().await.unwrap();
        check_headers(&response);
        body_of(415, response).await;
    }
    assert_eq!(server.count_clients(), 1);
}

/// D01: a refusal is 400 with `error` and `error_description`, not stored, and the code is one of RFC 7591 §3.2.2.
#[actix_web::test]
async fn a_refusal_is_400_with_a_registered_code() {
    let server = Server::start().await;
    let good = "https://client.example/cb";
    // {"alg":"ES256"}.{"iss":"https://directory.example"}.
    let of_nobody = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2RpcmVjdG9yeS5leGFtcGxlIn0.AA";
    for (metadata, code) in [
        (json!({"redirect_uris": ["http://client.example/cb"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": [good], "client_name": 1}), "invalid_client_metadata"),
        (json!({"redirect_uris": [good], "software_statement": "x.y.z"}), "invalid_software_statement"),
        (json!({"redirect_uris": [good], "software_statement": of_nobody}), "unapproved_software_statement"),
    ] {
        let response = server.post_registration(&metadata).await;
        check_headers(&response);
        let body = body_of(400, response).await;
        assert_eq!(body["error"], code);
        assert!(body["error_description"].as_str().is_some_and(|words| !words.is_empty()));
        assert_eq!(body.as_object().unwrap().len(), 2);
    }
    assert_eq!(server.count_clients(), 0, "nothing is half written");
}

/// D01, D02: a body that is not one JSON object without repeated members is 400, and nothing is written.
#[actix_web::test]
async fn a_body_that_is_not_one_json_object_is_400() {
    let server = Server::start().await;
    for body in [
        "",
        "{",
        "[]",
        "null",
        "\"x\"",
        "{} {}",
        "redirect_uris=https://client.example/cb",
        r#"{"redirect_uris":["https://client.example/cb"],"redirect_uris":["https://evil.example/cb"]}"#,
    ] {
        let response = send(&server, Some("application/json"), body).await;
        check_headers(&response);
        assert_eq!(body_of(400, response).await["error"], "invalid_client_metadata", "{body}");
    }
    let response = send(&server, Some("application/json"), b"{\"client_name\":\"\xff\"}".to_vec()).await;
    body_of(400, response).await;
    assert_eq!(server.count_clients(), 0);
}

/// CVE row 3: a hostile member name is not reflected, and no answer may be read as HTML.
#[actix_web::test]
async fn a_hostile_member_name_is_not_reflected() {
    let server = Server::start().await;
    let response = send(&server, Some("application/json"), r#"{"<img src=x onerror=alert(1)>":1}"#).await;
    assert_eq!(response.status(), 400);
    check_headers(&response);
    assert!(!response.text().await.unwrap().contains("<img"));
}

/// RFC 7591 §3.1: the endpoint takes POST; everything else is 405.
#[actix_web::test]
async fn other_methods_are_405() {
    let server = Server::start().await;
    for method in ["GET", "PUT", "DELETE", "PATCH", "HEAD", "TRACE"] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let response = server.http.request(method.clone(), server.url("/register")).send().await.unwrap();
        assert_eq!(response.status(), 405, "{method}");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let allow = response.headers().get("allow").map(|value| value.to_str().unwrap()).unwrap_or_default();
        assert_eq!(allow, "POST, OPTIONS", "RFC 9110 §15.5.6");
    }
}

/// A28, registration.md §3: a browser application of another origin may register and manage itself.
#[actix_web::test]
async fn browser_clients_of_other_origins_may_register() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let origin = "http://localhost:6274";
    for (url, method) in [(server.url("/register"), "POST"), (client.registration_client_uri.clone(), "PUT")]
    {
        let preflight = server.http.request(reqwest::Method::OPTIONS, url);
        let preflight = preflight.header("origin", origin).header("access-control-request-method", method);
        let headers = "authorization, content-type, mcp-protocol-version";
        let response = preflight.header("access-control-request-headers", headers).send().await.unwrap();
        assert!(response.status().is_success());
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_ascii_lowercase();
        assert_eq!(header("access-control-allow-origin"), "*");
        assert!(header("access-control-allow-methods").contains(&method.to_ascii_lowercase()));
        for wanted in headers.split(", ") {
            assert!(header("access-control-allow-headers").contains(wanted), "{wanted}");
        }
        assert!(!response.headers().contains_key("access-control-allow-credentials"));
    }
    let requests = [
        server
            .http
            .post(server.url("/register"))
            .json(&json!({"redirect_uris": ["https://client.example/cb"]})),
        server.http.post(server.url("/register")).json(&Value::Null),
        server.http.get(&client.registration_client_uri).bearer_auth(&client.registration_access_token),
        server.http.get(&client.registration_client_uri),
    ];
    for (request, status) in requests.into_iter().zip([201, 400, 200, 401]) {
        let response = request.header("origin", origin).send().await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["access-control-allow-origin"], "*", "{status}");
    }
}
