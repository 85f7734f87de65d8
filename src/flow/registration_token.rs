//! What a use of a registration access token does to it: counted, rotated, noticed when it is dead. RFC 7592 §5.

use serde_json::json;

use super::Means;
use super::attempts::Guess;
use super::register_client::registration_token_expiry;
use crate::clock::Seconds;
use crate::config::{RegistrationAccessToken, RegistrationTokenReuse, RegistrationTokenRotation};
use crate::entropy::{Digest, Token};
use crate::storage::audit_events::{self, Actor, Event, EventKind, Origin};
use crate::storage::clients::{self, Client};
use crate::storage::registration_access_tokens::{self as tokens, Rotation, TokenState};
use crate::storage::{DbConnection, Failure, StorageError};

/// What the token is used for. RFC 7592 §2.1 and §2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Read,
    Update,
}

impl Operation {
    fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Update => "update",
        }
    }
}

/// One use of a token that may replace it, made ready before its transaction. RFC 7592 §5.
pub struct Use {
    operation: Operation,
    presented: Token,
    digest: Digest,
    rules: RegistrationAccessToken,
    successor_key: [u8; 32],
    successor_expires_at: Option<Seconds>,
}

impl Use {
    /// A use of this token now. RFC 7592 §2.
    #[must_use]
    pub fn new(means: &Means, operation: Operation, presented: &Token, now: Seconds) -> Self {
        Self {
            operation,
            digest: presented.digest(),
            presented: presented.clone(),
            rules: means.config.registration_access_token.clone(),
            successor_key: means.derived.registration_successor,
            successor_expires_at: registration_token_expiry(means, now),
        }
    }

    /// Whether nothing would be written: most reads are such. RFC 7592 §2.1.
    #[must_use]
    pub fn leaves_no_trace(&self, state: &TokenState, now: Seconds) -> bool {
        !(state.is_first_use()
            || state.is_superseded()
            || self.rules.rotate_after_uses > 0
            || self.is_due(state, now))
    }

    /// Does to a living token what this use does, and tells which one the client has from now on; `None` if it was
    /// rotated by somebody else meanwhile. The client's row is locked. RFC 7592 §3, §5.
    pub fn apply(
        &self,
        conn: &mut DbConnection,
        client: &Client,
        state: &TokenState,
        origin: &Origin,
        now: Seconds,
    ) -> Result<Option<Token>, StorageError> {
        // Its answer was lost, or has yet to arrive: a read gives it again, so that none of many at once is locked out.
        if state.is_superseded() && self.operation == Operation::Read {
            let successor = self.successor(state.successors);
            let successor_state = tokens::state(conn, client.key, &successor.digest())?;
            if successor_state.is_some_and(|state| state.is_alive(now)) {
                return Ok(Some(successor));
            }
        }
        if state.is_superseded() || self.is_due(state, now) {
            return self.rotate(conn, client, state, origin, now);
        }
        tokens::mark_used(conn, client.key, &self.digest, now)?;
        if self.rules.rotate_after_uses > 0 {
            tokens::count_use(conn, &self.digest)?;
        }
        Ok(Some(self.presented.clone()))
    }

    fn is_due(&self, state: &TokenState, now: Seconds) -> bool {
        let RegistrationAccessToken { rotation, rotate_after, rotate_after_uses, .. } = self.rules;
        let by_operation = match rotation {
            RegistrationTokenRotation::OnUpdate => self.operation == Operation::Update,
            RegistrationTokenRotation::OnRead => true,
            RegistrationTokenRotation::Off => false,
        };
        by_operation
            || (rotate_after > 0 && now - state.issued_at >= rotate_after)
            || (rotate_after_uses > 0 && state.uses >= rotate_after_uses)
    }

    fn rotate(
        &self,
        conn: &mut DbConnection,
        client: &Client,
        state: &TokenState,
        origin: &Origin,
        now: Seconds,
    ) -> Result<Option<Token>, StorageError> {
        let successor = self.successor(state.successors + 1);
        let rotation = Rotation {
            client_key: client.key,
            presented: &self.digest,
            successors: state.successors,
            successor: &successor.digest(),
            now,
            until: now + self.rules.grace,
            successor_expires_at: self.successor_expires_at,
        };
        if !tokens::rotate(conn, &rotation)? {
            return Ok(None);
        }
        let event = Event {
            kind: EventKind::RegistrationAccessTokenRotated,
            origin,
            client_id: Some(&client.client_id),
            details: json!({ "by": self.operation.as_str(), "again": state.is_superseded() }),
        };
        audit_events::record(conn, &event, now)?;
        Ok(Some(successor))
    }

    /// Derived, so that a lost answer can be given again without storing a secret. A rotation by the same token that
    /// must not give it again has another number.
    fn successor(&self, number: i64) -> Token {
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &self.successor_key);
        let message = format!("{number} {}", self.presented.expose());
        Token::presented(URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, message.as_bytes()).as_ref()))
    }
}

/// At most one event for a client in so many seconds: a flood must not fill the disk.
const REUSE_WINDOW: Seconds = 60;

/// A token that was replaced and is used all the same: somebody lost it, or somebody took it. RFC 7592 §5.
///
/// It is written beside the answer, in a transaction of its own, so that the answer takes no longer than any other 401.
pub fn note_reuse(means: &Means, client: &Client, origin: &Origin, now: Seconds) {
    tracing::warn!(client_id = %client.client_id, "registration_access_token_reuse: a dead registration access token was presented");
    if means.attempts.wait(Guess::DeadRegistrationAccessToken, &client.client_id, 1, now).is_some() {
        return;
    }
    means.attempts.failed(Guess::DeadRegistrationAccessToken, &client.client_id, now);
    let freezes = means.config.registration_access_token.reuse == RegistrationTokenReuse::Freeze;
    let (database, key) = (means.database.clone(), client.key);
    // Nobody proved to be the client.
    let origin = Origin { actor: Actor::Anonymous, ..origin.clone() };
    tokio::spawn(async move {
        let written: Result<(), Failure<std::convert::Infallible>> =
            database.write(move |conn| Ok(record_reuse(conn, key, freezes, &origin, now)?)).await;
        if let Err(Failure::Broken(error)) = written {
            tracing::error!(%error, "the reuse of a registration access token could not be written down");
        }
    });
}

fn record_reuse(
    conn: &mut DbConnection,
    key: i64,
    freezes: bool,
    origin: &Origin,
    now: Seconds,
) -> Result<(), StorageError> {
    let Some(client) = clients::lock(conn, key)? else { return Ok(()) };
    let kind = EventKind::RegistrationAccessTokenReuse;
    let client_id = Some(client.client_id.as_str());
    // Another server may have noticed it, too.
    if !audit_events::is_any_since(conn, kind, &client.client_id, now - REUSE_WINDOW)? {
        audit_events::record(conn, &Event { kind, origin, client_id, details: json!({}) }, now)?;
    }
    if freezes && clients::freeze(conn, key, kind.as_str(), now)? {
        let details = json!({ "reason": kind.as_str() });
        let origin = &Origin { actor: Actor::Server, ..origin.clone() };
        audit_events::record(
            conn,
            &Event { kind: EventKind::ClientDisabled, origin, client_id, details },
            now,
        )?;
    }
    Ok(())
}
