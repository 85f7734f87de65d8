//! The `jti` of client assertions, each good once, on every server and after every restart. RFC 7523 §3.

use diesel::prelude::*;

use super::schema::spent_assertions;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;

/// Spends the id of an assertion; `false` if it was spent already. It is kept until the assertion is dead by itself.
pub fn spend(
    conn: &mut DbConnection,
    client_key: i64,
    id: &Digest,
    expires_at: Seconds,
) -> Result<bool, StorageError> {
    let row = (
        spent_assertions::client_key.eq(client_key),
        spent_assertions::digest.eq(id.as_bytes()),
        spent_assertions::expires_at.eq(expires_at),
    );
    let insert = diesel::insert_into(spent_assertions::table).values(row);
    Ok(match conn {
        DbConnection::Sqlite(conn) => insert.on_conflict_do_nothing().execute(conn)?,
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(conn) => insert.on_conflict_do_nothing().execute(conn)?,
    } == 1)
}
