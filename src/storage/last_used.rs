//! When clients were used: written now and then for many at once, and only ever forward.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// The latest uses of one client that were noted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// A code was issued.
    pub authorized_at: Option<Seconds>,
    /// A token was issued.
    pub token_at: Option<Seconds>,
}

impl Use {
    /// The later of both, of each kind.
    pub fn merge(&mut self, other: Self) {
        self.authorized_at = self.authorized_at.max(other.authorized_at);
        self.token_at = self.token_at.max(other.token_at);
    }
}

/// Writes the use of a client that still is there; of two servers' notes the later one stays. Several in one transaction
/// come in the order of their keys, so that two servers do not wait for each other.
pub fn note(conn: &mut DbConnection, key: i64, noted: Use) -> Result<(), StorageError> {
    // SQLite numbers parameters by their first place in the text: they stand in order.
    diesel::sql_query(
        "UPDATE clients SET \
         last_authorized_at = CASE WHEN $1 > COALESCE(last_authorized_at, -1) THEN $1 ELSE last_authorized_at END, \
         last_token_at = CASE WHEN $2 > COALESCE(last_token_at, -1) THEN $2 ELSE last_token_at END, \
         last_used_at = CASE WHEN $3 > COALESCE(last_used_at, -1) THEN $3 ELSE last_used_at END \
         WHERE id = $4",
    )
    .bind::<Nullable<BigInt>, _>(noted.authorized_at)
    .bind::<Nullable<BigInt>, _>(noted.token_at)
    .bind::<Nullable<BigInt>, _>(noted.authorized_at.max(noted.token_at))
    .bind::<BigInt, _>(key)
    .execute(conn)?;
    Ok(())
}
