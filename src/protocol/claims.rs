//! Which claims about a person a scope opens. OpenID Connect Core §5.1, §5.4.

use serde_json::{Map, Value};

use super::attribute::Attribute;
use super::claims_request::RequestedClaim;
use super::scope::{ScopeDefinition, Scopes, built_in_scopes};
use crate::clock::Seconds;

/// The claim with the groups of a person.
pub const GROUPS: &str = "groups";

/// Claims that say who issued a token, to whom and for what, never data about a person: no scope opens them, whatever anybody
/// configures. RFC 7519 §4.1, RFC 7662 §2.2, OpenID Connect Core §2.
const OF_TOKENS: [&str; 28] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "s_hash",
    "sid",
    "client_id",
    "scope",
    "cnf",
    "act",
    "may_act",
    "events",
    "sub_id",
    "active",
    "token_type",
    "username",
    "_claim_names",
    "_claim_sources",
];

/// Claims about the person that the server itself fills in.
const FILLED_IN: [&str; 5] = ["preferred_username", "email", "email_verified", "updated_at", GROUPS];

/// Whether the claim says something about a token, so that nobody may define it. RFC 7519 §4.1.
#[must_use]
pub fn is_of_tokens(name: &str) -> bool {
    OF_TOKENS.contains(&name)
}

/// Whether the claim has a meaning already, so that no attribute may become it. OpenID Connect Core §5.1.
#[must_use]
pub fn is_taken(name: &str) -> bool {
    is_of_tokens(name) || FILLED_IN.contains(&name) || is_standard(name)
}

/// Why a claim cannot be written so; completes "the claim …". OpenID Connect Core §5.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimFault {
    #[error("is filled in by the server")]
    FilledIn,
    #[error("is not a claim of any scope")]
    Unknown,
    #[error("must be a JSON object")]
    NoObject,
    #[error("must be true or false")]
    NoTruth,
}

/// The value of a claim as an operator types it: of the type that OpenID Connect Core §5.1 gives it; a claim of an
/// operator's own scope is JSON if it reads as an object, a list, a number or a truth value, and text otherwise.
pub fn typed(name: &str, text: &str, definitions: &[ScopeDefinition]) -> Result<Value, ClaimFault> {
    if OF_TOKENS.contains(&name) || FILLED_IN.contains(&name) {
        return Err(ClaimFault::FilledIn);
    }
    if !definitions.iter().any(|definition| definition.claims.iter().any(|claim| claim == name)) {
        return Err(ClaimFault::Unknown);
    }
    let json: Option<Value> = serde_json::from_str(text).ok();
    match name {
        "address" => json.filter(Value::is_object).ok_or(ClaimFault::NoObject),
        "phone_number_verified" => json.filter(Value::is_boolean).ok_or(ClaimFault::NoTruth),
        _ if is_standard(name) => Ok(text.into()),
        _ => Ok(json.filter(|value| !value.is_null() && !value.is_string()).unwrap_or_else(|| text.into())),
    }
}

fn is_standard(name: &str) -> bool {
    built_in_scopes().iter().any(|definition| definition.claims.iter().any(|claim| claim == name))
}

/// What is known of a person.
pub struct Person<'a> {
    pub subject: &'a str,
    /// The sign-in name.
    pub name: &'a str,
    pub email: Option<&'a str>,
    pub email_verified: bool,
    pub updated_at: Seconds,
    /// Further claims, as the operator filled them in.
    pub claims: &'a Map<String, Value>,
    /// The groups that they are in.
    pub groups: &'a [String],
    /// What attributes know, by the names of the claims.
    pub attributes: Vec<(&'a str, &'a Value)>,
}

/// What is known of a person by attributes, as claims; a value that is not of the attribute's kind is not told.
/// OpenID Connect Core §5.1.2.
#[must_use]
pub fn of_attributes<'a>(
    attributes: &'a [Attribute],
    values: &'a Map<String, Value>,
) -> Vec<(&'a str, &'a Value)> {
    attributes
        .iter()
        .filter_map(|attribute| Some((attribute, values.get(&attribute.name)?)))
        .filter(|(attribute, value)| attribute.kind.is_of(value))
        .map(|(attribute, value)| (attribute.claim.as_str(), value))
        .collect()
}

impl Person<'_> {
    fn claim(&self, name: &str) -> Option<Value> {
        match name {
            "preferred_username" => Some(self.name.into()),
            "email" => self.email.map(Value::from),
            "email_verified" => self.email.map(|_| self.email_verified.into()),
            "updated_at" => Some(self.updated_at.into()),
            GROUPS => Some(self.groups.into()),
            other => {
                let of_attribute = self.attributes.iter().find(|(claim, _)| *claim == other);
                self.claims
                    .get(other)
                    .filter(|value| !value.is_null())
                    .or(of_attribute.map(|(_, value)| *value))
                    .cloned()
            }
        }
    }
}

/// The claims of the granted scopes, as far as they are known; `sub` always. OpenID Connect Core §5.3.2.
#[must_use]
pub fn userinfo(
    person: &Person<'_>,
    granted: &Scopes,
    definitions: &[ScopeDefinition],
) -> Map<String, Value> {
    let mut answer = Map::new();
    for definition in definitions.iter().filter(|definition| granted.contains(&definition.name)) {
        for claim in definition.claims.iter().filter(|claim| !OF_TOKENS.contains(&claim.as_str())) {
            if let Some(value) = person.claim(claim) {
                answer.insert(claim.clone(), value);
            }
        }
    }
    answer.insert("sub".to_owned(), person.subject.into());
    answer
}

/// Whether an answer may name this claim: it was asked for, or one of the granted scopes opens it.
#[must_use]
pub fn may_tell(
    claim: &str,
    requested: &[RequestedClaim],
    granted: &Scopes,
    definitions: &[ScopeDefinition],
) -> bool {
    let opens =
        |definition: &ScopeDefinition| definition.claims.iter().any(|opened| opened.as_str() == claim);
    requested.iter().any(|asked| asked.name == claim)
        || definitions.iter().any(|definition| opens(definition) && granted.contains(&definition.name))
}

/// The claims that were asked for one by one, as far as they are known and a scope that the client may have opens them. One
/// that has not the value that was asked for is left out. OpenID Connect Core §5.5.
#[must_use]
pub fn requested(
    person: &Person<'_>,
    requested: &[RequestedClaim],
    usable: &Scopes,
    definitions: &[ScopeDefinition],
) -> Map<String, Value> {
    let is_open = |name: &String| {
        !OF_TOKENS.contains(&name.as_str())
            && definitions
                .iter()
                .any(|definition| usable.contains(&definition.name) && definition.claims.contains(name))
    };
    requested
        .iter()
        .filter(|asked| is_open(&asked.name))
        .filter_map(|asked| Some((asked.name.clone(), person.claim(&asked.name)?, asked)))
        .filter(|(_, value, asked)| asked.accepts(value))
        .map(|(name, value, _)| (name, value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::attribute::{AttributeKind, opened};
    use serde_json::json;

    /// OpenID Connect Core §5.4: each scope opens its claims and no others; what is not known is left out.
    #[test]
    fn a_scope_opens_its_claims_and_no_others() {
        let claims = json!({"given_name": "Ada", "phone_number": "+44 1", "nickname": null, "sub": "forged"});
        let person = Person {
            subject: "u-1",
            name: "ada",
            email: Some("ada@example.com"),
            email_verified: false,
            updated_at: 7,
            claims: claims.as_object().unwrap(),
            groups: &[],
            attributes: Vec::new(),
        };
        let of = |scopes: &str| {
            Value::Object(userinfo(&person, &Scopes::parse(scopes).unwrap(), &built_in_scopes()))
        };
        assert_eq!(of("openid"), json!({"sub": "u-1"}));
        assert_eq!(
            of("openid profile"),
            json!({"sub": "u-1", "given_name": "Ada", "preferred_username": "ada", "updated_at": 7})
        );
        assert_eq!(
            of("openid email phone address"),
            json!({"sub": "u-1", "email": "ada@example.com", "email_verified": false, "phone_number": "+44 1"})
        );
    }

    /// OpenID Connect Core §5.4, §5.5: what neither a granted scope nor the request names is not told.
    #[test]
    fn a_claim_is_told_for_a_scope_or_a_request() {
        let definitions = built_in_scopes();
        let tells = |claim: &str, scopes: &str, asked: &[&str]| {
            let asked: Vec<_> = asked
                .iter()
                .map(|name| RequestedClaim { name: (*name).to_owned(), essential: false, values: Vec::new() })
                .collect();
            may_tell(claim, &asked, &Scopes::parse(scopes).unwrap(), &definitions)
        };
        assert!(tells("email", "openid email", &[]) && tells("email", "openid", &["email"]));
        assert!(!tells("email", "openid profile", &["groups"]));
    }

    /// OpenID Connect Core §5.5: a claim that was asked for is there if it is known, has a value that was asked for, and a scope
    /// of the client opens it; no claim of a token is ever had so.
    #[test]
    fn a_claim_that_was_asked_for_follows_the_scopes_of_the_client() {
        let claims =
            json!({"given_name": "Ada", "phone_number": "+44 1", "iss": "forged", "nonce": "forged"});
        let person = Person {
            subject: "u-1",
            name: "ada",
            email: Some("ada@example.com"),
            email_verified: true,
            updated_at: 7,
            claims: claims.as_object().unwrap(),
            groups: &[],
            attributes: Vec::new(),
        };
        let mut scopes = built_in_scopes();
        let forging = vec!["iss".to_owned(), "nonce".to_owned(), "sub".to_owned()];
        scopes.push(ScopeDefinition { name: "staff".to_owned(), claims: forging, ..scopes[0].clone() });
        let ask = |name: &str, values: &[Value]| RequestedClaim {
            name: name.to_owned(),
            essential: true,
            values: values.to_vec(),
        };
        let asked = [
            ask("given_name", &[]),
            ask("email", &[json!("ada@example.com"), json!("x")]),
            ask("email_verified", &[json!("true")]),
            ask("family_name", &[]),
            ask("phone_number", &[]),
            ask("iss", &[]),
            ask("nonce", &[]),
            ask("sub", &[]),
        ];
        let of = |usable: &str| {
            Value::Object(requested(&person, &asked, &Scopes::parse(usable).unwrap(), &scopes))
        };
        assert_eq!(of("openid"), json!({}));
        assert_eq!(of("openid email staff"), json!({"email": "ada@example.com"}));
        assert_eq!(of("profile phone"), json!({"given_name": "Ada", "phone_number": "+44 1"}));
    }

    /// OpenID Connect Core §5.1.2, §5.4: groups and attributes are opened by their scopes and no others, and no attribute takes
    /// the place of a claim that means something.
    #[test]
    fn groups_and_attributes_are_claims_of_their_scopes() {
        let attribute = |name: &str, kind, claim: &str| Attribute {
            name: name.to_owned(),
            label: name.to_owned(),
            kind,
            claim: claim.to_owned(),
            scopes: Scopes::parse("staff").unwrap(),
            editable_by_person: false,
        };
        let attributes = [
            attribute("department", AttributeKind::Text, "dep"),
            attribute("level", AttributeKind::Number, "level"),
            attribute("forged", AttributeKind::Text, "sub"),
        ];
        let values = json!({"department": "Optics", "level": "not a number", "forged": "u-2", "old": 1});
        let (claims, groups) = (Map::new(), ["admins".to_owned(), "staff".to_owned()]);
        let person = Person {
            subject: "u-1",
            name: "ada",
            email: None,
            email_verified: false,
            updated_at: 7,
            claims: &claims,
            groups: &groups,
            attributes: of_attributes(&attributes, values.as_object().unwrap()),
        };
        let mut scopes = built_in_scopes();
        scopes.push(ScopeDefinition { name: "staff".to_owned(), claims: Vec::new(), ..scopes[0].clone() });
        let scopes = opened(&scopes, &attributes);
        let of = |granted: &str| Value::Object(userinfo(&person, &Scopes::parse(granted).unwrap(), &scopes));
        assert_eq!(of("openid phone"), json!({"sub": "u-1"}));
        assert_eq!(of("openid staff"), json!({"sub": "u-1", "dep": "Optics"}));
        assert_eq!(of("openid groups"), json!({"sub": "u-1", "groups": ["admins", "staff"]}));
        for taken in ["sub", "iss", "amr", "cnf", "scope", "groups", "email", "given_name", "address"] {
            assert!(is_taken(taken), "{taken}");
        }
        assert!(!is_taken("department") && !is_of_tokens("groups"));
    }

    /// OpenID Connect Core §5.1: a claim has the type of its definition, and nobody writes what the server knows.
    #[test]
    fn a_typed_claim_has_its_type() {
        let mut scopes = built_in_scopes();
        scopes.push(ScopeDefinition {
            name: "staff".to_owned(),
            claims: vec!["level".to_owned()],
            ..scopes[0].clone()
        });
        let typed = |name, text| typed(name, text, &scopes);
        assert_eq!(typed("phone_number", "441"), Ok(json!("441")));
        assert_eq!(typed("phone_number_verified", "true"), Ok(json!(true)));
        assert_eq!(typed("address", r#"{"country":"GB"}"#), Ok(json!({"country": "GB"})));
        assert_eq!((typed("level", "7"), typed("level", "high")), (Ok(json!(7)), Ok(json!("high"))));
        for (name, text) in [
            ("sub", "u-2"),
            ("iss", "x"),
            ("email", "a@b.c"),
            ("groups", "[]"),
            ("address", "here"),
            ("role", "admin"),
        ] {
            assert!(typed(name, text).is_err(), "{name}");
        }
    }
}
