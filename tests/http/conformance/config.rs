//! The plan for Config: what the provider says about itself. OpenID Connect Discovery 1.0 §3 and §4.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Suite;
use crate::support::json_of;

async fn discovery(suite: &Suite) -> Value {
    suite.server.well_known("openid-configuration").await
}

fn strings<'a>(document: &'a Value, member: &str) -> Vec<&'a str> {
    let values = document[member].as_array().unwrap_or_else(|| panic!("no {member}"));
    values.iter().map(|value| value.as_str().unwrap()).collect()
}

/// The document stands below the issuer, as JSON, and names that very issuer, which is https.
#[actix_web::test]
async fn the_issuer_is_https_and_the_one_that_was_asked() {
    let suite = Suite::start().await;
    let url = format!("{}/.well-known/openid-configuration", suite.server.issuer);
    let answer = suite.server.http.get(url).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    let (status, document) = json_of(answer).await;
    assert_eq!((status, &document["issuer"]), (200, &json!(suite.server.issuer)));
    assert!(suite.server.issuer.starts_with("https://"), "{}", suite.server.issuer);
}

/// What §3 requires is there and of its type; every address is https and below the issuer.
#[actix_web::test]
async fn required_members_are_there_and_of_their_type() {
    let suite = Suite::start().await;
    let document = discovery(&suite).await;
    for (member, holds) in [
        ("response_types_supported", "code"),
        ("subject_types_supported", "public"),
        ("id_token_signing_alg_values_supported", "RS256"),
        ("scopes_supported", "openid"),
        ("claims_supported", "sub"),
        ("token_endpoint_auth_methods_supported", "client_secret_basic"),
        ("grant_types_supported", "authorization_code"),
    ] {
        assert!(strings(&document, member).contains(&holds), "{member}: {}", document[member]);
    }
    for required in
        ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "registration_endpoint"]
    {
        assert!(document[required].is_string(), "{required}");
    }
    for (member, value) in document.as_object().unwrap() {
        match value {
            Value::String(text) => assert!(text.starts_with(&suite.server.issuer), "{member}: {text}"),
            Value::Array(items) => {
                let different: BTreeSet<_> = items.iter().map(|item| item.as_str().unwrap()).collect();
                assert!(!items.is_empty() && different.len() == items.len(), "{member}: {value}");
            }
            other => assert!(other.is_boolean(), "{member}: {other}"),
        }
    }
}

/// Unsigned ID tokens and unsigned request objects are on no list.
#[actix_web::test]
async fn none_is_no_algorithm() {
    let suite = Suite::start().await;
    let document = discovery(&suite).await;
    for (member, value) in document.as_object().unwrap() {
        if member.contains("_alg_") {
            assert!(!value.as_array().unwrap().contains(&json!("none")), "{member}: {value}");
        }
    }
}

/// The key set holds public signature keys only, each with a `kid` of its own, one RSA key among them.
#[actix_web::test]
async fn the_keys_are_public_and_have_names_of_their_own() {
    let suite = Suite::start().await;
    let document = discovery(&suite).await;
    let url = document["jwks_uri"].as_str().unwrap();
    let (status, jwks) = json_of(suite.server.http.get(url).send().await.unwrap()).await;
    assert_eq!(status, 200);
    let keys = jwks["keys"].as_array().unwrap();
    let names: BTreeSet<_> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(names.len(), keys.len(), "{jwks}");
    assert!(keys.iter().any(|key| key["kty"] == "RSA"), "{jwks}");
    for key in keys {
        assert_eq!(key["use"], "sig", "{key}");
        for secret in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(secret).is_none(), "{secret}");
        }
    }
    let algorithms: Vec<_> = keys.iter().map(|key| key["alg"].as_str().unwrap()).collect();
    for algorithm in strings(&document, "id_token_signing_alg_values_supported") {
        assert!(algorithms.contains(&algorithm), "no key for {algorithm}");
    }
}
