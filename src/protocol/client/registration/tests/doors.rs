//! What is different for a client id metadata document. draft-ietf-oauth-client-id-metadata-document-02 §4.1.

use serde_json::json;

use super::*;

/// C03: no method with a shared secret, and no secret; without a method the client is public.
#[test]
fn a_document_holds_no_shared_secret() {
    let rules = Rules::of(Door::Document);
    let plain = rules.with(&json!({})).unwrap();
    assert!(plain.is_public() && !plain.needs_secret());
    for (name, value) in [
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("token_endpoint_auth_method", json!("client_secret_post")),
        ("token_endpoint_auth_method", json!("client_secret_jwt")),
        ("token_endpoint_auth_methods_supported", json!(["client_secret_basic", "client_secret_post"])),
        ("client_secret", json!("hunter2")),
        ("client_secret", json!(0)),
        ("client_secret_expires_at", json!(0)),
    ] {
        let refusal = rules.with(&json!({ name: value })).unwrap_err();
        assert_eq!(refusal.code, RegistrationErrorCode::InvalidClientMetadata);
        assert!(refusal.description.starts_with(name), "{name}: {refusal}");
        assert!(!refusal.description.contains("hunter2"), "{refusal}");
    }
}

/// D05: redirection URIs and everything else are under the rules of a registration.
#[test]
fn a_document_passes_the_rules_of_a_registration() {
    let rules = Rules::of(Door::Document);
    for (name, value, code) in [
        ("redirect_uris", json!(["http://a.test/cb"]), "invalid_redirect_uri"),
        ("redirect_uris", json!([]), "invalid_redirect_uri"),
        ("client_uri", json!("JAVASCRIPT:x"), "invalid_client_metadata"),
        ("grant_types", json!(["client_credentials"]), "invalid_client_metadata"),
        ("jwks", json!({"keys": [{"kty": "oct"}]}), "invalid_client_metadata"),
        ("sector_identifier_uri", json!("http://a.test/"), "invalid_client_metadata"),
    ] {
        let refusal = rules.with(&json!({ name: value })).unwrap_err();
        assert_eq!(refusal.code.as_str(), code, "{name}");
        assert!(refusal.description.starts_with(name), "{refusal}");
    }
    let access_token_format = json!({"access_token_format": "jwt"});
    assert_eq!(rules.with(&access_token_format).unwrap(), rules.with(&json!({})).unwrap());
}

/// D20: nothing that a document names is fetched for its sake, so nothing of a sector identifier is kept.
#[test]
fn a_document_has_no_sector_identifier() {
    let sent = json!({"sector_identifier_uri": "https://a.test/sector.json"});
    assert_eq!(Rules::of(Door::Document).with(&sent).unwrap().sector_identifier_uri, None);
    assert!(Rules::of(Door::Client).with(&sent).unwrap().sector_identifier_uri.is_some());
}
