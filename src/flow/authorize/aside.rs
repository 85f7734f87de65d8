//! Whoever can register a client must not make this server send people wherever they like. RFC 9700 §4.11.2.

use std::convert::Infallible;

use super::known::{Known, active_client, known};
use super::{Authorized, refuse_request};
use crate::entropy::Token;
use crate::flow::Means;
use crate::flow::vouching::tier;
use crate::protocol::authorization::address;
use crate::protocol::authorization::refusal::{AuthorizationErrorCode, AuthorizationRefusal};
use crate::protocol::params::{Faulty, Params};
use crate::storage::Failure;

/// A request with a repeated or malformed parameter: the client is told if its address is sound. RFC 6749 §4.1.2.1.
pub async fn refuse_faulty(
    means: &Means,
    faulty: &Faulty,
    session: Option<&Token>,
) -> Failure<AuthorizationRefusal> {
    let params = match address::address(faulty) {
        Ok(params) => params,
        Err(refusal) => return Failure::Refused(refusal),
    };
    let client_id = params.get("client_id").unwrap_or_default().to_owned();
    let refused: Authorized<Infallible> = match active_client(means, client_id).await {
        Err(failure) => Err(failure),
        Ok(client) => {
            let text = faulty.fault.to_string();
            Err(refuse_request(means, &client, params, AuthorizationErrorCode::InvalidRequest, text))
        }
    };
    let silent = is_silent(params);
    match hold_back(means, refused, params.get("client_id"), session, silent).await {
        Err(failure) => failure,
        Ok(never) => match never {},
    }
}

/// Whether no page may be shown to anybody: then the client is told at once, as it must be. OpenID Connect Core §3.1.2.1.
pub(super) fn is_silent(params: &Params) -> bool {
    params.get("prompt").is_some_and(|prompt| prompt.split_ascii_whitespace().any(|word| word == "none"))
}

/// An error for a client that nobody vouches for, found before anybody signed in, is shown on a page with the way back. It goes to
/// the client at once if the client is trusted, somebody is signed in, or no page may be shown.
pub(super) async fn hold_back<T>(
    means: &Means,
    outcome: Authorized<T>,
    client_id: Option<&str>,
    session: Option<&Token>,
    silent: bool,
) -> Authorized<T> {
    let failure = match outcome {
        Err(Failure::Refused(AuthorizationRefusal::Redirect(error))) => error,
        other => return other,
    };
    let redirect = Err(Failure::Refused(AuthorizationRefusal::Redirect(failure.clone())));
    let Some(client_id) = client_id.filter(|_| !silent && means.config.authorization.error_page) else {
        return redirect;
    };
    let (client_id, session, now) = (client_id.to_owned(), session.cloned(), means.clock.now());
    let idle_since = now - means.config.session.idle_lifetime;
    let Known { client, session, .. } =
        means.database.read(move |conn| known(conn, &client_id, session.as_ref(), now, idle_since)).await?;
    if session.is_some() || tier(&means.config, &client).is_vouched_for() {
        return redirect;
    }
    Err(Failure::Refused(AuthorizationRefusal::Aside(failure)))
}
