//! Request objects: the parameters of a request in a JWT that the client signed. OpenID Connect Core §6, RFC 9101.

use serde_json::{Map, Value};

use super::request::PARAMETERS;
use crate::clock::Seconds;
use crate::keys::Algorithm;
use crate::protocol::client::metadata::ClientMetadata;
use crate::protocol::jwt::{self, JoseHeader, JwtFault, TYP_JWT};
use crate::protocol::params::Params;
use crate::protocol::text::quoted;

/// `typ` that says outright what it is. RFC 9101 §10.8.
const TYP_REQUEST_OBJECT: &str = "oauth-authz-req+jwt";

/// By how much the clocks of a client may differ from ours. RFC 7519 §4.1.4.
const LEEWAY: Seconds = 30;

/// What a request holds of which nothing is left after it was resolved. OpenID Connect Core §3.1.2.1, §6.
pub const RESOLVED: [&str; 3] = ["request", "request_uri", "id_token_hint"];

/// Parameters of our own in a request that was resolved; nobody can send them.
pub const SIGNED: &str = "request#signed";
/// See [`SIGNED`].
pub const HINTED_SUBJECT: &str = "id_token_hint#sub";

/// Why a request object is refused; a sentence for the client. OpenID Connect Core §3.1.2.6, `invalid_request_object`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectFault {
    #[error("the request object cannot be used: {0}")]
    Jwt(#[from] JwtFault),
    #[error("the request object is signed with {0}, which is not accepted: use {1}")]
    Algorithm(String, String),
    #[error("the request object's iss or client_id is not the client_id")]
    Client,
    #[error("the request object's aud is not the issuer of this server")]
    Audience,
    #[error("the request object is a client assertion, or looks like one: its sub is the client_id")]
    Assertion,
    #[error("the request object holds {0}")]
    Nested(&'static str),
    #[error("the request object's {0} is of a type that it cannot have")]
    Member(String),
    #[error("the request and the request object have different response_type values")]
    ResponseType,
}

/// Refuses a JWT of another kind or algorithm before any key is looked for; `none` is no algorithm. OpenID Connect Core §6.1, RFC
/// 8725 §3.1 and §3.11.
pub fn check_header(header: &JoseHeader, client: &ClientMetadata) -> Result<(), ObjectFault> {
    let accepted: Vec<&str> = match client.request_object_signing_alg {
        Some(registered) => vec![registered.as_str()],
        None => Algorithm::ALL.map(Algorithm::as_str).to_vec(),
    };
    if !accepted.contains(&header.alg.as_str()) {
        return Err(ObjectFault::Algorithm(quoted(&header.alg), accepted.join(" or ")));
    }
    if header.typ.is_none() {
        return Ok(());
    }
    Ok(header.require_typ(TYP_REQUEST_OBJECT).or_else(|_| header.require_typ(TYP_JWT))?)
}

/// Holds the claims to this client, this server and this time. Nothing of them is verified by it. RFC 9101 §4, §10.8.
pub fn check_claims(
    claims: &Map<String, Value>,
    client_id: &str,
    issuer: &str,
    now: Seconds,
) -> Result<(), ObjectFault> {
    if let Some(nested) = ["request", "request_uri"].into_iter().find(|name| claims.contains_key(*name)) {
        return Err(ObjectFault::Nested(nested));
    }
    let is_other = |name: &str| claims.get(name).is_some_and(|value| value.as_str() != Some(client_id));
    if is_other("iss") || is_other("client_id") {
        return Err(ObjectFault::Client);
    }
    if claims.get("sub").and_then(Value::as_str) == Some(client_id) {
        return Err(ObjectFault::Assertion);
    }
    let is_for_us = match claims.get("aud") {
        None => true,
        Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(issuer)),
        Some(one) => one.as_str() == Some(issuer),
    };
    if !is_for_us {
        return Err(ObjectFault::Audience);
    }
    Ok(jwt::check_times(claims, now, LEEWAY)?)
}

/// The request that results: what the object holds comes before what the query holds. For a client that promised to sign its
/// requests, nothing else counts. OpenID Connect Core §6.1, RFC 9101 §5 and §10.5.
pub fn merge(query: &Params, claims: &Map<String, Value>, only_signed: bool) -> Result<Params, ObjectFault> {
    let sent = query.get("response_type").filter(|_| claims.contains_key("response_type"));
    if sent.is_some() && sent != claims.get("response_type").and_then(Value::as_str) {
        return Err(ObjectFault::ResponseType);
    }
    let mut merged = if only_signed { query.only(&["client_id"]) } else { query.clone() };
    for name in PARAMETERS.into_iter().chain(["id_token_hint", "registration"]) {
        let Some(value) = claims.get(name) else { continue };
        let values = texts(name, value)?;
        merged = merged.without(&[name]);
        for text in values {
            merged = merged.with(name, text);
        }
    }
    Ok(merged.without(&["request", "request_uri"]).with(SIGNED, "true".to_owned()))
}

/// A parameter is a text in a query; in an object it may have the JSON type of what it says. OpenID Connect Core §6.1.
fn texts(name: &str, value: &Value) -> Result<Vec<String>, ObjectFault> {
    let text = |value: &Value| match value {
        Value::String(text) if !text.contains('\0') => Some(text.clone()),
        Value::Number(seconds) if name == "max_age" => Some(seconds.to_string()),
        Value::Object(_) if name == "claims" || name == "registration" => Some(value.to_string()),
        _ => None,
    };
    let read = match value {
        Value::Array(several) if name == "resource" => several.iter().map(text).collect(),
        one => text(one).map(|text| vec![text]),
    };
    let mut texts: Vec<String> = read.ok_or_else(|| ObjectFault::Member(name.to_owned()))?;
    // As in a query: an empty value is as good as not sent.
    texts.retain(|text| !text.is_empty());
    Ok(texts)
}

/// Whether a client registered this address for its request objects. The fragment marks a version of the object: an address that was
/// registered without one is good with any. OpenID Connect Core §6.2.
#[must_use]
pub fn is_registered(request_uris: &[String], request_uri: &str) -> bool {
    let without_fragment = request_uri.split('#').next();
    request_uris.iter().any(|known| known == request_uri || Some(known.as_str()) == without_fragment)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://issuer.example";

    fn claims(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    fn query(text: &str) -> Params {
        Params::parse(text.as_bytes()).unwrap()
    }

    fn merged(text: &str, object: Value, only_signed: bool) -> Result<Vec<(String, String)>, ObjectFault> {
        let merged = merge(&query(text), &claims(object), only_signed)?;
        let mut pairs: Vec<_> =
            merged.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(pairs.pop(), Some((SIGNED.to_owned(), "true".to_owned())));
        Ok(pairs)
    }

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// OpenID Connect Core §6.1: what the object holds comes before the query; what it does not hold comes from the query.
    #[test]
    fn the_object_comes_before_the_query() {
        let sent = "client_id=c-1&response_type=code&scope=openid&state=q&request=x&unknown=1";
        let object = json!({"scope": "openid email", "max_age": 86_400, "nonce": "n", "iss": "c-1",
            "claims": {"userinfo": {"email": null}}, "resource": ["https://a.test", "https://b.test"], "other": true});
        let expected = [
            ("client_id", "c-1"),
            ("response_type", "code"),
            ("state", "q"),
            ("unknown", "1"),
            ("scope", "openid email"),
            ("resource", "https://a.test"),
            ("resource", "https://b.test"),
            ("nonce", "n"),
            ("max_age", "86400"),
            ("claims", r#"{"userinfo":{"email":null}}"#),
        ];
        assert_eq!(merged(sent, object, false), Ok(pairs(&expected)));
        assert_eq!(merged("state=q", json!({"state": ""}), false), Ok(vec![]));
    }

    /// RFC 9101 §10.5: of a client that promised to sign, the query says only who it is.
    #[test]
    fn of_a_client_that_signs_the_query_counts_for_nothing() {
        let sent = "client_id=c-1&response_type=code&scope=openid+email&state=q&request=x";
        let object = json!({"response_type": "code", "scope": "openid"});
        let expected = [("client_id", "c-1"), ("response_type", "code"), ("scope", "openid")];
        assert_eq!(merged(sent, object, true), Ok(pairs(&expected)));
    }

    /// OpenID Connect Core §6.1: the response types must agree; a type that no parameter has is refused, never repaired.
    #[test]
    fn what_disagrees_or_is_of_another_type_is_refused() {
        let other = merged("response_type=code", json!({"response_type": "token"}), false);
        assert_eq!(other, Err(ObjectFault::ResponseType));
        for (name, value) in [
            ("scope", json!(["openid"])),
            ("state", json!(1)),
            ("redirect_uri", json!(null)),
            ("max_age", json!(true)),
            ("claims", json!([])),
            ("nonce", json!({})),
            ("nonce", json!("a\0b")),
            ("resource", json!([1])),
        ] {
            let refused = merged("", json!({name: value}), false);
            assert_eq!(refused, Err(ObjectFault::Member(name.to_owned())), "{name}");
        }
    }

    /// RFC 9101 §4, §10.8: for this client, this server and this time, and no client assertion.
    #[test]
    fn the_claims_are_held_to_client_server_and_time() {
        let check = |value| check_claims(&claims(value), "c-1", ISSUER, 1000);
        assert_eq!(check(json!({})), Ok(()));
        assert_eq!(check(json!({"iss": "c-1", "aud": ISSUER, "client_id": "c-1", "exp": 1001})), Ok(()));
        assert_eq!(check(json!({"aud": ["https://other.example", ISSUER]})), Ok(()));
        for (wrong, fault) in [
            (json!({"iss": "c-2"}), ObjectFault::Client),
            (json!({"iss": ["c-1"]}), ObjectFault::Client),
            (json!({"client_id": "c-2"}), ObjectFault::Client),
            (json!({"sub": "c-1"}), ObjectFault::Assertion),
            (json!({"aud": "https://issuer.example/"}), ObjectFault::Audience),
            (json!({"aud": []}), ObjectFault::Audience),
            (json!({"aud": null}), ObjectFault::Audience),
            (json!({"request": "x"}), ObjectFault::Nested("request")),
            (json!({"request_uri": null}), ObjectFault::Nested("request_uri")),
            (json!({"exp": 970}), JwtFault::Expired.into()),
            (json!({"nbf": 1031}), JwtFault::NotYetValid.into()),
            (json!({"iat": 1031}), JwtFault::NotYetValid.into()),
            (json!({"exp": "2000"}), JwtFault::Time("exp").into()),
        ] {
            assert_eq!(check(wrong.clone()), Err(fault), "{wrong}");
        }
    }

    /// OpenID Connect Core §6.2: exactly what was registered, but for a fragment that it was registered without.
    #[test]
    fn an_address_is_the_registered_one() {
        let known = ["https://a.test/1#one".to_owned(), "https://a.test/2".to_owned()];
        for (uri, expected) in [
            ("https://a.test/1#one", true),
            ("https://a.test/1#two", false),
            ("https://a.test/1", false),
            ("https://a.test/2", true),
            ("https://a.test/2#any", true),
            ("https://a.test/2?x", false),
            ("https://a.test/2/", false),
            ("HTTPS://a.test/2", false),
            ("", false),
        ] {
            assert_eq!(is_registered(&known, uri), expected, "{uri}");
        }
    }

    proptest! {
        /// No object brings a parameter in that a query could not hold.
        #[test]
        fn what_results_is_made_of_parameters(name in "[a-z_]{1,12}", text in ".{0,20}") {
            if let Ok(pairs) = merged("client_id=c-1", json!({name: text}), false) {
                for (name, value) in pairs {
                    prop_assert!(name == "client_id" || PARAMETERS.contains(&&*name) || name == "registration" || name == "id_token_hint");
                    prop_assert!(!value.is_empty() && !value.contains('\0'));
                }
            }
        }
    }
}
