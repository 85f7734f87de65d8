//! Defaults, absent values and wrong types. RFC 7591 §2.

use serde_json::{Map, Value, json};

use super::*;

/// RFC 7591 §2: the defaults; and D18: no method means `client_secret_basic`.
#[test]
fn omitted_members_get_the_defaults_of_rfc_7591() {
    let kept = Rules::open().accept(&json!({"redirect_uris": ["https://a.test/cb"]})).unwrap();
    assert_eq!(
        json!(kept),
        json!({
            "redirect_uris": ["https://a.test/cb"],
            "token_endpoint_auth_method": "client_secret_basic",
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "application_type": "web",
            "scope": "dolphin email offline_access openid profile read write"
        })
    );
    assert!(kept.needs_secret() && kept.allows(GrantType::AuthorizationCode));
    assert_eq!(kept.id_token_algorithm(), Algorithm::RS256);
}

/// RFC 7591 §3.1: the first example, whose answer in §3.2.1 holds the same members. Unknown members are dropped.
#[test]
fn the_example_of_rfc_7591_is_accepted() {
    let kept = Rules::open()
        .accept(&json!({
            "redirect_uris": ["https://client.example.org/callback", "https://client.example.org/callback2"],
            "client_name": "My Example Client",
            "client_name#ja-Jpan-JP": "\u{30AF}\u{30E9}\u{30A4}\u{30A2}\u{30F3}\u{30C8}\u{540D}",
            "token_endpoint_auth_method": "client_secret_basic",
            "logo_uri": "https://client.example.org/logo.png",
            "jwks_uri": "https://client.example.org/my_public_keys.jwks",
            "example_extension_parameter": "example_value"
        }))
        .unwrap();
    assert_eq!(kept.redirect_uris.len(), 2);
    assert_eq!(kept.client_name.as_deref(), Some("My Example Client"));
    assert_eq!(kept.jwks_uri.as_deref(), Some("https://client.example.org/my_public_keys.jwks"));
    let written = members(&json!(kept));
    assert!(!written.contains_key("example_extension_parameter"));
    assert_eq!(written["client_name#ja-Jpan-JP"], "\u{30AF}\u{30E9}\u{30A4}\u{30A2}\u{30F3}\u{30C8}\u{540D}");
}

/// RFC 7591 §3.1: the example with keys by value and a scope; the modulus, which is cut short there, is that of RFC 7515 A.2.
#[test]
fn the_example_with_keys_and_scope_is_accepted() {
    let key = json!({"e": "AQAB", "n": super::keys::N, "kty": "RSA", "use": "sig"});
    let kept = accepted(&json!({"scope": "read write dolphin", "jwks": {"keys": [key]}}));
    assert_eq!(kept.scope.to_string(), "dolphin read write");
    assert_eq!(kept.jwks, Some(json!({"keys": [key]})));
}

/// Null and "" are no values: D03, and the answer holds neither.
#[test]
fn null_and_the_empty_string_are_absent() {
    let names = [
        "token_endpoint_auth_method",
        "grant_types",
        "response_types",
        "client_name",
        "client_uri",
        "logo_uri",
        "scope",
        "contacts",
        "tos_uri",
        "policy_uri",
        "jwks_uri",
        "jwks",
        "software_id",
        "software_version",
        "application_type",
        "subject_type",
        "id_token_signed_response_alg",
        "userinfo_signed_response_alg",
        "default_max_age",
        "require_auth_time",
        "request_object_signing_alg",
        "require_signed_request_object",
        "request_uris",
        "default_acr_values",
        "initiate_login_uri",
        "post_logout_redirect_uris",
        "mcp_version",
        "mcp_capabilities",
        "software_statement",
        "sector_identifier_uri",
        "code_challenge_method",
        "require_pushed_authorization_requests",
    ];
    for nothing in [Value::Null, json!("")] {
        let more: Map<_, _> = names.iter().map(|name| ((*name).to_owned(), nothing.clone())).collect();
        assert_eq!(accepted(&Value::Object(more)), accepted(&json!({})));
    }
}

/// D02: a value of the wrong type is refused by name, and so is a null or an empty string in an array.
#[test]
fn wrong_types_are_refused_by_name() {
    let uris = [
        json!("https://a.test/cb"),
        json!([null]),
        json!(["https://a.test/cb", null]),
        json!([1]),
        json!([""]),
        json!({}),
        json!([["https://a.test"]]),
    ];
    all_refused("invalid_redirect_uri", &uris.map(|value| ("redirect_uris", value)));
    for name in [
        "grant_types",
        "response_types",
        "contacts",
        "post_logout_redirect_uris",
        "mcp_capabilities",
        "request_uris",
        "default_acr_values",
        "request_object_signing_alg_values_supported",
    ] {
        let values = [
            json!("authorization_code"),
            json!(1),
            json!({"a": 1}),
            json!([null]),
            json!(["", "a"]),
            json!([true]),
        ];
        all_refused("invalid_client_metadata", &values.map(|value| (name, value)));
    }
    for name in [
        "token_endpoint_auth_method",
        "client_name",
        "client_uri",
        "scope",
        "jwks_uri",
        "software_id",
        "subject_type",
        "application_type",
        "initiate_login_uri",
        "id_token_signed_response_alg",
        "userinfo_signed_response_alg",
        "mcp_version",
        "code_challenge_method",
    ] {
        let values = [json!(1), json!(true), json!(["a"]), json!([]), json!({})];
        all_refused("invalid_client_metadata", &values.map(|value| (name, value)));
    }
    for value in [json!("60"), json!(-1), json!(1.5), json!(5_000_000_000_u64), json!([1])] {
        all_refused("invalid_client_metadata", &[("default_max_age", value)]);
    }
    for value in [json!("true"), json!(1), json!([])] {
        all_refused(
            "invalid_client_metadata",
            &[("require_auth_time", value.clone()), ("dpop_bound_access_tokens", value)],
        );
    }
}

/// OpenID Connect Dynamic Client Registration 1.0 §2: what works is kept.
#[test]
fn openid_members_are_kept() {
    let sent = json!({
        "subject_type": "pairwise", "id_token_signed_response_alg": "EdDSA", "userinfo_signed_response_alg": "PS256", "default_max_age": 3600, "require_auth_time": true,
        "backchannel_logout_uri": "https://back.test/out?a=b", "backchannel_logout_session_required": true,
        "frontchannel_logout_uri": "https://a.test/front?a=b", "frontchannel_logout_session_required": true,
        "request_object_signing_alg": "PS256", "require_signed_request_object": true,
        "request_uris": ["https://a.test/request.jwt", "https://a.test/other.jwt#1"], "default_acr_values": ["urn:mfa", "1"],
        "post_logout_redirect_uris": ["https://a.test/out"], "initiate_login_uri": "https://a.test/in",
        "contacts": ["ops@a.test"], "software_id": "4NRB1-0XZABZI9E6-5SM3R", "software_version": "2.2"
    });
    let written = members(&json!(accepted(&sent)));
    for (name, value) in members(&sent) {
        assert_eq!(written.get(&name), Some(&value), "{name}");
    }
}

/// The MCP members bring each other's defaults, and only then.
#[test]
fn mcp_defaults_come_only_with_an_mcp_member() {
    let kept = accepted(&json!({"mcp_version": "2025-11-25"}));
    assert_eq!(kept.mcp_capabilities, ["resources", "tools", "prompts"]);
    let kept = accepted(&json!({"mcp_capabilities": ["tools"]}));
    assert_eq!(
        (kept.mcp_version.as_deref(), kept.mcp_capabilities),
        (Some("2024-11-05"), vec!["tools".to_owned()])
    );
    assert_eq!(accepted(&json!({})).mcp_version, None);
}
