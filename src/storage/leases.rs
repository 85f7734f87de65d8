//! Leases: which server does a job that only one may do, and until when.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::schema::leases;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// Takes or renews the lease until `until`, in one statement: it is free, has run out, or is the holder's own.
pub fn take(
    conn: &mut DbConnection,
    name: &str,
    holder: &str,
    now: Seconds,
    until: Seconds,
) -> Result<bool, StorageError> {
    // SQLite numbers parameters by where they stand first, whatever they are called.
    let taken = diesel::sql_query(
        "INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at \
         WHERE leases.expires_at <= $4 OR leases.holder = excluded.holder",
    )
    .bind::<Text, _>(name)
    .bind::<Text, _>(holder)
    .bind::<BigInt, _>(until)
    .bind::<BigInt, _>(now)
    .execute(conn)?;
    Ok(taken == 1)
}

/// Whether this holder has it, run out or not: nobody has taken it since.
pub fn is_held_by(conn: &mut DbConnection, name: &str, holder: &str) -> Result<bool, StorageError> {
    let held_by = leases::table.find(name).select(leases::holder).first::<String>(conn).optional()?;
    Ok(held_by.is_some_and(|found| found == holder))
}

/// Whether [`take`] could succeed. Reads only, so that waiting costs nothing.
pub fn is_free(conn: &mut DbConnection, name: &str, now: Seconds) -> Result<bool, StorageError> {
    let held_until = leases::table.find(name).select(leases::expires_at).first::<i64>(conn).optional()?;
    Ok(held_until.is_none_or(|end| end <= now))
}
