//! What is over and may go, one kind of row at a time.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// What counts as over.
#[derive(Clone, Copy, Debug)]
pub struct Cutoffs {
    pub now: Seconds,
    /// What ended before this may go.
    pub retained_since: Seconds,
}

/// Removes at most so many rows, and says how many. Fewer than it might are all that were due.
pub type Step = fn(&mut DbConnection, &Cutoffs, i64) -> Result<usize, StorageError>;

/// How long dead credentials of registration stay, so that their use is still noticed.
const NOTICED_FOR: Seconds = 30 * 86_400;

/// Every kind. Each is found by an index of its own, so that a sweep costs what it removes, however much there is.
/// Codes and rotated refresh tokens go with their grant, so that a replay is seen as long as there is something to steal.
/// A family may hold thousands of rotated tokens: they go before their grant, batch by batch, and not by its cascade.
pub const STEPS: [Step; 10] = [
    authorization_threads,
    access_tokens,
    unredeemed_grants,
    idle_grants,
    expired_grants,
    revoked_grants,
    registration_access_tokens,
    browser_sessions,
    setup_links,
    initial_access_tokens,
];

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = BigInt)]
    key: i64,
}

/// The keys that a query of `key`s gives.
fn keys(conn: &mut DbConnection, query: &str, before: Seconds, limit: i64) -> Result<Vec<i64>, StorageError> {
    let query = diesel::sql_query(query).bind::<BigInt, _>(before).bind::<BigInt, _>(limit);
    Ok(query.load::<Key>(conn)?.into_iter().map(|row| row.key).collect())
}

/// Keys for `IN (…)`: numbers from our own table.
fn list(keys: &[i64]) -> String {
    keys.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

fn left(limit: i64, removed: usize) -> usize {
    usize::try_from(limit).unwrap_or(0).saturating_sub(removed)
}

/// Removes the rows of a table with these keys, as many as are left of the limit.
fn remove(
    conn: &mut DbConnection,
    table: &str,
    keys: &[i64],
    limit: i64,
    removed: usize,
) -> Result<usize, StorageError> {
    let keys = keys.get(..left(limit, removed)).unwrap_or(keys);
    if keys.is_empty() {
        return Ok(0);
    }
    Ok(diesel::sql_query(format!("DELETE FROM {table} WHERE id IN ({})", list(keys))).execute(conn)?)
}

/// Removes tokens of these grants and, once there are no more, the grants; never more rows than the limit. Their codes,
/// one of each grant, go by foreign key.
fn remove_grants(conn: &mut DbConnection, grants: &[i64], limit: i64) -> Result<usize, StorageError> {
    if grants.is_empty() {
        return Ok(0);
    }
    let mut removed = 0;
    for table in ["refresh_tokens", "access_tokens"] {
        let statement = format!(
            "DELETE FROM {table} WHERE digest IN (SELECT digest FROM {table} WHERE grant_id IN ({}) LIMIT $1)",
            list(grants)
        );
        let limit = i64::try_from(left(limit, removed)).unwrap_or(0);
        removed += diesel::sql_query(statement).bind::<BigInt, _>(limit).execute(conn)?;
    }
    Ok(removed + remove(conn, "grants", grants, limit, removed)?)
}

fn run(
    conn: &mut DbConnection,
    statement: diesel::query_builder::SqlQuery,
    before: Seconds,
    limit: i64,
) -> Result<usize, StorageError> {
    Ok(statement.bind::<BigInt, _>(before).bind::<BigInt, _>(limit).execute(conn)?)
}

fn authorization_threads(
    conn: &mut DbConnection,
    cutoffs: &Cutoffs,
    limit: i64,
) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM authorization_threads WHERE digest IN \
         (SELECT digest FROM authorization_threads WHERE expires_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.now, limit)
}

fn access_tokens(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM access_tokens WHERE digest IN \
         (SELECT digest FROM access_tokens WHERE expires_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.now, limit)
}

/// Grants whose code was never used: nobody came back.
fn unredeemed_grants(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM grants WHERE id IN \
         (SELECT grant_id FROM authorization_codes WHERE expires_at <= $1 AND used_at IS NULL LIMIT $2)",
    );
    run(conn, statement, cutoffs.retained_since, limit)
}

/// Grants whose one unused refresh token was left unused for too long: that token goes, and the grant is over.
fn idle_grants(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let idle = "DELETE FROM refresh_tokens WHERE digest IN \
         (SELECT digest FROM refresh_tokens WHERE used_at IS NULL AND expires_at <= $1 LIMIT $2) \
         RETURNING grant_id AS key";
    let grants = keys(conn, idle, cutoffs.retained_since, limit)?;
    if !grants.is_empty() {
        let statement = format!(
            "UPDATE grants SET revoked_at = $1 WHERE revoked_at IS NULL AND id IN ({})",
            list(&grants)
        );
        diesel::sql_query(statement).bind::<BigInt, _>(cutoffs.retained_since).execute(conn)?;
    }
    Ok(grants.len())
}

/// Grants past their absolute end.
fn expired_grants(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let expired = "SELECT id AS key FROM grants WHERE expires_at <= $1 LIMIT $2";
    let grants = keys(conn, expired, cutoffs.retained_since, limit)?;
    remove_grants(conn, &grants, limit)
}

fn revoked_grants(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let revoked = "SELECT id AS key FROM grants WHERE revoked_at IS NOT NULL AND revoked_at <= $1 LIMIT $2";
    let grants = keys(conn, revoked, cutoffs.retained_since, limit)?;
    remove_grants(conn, &grants, limit)
}

/// Dead registration access tokens, after a month in which their use would still be noticed.
fn registration_access_tokens(
    conn: &mut DbConnection,
    cutoffs: &Cutoffs,
    limit: i64,
) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM registration_access_tokens WHERE digest IN \
         (SELECT digest FROM registration_access_tokens WHERE expires_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.now - NOTICED_FOR, limit)
}

/// Sessions, after the grants that end with them.
fn browser_sessions(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let over = "SELECT id AS key FROM browser_sessions WHERE expires_at <= $1 LIMIT $2";
    let sessions = keys(conn, over, cutoffs.retained_since, limit)?;
    if sessions.is_empty() {
        return Ok(0);
    }
    let theirs = format!("SELECT id AS key FROM grants WHERE session_id IN ({}) LIMIT $1", list(&sessions));
    let grants: Vec<Key> = diesel::sql_query(theirs).bind::<BigInt, _>(limit).load(conn)?;
    let grants: Vec<i64> = grants.into_iter().map(|row| row.key).collect();
    let removed = remove_grants(conn, &grants, limit)?;
    Ok(removed + remove(conn, "browser_sessions", &sessions, limit, removed)?)
}

fn setup_links(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM setup_links WHERE digest IN (SELECT digest FROM setup_links WHERE expires_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.now, limit)
}

/// Initial access tokens that ended a month ago. One with which a client registered stays as long as that client, as
/// what says who let it in. There are few of them, so that they need no index.
fn initial_access_tokens(
    conn: &mut DbConnection,
    cutoffs: &Cutoffs,
    limit: i64,
) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM initial_access_tokens WHERE id IN \
         (SELECT id FROM initial_access_tokens WHERE (expires_at <= $1 OR revoked_at <= $1) AND NOT EXISTS \
         (SELECT 1 FROM clients WHERE clients.initial_access_token_id = initial_access_tokens.id) LIMIT $2)",
    );
    run(conn, statement, cutoffs.now - NOTICED_FOR, limit)
}
