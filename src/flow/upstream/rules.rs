//! Who gets an account by an account elsewhere, as the operator says.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Without any, only those who link their account themselves can sign in by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Whoever has an address there that the provider has verified gets an account here.
    pub create_accounts: bool,
    /// Whoever has the same verified address here is signed in to that account. Never to that of an administrator.
    pub link_by_email: bool,
    /// Both hold for addresses of these domains only; empty = of every one.
    pub email_domains: Vec<String>,
    /// The groups that a new account is put into.
    pub groups: Vec<String>,
}

impl Rules {
    /// As they were stored; such that nobody can read hold for nobody.
    pub(super) fn stored(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// Whether the rules hold for this address.
    #[must_use]
    pub fn admit(&self, address: &str) -> bool {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.email_domains.is_empty()
            || self.email_domains.iter().any(|known| known.eq_ignore_ascii_case(domain))
    }
}

#[cfg(test)]
mod tests {
    use super::Rules;

    /// A domain is that domain alone, and neither those below it nor those that end like it.
    #[test]
    fn a_rule_for_a_domain_holds_for_that_domain_alone() {
        let rules = Rules { email_domains: vec!["Example.com".to_owned()], ..Rules::default() };
        assert!(rules.admit("ada@example.com"));
        for address in ["ada@evil-example.com", "ada@sub.example.com", "ada@example.com.evil", "example.com"]
        {
            assert!(!rules.admit(address), "{address}");
        }
        assert!(Rules::default().admit("ada@anywhere.example"));
    }
}
