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

/// Every kind. Each is found by an index of its own, so that a sweep costs what it removes, however much there is.
/// Codes and rotated refresh tokens go with their grant, so that a replay is seen as long as there is something to steal.
pub const STEPS: [Step; 9] = [
    authorization_threads,
    access_tokens,
    unredeemed_grants,
    expired_grants,
    revoked_grants,
    idle_grants,
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

/// Grants past their absolute end.
fn expired_grants(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE expires_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.retained_since, limit)
}

fn revoked_grants(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM grants WHERE id IN \
         (SELECT id FROM grants WHERE revoked_at IS NOT NULL AND revoked_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.retained_since, limit)
}

/// Grants whose one unused refresh token was left unused for too long.
fn idle_grants(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM grants WHERE id IN \
         (SELECT grant_id FROM refresh_tokens WHERE used_at IS NULL AND expires_at <= $1 LIMIT $2)",
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
         (SELECT digest FROM registration_access_tokens WHERE expires_at <= $1 LIMIT $2)",
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
