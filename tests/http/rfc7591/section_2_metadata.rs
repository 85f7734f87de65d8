//! RFC 7591 §2: client metadata. Everything here is tried on POST and on PUT.

use serde_json::{Value, json};

use crate::support::{Server, error_of};

/// A registration with these members beside a redirection URI.
fn with(mut members: Value) -> Value {
    members["redirect_uris"] = json!(["https://client.example/cb"]);
    members
}

/// D03, D18: omitted members get the defaults of RFC 7591 §2, and the answer tells them.
#[actix_web::test]
async fn omitted_members_get_the_defaults_of_the_rfc() {
    let server = Server::start().await;
    let kept = server.accepted(with(json!({}))).await;
    assert_eq!(kept["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(kept["grant_types"], json!(["authorization_code"]));
    assert_eq!(kept["response_types"], json!(["code"]));
    assert_eq!(kept["application_type"], "web");
    assert_eq!(kept["redirect_uris"], json!(["https://client.example/cb"]));
}

/// D03: every member of RFC 7591 §2 that is understood is returned as it was registered.
#[actix_web::test]
async fn every_member_that_is_kept_is_echoed() {
    let server = Server::start().await;
    let sent = json!({
        "redirect_uris": ["https://client.example/cb?tenant=7", "https://client.example/other"],
        "token_endpoint_auth_method": "client_secret_post",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "client_name": "Ein Klient (größer)",
        "client_uri": "https://client.example/",
        "logo_uri": "https://client.example/logo.png",
        "scope": "email openid",
        "contacts": ["ops@client.example", "https://client.example/help"],
        "tos_uri": "https://client.example/tos",
        "policy_uri": "https://client.example/policy",
        "jwks_uri": "https://client.example/jwks.json",
        "software_id": "4NRB1-0XZABZI9E6-5SM3R",
        "software_version": "1.2",
        "application_type": "web",
        "subject_type": "public",
        "id_token_signed_response_alg": "ES256",
        "default_max_age": 3600,
        "require_auth_time": true,
        "post_logout_redirect_uris": ["https://client.example/out"],
        "initiate_login_uri": "https://client.example/login",
        "mcp_version": "2025-11-25",
        "mcp_capabilities": ["tools"],
    });
    assert_eq!(server.accepted(sent.clone()).await, sent);
}

/// D03: grant types that are not offered are dropped while something remains, and refused by name if nothing does.
#[actix_web::test]
async fn grant_types_are_narrowed_to_what_is_supported() {
    let server = Server::start().await;
    let asked = json!(["authorization_code", "implicit", "urn:ietf:params:oauth:grant-type:device_code"]);
    let kept = server.accepted(with(json!({"grant_types": asked}))).await;
    assert_eq!(kept["grant_types"], json!(["authorization_code"]));
    for none_left in [json!(["implicit"]), json!(["password"]), json!(["refresh_token"])] {
        let (error, words) = server.refused(with(json!({"grant_types": none_left}))).await;
        assert_eq!(error, "invalid_client_metadata");
        assert!(words.starts_with("grant_types"), "{words}");
    }
}

/// RFC 7591 §2.1: response types and grant types must fit each other; only `code` is offered.
#[actix_web::test]
async fn response_types_fit_the_grant_types() {
    let server = Server::start().await;
    let kept = server.accepted(with(json!({"response_types": ["code", "token"]}))).await;
    assert_eq!(kept["response_types"], json!(["code"]));
    for asked in [json!(["token"]), json!(["id_token"]), json!(["code id_token"])] {
        let (error, words) = server.refused(with(json!({"response_types": asked}))).await;
        assert_eq!(error, "invalid_client_metadata");
        assert!(words.starts_with("response_types"), "{words}");
    }
}

/// D02: members of unknown names are ignored and not kept, `enabled` and other words of operators among them.
#[actix_web::test]
async fn unknown_members_are_ignored() {
    let server = Server::start().await;
    let plain = server.accepted(with(json!({}))).await;
    let sent = with(json!({
        "x_unknown": {"deep": [1, null, ""]}, "enabled": false, "disabled_at": 1, "source": "operator", "owner": "ada",
        "policy": {"grant_types": ["client_credentials"]}, "access_token_format": "opaque", "trusted": true,
    }));
    assert_eq!(server.accepted(sent).await, plain);
}

/// D02: a known member of a wrong type, or an array with a hole in it, is refused by name.
#[actix_web::test]
async fn wrong_types_and_sparse_arrays_are_refused_by_name() {
    let server = Server::start().await;
    for (name, value) in [
        ("client_name", json!(7)),
        ("client_name", json!(["a"])),
        ("client_uri", json!({})),
        ("scope", json!(["openid"])),
        ("scope", json!(true)),
        ("grant_types", json!("authorization_code")),
        ("grant_types", json!(["authorization_code", null])),
        ("grant_types", json!(["authorization_code", ""])),
        ("response_types", json!([["code"]])),
        ("contacts", json!([1])),
        ("contacts", json!(["ops@client.example", null])),
        ("jwks", json!("{}")),
        ("jwks", json!({"keys": [null]})),
        ("token_endpoint_auth_method", json!(1)),
        ("default_max_age", json!("3600")),
        ("default_max_age", json!(-1)),
        ("require_auth_time", json!("true")),
        ("software_id", json!(false)),
        ("post_logout_redirect_uris", json!(["https://client.example/", null])),
    ] {
        let (error, words) = server.refused(with(json!({name: value}))).await;
        assert_eq!(error, "invalid_client_metadata", "{name}: {value}");
        assert!(words.starts_with(name), "{name}: {value}: {words}");
    }
    for value in [json!("https://client.example/cb"), json!([null]), json!([""]), json!([7]), json!({})] {
        let (error, words) = server.refused(json!({"redirect_uris": value})).await;
        assert_eq!(error, "invalid_redirect_uri", "{value}");
        assert!(words.starts_with("redirect_uris"), "{words}");
    }
}

/// registration.md §3: null and the empty string count as absent and never come back.
#[actix_web::test]
async fn null_and_empty_members_count_as_absent() {
    let server = Server::start().await;
    let plain = server.accepted(with(json!({}))).await;
    let nothing = with(json!({
        "client_name": null, "client_uri": "", "logo_uri": null, "scope": "", "contacts": null, "jwks": null, "jwks_uri": "",
        "grant_types": null, "response_types": null, "token_endpoint_auth_method": "", "application_type": null,
        "default_max_age": null, "require_auth_time": null, "software_statement": "", "sector_identifier_uri": null,
        "mcp_version": "", "mcp_capabilities": null,
    }));
    assert_eq!(server.accepted(nothing).await, plain);
}

/// D04: `jwks` and `jwks_uri` exclude each other.
#[actix_web::test]
async fn jwks_and_jwks_uri_exclude_each_other() {
    let server = Server::start().await;
    let both = json!({"jwks": {"keys": []}, "jwks_uri": "https://client.example/jwks.json"});
    let (error, words) = server.refused(with(both)).await;
    assert_eq!(error, "invalid_client_metadata");
    assert!(words.contains("jwks_uri"), "{words}");
}

/// D04: private and symmetric keys are refused, public ones kept.
#[actix_web::test]
async fn only_public_keys_are_kept() {
    let server = Server::start().await;
    let public = json!({"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", "kid": "1"});
    let kept = server.accepted(with(json!({"jwks": {"keys": [public]}}))).await;
    assert_eq!(kept["jwks"]["keys"][0], public);
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        let mut private = public.clone();
        private[name] = json!("AQ");
        let (error, words) = server.refused(with(json!({"jwks": {"keys": [private]}}))).await;
        assert_eq!(error, "invalid_client_metadata", "{name}");
        assert!(words.starts_with("jwks"), "{words}");
    }
    let symmetric = json!({"kty": "oct", "kid": "2"});
    assert_eq!(
        server.refused(with(json!({"jwks": {"keys": [symmetric]}}))).await.0,
        "invalid_client_metadata"
    );
}

/// registration.md §3: what is not built is refused by name, never silently dropped.
#[actix_web::test]
async fn features_that_are_not_there_are_refused_by_name() {
    let server = Server::start().await;
    for (name, value) in [
        ("require_pushed_authorization_requests", json!(true)),
        ("dpop_bound_access_tokens", json!(true)),
        ("tls_client_auth_subject_dn", json!("CN=client")),
        ("id_token_encrypted_response_alg", json!("RSA-OAEP")),
        ("request_object_signing_alg", json!("HS256")),
        ("sector_identifier_uri", json!("http://client.example/sector.json")),
        ("backchannel_logout_uri", json!("http://client.example/bc")),
        ("token_endpoint_auth_method", json!("private_key_jwt")),
        ("token_endpoint_auth_method", json!("tls_client_auth")),
        ("subject_type", json!("ephemeral")),
        ("userinfo_signed_response_alg", json!("none")),
        ("id_token_signed_response_alg", json!("none")),
        ("code_challenge_method", json!("plain")),
    ] {
        let (error, words) = server.refused(with(json!({name: value}))).await;
        assert_eq!(error, "invalid_client_metadata", "{name}");
        assert!(words.starts_with(name), "{name}: {words}");
    }
    // What asks for nothing passes.
    server.accepted(with(json!({"dpop_bound_access_tokens": false, "code_challenge_method": "S256"}))).await;
}

/// registration.md §3: either MCP member brings the other's default with it; without both there is none.
#[actix_web::test]
async fn mcp_members_bring_each_others_defaults() {
    let server = Server::start().await;
    let kept = server.accepted(with(json!({"mcp_capabilities": ["tools"]}))).await;
    assert_eq!((&kept["mcp_version"], &kept["mcp_capabilities"]), (&json!("2024-11-05"), &json!(["tools"])));
    let kept = server.accepted(with(json!({"mcp_version": "2025-06-18"}))).await;
    assert_eq!(kept["mcp_capabilities"], json!(["resources", "tools", "prompts"]));
    let kept = server.accepted(with(json!({}))).await;
    assert!(kept.get("mcp_version").is_none() && kept.get("mcp_capabilities").is_none());
}

/// registration.md §3: loopback or private-use redirects only are a native application's.
#[actix_web::test]
async fn application_type_is_read_from_the_redirects_if_omitted() {
    let server = Server::start().await;
    for (uris, expected) in [
        (json!(["http://127.0.0.1:8/cb", "com.example.app:/cb"]), "native"),
        (json!(["http://localhost:8/cb"]), "native"),
        (json!(["http://localhost:8/cb", "https://client.example/cb"]), "web"),
    ] {
        let kept = server.accepted(json!({"redirect_uris": uris})).await;
        assert_eq!(kept["application_type"], expected, "{uris}");
    }
}

/// registration.md §3: without scope, or with "", a client may ask for all that its policy allows, and is told so;
/// unknown scopes are dropped while one remains.
#[actix_web::test]
async fn scope_is_filled_in_or_narrowed_and_told() {
    let server = Server::start().await;
    let all = "address email offline_access openid phone profile";
    assert_eq!(server.accepted(with(json!({}))).await["scope"], all);
    assert_eq!(server.accepted(with(json!({"scope": "  "}))).await["scope"], all);
    let kept = server.accepted(with(json!({"scope": "openid unknown email email"}))).await;
    assert_eq!(kept["scope"], "email openid");
    let (error, words) = server.refused(with(json!({"scope": "unknown"}))).await;
    assert_eq!(error, "invalid_client_metadata");
    assert!(words.starts_with("scope"), "{words}");
    assert_eq!(server.refused(with(json!({"scope": "open\"id"}))).await.0, "invalid_client_metadata");
}

/// Fault of section 9, "`post_logout_redirect_uri` singular": only the member of the specification counts.
#[actix_web::test]
async fn post_logout_redirect_uris_is_the_plural() {
    let server = Server::start().await;
    let plural = with(json!({"post_logout_redirect_uris": ["https://client.example/out"]}));
    assert_eq!(
        server.accepted(plural.clone()).await["post_logout_redirect_uris"],
        plural["post_logout_redirect_uris"]
    );
    let kept = server.accepted(with(json!({"post_logout_redirect_uri": "https://client.example/out"}))).await;
    assert!(!kept.as_object().unwrap().keys().any(|name| name.starts_with("post_logout")), "{kept}");
}

/// Fault of section 9, "a `client_name` pattern that refuses \"(\"": a name may hold any visible character.
#[actix_web::test]
async fn a_name_may_hold_any_visible_character() {
    let server = Server::start().await;
    for name in ["Claude Code (my server)", "a [b] {c} <d> & \"e\" 'f' \\ / %00 ${g}", "名前 🚀", "."] {
        assert_eq!(server.accepted(with(json!({"client_name": name}))).await["client_name"], name);
    }
}

/// OpenID Connect Relying Party Metadata Choices 1.0: one that is supported is chosen of what a client can do, and told.
#[actix_web::test]
async fn what_a_client_can_do_is_chosen_from() {
    let server = Server::start().await;
    let kept = server
        .accepted(with(json!({
            "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
            "id_token_signing_alg_values_supported": ["RS512", "PS256", "EdDSA"], "subject_types_supported": ["pairwise", "public"],
            "userinfo_signing_alg_values_supported": ["RS256"],
        })))
        .await;
    assert_eq!(kept["token_endpoint_auth_method"], "none");
    assert_eq!(kept["id_token_signed_response_alg"], "PS256");
    assert_eq!(kept["subject_type"], "pairwise");
    assert_eq!(kept.get("userinfo_signed_response_alg"), None, "plain JSON, which nobody said no to");
    assert!(!kept.as_object().unwrap().keys().any(|name| name.ends_with("_supported")), "{kept}");
    for (name, value) in [
        ("token_endpoint_auth_methods_supported", json!(["private_key_jwt"])),
        ("subject_types_supported", json!(["ephemeral"])),
        ("id_token_signing_alg_values_supported", json!("RS256")),
    ] {
        let (error, words) = server.refused(with(json!({ name: value }))).await;
        assert_eq!(error, "invalid_client_metadata");
        assert!(words.starts_with(name), "{words}");
    }
}

/// D19, RFC 8252 §8.5: each instance of a native application that asks for a secret gets one of its own.
#[actix_web::test]
async fn each_instance_of_a_native_application_has_its_own_secret() {
    let server = Server::start().await;
    let instance =
        json!({"redirect_uris": ["http://127.0.0.1/cb"], "application_type": "native", "software_id": "s-1"});
    let (one, two) = (server.register(instance.clone()).await, server.register(instance).await);
    assert!(one.client_secret.is_some() && one.client_secret != two.client_secret);
    let mut stranger = one.clone();
    stranger.client_secret = two.client_secret;
    let refused = error_of(server.refresh(&stranger, "x").await).await;
    assert_eq!(refused, (401, "invalid_client".to_owned()));
}
