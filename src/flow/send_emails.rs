//! Sends the e-mails that wait: each at least once, by one server of all, whether it restarts meanwhile or not.
//!
//! One that cannot be sent is tried again after a minute, then after twice as long each time, up to two hours, for two days.
//! What the mail server refuses for good waits for an operator.

use std::convert::Infallible;

use super::Means;
use crate::clock::Seconds;
use crate::mail::SendError;
use crate::storage::emails::{self, DueEmail};
use crate::storage::{DbConnection, Failure, StorageError, leases};

/// What is sent in one round, one after the other.
const AT_ONCE: i64 = 5;
/// Longer than a round may take: the conversation about each e-mail has a limit of a minute.
const LEASE_LIFETIME: Seconds = 600;
const LEASE: &str = "emails";
const FIRST_PAUSE: Seconds = 60;
const LONGEST_PAUSE: Seconds = 7200;
/// After this time nobody tries any more.
const PATIENCE: Seconds = 2 * 86_400;

/// Sends what is due; how many e-mails left. Looks on a reader first: while there is nothing to send, nothing is written.
pub async fn send_due(means: &Means) -> Result<usize, StorageError> {
    let mut total = 0;
    while means.mailer.can_send() {
        let due = look(means).await?;
        if due.is_empty() {
            break;
        }
        let round = begin(means, due).await?;
        if round.is_empty() {
            break;
        }
        let sent = send(means, &round).await;
        total += sent.iter().filter(|sent| sent.is_ok()).count();
        finish(means, round.into_iter().zip(sent).collect()).await?;
    }
    Ok(total)
}

/// What is due, if this server may be the one that sends it.
async fn look(means: &Means) -> Result<Vec<i64>, StorageError> {
    let (now, holder) = (means.clock.now(), means.server_id.clone());
    let look = move |conn: &mut DbConnection| {
        if !leases::is_free(conn, LEASE, now)? && !leases::is_held_by(conn, LEASE, &holder)? {
            return Ok(Vec::new());
        }
        Ok(emails::due(conn, now, AT_ONCE)?)
    };
    means.database.read(look).await.map_err(broken)
}

/// What this server is to send now: another may have sent some of it meanwhile.
async fn begin(means: &Means, due: Vec<i64>) -> Result<Vec<DueEmail>, StorageError> {
    let (now, holder) = (means.clock.now(), means.server_id.clone());
    let take = move |conn: &mut DbConnection| {
        if !leases::take(conn, LEASE, &holder, now, now + LEASE_LIFETIME)? {
            return Ok(Vec::new());
        }
        Ok(emails::still_due(conn, &due, now)?)
    };
    means.database.write(take).await.map_err(broken)
}

async fn send(means: &Means, round: &[DueEmail]) -> Vec<Result<(), SendError>> {
    let transport = means.mailer.transport();
    let mut sent = Vec::with_capacity(round.len());
    for email in round {
        sent.push(match &transport {
            Err(error) => Err(error.clone()),
            Ok(transport) => {
                let written = email.sealed.as_ref().and_then(|it| means.mailer.open(it, &email.recipient));
                let id = format!("{}.{}", email.created_at, email.id);
                match written {
                    Some(written) => {
                        means.mailer.send(transport, &email.recipient, written, &id, means.clock.now()).await
                    }
                    None => Err(SendError::Refused("it was sealed with another master key".to_owned())),
                }
            }
        });
    }
    sent
}

/// What left is noted and its words forgotten; the rest is put off, or waits for an operator. Others need not wait for this
/// server's lease.
async fn finish(means: &Means, sent: Vec<(DueEmail, Result<(), SendError>)>) -> Result<(), StorageError> {
    let (now, holder) = (means.clock.now(), means.server_id.clone());
    let note = move |conn: &mut DbConnection| {
        for (email, result) in &sent {
            match result {
                Ok(()) => emails::mark_sent(conn, email.id, now)?,
                Err(error) => {
                    let next = next_attempt(email, error, now);
                    emails::mark_failed(conn, email.id, &error.to_string(), next, now)?;
                }
            }
        }
        leases::take(conn, LEASE, &holder, now, now)?;
        Ok(())
    };
    means.database.write(note).await.map_err(broken)
}

/// When it is tried again; `None` = not by itself.
fn next_attempt(email: &DueEmail, error: &SendError, now: Seconds) -> Option<Seconds> {
    let pause = FIRST_PAUSE.saturating_mul(1 << email.attempts.clamp(0, 16)).min(LONGEST_PAUSE);
    let goes_on = matches!(error, SendError::Failed(_)) && now + pause <= email.created_at + PATIENCE;
    let (id, kind) = (email.id, &email.kind);
    if goes_on {
        tracing::warn!(id, kind, %error, "an e-mail could not be sent; it is tried again");
    } else {
        tracing::warn!(id, kind, %error, "an e-mail could not be sent, and waits for an operator");
    }
    goes_on.then_some(now + pause)
}

fn broken(failure: Failure<Infallible>) -> StorageError {
    match failure {
        Failure::Broken(error) => error,
        Failure::Refused(never) => match never {},
    }
}
