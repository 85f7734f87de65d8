//! What happens next with an authorization request: a pure decision. OpenID Connect Core §3.1.2.3, §3.1.2.4.

use std::collections::BTreeSet;

use serde_json::json;

use super::refusal::AuthorizationErrorCode;
use super::request::{AuthorizationRequest, Prompt};
use crate::clock::Seconds;
use crate::protocol::acr::Acr;
use crate::protocol::client::identity::{digest, identity};
use crate::protocol::client::metadata::ClientMetadata;
use crate::protocol::redirect_uri::{self, RedirectTarget};
use crate::protocol::scope::Scopes;

/// The signed-in person, as far as the decision needs to know.
#[derive(Clone, Copy, Debug)]
pub struct SignedIn {
    /// When they last proved who they are.
    pub authenticated_at: Seconds,
    /// Whether that was to answer this very request: as fresh as it gets, whatever `prompt` and `max_age` say.
    pub for_this_request: bool,
    /// Whether the request names another person, by `id_token_hint` or the value of a `sub` that it asks for.
    pub is_another: bool,
    /// How sure their sign-in is.
    pub acr: Acr,
}

/// What they allowed this client before, as the page showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Identifiers of the resources; empty = the server itself.
    pub resources: BTreeSet<String>,
    /// Where the answer went: [`redirect_uri::target`].
    pub redirect_target: String,
    /// Who the client was then: [`crate::protocol::client::identity`].
    pub identity: String,
    pub scopes: Scopes,
}

impl Remembered {
    /// What the page of this request shows.
    #[must_use]
    pub fn of(request: &AuthorizationRequest, client: &ClientMetadata) -> Self {
        Self {
            identity: identity(client),
            resources: request.resources.iter().cloned().collect(),
            redirect_target: redirect_uri::target(&request.destination.redirect_uri),
            scopes: request.shown_scopes.clone(),
        }
    }

    /// Whether both are for the same client, which looked the same, for the same resources and the same target.
    #[must_use]
    pub fn is_for_the_same(&self, other: &Self) -> bool {
        self.resources == other.resources
            && self.redirect_target == other.redirect_target
            && self.identity == other.identity
    }

    /// A digest of all of it: whether what a person decides on is what the page showed.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&json!([self.resources, self.redirect_target, self.identity, self.scopes.to_string()]))
    }
}

/// The next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Show the sign-in page; `again`: to the person who is signed in.
    SignIn { again: bool },
    /// Ask the person.
    Consent,
    /// Issue the code.
    Answer,
    /// `prompt=none` and a person would have to be asked; or another person answered than the request is for.
    Refuse(AuthorizationErrorCode),
}

impl NextStep {
    /// The next step where the client is for members of groups: whoever is none gets no further than signing in, maybe as
    /// somebody else. RFC 6749 §4.1.2.1.
    #[must_use]
    pub fn for_whom_it_is(self, may_use: bool) -> Self {
        match self {
            Self::Consent | Self::Answer | Self::Refuse(AuthorizationErrorCode::ConsentRequired)
                if !may_use =>
            {
                Self::Refuse(AuthorizationErrorCode::AccessDenied)
            }
            next => next,
        }
    }
}

/// Decides from the request, who is signed in, and what they allowed before.
#[must_use]
pub fn next_step(
    request: &AuthorizationRequest,
    client: &ClientMetadata,
    least_acr: Option<Acr>,
    signed_in: Option<SignedIn>,
    remembered: &[Remembered],
    now: Seconds,
) -> NextStep {
    let may_ask = !request.prompt.none;
    let must_sign_in = |again| {
        if may_ask {
            NextStep::SignIn { again }
        } else {
            NextStep::Refuse(AuthorizationErrorCode::LoginRequired)
        }
    };
    match signed_in {
        None => return must_sign_in(false),
        // Whoever was asked for did not come. OpenID Connect Core §3.1.2.2.
        Some(person) if person.is_another && person.for_this_request => {
            return NextStep::Refuse(AuthorizationErrorCode::LoginRequired);
        }
        Some(person) if person.is_another => return must_sign_in(false),
        Some(person) if !is_sure(request, least_acr, person) => return must_sign_in(true),
        Some(person) if !is_fresh(request, person, now) => return must_sign_in(true),
        Some(_) => {}
    }
    if !must_ask(request, client, remembered) {
        NextStep::Answer
    } else if request.prompt.none {
        NextStep::Refuse(AuthorizationErrorCode::ConsentRequired)
    } else {
        NextStep::Consent
    }
}

/// Whether the sign-in is as sure as the client has to have it; or as it wishes for, if the person has not just done what they
/// could. OpenID Connect Core §3.1.2.1, `acr_values`.
fn is_sure(request: &AuthorizationRequest, least_acr: Option<Acr>, person: SignedIn) -> bool {
    let is_enough = |least: Option<Acr>| least.is_none_or(|least| person.acr >= least);
    let may_wish = !request.prompt.none && !person.for_this_request;
    is_enough(least_acr) && is_enough(request.acr.least()) && (!may_wish || is_enough(request.acr.wished))
}

fn is_fresh(request: &AuthorizationRequest, person: SignedIn, now: Seconds) -> bool {
    let Prompt { login, select_account, create, .. } = request.prompt;
    let prompted = login || select_account || create;
    // Zero asks for a sign-in, also in the second of the last one. OpenID Connect Core §3.1.2.1.
    let too_old = request.max_age.is_some_and(|age| age == 0 || now - person.authenticated_at > age);
    person.for_this_request || !(prompted || too_old)
}

fn must_ask(request: &AuthorizationRequest, client: &ClientMetadata, remembered: &[Remembered]) -> bool {
    if request.prompt.consent || !is_identity_proven(request, client) {
        return true;
    }
    let asked = Remembered::of(request, client);
    !remembered.iter().any(|before| before.is_for_the_same(&asked) && asked.scopes.is_subset(&before.scopes))
}

/// Whether only the client that was allowed before can use the answer: it has to prove itself at the token endpoint, or the
/// answer goes to its own web site and is bound to the request by PKCE. Anybody's program can listen on a loopback port or
/// claim a private scheme: of such a public client the person is asked each time. RFC 8252 §8.6, OAuth 2.1 §7.3.
fn is_identity_proven(request: &AuthorizationRequest, client: &ClientMetadata) -> bool {
    let target = redirect_uri::host_for_display(&request.destination.redirect_uri);
    !client.is_public() || (matches!(target, RedirectTarget::Web { .. }) && request.code_challenge.is_some())
}
