//! Resources through the admin API.

use grantor::flow::administer::api_keys::Rights;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Server, error_of, query_of, tokens};

const MCP: &str = "https://mcp.example.com/mcp";
const OLD: &str = "https://old.example/mcp";

/// Point 8: added, shown, changed and deleted; what cannot be is refused by the member's name; each change is written down.
#[actix_web::test]
async fn a_resource_is_added_changed_and_deleted() {
    let server = Server::start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    let body = json!({"identifier": MCP, "aliases": [OLD, format!("{MCP}/")], "scopes": ["notes.read"]});
    let (status, added) = server.administer(&key, Method::POST, "/resources", body.clone()).await;
    assert_eq!(status, 201, "{added}");
    assert_eq!(added["aliases"], json!([OLD]), "a trailing slash is no alias");
    assert!(added["client_secret"].is_string());
    assert_eq!(added["introspection_clients"], json!([added["client_id"]]));
    let path = format!("/resources/{}", added["id"].as_str().unwrap());
    for (name, body) in [
        ("registered already", body),
        ("registered already", json!({"identifier": format!("{OLD}/")})),
        ("registered already", json!({"identifier": "https://c.example", "aliases": [MCP]})),
        ("this server itself", json!({"identifier": format!("{}/", server.issuer)})),
        ("this server itself", json!({"identifier": "https://a.example", "aliases": [server.issuer]})),
        ("identifier", json!({"identifier": "https://a.example/#x"})),
        ("aliases", json!({"identifier": "https://a.example", "aliases": ["x"]})),
        ("access_token_lifetime", json!({"identifier": "https://a.example", "access_token_lifetime": 0})),
        (
            "access_token_lifetime",
            json!({"identifier": "https://a.example", "access_token_lifetime": 86_401}),
        ),
        ("access_token_format", json!({"identifier": "https://a.example", "access_token_format": "saml"})),
        ("scopes", json!({"identifier": "https://a.example", "scopes": ["a b"]})),
        ("name", json!({"identifier": "https://a.example", "name": "a\nb"})),
        ("introspection_clients", json!({"identifier": "https://a.example", "introspection_clients": ["x"]})),
        ("source", json!({"identifier": "https://a.example", "source": "configuration"})),
    ] {
        let (status, problem) = server.administer(&key, Method::POST, "/resources", body.clone()).await;
        assert!(matches!(status, 400 | 409), "{body}: {status}");
        assert!(problem["detail"].as_str().unwrap().contains(name), "{body}: {problem}");
    }
    let change = json!({"identifier": MCP, "name": "Notes", "access_token_format": "opaque"});
    let (status, changed) = server.administer(&key, Method::PUT, &path, change).await;
    assert_eq!((status, &changed["aliases"], &changed["name"]), (200, &json!([]), &json!("Notes")));
    assert_eq!(changed["introspection_clients"], added["introspection_clients"]);
    let other = json!({"identifier": "https://other.example"});
    assert_eq!(server.administer(&key, Method::PUT, &path, other).await.0, 400);
    let (status, removed) = server.administer(&key, Method::DELETE, &path, Value::Null).await;
    assert_eq!((status, &removed["identifier"]), (200, &json!(MCP)));
    assert_eq!(server.administer(&key, Method::GET, &path, Value::Null).await.0, 404);
    for kind in ["resource_added", "resource_changed", "resource_removed"] {
        let query = format!("SELECT COUNT(*) AS number FROM audit_events WHERE kind = '{kind}'");
        assert_eq!(server.number(&query), 1, "{kind}");
    }
}

/// A resource of the settings is shown and left alone.
#[actix_web::test]
async fn a_resource_of_the_settings_is_left_alone() {
    let configured = format!(r#"[{{"identifier": "{MCP}", "aliases": ["{OLD}"]}}]"#);
    let server = Server::with().set("GRANTOR_RESOURCES", &configured).start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    let (_, listed) = server.administer(&key, Method::GET, "/resources", Value::Null).await;
    let resource = &listed["resources"][0];
    assert_eq!((&resource["source"], &resource["aliases"]), (&json!("configuration"), &json!([OLD])));
    let path = format!("/resources/{}", resource["id"].as_str().unwrap());
    let body = json!({"identifier": MCP});
    assert_eq!(server.administer(&key, Method::PUT, &path, body.clone()).await.0, 409);
    assert_eq!(server.administer(&key, Method::DELETE, &path, Value::Null).await.0, 409);
    assert_eq!(server.administer(&key, Method::POST, "/resources", body).await.0, 409);
    let alias = json!({"identifier": OLD});
    assert_eq!(server.administer(&key, Method::POST, "/resources", alias).await.0, 409);
}

/// T04, registration.md §6: an alias is taken at authorize, token and refresh; `aud` is the identifier; no other resource's
/// scopes come along; and an alias that is gone is an `invalid_target`.
#[actix_web::test]
async fn an_alias_gets_tokens_for_the_identifier() {
    let server = Server::start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    server.add_user("ada").await;
    for body in [
        json!({"identifier": MCP, "aliases": [OLD], "scopes": ["notes.read"]}),
        json!({"identifier": "https://b.example", "scopes": ["b.read"]}),
    ] {
        assert_eq!(server.administer(&key, Method::POST, "/resources", body).await.0, 201);
    }
    server.until(|| server.means().published().resources.len() == 2).await;
    let client = server.register_confidential().await;
    for asked in [OLD.to_owned(), format!("{OLD}/"), format!("{MCP}/"), MCP.to_owned()] {
        let pkce = crate::support::Pkce::new();
        let extra = [("resource", asked.as_str()), ("scope", "notes.read b.read")];
        let code = server.code_for(&client, "ada", &pkce, &extra).await;
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", client.redirect_uri.as_str()),
            ("code_verifier", pkce.verifier.as_str()),
            ("resource", asked.as_str()),
        ];
        let issued = tokens(server.token_request(&client, &parameters).send().await.unwrap()).await;
        assert_eq!(issued.body["scope"], "notes.read", "{asked}");
        let refresh = [
            ("grant_type", "refresh_token"),
            ("refresh_token", issued.refresh()),
            ("resource", asked.as_str()),
        ];
        let refreshed = tokens(server.token_request(&client, &refresh).send().await.unwrap()).await;
        for token in [&issued.access_token, &refreshed.access_token] {
            let claims = crate::support::parts(token).1;
            assert_eq!(claims["aud"], MCP, "{asked}");
        }
        let widen = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refreshed.refresh()),
            ("resource", "https://b.example"),
        ];
        let refused = server.token_request(&client, &widen).send().await.unwrap();
        assert_eq!(error_of(refused).await, (400, "invalid_target".to_owned()));
    }
    let path = format!("/resources/{}", server.means().published().resource(MCP).unwrap().id());
    let without = json!({"identifier": MCP, "scopes": ["notes.read"]});
    assert_eq!(server.administer(&key, Method::PUT, &path, without).await.0, 200);
    server.until(|| server.means().published().resource(MCP).unwrap().aliases.is_empty()).await;
    let url = server.authorize_url(&client, &crate::support::Pkce::new(), &[("resource", OLD)]);
    let page = crate::support::Browser::new(&server).open(&url).await;
    let location = page.location.unwrap();
    assert_eq!(query_of(&location, "error").as_deref(), Some("invalid_target"), "{location}");
}
