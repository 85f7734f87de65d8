use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::protocol::client::public_keys::SECRET_KEY_MEMBERS;

fn members(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[derive(Debug)]
struct Rules {
    grant_types: Vec<GrantType>,
    scopes: Scopes,
    private_use_schemes: Vec<String>,
    door: Door,
}

impl Rules {
    /// What an open registration may have.
    fn open() -> Self {
        Self {
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            scopes: Scopes::parse("openid profile email offline_access read write dolphin").unwrap(),
            private_use_schemes: vec!["cursor".to_owned()],
            door: Door::Client,
        }
    }

    fn operator() -> Self {
        Self { grant_types: GrantType::ALL.to_vec(), door: Door::Operator, ..Self::open() }
    }

    fn accept(&self, submitted: &Value) -> Result<ClientMetadata, RegistrationRefusal> {
        let policy = RegistrationPolicy {
            grant_types: &self.grant_types,
            scopes: &self.scopes,
            limits: &[],
            private_use_schemes: &self.private_use_schemes,
            door: self.door,
            statements: StatementTrust { issuers: &[], server: "https://as.test", now: 0, earlier: None },
        };
        accept(&members(submitted), &policy).map(|accepted| accepted.metadata)
    }

    /// The accepted metadata of the smallest good registration with these members added.
    fn with(&self, more: &Value) -> Result<ClientMetadata, RegistrationRefusal> {
        let mut submitted = members(&json!({"redirect_uris": ["https://a.test/cb"]}));
        submitted.extend(members(more));
        self.accept(&Value::Object(submitted))
    }
}

fn accepted(more: &Value) -> ClientMetadata {
    Rules::open().with(more).unwrap()
}

/// Code and description of the refusal.
fn refused(more: &Value) -> (&'static str, String) {
    let refusal = Rules::open().with(more).expect_err(&more.to_string());
    let printable =
        refusal.description.bytes().all(|byte| (0x20..0x7f).contains(&byte) && !b"\"\\".contains(&byte));
    assert!(
        printable && refusal.description.ends_with('.') && !refusal.description.ends_with(".."),
        "{}",
        refusal.description
    );
    (refusal.code.as_str(), refusal.description)
}

/// Each of the members is refused under the code, and the description names it.
fn all_refused(code: &str, cases: &[(&str, Value)]) {
    for (name, value) in cases {
        let (error, description) = refused(&json!({ *name: value }));
        assert_eq!(error, code, "{name}: {value}: {description}");
        assert!(description.starts_with(name), "{name}: {value}: {description}");
    }
}

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

/// RFC 7591 §3.1: the example with keys by value and a scope.
#[test]
fn the_example_with_keys_and_scope_is_accepted() {
    let key = json!({"e": "AQAB", "n": "nj3YJwsLUFl9BmpAbkOswCNVx17Eh9wMO-_AReZwBqfaWFcfG", "kty": "RSA", "use": "sig"});
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
        "default_max_age",
        "require_auth_time",
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
    for name in ["grant_types", "response_types", "contacts", "post_logout_redirect_uris", "mcp_capabilities"]
    {
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

/// D05: a redirect grant needs a redirection URI, and one bad URI refuses the request by its name.
#[test]
fn one_bad_redirect_uri_refuses_the_request_and_is_named() {
    for nothing in [json!(null), json!([]), json!("")] {
        let (error, description) = refused(&json!({ "redirect_uris": nothing }));
        assert_eq!(
            (error, description.starts_with("redirect_uris is missing")),
            ("invalid_redirect_uri", true)
        );
    }
    let (error, description) =
        refused(&json!({"redirect_uris": ["https://a.test/cb", "myapp:/cb", "http://localhost/cb"]}));
    assert_eq!(error, "invalid_redirect_uri");
    assert!(
        description.starts_with("redirect_uris: the value 'myapp:/cb' has a private-use scheme"),
        "{description}"
    );
    let (_, description) =
        refused(&json!({"redirect_uris": [format!("https://a.test/\u{7}\u{e9}{}", "x".repeat(3000))]}));
    assert!(description.len() < 200 && description.contains("'https://a.test/??xxx"), "{description}");
    let uris = [
        "https://a.test/cb",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "http://localhost:8787/callback",
    ];
    assert_eq!(accepted(&json!({"redirect_uris": uris})).redirect_uris, uris);
    let twice = json!({"redirect_uris": ["https://a.test/cb", "https://a.test/cb"]});
    assert_eq!(accepted(&twice).redirect_uris, ["https://a.test/cb"]);
    let numbered = |most: usize| json!((0..most).map(|n| format!("https://a.test/{n}")).collect::<Vec<_>>());
    assert_eq!(accepted(&json!({"redirect_uris": numbered(10)})).redirect_uris.len(), 10);
    all_refused("invalid_redirect_uri", &[("redirect_uris", numbered(11))]);
}

/// RFC 8252 §7: redirects that only a native application can have make it one.
#[test]
fn application_type_is_read_from_the_redirects() {
    for (uris, expected) in [
        (json!(["http://localhost:1/cb"]), ApplicationType::Native),
        (json!(["com.example.app:/cb", "http://[::1]/cb"]), ApplicationType::Native),
        (json!(["https://a.test/cb", "http://127.0.0.1/cb"]), ApplicationType::Web),
    ] {
        assert_eq!(accepted(&json!({"redirect_uris": uris})).application_type, expected, "{uris}");
    }
    let said = json!({"redirect_uris": ["http://localhost/cb"], "application_type": "web"});
    assert_eq!(accepted(&said).application_type, ApplicationType::Web);
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

/// D04: one of `jwks` and `jwks_uri`, public keys only, ten at most.
#[test]
fn keys_are_public_and_given_once() {
    let set = |key: Value| ("jwks", json!({ "keys": [key] }));
    let mut cases = vec![
        set(json!({"kty": "oct", "kid": "1"})),
        set(json!({"kid": "1"})),
        set(json!("key")),
        ("jwks", json!([])),
        ("jwks", json!({})),
        ("jwks", json!({"keys": null})),
        ("jwks", json!("https://a.test/jwks")),
        ("jwks", json!({"keys": vec![json!({"kty": "EC"}); 11]})),
    ];
    cases.extend(
        SECRET_KEY_MEMBERS.map(|name| set(json!({"kty": "RSA", "n": "x", "e": "AQAB", name: "c2VjcmV0"}))),
    );
    all_refused("invalid_client_metadata", &cases);
    for (_, value) in cases {
        assert!(!refused(&json!({ "jwks": value })).1.contains("c2VjcmV0"));
    }
    let both = json!({"jwks": {"keys": []}, "jwks_uri": "https://a.test/jwks"});
    assert!(refused(&both).1.starts_with("jwks and jwks_uri"));
    assert!(accepted(&json!({"jwks": {"keys": vec![json!({"kty": "EC"}); 10]}})).jwks.is_some());
}

/// RFC 7591 §5: pages and documents are https, or http on loopback.
#[test]
fn uris_of_pages_are_https() {
    let too_long = format!("https://a.test/{}", "a".repeat(2048));
    let bad = [
        "http://a.test/",
        "javascript:alert(1)",
        " JavaScript:x",
        "data:text/html,x",
        "ftp://a.test/",
        "a.test",
        "//a.test/",
        "https://",
        "https://a@b.test/",
        "https://a.test/ x",
        "https:/a.test",
        "http://localhost.evil.test/",
        &too_long,
    ];
    for name in ["client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri", "initiate_login_uri"] {
        all_refused("invalid_client_metadata", &bad.map(|uri| (name, json!(uri))));
        assert!(Rules::open().with(&json!({ name: "https://a.test:8443/x?y#z" })).is_ok(), "{name}");
        let loopback = Rules::open().with(&json!({ name: "http://localhost:3000/x" }));
        assert_eq!(loopback.is_ok(), name != "initiate_login_uri", "{name}");
    }
    all_refused(
        "invalid_client_metadata",
        &[("post_logout_redirect_uris", json!(["https://a.test/out", "javascript:x"]))],
    );
}

/// D15 and section 9: limits of texts; a name may hold parentheses.
#[test]
fn names_are_short_and_visible() {
    assert!(accepted(&json!({"client_name": "Claude Code (my server) \u{1f680}"})).client_name.is_some());
    assert!(accepted(&json!({"client_name": "\u{e9}".repeat(256)})).client_name.is_some());
    for name in ["client_name", "software_id", "software_version", "mcp_version"] {
        let bad = [
            "a".repeat(257),
            " \u{3000}\u{a0}".to_owned(),
            "a\nb".to_owned(),
            "a\0".to_owned(),
            "\u{9b}x".to_owned(),
        ];
        all_refused("invalid_client_metadata", &bad.map(|text| (name, json!(text))));
    }
    all_refused("invalid_client_metadata", &[("contacts", json!(["a@b.test", "x\r\nBcc: c@d.test"]))]);
    all_refused(
        "invalid_client_metadata",
        &[("contacts", json!((0..51).map(|n| n.to_string()).collect::<Vec<_>>()))],
    );
}

/// What is not built is refused by name; a value that asks for nothing passes.
#[test]
fn features_that_do_not_work_yet_are_refused_by_name() {
    for method in
        ["private_key_jwt", "client_secret_jwt", "tls_client_auth", "self_signed_tls_client_auth", "None"]
    {
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
            ("subject_type", json!("pairwise")),
            ("userinfo_signed_response_alg", json!("RS256")),
            ("id_token_encrypted_response_alg", json!("RSA-OAEP")),
            ("id_token_signed_response_alg", json!("none")),
            ("id_token_signed_response_alg", json!("HS256")),
            ("request_object_signing_alg", json!("ES256")),
            ("request_uris", json!(["https://a.test/request"])),
            ("default_acr_values", json!(["urn:mfa"])),
            ("backchannel_logout_uri", json!("https://a.test/out")),
            ("frontchannel_logout_uri", json!("https://a.test/out")),
            ("tls_client_auth_subject_dn", json!("CN=a")),
            ("code_challenge_method", json!("plain")),
            ("code_challenge_methods", json!(["plain"])),
        ],
    );
    let harmless = json!({
        "require_pushed_authorization_requests": false, "dpop_bound_access_tokens": false, "request_uris": [],
        "default_acr_values": [], "backchannel_logout_session_required": false, "code_challenge_method": "S256",
        "code_challenge_methods": ["plain", "S256"], "require_auth_time": false
    });
    assert_eq!(accepted(&harmless), accepted(&json!({})));
}

/// OpenID Connect Dynamic Client Registration 1.0 §2: what works is kept.
#[test]
fn openid_members_are_kept() {
    let sent = json!({
        "subject_type": "public", "id_token_signed_response_alg": "EdDSA", "default_max_age": 3600, "require_auth_time": true,
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

/// Good and bad values of one member.
fn submitted_member() -> impl Strategy<Value = (String, Value)> {
    let uris = || {
        prop::sample::subsequence(
            vec![
                "https://a.test/cb",
                "http://localhost:1/cb",
                "com.a:/cb",
                "cursor://x/cb",
                "http://[::1]/",
                "javascript:x",
            ],
            0..4,
        )
        .prop_map(|uris| json!(uris))
    };
    let pick = |values: Vec<Value>| prop::sample::select(values);
    let grants = prop::sample::subsequence(
        vec!["authorization_code", "refresh_token", "client_credentials", "implicit"],
        0..4,
    );
    let text = || prop_oneof![".{0,6}".prop_map(|text| json!(text)), Just(json!("Name (x)"))];
    prop_oneof![
        1 => uris().prop_map(|value| ("redirect_uris".to_owned(), value)),
        3 => grants.prop_map(|names| ("grant_types".to_owned(), json!(names))),
        2 => pick(vec![json!("none"), json!("client_secret_post"), json!("client_secret_basic"), json!("x"), json!(null)])
            .prop_map(|value| ("token_endpoint_auth_method".to_owned(), value)),
        2 => pick(vec![json!(["code"]), json!(["code", "token"]), json!(["token"]), json!([])])
            .prop_map(|value| ("response_types".to_owned(), value)),
        2 => pick(vec![json!("read openid"), json!("write  x"), json!(""), json!("x")])
            .prop_map(|value| ("scope".to_owned(), value)),
        1 => uris().prop_map(|value| ("post_logout_redirect_uris".to_owned(), value)),
        2 => (prop::sample::select(vec!["client_name", "software_id", "mcp_version"]), text())
            .prop_map(|(name, value)| (name.to_owned(), value)),
        1 => pick(vec![json!(["tools"]), json!([]), json!(["a", "a"])]).prop_map(|value| ("mcp_capabilities".to_owned(), value)),
        1 => pick(vec![json!("web"), json!("native")]).prop_map(|value| ("application_type".to_owned(), value)),
        1 => pick(vec![json!("jwt"), json!("opaque")]).prop_map(|value| ("access_token_format".to_owned(), value)),
        1 => pick(vec![json!("ES256"), json!("EdDSA")]).prop_map(|value| ("id_token_signed_response_alg".to_owned(), value)),
        1 => pick(vec![json!({"keys": []}), json!({"keys": [{"kty": "EC", "x": "1"}]})]).prop_map(|value| ("jwks".to_owned(), value)),
        1 => (".{0,8}", text()),
    ]
}

prop_compose! {
    fn rules()(
        grant_types in prop::sample::subsequence(GrantType::ALL.to_vec(), 1..=3),
        scopes in prop::sample::subsequence(vec!["read", "write", "openid"], 0..=3),
        door in prop::sample::select(vec![Door::Client, Door::Operator, Door::Document]),
    ) -> Rules {
        Rules { grant_types, scopes: scopes.into_iter().collect(), door, ..Rules::open() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// D05, architecture rule 5: what was accepted is accepted again, unchanged, and can be stored and restored.
    #[test]
    fn create_and_update_agree(rules in rules(), sent in prop::collection::vec(submitted_member(), 0..8)) {
        let base = ("redirect_uris".to_owned(), json!(["https://a.test/cb", "http://localhost:1/cb"]));
        let sent = Value::Object(std::iter::once(base).chain(sent).collect());
        if let Ok(kept) = rules.accept(&sent) {
            let written = json!(kept);
            prop_assert_eq!(&rules.accept(&written).unwrap(), &kept);
            prop_assert_eq!(&serde_json::from_value::<ClientMetadata>(written.clone()).unwrap(), &kept);
            let says_something = |value: &Value| !value.is_null() && *value != json!("") && *value != json!([]);
            prop_assert!(members(&written).values().all(says_something), "{}", written);
            prop_assert!(kept.grant_types.iter().all(|grant_type| rules.grant_types.contains(grant_type)));
            prop_assert!(kept.scope.is_subset(&rules.scopes));
            prop_assert!(!(kept.is_public() && kept.allows(GrantType::ClientCredentials)));
            prop_assert_eq!(kept.allows(GrantType::AuthorizationCode), kept.response_types == ["code"]);
        }
    }
}
