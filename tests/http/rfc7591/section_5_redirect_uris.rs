//! RFC 7591 §5, RFC 9700 §2.1: which redirection URIs may be registered. D05: on POST and on PUT, through one function.

use serde_json::{Value, json};

use crate::support::{Pkce, Server};

async fn refused(server: &Server, uri: &str) -> String {
    let (error, words) = server.refused(json!({"redirect_uris": [uri]})).await;
    assert_eq!(error, "invalid_redirect_uri", "{uri:?}");
    assert!(words.starts_with("redirect_uris: the value "), "{uri:?}: {words}");
    words
}

/// D05: a client of a redirect grant has a redirection URI; a list that is empty or left out evades nothing (CVE row 29).
#[actix_web::test]
async fn a_redirect_grant_needs_a_redirection_uri() {
    let server = Server::start().await;
    for metadata in [
        json!({}),
        json!({"redirect_uris": []}),
        json!({"redirect_uris": null}),
        json!({"redirect_uris": ""}),
        json!({"grant_types": ["authorization_code", "refresh_token"], "response_types": []}),
        json!({"token_endpoint_auth_method": "none"}),
    ] {
        let (error, words) = server.refused(metadata).await;
        assert_eq!(error, "invalid_redirect_uri");
        assert!(words.starts_with("redirect_uris is missing"), "{words}");
    }
}

/// A05: http is for loopback only, and what merely looks like loopback is not (registration.md §9).
#[actix_web::test]
async fn http_is_for_loopback_only() {
    let server = Server::start().await;
    for uri in [
        "http://client.example/cb",
        "HTTP://client.example/cb",
        "http://localhost.evil.test/cb",
        "http://127.0.0.1.evil.test/cb",
        "http://127.0.0.2/cb",
        "http://[::2]/cb",
        "http://0.0.0.0/cb",
    ] {
        refused(&server, uri).await;
    }
    for uri in
        ["http://127.0.0.1/cb", "http://[::1]:8/cb", "http://localhost:3000/cb", "https://client.example/cb"]
    {
        assert_eq!(server.accepted(json!({"redirect_uris": [uri]})).await["redirect_uris"], json!([uri]));
    }
}

/// A05: schemes that a browser runs or reads files with, in any letter case and behind white space and controls.
#[actix_web::test]
async fn schemes_that_run_or_read_are_refused_however_they_are_spelled() {
    let server = Server::start().await;
    for scheme in ["javascript", "data", "vbscript", "file", "blob", "about"] {
        let mixed = format!("{}{}", scheme[..1].to_uppercase(), &scheme[1..]);
        for uri in [
            format!("{scheme}:alert(1)"),
            format!("{mixed}://client.example/%0aalert(1)"),
            format!(" {}:x", scheme.to_uppercase()),
            format!("\t\n{scheme}:x"),
            format!("\u{1}{scheme}:x"),
        ] {
            refused(&server, &uri).await;
        }
    }
    refused(&server, "java\tscript:alert(1)").await;
}

/// A06: a private-use scheme has a dot, or is on the list of known clients; the list is a setting.
#[actix_web::test]
async fn a_private_use_scheme_has_a_dot_or_is_listed() {
    let server = Server::start().await;
    assert!(refused(&server, "myapp:/cb").await.contains("RFC 8252"));
    for uri in ["com.example.app:/cb", "cursor://anysphere.cursor-mcp/oauth/callback", "vscode://host/cb"] {
        server.accepted(json!({"redirect_uris": [uri]})).await;
    }
    let server = Server::with().set("GRANTOR_REGISTRATION__PRIVATE_USE_SCHEMES", "myapp").start().await;
    server.accepted(json!({"redirect_uris": ["myapp:/cb"]})).await;
    refused(&server, "cursor://anysphere.cursor-mcp/oauth/callback").await;
}

/// A07: no fragment, no user information, no wildcard.
#[actix_web::test]
async fn fragment_userinfo_and_wildcard_are_refused() {
    let server = Server::start().await;
    for uri in [
        "https://client.example/cb#",
        "https://client.example/cb#x",
        "com.example.app:/cb#x",
        "https://user@client.example/cb",
        "https://user:secret@client.example/cb",
        "http://127.0.0.1@evil.test/cb",
        "https://*.client.example/cb",
        "https://client.example/*",
        "client.example/cb",
        "/cb",
        "https:///cb",
        "https://client.example\\@evil.test/cb",
        "https://client.example/c b",
    ] {
        refused(&server, uri).await;
    }
}

/// A07, CVE row 19: a query that already holds what the answer adds is refused, in any spelling.
#[actix_web::test]
async fn a_query_that_holds_response_parameters_is_refused() {
    let server = Server::start().await;
    for name in ["code", "state", "iss", "error", "access_token", "id_token", "CODE", "%63ode", "st%61te"] {
        for uri in
            [format!("https://client.example/cb?{name}=x"), format!("https://client.example/cb?a=b&{name}")]
        {
            refused(&server, &uri).await;
        }
    }
}

/// CVE row 19: with a registered query, each parameter of the answer stands there once.
#[actix_web::test]
async fn the_answer_holds_each_parameter_once() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server
        .register(json!({"redirect_uris": ["https://client.example/cb?codec=1&x=state"], "scope": "openid"}))
        .await;
    let url = server.authorize_url(&client, &Pkce::new(), &[("scope", "openid")]);
    let location = crate::support::Browser::new(&server).allow(&url, "ada").await;
    assert!(location.starts_with("https://client.example/cb?codec=1&x=state&"), "{location}");
    let location = url::Url::parse(&location).unwrap();
    for name in ["code", "state", "iss", "codec", "x"] {
        assert_eq!(
            location.query_pairs().filter(|(known, _)| known == name).count(),
            1,
            "{name}: {location}"
        );
    }
}

/// registration.md §3: one refused URI refuses the request, and the description says which one and why.
#[actix_web::test]
async fn one_refused_uri_refuses_the_request_and_is_named() {
    let server = Server::start().await;
    let before = server.count_clients();
    let uris = json!(["https://client.example/cb", "http://client.example/insecure"]);
    let response = server.post_registration(&json!({"redirect_uris": uris})).await;
    let body: Value = response.json().await.unwrap();
    let words = body["error_description"].as_str().unwrap();
    assert!(words.contains("http://client.example/insecure") && words.contains("https"), "{words}");
    assert_eq!(server.count_clients(), before, "nothing is half written");
}

/// A07: where the browser goes after logout is under the same rules.
#[actix_web::test]
async fn post_logout_redirect_uris_are_under_the_same_rules() {
    let server = Server::start().await;
    for uri in ["javascript:alert(1)", "http://client.example/", "https://client.example/#x", "https://*/"] {
        let metadata =
            json!({"redirect_uris": ["https://client.example/cb"], "post_logout_redirect_uris": [uri]});
        let (error, words) = server.refused(metadata).await;
        assert_eq!(error, "invalid_client_metadata");
        assert!(words.starts_with("post_logout_redirect_uris"), "{words}");
    }
}
