//! What there is of a person beside their row, for whoever takes their data with them.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// What a person allowed a client.
#[derive(QueryableByName)]
pub struct Allowed {
    #[diesel(sql_type = Text)]
    pub client_id: String,
    #[diesel(sql_type = Text)]
    pub scopes: String,
    #[diesel(sql_type = Text)]
    pub resources: String,
    #[diesel(sql_type = BigInt)]
    pub created_at: i64,
    #[diesel(sql_type = BigInt)]
    pub expires_at: i64,
}

/// The grants of a person that stand, newest first.
pub fn allowed(conn: &mut DbConnection, user_id: i64, now: Seconds) -> Result<Vec<Allowed>, StorageError> {
    Ok(diesel::sql_query(
        "SELECT c.client_id, g.scopes, g.resources, g.created_at, g.expires_at \
         FROM grants g JOIN clients c ON c.id = g.client_key \
         WHERE g.user_id = $1 AND g.revoked_at IS NULL AND g.expires_at > $2 ORDER BY g.id DESC",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<BigInt, _>(now)
    .load(conn)?)
}

/// An account at another provider.
#[derive(QueryableByName)]
pub struct LinkedAccount {
    #[diesel(sql_type = Text)]
    pub issuer: String,
    #[diesel(sql_type = Text)]
    pub subject: String,
    #[diesel(sql_type = BigInt)]
    pub created_at: i64,
}

/// The accounts at other providers by which a person signs in.
pub fn linked(conn: &mut DbConnection, user_id: i64) -> Result<Vec<LinkedAccount>, StorageError> {
    Ok(diesel::sql_query(
        "SELECT p.issuer, l.subject, l.created_at FROM upstream_links l \
         JOIN upstream_providers p ON p.id = l.provider_id WHERE l.user_id = $1 ORDER BY p.issuer, l.subject",
    )
    .bind::<BigInt, _>(user_id)
    .load(conn)?)
}
