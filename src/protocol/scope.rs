//! Scopes: what they are called, and which of them somebody may have. RFC 6749 §3.3.

use std::collections::BTreeMap;

/// A scope the server knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeDefinition {
    /// A scope-token, RFC 6749 §3.3.
    pub name: String,
    /// The consent page's words, by language tag (`en`, `de`, …).
    pub description: BTreeMap<String, String>,
    /// The claims about the user that it opens at userinfo.
    pub claims: Vec<String>,
    /// Only an operator may give it to a client; open registration never does.
    pub operator_only: bool,
}
