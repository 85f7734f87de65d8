//! OpenID Connect Core §2, §3.1.3.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest as _, Sha256, Sha512};

use crate::support::{Browser, Pkce, Server, parts, query_of, tokens, verified};

async fn server() -> Server {
    let server = Server::start().await;
    server.add_user("ada").await;
    server
}

/// §2, §3.1.3.6: who, by whom, for whom, when, with the nonce as it was sent; it lives 15 minutes.
#[actix_web::test]
async fn the_claims_are_those_of_the_request() {
    let server = server().await;
    let client = server.register_confidential().await;
    let (mut browser, pkce) = (Browser::new(&server), Pkce::new());
    let signed_in_at = server.clock.now();
    let url = |nonce: &str| server.authorize_url(&client, &pkce, &[("scope", "openid"), ("nonce", nonce)]);
    browser.allow(&url("first"), "ada").await;
    server.advance(300);
    let nonce = "n-0S6_ü WzA2Mj & <x>";
    let location = browser.allow(&url(nonce), "ada").await;
    server.advance(30);
    let code = query_of(&location, "code").unwrap();
    let issued = tokens(server.exchange(&client, &code, &pkce).await).await;
    let claims = verified(issued.id_token.as_deref().unwrap(), &server.jwks().await).unwrap();
    let now = server.clock.now();
    for (name, value) in [
        ("iss", json!(server.issuer)),
        ("aud", json!(client.client_id)),
        ("nonce", json!(nonce)),
        ("iat", json!(now)),
        ("exp", json!(now + 900)),
        ("auth_time", json!(signed_in_at)),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    let sub = claims["sub"].as_str().unwrap();
    assert!(sub.len() <= 255 && sub.is_ascii() && sub != "ada");
    assert_eq!(parts(&issued.access_token).1["sub"], claims["sub"]);
}

/// §3.1.3.6: `at_hash` is the left half of the access token's hash, by the algorithm of the ID token.
#[actix_web::test]
async fn at_hash_binds_the_access_token() {
    let server = server().await;
    for algorithm in ["RS256", "ES256", "PS256", "EdDSA"] {
        let client = server.register(json!({
            "redirect_uris": ["https://client.example/cb"], "id_token_signed_response_alg": algorithm,
            "grant_types": ["authorization_code", "refresh_token"],
        }));
        let client = client.await;
        let first = server.tokens(&client, "ada", "openid").await;
        let second = tokens(server.refresh(&client, first.refresh()).await).await;
        for issued in [first, second] {
            let (_, claims) = parts(issued.id_token.as_deref().unwrap());
            let access = issued.access_token.as_bytes();
            let hash = match algorithm {
                "EdDSA" => Sha512::digest(access)[..32].to_vec(),
                _ => Sha256::digest(access)[..16].to_vec(),
            };
            assert_eq!(claims["at_hash"], json!(URL_SAFE_NO_PAD.encode(hash)), "{algorithm}");
        }
    }
}

/// §3.1.2.1: without the scope openid there is no ID token, and without a nonce no such claim.
#[actix_web::test]
async fn only_openid_gets_an_id_token() {
    let server = server().await;
    let client = server.register_confidential().await;
    assert_eq!(server.tokens(&client, "ada", "profile email").await.id_token, None);
    let issued = server.tokens(&client, "ada", "openid").await;
    let (_, claims) = parts(issued.id_token.as_deref().unwrap());
    assert_eq!(claims.get("nonce"), None);
    assert_eq!(claims.get("email"), None, "claims about the person are at userinfo");
}

/// §2, RFC 8176: how the person signed in, for whom, and in which session; the same in every token of a grant.
#[actix_web::test]
async fn it_says_how_for_whom_and_in_which_session() {
    let server = server().await;
    let (one, other) = (server.register_confidential().await, server.register_public().await);
    let (mut browser, pkce) = (Browser::new(&server), Pkce::new());
    let mut said = async |client: &crate::support::Registered, extra: &[(&str, &str)]| {
        let mut parameters = vec![("scope", "openid offline_access")];
        parameters.extend(extra);
        let location = browser.allow(&server.authorize_url(client, &pkce, &parameters), "ada").await;
        let code = query_of(&location, "code").unwrap();
        let first = tokens(server.exchange(client, &code, &pkce).await).await;
        let again = tokens(server.refresh(client, first.refresh()).await).await;
        let (_, claims) = parts(first.id_token.as_deref().unwrap());
        let (_, refreshed) = parts(again.id_token.as_deref().unwrap());
        for name in ["sub", "aud", "azp", "acr", "amr", "sid", "auth_time"] {
            assert_eq!(claims[name], refreshed[name], "{name}");
        }
        claims
    };
    let first = said(&one, &[]).await;
    assert_eq!(first["azp"], json!(one.client_id));
    assert_eq!((&first["acr"], &first["amr"]), (&json!("1"), &json!(["pwd"])));
    assert!(first["sid"].as_str().is_some_and(|sid| sid.len() >= 22), "{first}");
    let elsewhere = said(&other, &[]).await;
    assert_eq!((&elsewhere["sid"], &elsewhere["azp"]), (&first["sid"], &json!(other.client_id)));
    // Who signs in again is in the same session.
    server.advance(60);
    let renewed = said(&one, &[("prompt", "login")]).await;
    assert_eq!(renewed["sid"], first["sid"]);
    assert_eq!(renewed["auth_time"].as_i64(), first["auth_time"].as_i64().map(|time| time + 60));
    let another_browser = server.tokens(&one, "ada", "openid").await;
    assert_ne!(parts(another_browser.id_token.as_deref().unwrap()).1["sid"], first["sid"]);
    // The name of the session opens nothing: it is not the cookie.
    assert!(!browser.cookies.values().any(|cookie| *cookie == first["sid"].as_str().unwrap()));
}
