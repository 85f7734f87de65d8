//! Create and update cannot differ. Architecture, rule 5.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::protocol::client::policy::HostRule;

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
        1 => pick(vec![json!("PS256"), json!("none")]).prop_map(|value| ("userinfo_signed_response_alg".to_owned(), value)),
        1 => pick(vec![json!(["PS256"]), json!([]), json!("x")])
            .prop_map(|value| ("userinfo_signing_alg_values_supported".to_owned(), value)),
        2 => pick(vec![json!("pairwise"), json!("public"), json!("x")]).prop_map(|value| ("subject_type".to_owned(), value)),
        2 => pick(vec![json!(["pairwise", "public"]), json!(["pairwise"]), json!(["x"])])
            .prop_map(|value| ("subject_types_supported".to_owned(), value)),
        1 => pick(vec![json!({"keys": []}), json!({"keys": [{"kty": "EC", "x": "1"}]}),
            json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})]).prop_map(|value| ("jwks".to_owned(), value)),
        1 => pick(vec![json!(["none"]), json!(["private_key_jwt", "client_secret_post"]), json!(["x"]), json!([])])
            .prop_map(|value| ("token_endpoint_auth_methods_supported".to_owned(), value)),
        1 => pick(vec![json!("private_key_jwt"), json!("client_secret_jwt"), json!("none")])
            .prop_map(|value| ("token_endpoint_auth_method".to_owned(), value)),
        1 => pick(vec![json!("ES256"), json!("HS256"), json!("x")])
            .prop_map(|value| ("token_endpoint_auth_signing_alg".to_owned(), value)),
        1 => ("client_name#(de|DE|ja|x|en-x-1|)", text()),
        1 => pick(vec![json!("https://a.test/s"), json!("http://localhost/s")])
            .prop_map(|value| ("sector_identifier_uri".to_owned(), value)),
        1 => pick(vec![json!("x"), json!("a.b.c"), json!(null)]).prop_map(|value| ("software_statement".to_owned(), value)),
        1 => (".{0,8}", text()),
    ]
}

prop_compose! {
    fn rules()(
        grant_types in prop::sample::subsequence(GrantType::ALL.to_vec(), 1..=3),
        scopes in prop::sample::subsequence(vec!["read", "write", "openid"], 0..=3),
        door in prop::sample::select(vec![Door::Client, Door::Operator, Door::Document]),
        methods in prop::option::of(prop::sample::subsequence(AuthMethod::ALL.to_vec(), 1..=3)),
        hosts in prop::option::of(Just(vec![HostRule::Loopback])),
    ) -> Rules {
        let limits = vec![Limits { token_endpoint_auth_methods: methods, redirect_hosts: hosts, ..Limits::default() }];
        Rules { grant_types, scopes: scopes.into_iter().collect(), limits, ..Rules::of(door) }
    }
}

/// What holds for every client, however its members came to be: sent, defaulted or chosen.
fn obeys(rules: &Rules, kept: &ClientMetadata) -> Result<(), TestCaseError> {
    let written = members(&json!(kept));
    let says_something = |value: &Value| !value.is_null() && *value != json!("") && *value != json!([]);
    prop_assert!(written.values().all(says_something), "{:?}", written);
    prop_assert!(kept.grant_types.iter().all(|grant_type| rules.grant_types.contains(grant_type)));
    prop_assert!(kept.scope.is_subset(&rules.scopes));
    prop_assert!(!(kept.is_public() && kept.allows(GrantType::ClientCredentials)));
    prop_assert_eq!(kept.allows(GrantType::AuthorizationCode), kept.response_types == ["code"]);
    prop_assert!(!(kept.allows(GrantType::AuthorizationCode) && kept.redirect_uris.is_empty()));
    prop_assert!(rules.limits.iter().all(|limits| limits.check(kept).is_ok()));
    prop_assert!(rules.door != Door::Document || !kept.needs_secret());
    prop_assert!(rules.door == Door::Operator || kept.access_token_format.is_none());
    for uri in kept.redirect_uris.iter().chain(&kept.post_logout_redirect_uris) {
        prop_assert_eq!(check_registered(uri, &rules.private_use_schemes), Ok(()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// D05, architecture rule 5: create is update, from any earlier state; what was accepted is accepted again, unchanged, and can
    /// be stored and restored.
    #[test]
    fn create_and_update_agree(
        rules in rules(),
        earlier in prop::option::of(".{0,8}"),
        sent in prop::collection::vec(submitted_member(), 0..8),
    ) {
        let base = ("redirect_uris".to_owned(), json!(["https://a.test/cb", "http://localhost:1/cb"]));
        let sent = Value::Object(std::iter::once(base).chain(sent).collect());
        let created = rules.judge(&sent);
        let registered = Rules { earlier_statement: earlier, ..rules };
        prop_assert_eq!(&registered.judge(&sent), &created, "an earlier state changes nothing");
        if let Ok(created) = created {
            obeys(&registered, &created.metadata)?;
            let written = json!(created.metadata);
            prop_assert_eq!(&registered.judge(&written).unwrap(), &created);
            prop_assert_eq!(&serde_json::from_value::<ClientMetadata>(written).unwrap(), &created.metadata);
        }
    }

    /// D16, registration.md §9 "a policy evaded by leaving a field out": whatever is left out of a registration, what remains obeys
    /// every rule or is refused.
    #[test]
    fn leaving_a_member_out_evades_no_rule(
        rules in rules(),
        sent in prop::collection::vec(submitted_member(), 0..8),
        left_out in any::<u16>(),
    ) {
        let kept = sent.into_iter().enumerate().filter(|(at, _)| left_out & (1 << at) == 0);
        let sent = Value::Object(kept.map(|(_, member)| member).collect());
        if let Ok(kept) = rules.accept(&sent) {
            obeys(&rules, &kept)?;
        }
    }

    /// R15, CVE row 85: no metadata makes the validation panic.
    #[test]
    fn arbitrary_members_never_panic(
        name in prop_oneof![Just("client_name#"), Just("redirect_uris"), Just("jwks"), Just("software_statement"), Just("client_uri#de"), Just("scope"), Just("sector_identifier_uri")],
        tag in "[#a-z-]{0,4}",
        text in prop_oneof![".{0,60}", "[a-zA-Z0-9_-]{0,20}\\.[a-zA-Z0-9_-]{0,20}\\.[a-zA-Z0-9_-]{0,20}", "https?://[\\[\\]:@%a.0-9*/?#]{0,20}"],
        listed in any::<bool>(),
    ) {
        let value = if listed { json!([text]) } else { json!(text) };
        let _ = Rules::open().with(&json!({ format!("{name}{tag}"): value, "software_id": text }));
    }
}
