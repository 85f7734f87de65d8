//! P19, P20: PKCE.

use std::borrow::Cow;

use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::endpoint::{NormalizedParameter, QueryParameter};
use oxide_auth::primitives::grant::Value;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// P20: where PKCE is optional, a verifier for a code without a challenge passes (RFC 9700 §4.8.2 says that it must not).
/// Where it is required, nothing passes without a challenge.
#[test]
fn an_optional_pkce_takes_a_verifier_without_challenge() {
    let verifier = || Some(Cow::Borrowed(VERIFIER));
    assert!(Pkce::optional().verify(None, verifier()).is_ok());
    assert!(Pkce::optional().verify(None, None).is_ok());
    assert!(Pkce::required().verify(None, verifier()).is_err());
    assert!(Pkce::required().verify(None, None).is_err());
}

/// The stored form that `code_exchange` writes: the challenge with `S` behind it for S256, `p` for plain.
#[test]
fn the_method_is_a_letter_behind_the_challenge() {
    let challenge =
        Pkce::required().challenge(Some(Cow::Borrowed("S256")), Some(Cow::Borrowed(CHALLENGE))).unwrap();
    assert_eq!(challenge, Some(Value::private(Some(format!("{CHALLENGE}S")))));
    assert!(Pkce::required().verify(challenge, Some(Cow::Borrowed(VERIFIER))).is_ok());
    assert!(Pkce::required().challenge(None, Some(Cow::Borrowed(CHALLENGE))).is_err(), "plain is off");
}

/// P19: a parameter that is sent twice reads as absent, so that `scope=a&scope=b` becomes the default scope and a second
/// `code_challenge` switches an optional PKCE off.
#[test]
fn a_repeated_parameter_reads_as_absent() {
    let mut parameters = NormalizedParameter::default();
    parameters.insert_or_poison("scope".into(), "a".into());
    assert_eq!(parameters.unique_value("scope").as_deref(), Some("a"));
    parameters.insert_or_poison("scope".into(), "b".into());
    assert_eq!(parameters.unique_value("scope"), None);
}
