//! Grant types, response types and scopes. RFC 7591 §2 and §2.1.

use serde_json::json;

use super::*;

/// D03: grant types are narrowed to what is supported and allowed, and refused when nothing is left.
#[test]
fn grant_types_are_narrowed_and_refused_only_when_nothing_is_left() {
    let (code, refresh, credentials) =
        (GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials);
    for (asked, kept) in [
        (json!(["authorization_code", "refresh_token"]), vec![code, refresh]),
        (json!(["refresh_token", "authorization_code", "authorization_code"]), vec![refresh, code]),
        (
            json!(["authorization_code", "implicit", "urn:ietf:params:oauth:grant-type:device_code", "x"]),
            vec![code],
        ),
        (json!(["client_credentials", "authorization_code"]), vec![code]),
        (json!([]), vec![code]),
    ] {
        assert_eq!(accepted(&json!({"grant_types": asked})).grant_types, kept, "{asked}");
    }
    for asked in [
        json!(["implicit"]),
        json!(["password", "x"]),
        json!(["client_credentials"]),
        json!(["refresh_token"]),
        json!(["AUTHORIZATION_CODE"]),
    ] {
        all_refused("invalid_client_metadata", &[("grant_types", asked)]);
    }
    let machine =
        Rules::operator().accept(&json!({"grant_types": ["client_credentials", "refresh_token"]})).unwrap();
    assert_eq!(
        (machine.grant_types, machine.response_types, machine.redirect_uris),
        (vec![credentials], vec![], vec![])
    );
}

/// RFC 6749 §4.4: a client without a secret has no client credentials.
#[test]
fn a_public_client_cannot_have_client_credentials() {
    let rules = Rules::operator();
    let refusal = rules
        .accept(&json!({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"}))
        .unwrap_err();
    assert!(refusal.description.starts_with("grant_types asks for client_credentials"), "{refusal}");
    let both = json!({"grant_types": ["client_credentials", "authorization_code"], "token_endpoint_auth_method": "none"});
    let kept = rules.with(&both).unwrap();
    assert_eq!(kept.grant_types, [GrantType::AuthorizationCode]);
    assert!(kept.is_public() && !kept.needs_secret());
}

/// RFC 7591 §2.1: response types and grant types agree; A23: nothing but `code`.
#[test]
fn response_types_agree_with_grant_types() {
    for asked in
        [json!(["code"]), json!(["code", "token"]), json!(["id_token", "code", "code id_token"]), json!([])]
    {
        assert_eq!(accepted(&json!({"response_types": asked})).response_types, ["code"], "{asked}");
    }
    for asked in [json!(["token"]), json!(["id_token"]), json!(["code token"]), json!(["none"])] {
        all_refused("invalid_client_metadata", &[("response_types", asked)]);
    }
    let contradiction = json!({"grant_types": ["client_credentials"], "response_types": ["code"]});
    let refusal = Rules::operator().accept(&contradiction).unwrap_err();
    assert!(refusal.description.starts_with("response_types holds code"), "{refusal}");
    let machines_only = Rules { grant_types: vec![GrantType::ClientCredentials], ..Rules::operator() };
    let narrowed =
        json!({"grant_types": ["client_credentials", "authorization_code"], "response_types": ["code"]});
    assert!(machines_only.accept(&narrowed).unwrap().response_types.is_empty());
}

/// Scope: none means all that are allowed; others are dropped while something remains.
#[test]
fn scope_is_narrowed_to_what_is_allowed() {
    assert_eq!(accepted(&json!({"scope": "read admin  openid read"})).scope.to_string(), "openid read");
    assert_eq!(accepted(&json!({"scope": "  "})).scope, Rules::open().scopes);
    let values = [json!("admin"), json!("read\tadmin"), json!("caf\u{e9}"), json!("x ".repeat(513))];
    all_refused("invalid_client_metadata", &values.map(|value| ("scope", value)));
    let many = Rules { scopes: (0..300).map(|n| format!("scope:{n}")).collect(), ..Rules::open() };
    let all = many.with(&json!({})).unwrap();
    assert!(all.scope.to_string().len() > 1024);
    assert_eq!(
        many.accept(&json!(all)).as_ref(),
        Ok(&all),
        "an answer that is long is no fault of the client"
    );
    let nothing = Rules { scopes: Scopes::default(), ..Rules::open() };
    assert!(!members(&json!(nothing.with(&json!({})).unwrap())).contains_key("scope"));
}
