//! Sends sealed events of the audit log to an address of the operator: in order, each at least once, by one server of all.
//!
//! Nothing waits for it. A receiver that is away is asked again after 30 seconds, then after twice as long each time, up
//! to an hour; what it missed is in the log.

use std::convert::Infallible;

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};

use super::{Means, audit};
use crate::clock::Seconds;
use crate::config::AuditWebhook;
use crate::fetch::{FetchError, Purpose};
use crate::storage::audit_chain::{self, hexadecimal};
use crate::storage::audit_events::StoredEvent;
use crate::storage::{DbConnection, Failure, StorageError, leases, server_state};

/// The header that says when a body was signed, and the HMAC-SHA256 of that time, a dot and the body.
pub const SIGNATURE: &str = "Grantor-Signature";

/// Events of one request, at most, and about how many bytes.
const MAX_EVENTS: i64 = 100;
const MAX_BYTES: usize = 256 * 1024;
/// Longer than a request may take. A server that dies is replaced after this time. Security statement R21.
const LEASE_LIFETIME: Seconds = 20;
const LEASE: &str = "audit_webhook";
const STATE: &str = "audit_webhook";
const FIRST_PAUSE: Seconds = 30;
const LONGEST_PAUSE: Seconds = 3600;

/// What the servers on one database know of the deliveries.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct State {
    /// The place of the last event that was taken.
    delivered: i64,
    /// Since the last success.
    failures: u32,
    retry_at: Seconds,
}

impl State {
    fn read(conn: &mut DbConnection) -> Result<Self, StorageError> {
        match server_state::get(conn, STATE)? {
            None => Ok(Self::default()),
            Some(text) => serde_json::from_str(&text)
                .map_err(|_| StorageError::Corrupt("server_state: the deliveries of the audit log")),
        }
    }

    fn write(self, conn: &mut DbConnection) -> Result<(), StorageError> {
        let text = serde_json::to_string(&self).map_err(|error| StorageError::Internal(error.to_string()))?;
        server_state::set(conn, STATE, &text)
    }

    fn after_failure(self, now: Seconds) -> Self {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(16)).min(LONGEST_PAUSE);
        Self { failures: self.failures.saturating_add(1), retry_at: now + pause, ..self }
    }
}

/// Sends what is sealed and was not taken yet; how many events the receiver took. Looks on a reader first: while there is
/// nothing to send, nothing is written.
pub async fn deliver(means: &Means) -> Result<usize, StorageError> {
    let Some(webhook) = &means.config.audit.webhook else { return Ok(0) };
    let mut total = 0;
    while is_due(means).await? {
        let Some(state) = begin(means).await? else { break };
        let events = audit::export_page(means, state.delivered, MAX_EVENTS).await?;
        let (body, last, count) = body_of(&events);
        let Some(last) = last else { break };
        let sent = send(means, webhook, body).await;
        if sent == Err(FetchError::TooOften) {
            break;
        }
        let now = means.clock.now();
        let next = match &sent {
            Ok(()) => State { delivered: last, failures: 0, retry_at: 0 },
            Err(error) => {
                let next = state.after_failure(now);
                tracing::warn!(%error, failures = next.failures, "the audit webhook did not take events");
                next
            }
        };
        finish(means, next).await?;
        if sent.is_err() {
            break;
        }
        total += count;
    }
    Ok(total)
}

async fn is_due(means: &Means) -> Result<bool, StorageError> {
    let now = means.clock.now();
    let look = move |conn: &mut DbConnection| {
        let state = State::read(conn)?;
        Ok(state.retry_at <= now && !audit_chain::after(conn, state.delivered, 1)?.is_empty())
    };
    means.database.read(look).await.map_err(broken)
}

/// Where to go on, if this server is the one that delivers.
async fn begin(means: &Means) -> Result<Option<State>, StorageError> {
    let (now, holder) = (means.clock.now(), means.server_id.clone());
    let is_ours = {
        let holder = holder.clone();
        let look = move |conn: &mut DbConnection| {
            Ok(leases::is_free(conn, LEASE, now)? || leases::is_held_by(conn, LEASE, &holder)?)
        };
        means.database.read(look).await.map_err(broken)?
    };
    if !is_ours {
        return Ok(None);
    }
    let take = move |conn: &mut DbConnection| {
        if !leases::take(conn, LEASE, &holder, now, now + LEASE_LIFETIME)? {
            return Ok(None);
        }
        let state = State::read(conn)?;
        Ok((state.retry_at <= now).then_some(state))
    };
    means.database.write(take).await.map_err(broken)
}

/// Another server may have taken over, if this one was very slow: then it goes on from where it is.
async fn finish(means: &Means, next: State) -> Result<(), StorageError> {
    let holder = means.server_id.clone();
    let note = move |conn: &mut DbConnection| {
        if leases::is_held_by(conn, LEASE, &holder)? { Ok(next.write(conn)?) } else { Ok(()) }
    };
    means.database.write(note).await.map_err(broken)
}

/// A JSON array of as many of these events as fit, the place of the last one, and their number.
fn body_of(events: &[StoredEvent]) -> (String, Option<i64>, usize) {
    let (mut body, mut last, mut count) = (String::from("["), None, 0);
    for event in events {
        let text = audit::as_json(event).to_string();
        if count > 0 && body.len() + text.len() > MAX_BYTES {
            break;
        }
        if count > 0 {
            body.push(',');
        }
        body.push_str(&text);
        last = event.sequence;
        count += 1;
    }
    body.push(']');
    (body, last, count)
}

async fn send(means: &Means, webhook: &AuditWebhook, body: String) -> Result<(), FetchError> {
    let now = means.clock.now();
    let key = hmac::Key::new(hmac::HMAC_SHA256, webhook.secret.expose().as_bytes());
    let tag = hmac::sign(&key, format!("{now}.{body}").as_bytes());
    let signature = format!("t={now},v1={}", hexadecimal(tag.as_ref()));
    means.fetcher.post_json(&webhook.url, Purpose::Webhook, &[(SIGNATURE, signature)], body).await
}

fn broken(failure: Failure<Infallible>) -> StorageError {
    match failure {
        Failure::Broken(error) => error,
        Failure::Refused(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_doubles_the_pause_up_to_an_hour() {
        let mut state = State::default();
        let pauses: Vec<Seconds> = (0..9)
            .map(|_| {
                state = state.after_failure(100);
                state.retry_at - 100
            })
            .collect();
        assert_eq!(pauses, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
    }
}
