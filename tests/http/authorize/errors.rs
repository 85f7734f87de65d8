//! What the authorization endpoint refuses, and who is told. RFC 6749 §4.1.2.1.

use super::{answer, assert_page, refusal, refused_as};
use crate::support::{Browser, Pkce, Server};

/// A04: an unknown client never redirects, also for `prompt=none` and whatever else is wrong.
#[actix_web::test]
async fn an_unknown_client_gets_a_page() {
    let server = Server::start().await;
    let client = server.register_public().await;
    for client_id in ["", "c-unknown", "C-", "c-'; DROP TABLE clients --", "\u{1F600}", &"x".repeat(5000)] {
        for extra in [("prompt", "none"), ("response_mode", "form_post"), ("response_type", "token")] {
            let page = answer(&server, &client, &[("client_id", client_id), extra]).await;
            assert_page(&page, 400, client_id);
            assert!(!page.html.contains("client.example"), "{client_id}");
        }
    }
    let deleted = server.register_public().await;
    assert_eq!(server.delete_registration(&deleted).await.status(), 204);
    assert_page(&answer(&server, &deleted, &[("prompt", "none")]).await, 410, "deleted");
}

/// A04: neither does a disabled one, and it says so; a page that was open when it was disabled gives no code.
#[actix_web::test]
async fn a_disabled_client_gets_a_page() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let mut browser = Browser::new(&server);
    let url = server.authorize_url(&client, &Pkce::new(), &[]);
    let consent = browser.authorize(&url, "ada").await.form("/consent");
    server.set_disabled(&client, true);
    for prompt in ["", "none"] {
        let page = answer(&server, &client, &[("prompt", prompt)]).await;
        assert_page(&page, 403, prompt);
        assert!(page.text().contains("disabled"), "{}", page.text());
    }
    assert_page(&answer(&server, &client, &[("scope", "a"), ("scope", "b")]).await, 403, "with a fault");
    assert_page(&browser.submit(&consent.with("decision", "allow")).await, 403, "consent");
}

/// A04: the same refusals for a client and redirect URI that are good go to the client.
#[actix_web::test]
async fn every_other_error_goes_to_the_client() {
    let server = Server::start().await;
    let client = server.register_public().await;
    for (extra, expected) in [
        (("prompt", "none"), "login_required"),
        (("scope", "no_such_scope"), "invalid_scope"),
        (("scope", "a\"b"), "invalid_scope"),
        (("nonce", &*"n".repeat(1025)), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
    ] {
        assert_eq!(refused_as(&server, &client, &[extra]).await, expected, "{}", extra.0);
    }
}

/// A23: only the code flow; every other `response_type` is refused and absent from the metadata.
#[actix_web::test]
async fn only_the_response_type_code_is_offered() {
    let server = Server::start().await;
    let client = server.register_public().await;
    for response_type in [
        "token",
        "id_token",
        "none",
        "code token",
        "code id_token",
        "id_token token",
        "code id_token token",
        "code code",
        "CODE",
        "code ",
        "codex",
    ] {
        let refused = refused_as(&server, &client, &[("response_type", response_type)]).await;
        assert_eq!(refused, "unsupported_response_type", "{response_type}");
    }
    assert_eq!(refused_as(&server, &client, &[("response_type", "")]).await, "invalid_request");
    for document in ["oauth-authorization-server", "openid-configuration"] {
        let metadata = server.http.get(server.url(&format!("/.well-known/{document}"))).send().await.unwrap();
        let metadata: serde_json::Value = metadata.json().await.unwrap();
        assert_eq!(metadata["response_types_supported"], serde_json::json!(["code"]));
        assert_eq!(metadata["response_modes_supported"], serde_json::json!(["query", "form_post"]));
    }
}

/// A29: `response_mode` is query or `form_post`, and nothing else.
#[actix_web::test]
async fn only_the_offered_response_modes_are_accepted() {
    let server = Server::start().await;
    let client = server.register_public().await;
    for mode in ["fragment", "web_message", "query.jwt", "jwt", "Query", "form_post ", "none"] {
        assert_eq!(
            refused_as(&server, &client, &[("response_mode", mode)]).await,
            "invalid_request",
            "{mode}"
        );
    }
    assert_eq!(
        refused_as(&server, &client, &[("response_mode", "query"), ("prompt", "none")]).await,
        "login_required"
    );
}

/// OpenID Connect Core §6, §7.2.1, row 1: each is refused by its own code, and nothing is fetched.
#[actix_web::test]
async fn request_objects_are_refused_by_name_and_never_fetched() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}/request.jwt", listener.local_addr().unwrap());
    for (name, value, expected) in [
        ("request", "eyJhbGciOiJub25lIn0.e30.", "invalid_request_object"),
        ("request_uri", &*address, "request_uri_not_supported"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:x", "request_uri_not_supported"),
        ("registration", "{}", "registration_not_supported"),
    ] {
        assert_eq!(refused_as(&server, &client, &[(name, value)]).await, expected);
    }
    assert!(listener.accept().is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
}

/// RFC 8707 §2: an unknown resource is `invalid_target`, and the description names the command that would add it.
#[actix_web::test]
async fn an_unknown_resource_is_an_invalid_target() {
    let server = Server::start().await;
    let client = server.register_public().await;
    for resource in ["https://mcp.example/", "https://mcp.example/#part", "mcp", "javascript:1"] {
        let extra = [("resource", resource), ("prompt", "none")];
        let (code, description) = refusal(&server, &client, &extra).await;
        assert_eq!(code, "invalid_target", "{resource}");
        assert!(description.contains("grantor resource add"), "{description}");
    }
}
