//! What a registration may hold, rule by rule. RFC 7591 §2.

mod choices;
mod defaults;
mod doors;
mod grants;
mod keys;
mod names;
mod privileges;
mod resulting_state;
mod software_statements;
mod uris;

use serde_json::{Map, Value, json};

use super::*;
use crate::protocol::client::software_statement::StatementIssuer;

pub(in crate::protocol::client) fn members(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// A policy that owns what it is made of.
#[derive(Debug)]
pub(in crate::protocol::client) struct Rules {
    grant_types: Vec<GrantType>,
    scopes: Scopes,
    limits: Vec<Limits>,
    private_use_schemes: Vec<String>,
    door: Door,
    issuers: Vec<StatementIssuer>,
    earlier_statement: Option<String>,
}

/// The time at which every registration here is made.
const NOW: i64 = 1_800_000_000;

impl Rules {
    /// What an open registration may have.
    fn open() -> Self {
        Self {
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            scopes: Scopes::parse("openid profile email offline_access read write dolphin").unwrap(),
            limits: Vec::new(),
            private_use_schemes: vec!["cursor".to_owned()],
            door: Door::Client,
            issuers: Vec::new(),
            earlier_statement: None,
        }
    }

    fn operator() -> Self {
        Self { grant_types: GrantType::ALL.to_vec(), ..Self::of(Door::Operator) }
    }

    /// As for an open registration, through this door.
    pub(in crate::protocol::client) fn of(door: Door) -> Self {
        Self { door, ..Self::open() }
    }

    pub(in crate::protocol::client) fn accept(
        &self,
        submitted: &Value,
    ) -> Result<ClientMetadata, RegistrationRefusal> {
        self.judge(submitted).map(|accepted| accepted.metadata)
    }

    fn judge(&self, submitted: &Value) -> Result<Accepted, RegistrationRefusal> {
        let policy = RegistrationPolicy {
            grant_types: &self.grant_types,
            scopes: &self.scopes,
            limits: &self.limits,
            private_use_schemes: &self.private_use_schemes,
            door: self.door,
            statements: StatementTrust {
                issuers: &self.issuers,
                server: "https://as.test",
                now: NOW,
                earlier: self.earlier_statement.as_deref(),
            },
        };
        accept(&members(submitted), &policy)
    }

    /// The accepted metadata of the smallest good registration with these members added.
    fn with(&self, more: &Value) -> Result<ClientMetadata, RegistrationRefusal> {
        let mut submitted = members(&json!({"redirect_uris": ["https://a.test/cb"]}));
        submitted.extend(members(more));
        self.accept(&Value::Object(submitted))
    }
}

fn accepted(more: &Value) -> ClientMetadata {
    Rules::open().with(more).unwrap()
}

/// Code and description of the refusal.
fn refused(more: &Value) -> (&'static str, String) {
    let refusal = Rules::open().with(more).expect_err(&more.to_string());
    let printable =
        refusal.description.bytes().all(|byte| (0x20..0x7f).contains(&byte) && !b"\"\\".contains(&byte));
    assert!(
        printable && refusal.description.ends_with('.') && !refusal.description.ends_with(".."),
        "{}",
        refusal.description
    );
    (refusal.code.as_str(), refusal.description)
}

/// Each of the members is refused under the code, and the description names it.
fn all_refused(code: &str, cases: &[(&str, Value)]) {
    for (name, value) in cases {
        let (error, description) = refused(&json!({ *name: value }));
        assert_eq!(error, code, "{name}: {value}: {description}");
        assert!(description.starts_with(name), "{name}: {value}: {description}");
    }
}
