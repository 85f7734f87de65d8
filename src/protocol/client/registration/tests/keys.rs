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
    assert!(accepted(&json!({"jwks": {"keys": vec![json!({"kty": "X"}); 10]}})).jwks.is_some());
}

/// RFC 7515 A.2.
pub(super) const N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";

fn rsa() -> Value {
    json!({"kty": "RSA", "kid": "1", "use": "sig", "alg": "RS256", "n": N, "e": "AQAB"})
}

fn ec() -> Value {
    json!({"kty": "EC", "kid": "2", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
           "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})
}

fn okp() -> Value {
    json!({"kty": "OKP", "kid": "3", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
}

/// T24: a key that is weak, broken or ambiguous is refused when it is registered, whatever the client uses it for.
#[test]
fn weak_and_malformed_keys_are_refused() {
    assert!(accepted(&json!({"jwks": {"keys": [rsa(), ec(), okp()]}})).jwks.is_some());
    let changed = |key: Value, name: &str, value: Value| {
        let mut key = key;
        key[name] = value;
        ("jwks", json!({"keys": [okp(), key]}))
    };
    let short = &N[..N.len() / 2];
    all_refused(
        "invalid_client_metadata",
        &[
            changed(rsa(), "n", json!(short)),
            changed(rsa(), "n", json!(format!("{}{short}", "A".repeat(N.len() / 4 * 4)))),
            changed(rsa(), "n", json!(N[..340].repeat(5))),
            changed(rsa(), "n", json!(format!("{N}="))),
            changed(rsa(), "n", json!(7)),
            changed(rsa(), "e", json!("AQ")),
            changed(rsa(), "e", json!("AQAC")),
            changed(rsa(), "e", json!("")),
            changed(rsa(), "e", json!(null)),
            changed(rsa(), "alg", json!("ES256")),
            changed(rsa(), "alg", json!(1)),
            changed(rsa(), "use", json!("tls")),
            changed(rsa(), "use", json!(["sig"])),
            changed(rsa(), "kid", json!(1)),
            changed(rsa(), "kid", json!("3")),
            changed(ec(), "x", json!("g83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")),
            changed(ec(), "y", json!("")),
            changed(ec(), "crv", json!("P-384")),
            changed(ec(), "crv", json!(null)),
            changed(ec(), "alg", json!("RS256")),
            changed(okp(), "x", json!("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ")),
        ],
    );
    // What a server does not understand, it leaves to others. RFC 7517 §5.
    for other in [
        json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}),
        json!({"kty": "AKP", "alg": "ML-DSA-44"}),
        json!({"kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "n": N, "e": "AQAB"}),
    ] {
        assert!(accepted(&json!({"jwks": {"keys": [other]}})).jwks.is_some());
    }
}

/// A client that is to sign has a key that can: of the registered algorithm, if there is one.
#[test]
fn private_key_jwt_needs_a_key_that_signs() {
    let with = |keys: Value, algorithm: Value| {
        json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": keys},
               "token_endpoint_auth_signing_alg": algorithm})
    };
    for (keys, algorithm) in [
        (json!([rsa()]), json!(null)),
        (json!([rsa()]), json!("RS256")),
        (json!([ec(), rsa()]), json!("ES256")),
        (json!([okp()]), json!("EdDSA")),
    ] {
        let kept = accepted(&with(keys, algorithm.clone()));
        assert!(!kept.is_public() && !kept.needs_secret());
        assert_eq!(json!(kept.token_endpoint_auth_signing_alg), algorithm);
    }
    let mut for_encryption = ec();
    for_encryption["use"] = json!("enc");
    for (keys, algorithm) in [
        (json!([]), json!(null)),
        (json!([for_encryption]), json!(null)),
        (json!([rsa()]), json!("PS256")),
        (json!([ec()]), json!("EdDSA")),
    ] {
        assert!(refused(&with(keys, algorithm)).1.starts_with("jwks holds no key"));
    }
    let without = refused(&json!({"token_endpoint_auth_method": "private_key_jwt"}));
    assert!(without.1.starts_with("token_endpoint_auth_method asks for private_key_jwt"), "{}", without.1);
}

/// The algorithm goes with the method: no public key is ever taken for a secret. Where nothing is signed, nothing is kept.
#[test]
fn the_algorithm_goes_with_the_method() {
    let with = |method: &str, algorithm: &str| {
        json!({"token_endpoint_auth_method": method, "token_endpoint_auth_signing_alg": algorithm,
               "jwks_uri": "https://a.test/jwks"})
    };
    for (method, algorithm) in [
        ("private_key_jwt", "HS256"),
        ("private_key_jwt", "none"),
        ("client_secret_jwt", "RS256"),
        ("client_secret_jwt", "HS512"),
        ("client_secret_basic", "none"),
    ] {
        let refusal = refused(&with(method, algorithm)).1;
        assert!(refusal.starts_with("token_endpoint_auth_signing_alg"), "{refusal}");
    }
    let by_secret = accepted(&with("client_secret_jwt", "HS256"));
    assert!(by_secret.needs_secret() && by_secret.needs_readable_secret());
    assert_eq!(json!(by_secret.token_endpoint_auth_signing_alg), "HS256");
    for method in ["none", "client_secret_basic", "client_secret_post"] {
        let kept = accepted(&with(method, "RS256"));
        assert!(kept.token_endpoint_auth_signing_alg.is_none() && !kept.needs_readable_secret());
    }
}
