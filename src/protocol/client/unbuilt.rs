//! Members that ask for something Grantor does not do yet. They are refused by name, because a client that is told "yes" relies on it;
//! a value that asks for nothing (absent, null, empty, false) passes.

use serde_json::Value;

use super::members::Members;
use super::refusal::RegistrationRefusal;

/// `true` asks for the feature. RFC 9126 §6, RFC 9449 §5.2, RFC 8705 §3.4.
const SWITCHES: &[&str] = &[
    "require_pushed_authorization_requests",
    "dpop_bound_access_tokens",
    "tls_client_certificate_bound_access_tokens",
    "backchannel_user_code_parameter",
];

/// Any value asks for the feature.
const VALUES: &[&str] = &[
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "introspection_signed_response_alg",
    "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc",
    "authorization_signed_response_alg",
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "request_object_encryption_alg",
    "request_object_encryption_enc",
    "authorization_details_types",
    "backchannel_token_delivery_mode",
    "backchannel_client_notification_endpoint",
    "backchannel_authentication_request_signing_alg",
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
];

/// Refuses the first member that asks for a feature that is not there. RFC 7591 §2.
pub(super) fn refuse_unbuilt(submitted: Members<'_>) -> Result<(), RegistrationRefusal> {
    for name in SWITCHES {
        if submitted.flag(name)? {
            return Err(RegistrationRefusal::metadata(
                name,
                "asks for something this server does not support",
            ));
        }
    }
    for name in VALUES {
        if submitted.get(name).is_some_and(|value| *value != Value::Bool(false) && !is_empty_array(value)) {
            return Err(RegistrationRefusal::metadata(
                name,
                "asks for something this server does not support",
            ));
        }
    }
    Ok(())
}

fn is_empty_array(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}
