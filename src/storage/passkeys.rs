//! Passkeys of people: public keys, by which their devices prove who they are.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Text};

use super::schema::passkeys;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// A passkey of a person.
#[derive(Clone, Debug, Queryable, Selectable)]
pub struct Passkey {
    pub id: i64,
    pub user_id: i64,
    /// As the person calls it.
    pub name: String,
    /// The public key and its counters as the WebAuthn library writes them, JSON.
    pub credential: String,
    /// Whether it is kept at more than one device.
    pub is_backed_up: bool,
    pub created_at: Seconds,
    pub last_used_at: Option<Seconds>,
}

/// A passkey about to be inserted.
pub struct NewPasskey<'a> {
    pub user_id: i64,
    pub credential_id: &'a [u8],
    pub name: &'a str,
    pub credential: &'a str,
    pub is_backed_up: bool,
}

/// The passkeys of a person, oldest first.
pub fn of_user(conn: &mut DbConnection, user_id: i64) -> Result<Vec<Passkey>, StorageError> {
    Ok(passkeys::table
        .filter(passkeys::user_id.eq(user_id))
        .order(passkeys::id)
        .select(Passkey::as_select())
        .load(conn)?)
}

/// The passkey with this credential id, whose ever it is.
pub fn find_by_credential(
    conn: &mut DbConnection,
    credential_id: &[u8],
) -> Result<Option<Passkey>, StorageError> {
    Ok(passkeys::table
        .filter(passkeys::credential_id.eq(credential_id))
        .select(Passkey::as_select())
        .first(conn)
        .optional()?)
}

/// Adds a passkey; `false` if somebody has this credential already.
pub fn insert(conn: &mut DbConnection, new: &NewPasskey<'_>, now: Seconds) -> Result<bool, StorageError> {
    let inserted = diesel::sql_query(
        "INSERT INTO passkeys (user_id, credential_id, name, credential, is_backed_up, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (credential_id) DO NOTHING",
    )
    .bind::<BigInt, _>(new.user_id)
    .bind::<Binary, _>(new.credential_id)
    .bind::<Text, _>(new.name)
    .bind::<Text, _>(new.credential)
    .bind::<Bool, _>(new.is_backed_up)
    .bind::<BigInt, _>(now)
    .execute(conn)?;
    Ok(inserted == 1)
}

/// Notes a use, after which the counters stand as in `after`. `false` if the passkey is gone, or was used since `before` was read.
pub fn note_use(
    conn: &mut DbConnection,
    before: &Passkey,
    after: &str,
    is_backed_up: bool,
    now: Seconds,
) -> Result<bool, StorageError> {
    let noted = diesel::update(
        passkeys::table.find(before.id).filter(passkeys::credential.eq(before.credential.as_str())),
    )
    .set((
        passkeys::credential.eq(after),
        passkeys::is_backed_up.eq(is_backed_up),
        passkeys::last_used_at.eq(now),
    ))
    .execute(conn)?;
    Ok(noted == 1)
}

/// Gives a passkey of this person another name; `false` if they have none with this id.
pub fn rename(conn: &mut DbConnection, user_id: i64, id: i64, name: &str) -> Result<bool, StorageError> {
    let renamed = diesel::update(passkeys::table.find(id).filter(passkeys::user_id.eq(user_id)))
        .set(passkeys::name.eq(name))
        .execute(conn)?;
    Ok(renamed == 1)
}

/// Removes a passkey of this person; its name, or `None` if they have none with this id.
pub fn remove(conn: &mut DbConnection, user_id: i64, id: i64) -> Result<Option<String>, StorageError> {
    let one = passkeys::table.find(id).filter(passkeys::user_id.eq(user_id));
    Ok(diesel::delete(one).returning(passkeys::name).get_result(conn).optional()?)
}

/// Removes every passkey of this person; how many.
pub fn remove_all(conn: &mut DbConnection, user_id: i64) -> Result<usize, StorageError> {
    Ok(diesel::delete(passkeys::table.filter(passkeys::user_id.eq(user_id))).execute(conn)?)
}
