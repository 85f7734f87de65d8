//! What happens next with an authorization request: a pure decision. OpenID Connect Core §3.1.2.3, §3.1.2.4.

use super::refusal::AuthorizationErrorCode;
use super::request::AuthorizationRequest;
use crate::clock::Seconds;
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
}

/// What they allowed this client before.
#[derive(Clone, Copy, Debug)]
pub struct Remembered<'a> {
    pub scopes: &'a Scopes,
    pub resources: &'a [String],
}

/// The next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Show the sign-in page, even to somebody who is signed in if `again`.
    SignIn { again: bool },
    /// Ask the person.
    Consent,
    /// Issue the code.
    Answer,
    /// `prompt=none` and a person would have to be asked.
    Refuse(AuthorizationErrorCode),
}

/// Decides from the request, who is signed in, and what they allowed before.
#[must_use]
pub fn next_step(
    request: &AuthorizationRequest,
    client: &ClientMetadata,
    signed_in: Option<SignedIn>,
    remembered: Option<Remembered<'_>>,
    now: Seconds,
) -> NextStep {
    let must_sign_in = match signed_in {
        None => true,
        Some(person) => !is_fresh(request, person, now),
    };
    if must_sign_in {
        return if request.prompt.none {
            NextStep::Refuse(AuthorizationErrorCode::LoginRequired)
        } else {
            NextStep::SignIn { again: signed_in.is_some() }
        };
    }
    if !must_ask(request, client, remembered) {
        NextStep::Answer
    } else if request.prompt.none {
        NextStep::Refuse(AuthorizationErrorCode::ConsentRequired)
    } else {
        NextStep::Consent
    }
}

fn is_fresh(request: &AuthorizationRequest, person: SignedIn, now: Seconds) -> bool {
    let prompted = request.prompt.login || request.prompt.select_account;
    let too_old = request.max_age.is_some_and(|age| now - person.authenticated_at > age);
    person.for_this_request || !(prompted || too_old)
}

fn must_ask(
    request: &AuthorizationRequest,
    client: &ClientMetadata,
    remembered: Option<Remembered<'_>>,
) -> bool {
    if request.prompt.consent || !is_identity_proven(request, client) {
        return true;
    }
    remembered.is_none_or(|before| {
        !request.scopes.is_subset(before.scopes)
            || !request.resources.iter().all(|resource| before.resources.contains(resource))
    })
}

/// Anybody's program can listen on a loopback port or claim a private scheme: such a public client is never let through
/// in silence. RFC 8252 §8.6, OAuth 2.1 §7.3.
fn is_identity_proven(request: &AuthorizationRequest, client: &ClientMetadata) -> bool {
    let target = redirect_uri::host_for_display(&request.destination.redirect_uri);
    !client.is_public() || matches!(target, RedirectTarget::Web { .. })
}
