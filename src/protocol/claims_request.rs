//! The `claims` parameter: single claims that a client asks for, beside those of its scopes. OpenID Connect Core §5.5.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::json;
use super::text::quoted;

/// The longest parameter, in bytes.
const MAX_LENGTH: usize = 8 * 1024;
/// More claims are asked for in one place by nobody who wants to know them.
const MAX_CLAIMS: usize = 50;
const MAX_VALUES: usize = 20;

/// What a request asks to have in the ID token and at the userinfo endpoint. OpenID Connect Core §5.5.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_token: Vec<RequestedClaim>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub userinfo: Vec<RequestedClaim>,
}

/// One claim that is asked for. OpenID Connect Core §5.5.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedClaim {
    pub name: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
    /// The values of `values`, or the one of `value`; none = whatever the value is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

/// Why a `claims` parameter is refused; completes "claims … ". OpenID Connect Core §5.5.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsFault {
    #[error("is longer than {MAX_LENGTH} bytes")]
    TooLong,
    #[error("is not one JSON object without repeated members")]
    NotAnObject,
    #[error("asks in {0}, which is not an object")]
    Place(&'static str),
    #[error("asks for more than {MAX_CLAIMS} claims in {0}")]
    TooMany(&'static str),
    #[error("asks for {0} by something other than null or an object")]
    Claim(String),
    #[error("has an essential for {0} that is not true or false")]
    Essential(String),
    #[error("has values for {0} that are not an array of 1 to {MAX_VALUES}")]
    Values(String),
}

impl ClaimsRequest {
    /// Reads the parameter; members with other names are ignored. OpenID Connect Core §5.5.
    pub fn parse(text: &str) -> Result<Self, ClaimsFault> {
        if text.len() > MAX_LENGTH {
            return Err(ClaimsFault::TooLong);
        }
        let members = json::parse_object(text.as_bytes()).map_err(|_| ClaimsFault::NotAnObject)?;
        Ok(Self { id_token: place(&members, "id_token")?, userinfo: place(&members, "userinfo")? })
    }

    /// Every claim that is asked for, wherever it shall stand. OpenID Connect Core §5.5.
    pub fn claims(&self) -> impl Iterator<Item = &RequestedClaim> {
        self.id_token.iter().chain(&self.userinfo)
    }

    /// The claims of these names alone. OpenID Connect Core §5.5: what is not understood is ignored.
    #[must_use]
    pub fn only(mut self, is_kept: impl Fn(&str) -> bool) -> Self {
        self.id_token.retain(|claim| is_kept(&claim.name));
        self.userinfo.retain(|claim| is_kept(&claim.name));
        self
    }

    /// What [`ClaimsRequest::to_json`] wrote; `None` for anything else.
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// As it is kept with a grant; the same request is always the same text. OpenID Connect Core §5.5.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// Whether it asks for nothing. OpenID Connect Core §5.5.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.id_token.is_empty() && self.userinfo.is_empty()
    }
}

impl RequestedClaim {
    /// Whether this value is one that was asked for. OpenID Connect Core §5.5.1.
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        self.values.is_empty() || self.values.contains(value)
    }
}

/// In the order of their names: the same request is always the same text.
fn place(members: &Map<String, Value>, name: &'static str) -> Result<Vec<RequestedClaim>, ClaimsFault> {
    let claims = match members.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(claims)) => claims,
        Some(_) => return Err(ClaimsFault::Place(name)),
    };
    if claims.len() > MAX_CLAIMS {
        return Err(ClaimsFault::TooMany(name));
    }
    let mut read = claims.iter().map(|(name, asked)| claim(name, asked)).collect::<Result<Vec<_>, _>>()?;
    read.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(read)
}

fn claim(name: &str, asked: &Value) -> Result<RequestedClaim, ClaimsFault> {
    let members = match asked {
        Value::Null => return Ok(RequestedClaim { name: name.to_owned(), ..RequestedClaim::default() }),
        Value::Object(members) => members,
        _ => return Err(ClaimsFault::Claim(quoted(name))),
    };
    let essential = match members.get("essential") {
        None => false,
        Some(flag) => flag.as_bool().ok_or_else(|| ClaimsFault::Essential(quoted(name)))?,
    };
    let mut values: Vec<Value> = match members.get("values") {
        None => Vec::new(),
        Some(Value::Array(values)) if (1..=MAX_VALUES).contains(&values.len()) => values.clone(),
        Some(_) => return Err(ClaimsFault::Values(quoted(name))),
    };
    values.extend(members.get("value").cloned());
    Ok(RequestedClaim { name: name.to_owned(), essential, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn parse(value: &Value) -> Result<ClaimsRequest, ClaimsFault> {
        ClaimsRequest::parse(&value.to_string())
    }

    /// OpenID Connect Core §5.5: the example of the section.
    #[test]
    fn the_example_of_the_section_is_read() {
        let read = parse(&json!({
            "userinfo": {
                "given_name": {"essential": true}, "nickname": null, "email": {"essential": true},
                "email_verified": {"essential": true}, "picture": null, "http://example.info/claims/groups": null
            },
            "id_token": {
                "auth_time": {"essential": true}, "acr": {"values": ["urn:mace:incommon:iap:silver"]}
            }
        }))
        .unwrap();
        let names = |claims: &[RequestedClaim]| claims.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&read.id_token), ["acr", "auth_time"]);
        assert_eq!(read.userinfo.len(), 6);
        let essential: Vec<_> = read.claims().filter(|claim| claim.essential).map(|it| &*it.name).collect();
        assert_eq!(essential, ["auth_time", "email", "email_verified", "given_name"]);
        assert_eq!(read.id_token[0].values, [json!("urn:mace:incommon:iap:silver")]);
        assert_eq!(names(&read.only(|name| name == "email").userinfo), ["email"]);
    }

    /// OpenID Connect Core §5.5.1: `value` is one value; members that are not understood are ignored.
    #[test]
    fn a_value_is_one_of_values_and_the_unknown_is_ignored() {
        let asked = json!({"id_token": {"sub": {"value": "248289761001", "x-hint": 1}}, "other": [1], "userinfo": null});
        let read = parse(&asked).unwrap();
        assert_eq!(read.id_token[0].values, [json!("248289761001")]);
        assert_eq!(read.userinfo, []);
    }

    /// A26: what cannot be read is refused, and says where.
    #[test]
    fn what_cannot_be_read_is_refused() {
        use ClaimsFault::{Claim, Essential, NotAnObject, Place, TooLong, TooMany, Values};
        for text in
            ["", "[]", "1", "{", r#"{"userinfo":{"a":null,"a":null}}"#, r#"{"id_token":{},"id_token":{}}"#]
        {
            assert_eq!(ClaimsRequest::parse(text), Err(NotAnObject), "{text}");
        }
        let of = |asked: Value| parse(&json!({"userinfo": {"name": asked}})).unwrap_err();
        for wrong in [json!(true), json!("name"), json!([]), json!(1)] {
            assert_eq!(of(wrong.clone()), Claim("'name'".into()), "{wrong}");
            assert_eq!(parse(&json!({"id_token": wrong})), Err(Place("id_token")));
        }
        assert_eq!(of(json!({"essential": "true"})), Essential("'name'".into()));
        for wrong in [json!("x"), json!([]), json!(vec![1; MAX_VALUES + 1]), json!(null)] {
            assert_eq!(of(json!({"values": wrong})), Values("'name'".into()), "{wrong}");
        }
        let many: Map<String, Value> = (0..=MAX_CLAIMS).map(|n| (format!("c{n}"), Value::Null)).collect();
        assert_eq!(parse(&json!({"userinfo": many})), Err(TooMany("userinfo")));
        let long = json!({"userinfo": {"a".repeat(MAX_LENGTH): null}});
        assert_eq!(parse(&long), Err(TooLong));
    }

    proptest! {
        /// No parameter makes the reader panic, and what is read is kept as it is.
        #[test]
        fn whatever_is_read_is_kept(text in "\\{\"(id_token|userinfo)\":\\{\"[a-c]\":(null|\\{\"value\":[0-9]\\}|\\[\\])\\}\\}|.{0,40}") {
            if let Ok(read) = ClaimsRequest::parse(&text) {
                prop_assert_eq!(ClaimsRequest::from_json(&read.to_json()), Some(read));
            }
        }
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let request = ClaimsRequest {
            id_token: vec![RequestedClaim {
                name: "acr".into(),
                essential: true,
                values: vec![json!("1"), json!("2")],
            }],
            userinfo: vec![RequestedClaim { name: "name".into(), essential: false, values: Vec::new() }],
        };
        assert_eq!(ClaimsRequest::from_json(&request.to_json()), Some(request.clone()));
        assert!(!request.is_empty() && ClaimsRequest::default().is_empty());
        assert_eq!(ClaimsRequest::from_json("[1]"), None);
    }

    /// OpenID Connect Core §5.5.1: a claim without a value asks for any, one with values for one of them.
    #[test]
    fn only_the_values_that_were_asked_for_are_accepted() {
        let claim = |values| RequestedClaim { name: "acr".into(), essential: false, values };
        assert!(claim(Vec::new()).accepts(&json!("7")));
        assert!(claim(vec![json!("1"), json!("2")]).accepts(&json!("2")));
        assert!(!claim(vec![json!("1")]).accepts(&json!(1)));
    }
}
