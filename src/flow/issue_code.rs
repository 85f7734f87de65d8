//! Writes the grant and the code, and sends the person back to the client. RFC 6749 §4.1.2.

use super::Means;
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::protocol::authorization::decision::Remembered;
use crate::protocol::authorization::refusal::{AuthorizationRefusal, PageReason};
use crate::protocol::authorization::request::AuthorizationRequest;
use crate::protocol::authorization::response::{self, Delivery};
use crate::protocol::client::metadata::GrantType;
use crate::storage::authorization_codes::{self, NewCode};
use crate::storage::browser_sessions::{self, BrowserSession};
use crate::storage::clients::{self, Client};
use crate::storage::consents;
use crate::storage::grants::{self, NewGrant};
use crate::storage::{Failure, authorization_threads};

/// Activity is noted at most so often: a write for each request would be one too many.
const TOUCH_INTERVAL: i64 = 60;

/// A decision that was just made on a page: the thread is taken and the consent remembered with the code.
pub struct Decided {
    pub thread: Token,
    pub browser: Token,
    pub consent: Remembered,
}

/// With refresh tokens, as long as they may be rotated; without, as long as the one access token can live.
fn lifetime(means: &Means, client: &Client) -> Seconds {
    if client.metadata.allows(GrantType::RefreshToken) {
        means.config.refresh.absolute_lifetime
    } else {
        means.config.tokens.code_lifetime + means.longest_token_life()
    }
}

/// One write: the thread is taken, the consent remembered, grant and code inserted.
pub async fn issue(
    means: &Means,
    client: &Client,
    request: &AuthorizationRequest,
    session: &BrowserSession,
    decided: Option<Decided>,
) -> Result<Delivery, Failure<AuthorizationRefusal>> {
    let (now, code) = (means.clock.now(), means.entropy.token());
    let (client_key, user_id, session_id) = (client.key, session.user.id, session.id);
    let ends_with_session = request.ends_with_session();
    let (authenticated_at, seen_at) = (session.authenticated_at, session.seen_at);
    let (digest, request) = (code.digest(), request.clone());
    let destination = request.destination.clone();
    let code_expires_at = now + means.config.tokens.code_lifetime;
    let grant_expires_at = now + lifetime(means, client);
    means
        .database
        .write(move |conn| {
            let gone = |reason| Err(Failure::Refused(AuthorizationRefusal::Page(reason)));
            if !clients::hold(conn, client_key)? {
                return gone(PageReason::UnknownClient);
            }
            // A sign-out in another window ends what hangs on the session: nothing may be hung on it afterwards.
            if !browser_sessions::hold(conn, session_id)? {
                return gone(PageReason::ThreadGone);
            }
            if let Some(Decided { thread, browser, consent }) = &decided {
                if !authorization_threads::take(conn, &thread.digest(), &browser.digest(), now)? {
                    return gone(PageReason::ThreadGone);
                }
                consents::remember(conn, user_id, client_key, consent, now)?;
            }
            if now - seen_at >= TOUCH_INTERVAL {
                browser_sessions::touch(conn, session_id, now)?;
            }
            let grant = NewGrant {
                client_key,
                user_id,
                session_id: ends_with_session.then_some(session_id),
                scopes: &request.scopes,
                resources: &request.resources,
                nonce: request.nonce.as_deref(),
                authenticated_at,
                expires_at: grant_expires_at,
            };
            let grant_id = grants::insert(conn, &grant, now)?;
            let code = NewCode {
                digest: &digest,
                grant_id,
                redirect_uri: &request.destination.redirect_uri,
                code_challenge: request
                    .code_challenge
                    .as_ref()
                    .map(crate::protocol::pkce::CodeChallenge::as_str),
                expires_at: code_expires_at,
            };
            Ok(authorization_codes::insert(conn, &code)?)
        })
        .await?;
    Ok(response::success(&destination, code.expose(), means.config.issuer.as_str()))
}
