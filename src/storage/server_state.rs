//! Table `server_state`: what the servers on one database agree on.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::schema::server_state;
use super::{DbConnection, StorageError};

/// Counts up whenever a signing key is added, retired or removed.
pub const KEYS_VERSION: &str = "keys_version";

/// Counts up whenever a resource is added, changed or deleted.
pub const RESOURCES_VERSION: &str = "resources_version";

/// Recognises the master key that this database was made with.
pub const MASTER_KEY_CHECK: &str = "master_key_check";

/// The value of `name`.
pub fn get(conn: &mut DbConnection, name: &str) -> Result<Option<String>, StorageError> {
    Ok(server_state::table.find(name).select(server_state::value).first(conn).optional()?)
}

/// Sets `name` if it has no value yet; whether it was this call that did.
pub fn put_if_absent(conn: &mut DbConnection, name: &str, value: &str) -> Result<bool, StorageError> {
    let rows =
        diesel::sql_query("INSERT INTO server_state (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind::<Text, _>(name)
            .bind::<Text, _>(value)
            .execute(conn)?;
    Ok(rows == 1)
}

/// Sets `name`, whatever it was.
pub fn set(conn: &mut DbConnection, name: &str, value: &str) -> Result<(), StorageError> {
    diesel::sql_query(
        "INSERT INTO server_state (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind::<Text, _>(name)
    .bind::<Text, _>(value)
    .execute(conn)?;
    Ok(())
}

/// Sets `name` to `to` if it is `from`; whether it was. Of many callers with the same `from`, one succeeds.
pub fn compare_and_set(
    conn: &mut DbConnection,
    name: &str,
    from: &str,
    to: &str,
) -> Result<bool, StorageError> {
    let row = server_state::table.filter(server_state::name.eq(name)).filter(server_state::value.eq(from));
    Ok(diesel::update(row).set(server_state::value.eq(to)).execute(conn)? == 1)
}

/// Counts the version `name` up. Until the transaction ends, nobody else gets past this call for the same name.
pub fn bump(conn: &mut DbConnection, name: &str) -> Result<(), StorageError> {
    diesel::sql_query(
        "INSERT INTO server_state (name, value) VALUES ($1, '1') \
         ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(server_state.value AS BIGINT) + 1 AS TEXT)",
    )
    .bind::<Text, _>(name)
    .execute(conn)?;
    Ok(())
}

/// The version `name`; 0 before anything was counted.
pub fn version(conn: &mut DbConnection, name: &str) -> Result<i64, StorageError> {
    match get(conn, name)? {
        None => Ok(0),
        Some(value) => {
            value.parse().map_err(|_| StorageError::Corrupt("server_state: a version is no number"))
        }
    }
}
