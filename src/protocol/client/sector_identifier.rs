//! What must stand behind a `sector_identifier_uri`: the client's redirection URIs. OpenID Connect Dynamic Client Registration
//! 1.0 §5.

use super::metadata::ClientMetadata;
use super::refusal::RegistrationRefusal;
use crate::protocol::text::quoted;

const NAME: &str = "sector_identifier_uri";

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
    use serde_json::json;

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
