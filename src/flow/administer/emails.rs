//! E-mails that wait, were sent or could not be: what operators see of them, which is never what they say.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Administered, conflict, invalid, not_found, record};
use crate::clock::Seconds;
use crate::flow::Means;
use crate::mail::{self, EmailKind};
use crate::storage::audit_events::{EventKind, Origin};
use crate::storage::emails::{self, EmailRow};
use crate::texts::say;

pub use crate::storage::emails::EmailState;

/// No page holds more.
pub const LONGEST_PAGE: i64 = 500;

/// An e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueuedEmail {
    pub id: i64,
    pub recipient: String,
    /// What it is about.
    pub kind: String,
    pub locale: String,
    /// `waiting`, `sent` or `failed`.
    pub state: String,
    pub created_at: Seconds,
    pub attempts: i64,
    pub next_attempt_at: Option<Seconds>,
    pub sent_at: Option<Seconds>,
    pub failed_at: Option<Seconds>,
    /// What the mail server said, or what kept it from being asked.
    pub last_error: Option<String>,
}

impl From<EmailRow> for QueuedEmail {
    fn from(row: EmailRow) -> Self {
        let state = match (row.sent_at, row.failed_at) {
            (Some(_), _) => "sent",
            (None, Some(_)) => "failed",
            (None, None) => "waiting",
        };
        Self {
            id: row.id,
            recipient: row.recipient,
            kind: row.kind,
            locale: row.locale,
            state: state.to_owned(),
            created_at: row.created_at,
            attempts: row.attempts,
            next_attempt_at: row.next_attempt_at,
            sent_at: row.sent_at,
            failed_at: row.failed_at,
            last_error: row.last_error,
        }
    }
}

/// The state of this name.
#[must_use]
pub fn state(name: &str) -> Option<EmailState> {
    match name {
        "waiting" => Some(EmailState::Waiting),
        "sent" => Some(EmailState::Sent),
        "failed" => Some(EmailState::Failed),
        _ => None,
    }
}

/// The newest e-mails, newest first; the next page begins before the last id.
pub async fn list(
    means: &Means,
    state: Option<EmailState>,
    before_id: Option<i64>,
    limit: i64,
) -> Administered<Vec<QueuedEmail>> {
    let limit = limit.clamp(1, LONGEST_PAGE);
    means
        .database
        .read(move |conn| {
            let found = emails::list(conn, state, before_id, limit)?;
            Ok(found.into_iter().map(QueuedEmail::from).collect())
        })
        .await
}

/// Makes an e-mail due at once that could not be sent, or waits for its next attempt.
pub async fn retry(means: &Means, id: i64, origin: Origin) -> Administered<()> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            if !emails::retry(conn, id, now)? {
                return not_found(say("refused-no-email"));
            }
            Ok(record(conn, EventKind::EmailRetried, &origin, json!({ "id": id }), now)?)
        })
        .await
}

/// Sends a message to try the mail server, at once and past the queue. What the server said is the refusal.
pub async fn test(means: &Means, recipient: &str) -> Administered<()> {
    let recipient = recipient.trim();
    if !mail::is_address(recipient) {
        return invalid(say("accounts-not-an-address").about("to"));
    }
    if !means.mailer.can_send() {
        return conflict(say("refused-no-mail-server"));
    }
    let written = means.mailer.write(None, None, &EmailKind::Test)?;
    let id = format!("test.{}", means.entropy.identifier());
    let sent = match means.mailer.transport() {
        Ok(transport) => means.mailer.send(&transport, recipient, written, &id, means.clock.now()).await,
        Err(error) => Err(error),
    };
    sent.or_else(|error| conflict(say("refused-mail").with("fault", error)))
}
