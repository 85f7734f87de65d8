//! Architecture, rule 5: what results is judged, so that no path evades a rule. D05, D16, M07.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::support::{Server, body_of, json_of, metadata_of};

fn member() -> impl Strategy<Value = (&'static str, Value)> {
    let pick = |values: Vec<Value>| prop::sample::select(values);
    let uris = vec![
        "https://a.example/cb",
        "http://localhost:1/cb",
        "com.example.a:/cb",
        "http://a.example/",
        "javascript:x",
    ];
    prop_oneof![
        3 => prop::sample::subsequence(uris, 0..3).prop_map(|uris| ("redirect_uris", json!(uris))),
        2 => pick(vec![json!("none"), json!("client_secret_post"), json!("private_key_jwt"), json!(null)])
            .prop_map(|value| ("token_endpoint_auth_method", value)),
        2 => pick(vec![json!(["none", "private_key_jwt"]), json!(["client_secret_post"]), json!([])])
            .prop_map(|value| ("token_endpoint_auth_methods_supported", value)),
        2 => pick(vec![json!(["authorization_code", "refresh_token"]), json!(["client_credentials"]), json!(["refresh_token"]), json!(["implicit", "authorization_code"])])
            .prop_map(|value| ("grant_types", value)),
        2 => pick(vec![json!("openid email"), json!("openid nothing"), json!("nothing"), json!(""), json!(1)])
            .prop_map(|value| ("scope", value)),
        2 => pick(vec![json!("Name (x)"), json!("a\u{0}"), json!("")]).prop_map(|value| ("client_name", value)),
        1 => pick(vec![json!("Nom"), json!(1)]).prop_map(|value| ("client_name#fr", value)),
        1 => pick(vec![json!("https://a.example/"), json!("DATA:x")]).prop_map(|value| ("client_uri", value)),
        1 => pick(vec![json!({"keys": []}), json!({"keys": [{"kty": "oct"}]})]).prop_map(|value| ("jwks", value)),
        1 => pick(vec![json!("web"), json!("native"), json!("x")]).prop_map(|value| ("application_type", value)),
        1 => pick(vec![json!(["code"]), json!(["token"])]).prop_map(|value| ("response_types", value)),
    ]
}

/// D05: for any metadata, PUT does what POST does, whatever the client was before; and what was answered, sent again, changes
/// nothing.
#[actix_web::test]
async fn create_is_update_from_any_earlier_state() {
    let server = Server::start().await;
    let mut runner = TestRunner::deterministic();
    let some = prop::collection::vec(member(), 1..7);
    let earlier = [
        json!({"redirect_uris": ["https://a.example/cb"], "token_endpoint_auth_method": "none", "client_name#fr": "Avant"}),
        json!({"redirect_uris": ["com.example.a:/cb"], "jwks": {"keys": []}, "client_uri": "https://a.example/", "scope": "openid",
            "grant_types": ["authorization_code", "refresh_token"], "mcp_version": "2025-11-25"}),
    ];
    let mut accepted = 0;
    for round in 0..60 {
        let sent = some.new_tree(&mut runner).unwrap().current();
        let mut sent: Map<String, Value> =
            sent.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if round % 2 == 0 {
            sent.insert("redirect_uris".to_owned(), json!(["https://a.example/cb"]));
        }
        let sent = Value::Object(sent);
        let (status, created) = json_of(server.post_registration(&sent).await).await;
        let before = server.register(earlier[round % 2].clone()).await;
        let mut update = sent.clone();
        update["client_id"] = json!(before.client_id);
        let token = &before.registration_access_token;
        let (put_status, updated) = json_of(server.put_registration(&before, token, &update).await).await;
        if status == 201 {
            accepted += 1;
            assert_eq!(put_status, 200, "{sent}: {updated}");
            assert_eq!(metadata_of(&created), metadata_of(&updated), "{sent}");
            let again = metadata_of(&updated);
            assert_eq!(server.accepted(again.clone()).await, again, "{sent}");
        } else {
            assert_eq!((status, &created), (put_status, &updated), "{sent}");
            assert_eq!(status, 400, "{sent}");
        }
    }
    assert!((10..60).contains(&accepted), "{accepted} of 60 were accepted: the mixture tells nothing");
}

/// D16, M07: by no name that any product has for it can a client give itself a right, a state, an owner or a mark: what is not the
/// client's to set is ignored, on POST and PUT, and changes neither answer nor row.
#[actix_web::test]
async fn no_name_gives_a_client_what_is_not_its_to_set() {
    let server = Server::start().await;
    let plain = json!({"redirect_uris": ["https://client.example/cb"], "client_name": "Plain"});
    let reference = server.accepted(plain.clone()).await;
    for value in
        [json!(true), json!("admin"), json!(["admin"]), json!({"admin": true}), json!(0), json!([null])]
    {
        let mut sent = plain.clone();
        for name in PRIVILEGED {
            sent[*name] = value.clone();
        }
        let (status, created) = json_of(server.post_registration(&sent).await).await;
        assert_eq!(status, 201, "{value}: {created}");
        assert_eq!(metadata_of(&created), reference, "{value}");
        let client = server.register(plain.clone()).await;
        sent["client_id"] = json!(client.client_id);
        let token = &client.registration_access_token;
        let updated = body_of(200, server.put_registration(&client, token, &sent).await).await;
        assert_eq!(metadata_of(&updated), reference, "{value}");
        for client_id in [created["client_id"].as_str().unwrap(), &client.client_id] {
            let row = server.client_row(client_id).unwrap();
            assert_eq!(row.source.as_str(), "dynamic");
            assert!(!row.is_disabled() && !row.is_pending() && row.verified_by.is_none(), "{value}");
            assert!(row.policy.scopes.is_none() && row.policy.grant_types.len() == 2, "{value}");
        }
    }
}

/// What the registries of other products and the rows of this one call a right, a state, an owner or a mark.
const PRIVILEGED: &[&str] = &[
    "enabled",
    "disabled",
    "disabled_at",
    "active",
    "is_active",
    "status",
    "state",
    "pending",
    "pending_since",
    "approved",
    "approval",
    "trusted",
    "is_trusted",
    "first_party",
    "is_first_party",
    "firstParty",
    "internal",
    "skip_consent",
    "skipConsent",
    "consent_required",
    "consentRequired",
    "require_consent",
    "auto_approve",
    "autoApproveScopes",
    "implicit_consent",
    "skip_authorization",
    "owner",
    "owner_id",
    "user",
    "user_id",
    "created_by",
    "tenant",
    "tenant_id",
    "organization",
    "realm",
    "group",
    "groups",
    "roles",
    "role",
    "realm_roles",
    "defaultRoles",
    "scopeMappings",
    "protocolMappers",
    "claims",
    "claims_mappers",
    "custom_claims",
    "claim_mapping",
    "attributes",
    "fullScopeAllowed",
    "serviceAccountsEnabled",
    "directAccessGrantsEnabled",
    "implicitFlowEnabled",
    "standardFlowEnabled",
    "publicClient",
    "bearerOnly",
    "policy",
    "policies",
    "limits",
    "permissions",
    "rights",
    "privileges",
    "is_admin",
    "admin",
    "superuser",
    "staff",
    "audience",
    "audiences",
    "allowed_audiences",
    "resource",
    "resources",
    "allowed_resources",
    "operator",
    "operator_only",
    "source",
    "verified",
    "verified_by",
    "is_verified",
    "verification",
    "tier",
    "trust_level",
    "attestation",
    "access_token_format",
    "access_token_lifetime",
    "accessTokenLifetime",
    "refresh_token_lifetime",
    "token_lifetime",
    "id_token_lifetime",
    "pkce_required",
    "require_pkce",
    "requirePkce",
    "allowPlainTextPkce",
    "allow_offline_access",
    "allowedCorsOrigins",
    "web_origins",
    "webOrigins",
    "weborigins",
    "cors",
    "token_exchange",
    "token_exchange_enabled",
    "allowed_token_exchange",
    "impersonation",
    "may_act",
    "act_as",
    "delegation",
    "mfa_required",
    "acr",
    "amr",
    "secret",
    "secret_hash",
    "clientSecret",
    "client_secret_hash",
    "secret_digest",
    "key",
    "initial_access_token_id",
    "registration_policy",
    "registered_from",
    "created_at",
    "updated_at",
    "deleted_at",
    "rate_limit",
    "quota",
    "redirect_uri_regex",
    "redirect_uri_patterns",
    "redirectUris",
    "rootUrl",
    "baseUrl",
    "adminUrl",
    "managementUrl",
    "post_logout_redirect_uri",
    "metadata",
    "clientId",
    "ClientId",
    "CLIENT_ID",
    "Scope",
    "SCOPE",
    "Grant_Types",
    "grantTypes",
    "__proto__",
    "constructor",
];
