//! A person allows or denies what a client asks for. OpenID Connect Core §3.1.2.4.

use super::Means;
use super::authorize::{self, Browser, Progress, Waiting};
use super::issue_code::{self, Allowed};
use super::{Actor, Origin};
use crate::entropy::Token;
use crate::protocol::authorization::decision::{NextStep, Remembered};
use crate::protocol::authorization::refusal::{
    AuthorizationErrorCode, AuthorizationRefusal, ErrorResponse, PageReason,
};
use crate::storage::Failure;

/// What the person pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Allow,
    Deny,
}

/// What came with the decision.
pub struct Decided {
    pub decision: Decision,
    /// The digest of what the page showed: [`Remembered::digest`].
    pub shown: String,
    /// From where; who it is the session tells.
    pub origin: Origin,
}

/// Takes the stored request and answers it. If the person has to sign in first after all, the page for that is next; if the
/// client became another one since the page was shown, the page is shown again.
pub async fn decide(
    means: &Means,
    thread: Token,
    browser: &Browser,
    decided: Decided,
) -> Result<Progress, Failure<AuthorizationRefusal>> {
    let waiting = authorize::find(means, &thread, browser).await?;
    let Waiting {
        client, request, session: Some(session), next: NextStep::Consent | NextStep::Answer, ..
    } = &waiting
    else {
        return Ok(Progress::SignIn { thread });
    };
    if decided.decision == Decision::Deny {
        authorize::take(means, &thread, browser).await?;
        let denied = ErrorResponse {
            destination: request.destination.clone(),
            code: AuthorizationErrorCode::AccessDenied,
            description: "the person did not allow it".into(),
        };
        return Err(Failure::Refused(AuthorizationRefusal::Redirect(denied)));
    }
    let consent = Remembered::of(request, &client.metadata);
    if consent.digest() != decided.shown {
        return Ok(Progress::Consent { thread });
    }
    let origin = Origin { actor: Actor::User(session.user.subject.clone()), ..decided.origin };
    let allowed = Allowed { thread, browser: browser.browser.clone(), consent, origin };
    let delivery = issue_code::issue(means, client, request, session, Some(allowed)).await?;
    Ok(Progress::Answered(delivery))
}

/// The stored request, if it waits for a decision; otherwise what is next for it.
pub async fn show(
    means: &Means,
    thread: &Token,
    browser: &Browser,
) -> Result<Result<Waiting, Progress>, Failure<AuthorizationRefusal>> {
    let waiting = authorize::find(means, thread, browser).await?;
    if waiting.next == NextStep::Consent {
        return if waiting.session.is_some() {
            Ok(Ok(waiting))
        } else {
            Err(Failure::Refused(AuthorizationRefusal::Page(PageReason::ThreadGone)))
        };
    }
    authorize::resume(means, thread, browser).await.map(Err)
}
