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

/// Removes at most so many rows of one kind, and says how many.
pub type Step = fn(&mut DbConnection, &Cutoffs, i64) -> Result<usize, StorageError>;

/// Every kind. Tokens before their grants, grants before their sessions.
pub const STEPS: [Step; 8] = [
    authorization_threads,
    access_tokens,
    unredeemed_grants,
    authorization_codes,
    ended_grants,
    registration_access_tokens,
    browser_sessions,
    setup_links,
];

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

/// Spent codes of grants that have no live token any more.
fn authorization_codes(
    conn: &mut DbConnection,
    cutoffs: &Cutoffs,
    limit: i64,
) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM authorization_codes WHERE digest IN \
         (SELECT c.digest FROM authorization_codes c WHERE c.expires_at <= $1 \
          AND NOT EXISTS (SELECT 1 FROM access_tokens a WHERE a.grant_id = c.grant_id) \
          AND NOT EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.grant_id = c.grant_id \
                          AND r.used_at IS NULL AND r.expires_at > $1) \
          LIMIT $2)",
    );
    run(conn, statement, cutoffs.retained_since, limit)
}

/// Grants that ended, and those without any live token: their rotated refresh tokens go with them.
fn ended_grants(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM grants WHERE id IN \
         (SELECT g.id FROM grants g WHERE g.created_at <= $1 AND (g.expires_at <= $1 OR g.revoked_at <= $1 OR \
          (NOT EXISTS (SELECT 1 FROM access_tokens a WHERE a.grant_id = g.id) \
           AND NOT EXISTS (SELECT 1 FROM authorization_codes c WHERE c.grant_id = g.id) \
           AND NOT EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.grant_id = g.id AND r.expires_at > $1))) \
          LIMIT $2)",
    );
    run(conn, statement, cutoffs.retained_since, limit)
}

/// Dead registration access tokens, after a month in which their use would still be noticed.
fn registration_access_tokens(
    conn: &mut DbConnection,
    cutoffs: &Cutoffs,
    limit: i64,
) -> Result<usize, StorageError> {
    const NOTICED_FOR: Seconds = 30 * 86_400;
    let statement = diesel::sql_query(
        "DELETE FROM registration_access_tokens WHERE digest IN \
         (SELECT digest FROM registration_access_tokens WHERE superseded_at IS NOT NULL AND expires_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.now - NOTICED_FOR, limit)
}

fn browser_sessions(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM browser_sessions WHERE id IN \
         (SELECT id FROM browser_sessions WHERE expires_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.retained_since, limit)
}

fn setup_links(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM setup_links WHERE digest IN (SELECT digest FROM setup_links WHERE expires_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.now, limit)
}
