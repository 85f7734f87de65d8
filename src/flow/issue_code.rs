//! Writes the grant and the code, and sends the person back to the client. RFC 6749 §4.1.2.

use serde_json::json;

use super::registration_policy::refresh_token_lifetime;
use super::{Means, Origin};
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::protocol::authorization::decision::Remembered;
use crate::protocol::authorization::refusal::{AuthorizationRefusal, PageReason};
use crate::protocol::authorization::request::AuthorizationRequest;
use crate::protocol::authorization::response::{self, Delivery};
use crate::protocol::client::metadata::GrantType;
use crate::storage::audit_events::{self, Event, EventKind};
use crate::storage::authorization_codes::{self, NewCode};
use crate::storage::browser_sessions::{self, BrowserSession};
use crate::storage::clients::{self, Client};
use crate::storage::consents;
use crate::storage::grants::{self, NewGrant};
use crate::storage::groups;
use crate::storage::session_clients;
use crate::storage::{DbConnection, Failure, StorageError, authorization_threads};

/// Activity is noted at most so often: a write for each request would be one too many.
const TOUCH_INTERVAL: i64 = 60;

/// A decision that was just made on a page: the thread is taken and the consent remembered with the code.
pub struct Allowed {
    pub thread: Token,
    pub browser: Token,
    pub consent: Remembered,
    pub origin: Origin,
}

impl Allowed {
    /// In the transaction of the code: the thread is taken, the consent remembered and written down. `false`: somebody was
    /// faster.
    fn keep(
        &self,
        conn: &mut DbConnection,
        user_id: i64,
        client: &Client,
        now: Seconds,
    ) -> Result<bool, StorageError> {
        if !authorization_threads::take(conn, &self.thread.digest(), &self.browser.digest(), now)? {
            return Ok(false);
        }
        consents::remember(conn, user_id, client.key, &self.consent, now)?;
        clients::note_first_consent(conn, client.key, now)?;
        let details = json!({
            "scope": self.consent.scopes.to_string(),
            "resources": self.consent.resources,
            "redirect_target": self.consent.redirect_target,
            "client_name": client.metadata.client_name,
            "identity": self.consent.identity,
        });
        let event = Event {
            kind: EventKind::ConsentGranted,
            origin: &self.origin,
            client_id: Some(&client.client_id),
            details,
        };
        audit_events::record(conn, &event, now)?;
        Ok(true)
    }
}

/// With refresh tokens, as long as they may be rotated; without, as long as the one access token can live.
fn lifetime(means: &Means, client: &Client) -> Seconds {
    if client.metadata.allows(GrantType::RefreshToken) {
        refresh_token_lifetime(means, client)
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
    allowed: Option<Allowed>,
) -> Result<Delivery, Failure<AuthorizationRefusal>> {
    let (now, code) = (means.clock.now(), means.entropy.token());
    let (client_key, user_id, session_id) = (client.key, session.user.id, session.id);
    let ends_with_session = request.ends_with_session();
    let (authenticated_at, seen_at) = (session.authenticated_at, session.seen_at);
    let (sid, amr, acr) = (session.sid.clone(), session.amr.clone(), session.acr);
    let (digest, request) = (code.digest(), request.clone());
    let destination = request.destination.clone();
    let claims = (!request.claims.is_empty()).then(|| request.claims.to_json());
    let code_expires_at = now + means.config.tokens.code_lifetime;
    let grant_expires_at = now + lifetime(means, client);
    let client = client.clone();
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
            if !groups::may_use(conn, &client, user_id)? {
                return gone(PageReason::ThreadGone);
            }
            if let Some(allowed) = &allowed
                && !allowed.keep(conn, user_id, &client, now)?
            {
                return gone(PageReason::ThreadGone);
            }
            session_clients::note(conn, session_id, client_key)?;
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
                claims: claims.as_deref(),
                authenticated_at,
                sid: &sid,
                acr: acr.as_str(),
                amr: &amr,
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
    means.last_used.note_authorized(client_key, now);
    Ok(response::success(&destination, code.expose(), means.config.issuer.as_str()))
}
