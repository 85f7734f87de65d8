//! When a person is asked once more. RFC 8252 §8.6, OAuth 2.1 §7.3, RFC 7591 §5.

use serde_json::{Value, json};

use super::consent::{allow, ask, assert_code};
use super::error_to;
use crate::support::{Browser, Form, Pkce, Registered, Server, body_of, tokens};

const SCOPE: (&str, &str) = ("scope", "openid");

fn notebook() -> Value {
    json!({
        "client_name": "Notebook",
        "client_uri": "https://notebook.example/",
        "redirect_uris": ["https://notebook.example/cb", "http://127.0.0.1/cb"],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid email",
    })
}

/// PUT of the same metadata with these members; the client as it then is.
async fn update(server: &Server, client: &Registered, changes: &Value) -> Registered {
    let mut metadata = notebook();
    metadata["client_id"] = json!(client.client_id);
    for (name, value) in changes.as_object().unwrap() {
        metadata[name] = value.clone();
    }
    let token = &client.registration_access_token;
    let body = body_of(200, server.put_registration(client, token, &metadata).await).await;
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let token = text("registration_access_token").unwrap_or_else(|| token.clone());
    let client_secret = text("client_secret").or_else(|| client.client_secret.clone());
    Registered { registration_access_token: token, client_secret, body, ..client.clone() }
}

const KEY: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

/// U01, C05, D06: whatever a person goes by, changed, is shown again before the client gets anything; `prompt=none` says so.
#[actix_web::test]
async fn consent_is_asked_again_when_what_identifies_the_client_changes() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let keys: Value = serde_json::from_str(KEY).unwrap();
    for change in [
        json!({"client_name": "Notebook 2"}),
        json!({"client_name#ja": "ノート"}),
        json!({"client_name": null}),
        json!({"logo_uri": "https://notebook.example/logo.png"}),
        json!({"logo_uri#de": "https://notebook.example/logo.png"}),
        json!({"client_uri": "https://other.example/"}),
        json!({"redirect_uris": ["https://notebook.example/cb"]}),
        json!({"redirect_uris": ["https://notebook.example/cb", "http://127.0.0.1/cb", "https://evil.example/cb"]}),
        json!({"jwks": keys}),
        json!({"jwks_uri": "https://notebook.example/jwks.json"}),
        json!({"token_endpoint_auth_method": "client_secret_post"}),
        json!({"token_endpoint_auth_method": "none"}),
    ] {
        let client = server.register(notebook()).await;
        let mut browser = Browser::new(&server);
        allow(&server, &mut browser, &client, &[SCOPE]).await;
        assert_code(&ask(&server, &mut browser, &client, &[SCOPE]).await);
        let client = update(&server, &client, &change).await;
        let silent = ask(&server, &mut browser, &client, &[SCOPE, ("prompt", "none")]).await;
        let (code, _) = error_to(&silent, &client.redirect_uri, "a-state", &server);
        assert_eq!(code, "consent_required", "{change}");
        allow(&server, &mut browser, &client, &[SCOPE]).await;
        assert_code(&ask(&server, &mut browser, &client, &[SCOPE]).await);
        // The old looks are not allowed any more: nobody takes turns.
        update(&server, &client, &json!({})).await;
        assert!(ask(&server, &mut browser, &client, &[SCOPE]).await.has_form("/consent"), "{change}");
    }
}

/// U01: what nobody is shown changes nothing for those who allowed the client.
#[actix_web::test]
async fn consent_stands_when_something_else_changes() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut client = server.register(notebook()).await;
    let mut browser = Browser::new(&server);
    allow(&server, &mut browser, &client, &[SCOPE]).await;
    for change in [
        json!({"contacts": ["ops@notebook.example"]}),
        json!({"software_id": "notebook", "software_version": "2"}),
        json!({"policy_uri": "https://notebook.example/privacy", "tos_uri#de": "https://notebook.example/agb"}),
        json!({"client_uri": "https://notebook.example/about"}),
        json!({"redirect_uris": ["https://notebook.example/cb", "http://127.0.0.1/other"]}),
        json!({"scope": "openid email profile"}),
        json!({"scope": "openid"}),
        json!({"default_max_age": 86_400}),
        json!({"post_logout_redirect_uris": ["https://notebook.example/bye"]}),
    ] {
        client = update(&server, &client, &change).await;
        let page = ask(&server, &mut browser, &client, &[SCOPE]).await;
        assert!(page.location.is_some(), "{change}: {}", page.text());
        assert_code(&page);
    }
}

/// U01: more scopes than were allowed are asked for, when the client's registration grows.
#[actix_web::test]
async fn a_wider_scope_is_asked_for() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut narrow = notebook();
    narrow["scope"] = json!("openid");
    let client = server.register(narrow).await;
    let both = ("scope", "openid email");
    let mut browser = Browser::new(&server);
    allow(&server, &mut browser, &client, &[both]).await;
    assert_code(&ask(&server, &mut browser, &client, &[both]).await);
    let client = update(&server, &client, &json!({})).await;
    assert!(ask(&server, &mut browser, &client, &[both]).await.has_form("/consent"));
    assert_code(&ask(&server, &mut browser, &client, &[SCOPE]).await);
}

/// U01, RFC 8252 §8.6, the table "Asked once, or each time" of docs/registration.md: whose identity cannot be proven is
/// never let through in silence.
#[actix_web::test]
async fn who_is_asked_about_once_and_who_each_time() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let (web, loopback, app) =
        ("https://notebook.example/cb", "http://127.0.0.1/cb", "com.example.notebook:/cb");
    for (method, redirect_uri, remembered) in [
        ("none", web, true),
        ("none", loopback, false),
        ("none", "http://localhost/cb", false),
        ("none", "http://[::1]/cb", false),
        ("none", app, false),
        ("client_secret_basic", web, true),
        ("client_secret_basic", loopback, true),
        ("client_secret_post", app, true),
    ] {
        for source in ["dynamic", "initial_access_token", "operator"] {
            let metadata = json!({
                "redirect_uris": [redirect_uri], "token_endpoint_auth_method": method, "client_name": "Notebook",
            });
            let client = server.register(metadata).await;
            set_source(&server, &client, source);
            let mut browser = Browser::new(&server);
            allow(&server, &mut browser, &client, &[SCOPE]).await;
            let silent = ask(&server, &mut browser, &client, &[SCOPE, ("prompt", "none")]).await;
            let again = ask(&server, &mut browser, &client, &[SCOPE]).await;
            assert_eq!(again.has_form("/consent"), !remembered, "{method} {redirect_uri} {source}");
            if remembered {
                assert_code(&silent);
            } else {
                let (code, _) = error_to(&silent, redirect_uri, "a-state", &server);
                assert_eq!(code, "consent_required", "{method} {redirect_uri} {source}");
            }
        }
    }
}

fn set_source(server: &Server, client: &Registered, source: &str) {
    let changed = server
        .execute(&format!("UPDATE clients SET source = '{source}' WHERE client_id = '{}'", client.client_id));
    assert_eq!(changed, 1);
}

/// D06, U04: a client that changes while its page is open has not been allowed what the page did not show.
#[actix_web::test]
async fn what_is_allowed_is_what_the_page_showed() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut narrow = notebook();
    narrow["scope"] = json!("openid");
    let client = server.register(narrow.clone()).await;
    let pkce = Pkce::new();
    let url = server.authorize_url(&client, &pkce, &[("scope", "openid email")]);
    let mut browser = Browser::new(&server);
    let page = browser.authorize(&url, "ada").await;
    let stale = page.form("/consent").with("decision", "allow");
    // It takes another name, or a scope that the page did not name.
    let mut client = client;
    for change in [json!({"client_name": "Bank", "scope": "openid"}), json!({})] {
        client = update(&server, &client, &change).await;
        let shown_again = browser.submit(&stale).await;
        assert!(shown_again.has_form("/consent"), "{change}: {:?}", shown_again.location);
    }
    let without: Form = Form {
        fields: stale.fields.iter().filter(|(name, _)| name != "shown").cloned().collect(),
        ..stale.clone()
    };
    let shown = browser.submit(&without).await;
    assert!(shown.has_form("/consent") && shown.text().contains("Notebook"), "{}", shown.text());
    assert_eq!(server.number("SELECT count(*) AS number FROM consents"), 0);
    let answered = browser.submit(&shown.form("/consent").with("decision", "allow")).await;
    let code = crate::support::query_of(answered.location.as_deref().unwrap(), "code").unwrap();
    let issued = tokens(server.exchange(&client, &code, &pkce).await).await;
    assert_eq!(issued.body["scope"], "email openid");
}

/// Audit, registration.md §5: a consent is written down with its code, by whom and for what; a silent answer and a refusal
/// are none. The first one is noted, and later ones do not move it.
#[actix_web::test]
async fn a_consent_is_written_down_with_its_code() {
    let server = Server::start().await;
    server.add_user("ada").await;
    server.publish_resource("https://mcp.example/mcp", &[], None).await;
    let client = server.register(notebook()).await;
    let count = "SELECT count(*) AS number FROM audit_events WHERE kind = 'consent_granted'";
    let mut browser = Browser::new(&server);
    let url = server.authorize_url(&client, &Pkce::new(), &[SCOPE]);
    let denied = browser.authorize(&url, "ada").await.form("/consent").with("decision", "deny");
    browser.submit(&denied).await;
    assert_eq!(server.number(count), 0);
    let first = "SELECT coalesce(first_consent_at, 0) AS number FROM clients";
    assert_eq!(server.number(first), 0);
    let resource = ("resource", "https://mcp.example/mcp");
    allow(&server, &mut browser, &client, &[SCOPE, resource]).await;
    let noted = server.clock.now();
    assert_eq!((server.number(count), server.number(first)), (1, noted));
    server.advance(60);
    assert_code(&ask(&server, &mut browser, &client, &[SCOPE, resource]).await);
    assert_eq!(server.number(count), 1);
    allow(&server, &mut browser, &client, &[SCOPE, resource, ("prompt", "consent")]).await;
    assert_eq!((server.number(count), server.number(first)), (2, noted));
    let rows = server.dump();
    let event = rows.iter().find(|row| row.contains("consent_granted")).unwrap();
    for told in [
        client.client_id.as_str(),
        "openid",
        "https://mcp.example/mcp",
        "https://notebook.example",
        "user:",
        "127.0.0.1",
    ] {
        assert!(event.contains(told), "{told}: {event}");
    }
}
