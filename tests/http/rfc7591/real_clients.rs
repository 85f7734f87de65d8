//! What MCP clients of 2026 send to a registration endpoint (registration.md §7): all of it is accepted, on POST and on PUT.

use serde_json::{Value, json};

use crate::support::Server;

/// Registers as the client does; what it needs of the answer is there.
async fn registers(sent: Value) -> Value {
    let server = Server::start().await;
    let kept = server.accepted(sent.clone()).await;
    assert_eq!(kept["redirect_uris"], sent["redirect_uris"]);
    assert_eq!(kept["client_name"], sent["client_name"]);
    for name in ["client_uri", "software_id", "software_version", "application_type"] {
        assert!(sent.get(name).is_none_or(Value::is_null) || kept[name] == sent[name], "{name}: {kept}");
    }
    assert_eq!(kept["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(kept["response_types"], json!(["code"]));
    assert!(kept["scope"].as_str().is_some_and(|scope| !scope.is_empty()));

    let client = server.register(sent.clone()).await;
    let method = sent["token_endpoint_auth_method"].as_str().unwrap_or("client_secret_basic");
    assert_eq!(client.body["token_endpoint_auth_method"], method);
    assert_eq!(client.client_secret.is_some(), method != "none");
    assert_eq!(client.body.get("client_secret_expires_at").is_some(), method != "none");
    // A client that puts back what it was told changes nothing.
    assert_eq!(server.accepted(kept.clone()).await, kept);
    kept
}

/// Claude on the web and on the desktop: no `application_type` and no scope.
#[actix_web::test]
async fn claude() {
    for method in ["client_secret_post", "none"] {
        for uri in ["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"] {
            let kept = registers(json!({
                "client_name": "Claude",
                "redirect_uris": [uri],
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "token_endpoint_auth_method": method,
            }))
            .await;
            assert_eq!(kept["application_type"], "web");
        }
    }
}

/// Claude Code: a name with brackets (registration.md §9), any port of localhost.
#[actix_web::test]
async fn claude_code() {
    let kept = registers(json!({
        "client_name": "Claude Code (notes)",
        "redirect_uris": ["http://localhost:52119/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }))
    .await;
    assert_eq!(kept["application_type"], "native");
}

/// `ChatGPT`'s connectors.
#[actix_web::test]
async fn chatgpt() {
    for uri in [
        "https://chatgpt.com/connector_platform_oauth_redirect",
        "https://chatgpt.com/connector/oauth/b1946ac92492d2347c6235b4d2611184",
    ] {
        registers(json!({
            "client_name": "ChatGPT",
            "redirect_uris": [uri],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }))
        .await;
    }
}

/// VS Code: web and loopback redirects mixed, and a grant type that is not offered here.
#[actix_web::test]
async fn visual_studio_code() {
    registers(json!({
        "client_name": "Visual Studio Code",
        "client_uri": "https://code.visualstudio.com",
        "redirect_uris": [
            "https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect", "http://127.0.0.1/",
            "http://127.0.0.1:33418/",
        ],
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
    }))
    .await;
}

/// Cursor: three redirects at once, one with a scheme without a dot.
#[actix_web::test]
async fn cursor() {
    registers(json!({
        "client_name": "Cursor",
        "redirect_uris": [
            "cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/agents/mcp/oauth/callback",
            "http://localhost:8787/callback",
        ],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }))
    .await;
}

/// MCP Inspector: an empty scope.
#[actix_web::test]
async fn mcp_inspector() {
    registers(json!({
        "client_name": "MCP Inspector",
        "client_uri": "https://github.com/modelcontextprotocol/inspector",
        "redirect_uris": ["http://localhost:6274/oauth/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
        "scope": "",
    }))
    .await;
}

/// mcp-remote: tells its software and version.
#[actix_web::test]
async fn mcp_remote() {
    registers(json!({
        "client_name": "MCP CLI Proxy",
        "client_uri": "https://github.com/modelcontextprotocol/mcp-cli",
        "redirect_uris": ["http://localhost:3334/oauth/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "software_id": "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d",
        "software_version": "0.1.29",
    }))
    .await;
}

/// Codex, `OpenCode`, Zed, Copilot CLI: native or no `application_type`, loopback with a port of the moment.
#[actix_web::test]
async fn native_clients_with_a_port_of_the_moment() {
    for (name, uri, application_type) in [
        ("Codex", "http://127.0.0.1:49152/callback", None),
        ("OpenCode", "http://127.0.0.1:19876/mcp/oauth/callback", None),
        ("Zed", "http://127.0.0.1:51000/callback", Some("native")),
        ("GitHub Copilot CLI", "http://127.0.0.1:60001/", Some("native")),
    ] {
        let kept = registers(json!({
            "client_name": name,
            "redirect_uris": [uri],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "application_type": application_type,
        }))
        .await;
        assert_eq!(kept["application_type"], "native");
    }
}

/// Microsoft 365 Copilot: wants a secret in the answer.
#[actix_web::test]
async fn a_hosted_client_that_needs_a_secret() {
    for method in ["client_secret_basic", "client_secret_post"] {
        registers(json!({
            "client_name": "Microsoft 365 Copilot",
            "redirect_uris": ["https://teams.microsoft.com/api/platform/v1.0/oAuthRedirect"],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": method,
        }))
        .await;
    }
}

/// The TypeScript SDK adds `offline_access` if it is advertised.
#[actix_web::test]
async fn the_typescript_sdk_with_offline_access() {
    let kept = registers(json!({
        "client_name": "My MCP client",
        "redirect_uris": ["http://localhost:8090/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_post",
        "scope": "openid profile offline_access",
    }))
    .await;
    assert_eq!(kept["scope"], "offline_access openid profile");
}
