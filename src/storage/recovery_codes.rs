//! Recovery codes of people, as digests: each works once.

use diesel::prelude::*;

use super::schema::recovery_codes as codes;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;

/// Puts these codes in the place of all that the person had.
pub fn replace(
    conn: &mut DbConnection,
    user_id: i64,
    digests: &[Digest],
    now: Seconds,
) -> Result<(), StorageError> {
    remove_all(conn, user_id)?;
    for digest in digests {
        diesel::insert_into(codes::table)
            .values((
                codes::user_id.eq(user_id),
                codes::digest.eq(digest.as_bytes()),
                codes::created_at.eq(now),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// How many codes are left, and when they were made; `None` if none was.
pub fn left(conn: &mut DbConnection, user_id: i64) -> Result<Option<(i64, Seconds)>, StorageError> {
    let of_user = codes::table.filter(codes::user_id.eq(user_id));
    let made_at: Option<Seconds> = of_user.select(codes::created_at).first(conn).optional()?;
    let Some(made_at) = made_at else { return Ok(None) };
    let left = of_user.filter(codes::used_at.is_null()).count().get_result(conn)?;
    Ok(Some((left, made_at)))
}

/// Uses a code up; `false` if it is none of this person's, or was used.
pub fn spend(
    conn: &mut DbConnection,
    user_id: i64,
    digest: &Digest,
    now: Seconds,
) -> Result<bool, StorageError> {
    let spent =
        diesel::update(codes::table.find((user_id, digest.as_bytes())).filter(codes::used_at.is_null()))
            .set(codes::used_at.eq(now))
            .execute(conn)?;
    Ok(spent == 1)
}

/// Removes every code of this person; how many.
pub fn remove_all(conn: &mut DbConnection, user_id: i64) -> Result<usize, StorageError> {
    Ok(diesel::delete(codes::table.filter(codes::user_id.eq(user_id))).execute(conn)?)
}
