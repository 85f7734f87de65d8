//! Clients that say who they are by what they sign. RFC 7521 §4.2, RFC 7523 §2.2 and §3, OpenID Connect Core 1.0 §9.

mod client_secret_jwt;
mod jwks_uri;
mod section_2_2_request;
mod section_3_assertions;
mod section_3_replay;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::support::{ClientKey, Registered, Server, json_of};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ENDPOINTS: [&str; 3] = ["/token", "/introspect", "/revoke"];

async fn register(server: &Server, method: &str, more: Value) -> Registered {
    let mut metadata = json!({
        "redirect_uris": ["https://client.example/cb"], "token_endpoint_auth_method": method,
        "grant_types": ["authorization_code", "refresh_token"],
    });
    metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.register(metadata).await
}

async fn with_key(server: &Server, key: &ClientKey) -> Registered {
    register(server, "private_key_jwt", json!({"jwks": key.jwks()})).await
}

/// What is all right.
fn claims(server: &Server, client: &Registered, id: &str) -> Value {
    let now = server.clock.now();
    json!({"iss": client.client_id, "sub": client.client_id, "aud": server.issuer, "exp": now + 60, "iat": now, "jti": id})
}

fn signed(key: &ClientKey, claims: &Value) -> String {
    key.sign(&json!({"alg": key.alg(), "kid": key.kid()}), claims)
}

fn good(server: &Server, client: &Registered, key: &ClientKey, id: &str) -> String {
    signed(key, &claims(server, client, id))
}

fn by_secret(secret: &str, claims: &Value) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

/// Status and body of a request that is good but for its assertion.
async fn ask(server: &Server, path: &str, assertion: &str, more: &[(&str, &str)]) -> (u16, Value) {
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", "unknown"),
        ("token", "unknown"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ];
    form.extend(more);
    let response = server.http.post(server.url(path)).form(&form).send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// Whether the client is let in: then the token is what is unknown.
async fn is_let_in(server: &Server, path: &str, assertion: &str) -> bool {
    match ask(server, path, assertion, &[]).await {
        (200, _) => true,
        (400, body) => {
            assert_eq!(body["error"], "invalid_grant", "{body}");
            true
        }
        (401, body) => {
            assert_eq!(body["error"], "invalid_client", "{body}");
            false
        }
        other => panic!("{other:?}"),
    }
}

fn spent(server: &Server) -> i64 {
    server.number("SELECT count(*) AS number FROM spent_assertions")
}

/// PUT of a registration that stays as it is but for this.
async fn put(server: &Server, client: &Registered, method: &str, more: &Value) -> Value {
    let mut metadata = json!({
        "client_id": client.client_id, "redirect_uris": ["https://client.example/cb"],
        "token_endpoint_auth_method": method, "grant_types": ["authorization_code", "refresh_token"],
    });
    metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let token = &client.registration_access_token;
    let (status, body) = json_of(server.put_registration(client, token, &metadata).await).await;
    assert_eq!(status, 200, "{body}");
    body
}
