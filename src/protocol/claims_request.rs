//! The `claims` parameter: single claims that a client asks for, beside those of its scopes. OpenID Connect Core §5.5.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a request asks to have in the ID token and at the userinfo endpoint. OpenID Connect Core §5.5.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_token: Vec<RequestedClaim>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub userinfo: Vec<RequestedClaim>,
}

/// One claim that is asked for. OpenID Connect Core §5.5.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedClaim {
    pub name: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
    /// The values of `values`, or the one of `value`; none = whatever the value is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

impl ClaimsRequest {
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
