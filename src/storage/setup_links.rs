//! The single-use link where the first administrator chooses name and password.

use diesel::prelude::*;

use super::schema::setup_links as links;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;

/// Adds a link.
pub fn insert(conn: &mut DbConnection, digest: &Digest, expires_at: Seconds) -> Result<(), StorageError> {
    diesel::insert_into(links::table)
        .values((links::digest.eq(digest.as_bytes()), links::expires_at.eq(expires_at)))
        .execute(conn)?;
    Ok(())
}

/// Whether the link still works.
pub fn is_live(conn: &mut DbConnection, digest: &Digest, now: Seconds) -> Result<bool, StorageError> {
    let live = links::table.find(digest.as_bytes()).filter(links::expires_at.gt(now));
    Ok(diesel::select(diesel::dsl::exists(live)).get_result(conn)?)
}

/// Takes the link, and says until when it would have worked; `None` if it was taken or has expired.
pub fn take(conn: &mut DbConnection, digest: &Digest, now: Seconds) -> Result<Option<Seconds>, StorageError> {
    let taken = diesel::delete(links::table.find(digest.as_bytes()).filter(links::expires_at.gt(now)))
        .returning(links::expires_at)
        .get_result(conn)
        .optional()?;
    Ok(taken)
}

/// Deletes every link: setup is over, or a new link replaces the older ones.
pub fn delete_all(conn: &mut DbConnection) -> Result<(), StorageError> {
    diesel::delete(links::table).execute(conn)?;
    Ok(())
}
