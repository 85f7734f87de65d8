//! JWT access tokens, what others may do with them, and what nobody may.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{Server, assemble, error_of, json_of, parts, verified};

async fn server() -> Server {
    let server = Server::start().await;
    server.add_user("ada").await;
    server
}

/// T05, T07, T27, RFC 9068 §2: `at+jwt`, signed with ES256, with every claim that the RFC requires; it lives 15 minutes.
#[actix_web::test]
async fn an_access_token_has_what_the_rfc_requires() {
    let server = server().await;
    let client = server.register_public().await;
    let issued = server.tokens(&client, "ada", "openid profile").await;
    let (header, _) = parts(&issued.access_token);
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("ES256")));
    let claims = verified(&issued.access_token, &server.jwks().await).unwrap();
    let now = server.clock.now();
    for (name, value) in [
        ("iss", json!(server.issuer)),
        ("aud", json!(server.issuer)),
        ("client_id", json!(client.client_id)),
        ("scope", json!("openid profile")),
        ("iat", json!(now)),
        ("exp", json!(now + 900)),
        ("auth_time", json!(now)),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert_eq!(issued.body["expires_in"], 900);
    assert!(claims["jti"].as_str().unwrap().len() >= 16);
    let again = server.tokens(&client, "ada", "openid profile").await;
    assert_ne!(parts(&again.access_token).1["jti"], claims["jti"]);
    assert_eq!(parts(&again.access_token).1["sub"], claims["sub"]);
}

/// T27: by default ES256 signs access tokens and RS256 ID tokens; each algorithm that may be chosen works.
#[actix_web::test]
async fn each_algorithm_can_sign_access_tokens() {
    for algorithm in ["ES256", "RS256", "PS256", "EdDSA"] {
        let server = Server::with().set("GRANTOR_TOKENS__ACCESS_TOKEN_ALGORITHM", algorithm).start().await;
        server.add_user("ada").await;
        let client = server.register_public().await;
        let issued = server.tokens(&client, "ada", "openid").await;
        assert_eq!(parts(&issued.access_token).0["alg"], algorithm);
        assert_eq!(parts(issued.id_token.as_deref().unwrap()).0["alg"], "RS256");
        verified(&issued.access_token, &server.jwks().await).unwrap();
    }
}

/// T05: an ID token is no access token, anywhere; and an access token is no ID token by its type and audience.
#[actix_web::test]
async fn an_id_token_is_no_access_token() {
    let server = server().await;
    let client = server.register_confidential().await;
    let issued = server.tokens(&client, "ada", "openid").await;
    let id_token = issued.id_token.unwrap();
    assert_eq!(parts(&id_token).0["typ"], "JWT");
    assert_ne!(parts(&id_token).1["aud"], parts(&issued.access_token).1["aud"]);
    assert_eq!(error_of(server.userinfo(&id_token).await).await, (401, "invalid_token".to_owned()));
    assert_eq!(server.introspect(&client, &id_token).await, json!({"active": false}));
    assert_eq!(error_of(server.refresh(&client, &id_token).await).await.1, "invalid_grant");
    assert_eq!(error_of(server.refresh(&client, &issued.access_token).await).await.1, "invalid_grant");
}

/// T22, T23, CVE rows 99 and 102: a token whose header or claims were made up, whatever it says about its key or its times,
/// is unknown at userinfo and introspection; with our own signature on altered parts, too.
#[actix_web::test]
async fn a_forged_token_is_unknown() {
    let server = server().await;
    let client = server.register_confidential().await;
    let issued = server.tokens(&client, "ada", "openid").await;
    let (header, claims) = parts(&issued.access_token);
    let signature = URL_SAFE_NO_PAD.decode(issued.access_token.rsplit('.').next().unwrap()).unwrap();
    let changed = |value: &Value, name: &str, to: Value| {
        let mut value = value.clone();
        value[name] = to;
        value
    };
    let jwks = server.jwks().await;
    let key = jwks["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).unwrap();
    let mut forged = vec![
        assemble(&json!({"alg": "none", "typ": "at+jwt"}), &claims, b""),
        assemble(&changed(&header, "alg", json!("none")), &claims, b""),
        assemble(&changed(&header, "alg", json!("None")), &claims, &signature),
        assemble(&changed(&header, "jwk", key.clone()), &claims, &signature),
        assemble(&changed(&header, "jku", json!("https://evil.example/jwks")), &claims, &signature),
        assemble(&changed(&header, "x5u", json!("https://evil.example/x5u")), &claims, &signature),
        assemble(&changed(&header, "crit", json!(["exp"])), &claims, &signature),
        assemble(&changed(&header, "Alg", json!("none")), &claims, &signature),
        assemble(&header, &changed(&claims, "exp", json!("99999999999")), &signature),
        assemble(&header, &changed(&claims, "exp", json!(99_999_999_999_i64)), &signature),
        assemble(&header, &changed(&claims, "nbf", json!(true)), &signature),
        assemble(&header, &changed(&claims, "sub", json!("admin")), &signature),
        assemble(&header, &changed(&claims, "scope", json!("openid email")), &signature),
    ];
    let secrets =
        [key["x"].as_str().unwrap().to_owned(), key.to_string(), client.client_secret.clone().unwrap()];
    for secret in secrets {
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
        header.kid = key["kid"].as_str().map(str::to_owned);
        header.typ = Some("at+jwt".to_owned());
        let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
        forged.push(jsonwebtoken::encode(&header, &claims, &key).unwrap());
    }
    for token in forged {
        assert_eq!(
            error_of(server.userinfo(&token).await).await,
            (401, "invalid_token".to_owned()),
            "{token}"
        );
        assert_eq!(server.introspect(&client, &token).await, json!({"active": false}), "{token}");
    }
    assert_eq!(server.userinfo(&issued.access_token).await.status(), 200);
}

/// T01: codes, tokens and secrets are 256 random bits, which decode as such; a hundred of each are all different.
#[actix_web::test]
async fn secrets_are_256_random_bits() {
    let server = Server::with().set("GRANTOR_TOKENS__ACCESS_TOKEN_FORMAT", "opaque").start().await;
    server.add_user("ada").await;
    let client = server.register_confidential().await;
    let pkce = crate::support::Pkce::new();
    let code = server.code_for(&client, "ada", &pkce, &[("scope", "profile")]).await;
    let (_, body) = json_of(server.exchange(&client, &code, &pkce).await).await;
    let secret = |name: &str| body[name].as_str().unwrap().to_owned();
    let mut seen = vec![code, secret("access_token"), secret("refresh_token")];
    seen.extend([client.client_secret.unwrap(), client.registration_access_token]);
    for secret in &seen {
        assert_eq!(URL_SAFE_NO_PAD.decode(secret).unwrap().len(), 32, "{secret}");
    }
    let mut many: Vec<String> =
        (0..100_000).map(|_| server.means().entropy.token().expose().to_owned()).collect();
    many.extend(seen);
    let (count, mut ones) = (many.len(), [0_u32; 256]);
    for secret in &many {
        for (at, byte) in URL_SAFE_NO_PAD.decode(secret).unwrap().into_iter().enumerate() {
            for bit in 0..8 {
                ones[at * 8 + bit] += u32::from(byte >> bit & 1);
            }
        }
    }
    // Each bit is one in half of the samples: ten standard deviations are given.
    assert!(ones.iter().all(|ones| (48_400..51_700).contains(ones)), "{ones:?}");
    many.sort_unstable();
    many.dedup();
    assert_eq!(many.len(), count);
}
