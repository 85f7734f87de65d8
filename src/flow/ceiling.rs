//! The ceiling of clients that registered themselves. RFC 7591 §3: a server may refuse, but a hard cap would let one flood
//! shut everybody out, so those that were never used make room first.
//!
//! A count of many rows at each registration would be slow. Keys of clients only grow: after one count, the number of
//! keys since then bounds the clients that came since then, whichever server they came to. Only where that bound reaches
//! the ceiling is counted again. On PostgreSQL registrations of one minute follow one another, because they share a budget,
//! so the ceiling is exact but at the turn of a minute, where those of two minutes may meet.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Means;
use super::remove_client::{RemovalReason, Retention, remove};
use crate::clock::Seconds;
use crate::protocol::client::policy::Policy;
use crate::storage::audit_events::{Actor, Origin};
use crate::storage::{DbConnection, Failure, StorageError, ceiling, clients};

/// A client is left in peace for so long after it registered.
const PEACE: Seconds = 15 * 60;
/// No more clients make room at once.
const MOST_AT_ONCE: i64 = 20;

/// What a server remembers of the last count.
#[derive(Debug, Default)]
pub struct Ceiling {
    counted: Mutex<Option<Counted>>,
    /// The last registration found no room: the next one looks before it takes the writer's time.
    was_full: AtomicBool,
}

#[derive(Clone, Copy, Debug)]
struct Counted {
    clients: i64,
    newest_key: i64,
}

struct Count {
    /// How many clients are too many.
    excess: i64,
    /// No more are counted than say that there are too many.
    self_registered: Option<i64>,
}

/// The rules under which one client is let in.
#[derive(Clone)]
pub struct Entrance {
    ceiling: Arc<Ceiling>,
    /// Whether the client registers itself, or a person does.
    is_open: bool,
    max_clients: i64,
    policy_name: String,
    max_of_policy: Option<i64>,
    retention: Retention,
}

impl Entrance {
    /// As the settings and the policy say.
    #[must_use]
    pub fn new(means: &Means, policy: &Policy, is_open: bool) -> Self {
        Self {
            ceiling: Arc::clone(&means.ceiling),
            is_open,
            max_clients: means.config.registration.max_clients,
            policy_name: policy.name.clone(),
            max_of_policy: policy.max_clients,
            retention: Retention::of(means),
        }
    }

    /// For clients with a metadata document, which belong to no policy that is counted. RFC 7591 §3.
    #[must_use]
    pub fn of_documents(means: &Means) -> Self {
        Self { max_of_policy: None, ..Self::new(means, &means.config.registration.policy, true) }
    }

    /// Whether it is worth trying: while there is no room, that is found out without the writer.
    pub async fn look(&self, means: &Means) -> Result<bool, StorageError> {
        if !self.is_open || !self.ceiling.was_full.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let entrance = self.clone();
        let work = move |conn: &mut DbConnection| {
            let is_full = entrance.count(conn, 1)?.excess > 0;
            let can_make_room = !is_full || !ceiling::never_used(conn, entrance.oldest(), 1)?.is_empty();
            Ok::<_, Failure<std::convert::Infallible>>(can_make_room)
        };
        means.database.read(work).await.map_err(|failure| match failure {
            Failure::Broken(error) => error,
            Failure::Refused(never) => match never {},
        })
    }

    /// After the client of this key was inserted: whether it may stay. Others may have made room for it.
    pub fn admits(&self, conn: &mut DbConnection, key: i64) -> Result<bool, StorageError> {
        if self.max_of_policy.is_none() && (!self.is_open || self.is_surely_below(key)) {
            return Ok(true);
        }
        let Count { excess, self_registered } = self.count(conn, 0)?;
        if let Some(clients) = self_registered {
            // From before clients go, it is too high at most: it never lets more in.
            let mut counted = self.ceiling.counted.lock().unwrap_or_else(PoisonError::into_inner);
            *counted = Some(Counted { clients, newest_key: key });
        }
        let admitted = excess == 0 || (self.is_open && self.make_room(conn, excess)? >= excess);
        self.ceiling.was_full.store(!admitted, Ordering::Relaxed);
        Ok(admitted)
    }

    fn is_surely_below(&self, key: i64) -> bool {
        let counted = *self.ceiling.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.is_some_and(|counted| counted.clients + (key - counted.newest_key) <= self.max_clients)
    }

    /// How many clients are too many, if there are `more` than now.
    fn count(&self, conn: &mut DbConnection, more: i64) -> Result<Count, StorageError> {
        let over = |counted: i64, most: i64| (counted + more - most).max(0);
        let beyond = |most: i64| most.saturating_add(MOST_AT_ONCE + 1);
        let of_policy = match self.max_of_policy {
            Some(most) => over(ceiling::count_of_policy(conn, &self.policy_name, beyond(most))?, most),
            None => 0,
        };
        if !self.is_open {
            return Ok(Count { excess: of_policy, self_registered: None });
        }
        let all = ceiling::count_self_registered(conn, beyond(self.max_clients))?;
        Ok(Count { excess: of_policy.max(over(all, self.max_clients)), self_registered: Some(all) })
    }

    fn oldest(&self) -> Seconds {
        self.retention.now - PEACE
    }

    /// Removes the oldest clients that were never used; how many went. A few more than needed where there are many, so that
    /// a full server need not count for each registration.
    fn make_room(&self, conn: &mut DbConnection, excess: i64) -> Result<i64, StorageError> {
        let ahead = (self.max_clients / 1000).clamp(1, MOST_AT_ONCE);
        let found = ceiling::never_used(conn, self.oldest(), ahead.max(excess.min(MOST_AT_ONCE)))?;
        let origin = Origin::local(Actor::Server);
        let mut removed = 0;
        for key in found {
            let Some(client) = clients::find_by_key(conn, key)? else { continue };
            if remove(conn, &client, RemovalReason::Evicted, &origin, &self.retention)?.is_some() {
                removed += 1;
            }
        }
        Ok(removed)
    }
}
