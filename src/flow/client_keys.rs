//! The keys of a client, and what they signed: those that it registered, or those behind its `jwks_uri`, fetched when they
//! are due. RFC 7591 §2, RFC 7517.
//!
//! A client replaces its keys by putting new ones at its address. A signature that none of the known keys made is therefore a
//! reason to ask again, but not often: anybody can send one.

use std::time::Duration;

use serde_json::{Map, Value};

use super::Means;
use crate::clock::Seconds;
use crate::fetch::{FetchError, Fetched, Purpose};
use crate::keys::foreign::ForeignKeys;
use crate::protocol::client::metadata::ClientMetadata;
use crate::protocol::json::parse_object;
use crate::protocol::jwt::{JoseHeader, JwtFault};
use crate::storage::client_keys::{self, Answer, ClientKeys};
use crate::storage::clients::{self, Client};
use crate::storage::{DbConnection, Failure};

/// One client's address is asked once in this time, by all servers together.
const AT_MOST_EVERY: Seconds = 10;
/// The headers of an answer decide within these bounds how long its keys are used without asking again.
const FRESH_AT_LEAST: Seconds = 60;
const FRESH_AT_MOST: Seconds = 3600;
/// What an answer is worth that says nothing of it.
const FRESH_USUALLY: Seconds = 300;
/// While an address is away, its keys count until they are this old.
const OLDEST: Seconds = 3600;
/// For everything that one request waits for; what it fetches ends sooner, so that it can be written down.
const DEADLINE: Duration = Duration::from_secs(5);
const FETCH_DEADLINE: Duration = Duration::from_secs(4);
/// A fetch that has not ended by then never will.
const LONGEST_FETCH: Seconds = 6;
/// How often another server's fetch is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(200);

type Checked<T> = Result<T, Failure<JwtFault>>;

/// Where the keys of a client stand. RFC 7591 §2.
#[derive(Clone, PartialEq)]
pub enum KeySource {
    Inline(Value),
    At(String),
}

impl KeySource {
    /// Of a client that has registered keys. RFC 7591 §2.
    #[must_use]
    pub fn of(metadata: &ClientMetadata) -> Option<Self> {
        let at = || metadata.jwks_uri.clone().map(Self::At);
        metadata.jwks.clone().map(Self::Inline).or_else(at)
    }
}

/// Header and claims of a token that a key of this client signed. Times, issuer and audience are the caller's to check,
/// beforehand if it can: nobody makes us fetch anything by a text that cannot be good. RFC 7515 §5.2.
pub async fn verify(
    means: &Means,
    client: &Client,
    token: &str,
) -> Checked<(JoseHeader, Map<String, Value>)> {
    let unknown = || Failure::Refused(JwtFault::UnknownKey);
    match KeySource::of(&client.metadata).ok_or_else(unknown)? {
        KeySource::Inline(keys) => {
            ForeignKeys::read(&keys).ok_or_else(unknown)?.verify(token).map_err(Failure::Refused)
        }
        KeySource::At(uri) => {
            let known = stored(means, client.key, &uri).await?;
            if let Some(known) = known.filter(|known| known.fresh_until > means.clock.now()) {
                match read(&known.keys).verify(token) {
                    Err(JwtFault::UnknownKey | JwtFault::Algorithm | JwtFault::Signature) => {}
                    decided => return decided.map_err(Failure::Refused),
                }
            }
            let renewed = renew(means, client, &uri);
            let keys = tokio::time::timeout(DEADLINE, renewed).await.map_err(|_| unknown())??;
            keys.verify(token).map_err(Failure::Refused)
        }
    }
}

async fn stored(means: &Means, client_key: i64, uri: &str) -> Checked<Option<ClientKeys>> {
    let uri = uri.to_owned();
    means.database.read(move |conn| Ok(client_keys::find(conn, client_key, &uri)?)).await
}

fn read(keys: &str) -> ForeignKeys {
    serde_json::from_str(keys).ok().and_then(|keys| ForeignKeys::read(&keys)).unwrap_or_default()
}

/// The keys as they stand behind the address now, or as they stood there a moment ago.
async fn renew(means: &Means, client: &Client, uri: &str) -> Checked<ForeignKeys> {
    let flight = means.key_flights.of(&client.client_id);
    let one_at_a_time = flight.lock().await;
    if claim(means, client.key, uri).await? {
        let answer = fetch(means, uri).await;
        let (key, address) = (client.key, uri.to_owned());
        let now = means.clock.now();
        let note = move |conn: &mut DbConnection| Ok(client_keys::note(conn, key, &address, &answer, now)?);
        means.database.write(note).await?;
    }
    drop(one_at_a_time);
    loop {
        let Some(known) = stored(means, client.key, uri).await? else { return Ok(ForeignKeys::default()) };
        // Another server may be about to write what it fetches.
        let now = means.clock.now();
        if known.answered_at >= known.asked_at || known.asked_at + LONGEST_FETCH <= now {
            let counts = known.fetched_at + OLDEST > now;
            return Ok(if counts { read(&known.keys) } else { ForeignKeys::default() });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Whether this request is the one that asks. For a client that is disabled or waits for approval, nobody does.
async fn claim(means: &Means, client_key: i64, uri: &str) -> Checked<bool> {
    let (uri, now) = (uri.to_owned(), means.clock.now());
    let not_since = now - AT_MOST_EVERY;
    // Most who come here are refused: they need no write for it.
    let known = stored(means, client_key, &uri).await?;
    if known.is_some_and(|known| (not_since + 1..=now).contains(&known.asked_at)) {
        return Ok(false);
    }
    means
        .database
        .write(move |conn| {
            Ok(clients::hold(conn, client_key)?
                && client_keys::claim(conn, client_key, &uri, now, not_since)?)
        })
        .await
}

async fn fetch(means: &Means, uri: &str) -> Answer {
    let fetched = tokio::time::timeout(FETCH_DEADLINE, means.fetcher.get(uri, Purpose::Jwks)).await;
    match fetched.unwrap_or(Err(FetchError::TimedOut)) {
        Ok(fetched) => keys_in(&fetched, means.clock.now()),
        Err(error) => {
            tracing::info!(%error, "the keys of a client could not be fetched");
            if is_away(&error) { Answer::Away } else { Answer::NoKeys }
        }
    }
}

fn keys_in(fetched: &Fetched, now: Seconds) -> Answer {
    let keys = parse_object(&fetched.body).map(Value::Object).ok();
    match keys.filter(|keys| ForeignKeys::read(keys).is_some()) {
        None => Answer::NoKeys,
        Some(keys) => {
            let fresh_for = fetched.fresh_for.unwrap_or(FRESH_USUALLY).clamp(FRESH_AT_LEAST, FRESH_AT_MOST);
            Answer::Keys { keys: keys.to_string(), fresh_until: now + fresh_for }
        }
    }
}

/// An address that is away for a while does not lock its client out; whatever it says instead counts at once.
fn is_away(error: &FetchError) -> bool {
    match error {
        FetchError::Unreachable(_) | FetchError::TimedOut | FetchError::TooOften => true,
        FetchError::Status(status) => *status >= 500 || *status == 429,
        _ => false,
    }
}
