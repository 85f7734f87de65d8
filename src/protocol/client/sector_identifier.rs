//! What a pairwise `sub` is for, and what must stand behind a `sector_identifier_uri`: the client's redirection URIs. OpenID
//! Connect Core 1.0 §8.1, OpenID Connect Dynamic Client Registration 1.0 §5.

use super::metadata::{ClientMetadata, SubjectType};
use super::refusal::RegistrationRefusal;
use crate::protocol::text::quoted;

const NAME: &str = "sector_identifier_uri";

/// The sector of a pairwise client. While it stays the same, so does what the client knows people by. OpenID Connect Core 1.0
/// §8.1.
#[must_use]
pub fn pairwise_sector(metadata: &ClientMetadata) -> Option<String> {
    (metadata.subject_type == Some(SubjectType::Pairwise)).then(|| sector(metadata).unwrap_or_default())
}

/// Whether a pairwise `sub` could be made for this client. OpenID Connect Core 1.0 §8.1.
pub(super) fn has_sector(metadata: &ClientMetadata) -> bool {
    sector(metadata).is_some()
}

/// The host of `sector_identifier_uri`, else the one of the redirection URIs. OpenID Connect Core 1.0 §8.1.
fn sector(metadata: &ClientMetadata) -> Option<String> {
    if let Some(uri) = &metadata.sector_identifier_uri {
        return host(uri);
    }
    let mut hosts = metadata.redirect_uris.iter().map(|uri| host(uri));
    let first = hosts.next()??;
    hosts.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

/// A loopback address and a scheme of its own are everybody's: they tell no sector from another.
fn host(uri: &str) -> Option<String> {
    let uri = url::Url::parse(uri).ok().filter(|uri| uri.scheme() == "https")?;
    uri.host_str().map(str::to_owned)
}

/// Whether the document is a JSON array of strings that holds every redirection URI. OpenID Connect Dynamic Client Registration
/// 1.0 §5.
pub fn check_document(metadata: &ClientMetadata, document: &[u8]) -> Result<(), RegistrationRefusal> {
    let Ok(listed) = serde_json::from_slice::<Vec<String>>(document) else {
        return Err(refuse(metadata, "does not lead to a JSON array of strings"));
    };
    match metadata.redirect_uris.iter().find(|uri| !listed.contains(uri)) {
        None => Ok(()),
        Some(missing) => {
            let fault = format!("leads to a document without the redirect URI {}", quoted(missing));
            Err(refuse(metadata, fault))
        }
    }
}

/// The refusal of a client whose document is not there or not good. OpenID Connect Dynamic Client Registration 1.0 §5.
#[must_use]
pub fn refuse(metadata: &ClientMetadata, fault: impl std::fmt::Display) -> RegistrationRefusal {
    RegistrationRefusal::value(NAME, metadata.sector_identifier_uri.as_deref().unwrap_or_default(), fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::client::registration::Door;
    use crate::protocol::client::registration::tests::Rules;
    use serde_json::{Value, json};

    /// OpenID Connect Core §8.1: the host of the document, or the one of the redirection URIs; where there is none, and where
    /// anybody could have the same, the client is refused.
    #[test]
    fn a_pairwise_client_has_one_sector() {
        let of = |sent: &Value| {
            let mut sent = sent.clone();
            sent["subject_type"] = json!("pairwise");
            Rules::of(Door::Operator).accept(&sent).map(|metadata| pairwise_sector(&metadata).unwrap())
        };
        for (sent, expected) in [
            (json!({"redirect_uris": ["https://A.test/cb", "https://a.test:8443/x?y=1"]}), "a.test"),
            (
                json!({
                    "redirect_uris": ["https://a.test/cb", "https://b.test/cb", "http://127.0.0.1/cb", "cursor://x/cb"],
                    "sector_identifier_uri": "https://sector.test/list.json"
                }),
                "sector.test",
            ),
        ] {
            assert_eq!(of(&sent).as_deref(), Ok(expected), "{sent}");
        }
        for uris in [
            json!(["https://a.test/cb", "https://b.test/cb"]),
            json!(["https://a.test/cb", "http://127.0.0.1/cb"]),
            json!(["http://localhost/cb"]),
            json!(["cursor://callback/cb"]),
        ] {
            let refusal = of(&json!({"redirect_uris": uris})).unwrap_err();
            assert!(refusal.description.starts_with("subject_type"), "{uris}: {refusal}");
            assert!(refusal.description.contains("sector_identifier_uri"), "{uris}: {refusal}");
        }
        let none = json!({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "client_secret_basic"});
        assert!(of(&none).is_err());
    }

    /// OpenID Connect Dynamic Client Registration 1.0 §5: every redirection URI stands there, to the character.
    #[test]
    fn the_document_holds_every_redirect_uri() {
        let metadata = Rules::of(Door::Client)
            .accept(&json!({
                "redirect_uris": ["https://a.test/cb", "https://a.test/cb2"],
                "sector_identifier_uri": "https://a.test/sector.json"
            }))
            .unwrap();
        let check = |document: &str| check_document(&metadata, document.as_bytes());
        assert_eq!(check(r#"["https://a.test/cb2","https://b.test/","https://a.test/cb"]"#), Ok(()));
        for missing in [
            "[]",
            r#"["https://a.test/cb"]"#,
            r#"["https://a.test/cb","https://a.test/CB2"]"#,
            r#"["https://a.test/cb","https://a.test/cb2/"]"#,
        ] {
            let refusal = check(missing).unwrap_err();
            assert!(refusal.description.starts_with("sector_identifier_uri"), "{refusal}");
            assert!(refusal.description.contains("without the redirect URI"), "{missing}: {refusal}");
        }
        for no_array in [
            "",
            "{}",
            "null",
            "\"https://a.test/cb\"",
            "[1]",
            "[null]",
            "[[]]",
            "[] x",
            "{\"redirect_uris\":[]}",
        ] {
            assert!(check(no_array).unwrap_err().description.contains("JSON array"), "{no_array}");
        }
    }
}
