//! Who registers: by door, by product and by day.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::Serialize;

use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// How many clients are in one state.
#[derive(Serialize, QueryableByName)]
pub struct Count {
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = BigInt)]
    pub clients: i64,
}

/// The clients of one product that came through one door.
#[derive(Serialize, QueryableByName)]
pub struct ProductCount {
    #[diesel(sql_type = Text)]
    pub product: String,
    #[diesel(sql_type = Text)]
    pub source: String,
    #[diesel(sql_type = BigInt)]
    pub clients: i64,
    /// Those that were ever used.
    #[diesel(sql_type = BigInt)]
    pub used: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub last_registered_at: Option<i64>,
}

/// The registrations of one day.
#[derive(Serialize, QueryableByName)]
pub struct DayCount {
    /// Days since 1970.
    #[diesel(sql_type = BigInt)]
    pub day: i64,
    #[diesel(sql_type = BigInt)]
    pub registrations: i64,
}

/// Clients that are there, by state.
pub fn by_state(conn: &mut DbConnection) -> Result<Vec<Count>, StorageError> {
    Ok(diesel::sql_query(
        "SELECT CASE WHEN disabled_at IS NOT NULL THEN 'disabled' WHEN pending_since IS NOT NULL THEN 'pending' \
         ELSE 'active' END AS name, COUNT(*) AS clients FROM clients GROUP BY 1 ORDER BY 1",
    )
    .load(conn)?)
}

/// Clients that are there, by door.
pub fn by_source(conn: &mut DbConnection) -> Result<Vec<Count>, StorageError> {
    Ok(diesel::sql_query(
        "SELECT source AS name, COUNT(*) AS clients FROM clients GROUP BY source ORDER BY source",
    )
    .load(conn)?)
}

/// Clients that are there, by product and door, the most frequent first.
pub fn by_product(conn: &mut DbConnection, limit: i64) -> Result<Vec<ProductCount>, StorageError> {
    Ok(diesel::sql_query(
        "SELECT product, source, COUNT(*) AS clients, COUNT(last_used_at) AS used, \
         MAX(created_at) AS last_registered_at FROM clients GROUP BY product, source \
         ORDER BY 3 DESC, product, source LIMIT $1",
    )
    .bind::<BigInt, _>(limit)
    .load(conn)?)
}

/// Registrations by day, of clients that are gone too, as far as the audit log goes back.
pub fn by_day(conn: &mut DbConnection, since: Seconds) -> Result<Vec<DayCount>, StorageError> {
    Ok(diesel::sql_query(
        "SELECT at / 86400 AS day, COUNT(*) AS registrations FROM audit_events \
         WHERE kind = 'client_registered' AND at >= $1 GROUP BY 1 ORDER BY 1",
    )
    .bind::<BigInt, _>(since)
    .load(conn)?)
}

/// How many of one kind on one day.
#[derive(QueryableByName)]
pub struct DayNumber {
    /// Days since 1970.
    #[diesel(sql_type = BigInt)]
    pub day: i64,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = BigInt)]
    pub number: i64,
}

/// Registrations by day and door (which stands between quotes in the details), of clients that are gone too, as far as the audit log goes back.
pub fn registrations_by_day(conn: &mut DbConnection, since: Seconds) -> Result<Vec<DayNumber>, StorageError> {
    Ok(diesel::sql_query(
        "SELECT at / 86400 AS day, CASE WHEN details LIKE '%_source_:_operator_%' THEN 'operator' \
         WHEN details LIKE '%_source_:_initial_access_token_%' THEN 'initial_access_token' \
         WHEN details LIKE '%_source_:_user_%' THEN 'user' \
         WHEN details LIKE '%_source_:_document_%' THEN 'document' ELSE 'dynamic' END AS name, \
         COUNT(*) AS number FROM audit_events WHERE kind = 'client_registered' AND at >= $1 GROUP BY 1, 2 ORDER BY 1, 2",
    )
    .bind::<BigInt, _>(since)
    .load(conn)?)
}

/// Sign-ins by day, as far as the audit log goes back.
pub fn sign_ins_by_day(conn: &mut DbConnection, since: Seconds) -> Result<Vec<DayNumber>, StorageError> {
    Ok(diesel::sql_query(
        "SELECT at / 86400 AS day, 'signed_in' AS name, COUNT(*) AS number FROM audit_events \
         WHERE kind = 'signed_in' AND at >= $1 GROUP BY 1 ORDER BY 1",
    )
    .bind::<BigInt, _>(since)
    .load(conn)?)
}

/// What was counted and not written down, by day: answers of the token endpoint, sign-ins that failed, and other refusals.
pub fn counts_by_day(conn: &mut DbConnection, since: Seconds) -> Result<Vec<DayNumber>, StorageError> {
    Ok(diesel::sql_query(
        "SELECT minute / 86400 AS day, CASE WHEN reason = '/token issued' THEN 'tokens' \
         WHEN reason LIKE '/login%' THEN 'sign_ins_failed' ELSE 'refused' END AS name, \
         CAST(SUM(count) AS BIGINT) AS number FROM audit_counts \
         WHERE minute >= $1 AND reason NOT LIKE '% read' GROUP BY 1, 2 ORDER BY 1, 2",
    )
    .bind::<BigInt, _>(since)
    .load(conn)?)
}

/// How often one reason was counted, and when last.
#[derive(QueryableByName)]
pub struct ReasonCount {
    #[diesel(sql_type = Text)]
    pub reason: String,
    #[diesel(sql_type = Text)]
    pub network: String,
    #[diesel(sql_type = BigInt)]
    pub number: i64,
    #[diesel(sql_type = BigInt)]
    pub last_minute: i64,
}

/// Why registrations were refused since a time, and from which networks, the latest first.
pub fn refused_registrations(
    conn: &mut DbConnection,
    since: Seconds,
    limit: i64,
) -> Result<Vec<ReasonCount>, StorageError> {
    Ok(diesel::sql_query(
        "SELECT reason, block AS network, CAST(SUM(count) AS BIGINT) AS number, MAX(minute) AS last_minute \
         FROM audit_counts WHERE minute >= $1 AND reason LIKE '/register%' AND reason NOT LIKE '% read' \
         GROUP BY reason, block ORDER BY 4 DESC, 3 DESC, reason, block LIMIT $2",
    )
    .bind::<BigInt, _>(since)
    .bind::<BigInt, _>(limit)
    .load(conn)?)
}

/// A number of everything that an operator looks after.
#[derive(QueryableByName)]
pub struct Totals {
    #[diesel(sql_type = BigInt)]
    pub people: i64,
    #[diesel(sql_type = BigInt)]
    pub sessions: i64,
    #[diesel(sql_type = BigInt)]
    pub grants: i64,
    #[diesel(sql_type = BigInt)]
    pub clients: i64,
    #[diesel(sql_type = BigInt)]
    pub pending_clients: i64,
}

/// How many there are now.
pub fn totals(conn: &mut DbConnection, now: Seconds, idle_since: Seconds) -> Result<Totals, StorageError> {
    Ok(diesel::sql_query(
        "SELECT (SELECT COUNT(*) FROM users) AS people, \
         (SELECT COUNT(*) FROM browser_sessions WHERE ended_at IS NULL AND expires_at > $1 \
         AND (remembered OR seen_at > $2)) AS sessions, \
         (SELECT COUNT(*) FROM grants WHERE revoked_at IS NULL AND expires_at > $3) AS grants, \
         (SELECT COUNT(*) FROM clients) AS clients, \
         (SELECT COUNT(*) FROM clients WHERE pending_since IS NOT NULL) AS pending_clients",
    )
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(idle_since)
    .bind::<BigInt, _>(now)
    .get_result(conn)?)
}
