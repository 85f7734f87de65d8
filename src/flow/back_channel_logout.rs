//! Tells clients of sessions that ended: each at least once, by one server of all, whether it restarts meanwhile or not.
//! OpenID Connect Back-Channel Logout 1.0 §2.5.
//!
//! The end of a session writes what is to be told, in its own transaction; nobody who signs out waits for a client. One that
//! is away is asked again after 10 seconds, then after twice as long each time, up to an hour, for a day.

use std::convert::Infallible;

use futures_util::future::join_all;

use super::{Means, subjects};
use crate::clock::Seconds;
use crate::fetch::{FetchError, Purpose};
use crate::keys::Algorithm;
use crate::protocol::logout_token::{LogoutTokenClaims, TYP_LOGOUT_TOKEN};
use crate::storage::logout_deliveries::{self, Delivery};
use crate::storage::{DbConnection, Failure, StorageError, leases};

/// What is sent in one round: a client that hangs takes few of the places.
const AT_ONCE: i64 = 16;
const AT_ONCE_PER_ADDRESS: i64 = 2;
/// Longer than a round may take. A server that dies is replaced after this time. Security statement R21.
const LEASE_LIFETIME: Seconds = 20;
const LEASE: &str = "logout_deliveries";
const FIRST_PAUSE: Seconds = 10;
const LONGEST_PAUSE: Seconds = 3600;
/// After this time nobody is told any more: whatever the client had of the session has long expired.
const PATIENCE: Seconds = 86_400;

/// Sends what is due; how many clients took it. Looks on a reader first: while there is nothing to send, nothing is
/// written.
pub async fn deliver(means: &Means) -> Result<usize, StorageError> {
    let mut total = 0;
    loop {
        let due = look(means).await?;
        if due.is_empty() {
            break;
        }
        let round = begin(means, due).await?;
        if round.is_empty() {
            break;
        }
        let sent = join_all(round.iter().map(|delivery| send(means, delivery))).await;
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
        Ok(logout_deliveries::due(conn, now, AT_ONCE_PER_ADDRESS, AT_ONCE)?)
    };
    means.database.read(look).await.map_err(broken)
}

/// What this server is to send now: another may have sent some of it meanwhile.
async fn begin(means: &Means, due: Vec<i64>) -> Result<Vec<Delivery>, StorageError> {
    let (now, holder) = (means.clock.now(), means.server_id.clone());
    let take = move |conn: &mut DbConnection| {
        if !leases::take(conn, LEASE, &holder, now, now + LEASE_LIFETIME)? {
            return Ok(Vec::new());
        }
        Ok(logout_deliveries::still_due(conn, &due, now)?)
    };
    means.database.write(take).await.map_err(broken)
}

async fn send(means: &Means, delivery: &Delivery) -> Result<(), FetchError> {
    let token = token(means, delivery).map_err(FetchError::Unreachable)?;
    means.fetcher.post_field(&delivery.uri, Purpose::Logout, ("logout_token", &token)).await
}

/// Made anew for each attempt: it is good for two minutes.
fn token(means: &Means, delivery: &Delivery) -> Result<String, String> {
    let algorithm = Algorithm::parse(&delivery.algorithm).ok_or("its algorithm is not known")?;
    let (now, jti) = (means.clock.now(), means.entropy.identifier());
    let sub = subjects::in_sector(&means.derived, delivery.sector.as_deref(), &delivery.subject);
    let sid = subjects::session_in_sector(&means.derived, delivery.sector.as_deref(), &delivery.sid);
    let about = (sub.as_str(), sid.as_str());
    let claims = LogoutTokenClaims::new(means.config.issuer.as_str(), &delivery.client_id, about, &jti, now);
    let signed = means.published().keys.sign(algorithm, TYP_LOGOUT_TOKEN, &claims, now);
    signed.map_err(|error| error.to_string())
}

/// What was taken is forgotten; the rest is put off.
async fn finish(means: &Means, sent: Vec<(Delivery, Result<(), FetchError>)>) -> Result<(), StorageError> {
    let now = means.clock.now();
    let note = move |conn: &mut DbConnection| {
        for (delivery, result) in &sent {
            match next_attempt(delivery, result.as_ref().err(), now) {
                None => logout_deliveries::remove(conn, delivery.id)?,
                Some((attempts, at, error)) => {
                    logout_deliveries::put_off(conn, delivery.id, attempts, at, &error)?;
                }
            }
        }
        Ok(())
    };
    means.database.write(note).await.map_err(broken)
}

/// How often it was tried and when it is tried again; `None` = never.
fn next_attempt(
    delivery: &Delivery,
    error: Option<&FetchError>,
    now: Seconds,
) -> Option<(i64, Seconds, String)> {
    let error = error?;
    let pause = FIRST_PAUSE.saturating_mul(1 << delivery.attempts.clamp(0, 16)).min(LONGEST_PAUSE);
    // Nobody was asked: it is no attempt.
    let attempts = delivery.attempts + i64::from(*error != FetchError::TooOften);
    if now + pause > delivery.created_at + PATIENCE {
        let client_id = &delivery.client_id;
        tracing::warn!(%client_id, %error, attempts, "a client could not be told of a sign-out, and is given up");
        return None;
    }
    Some((attempts, now + pause, error.to_string()))
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

    fn delivery(id: i64, uri: &str) -> Delivery {
        Delivery {
            id,
            client_id: "c-1".into(),
            uri: uri.into(),
            algorithm: "RS256".into(),
            subject: "u-1".into(),
            sector: None,
            sid: "s".into(),
            created_at: 0,
            attempts: 0,
        }
    }

    /// S04: after 10 seconds, then after twice as long each time, up to an hour, for a day.
    #[test]
    fn a_client_that_is_away_is_asked_again_for_a_day() {
        let (mut it, mut now, mut pauses) = (delivery(1, "https://a.test/"), 0, Vec::new());
        while let Some((attempts, at, _)) = next_attempt(&it, Some(&FetchError::TimedOut), now) {
            pauses.push(at - now);
            (it.attempts, now) = (attempts, at);
        }
        assert_eq!(pauses[..10], [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]);
        assert!(pauses[10..].iter().all(|pause| *pause == 3600) && (82_000..=86_400).contains(&now), "{now}");
        assert_eq!(next_attempt(&delivery(1, ""), None, 5), None);
        assert_eq!(next_attempt(&delivery(1, ""), Some(&FetchError::TooOften), 5).unwrap().0, 0);
    }
}
