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
