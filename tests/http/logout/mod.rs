//! Sign-out: what a client may ask, who is told, and what ends when.

mod deliveries;
mod hints;
mod matrix;
mod receiver;
mod sessions;

use serde_json::json;

use crate::support::{Browser, Pkce, Registered, Server, Tokens, query_of, tokens};

/// Where clients want people back.
const BACK: &str = "https://client.example/bye";

/// A public client with a way back.
async fn client(server: &Server) -> Registered {
    client_with(server, json!({})).await
}

/// The same with these changes.
async fn client_with(server: &Server, changes: serde_json::Value) -> Registered {
    let mut metadata = json!({
        "client_name": "A client", "redirect_uris": ["https://client.example/cb"],
        "post_logout_redirect_uris": [BACK], "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
    });
    for (name, value) in changes.as_object().unwrap() {
        metadata[name] = value.clone();
    }
    server.register(metadata).await
}

/// An authorization in this browser; the code.
async fn code(server: &Server, browser: &mut Browser, client: &Registered, scope: &str) -> (String, Pkce) {
    let pkce = Pkce::new();
    let url = server.authorize_url(client, &pkce, &[("scope", scope)]);
    let location = browser.allow(&url, "ada").await;
    (query_of(&location, "code").unwrap_or_else(|| panic!("no code in {location}")), pkce)
}

/// The same; the tokens.
async fn tokens_in(server: &Server, browser: &mut Browser, client: &Registered, scope: &str) -> Tokens {
    let (code, pkce) = code(server, browser, client, scope).await;
    tokens(server.exchange(client, &code, &pkce).await).await
}

/// Signs out by the page.
async fn sign_out(server: &Server, browser: &mut Browser) {
    let page = browser.open(&server.url("/logout")).await;
    assert!(browser.submit(&page.form("/logout")).await.text().contains("You are signed out"));
}

/// An address of the `end_session_endpoint`.
fn logout_url(server: &Server, parameters: &[(&str, &str)]) -> String {
    url::Url::parse_with_params(&server.url("/logout"), parameters).unwrap().to_string()
}

/// Whether somebody is signed in in this browser.
async fn is_signed_in(server: &Server, browser: &mut Browser) -> bool {
    browser.open(&server.url("/")).await.text().contains("Hello,")
}
