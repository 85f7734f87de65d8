//! Seeds of the apps that show one-time codes. RFC 6238.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use super::schema::totp_secrets as secrets;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// The seed of a person's app.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = secrets)]
pub struct TotpSecret {
    pub sealed_secret: Vec<u8>,
    /// When the first code of it was seen; none signs in before.
    pub confirmed_at: Option<Seconds>,
    pub last_used_at: Option<Seconds>,
}

/// The seed of this person.
pub fn find(conn: &mut DbConnection, user_id: i64) -> Result<Option<TotpSecret>, StorageError> {
    Ok(secrets::table.find(user_id).select(TotpSecret::as_select()).first(conn).optional()?)
}

/// From now on codes of this seed sign in, and those of one before do not; that of `step` is used up by this.
pub fn put(
    conn: &mut DbConnection,
    user_id: i64,
    sealed_secret: &[u8],
    step: i64,
    now: Seconds,
) -> Result<(), StorageError> {
    diesel::sql_query(
        "INSERT INTO totp_secrets (user_id, sealed_secret, created_at, confirmed_at, last_step, last_used_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id) DO UPDATE SET \
         sealed_secret = excluded.sealed_secret, created_at = excluded.created_at, \
         confirmed_at = excluded.confirmed_at, last_step = excluded.last_step, last_used_at = excluded.last_used_at",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<Binary, _>(sealed_secret)
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(step)
    .bind::<BigInt, _>(now)
    .execute(conn)?;
    Ok(())
}

/// Uses up the code of this step and all before it. `false` if it was used, or the seed is another one by now.
pub fn spend(
    conn: &mut DbConnection,
    user_id: i64,
    sealed_secret: &[u8],
    step: i64,
    now: Seconds,
) -> Result<bool, StorageError> {
    let spent = diesel::update(
        secrets::table
            .find(user_id)
            .filter(secrets::confirmed_at.is_not_null())
            .filter(secrets::sealed_secret.eq(sealed_secret))
            .filter(secrets::last_step.lt(step)),
    )
    .set((secrets::last_step.eq(step), secrets::last_used_at.eq(now)))
    .execute(conn)?;
    Ok(spent == 1)
}

/// Removes the seed of this person; `false` if there was no confirmed one.
pub fn remove(conn: &mut DbConnection, user_id: i64) -> Result<bool, StorageError> {
    let was_confirmed: Option<Option<Seconds>> = diesel::delete(secrets::table.find(user_id))
        .returning(secrets::confirmed_at)
        .get_result(conn)
        .optional()?;
    Ok(was_confirmed.flatten().is_some())
}
