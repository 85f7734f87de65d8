//! What no client can give itself, and what is not built.

use serde_json::{Value, json};

use super::*;

/// What is not built is refused by name; a value that asks for nothing passes.
#[test]
fn features_that_do_not_work_yet_are_refused_by_name() {
    for method in ["tls_client_auth", "self_signed_tls_client_auth", "None"] {
        let (error, description) = refused(&json!({ "token_endpoint_auth_method": method }));
        let start = format!("token_endpoint_auth_method: the value '{method}' is not supported");
        assert_eq!(
            (error, description.starts_with(&start)),
            ("invalid_client_metadata", true),
            "{description}"
        );
    }
    all_refused("invalid_software_statement", &[("software_statement", json!("eyJ.eyJ.x"))]);
    all_refused(
        "invalid_client_metadata",
        &[
            ("require_pushed_authorization_requests", json!(true)),
            ("dpop_bound_access_tokens", json!(true)),
            ("tls_client_certificate_bound_access_tokens", json!(true)),
            ("userinfo_signed_response_alg", json!("none")),
            ("userinfo_signed_response_alg", json!("HS256")),
            ("id_token_encrypted_response_alg", json!("RSA-OAEP")),
            ("id_token_signed_response_alg", json!("none")),
            ("id_token_signed_response_alg", json!("HS256")),
            ("request_object_signing_alg", json!("HS256")),
            ("request_object_signing_alg", json!("none")),
            ("request_object_encryption_alg", json!("RSA-OAEP")),
            ("tls_client_auth_subject_dn", json!("CN=a")),
            ("code_challenge_method", json!("plain")),
            ("code_challenge_methods", json!(["plain"])),
        ],
    );
    let harmless = json!({
        "require_pushed_authorization_requests": false, "dpop_bound_access_tokens": false, "request_uris": [],
        "default_acr_values": [], "require_signed_request_object": false, "backchannel_logout_session_required": false, "code_challenge_method": "S256",
        "code_challenge_methods": ["plain", "S256"], "require_auth_time": false
    });
    assert_eq!(accepted(&harmless), accepted(&json!({})));
}

/// D16, D17: a registration decides nothing that is the server's or the operator's.
#[test]
fn a_client_sets_nothing_that_is_not_its_business() {
    let sent = json!({
        "client_id": "chosen", "client_secret": "chosen", "client_id_issued_at": 1, "registration_access_token": "x",
        "access_token_format": "jwt", "enabled": true, "trusted": true, "Client_Name": "x"
    });
    assert_eq!(accepted(&sent), accepted(&json!({})));
    assert_eq!(Rules::operator().with(&sent).unwrap().access_token_format, Some(AccessTokenFormat::Jwt));
    assert!(Rules::operator().with(&json!({"access_token_format": "paseto"})).is_err());
}

/// M04, RFC 7592 §2.2.
#[test]
fn an_update_names_its_client_and_nothing_the_server_sets() {
    let check = |value: &Value| check_update(&members(value), "c1");
    assert_eq!(check(&json!({"client_id": "c1"})), Ok(None));
    assert_eq!(check(&json!({"client_id": "c1", "client_secret": "s"})), Ok(Some("s".to_owned())));
    assert_eq!(
        check(&json!({"client_id": "c1", "client_secret": "", "client_id_issued_at": null})),
        Ok(None)
    );
    for (value, name) in [
        (json!({}), "client_id is missing"),
        (json!({"client_id": null}), "client_id is missing"),
        (json!({"client_id": "c2"}), "client_id is not"),
        (json!({"client_id": "C1"}), "client_id is not"),
        (json!({"client_id": 1}), "client_id must"),
        (json!({"client_id": "c1", "client_secret": 1}), "client_secret must"),
        (json!({"client_id": "c1", "registration_access_token": "t"}), "registration_access_token is set"),
        (json!({"client_id": "c1", "registration_client_uri": "u"}), "registration_client_uri is set"),
        (json!({"client_id": "c1", "client_secret_expires_at": 0}), "client_secret_expires_at is set"),
        (json!({"client_id": "c1", "client_id_issued_at": 1}), "client_id_issued_at is set"),
    ] {
        let refusal = check(&value).unwrap_err();
        assert_eq!(refusal.code.as_str(), "invalid_client_metadata");
        assert!(refusal.description.starts_with(name), "{refusal}");
    }
}
