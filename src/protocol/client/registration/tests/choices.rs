//! Arrays of what a client can do. OpenID Connect Relying Party Metadata Choices 1.0 §2.

use serde_json::json;

use super::*;
use crate::protocol::client::choices::{AUTH_ALGORITHM, AUTH_METHOD};

/// The wanted value if it is supported, else the first that is offered and supported; the answer holds the choice and not the
/// array.
#[test]
fn one_that_is_supported_is_chosen() {
    for (sent, name, chosen) in [
        (
            json!({"token_endpoint_auth_methods_supported": ["private_key_jwt", "none"]}),
            AUTH_METHOD.single,
            "none",
        ),
        (
            json!({"token_endpoint_auth_methods_supported": ["none", "client_secret_post"], "token_endpoint_auth_method": "client_secret_basic"}),
            AUTH_METHOD.single,
            "client_secret_basic",
        ),
        (
            json!({"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"]}),
            AUTH_METHOD.single,
            "none",
        ),
        (json!({"token_endpoint_auth_methods_supported": []}), AUTH_METHOD.single, "client_secret_basic"),
        (json!({"subject_types_supported": ["pairwise", "public"]}), SUBJECT_TYPE.single, "pairwise"),
        (json!({"subject_types_supported": ["public", "pairwise"]}), SUBJECT_TYPE.single, "public"),
        (
            json!({"token_endpoint_auth_methods_supported": ["private_key_jwt", "none"], "jwks_uri": "https://a.test/jwks"}),
            AUTH_METHOD.single,
            "private_key_jwt",
        ),
        (
            json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://a.test/jwks",
                   "token_endpoint_auth_signing_alg_values_supported": ["RS512", "ES256", "PS256"]}),
            AUTH_ALGORITHM.single,
            "ES256",
        ),
        (
            json!({"subject_type": "ephemeral", "subject_types_supported": ["x", "pairwise"]}),
            SUBJECT_TYPE.single,
            "pairwise",
        ),
        (
            json!({
                "redirect_uris": ["https://a.test/cb", "https://b.test/cb"], "subject_type": "pairwise",
                "subject_types_supported": ["pairwise", "public"]
            }),
            SUBJECT_TYPE.single,
            "public",
        ),
        (
            json!({"userinfo_signed_response_alg": "RS512", "userinfo_signing_alg_values_supported": ["none", "PS256"]}),
            USERINFO_ALGORITHM.single,
            "PS256",
        ),
        (
            json!({"id_token_signing_alg_values_supported": ["RS512", "EdDSA", "RS256"]}),
            ID_TOKEN_ALGORITHM.single,
            "EdDSA",
        ),
    ] {
        let written = members(&json!(accepted(&sent)));
        assert_eq!(written[name], chosen, "{sent}");
        assert!(!written.keys().any(|name| name.ends_with("_supported")), "{sent}");
    }
}

/// Where nothing fits, the member is named.
#[test]
fn nothing_that_is_supported_is_a_refusal() {
    all_refused(
        "invalid_client_metadata",
        &[
            ("token_endpoint_auth_methods_supported", json!(["private_key_jwt", "tls_client_auth"])),
            ("subject_types_supported", json!(["ephemeral"])),
            ("id_token_signing_alg_values_supported", json!(["none", "HS256"])),
        ],
    );
    let neither = json!({"token_endpoint_auth_method": "tls_client_auth", "token_endpoint_auth_methods_supported": ["x"]});
    assert!(refused(&neither).1.starts_with("token_endpoint_auth_method: the value 'tls_client_auth'"));
}

/// D02: they are arrays of strings. What a client could do beside that is no wish, and nothing of it is kept.
#[test]
fn offers_that_nothing_is_chosen_from_are_looked_at_and_left_out() {
    let offers = json!({
        "userinfo_signing_alg_values_supported": ["RS256"], "id_token_encryption_alg_values_supported": ["RSA-OAEP"],
        "request_object_signing_alg_values_supported": [], "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "introspection_signing_alg_values_supported": null,
    });
    assert_eq!(accepted(&offers), accepted(&json!({})));
    for wrong in [json!("RS256"), json!([1]), json!([null]), json!([""]), json!({}), json!(true)] {
        for name in [
            "userinfo_signing_alg_values_supported",
            "token_endpoint_auth_methods_supported",
            "subject_types_supported",
        ] {
            all_refused("invalid_client_metadata", &[(name, wrong.clone())]);
        }
    }
}

/// The document that `ChatGPT` publishes wants `private_key_jwt` and can do none: it is what its keys allow.
#[test]
fn a_document_without_keys_is_public_unless_it_insists() {
    let rules = Rules::of(Door::Document);
    let sent = json!({"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"]});
    assert!(rules.with(&sent).unwrap().is_public());
    let only = json!({"token_endpoint_auth_method": "private_key_jwt"});
    assert!(rules.with(&only).unwrap_err().description.starts_with("token_endpoint_auth_method"));
    for (keys, method) in
        [(json!({}), "none"), (json!({"jwks_uri": "https://a.test/jwks"}), "private_key_jwt")]
    {
        let mut sent = sent.clone();
        sent.as_object_mut().unwrap().extend(members(&keys));
        assert_eq!(rules.with(&sent).unwrap().token_endpoint_auth_method.as_str(), method);
    }
}
