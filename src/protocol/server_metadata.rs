//! What the server says it can do. RFC 8414 §2, OpenID Connect Discovery 1.0 §3. Only what works is listed.

use serde_json::{Value, json};

use super::acr;
use super::client::assertion::AssertionAlgorithm;
use super::client::metadata::{AuthMethod, GrantType};
use super::scope::Scopes;
use crate::keys::Algorithm;

/// RS256 first: the one that every relying party must know. OpenID Connect Discovery 1.0 §3.
const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::ES256, Algorithm::PS256, Algorithm::EdDSA];

/// What the documents are made of.
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Facts<'a> {
    pub issuer: &'a str,
    /// Scopes that a client may ask for without an operator's help.
    pub scopes: &'a Scopes,
    /// Claims that userinfo or an ID token may hold.
    pub claims: Vec<&'a str>,
    /// Whether clients may register themselves.
    pub registration: bool,
    /// Whether a `client_id` may be the address of a document.
    pub client_documents: bool,
    /// Whether request objects may be sent by reference.
    pub request_uri: bool,
    /// Whether people may make accounts by themselves.
    pub sign_up: bool,
    /// Tags of the languages that pages speak.
    pub locales: Vec<&'a str>,
}

/// The paths of the endpoints, below the issuer. The route table serves exactly these.
pub mod paths {
    pub const AUTHORIZE: &str = "/authorize";
    pub const TOKEN: &str = "/token";
    pub const REGISTER: &str = "/register";
    pub const INTROSPECT: &str = "/introspect";
    pub const REVOKE: &str = "/revoke";
    pub const USERINFO: &str = "/userinfo";
    pub const END_SESSION: &str = "/logout";
    pub const JWKS: &str = "/jwks.json";
}

/// The document of `/.well-known/oauth-authorization-server`. RFC 8414 §2.
#[must_use]
pub fn authorization_server(facts: &Facts<'_>) -> String {
    common(facts).to_string()
}

/// The document of `/.well-known/openid-configuration`. OpenID Connect Discovery 1.0 §3.
#[must_use]
pub fn openid_provider(facts: &Facts<'_>) -> String {
    let mut document = common(facts);
    if let Some(members) = document.as_object_mut() {
        members.insert("userinfo_endpoint".to_owned(), endpoint(facts, paths::USERINFO));
        // RP-Initiated Logout 1.0 §2.1, Back-Channel Logout 1.0 §2.1, Front-Channel Logout 1.0 §3.
        members.insert("end_session_endpoint".to_owned(), endpoint(facts, paths::END_SESSION));
        members.insert("backchannel_logout_supported".to_owned(), json!(true));
        members.insert("backchannel_logout_session_supported".to_owned(), json!(true));
        members.insert("frontchannel_logout_supported".to_owned(), json!(true));
        members.insert("frontchannel_logout_session_supported".to_owned(), json!(true));
        members.insert("subject_types_supported".to_owned(), json!(["public", "pairwise"]));
        members.insert("id_token_signing_alg_values_supported".to_owned(), algorithms());
        members.insert("userinfo_signing_alg_values_supported".to_owned(), algorithms());
        members.insert("claim_types_supported".to_owned(), json!(["normal"]));
        members.insert("claims_supported".to_owned(), json!(facts.claims));
        members.insert("claims_parameter_supported".to_owned(), json!(true));
        members.insert("acr_values_supported".to_owned(), json!(acr::ALL.map(acr::Acr::as_str)));
        members.insert("request_parameter_supported".to_owned(), json!(true));
        members.insert("request_uri_parameter_supported".to_owned(), json!(facts.request_uri));
        if facts.request_uri {
            members.insert("require_request_uri_registration".to_owned(), json!(true));
        }
        members.insert("request_object_signing_alg_values_supported".to_owned(), algorithms());
        members.insert("display_values_supported".to_owned(), json!(["page"]));
        members.insert("ui_locales_supported".to_owned(), json!(facts.locales));
        members.insert("prompt_values_supported".to_owned(), json!(prompts(facts.sign_up)));
    }
    document.to_string()
}

/// OpenID Connect Core §3.1.2.1; `create`, of Initiating User Registration via OpenID Connect 1.0 §4.1, where people can make accounts.
fn prompts(sign_up: bool) -> Vec<&'static str> {
    let mut prompts = vec!["none", "login", "consent", "select_account"];
    prompts.extend(sign_up.then_some("create"));
    prompts
}

fn common(facts: &Facts<'_>) -> Value {
    let methods = AuthMethod::ALL.map(AuthMethod::as_str);
    // Introspection is for those who can prove who they are.
    let confidential: Vec<&str> = methods.into_iter().filter(|method| *method != "none").collect();
    let assertions = AssertionAlgorithm::ALL.map(AssertionAlgorithm::as_str);
    let mut document = json!({
        "issuer": facts.issuer,
        "authorization_endpoint": endpoint(facts, paths::AUTHORIZE),
        "token_endpoint": endpoint(facts, paths::TOKEN),
        "jwks_uri": endpoint(facts, paths::JWKS),
        "introspection_endpoint": endpoint(facts, paths::INTROSPECT),
        "revocation_endpoint": endpoint(facts, paths::REVOKE),
        "scopes_supported": facts.scopes.iter().collect::<Vec<_>>(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": GrantType::ALL.map(GrantType::as_str),
        "token_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": confidential,
        "revocation_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": assertions,
        "introspection_endpoint_auth_signing_alg_values_supported": assertions,
        "revocation_endpoint_auth_signing_alg_values_supported": assertions,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    });
    // draft-ietf-oauth-client-id-metadata-document-02 §6.
    if facts.client_documents
        && let Some(members) = document.as_object_mut()
    {
        members.insert("client_id_metadata_document_supported".to_owned(), Value::Bool(true));
    }
    if facts.registration
        && let Some(members) = document.as_object_mut()
    {
        members.insert("registration_endpoint".to_owned(), endpoint(facts, paths::REGISTER));
    }
    document
}

fn endpoint(facts: &Facts<'_>, path: &str) -> Value {
    Value::String(format!("{}{path}", facts.issuer))
}

fn algorithms() -> Value {
    json!(ALGORITHMS.map(Algorithm::as_str))
}
