//! What is over and may go, one kind of row at a time.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::authorization_threads::KEPT as THREADS_KEPT;
use super::schema::{access_tokens as tokens, browser_sessions as sessions, grants, refresh_tokens};
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
pub const STEPS: &[Step] = &[
    authorization_threads,
    access_tokens,
    unredeemed_grants,
    idle_grants,
    expired_grants,
    revoked_grants,
    registration_access_tokens,
    spent_assertions,
    browser_sessions,
    setup_links,
    initial_access_tokens,
    tombstones,
    snapshots,
    budgets,
    passkey_ceremonies,
    sign_ins,
    sign_in_failures,
    known_devices,
    upstream_requests,
    account_links,
    emails,
];

fn left(limit: i64, removed: usize) -> i64 {
    limit.saturating_sub(i64::try_from(removed).unwrap_or(limit))
}

/// Removes tokens of these grants and, once there are no more, the grants; never more rows than the limit. Their codes,
/// one of each grant, go by foreign key.
pub(super) fn remove_grants(conn: &mut DbConnection, ids: &[i64], limit: i64) -> Result<usize, StorageError> {
    let refresh: Vec<Vec<u8>> = refresh_tokens::table
        .filter(refresh_tokens::grant_id.eq_any(ids))
        .select(refresh_tokens::digest)
        .limit(limit)
        .load(conn)?;
    let mut removed = diesel::delete(refresh_tokens::table.filter(refresh_tokens::digest.eq_any(&refresh)))
        .execute(conn)?;
    let access: Vec<Vec<u8>> = tokens::table
        .filter(tokens::grant_id.eq_any(ids))
        .select(tokens::digest)
        .limit(left(limit, removed))
        .load(conn)?;
    removed += diesel::delete(tokens::table.filter(tokens::digest.eq_any(&access))).execute(conn)?;
    if left(limit, removed) < i64::try_from(ids.len()).unwrap_or(i64::MAX) {
        // The next transaction goes on here. A full batch says that there is more.
        return Ok(removed.max(usize::try_from(limit).unwrap_or(removed)));
    }
    Ok(removed + diesel::delete(grants::table.filter(grants::id.eq_any(ids))).execute(conn)?)
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
    run(conn, statement, cutoffs.now - THREADS_KEPT, limit)
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
    let idle: Vec<(Vec<u8>, i64)> = refresh_tokens::table
        .filter(refresh_tokens::used_at.is_null())
        .filter(refresh_tokens::expires_at.le(cutoffs.retained_since))
        .select((refresh_tokens::digest, refresh_tokens::grant_id))
        .limit(limit)
        .load(conn)?;
    let (digests, ids): (Vec<Vec<u8>>, Vec<i64>) = idle.into_iter().unzip();
    diesel::update(grants::table.filter(grants::id.eq_any(&ids)).filter(grants::revoked_at.is_null()))
        .set(grants::revoked_at.eq(cutoffs.retained_since))
        .execute(conn)?;
    Ok(diesel::delete(refresh_tokens::table.filter(refresh_tokens::digest.eq_any(&digests))).execute(conn)?)
}

/// Grants past their absolute end.
fn expired_grants(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let expired: Vec<i64> = grants::table
        .filter(grants::expires_at.le(cutoffs.retained_since))
        .select(grants::id)
        .limit(limit)
        .load(conn)?;
    remove_grants(conn, &expired, limit)
}

fn revoked_grants(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let revoked: Vec<i64> = grants::table
        .filter(grants::revoked_at.is_not_null())
        .filter(grants::revoked_at.le(cutoffs.retained_since))
        .select(grants::id)
        .limit(limit)
        .load(conn)?;
    remove_grants(conn, &revoked, limit)
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

fn spent_assertions(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM spent_assertions WHERE (client_key, digest) IN \
         (SELECT client_key, digest FROM spent_assertions WHERE expires_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.now, limit)
}

/// Sessions, after the grants that end with them.
fn browser_sessions(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let over: Vec<i64> = sessions::table
        .filter(sessions::expires_at.le(cutoffs.retained_since))
        .select(sessions::id)
        .limit(limit)
        .load(conn)?;
    let theirs: Vec<i64> =
        grants::table.filter(grants::session_id.eq_any(&over)).select(grants::id).limit(limit).load(conn)?;
    if !theirs.is_empty() {
        // A full batch says that there is more: the sessions themselves.
        let removed = remove_grants(conn, &theirs, limit)?;
        return Ok(removed.max(usize::try_from(limit).unwrap_or(removed)));
    }
    Ok(diesel::delete(sessions::table.filter(sessions::id.eq_any(&over))).execute(conn)?)
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

/// Tombstones that nobody is told of any more.
fn tombstones(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM tombstones WHERE client_id IN \
         (SELECT client_id FROM tombstones WHERE expires_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.now, limit)
}

/// What an undo would have needed, once its time is over. The tombstones stay.
fn snapshots(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "UPDATE tombstones SET snapshot = NULL, restorable_until = NULL WHERE client_id IN \
         (SELECT client_id FROM tombstones WHERE restorable_until <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.now, limit)
}

/// How long a window of a budget stays: longer than any is.
const BUDGET_RETENTION: Seconds = 3600;

/// Windows of budgets that are over.
fn budgets(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM budgets WHERE (kind, subject, window_began) IN \
         (SELECT kind, subject, window_began FROM budgets WHERE window_began <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.now - BUDGET_RETENTION, limit)
}

/// Challenges that nobody answered.
fn passkey_ceremonies(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM passkey_ceremonies WHERE digest IN \
         (SELECT digest FROM passkey_ceremonies WHERE expires_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.now, limit)
}

/// Sign-ins that nobody finished.
fn sign_ins(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM sign_ins WHERE digest IN (SELECT digest FROM sign_ins WHERE expires_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.now, limit)
}

/// How long failures at a name that nobody has are remembered. Those of a person stay until they sign in.
const NOBODYS_FAILURES: Seconds = 7 * 86_400;

/// Failures at names that nobody has.
fn sign_in_failures(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM sign_in_failures WHERE who IN \
         (SELECT who FROM sign_in_failures WHERE last_at <= $1 AND who LIKE 'name:%' LIMIT $2)",
    );
    run(conn, statement, cutoffs.now - NOBODYS_FAILURES, limit)
}

/// How long a browser is known without a sign-in.
const KNOWN_FOR: Seconds = 400 * 86_400;

/// Browsers with which nobody signed in for so long that their cookie is gone.
fn known_devices(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM known_devices WHERE (user_id, device_digest) IN \
         (SELECT user_id, device_digest FROM known_devices WHERE last_seen_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.now - KNOWN_FOR, limit)
}

/// Sign-ins at other providers from which nobody came back in time.
fn upstream_requests(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM upstream_requests WHERE digest IN \
         (SELECT digest FROM upstream_requests WHERE expires_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.now, limit)
}

/// Links that nobody followed in time.
fn account_links(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM account_links WHERE digest IN \
         (SELECT digest FROM account_links WHERE expires_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.now, limit)
}

/// E-mails of a month ago, sent or not.
fn emails(conn: &mut DbConnection, cutoffs: &Cutoffs, limit: i64) -> Result<usize, StorageError> {
    let statement = diesel::sql_query(
        "DELETE FROM emails WHERE id IN (SELECT id FROM emails WHERE created_at <= $1 LIMIT $2)",
    );
    run(conn, statement, cutoffs.now - NOTICED_FOR, limit)
}
