//! Groups, attributes, and people as operators look after them.

mod accounts;
mod attributes;
mod desk;
mod documents;
mod groups;

use grantor::flow::administer::api_keys::Rights;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Registered, Server};

/// A server with an API key that may write.
async fn operated() -> (Server, String) {
    let server = Server::start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    (server, key)
}

/// The `sub` of somebody.
async fn subject(server: &Server, key: &str, name: &str) -> String {
    let (status, found) =
        server.administer(key, Method::GET, &format!("/users?text={name}"), Value::Null).await;
    assert_eq!(status, 200, "{found}");
    found["people"][0]["subject"].as_str().unwrap().to_owned()
}

/// A client of an operator with these scopes and refresh tokens.
async fn client(server: &Server, key: &str, scope: &str) -> Registered {
    let metadata = json!({
        "client_name": "An operator's client",
        "redirect_uris": ["https://client.example/cb"],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": scope,
    });
    let (status, body) =
        server.administer(key, Method::POST, "/clients", json!({ "metadata": metadata })).await;
    assert_eq!(status, 201, "{body}");
    Registered {
        client_id: body["client_id"].as_str().unwrap().to_owned(),
        client_secret: body["client_secret"].as_str().map(str::to_owned),
        registration_access_token: String::new(),
        registration_client_uri: String::new(),
        redirect_uri: "https://client.example/cb".to_owned(),
        body: body["metadata"].clone(),
    }
}
