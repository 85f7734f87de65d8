//! Clients that nobody uses: found by an index, page by page, and never while something of them lives.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::query_builder::SqlQuery;
use diesel::sql_types::BigInt;

use super::clients::Source;
use super::schema::{
    access_tokens, authorization_codes as codes, authorization_threads as threads, clients, consents, grants,
    refresh_tokens,
};
use super::tombstones::RemovalReason;
use super::{DbConnection, StorageError, sweep};
use crate::clock::Seconds;

/// From which moment on a client is unused for too long. `None` = for no client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub now: Seconds,
    /// Registered at this moment or before, and never used.
    pub never_used_since: Option<Seconds>,
    /// Last used, or registered if never used, at this moment or before.
    pub idle_since: Option<Seconds>,
}

/// The two lists of clients, each with an index of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// By the time of the registration.
    NeverUsed,
    /// By the time of the last use.
    Used,
}

impl List {
    /// Both.
    pub const ALL: [Self; 2] = [Self::NeverUsed, Self::Used];
}

/// Where a page ended: the next one goes on behind it, so that what stays is looked at once in a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    at: Seconds,
    key: i64,
}

impl Cursor {
    /// Before every client.
    pub const START: Self = Self { at: Seconds::MIN, key: i64::MIN };
}

/// A client whose time may be over.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName, Queryable, Selectable)]
#[diesel(table_name = clients)]
pub struct Candidate {
    #[diesel(column_name = id)]
    #[diesel(sql_type = BigInt)]
    pub key: i64,
    pub client_id: String,
    source: String,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
    pending_since: Option<i64>,
    disabled_at: Option<i64>,
    is_for_groups: bool,
    least_acr: Option<String>,
}

impl Candidate {
    /// Through which door it came.
    pub fn source(&self) -> Result<Source, StorageError> {
        Source::from_name(&self.source).ok_or(StorageError::Corrupt("clients.source"))
    }

    /// Whether an operator limited a client that would be back without its limits the next time somebody names its address.
    fn is_limited_document(&self, source: Source) -> bool {
        let is_limited = self.disabled_at.is_some() || self.is_for_groups || self.least_acr.is_some();
        source == Source::Document && is_limited
    }

    /// Why it should go, if it should. An operator's client never does, nor does a document that an operator limited. One that an
    /// operator or a person let in, or that waits for approval, has the longer time even if it was never used.
    pub fn reason(&self, limits: &Limits) -> Result<Option<RemovalReason>, StorageError> {
        let source = self.source()?;
        let is_over = |at: Seconds, since: Option<Seconds>| since.is_some_and(|since| at <= since);
        let nobody_vouches =
            matches!(source, Source::Dynamic | Source::Document) && self.pending_since.is_none();
        Ok(match self.last_used_at {
            _ if source == Source::Operator || self.is_limited_document(source) => None,
            Some(at) => is_over(at, limits.idle_since).then_some(RemovalReason::Idle),
            None => (nobody_vouches && is_over(self.created_at, limits.never_used_since)
                || is_over(self.created_at, limits.idle_since))
            .then_some(RemovalReason::NeverUsed),
        })
    }
}

/// The next clients of the list whose time may be over, oldest first, and where to go on. An empty page is the end.
pub fn page(
    conn: &mut DbConnection,
    list: List,
    limits: &Limits,
    after: Cursor,
    limit: i64,
) -> Result<(Vec<Candidate>, Cursor), StorageError> {
    let (query, until) = match list {
        List::NeverUsed => (never_used(), limits.never_used_since.max(limits.idle_since)),
        List::Used => (used(), limits.idle_since),
    };
    let Some(until) = until else { return Ok((Vec::new(), after)) };
    let found: Vec<Candidate> = query
        .bind::<BigInt, _>(until)
        .bind::<BigInt, _>(after.at)
        .bind::<BigInt, _>(after.key)
        .bind::<BigInt, _>(limit)
        .load(conn)?;
    let end = found
        .last()
        .map_or(after, |last| Cursor { at: last.last_used_at.unwrap_or(last.created_at), key: last.key });
    Ok((found, end))
}

fn never_used() -> SqlQuery {
    diesel::sql_query(
        "SELECT id, client_id, source, created_at, last_used_at, pending_since, disabled_at, is_for_groups, least_acr \
         FROM clients WHERE last_used_at IS NULL AND created_at <= $1 AND (created_at, id) > ($2, $3) \
         ORDER BY created_at, id LIMIT $4",
    )
}

fn used() -> SqlQuery {
    diesel::sql_query(
        "SELECT id, client_id, source, created_at, last_used_at, pending_since, disabled_at, is_for_groups, least_acr \
         FROM clients WHERE last_used_at IS NOT NULL AND last_used_at <= $1 AND (last_used_at, id) > ($2, $3) \
         ORDER BY last_used_at, id LIMIT $4",
    )
}

/// Which of these clients something lives of: a consent, a refresh or access token, a code, an open authorization request.
pub fn alive(conn: &mut DbConnection, keys: &[i64], now: Seconds) -> Result<HashSet<i64>, StorageError> {
    let mut alive: HashSet<i64> = HashSet::new();
    alive.extend(
        consents::table
            .filter(consents::client_key.eq_any(keys))
            .select(consents::client_key)
            .distinct()
            .load::<i64>(conn)?,
    );
    alive.extend(
        threads::table
            .filter(threads::client_key.eq_any(keys))
            .filter(threads::expires_at.gt(now))
            .select(threads::client_key)
            .load::<i64>(conn)?,
    );
    alive.extend(
        access_tokens::table
            .filter(access_tokens::client_key.eq_any(keys))
            .filter(access_tokens::expires_at.gt(now))
            .filter(access_tokens::revoked_at.is_null())
            .select(access_tokens::client_key)
            .distinct()
            .load::<i64>(conn)?,
    );
    let standing = grants::revoked_at.is_null().and(grants::expires_at.gt(now));
    alive.extend(
        grants::table
            .inner_join(refresh_tokens::table)
            .filter(grants::client_key.eq_any(keys))
            .filter(standing)
            .filter(refresh_tokens::used_at.is_null())
            .filter(refresh_tokens::expires_at.gt(now))
            .select(grants::client_key)
            .load::<i64>(conn)?,
    );
    alive.extend(
        grants::table
            .inner_join(codes::table)
            .filter(grants::client_key.eq_any(keys))
            .filter(standing)
            .filter(codes::used_at.is_null())
            .filter(codes::expires_at.gt(now))
            .select(grants::client_key)
            .load::<i64>(conn)?,
    );
    Ok(alive)
}

/// Locks the client and says why it should go, as it is now; `None` if it should not, is gone, or is in somebody's hands.
pub fn lock_due(
    conn: &mut DbConnection,
    key: i64,
    limits: &Limits,
) -> Result<Option<RemovalReason>, StorageError> {
    // Whoever adds to a client holds its row: what is being used now is passed over, and not waited for.
    #[cfg(feature = "postgres")]
    if let DbConnection::Postgres(conn) = conn
        && clients::table
            .find(key)
            .select(clients::id)
            .for_update()
            .skip_locked()
            .first::<i64>(conn)
            .optional()?
            .is_none()
    {
        return Ok(None);
    }
    let found: Option<Candidate> =
        clients::table.find(key).select(Candidate::as_select()).first(conn).optional()?;
    let Some(candidate) = found else { return Ok(None) };
    match candidate.reason(limits)? {
        // A statement of its own, after the lock: it sees what was committed until then.
        Some(reason) if alive(conn, &[key], limits.now)?.is_empty() => Ok(Some(reason)),
        _ => Ok(None),
    }
}

/// Removes some of the dead grants of a client that is about to go, so that its own removal is a small transaction.
/// `false` if it has none.
pub fn trim(conn: &mut DbConnection, key: i64, limit: i64) -> Result<bool, StorageError> {
    let ids: Vec<i64> =
        grants::table.filter(grants::client_key.eq(key)).select(grants::id).limit(limit).load(conn)?;
    Ok(sweep::remove_grants(conn, &ids, limit)? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Seconds = 86_400;

    fn candidate(source: Source, created_at: Seconds, last_used_at: Option<Seconds>) -> Candidate {
        Candidate {
            key: 1,
            client_id: "c-1".to_owned(),
            source: source.as_str().to_owned(),
            created_at,
            last_used_at,
            pending_since: None,
            disabled_at: None,
            is_for_groups: false,
            least_acr: None,
        }
    }

    fn limits(now: Seconds) -> Limits {
        Limits { now, never_used_since: Some(now - DAY), idle_since: Some(now - 90 * DAY) }
    }

    fn reason(candidate: &Candidate, limits: &Limits) -> Option<RemovalReason> {
        candidate.reason(limits).unwrap()
    }

    /// Fault: minutes taken from a seconds timestamp in clean-up, of section 9.
    #[test]
    fn a_day_is_a_day_of_seconds() {
        let (made, now) = (1_000 * DAY, 1_001 * DAY);
        let fresh = candidate(Source::Dynamic, made, None);
        assert_eq!(reason(&fresh, &limits(now - 1)), None);
        assert_eq!(reason(&fresh, &limits(now)), Some(RemovalReason::NeverUsed));
        let used = candidate(Source::Dynamic, 0, Some(made));
        assert_eq!(reason(&used, &limits(made + 90 * DAY - 1)), None);
        assert_eq!(reason(&used, &limits(made + 90 * DAY)), Some(RemovalReason::Idle));
    }

    #[test]
    fn whoever_was_let_in_has_the_longer_time_and_an_operators_client_all_of_it() {
        let (made, late) = (0, 91 * DAY);
        for source in [Source::InitialAccessToken, Source::User] {
            assert_eq!(reason(&candidate(source, made, None), &limits(2 * DAY)), None, "{source:?}");
            let over = reason(&candidate(source, made, None), &limits(late));
            assert_eq!(over, Some(RemovalReason::NeverUsed), "{source:?}");
        }
        let pending = Candidate { pending_since: Some(made), ..candidate(Source::Dynamic, made, None) };
        assert_eq!(reason(&pending, &limits(2 * DAY)), None);
        assert_eq!(reason(&pending, &limits(late)), Some(RemovalReason::NeverUsed));
        for last_used_at in [None, Some(made)] {
            assert_eq!(reason(&candidate(Source::Operator, made, last_used_at), &limits(late)), None);
        }
        assert_eq!(
            reason(&candidate(Source::Document, made, None), &limits(DAY)),
            Some(RemovalReason::NeverUsed)
        );
    }

    /// A document is back as soon as it is named: were it swept, whatever an operator limited would be open again.
    #[test]
    fn a_document_that_an_operator_limited_stays() {
        let plain = |source| candidate(source, 0, None);
        for source in [Source::Document, Source::Dynamic] {
            let wanted = (source == Source::Dynamic).then_some(RemovalReason::NeverUsed);
            for limited in [
                Candidate { disabled_at: Some(1), ..plain(source) },
                Candidate { is_for_groups: true, ..plain(source) },
                Candidate { least_acr: Some("2".to_owned()), ..plain(source) },
            ] {
                assert_eq!(reason(&limited, &limits(91 * DAY)), wanted, "{limited:?}");
            }
        }
    }

    #[test]
    fn a_rule_that_is_off_removes_nobody() {
        let off = Limits { now: 500 * DAY, never_used_since: None, idle_since: None };
        assert_eq!(reason(&candidate(Source::Dynamic, 0, None), &off), None);
        assert_eq!(reason(&candidate(Source::Dynamic, 0, Some(0)), &off), None);
    }
}
