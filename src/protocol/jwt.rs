//! What every inbound and outbound JWT has in common. RFC 7515, RFC 7519, RFC 8725.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::json;
use crate::clock::Seconds;

/// `typ` of a JWT access token. RFC 9068 §2.1.
pub const TYP_ACCESS_TOKEN: &str = "at+jwt";

/// `typ` of an ID token. RFC 7519 §5.1.
pub const TYP_JWT: &str = "JWT";

/// Longer than any JWT that we issue or accept.
pub const MAX_LENGTH: usize = 16 * 1024;

/// Why a JWT is refused. RFC 7519 §7.2, RFC 8725 §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtFault {
    #[error("the token is not a signed JWT")]
    Malformed,
    #[error("the token's header holds {0}, which is not accepted")]
    HeaderMember(&'static str),
    #[error("the token is of another type than this one")]
    Type,
    #[error("the token is signed with a key that is not published here")]
    UnknownKey,
    #[error("the token's alg is not the one of its key")]
    Algorithm,
    #[error("the token's signature does not match")]
    Signature,
    #[error("the token has no {0}, or one that is not a number")]
    Time(&'static str),
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
}

/// The members of a JOSE header that are believed, and only to choose a key. RFC 7515 §4.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoseHeader {
    pub alg: String,
    pub kid: Option<String>,
    pub typ: Option<String>,
}

impl JoseHeader {
    /// Refuses a token of another kind, so that none is mistaken for another. RFC 8725 §3.11, RFC 7515 §4.1.9.
    pub fn require_typ(&self, expected: &str) -> Result<(), JwtFault> {
        let typ = self.typ.as_deref().ok_or(JwtFault::Type)?;
        let short = match typ.split_at_checked("application/".len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") => rest,
            _ => typ,
        };
        if short.eq_ignore_ascii_case(expected) { Ok(()) } else { Err(JwtFault::Type) }
    }
}

/// Members by which a token would bring its own key or demand an extension that nobody here has. RFC 8725 §3.10, RFC 7515 §4.1.11.
const REFUSED_MEMBERS: [&str; 7] = ["crit", "jku", "jwk", "x5u", "x5c", "b64", "zip"];

/// The header of a compact JWS, before its signature is looked at. RFC 7515 §7.1.
pub fn header(token: &str) -> Result<JoseHeader, JwtFault> {
    if token.len() > MAX_LENGTH {
        return Err(JwtFault::Malformed);
    }
    let mut parts = token.split('.');
    let (Some(header), Some(_), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(JwtFault::Malformed);
    };
    if signature.is_empty() {
        return Err(JwtFault::Malformed);
    }
    let json = URL_SAFE_NO_PAD.decode(header).map_err(|_| JwtFault::Malformed)?;
    let members: Map<String, Value> = serde_json::from_slice(&json).map_err(|_| JwtFault::Malformed)?;
    if let Some(member) = REFUSED_MEMBERS.into_iter().find(|name| members.contains_key(*name)) {
        return Err(JwtFault::HeaderMember(member));
    }
    Ok(JoseHeader {
        alg: text(&members, "alg")?.ok_or(JwtFault::Malformed)?,
        kid: text(&members, "kid")?,
        typ: text(&members, "typ")?,
    })
}

/// The claims of a compact JWS before its signature is looked at, or after. One JSON object without repeated names: two readers
/// must not find two meanings. RFC 7519 §4 and §7.2.
pub fn unverified_claims(token: &str) -> Result<Map<String, Value>, JwtFault> {
    let payload = token.split('.').nth(1).ok_or(JwtFault::Malformed)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload).map_err(|_| JwtFault::Malformed)?;
    json::parse_object(&bytes).map_err(|_| JwtFault::Malformed)
}

fn text(members: &Map<String, Value>, name: &str) -> Result<Option<String>, JwtFault> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(value)) => Ok(Some(value.clone())),
        Some(_) => Err(JwtFault::Malformed),
    }
}

/// Refuses claims without `exp`. RFC 9068 §2.2, OpenID Connect Core §2.
pub fn require_expiry(claims: &Map<String, Value>) -> Result<(), JwtFault> {
    if claims.contains_key("exp") { Ok(()) } else { Err(JwtFault::Time("exp")) }
}

/// Refuses claims that are dead or not alive yet, and times that are no numbers: a wrong type is never "absent". RFC 7519 §4.1.4–4.1.6.
pub fn check_times(claims: &Map<String, Value>, now: Seconds, leeway: Seconds) -> Result<(), JwtFault> {
    let exp = numeric_date(claims, "exp")?;
    let nbf = numeric_date(claims, "nbf")?;
    let iat = numeric_date(claims, "iat")?;
    #[expect(clippy::cast_precision_loss, reason = "seconds are exact in an f64 for 285 million years")]
    let (earliest, latest) = ((now - leeway) as f64, (now + leeway) as f64);
    if exp.is_some_and(|exp| exp <= earliest) {
        return Err(JwtFault::Expired);
    }
    if nbf.is_some_and(|nbf| nbf > latest) || iat.is_some_and(|iat| iat > latest) {
        return Err(JwtFault::NotYetValid);
    }
    Ok(())
}

/// A `NumericDate`, which may have a fraction. RFC 7519 §2.
fn numeric_date(claims: &Map<String, Value>, name: &'static str) -> Result<Option<f64>, JwtFault> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or(JwtFault::Time(name)),
    }
}

/// The `aud` claim: one string, or an array of several. RFC 7519 §4.1.3.
#[derive(Clone, Copy, Debug)]
pub struct Audience<'a>(pub &'a [String]);

impl Serialize for Audience<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [one] => serializer.serialize_str(one),
            several => serializer.collect_seq(several),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn token(header: &str) -> String {
        format!("{}.e30.c2ln", URL_SAFE_NO_PAD.encode(header))
    }

    fn claims(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_header_is_read() {
        let read = header(&token(r#"{"alg":"ES256","kid":"a","typ":"at+jwt","cty":"x"}"#)).unwrap();
        let expected = JoseHeader { alg: "ES256".into(), kid: Some("a".into()), typ: Some("at+jwt".into()) };
        assert_eq!(read, expected);
    }

    /// T22: a token neither brings its own key nor demands an extension.
    #[test]
    fn members_that_bring_a_key_or_an_extension_are_refused() {
        for member in ["crit", "jku", "jwk", "x5u", "x5c", "b64", "zip"] {
            for value in ["null", "[]", "\"https://keys.example\"", "{}"] {
                let faulty = token(&format!(r#"{{"alg":"ES256","{member}":{value}}}"#));
                assert_eq!(header(&faulty), Err(JwtFault::HeaderMember(member)));
            }
        }
    }

    /// T22: what is not three parts with a JSON object first is no JWS; an unsigned token is none.
    #[test]
    fn what_is_not_a_compact_jws_is_refused() {
        let unsigned = format!("{}.e30.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
        let long = format!("{}{}", token(r#"{"alg":"ES256"}"#), "A".repeat(MAX_LENGTH));
        let wrong_types =
            [r#"{"alg":1}"#, r#"{"alg":"ES256","kid":1}"#, r#"{"alg":"ES256","typ":null}"#, "{}", "[]", "1"];
        let mut faulty: Vec<String> = wrong_types.into_iter().map(token).collect();
        faulty.extend(["", "a", "a.b", "a.b.c", "a.b.c.d", "..", "é.é.é"].map(String::from));
        faulty.extend([unsigned, long]);
        for text in faulty {
            assert_eq!(header(&text), Err(JwtFault::Malformed), "{text}");
        }
    }

    /// T05: the type is compared as RFC 7515 §4.1.9 says, and its absence is another type.
    #[test]
    fn the_type_is_required() {
        let with =
            |typ: Option<&str>| JoseHeader { alg: String::new(), kid: None, typ: typ.map(String::from) };
        for same in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/at+JWT"] {
            assert_eq!(with(Some(same)).require_typ(TYP_ACCESS_TOKEN), Ok(()), "{same}");
        }
        for other in [None, Some("JWT"), Some(""), Some("application/"), Some("jwt"), Some("text/at+jwt")] {
            assert_eq!(with(other).require_typ(TYP_ACCESS_TOKEN), Err(JwtFault::Type), "{other:?}");
        }
    }

    /// T23: a time of the wrong JSON type is refused, never skipped.
    #[test]
    fn times_of_the_wrong_type_are_refused() {
        for name in ["exp", "nbf", "iat"] {
            for wrong in [json!("2000000000"), json!(null), json!(true), json!([1]), json!({})] {
                let mut faulty = claims(json!({ "exp": 200 }));
                faulty.insert(name.into(), wrong.clone());
                assert_eq!(check_times(&faulty, 100, 0), Err(JwtFault::Time(name)), "{name} {wrong}");
            }
        }
        assert_eq!(require_expiry(&claims(json!({}))), Err(JwtFault::Time("exp")));
    }

    #[test]
    fn times_hold_to_the_second() {
        let check = |value, now| check_times(&claims(value), now, 0);
        assert_eq!(check(json!({"exp": 200, "nbf": 100, "iat": 100}), 100), Ok(()));
        assert_eq!(check(json!({"exp": 200}), 199), Ok(()));
        assert_eq!(check(json!({"exp": 200}), 200), Err(JwtFault::Expired));
        assert_eq!(check(json!({"exp": 200.5}), 200), Ok(()));
        assert_eq!(check(json!({"exp": -1}), 0), Err(JwtFault::Expired));
        assert_eq!(check(json!({"nbf": 101}), 100), Err(JwtFault::NotYetValid));
        assert_eq!(check(json!({"iat": 101}), 100), Err(JwtFault::NotYetValid));
        assert_eq!(check_times(&claims(json!({"exp": 200, "nbf": 210})), 205, 10), Ok(()));
    }

    #[test]
    fn one_audience_is_a_string_and_several_are_an_array() {
        let one = ["https://a.example".to_owned()];
        let two = ["https://a.example".to_owned(), "https://b.example".to_owned()];
        assert_eq!(serde_json::to_value(Audience(&one)).unwrap(), json!("https://a.example"));
        assert_eq!(serde_json::to_value(Audience(&two)).unwrap(), json!(two));
    }
}
