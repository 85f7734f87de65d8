//! Table `signing_keys`: private halves sealed with the master key, public halves as published.

use diesel::prelude::*;

use super::schema::signing_keys;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::keys::{Algorithm, KeyTimes};

/// One row.
#[derive(Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = signing_keys)]
pub struct SigningKeyRow {
    pub kid: String,
    algorithm: String,
    /// Sealed; `kid` is the context.
    pub private_key: Vec<u8>,
    /// JSON.
    pub public_jwk: String,
    published_at: Seconds,
    signs_from: Seconds,
    retired_at: Option<Seconds>,
    removed_after: Option<Seconds>,
}

impl SigningKeyRow {
    /// A row to insert.
    #[must_use]
    pub fn new(
        kid: String,
        algorithm: Algorithm,
        private_key: Vec<u8>,
        public_jwk: String,
        times: KeyTimes,
    ) -> Self {
        let KeyTimes { published_at, signs_from, retired_at, removed_after } = times;
        let algorithm = algorithm.to_string();
        Self { kid, algorithm, private_key, public_jwk, published_at, signs_from, retired_at, removed_after }
    }

    /// What the key signs with.
    pub fn algorithm(&self) -> Result<Algorithm, StorageError> {
        Algorithm::parse(&self.algorithm).ok_or(StorageError::Corrupt("signing_keys: an unknown algorithm"))
    }

    /// When the key is published and when it signs.
    #[must_use]
    pub fn times(&self) -> KeyTimes {
        KeyTimes {
            published_at: self.published_at,
            signs_from: self.signs_from,
            retired_at: self.retired_at,
            removed_after: self.removed_after,
        }
    }
}

/// Every key, oldest first.
pub fn all(conn: &mut DbConnection) -> Result<Vec<SigningKeyRow>, StorageError> {
    Ok(signing_keys::table
        .order((signing_keys::published_at, signing_keys::kid))
        .select(SigningKeyRow::as_select())
        .load(conn)?)
}

/// Adds a key.
pub fn insert(conn: &mut DbConnection, row: &SigningKeyRow) -> Result<(), StorageError> {
    diesel::insert_into(signing_keys::table).values(row.clone()).execute(conn)?;
    Ok(())
}

/// Says when every key of `algorithm` that signs without end will sign no more, and until when it stays published.
pub fn retire(
    conn: &mut DbConnection,
    algorithm: Algorithm,
    retired_at: Seconds,
    removed_after: Seconds,
) -> Result<usize, StorageError> {
    let endless = signing_keys::table
        .filter(signing_keys::algorithm.eq(algorithm.as_str()))
        .filter(signing_keys::retired_at.is_null());
    Ok(diesel::update(endless)
        .set((
            signing_keys::retired_at.eq(Some(retired_at)),
            signing_keys::removed_after.eq(Some(removed_after)),
        ))
        .execute(conn)?)
}

/// Deletes the keys of which nothing that they signed is alive any more.
pub fn remove_expired(conn: &mut DbConnection, now: Seconds) -> Result<usize, StorageError> {
    let expired = signing_keys::table.filter(signing_keys::removed_after.lt(now));
    Ok(diesel::delete(expired).execute(conn)?)
}
