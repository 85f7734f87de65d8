//! What a person recognises a client by. A consent is for a client that is still the same. RFC 7591 §5,
//! draft-ietf-oauth-client-id-metadata-document §6.6 (changes in client metadata).

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::links;
use super::metadata::ClientMetadata;
use super::sector_identifier::pairwise_sector;
use crate::protocol::redirect_uri;

/// Members that count as they are; the ones for people count in every language.
const SHOWN: [&str; 2] = ["client_name", "logo_uri"];
const PROVING: [&str; 4] =
    ["token_endpoint_auth_method", "token_endpoint_auth_signing_alg", "jwks", "jwks_uri"];

/// The digest, in hex, of what identifies a client: its names and logos in every language, the hosts of its own pages,
/// where its answers may go, how it proves itself, its keys, and with whom it can tell that a person is the same one. RFC 7591 §5.
///
/// What else it may change (contacts, versions, policies) leaves a consent as it is. Of redirection URIs the target counts
/// and not the path: [`redirect_uri::target`].
#[must_use]
pub fn identity(metadata: &ClientMetadata) -> String {
    let Ok(Value::Object(members)) = serde_json::to_value(metadata) else { return String::new() };
    let mut kept: Map<String, Value> = members
        .into_iter()
        .filter_map(|(name, value)| {
            let base = name.split('#').next().unwrap_or_default();
            if SHOWN.contains(&base) || PROVING.contains(&base) {
                return Some((name, value));
            }
            let host = (base == "client_uri").then(|| links::host(value.as_str()?)).flatten()?;
            Some((name, Value::from(host)))
        })
        .collect();
    let mut targets: Vec<String> =
        metadata.redirect_uris.iter().map(|uri| redirect_uri::target(uri)).collect();
    targets.sort();
    targets.dedup();
    kept.insert("redirect_targets".to_owned(), Value::from(targets));
    if let Some(sector) = pairwise_sector(metadata) {
        kept.insert("pairwise_sector".to_owned(), Value::from(sector));
    }
    digest(&Value::from(kept))
}

/// SHA-256 of a JSON text in hex; the members of its objects are in the order of their names.
pub(crate) fn digest(value: &Value) -> String {
    use std::fmt::Write as _;
    Sha256::digest(sorted(value).to_string().as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A JSON value as arrays of pairs, so that no order of members that serde may keep counts.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut pairs: Vec<(&String, &Value)> = members.iter().collect();
            pairs.sort_by_key(|(name, _)| *name);
            pairs
                .into_iter()
                .map(|(name, value)| Value::from(vec![Value::from(name.as_str()), sorted(value)]))
                .collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn metadata(changes: &Value) -> ClientMetadata {
        let mut members = json!({
            "redirect_uris": ["https://app.example/cb", "http://127.0.0.1/cb"],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "client_name": "Notebook",
            "application_type": "web",
        });
        for (name, value) in changes.as_object().unwrap() {
            members[name] = value.clone();
        }
        serde_json::from_value(members).unwrap()
    }

    /// U01, C05: every member that a person goes by changes the identity.
    #[test]
    fn what_a_person_recognises_a_client_by_changes_its_identity() {
        let before = identity(&metadata(&json!({})));
        assert_eq!(before.len(), 64);
        for change in [
            json!({"client_name": "Notebook 2"}),
            json!({"logo_uri": "https://app.example/logo.png"}),
            json!({"client_uri": "https://app.example/"}),
            json!({"redirect_uris": ["https://app.example/cb"]}),
            json!({"redirect_uris": ["https://app.example/cb", "http://127.0.0.1/cb", "https://other.example/cb"]}),
            json!({"redirect_uris": ["https://app.example:8443/cb", "http://127.0.0.1/cb"]}),
            json!({"token_endpoint_auth_method": "client_secret_basic"}),
            json!({"jwks": {"keys": []}}),
            json!({"jwks_uri": "https://app.example/jwks.json"}),
            json!({"subject_type": "pairwise"}),
        ] {
            assert_ne!(identity(&metadata(&change)), before, "{change}");
        }
    }

    /// U01: what nobody is shown leaves it, and so does another order.
    #[test]
    fn what_nobody_is_shown_leaves_the_identity() {
        let before = identity(&metadata(&json!({})));
        for change in [
            json!({"contacts": ["ops@app.example"]}),
            json!({"software_id": "notebook", "software_version": "2"}),
            json!({"policy_uri": "https://app.example/privacy", "tos_uri": "https://app.example/terms"}),
            json!({"redirect_uris": ["http://localhost/other", "https://app.example/another"]}),
            json!({"grant_types": ["authorization_code", "refresh_token"], "scope": "openid"}),
        ] {
            assert_eq!(identity(&metadata(&change)), before, "{change}");
        }
        let keys =
            |text: &str| identity(&metadata(&json!({"jwks": serde_json::from_str::<Value>(text).unwrap()})));
        assert_eq!(keys(r#"{"keys":[{"kty":"OKP","x":"a"}]}"#), keys(r#"{"keys":[{"x":"a","kty":"OKP"}]}"#));
        assert_ne!(keys(r#"{"keys":[{"kty":"OKP","x":"a"}]}"#), keys(r#"{"keys":[{"kty":"OKP","x":"b"}]}"#));
        let page =
            |path: &str| identity(&metadata(&json!({"client_uri": format!("https://app.example/{path}")})));
        assert_eq!(page("about"), page("imprint"));
    }
}
