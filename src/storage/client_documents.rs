//! The client id metadata document that a client's row was last made of. Failures to fetch one are never kept.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

use super::schema::client_documents;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;

/// A document as it was last fetched.
#[derive(Clone)]
pub struct ClientDocument {
    pub fetched_at: Seconds,
    /// Until then it is used without asking again.
    pub fresh_until: Seconds,
    pub etag: Option<String>,
    /// Of its bytes.
    pub digest: Digest,
}

/// The document of this client.
pub fn find(conn: &mut DbConnection, client_key: i64) -> Result<Option<ClientDocument>, StorageError> {
    let found: Option<(i64, i64, Option<String>, Vec<u8>)> = client_documents::table
        .find(client_key)
        .select((
            client_documents::fetched_at,
            client_documents::fresh_until,
            client_documents::etag,
            client_documents::digest,
        ))
        .first(conn)
        .optional()?;
    let Some((fetched_at, fresh_until, etag, digest)) = found else { return Ok(None) };
    let digest = Digest::from_stored(&digest).ok_or(StorageError::Corrupt("client_documents.digest"))?;
    Ok(Some(ClientDocument { fetched_at, fresh_until, etag, digest }))
}

/// Notes what was fetched, in place of what was fetched before.
pub fn put(conn: &mut DbConnection, client_key: i64, document: &ClientDocument) -> Result<(), StorageError> {
    diesel::sql_query(
        "INSERT INTO client_documents (client_key, fetched_at, fresh_until, etag, digest) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (client_key) \
         DO UPDATE SET fetched_at = excluded.fetched_at, fresh_until = excluded.fresh_until, \
         etag = excluded.etag, digest = excluded.digest",
    )
    .bind::<BigInt, _>(client_key)
    .bind::<BigInt, _>(document.fetched_at)
    .bind::<BigInt, _>(document.fresh_until)
    .bind::<Nullable<Text>, _>(document.etag.as_deref())
    .bind::<Binary, _>(document.digest.as_bytes())
    .execute(conn)?;
    Ok(())
}

/// Notes that the document is still the same.
pub fn still_fresh(
    conn: &mut DbConnection,
    client_key: i64,
    now: Seconds,
    fresh_until: Seconds,
) -> Result<(), StorageError> {
    diesel::update(client_documents::table.find(client_key))
        .set((client_documents::fetched_at.eq(now), client_documents::fresh_until.eq(fresh_until)))
        .execute(conn)?;
    Ok(())
}
