//! RFC 9728: what a resource server has to serve, printed for it.

use grantor::flow::administer::api_keys::Rights;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Server, json_of};

const MCP: &str = "https://mcp.example.com/mcp";

/// registration.md §6: the ready document and the exact line, for everybody, of the settings' resources and the stored ones.
#[actix_web::test]
async fn the_document_and_the_line_are_ready_to_be_served() {
    let configured = format!(r#"[{{"identifier": "{MCP}", "name": "Notes", "scopes": ["notes.read"]}}]"#);
    let server = Server::with()
        .set("GRANTOR_RESOURCES", &configured)
        .set("GRANTOR_SCOPES", r#"[{"name": "notes.read", "description": "Read notes"}]"#)
        .start()
        .await;
    let key = server.api_key(Rights::ReadWrite, None);
    let body = json!({"identifier": "https://b.example/"});
    let (status, added) = server.administer(&key, Method::POST, "/resources", body).await;
    assert_eq!(status, 201, "{added}");
    server.until(|| server.means().published().resources.len() == 2).await;
    let (_, listed) = server.administer(&key, Method::GET, "/resources", Value::Null).await;
    let wanted = [
        (
            json!({
                "resource": MCP,
                "authorization_servers": [server.issuer],
                "scopes_supported": ["notes.read"],
                "bearer_methods_supported": ["header"],
                "resource_name": "Notes",
            }),
            "https://mcp.example.com/.well-known/oauth-protected-resource/mcp",
        ),
        (
            json!({
                "resource": "https://b.example/",
                "authorization_servers": [server.issuer],
                "bearer_methods_supported": ["header"],
            }),
            "https://b.example/.well-known/oauth-protected-resource",
        ),
    ];
    for (resource, (document, address)) in listed["resources"].as_array().unwrap().iter().zip(wanted) {
        let url = server.url(&format!("/resources/{}/metadata", resource["id"].as_str().unwrap()));
        let answer = server.http.get(&url).send().await.unwrap();
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        assert_eq!(json_of(answer).await, (200, document.clone()));
        let line = server.http.get(&url).header("Accept", "text/plain").send().await.unwrap();
        assert_eq!(line.headers()["vary"], "Accept");
        let challenge = format!("Bearer resource_metadata=\"{address}\"");
        assert_eq!(line.text().await.unwrap(), format!("WWW-Authenticate: {challenge}\n"));
        assert_eq!(resource["protected_resource_metadata"], document, "the admin API shows the same");
        assert_eq!(resource["www_authenticate"], challenge.as_str());
    }
    let unknown = server.http.get(server.url("/resources/0123456789abcdef/metadata")).send().await.unwrap();
    assert_eq!(unknown.status(), 404);
}

/// U14: the issuer in the document is the configured one, whatever the headers say.
#[actix_web::test]
async fn no_header_moves_the_authorization_server() {
    let server = Server::start().await;
    server.publish_resource(MCP, &[], None).await;
    let id = server.means().published().resources.first().unwrap().id();
    let url = server.url(&format!("/resources/{id}/metadata"));
    for name in ["Host", "X-Forwarded-Host", "Forwarded", "X-Original-Host", "X-Forwarded-Proto"] {
        let request = server.http.get(&url).header(name, "evil.example");
        let (_, document) = json_of(request.send().await.unwrap()).await;
        assert_eq!(document["authorization_servers"], json!([server.issuer]), "{name}");
    }
}
