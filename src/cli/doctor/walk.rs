//! One client's way through the server, step by step, to the first step that fails.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::profiles::{Door, Profile};
use crate::fetch::own_server::{Answer, OwnServer};

/// A step that was taken.
pub(super) struct Step {
    pub name: &'static str,
    /// Why it failed.
    pub fault: Option<String>,
}

/// What every walk is given.
pub(super) struct Ground<'a> {
    pub issuer: &'a str,
    /// A registered resource that the client asks for, if there is one.
    pub resource: Option<String>,
    pub initial_access_token: Option<String>,
    /// 43 to 128 unreserved characters. RFC 7636 §4.1.
    pub code_verifier: String,
}

/// A client on its way.
pub(super) struct Walk<'a> {
    http: OwnServer,
    ground: Ground<'a>,
    profile: &'a Profile,
    metadata: Value,
    client: Value,
    tokens: Value,
    pub steps: Vec<Step>,
}

type Passed = Result<(), String>;

impl<'a> Walk<'a> {
    pub(super) fn new(http: OwnServer, ground: Ground<'a>, profile: &'a Profile) -> Self {
        Self {
            http,
            ground,
            profile,
            metadata: Value::Null,
            client: Value::Null,
            tokens: Value::Null,
            steps: Vec::new(),
        }
    }

    /// The client that was registered. One that has a document is not ours: others come with the same.
    pub(super) fn registered(&self) -> Option<String> {
        let is_ours = matches!(self.profile.door, Door::Registration(_));
        is_ours.then(|| self.client["client_id"].as_str().map(str::to_owned)).flatten()
    }

    /// Walks to the end, or to the first step that fails.
    pub(super) async fn run(&mut self) {
        let _ = self.all().await;
    }

    async fn all(&mut self) -> Result<(), ()> {
        let passed = self.discover().await;
        self.note("discovery", passed)?;
        let passed = self.introduce().await;
        self.note("registration", passed)?;
        let code = self.authorize().await;
        let code = self.note("authorization", code)?;
        let passed = self.exchange(&code).await;
        self.note("token", passed)?;
        let passed = self.refresh().await;
        self.note("refresh", passed)?;
        if matches!(self.profile.door, Door::Registration(_)) {
            let passed = self.delete().await;
            self.note("deletion", passed)?;
        }
        Ok(())
    }

    fn note<T>(&mut self, name: &'static str, passed: Result<T, String>) -> Result<T, ()> {
        let (fault, passed) = match passed {
            Ok(value) => (None, Ok(value)),
            Err(fault) => (Some(fault), Err(())),
        };
        self.steps.push(Step { name, fault });
        passed
    }

    /// RFC 8414 §3.3, and what this client looks for before it begins.
    async fn discover(&mut self) -> Passed {
        let url = format!("{}/.well-known/oauth-authorization-server", self.ground.issuer);
        // An issuer with a path has the well-known part between host and path. RFC 8414 §3.1.
        let url = well_known(self.ground.issuer).unwrap_or(url);
        let answer = self.http.get(&url, None).await?;
        expect(&answer, 200)?;
        self.metadata = answer.json();
        let issuer = self.metadata["issuer"].as_str().unwrap_or_default();
        demand(issuer == self.ground.issuer, || {
            format!("issuer is {issuer}, and the client asked {}", self.ground.issuer)
        })?;
        self.lists("code_challenge_methods_supported", "S256")?;
        if self.profile.needs_iss {
            let told = self.metadata["authorization_response_iss_parameter_supported"] == true;
            demand(told, || "authorization_response_iss_parameter_supported is not true".to_owned())?;
        }
        match self.profile.door {
            Door::Registration(_) => demand(self.metadata["registration_endpoint"].is_string(), || {
                "the metadata names no registration_endpoint: registration.mode is off".to_owned()
            }),
            // Claude takes its document only to servers that have both.
            Door::Document(_) => {
                let told = self.metadata["client_id_metadata_document_supported"] == true;
                demand(told, || {
                    "client_id_metadata_document_supported is not true: client_documents.enabled is off"
                        .to_owned()
                })?;
                self.lists("token_endpoint_auth_methods_supported", "none")
            }
        }
    }

    fn lists(&self, member: &str, value: &str) -> Passed {
        let listed =
            self.metadata[member].as_array().is_some_and(|list| list.iter().any(|item| item == value));
        demand(listed, || format!("{member} does not list {value}"))
    }

    /// RFC 7591 §3, or the address of the document as it is.
    async fn introduce(&mut self) -> Passed {
        let sent: Value = match self.profile.door {
            Door::Document(url) => {
                self.client = serde_json::json!({ "client_id": url, "token_endpoint_auth_method": "none" });
                return Ok(());
            }
            Door::Registration(metadata) => {
                serde_json::from_str(metadata).map_err(|error| format!("the profile is no JSON: {error}"))?
            }
        };
        let endpoint = self.endpoint("registration_endpoint")?;
        if self.profile.is_cross_origin {
            let answer = self.http.preflight(&endpoint, "POST").await?;
            demand(answer.header("access-control-allow-origin") == "*", || {
                "a browser may not register from another origin: no Access-Control-Allow-Origin".to_owned()
            })?;
        }
        let token = self.ground.initial_access_token.as_deref();
        let answer = self.http.post_json(&endpoint, token, &sent).await?;
        expect(&answer, 201)?;
        self.client = answer.json();
        demand(self.client["redirect_uris"] == sent["redirect_uris"], || {
            "the redirect URIs of the answer are not those that were sent".to_owned()
        })?;
        let is_public = sent["token_endpoint_auth_method"] == "none";
        let has_secret = self.client["client_secret"].is_string();
        demand(has_secret != is_public, || {
            if is_public { "a public client was given a secret" } else { "the answer holds no secret" }
                .to_owned()
        })
    }

    /// From the authorization request through the consent page to the code. RFC 6749 §4.1.1 and §4.1.2.
    async fn authorize(&mut self) -> Result<String, String> {
        let answer = self.http.open(&self.authorization_url()?).await?;
        expect(&answer, 303)?;
        let consent = self.absolute(answer.location())?;
        let page = self.http.open(&consent).await?;
        expect(&page, 200).map_err(|fault| format!("the consent page: {fault}"))?;
        let action = url::Url::parse(&consent).map_err(|error| format!("{consent}: {error}"))?;
        let fields = page.hidden_fields(action.path());
        demand(!fields.is_empty(), || "the consent page has no form".to_owned())?;
        let mut form: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        form.push(("decision", "allow"));
        let target = format!("{}{}", action.origin().ascii_serialization(), action.path());
        let answer = self.http.submit(&target, &form).await?;
        expect(&answer, 303)?;
        let location = answer.location();
        demand(location.starts_with(self.profile.redirect_uri), || {
            format!("the answer goes to {location}, and not to {}", self.profile.redirect_uri)
        })?;
        let parameters = parameters(location)?;
        let parameter =
            |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        demand(parameter("state").is_some_and(|state| state == STATE), || {
            "state came back changed".to_owned()
        })?;
        demand(parameter("iss").is_some_and(|iss| iss == self.ground.issuer), || "iss is wrong".to_owned())?;
        parameter("code").cloned().ok_or_else(|| format!("there is no code: {location}"))
    }

    fn authorization_url(&self) -> Result<String, String> {
        let mut url = url::Url::parse(&self.endpoint("authorization_endpoint")?)
            .map_err(|error| format!("authorization_endpoint is no URL: {error}"))?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&self.ground.code_verifier));
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", self.text("client_id"))
            .append_pair("redirect_uri", self.profile.redirect_uri)
            .append_pair("state", STATE)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if let Some(scope) = self.profile.scope {
            url.query_pairs_mut().append_pair("scope", scope);
        }
        if let Some(resource) = self.resource() {
            url.query_pairs_mut().append_pair("resource", &resource);
        }
        Ok(url.into())
    }

    /// RFC 6749 §4.1.3.
    async fn exchange(&mut self, code: &str) -> Passed {
        let (verifier, redirect_uri) = (self.ground.code_verifier.clone(), self.profile.redirect_uri);
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier.as_str()),
        ];
        let resource = self.resource();
        if let Some(resource) = &resource {
            form.push(("resource", resource));
        }
        self.tokens = self.ask_for_tokens(&form).await?;
        demand(self.tokens["refresh_token"].is_string(), || "there is no refresh token".to_owned())
    }

    /// RFC 6749 §6.
    async fn refresh(&mut self) -> Passed {
        let refresh_token = self.tokens["refresh_token"].as_str().unwrap_or_default().to_owned();
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
        self.tokens = self.ask_for_tokens(&form).await?;
        Ok(())
    }

    async fn ask_for_tokens(&self, form: &[(&str, &str)]) -> Result<Value, String> {
        let answer = self.post_to_token_endpoint(form).await?;
        expect(&answer, 200)?;
        let tokens = answer.json();
        demand(tokens["access_token"].is_string(), || "there is no access token".to_owned())?;
        Ok(tokens)
    }

    /// As this client authenticates. RFC 6749 §2.3.1.
    async fn post_to_token_endpoint(&self, form: &[(&str, &str)]) -> Result<Answer, String> {
        let url = self.endpoint("token_endpoint")?;
        let (client_id, secret) = (self.text("client_id"), self.text("client_secret"));
        let mut form = form.to_vec();
        match self.text("token_endpoint_auth_method") {
            "client_secret_basic" => {
                return self.http.post_form(&url, Some((client_id, secret)), &form).await;
            }
            "client_secret_post" => form.extend([("client_id", client_id), ("client_secret", secret)]),
            _ => form.push(("client_id", client_id)),
        }
        self.http.post_form(&url, None, &form).await
    }

    /// RFC 7592 §2.3; and what tells a client to register anew.
    async fn delete(&mut self) -> Passed {
        let (uri, token) = (self.text("registration_client_uri"), self.text("registration_access_token"));
        let answer = self.http.get(uri, Some(token)).await?;
        expect(&answer, 200).map_err(|fault| format!("the configuration endpoint: {fault}"))?;
        let answer = self.http.delete(uri, token).await?;
        expect(&answer, 204)?;
        let refresh_token = self.tokens["refresh_token"].as_str().unwrap_or_default();
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        let answer = self.post_to_token_endpoint(&form).await?;
        demand(answer.status == 401 && answer.json()["error"] == "invalid_client", || {
            format!("a deleted client is answered {}, and not 401 invalid_client", answer.complaint())
        })
    }

    fn resource(&self) -> Option<String> {
        let resource = self.ground.resource.as_deref()?;
        if !self.profile.writes_urls_anew {
            return Some(resource.to_owned());
        }
        url::Url::parse(resource).ok().map(String::from)
    }

    fn text(&self, member: &str) -> &str {
        self.client[member].as_str().unwrap_or_default()
    }

    fn endpoint(&self, member: &str) -> Result<String, String> {
        self.metadata[member]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| format!("the metadata has no {member}"))
    }

    /// Pages are redirected to by their path.
    fn absolute(&self, location: &str) -> Result<String, String> {
        let base =
            url::Url::parse(self.ground.issuer).map_err(|error| format!("the issuer is no URL: {error}"))?;
        let url = base.join(location).map_err(|error| format!("the redirect to {location}: {error}"))?;
        if url.origin() == base.origin() && url.path().ends_with("/consent") {
            return Ok(url.into());
        }
        let error = parameters(location).unwrap_or_default();
        let error = error.iter().find(|(name, _)| name == "error_description").map(|(_, text)| text.as_str());
        Err(error.map_or_else(|| format!("it leads to {location}"), str::to_owned))
    }
}

const STATE: &str = "grantor doctor & co";

fn well_known(issuer: &str) -> Option<String> {
    let url = url::Url::parse(issuer).ok()?;
    let path = url.path().trim_end_matches('/');
    Some(format!("{}/.well-known/oauth-authorization-server{path}", url.origin().ascii_serialization()))
}

fn parameters(location: &str) -> Result<Vec<(String, String)>, String> {
    let url = url::Url::parse(location).map_err(|error| format!("{location} is no URL: {error}"))?;
    Ok(url.query_pairs().into_owned().collect())
}

fn demand(holds: bool, fault: impl FnOnce() -> String) -> Passed {
    if holds { Ok(()) } else { Err(fault()) }
}

/// An answer with another status is told with what it says.
fn expect(answer: &Answer, status: u16) -> Passed {
    demand(answer.status == status, || {
        let heading = answer.body.split_once("<h1>").and_then(|(_, rest)| rest.split_once("</h1>"));
        match heading {
            Some((heading, _)) => format!("{}, a page that says: {heading}", answer.status),
            None => answer.complaint(),
        }
    })
}
