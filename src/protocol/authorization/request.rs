//! An authorization request, read against the client that it names.
//! RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2.1, OpenID Connect Core §3.1.2.1, §5.5.

use std::borrow::Cow;

use super::address::{bind, destination};
use super::claims;
use super::refusal::{AuthorizationErrorCode as Code, AuthorizationRefusal, ErrorResponse, PageReason};
use super::request_object::{HINTED_SUBJECT, SIGNED};
use super::response::Destination;
use crate::clock::Seconds;
use crate::protocol::acr::AskedAcr;
use crate::protocol::claims_request::ClaimsRequest;
use crate::protocol::client::metadata::{ClientMetadata, GrantType};
use crate::protocol::engine::authorization::{self as engine, Refused, Steps};
use crate::protocol::params::Params;
use crate::protocol::pkce::CodeChallenge;
use crate::protocol::resource::{self, Resource};
use crate::protocol::scope::{ScopeDefinition, Scopes};

/// What the server's settings say about authorization requests.
pub struct Rules<'a> {
    /// Whether the port is free for the name `localhost`.
    pub localhost_any_port: bool,
    /// Whether confidential clients must use PKCE, as public ones always must.
    pub pkce_for_confidential_clients: bool,
    /// What the client registered and still may have.
    pub usable_scopes: &'a Scopes,
    /// Served to a request without a scope.
    pub default_scope: &'a Scopes,
    pub resources: &'a [Resource],
    /// Every scope, with the claims that it opens.
    pub scopes: &'a [ScopeDefinition],
}

/// A request that the client may make. Whether the person agrees is another question.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    pub destination: Destination,
    /// What may be granted of what was asked for.
    pub scopes: Scopes,
    /// These, and the ones that open the claims that are asked for one by one: what the consent page shows.
    pub shown_scopes: Scopes,
    /// What is asked for by the `claims` parameter and may be had.
    pub claims: ClaimsRequest,
    /// By whom alone the request may be answered; `None` = anybody.
    pub subjects: Option<Vec<String>>,
    /// Registered identifiers; empty = the server itself.
    pub resources: Vec<String>,
    pub code_challenge: Option<CodeChallenge>,
    pub nonce: Option<String>,
    pub prompt: Prompt,
    /// Seconds since the person last signed in, at most.
    pub max_age: Option<Seconds>,
    pub login_hint: Option<String>,
    pub ui_locales: Option<String>,
    pub acr: AskedAcr,
}

impl AuthorizationRequest {
    /// Whether this person may answer it. OpenID Connect Core §3.1.2.2, §5.5.1.
    #[must_use]
    pub fn is_for(&self, subject: &str) -> bool {
        self.subjects.as_ref().is_none_or(|subjects| subjects.iter().any(|wanted| wanted == subject))
    }

    /// Whether what comes of it ends with the browser session: an OpenID client that does not ask for more. OpenID
    /// Connect Core §11.
    #[must_use]
    pub fn ends_with_session(&self) -> bool {
        self.scopes.contains("openid") && !self.scopes.contains("offline_access")
    }
}

/// The parameters that are kept while a person is asked; whatever else was sent is of no use to anybody.
pub const PARAMETERS: [&str; 16] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "state",
    "scope",
    "resource",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "prompt",
    "max_age",
    "login_hint",
    "ui_locales",
    "claims",
    "acr_values",
];

/// The `prompt` parameter. OpenID Connect Core §3.1.2.1, Initiating User Registration via OpenID Connect 1.0 §4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a set of five values that may each be in the list")]
pub struct Prompt {
    pub none: bool,
    pub login: bool,
    pub consent: bool,
    pub select_account: bool,
    pub create: bool,
}

/// The longest `nonce` that is kept in a row and an ID token, in bytes.
const MAX_NONCE: usize = 1024;

/// Reads the request of this client. Refuses with a page until the redirect URI is known to be the client's.
pub fn read(
    params: &Params,
    client: &ClientMetadata,
    rules: &Rules<'_>,
) -> Result<AuthorizationRequest, AuthorizationRefusal> {
    let redirect_uri = bind(params, client, rules)?;
    let destination = destination(params, redirect_uri)?;
    let mut reading = Reading { params, client, rules, destination, extensions: None };
    match engine::drive(params, &mut reading) {
        Ok(scopes) => reading.finish(scopes),
        Err(Refused::ByStep(refusal)) => Err(refusal),
        Err(Refused::Unusable) => {
            Err(AuthorizationRefusal::Page(PageReason::RedirectUri("redirect_uri is not a URI".into())))
        }
        Err(Refused::UnsupportedResponseType) => Err(reading.refuse_response_type()),
        Err(Refused::MalformedScope) => {
            Err(reading.refuse(Code::InvalidScope, "scope holds a character that no scope has"))
        }
        Err(Refused::Broken) => {
            Err(reading.refuse(Code::InvalidRequest, crate::protocol::engine::MACHINE_STOPPED))
        }
    }
}

/// What `extend` found.
struct Extensions {
    resources: Vec<String>,
    /// Scopes that the resources know; `None` = all.
    resource_scopes: Option<Scopes>,
    code_challenge: Option<CodeChallenge>,
    nonce: Option<String>,
    prompt: Prompt,
    max_age: Option<Seconds>,
    claims: ClaimsRequest,
}

struct Reading<'a> {
    params: &'a Params,
    client: &'a ClientMetadata,
    rules: &'a Rules<'a>,
    destination: Destination,
    extensions: Option<Extensions>,
}

impl Steps for Reading<'_> {
    type Refusal = AuthorizationRefusal;

    fn bind(&mut self) -> Result<String, AuthorizationRefusal> {
        Ok(self.destination.redirect_uri.clone())
    }

    fn extend(&mut self) -> Result<(), AuthorizationRefusal> {
        self.refuse_what_is_not_offered()?;
        if !self.client.allows(GrantType::AuthorizationCode) {
            return Err(
                self.refuse(Code::UnauthorizedClient, "the client did not register authorization_code")
            );
        }
        let resources = resource::resolve(self.params.all("resource"), self.rules.resources)
            .map_err(|fault| self.refuse(Code::InvalidTarget, fault.0))?;
        self.extensions = Some(Extensions {
            resource_scopes: scopes_of(&resources),
            resources: resources.iter().map(|resource| resource.identifier.clone()).collect(),
            code_challenge: self.code_challenge()?,
            nonce: self.nonce()?,
            prompt: self.prompt()?,
            max_age: self.max_age()?,
            claims: self.claims()?,
        });
        Ok(())
    }

    fn negotiate(&mut self, requested: Option<Scopes>) -> Result<Scopes, AuthorizationRefusal> {
        let resource_scopes =
            self.extensions.as_ref().and_then(|extensions| extensions.resource_scopes.as_ref());
        let mut usable = self.rules.usable_scopes.clone();
        if !self.client.allows(GrantType::RefreshToken) {
            // A promise that no token of this client could keep.
            usable = usable.without("offline_access");
        }
        negotiate(requested.as_ref(), &usable, resource_scopes, self.rules.default_scope)
            .map_err(|text| self.refuse(Code::InvalidScope, text))
    }
}

/// What may be granted of what is asked for: unknown and disallowed scopes are dropped while something remains.
///
/// `resource_scopes` are those that the requested resources know, or `None` for all.
pub fn negotiate(
    requested: Option<&Scopes>,
    registered: &Scopes,
    resource_scopes: Option<&Scopes>,
    default_scope: &Scopes,
) -> Result<Scopes, &'static str> {
    let allowed = resource_scopes.map_or_else(|| registered.clone(), |known| registered.intersection(known));
    match requested {
        None => Ok(default_scope.intersection(&allowed)),
        Some(asked) if asked.is_empty() => Ok(default_scope.intersection(&allowed)),
        Some(asked) => {
            let granted = asked.intersection(&allowed);
            if granted.is_empty() {
                Err("none of the scopes is one that the client registered and the resource knows")
            } else {
                Ok(granted)
            }
        }
    }
}

/// The scopes that these resources know, with those about the person, which belong to the server; `None` = every scope.
#[must_use]
pub fn scopes_of(resources: &[&Resource]) -> Option<Scopes> {
    if resources.is_empty() || resources.iter().any(|resource| resource.scopes.is_empty()) {
        return None;
    }
    let about_the_person = crate::protocol::scope::built_in_scopes().into_iter().map(|scope| scope.name);
    Some(
        resources
            .iter()
            .flat_map(|resource| resource.scopes.iter().cloned())
            .chain(about_the_person)
            .collect(),
    )
}

impl Reading<'_> {
    fn refuse(&self, code: Code, description: impl Into<Cow<'static, str>>) -> AuthorizationRefusal {
        AuthorizationRefusal::Redirect(ErrorResponse {
            destination: self.destination.clone(),
            code,
            description: description.into(),
        })
    }

    fn refuse_response_type(&self) -> AuthorizationRefusal {
        match self.params.get("response_type") {
            None => self.refuse(Code::InvalidRequest, "response_type is missing"),
            Some(_) => self.refuse(Code::UnsupportedResponseType, "response_type must be code"),
        }
    }

    fn refuse_what_is_not_offered(&self) -> Result<(), AuthorizationRefusal> {
        if self.params.get("registration").is_some() {
            return Err(self.refuse(Code::RegistrationNotSupported, "registration is not offered"));
        }
        if self.client.require_signed_request_object && self.params.get(SIGNED).is_none() {
            let text = "the client registered require_signed_request_object, and sent no request object";
            return Err(self.refuse(Code::InvalidRequest, text));
        }
        Ok(())
    }

    fn code_challenge(&self) -> Result<Option<CodeChallenge>, AuthorizationRefusal> {
        let method = self.params.get("code_challenge_method");
        let Some(challenge) = self.params.get("code_challenge") else {
            let is_needed = self.client.is_public() || self.rules.pkce_for_confidential_clients;
            return if is_needed || method.is_some() {
                Err(self
                    .refuse(Code::InvalidRequest, "code_challenge is missing; PKCE with S256 is required"))
            } else {
                Ok(None)
            };
        };
        CodeChallenge::parse(challenge, method)
            .map(Some)
            .map_err(|fault| self.refuse(Code::InvalidRequest, fault.to_string()))
    }

    fn nonce(&self) -> Result<Option<String>, AuthorizationRefusal> {
        match self.params.get("nonce") {
            Some(nonce) if nonce.len() > MAX_NONCE => {
                Err(self.refuse(Code::InvalidRequest, "nonce is longer than 1024 bytes"))
            }
            nonce => Ok(nonce.map(str::to_owned)),
        }
    }

    fn claims(&self) -> Result<ClaimsRequest, AuthorizationRefusal> {
        let Some(text) = self.params.get("claims") else { return Ok(ClaimsRequest::default()) };
        let asked = ClaimsRequest::parse(text)
            .map_err(|fault| self.refuse(Code::InvalidRequest, format!("claims {fault}")))?;
        if claims::demands_another_acr(&asked) {
            let text = "the acr that is demanded is none of acr_values_supported";
            return Err(self.refuse(Code::UnmetAuthenticationRequirements, text));
        }
        Ok(asked)
    }

    /// What the client registered as its wish counts if the request names none. OpenID Connect Registration 1.0 §2.
    fn acr(&self, claims: &ClaimsRequest) -> AskedAcr {
        let registered = || AskedAcr::wish(self.client.default_acr_values.iter().map(String::as_str));
        let wished = match self.params.get("acr_values") {
            Some(values) => AskedAcr::wish(values.split_ascii_whitespace()),
            None => claims::wished_acr(claims).or_else(registered),
        };
        AskedAcr { wished, essential: claims::essential_acr(claims) }
    }

    fn prompt(&self) -> Result<Prompt, AuthorizationRefusal> {
        let mut prompt = Prompt::default();
        for word in self.params.get("prompt").unwrap_or_default().split_ascii_whitespace() {
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" => prompt.consent = true,
                "select_account" => prompt.select_account = true,
                "create" => prompt.create = true,
                _ => {
                    let text = "prompt must be none, or some of login, consent, select_account and create";
                    return Err(self.refuse(Code::InvalidRequest, text));
                }
            }
        }
        if prompt.none && prompt != (Prompt { none: true, ..Prompt::default() }) {
            return Err(self.refuse(Code::InvalidRequest, "prompt=none goes with no other prompt"));
        }
        Ok(prompt)
    }

    fn max_age(&self) -> Result<Option<Seconds>, AuthorizationRefusal> {
        let Some(value) = self.params.get("max_age") else {
            return Ok(self.client.default_max_age.map(Seconds::from));
        };
        match value.parse::<u32>() {
            Ok(seconds) => Ok(Some(Seconds::from(seconds))),
            Err(_) => Err(self.refuse(Code::InvalidRequest, "max_age must be a number of seconds")),
        }
    }

    fn finish(self, scopes: Scopes) -> Result<AuthorizationRequest, AuthorizationRefusal> {
        let destination = self.destination.clone();
        let refused = |text: &'static str| {
            let (code, description) = (Code::InvalidRequest, text.into());
            AuthorizationRefusal::Redirect(ErrorResponse { destination, code, description })
        };
        let acr = self.extensions.as_ref().map(|extensions| self.acr(&extensions.claims)).unwrap_or_default();
        let Some(extensions) = self.extensions else {
            return Err(refused(crate::protocol::engine::MACHINE_STOPPED));
        };
        let (claims, shown_scopes) = claims::usable(extensions.claims, &scopes, self.rules);
        let mut subjects = claims::subjects(&claims);
        if let Some(hinted) = self.params.get(HINTED_SUBJECT) {
            if subjects.is_some_and(|subjects| !subjects.iter().any(|subject| subject == hinted)) {
                return Err(refused("id_token_hint and claims name different persons"));
            }
            subjects = Some(vec![hinted.to_owned()]);
        }
        Ok(AuthorizationRequest {
            destination: self.destination,
            scopes,
            resources: extensions.resources,
            code_challenge: extensions.code_challenge,
            nonce: extensions.nonce,
            prompt: extensions.prompt,
            max_age: extensions.max_age,
            shown_scopes,
            claims,
            subjects,
            login_hint: self.params.get("login_hint").map(str::to_owned),
            ui_locales: self.params.get("ui_locales").map(str::to_owned),
            acr,
        })
    }
}
