//! Keys. RFC 7591 §2.

use serde_json::{Value, json};

use super::*;
use crate::protocol::client::public_keys::SECRET_KEY_MEMBERS;

/// D04: one of `jwks` and `jwks_uri`, public keys only, ten at most.
#[test]
fn keys_are_public_and_given_once() {
    let set = |key: Value| ("jwks", json!({ "keys": [key] }));
    let mut cases = vec![
        set(json!({"kty": "oct", "kid": "1"})),
        set(json!({"kid": "1"})),
        set(json!("key")),
        ("jwks", json!([])),
        ("jwks", json!({})),
        ("jwks", json!({"keys": null})),
        ("jwks", json!("https://a.test/jwks")),
        ("jwks", json!({"keys": vec![json!({"kty": "EC"}); 11]})),
    ];
    cases.extend(
        SECRET_KEY_MEMBERS.map(|name| set(json!({"kty": "RSA", "n": "x", "e": "AQAB", name: "c2VjcmV0"}))),
    );
    all_refused("invalid_client_metadata", &cases);
    for (_, value) in cases {
        assert!(!refused(&json!({ "jwks": value })).1.contains("c2VjcmV0"));
    }
    let both = json!({"jwks": {"keys": []}, "jwks_uri": "https://a.test/jwks"});
    assert!(refused(&both).1.starts_with("jwks and jwks_uri"));
    assert!(accepted(&json!({"jwks": {"keys": vec![json!({"kty": "EC"}); 10]}})).jwks.is_some());
}
