//! Removes clients that nobody uses, in small transactions with pauses, and never one of which something lives.
//!
//! Security statement D14. One server at a time does it, under a lease; an operator may do it by hand beside it, because
//! each removal repeats its condition on the locked row.

use std::time::{Duration, Instant};

use serde::Serialize;
use utoipa::ToSchema;

use super::remove_client::{RemovalReason, Retention, remove};
use super::{Means, last_used};
use crate::clock::Seconds;
use crate::storage::audit_events::{Actor, Origin};
use crate::storage::client_sweep::{self, Candidate, Cursor, Limits, List};
use crate::storage::clients::{self, Belongings};
use crate::storage::{DbConnection, Failure, StorageError, leases};

/// Clients that are looked at in one read.
const PAGE: i64 = 200;
/// Rows that one transaction removes at most. Security statement D14.
const MOST_ROWS: i64 = 1_000;
/// Name of the lease.
const LEASE: &str = "client_sweep";
/// A server that died is replaced after so long at most, and the time between two looks. Security statement R21.
const LEASE_LIFETIME: Seconds = 20;
/// Between the end of a sweep and the next one.
const PAUSE: Seconds = 600;

/// How much of the database a sweep takes.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// No client is begun in a transaction that has lasted so long.
    pub transaction: Duration,
    /// After a transaction it rests so many times as long as that took.
    pub rest: u32,
}

impl Pace {
    /// Beside requests: they do not notice it.
    pub const BACKGROUND: Self = Self { transaction: Duration::from_millis(2), rest: 49 };
    /// By hand, where somebody waits.
    pub const BY_HAND: Self = Self { transaction: Duration::from_millis(25), rest: 1 };
}

/// A client that would go, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Due {
    pub client_id: String,
    pub source: &'static str,
    pub reason: &'static str,
    pub registered_at: Seconds,
    pub last_used_at: Option<Seconds>,
}

/// What would go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Preview {
    pub never_used: usize,
    pub idle: usize,
    /// The first of them.
    pub clients: Vec<Due>,
}

/// What went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    pub never_used: usize,
    pub idle: usize,
    pub transactions: usize,
    /// The longest transaction, from its beginning to before its commit.
    #[serde(skip)]
    pub longest: Duration,
    /// The longest transaction with its waiting for its turn and its commit.
    #[serde(skip)]
    pub longest_wait: Duration,
}

impl Swept {
    /// How many clients went.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.never_used + self.idle
    }

    fn add(&mut self, done: &Done, waited: Duration) {
        self.transactions += 1;
        self.longest = self.longest.max(done.took);
        self.longest_wait = self.longest_wait.max(waited);
        for reason in &done.removed {
            *if *reason == RemovalReason::NeverUsed { &mut self.never_used } else { &mut self.idle } += 1;
        }
    }
}

/// From which moment on a client is unused for too long, as the settings say. Units are seconds, here and nowhere else.
#[must_use]
pub fn limits(means: &Means) -> Limits {
    let now = means.clock.now();
    let since = |lifetime: Seconds| (lifetime > 0).then_some(now - lifetime);
    Limits {
        now,
        never_used_since: since(means.config.registration.never_used_lifetime),
        idle_since: since(means.config.registration.idle_lifetime),
    }
}

/// What a sweep would remove now. Writes nothing; `most` is how many clients are named.
pub async fn preview(means: &Means, most: usize) -> Result<Preview, StorageError> {
    let limits = limits(means);
    let mut preview = Preview::default();
    for list in List::ALL {
        let mut cursor = Cursor::START;
        loop {
            let found = read_page(means, list, limits, cursor).await?;
            cursor = found.end;
            for (candidate, reason) in found.due {
                *if reason == RemovalReason::NeverUsed {
                    &mut preview.never_used
                } else {
                    &mut preview.idle
                } += 1;
                if preview.clients.len() < most {
                    preview.clients.push(due(&candidate, reason)?);
                }
            }
            if found.is_last {
                break;
            }
        }
    }
    Ok(preview)
}

fn due(candidate: &Candidate, reason: RemovalReason) -> Result<Due, StorageError> {
    Ok(Due {
        client_id: candidate.client_id.clone(),
        source: candidate.source()?.as_str(),
        reason: reason.as_str(),
        registered_at: candidate.created_at,
        last_used_at: candidate.last_used_at,
    })
}

/// Removes every client that is due now.
pub async fn sweep(means: &Means, origin: &Origin, pace: Pace) -> Result<Swept, StorageError> {
    sweep_while(means, origin, pace, async |_| Ok(true)).await
}

/// The background job: sweeps if it is time and no other server does. `None` if there was nothing to do here.
pub async fn sweep_if_due(means: &Means) -> Result<Option<Swept>, StorageError> {
    let now = means.clock.now();
    let is_free = means
        .database
        .read(move |conn| leases::is_free(conn, LEASE, now).map_err(Failure::<StorageError>::Broken));
    if !is_free.await.map_err(either)? || !hold_lease(means, LEASE_LIFETIME).await? {
        return Ok(None);
    }
    let mut renewed = Instant::now();
    let swept = sweep_while(means, &Origin::local(Actor::Server), Pace::BACKGROUND, async |_| {
        if renewed.elapsed() < Duration::from_secs(5) {
            return Ok(true);
        }
        renewed = Instant::now();
        hold_lease(means, LEASE_LIFETIME).await
    })
    .await?;
    // Held until it is time again, by whichever server looks first then.
    hold_lease(means, PAUSE).await?;
    Ok(Some(swept))
}

async fn hold_lease(means: &Means, lifetime: Seconds) -> Result<bool, StorageError> {
    let (now, holder) = (means.clock.now(), means.server_id.clone());
    means
        .database
        .write(move |conn| {
            leases::take(conn, LEASE, &holder, now, now + lifetime).map_err(Failure::<StorageError>::Broken)
        })
        .await
        .map_err(either)
}

/// Removes what is due as long as `goes_on` says so, which is told before each transaction what went until then.
pub async fn sweep_while(
    means: &Means,
    origin: &Origin,
    pace: Pace,
    mut goes_on: impl AsyncFnMut(&Swept) -> Result<bool, StorageError>,
) -> Result<Swept, StorageError> {
    last_used::flush(means).await?;
    let limits = limits(means);
    let mut swept = Swept::default();
    for list in List::ALL {
        let mut cursor = Cursor::START;
        loop {
            let found = read_page(means, list, limits, cursor).await?;
            cursor = found.end;
            let mut keys: Vec<i64> = found.due.iter().map(|(candidate, _)| candidate.key).collect();
            while !keys.is_empty() {
                if !goes_on(&swept).await? {
                    return Ok(swept);
                }
                let begun = Instant::now();
                let done = remove_some(means, keys.clone(), limits, origin, pace).await?;
                swept.add(&done, begun.elapsed());
                keys.drain(..done.looked_at.min(keys.len()));
                tokio::time::sleep(done.took * pace.rest).await;
            }
            if found.is_last {
                break;
            }
        }
    }
    Ok(swept)
}

struct Page {
    due: Vec<(Candidate, RemovalReason)>,
    end: Cursor,
    is_last: bool,
}

/// One page of the list, and who of it should go.
async fn read_page(means: &Means, list: List, limits: Limits, after: Cursor) -> Result<Page, StorageError> {
    means
        .database
        .read(move |conn| {
            let (found, end) = client_sweep::page(conn, list, &limits, after, PAGE)?;
            let is_last = i64::try_from(found.len()).is_ok_and(|found| found < PAGE);
            let mut due = Vec::new();
            for candidate in found {
                if let Some(reason) = candidate.reason(&limits)? {
                    due.push((candidate, reason));
                }
            }
            let keys: Vec<i64> = due.iter().map(|(candidate, _)| candidate.key).collect();
            let alive = client_sweep::alive(conn, &keys, limits.now)?;
            due.retain(|(candidate, _)| !alive.contains(&candidate.key));
            Ok::<_, Failure<StorageError>>(Page { due, end, is_last })
        })
        .await
        .map_err(either)
}

/// What one transaction did.
struct Done {
    removed: Vec<RemovalReason>,
    /// So many of the keys need not be looked at again.
    looked_at: usize,
    took: Duration,
}

/// One transaction: as many of these clients as its time and its rows allow, and something of one at least.
async fn remove_some(
    means: &Means,
    keys: Vec<i64>,
    limits: Limits,
    origin: &Origin,
    pace: Pace,
) -> Result<Done, StorageError> {
    let (retention, origin) = (Retention::of(means), origin.clone());
    means
        .database
        .write(move |conn| {
            let begun = Instant::now();
            let mut done = Done { removed: Vec::new(), looked_at: 0, took: Duration::ZERO };
            let mut rows = 0;
            for key in &keys {
                let is_first = done.looked_at == 0;
                if !is_first && begun.elapsed() >= pace.transaction {
                    break;
                }
                // The first may be trimmed in several transactions; the others fit in, or are the first of the next one.
                match remove_one(conn, *key, &limits, &origin, &retention, (MOST_ROWS - rows, is_first))? {
                    Step::Removed(reason, went) => {
                        done.removed.push(reason);
                        rows += went;
                    }
                    Step::Kept => {}
                    Step::NotNow => break,
                }
                done.looked_at += 1;
            }
            done.took = begun.elapsed();
            Ok::<_, Failure<StorageError>>(done)
        })
        .await
        .map_err(either)
}

enum Step {
    Removed(RemovalReason, i64),
    Kept,
    /// It has more rows than this transaction may still remove.
    NotNow,
}

fn remove_one(
    conn: &mut DbConnection,
    key: i64,
    limits: &Limits,
    origin: &Origin,
    retention: &Retention,
    (rows_left, may_trim): (i64, bool),
) -> Result<Step, StorageError> {
    let Some(reason) = client_sweep::lock_due(conn, key, limits)? else { return Ok(Step::Kept) };
    let Some(client) = clients::find_by_key(conn, key)? else { return Ok(Step::Kept) };
    let rows = rows(&clients::belongings(conn, key)?);
    // What is large without dead grants goes in one piece all the same: a client is never half deleted.
    if rows > rows_left && (!may_trim || client_sweep::trim(conn, key, MOST_ROWS)?) {
        return Ok(Step::NotNow);
    }
    remove(conn, &client, reason, origin, retention)?;
    Ok(Step::Removed(reason, rows))
}

/// The client and everything that goes with it.
fn rows(belongings: &Belongings) -> i64 {
    1 + belongings.registration_access_tokens
        + belongings.authorization_requests
        + belongings.authorization_codes
        + belongings.grants
        + belongings.access_tokens
        + belongings.refresh_tokens
        + belongings.consents
        + belongings.resource_introspectors
}

fn either(failure: Failure<StorageError>) -> StorageError {
    match failure {
        Failure::Broken(error) | Failure::Refused(error) => error,
    }
}
