//! Which claims about a person a scope opens. OpenID Connect Core §5.1, §5.4.

use serde_json::{Map, Value};

use super::scope::{ScopeDefinition, Scopes};
use crate::clock::Seconds;

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
}

impl Person<'_> {
    fn claim(&self, name: &str) -> Option<Value> {
        match name {
            "preferred_username" => Some(self.name.into()),
            "email" => self.email.map(Value::from),
            "email_verified" => self.email.map(|_| self.email_verified.into()),
            "updated_at" => Some(self.updated_at.into()),
            other => self.claims.get(other).filter(|value| !value.is_null()).cloned(),
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
        for claim in &definition.claims {
            if let Some(value) = person.claim(claim) {
                answer.insert(claim.clone(), value);
            }
        }
    }
    // Last, so that no claim of an operator's making ever stands in its place.
    answer.insert("sub".to_owned(), person.subject.into());
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::scope::built_in_scopes;
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
}
