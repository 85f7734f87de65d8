//! A person signs out of this browser, by themselves or because a client asks. OpenID Connect RP-Initiated Logout 1.0.

use serde_json::json;

use super::id_token_hint::{self, Hint};
use super::{Means, Origin, subjects};
use crate::entropy::Token;
use crate::storage::audit_events::{self, Actor, Event, EventKind};
use crate::storage::browser_sessions::BrowserSession;
use crate::storage::clients::{self, Client, Source};
use crate::storage::{Failure, browser_sessions, session_clients};

/// Nobody refuses a sign-out.
pub type Never = std::convert::Infallible;

/// Who is signed in in this browser.
pub async fn who(means: &Means, session: Option<Token>) -> Result<Option<BrowserSession>, Failure<Never>> {
    let Some(session) = session else { return Ok(None) };
    let now = means.clock.now();
    let idle_since = now - means.config.session.idle_lifetime;
    means
        .database
        .read(move |conn| Ok(browser_sessions::find_live(conn, &session.digest(), now, idle_since)?))
        .await
}

/// Whose session this browser still could end, idle or not.
pub async fn whose(means: &Means, session: Option<Token>) -> Result<Option<BrowserSession>, Failure<Never>> {
    let Some(session) = session else { return Ok(None) };
    let now = means.clock.now();
    means.database.read(move |conn| Ok(browser_sessions::find_unended(conn, &session.digest(), now)?)).await
}

/// A session that has just ended.
pub struct Ended {
    pub sid: String,
    /// The clients that it had signed in to.
    pub clients: Vec<Client>,
}

/// What this client knows the session by. OpenID Connect Front-Channel Logout 1.0 §3.
#[must_use]
pub fn sid_for(means: &Means, client: &Client, ended: &Ended) -> String {
    subjects::session_of(&means.derived, &client.metadata, &ended.sid)
}

/// Ends the session, and with it every grant that was to end with it. `None` if there was none to end.
pub async fn log_out(
    means: &Means,
    session: Option<Token>,
    origin: Origin,
) -> Result<Option<Ended>, Failure<Never>> {
    let now = means.clock.now();
    let Some(session) = whose(means, session).await? else { return Ok(None) };
    let origin = Origin { actor: Actor::User(session.user.subject.clone()), ..origin };
    means
        .database
        .write(move |conn| {
            if !browser_sessions::end(conn, session.id, now)? {
                return Ok(None);
            }
            let (kind, details) = (EventKind::SignedOut, json!({ "sessions": 1 }));
            audit_events::record(conn, &Event { kind, origin: &origin, client_id: None, details }, now)?;
            let clients = session_clients::of_session(conn, session.id)?;
            Ok(Some(Ended { sid: session.sid.clone(), clients }))
        })
        .await
}

/// What a client sends along with the person whom it wants signed out. OpenID Connect RP-Initiated Logout 1.0 §2.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    pub id_token_hint: Option<&'a str>,
    pub client_id: Option<&'a str>,
    pub post_logout_redirect_uri: Option<&'a str>,
}

/// What is wrong with such a request: it leads back nowhere, and signs nobody out without a question.
/// OpenID Connect RP-Initiated Logout 1.0 §4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No key of this server signed the hint, or it is no ID token.
    Hint,
    /// The hint was issued to another client than the one that is named.
    OtherClient,
    /// There is no such client, or it is disabled.
    UnknownClient,
    /// The client did not register this address, or is not named.
    RedirectUri,
}

/// What such a request comes to.
pub struct Asked {
    pub client: Option<Client>,
    /// A registered address of that client.
    pub back: Option<String>,
    hint: Option<Hint>,
    pub fault: Option<Fault>,
}

impl Asked {
    /// Whether the client has shown an ID token of this very session: then nobody need be asked.
    /// OpenID Connect RP-Initiated Logout 1.0 §2.
    #[must_use]
    pub fn is_of(&self, means: &Means, session: &BrowserSession) -> bool {
        let (Some(hint), Some(client)) = (&self.hint, &self.client) else { return false };
        let sid = subjects::session_of(&means.derived, &client.metadata, &session.sid);
        hint.sid.as_ref() == Some(&sid)
    }

    /// Whether the browser may be sent on although nobody is signed in in it and nobody has confirmed anything: by an ID token,
    /// to a client that an operator made. Others could lend this server's name to any address. Security statement A32.
    #[must_use]
    pub fn may_go_on(&self) -> bool {
        self.hint.is_some()
            && self
                .client
                .as_ref()
                .is_some_and(|client| client.source == Source::Operator || client.verified_by.is_some())
    }
}

/// Reads what a client asks; whatever is wrong with it is said and not believed. OpenID Connect RP-Initiated Logout 1.0 §2 and §3.
pub async fn understand(means: &Means, request: Request<'_>) -> Result<Asked, Failure<Never>> {
    let hint = request.id_token_hint.and_then(|hint| id_token_hint::read(means, hint));
    let faulty = |fault| Asked { client: None, back: None, hint: None, fault: Some(fault) };
    if request.id_token_hint.is_some() && hint.is_none() {
        return Ok(faulty(Fault::Hint));
    }
    if let (Some(hint), Some(client_id)) = (&hint, request.client_id)
        && hint.aud != client_id
    {
        return Ok(faulty(Fault::OtherClient));
    }
    let client_id = request.client_id.map(str::to_owned).or_else(|| Some(hint.as_ref()?.aud.clone()));
    let Some(client_id) = client_id else {
        let fault = request.post_logout_redirect_uri.map(|_| Fault::RedirectUri);
        return Ok(Asked { client: None, back: None, hint: None, fault });
    };
    let found =
        means.database.read(move |conn| Ok::<_, Failure<Never>>(clients::find(conn, &client_id)?)).await?;
    let Some(client) = found.filter(|client| !client.is_disabled()) else {
        return Ok(faulty(Fault::UnknownClient));
    };
    let is_registered =
        |uri: &str| client.metadata.post_logout_redirect_uris.iter().any(|known| known == uri);
    match request.post_logout_redirect_uri {
        Some(uri) if !is_registered(uri) => Ok(faulty(Fault::RedirectUri)),
        uri => Ok(Asked { back: uri.map(str::to_owned), client: Some(client), hint, fault: None }),
    }
}
