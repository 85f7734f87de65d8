//! Signed assertions by which a client says who it is: what their claims must be. RFC 7521 §4.2, RFC 7523 §3.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::metadata::AuthMethod;
use crate::clock::Seconds;
use crate::entropy::{Digest, Token};
use crate::protocol::jwt::{self, JoseHeader, JwtFault, TYP_JWT};

/// `client_assertion_type` of the one kind of assertion. RFC 7523 §2.2.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// `typ` that says outright what it is. draft-ietf-oauth-rfc7523bis.
pub const TYP_CLIENT_AUTHENTICATION: &str = "client-authentication+jwt";

/// By how much the clocks of a client may differ from ours. RFC 7523 §3.
pub const LEEWAY: Seconds = 30;

/// Longer ids are no ids.
const LONGEST_ID: usize = 512;

/// What an assertion is signed with. RFC 7518 §3.1, RFC 8037 §3.1; OpenID Connect Core 1.0 §9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AssertionAlgorithm {
    RS256,
    PS256,
    ES256,
    EdDSA,
    /// With the client secret.
    HS256,
}

impl AssertionAlgorithm {
    /// Every algorithm, in the order in which they are advertised. RFC 8414 §2.
    pub const ALL: [Self; 5] = [Self::RS256, Self::PS256, Self::ES256, Self::EdDSA, Self::HS256];

    /// The registered name. RFC 7518 §3.1.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
            Self::HS256 => "HS256",
        }
    }

    /// The algorithm of a registered name. RFC 7518 §3.1.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// The one method that it goes with: no public key is ever taken for a secret. OpenID Connect Core 1.0 §9, RFC 8725 §3.1.
    #[must_use]
    pub fn method(self) -> AuthMethod {
        match self {
            Self::HS256 => AuthMethod::ClientSecretJwt,
            _ => AuthMethod::PrivateKeyJwt,
        }
    }
}

/// Whom an assertion may be for, and how long it may live. RFC 7523 §3.
#[derive(Clone, Copy)]
pub struct AssertionRules<'a> {
    /// Its `aud` is one of these.
    pub audiences: &'a [&'a str],
    /// Of the assertion, and so of its id.
    pub longest_life: Seconds,
}

/// Why an assertion is refused. RFC 7523 §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionFault {
    #[error(transparent)]
    Jwt(#[from] JwtFault),
    #[error("the assertion's iss and sub are not the client_id")]
    Client,
    #[error("the assertion's aud is not this server")]
    Audience,
    #[error("the assertion has no jti")]
    Id,
    #[error("the assertion lives longer than this server allows")]
    TooLong,
}

/// What is left to do for an assertion that is right in all else: spend its id. RFC 7523 §3.
#[derive(Clone)]
pub struct AssertionId {
    pub digest: Digest,
    /// Until then a second one with this id would be taken for good.
    pub spent_until: Seconds,
}

/// Refuses a JWT of another kind, which may be signed with the same key. RFC 8725 §3.11.
pub fn check_header(header: &JoseHeader) -> Result<(), JwtFault> {
    if header.typ.is_none() {
        return Ok(());
    }
    header.require_typ(TYP_CLIENT_AUTHENTICATION).or_else(|_| header.require_typ(TYP_JWT))
}

/// Holds the claims to what they must be for this client and this audience. Nothing of them is verified by it. RFC 7523 §3.
pub fn check_claims(
    claims: &Map<String, Value>,
    client_id: &str,
    rules: AssertionRules<'_>,
    now: Seconds,
) -> Result<AssertionId, AssertionFault> {
    let is_client = |name: &str| claims.get(name).and_then(Value::as_str) == Some(client_id);
    if !is_client("iss") || !is_client("sub") {
        return Err(AssertionFault::Client);
    }
    if !audience(claims).is_some_and(|audience| rules.audiences.contains(&audience)) {
        return Err(AssertionFault::Audience);
    }
    jwt::require_expiry(claims)?;
    jwt::check_times(claims, now, LEEWAY)?;
    let expires_at = whole_seconds(claims).ok_or(AssertionFault::TooLong)?;
    if expires_at > now + rules.longest_life + LEEWAY {
        return Err(AssertionFault::TooLong);
    }
    let id = claims.get("jti").and_then(Value::as_str).filter(|id| (1..=LONGEST_ID).contains(&id.len()));
    let digest = Token::presented(id.ok_or(AssertionFault::Id)?).digest();
    // Once more the leeway: another server that remembers it may have a clock that is ahead.
    Ok(AssertionId { digest, spent_until: expires_at + 2 * LEEWAY })
}

/// One string, or an array of one: with more, whoever else is meant could present it here.
fn audience(claims: &Map<String, Value>) -> Option<&str> {
    match claims.get("aud")? {
        Value::String(one) => Some(one),
        Value::Array(several) => match several.as_slice() {
            [Value::String(one)] => Some(one),
            _ => None,
        },
        _ => None,
    }
}

/// `exp`, rounded up; `None` if it is further away than any time.
fn whole_seconds(claims: &Map<String, Value>) -> Option<Seconds> {
    let exp = claims.get("exp")?;
    #[expect(clippy::cast_possible_truncation, reason = "bounded below what an i64 holds")]
    exp.as_i64().or_else(|| exp.as_f64().filter(|exp| exp.abs() < 1e15).map(|exp| exp.ceil() as Seconds))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LONGEST_LIFE: Seconds = 3_600;
    const URL: &str = "https://issuer.example/register/c-1/registration-access-token";

    fn good() -> Value {
        json!({"iss": "c-1", "sub": "c-1", "aud": URL, "exp": 1_300, "iat": 1_000, "jti": "one"})
    }

    fn check(claims: &Value) -> Result<Seconds, AssertionFault> {
        let claims = claims.as_object().unwrap();
        let rules = AssertionRules { audiences: &[URL], longest_life: LONGEST_LIFE };
        check_claims(claims, "c-1", rules, 1_000).map(|id| id.spent_until)
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = good();
        claims[name] = value;
        claims
    }

    fn without(name: &str) -> Value {
        let mut claims = good();
        claims.as_object_mut().unwrap().remove(name);
        claims
    }

    #[test]
    fn a_good_one_is_spent_until_it_is_dead_by_itself() {
        assert_eq!(check(&good()), Ok(1_360));
        assert_eq!(check(&with("aud", json!([URL]))), Ok(1_360));
        assert_eq!(check(&with("exp", json!(1_299.5))), Ok(1_360));
        assert_eq!(check(&without("iat")), Ok(1_360));
    }

    /// T24: `iss` = `sub` = `client_id`; `aud` is this server alone; `jti` is there.
    #[test]
    fn every_claim_is_required_and_exact() {
        use AssertionFault::{Audience, Client, Id};
        for (name, fault) in [("iss", Client), ("sub", Client), ("aud", Audience), ("jti", Id)] {
            assert_eq!(check(&without(name)), Err(fault), "{name}");
            for wrong in [json!(null), json!(7), json!(""), json!({}), json!([])] {
                assert_eq!(check(&with(name, wrong.clone())), Err(fault), "{name} {wrong}");
            }
        }
        for other in [
            "https://issuer.example",
            "https://issuer.example/token",
            &format!("{URL}/"),
            &URL.to_uppercase(),
        ] {
            assert_eq!(check(&with("aud", json!(other))), Err(Audience), "{other}");
        }
        assert_eq!(check(&with("aud", json!([URL, "https://other.example"]))), Err(Audience));
        assert_eq!(check(&with("sub", json!("c-2"))), Err(Client));
        assert_eq!(check(&with("jti", json!("x".repeat(LONGEST_ID + 1)))), Err(Id));
    }

    /// T23, T24: times are numbers, `exp` is there and at most an hour ahead.
    #[test]
    fn times_are_held_to() {
        use AssertionFault::{Jwt, TooLong};
        assert_eq!(check(&without("exp")), Err(Jwt(JwtFault::Time("exp"))));
        for name in ["exp", "nbf", "iat"] {
            assert_eq!(check(&with(name, json!("1300"))), Err(Jwt(JwtFault::Time(name))));
        }
        assert_eq!(check(&with("exp", json!(1_000 - LEEWAY))), Err(Jwt(JwtFault::Expired)));
        assert_eq!(check(&with("nbf", json!(1_001 + LEEWAY))), Err(Jwt(JwtFault::NotYetValid)));
        assert!(check(&with("exp", json!(1_000 + LONGEST_LIFE))).is_ok());
        for far in [json!(1_001 + LONGEST_LIFE + LEEWAY), json!(1e300), json!(u64::MAX)] {
            assert_eq!(check(&with("exp", far.clone())), Err(TooLong), "{far}");
        }
    }

    /// RFC 8725 §3.11: a token of another kind is no assertion.
    #[test]
    fn the_type_is_none_or_the_right_one() {
        let of = |typ: Option<&str>| {
            check_header(&JoseHeader { alg: "ES256".into(), kid: None, typ: typ.map(str::to_owned) })
        };
        for good in [None, Some("JWT"), Some("client-authentication+jwt")] {
            assert_eq!(of(good), Ok(()));
        }
        for bad in ["at+jwt", "logout+jwt", "dpop+jwt", ""] {
            assert_eq!(of(Some(bad)), Err(JwtFault::Type), "{bad}");
        }
    }
}
