//! `jsonwebtoken` verifies here with nothing but the published JWKS: it shares no code with what signs.

use std::collections::BTreeSet;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{EncodingKey, Header, decode, encode};

use super::*;

const NOW: Seconds = 1_700_000_000;

fn always() -> KeyTimes {
    KeyTimes { published_at: NOW, signs_from: NOW, retired_at: None, removed_after: None }
}

fn key(algorithm: Algorithm, times: KeyTimes) -> SigningKey {
    SigningKey::from_pkcs8(algorithm, &SigningKey::generate(algorithm).unwrap().pkcs8, times).unwrap()
}

fn one_of_each() -> SigningKeys {
    SigningKeys::new(Algorithm::ALL.into_iter().map(|algorithm| key(algorithm, always())).collect())
}

fn alive() -> Value {
    json!({ "iss": "https://as.example", "sub": "ä", "iat": NOW, "exp": NOW + 900 })
}

/// A token with this header and these claims, signed with the pair of `key`.
fn forge(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let mut token = format!("{}.{}", encode(header), encode(claims));
    key.pair.sign_into(&mut token).unwrap();
    token
}

/// T27: four asymmetric algorithms; each token verifies with the published key of its `kid`.
#[test]
fn another_library_verifies_with_the_published_jwks() {
    let keys = one_of_each();
    let published: JwkSet = serde_json::from_str(&keys.jwks_json()).unwrap();
    for algorithm in Algorithm::ALL {
        for typ in [TYP_ACCESS_TOKEN, TYP_JWT, "logout+jwt"] {
            let token = keys.sign(algorithm, typ, &alive(), NOW).unwrap();
            let header = jsonwebtoken::decode_header(&token).unwrap();
            assert_eq!(header.typ.as_deref(), Some(typ));
            let jwk = published.find(header.kid.as_deref().unwrap()).unwrap();
            let key = DecodingKey::from_jwk(jwk).unwrap();
            let decoded = decode::<Value>(&token, &key, &signature_only(algorithm)).unwrap();
            assert_eq!(decoded.claims, alive());
            assert_eq!(keys.verify(&token, typ, NOW).unwrap(), alive());
        }
    }
}

/// T26: the JWKS holds public halves only, each with `use`, `alg` and a unique `kid`. RFC 7517 §4.
#[test]
fn the_jwks_holds_public_keys_only() {
    let keys = one_of_each();
    let jwks: Value = serde_json::from_str(&keys.jwks_json()).unwrap();
    let mut kids = BTreeSet::new();
    for jwk in jwks["keys"].as_array().unwrap() {
        let names: Vec<&str> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
        let expected: &[&str] = match jwk["kty"].as_str().unwrap() {
            "EC" => &["alg", "crv", "kid", "kty", "use", "x", "y"],
            "RSA" => &["alg", "e", "kid", "kty", "n", "use"],
            _ => &["alg", "crv", "kid", "kty", "use", "x"],
        };
        assert_eq!(names, expected);
        assert_eq!(jwk["use"], "sig");
        if let Some(modulus) = jwk["n"].as_str() {
            assert_eq!(URL_SAFE_NO_PAD.decode(modulus).unwrap().len(), 256, "T27: RSA has 2048 bits");
        }
        kids.insert(jwk["kid"].as_str().unwrap().to_owned());
    }
    assert_eq!(kids.len(), 4);
    assert_eq!(SigningKeys::default().jwks_json(), r#"{"keys":[]}"#);
}

/// T05: an ID token is no access token, and an access token is no ID token.
#[test]
fn a_token_of_another_type_is_refused() {
    let keys = one_of_each();
    for (made, read) in [(TYP_JWT, TYP_ACCESS_TOKEN), (TYP_ACCESS_TOKEN, TYP_JWT)] {
        let token = keys.sign(Algorithm::ES256, made, &alive(), NOW).unwrap();
        assert_eq!(keys.verify(&token, read, NOW), Err(JwtFault::Type));
    }
}

/// T22: no byte of a token can be changed.
#[test]
fn a_tampered_token_is_refused() {
    let keys = one_of_each();
    for algorithm in Algorithm::ALL {
        let token = keys.sign(algorithm, TYP_JWT, &alive(), NOW).unwrap();
        for at in (0..token.len()).step_by(3) {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let tampered = String::from_utf8(bytes).unwrap();
            assert!(keys.verify(&tampered, TYP_JWT, NOW).is_err(), "{algorithm} at {at}");
        }
        let (message, _) = token.rsplit_once('.').unwrap();
        assert!(keys.verify(&format!("{message}."), TYP_JWT, NOW).is_err());
        assert!(keys.verify(&format!("{token}A"), TYP_JWT, NOW).is_err());
    }
}

/// T22: the key decides the algorithm. `none`, and HS256 with the public key as the secret, are refused.
#[test]
fn the_token_does_not_choose_the_algorithm() {
    let keys = one_of_each();
    for key in keys.iter() {
        let mut header = Header::new(jsonwebtoken::Algorithm::HS256);
        header.kid = Some(key.kid.clone());
        for secret in [key.public_jwk.as_bytes(), key.pair.public_key()] {
            let token = encode(&header, &alive(), &EncodingKey::from_secret(secret)).unwrap();
            assert_eq!(keys.verify(&token, TYP_JWT, NOW), Err(JwtFault::Algorithm));
        }
        for alg in ["none", "None", "HS256", "RS512", "PS384", "ES384"] {
            let token = forge(key, &json!({ "alg": alg, "typ": "JWT", "kid": key.kid }), &alive());
            assert_eq!(keys.verify(&token, TYP_JWT, NOW), Err(JwtFault::Algorithm), "{alg}");
        }
        for other in keys.iter().filter(|other| other.algorithm != key.algorithm) {
            let header = json!({ "alg": other.algorithm, "typ": "JWT", "kid": key.kid });
            let token = forge(other, &header, &alive());
            assert_eq!(keys.verify(&token, TYP_JWT, NOW), Err(JwtFault::Algorithm));
        }
    }
}

/// T22: a key that the token names or brings itself is not looked at.
#[test]
fn the_token_does_not_bring_its_key() {
    let keys = one_of_each();
    let stranger = key(Algorithm::ES256, always());
    let unknown = forge(&stranger, &json!({ "alg": "ES256", "typ": "JWT", "kid": stranger.kid }), &alive());
    assert_eq!(keys.verify(&unknown, TYP_JWT, NOW), Err(JwtFault::UnknownKey));
    let nameless = forge(&stranger, &json!({ "alg": "ES256", "typ": "JWT" }), &alive());
    assert_eq!(keys.verify(&nameless, TYP_JWT, NOW), Err(JwtFault::UnknownKey));
    let ours = keys.active(Algorithm::ES256, NOW).unwrap();
    let borrowed = forge(&stranger, &json!({ "alg": "ES256", "typ": "JWT", "kid": ours.kid }), &alive());
    assert_eq!(keys.verify(&borrowed, TYP_JWT, NOW), Err(JwtFault::Signature));
    let jwk: Value = serde_json::from_str(&stranger.public_jwk).unwrap();
    for (name, value) in [("jwk", jwk), ("jku", json!("https://evil.example/jwks")), ("crit", json!(["exp"]))]
    {
        let mut header = json!({ "alg": "ES256", "typ": "JWT", "kid": ours.kid });
        header[name] = value;
        assert_eq!(
            keys.verify(&forge(ours, &header, &alive()), TYP_JWT, NOW),
            Err(JwtFault::HeaderMember(name))
        );
    }
}

/// T23: rightly signed, but with times of the wrong type, or none.
#[test]
fn times_are_checked_by_type_and_by_the_clock_that_was_handed_in() {
    let keys = one_of_each();
    let check = |claims: Value, now| {
        let token = keys.sign(Algorithm::EdDSA, TYP_JWT, &claims, NOW).unwrap();
        keys.verify(&token, TYP_JWT, now).map(drop)
    };
    assert_eq!(check(alive(), NOW + 899), Ok(()));
    assert_eq!(check(alive(), NOW + 900), Err(JwtFault::Expired));
    assert_eq!(check(alive(), NOW - 1), Err(JwtFault::NotYetValid));
    assert_eq!(check(json!({}), NOW), Err(JwtFault::Time("exp")));
    for name in ["exp", "nbf", "iat"] {
        let mut claims = alive();
        claims[name] = json!("1");
        assert_eq!(check(claims, NOW), Err(JwtFault::Time(name)));
    }
}

/// T26, R12, R13: of the published keys, the one that began last signs; one that waits or is retired does not, unless the
/// clock is before all of them.
#[test]
fn the_key_that_began_last_signs() {
    let old = key(Algorithm::EdDSA, KeyTimes { retired_at: Some(NOW + 10), ..always() });
    let new = key(Algorithm::EdDSA, KeyTimes { signs_from: NOW + 10, ..always() });
    let (old_kid, new_kid) = (old.kid.clone(), new.kid.clone());
    let keys = SigningKeys::new(vec![new, old]);
    let kid_at = |now| keys.active(Algorithm::EdDSA, now).map(SigningKey::kid);
    assert_eq!(kid_at(NOW - 1), Some(old_kid.as_str()));
    assert_eq!(kid_at(NOW), Some(old_kid.as_str()));
    assert_eq!(kid_at(NOW + 9), Some(old_kid.as_str()));
    assert_eq!(kid_at(NOW + 10), Some(new_kid.as_str()));
    let refusal = keys.sign(Algorithm::RS256, TYP_JWT, &alive(), NOW).unwrap_err();
    assert_eq!(refusal.to_string(), "there is no RS256 key that signs now");
}

#[test]
fn what_is_no_private_key_is_refused() {
    for algorithm in Algorithm::ALL {
        assert!(SigningKey::from_pkcs8(algorithm, b"no key", always()).is_err());
        let is_rsa = |one| matches!(one, Algorithm::RS256 | Algorithm::PS256);
        let other = Algorithm::ALL
            .into_iter()
            .find(|other| *other != algorithm && !(is_rsa(*other) && is_rsa(algorithm)))
            .unwrap();
        let pkcs8 = SigningKey::generate(other).unwrap().pkcs8;
        assert!(SigningKey::from_pkcs8(algorithm, &pkcs8, always()).is_err(), "{other} as {algorithm}");
    }
}
