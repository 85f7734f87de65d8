//! ID tokens that are not what they should be. OpenID Connect Core §3.1.3.7, RFC 7515 §5.2, RFC 8725.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::provider::{CLIENT_ID, Provider, SECRET, encoded};
use crate::support::{ClientKey, assemble};

/// Whoever brings such a token is shown the page for a provider that is not believed, and is nobody here.
async fn refused(provider: &Provider, what: &str, id_token: impl FnOnce(&Value) -> String) {
    let before = provider.asked("/login/token").len();
    let page = provider.attempt(id_token).await;
    assert_eq!(page.status, 502, "{what}: {}", page.text());
    assert_eq!(provider.asked("/login/token").len(), before + 1, "{what}: the token was never looked at");
    provider.assert_nobody(what);
}

/// The same sign-in with an honest token is one: nothing else was wrong.
async fn honest(provider: &Provider) {
    for key in 0..provider.keys.len() {
        let page = provider.attempt(|claims| provider.signed(key, claims)).await;
        assert_eq!(page.status, 200, "{}: {}", provider.keys[key].alg(), page.text());
    }
    let sessions = "SELECT count(*) AS number FROM browser_sessions";
    assert_eq!(provider.here.number(sessions), i64::try_from(provider.keys.len()).unwrap());
    assert_eq!(provider.here.number("SELECT count(*) AS number FROM users"), 1);
}

fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    claims[name] = value;
    claims
}

/// RFC 8725 §2.1 and §3.2: `none`, however it is spelled, signs nothing.
#[actix_web::test]
async fn a_token_that_nobody_signed_is_refused() {
    let provider = Provider::added().await;
    let kid = provider.keys[0].kid().to_owned();
    for alg in [json!("none"), json!("None"), json!("nOnE"), json!("NONE"), json!(""), json!(null)] {
        for signature in [&b""[..], b"x"] {
            let header = json!({ "alg": alg, "kid": kid });
            refused(&provider, &header.to_string(), |claims| assemble(&header, claims, signature)).await;
        }
    }
    let header = json!({ "kid": kid });
    refused(&provider, "no alg", |claims| assemble(&header, claims, b"x")).await;
    honest(&provider).await;
}

/// RFC 8725 §2.1: a public key, or whatever else both sides know, is no secret for an HMAC, even if the provider published one.
#[actix_web::test]
async fn a_public_key_is_no_secret() {
    let provider = Provider::added().await;
    let jwks = provider.keys[0].jwks();
    let jwk = &provider.keys[0].jwk;
    let modulus = jwk["n"].as_str().unwrap();
    let secrets: Vec<Vec<u8>> = vec![
        jwk.to_string().into_bytes(),
        jwks.to_string().into_bytes(),
        modulus.as_bytes().to_vec(),
        URL_SAFE_NO_PAD.decode(modulus).unwrap(),
        URL_SAFE_NO_PAD.decode(provider.keys[2].jwk["x"].as_str().unwrap()).unwrap(),
        SECRET.as_bytes().to_vec(),
        Vec::new(),
    ];
    let mut published: Vec<Value> = provider.keys.iter().map(|key| key.jwk.clone()).collect();
    published.push(json!({"kty": "oct", "kid": "shared", "alg": "HS256", "k": encoded(SECRET.as_bytes())}));
    provider.answer_json("/login/jwks", &json!({ "keys": published }));
    // What was known before is forgotten.
    provider.here.advance(601);
    for secret in secrets {
        for (alg, algorithm) in
            [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
        {
            for kid in [provider.keys[0].kid(), "shared"] {
                let what = format!("{alg} {kid} with {} bytes", secret.len());
                refused(&provider, &what, |claims| {
                    let header = json!({"alg": alg, "kid": kid});
                    let unsigned = assemble(&header, claims, b"");
                    let message = unsigned.trim_end_matches('.');
                    let tag = hmac::sign(&hmac::Key::new(algorithm, &secret), message.as_bytes());
                    assemble(&header, claims, tag.as_ref())
                })
                .await;
            }
        }
    }
    honest(&provider).await;
}

/// RFC 7515 §5.2 and §10.7: the key is one that the provider publishes, the algorithm is that of the key, and the signature is over what
/// is read.
#[actix_web::test]
async fn a_signature_by_another_key_or_over_something_else_is_refused() {
    let provider = Provider::added().await;
    let (rsa, elliptic) = (&provider.keys[0], &provider.keys[1]);
    let stranger = ClientKey::rs256();
    let header = json!({"alg": "RS256", "kid": rsa.kid()});
    refused(&provider, "another key with its kid", |claims| stranger.sign(&header, claims)).await;
    refused(&provider, "another key without kid", |claims| stranger.sign(&json!({"alg": "RS256"}), claims))
        .await;
    refused(&provider, "another key of its own kid", |claims| {
        stranger.sign(&json!({"alg": "RS256", "kid": "of a stranger"}), claims)
    })
    .await;
    for (member, value) in [
        ("jwk", stranger.jwk.clone()),
        ("jku", json!(format!("{}/jwks", provider.issuer("login")))),
        ("x5u", json!("https://login.example/chain.pem")),
        ("x5c", json!([encoded(b"certificate")])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
    ] {
        let mut bringing = header.clone();
        bringing[member] = value;
        refused(&provider, member, |claims| stranger.sign(&bringing, claims)).await;
        // RFC 7515 §4.1.11: nor by the right key, where the header says what is not understood.
        refused(&provider, member, |claims| rsa.sign(&bringing, claims)).await;
    }
    for alg in ["ES256", "EdDSA", "PS256", "RS384", "RS512", "rs256"] {
        let lying = json!({"alg": alg, "kid": rsa.kid()});
        refused(&provider, alg, |claims| rsa.sign(&lying, claims)).await;
    }
    // CVE-2022-21449: a signature of nothing but zeros.
    let zeros = json!({"alg": "ES256", "kid": elliptic.kid()});
    refused(&provider, "zeros", |claims| assemble(&zeros, claims, &[0; 64])).await;
    refused(&provider, "a token for somebody else with this signature", |claims| {
        let (before, after) =
            (provider.signed(0, claims), provider.signed(0, &with(claims, "sub", json!("eve"))));
        let (message, _) = after.rsplit_once('.').unwrap();
        format!("{message}.{}", before.rsplit_once('.').unwrap().1)
    })
    .await;
    for (what, change) in [
        ("cut", (|token| token[..token.len() - 8].to_owned()) as fn(String) -> String),
        ("without its signature", |token| token[..=token.rfind('.').unwrap()].to_owned()),
        ("padded", |token| format!("{token}==")),
        ("of four parts", |token| format!("{token}.e30")),
        ("of two parts", |token| token.rsplit_once('.').unwrap().0.to_owned()),
        ("with white space", |token| format!(" {token}")),
        ("empty", |_| String::new()),
    ] {
        refused(&provider, what, |claims| change(provider.signed(0, claims))).await;
    }
    honest(&provider).await;
}

/// OpenID Connect Core §3.1.3.7: a token that the provider did sign is of this issuer, for this client, for this sign-in, and for now.
#[actix_web::test]
async fn a_signed_token_for_another_purpose_is_refused() {
    let provider = Provider::added().await;
    let (issuer, now) = (provider.issuer("login"), provider.here.clock.now());
    for (name, value) in [
        ("iss", json!(provider.issuer("other"))),
        ("iss", json!(format!("{issuer}/"))),
        ("iss", json!(issuer.to_uppercase())),
        ("iss", json!([issuer])),
        ("aud", json!("another client")),
        ("aud", json!([CLIENT_ID, "another client"])),
        ("aud", json!([])),
        ("aud", json!(provider.here.issuer)),
        ("azp", json!("another client")),
        ("nonce", json!("another")),
        ("nonce", json!("")),
        ("nonce", json!(null)),
        ("exp", json!(now - 61)),
        ("exp", json!((now + 300).to_string())),
        ("iat", json!(now + 3600)),
        ("nbf", json!(now + 3600)),
        ("sub", json!("")),
        ("sub", json!(7)),
        ("sub", json!("s".repeat(256))),
        ("sub", json!("a\nb")),
    ] {
        let what = format!("{name} {value}");
        refused(&provider, &what, |claims| provider.signed(0, &with(claims, name, value))).await;
    }
    for name in ["iss", "aud", "nonce", "exp", "iat", "sub"] {
        refused(&provider, &format!("no {name}"), |claims| {
            let mut members: Map<String, Value> = claims.as_object().unwrap().clone();
            members.remove(name);
            provider.signed(0, &Value::Object(members))
        })
        .await;
    }
    // RFC 8725 §3.11: what is signed for another purpose says so in its type.
    for typ in ["at+jwt", "logout+jwt", "JOSE"] {
        refused(&provider, typ, |claims| {
            let key = &provider.keys[0];
            key.sign(&json!({"alg": key.alg(), "kid": key.kid(), "typ": typ}), claims)
        })
        .await;
    }
    honest(&provider).await;
}

/// OpenID Connect Core §3.1.3.7 (11): the token of one sign-in is none of another, in the same browser neither.
#[actix_web::test]
async fn a_token_is_good_for_one_sign_in() {
    let provider = Provider::added().await;
    let victim = provider.depart("login").await;
    let stolen = provider.signed(0, &provider.claims(&victim.nonce));
    refused(&provider, "the token of another sign-in", |_| stolen).await;
    honest(&provider).await;
}

/// OpenID Connect Core §10.1.1: a key that is new counts from the next look on, and one that is withdrawn no longer.
#[actix_web::test]
async fn keys_are_those_that_the_provider_publishes_now() {
    let mut provider = Provider::added().await;
    let before = std::mem::replace(&mut provider.keys, vec![ClientKey::es256()]);
    provider.publish("login", &json!({}));
    provider.here.advance(11);
    let page = provider.attempt(|claims| provider.signed(0, claims)).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let header = json!({"alg": before[0].alg(), "kid": before[0].kid()});
    let page = provider.attempt(|claims| before[0].sign(&header, claims)).await;
    assert_eq!(page.status, 502, "{}", page.text());
}
