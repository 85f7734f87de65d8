//! The metadata is true: each member of the document is exercised, and one that this test does not know is a fault.
//! OpenID Connect Discovery 1.0 §3, RFC 8414 §2.

mod answers;
mod clients;
mod logout;
mod requests;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use serde_json::{Value, json};

use crate::conformance::Suite;
use crate::support::{Browser, ClientKey, Party, Pkce, Tokens, query_of, tokens};

/// A server, and what it says about itself.
struct Walk {
    suite: Suite,
    document: Value,
}

/// Every claim of the document of a server with default settings.
#[actix_web::test]
async fn the_document_of_a_new_server_is_true() {
    walk(None).await;
}

/// Every claim of the document of a server with the settings of docs/conformance.toml.
#[actix_web::test]
async fn the_document_of_a_server_for_the_plans_is_true() {
    walk(Some("docs/conformance.toml")).await;
}

async fn walk(file: Option<&str>) {
    let suite = Suite::with(file).await;
    let document = suite.server.well_known("openid-configuration").await;
    let walk = Walk { suite, document };
    let members = walk.document.as_object().unwrap();
    assert!(members.len() > 20, "{members:?}");
    // What is not said is not done either.
    let unsaid = [
        ("request_uri_parameter_supported", json!(false)),
        ("userinfo_signing_alg_values_supported", json!([])),
        ("request_object_signing_alg_values_supported", json!([])),
        ("token_endpoint_auth_signing_alg_values_supported", json!([])),
    ];
    let unsaid = unsaid.iter().filter(|(member, _)| !members.contains_key(*member));
    let said = members.iter().map(|(member, value)| (member.as_str(), value));
    // All of them, so that one untruth does not hide another; each says what it is when it is found.
    let mut untrue = Vec::new();
    for (member, value) in said.chain(unsaid.map(|(member, value)| (*member, value))) {
        if AssertUnwindSafe(walk.member(member, value)).catch_unwind().await.is_err() {
            untrue.push(format!("{member}: {value}"));
        }
    }
    assert!(untrue.is_empty(), "{untrue:#?}");
}

fn list(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
}

impl Walk {
    async fn member(&self, member: &str, value: &Value) {
        match member {
            "issuer" => assert_eq!(*value, json!(self.suite.server.issuer)),
            "claims_supported" => self.claims(&list(value)).await,
            "claim_types_supported" => assert_eq!(*value, json!(["normal"])),
            "scopes_supported" => self.scopes(&list(value)).await,
            "subject_types_supported" => self.subject_types(&list(value)).await,
            "acr_values_supported" => self.acr_values(&list(value)).await,
            "code_challenge_methods_supported" => self.challenge_methods(&list(value)).await,
            "response_types_supported" => self.response_types(&list(value)).await,
            "response_modes_supported" => self.response_modes(&list(value)).await,
            "prompt_values_supported" => self.prompts(&list(value)).await,
            "display_values_supported" => self.tolerated("display", &list(value)).await,
            "ui_locales_supported" => self.locales(&list(value)).await,
            "claims_locales_supported" => self.tolerated("claims_locales", &list(value)).await,
            "authorization_response_iss_parameter_supported" => self.issuer_in_answers(value).await,
            "claims_parameter_supported" => self.claims_parameter(value).await,
            "request_parameter_supported" => self.request_parameter(value).await,
            "request_uri_parameter_supported" => self.request_uri_parameter(value).await,
            "require_request_uri_registration" => self.request_uri_registration(value).await,
            "client_id_metadata_document_supported" => self.client_documents(value).await,
            "backchannel_logout_supported" | "backchannel_logout_session_supported" => {
                self.back_channel(value).await;
            }
            "frontchannel_logout_supported" | "frontchannel_logout_session_supported" => {
                self.front_channel(value).await;
            }
            _ if member.ends_with("_endpoint") || member == "jwks_uri" => self.endpoint(member, value).await,
            _ => self.of_clients(member, &list(value)).await,
        }
    }

    /// What a client chooses at its registration.
    async fn of_clients(&self, member: &str, values: &[&str]) {
        match member {
            "grant_types_supported" => self.grant_types(values).await,
            "id_token_signing_alg_values_supported" => self.id_token_algorithms(values).await,
            "userinfo_signing_alg_values_supported" => self.userinfo_algorithms(values).await,
            "request_object_signing_alg_values_supported" => self.request_object_algorithms(values).await,
            "token_endpoint_auth_methods_supported" => self.methods("/token", values).await,
            "introspection_endpoint_auth_methods_supported" => self.methods("/introspect", values).await,
            "revocation_endpoint_auth_methods_supported" => self.methods("/revoke", values).await,
            "token_endpoint_auth_signing_alg_values_supported" => self.assertions("/token", values).await,
            "introspection_endpoint_auth_signing_alg_values_supported" => {
                self.assertions("/introspect", values).await;
            }
            "revocation_endpoint_auth_signing_alg_values_supported" => {
                self.assertions("/revoke", values).await;
            }
            new => panic!("{new} is new: let this test exercise it before it is promised"),
        }
    }

    /// Each endpoint stands where the document says: a GET finds it, and is answered as it has to be.
    async fn endpoint(&self, member: &str, value: &Value) {
        let expected = match member {
            "jwks_uri" | "end_session_endpoint" => 200,
            "authorization_endpoint" => 400,
            "userinfo_endpoint" => 401,
            "token_endpoint" | "registration_endpoint" | "introspection_endpoint" | "revocation_endpoint" => {
                405
            }
            new => panic!("{new} is new: let this test exercise it before it is promised"),
        };
        let url = value.as_str().unwrap();
        assert!(url.starts_with(&format!("{}/", self.suite.server.issuer)), "{member}: {url}");
        assert_eq!(self.suite.server.http.get(url).send().await.unwrap().status(), expected, "{member}");
    }

    /// A client with this metadata beside what every client of the plans has.
    async fn party(&self, key: ClientKey, changes: Value) -> Party {
        self.suite.register(key, changes).await
    }

    /// Whether a client may register this.
    async fn may_register(&self, key: &ClientKey, changes: Value) -> bool {
        let metadata = crate::conformance::suite::request(key, changes);
        let (status, body) =
            crate::support::json_of(self.suite.server.post_registration(&metadata).await).await;
        assert!(
            status == 201 || (status, &body["error"]) == (400, &json!("invalid_client_metadata")),
            "{body}"
        );
        status == 201
    }

    /// Ada goes the whole way with PKCE, whoever needs it, in this browser; the tokens.
    async fn issue_in(&self, browser: &mut Browser, party: &Party, extra: &[(&str, &str)]) -> Tokens {
        let pkce = Pkce::new();
        let callback = browser.allow(&self.url(party, &pkce, extra), "ada").await;
        let code = query_of(&callback, "code").unwrap_or_else(|| panic!("no code in {callback}"));
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &party.client.redirect_uri),
            ("code_verifier", &pkce.verifier),
        ];
        tokens(party.token(&self.suite.server, &parameters).await).await
    }

    async fn issue(&self, party: &Party, extra: &[(&str, &str)]) -> Tokens {
        self.issue_in(&mut self.suite.browser(), party, extra).await
    }

    fn url(&self, party: &Party, pkce: &Pkce, extra: &[(&str, &str)]) -> String {
        let challenge = [("code_challenge", pkce.challenge.as_str()), ("code_challenge_method", "S256")];
        let mut all: Vec<(&str, &str)> =
            challenge.into_iter().filter(|(name, _)| extra.iter().all(|(known, _)| known != name)).collect();
        all.extend(extra);
        self.suite.url(party, &all)
    }

    /// The page or redirect that a browser without cookies gets.
    async fn open(&self, party: &Party, extra: &[(&str, &str)]) -> crate::support::Page {
        self.suite.browser().open(&self.url(party, &Pkce::new(), extra)).await
    }
}
