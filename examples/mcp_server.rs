//! An MCP server that is protected by Grantor, in one file: `cargo run --release --example mcp_server`.
//!
//! It says where tokens come from (RFC 9728), verifies each access token by the key set of the issuer (RFC 9068 §4), and has
//! one tool. `ISSUER` and `RESOURCE` say otherwise where Grantor and this server are; the port of `RESOURCE` is the one it
//! listens on.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "an example, which ends with a message when it cannot begin"
)]

use std::sync::Mutex;

use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::web::{self, Data, Json};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Value, json};

/// What the tool needs, and what `grantor resource add` was told.
const SCOPE: &str = "notes.read";

struct Server {
    issuer: String,
    resource: String,
    metadata_url: String,
    keys: Mutex<JwkSet>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    #[serde(default)]
    scope: String,
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let from = |name, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let issuer = from("ISSUER", "http://localhost:8080");
    let resource =
        url::Url::parse(&from("RESOURCE", "http://localhost:9000/mcp")).expect("RESOURCE is no URL");
    let port = resource.port_or_known_default().expect("RESOURCE has no port");
    let metadata_path = format!("/.well-known/oauth-protected-resource{}", resource.path());
    let server = Data::new(Server {
        metadata_url: resource.join(&metadata_path).expect("a path is one").into(),
        resource: resource.to_string(),
        issuer,
        keys: Mutex::new(JwkSet { keys: Vec::new() }),
    });
    println!("An MCP server at {resource}; its tokens come from {}.", server.issuer);
    let path = resource.path().to_owned();
    HttpServer::new(move || {
        App::new()
            .app_data(Data::clone(&server))
            .route(&metadata_path, web::get().to(metadata))
            .route(&path, web::post().to(mcp))
    })
    .workers(1)
    .bind(("localhost", port))?
    .run()
    .await
}

/// RFC 9728 §3.2.
async fn metadata(server: Data<Server>) -> Json<Value> {
    Json(json!({
        "resource": server.resource,
        "authorization_servers": [server.issuer],
        "scopes_supported": [SCOPE],
        "bearer_methods_supported": ["header"],
    }))
}

/// One JSON-RPC message, as MCP sends it over HTTP.
async fn mcp(server: Data<Server>, request: HttpRequest, message: Json<Value>) -> HttpResponse {
    let claims = match authorize(&server, &request).await {
        Ok(claims) => claims,
        Err(refusal) => return refusal,
    };
    let result = match message["method"].as_str().unwrap_or_default() {
        "initialize" => json!({
            "protocolVersion": message["params"]["protocolVersion"],
            "capabilities": { "tools": {} },
            "serverInfo": { "name": "notes", "version": "1.0.0" },
        }),
        "ping" => json!({}),
        "tools/list" => json!({ "tools": [{
            "name": "read_notes",
            "description": "Reads the notes of the person who is signed in.",
            "inputSchema": { "type": "object" },
        }] }),
        "tools/call" => json!({ "content": [{
            "type": "text",
            "text": format!("Nobody but {} may read this.", claims.sub),
        }] }),
        method if method.starts_with("notifications/") => return HttpResponse::Accepted().finish(),
        method => {
            let error = json!({ "code": -32601, "message": format!("There is no method {method}.") });
            return HttpResponse::Ok().json(json!({ "jsonrpc": "2.0", "id": message["id"], "error": error }));
        }
    };
    HttpResponse::Ok().json(json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }))
}

/// The claims of a good token with the scope, or the answer to anybody else. RFC 6750 §3.
async fn authorize(server: &Server, request: &HttpRequest) -> Result<Claims, HttpResponse> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(token) = header.and_then(|header| header.strip_prefix("Bearer ")) else {
        return Err(challenge(server, 401, ""));
    };
    let Some(claims) = verify(server, token).await else {
        return Err(challenge(server, 401, ", error=\"invalid_token\""));
    };
    if claims.scope.split(' ').any(|scope| scope == SCOPE) {
        return Ok(claims);
    }
    Err(challenge(server, 403, &format!(", error=\"insufficient_scope\", scope=\"{SCOPE}\"")))
}

/// RFC 9728 §5.1: where the client finds out whom to ask for a token.
fn challenge(server: &Server, status: u16, error: &str) -> HttpResponse {
    let challenge = format!("Bearer resource_metadata=\"{}\"{error}", server.metadata_url);
    HttpResponse::build(status.try_into().unwrap()).insert_header((WWW_AUTHENTICATE, challenge)).finish()
}

/// RFC 9068 §4. A key that is not known yet is looked for once.
async fn verify(server: &Server, token: &str) -> Option<Claims> {
    let header = decode_header(token).ok()?;
    if !header.typ.as_deref()?.eq_ignore_ascii_case("at+jwt") || header.alg != Algorithm::ES256 {
        return None;
    }
    let kid = header.kid?;
    let known = server.keys.lock().unwrap().find(&kid).cloned();
    let key = match known {
        Some(key) => key,
        None => fetch_keys(server).await?.find(&kid).cloned()?,
    };
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[&server.resource]);
    validation.set_issuer(&[&server.issuer]);
    validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    Some(decode(token, &DecodingKey::from_jwk(&key).ok()?, &validation).ok()?.claims)
}

async fn fetch_keys(server: &Server) -> Option<JwkSet> {
    let response = reqwest::get(format!("{}/jwks.json", server.issuer)).await.ok()?;
    let keys: JwkSet = response.json().await.ok()?;
    server.keys.lock().unwrap().clone_from(&keys);
    Some(keys)
}
