//! Table `server_state`: what the servers on one database agree on.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::schema::server_state;
use super::{DbConnection, StorageError};

/// Counts up whenever a signing key is added, retired or removed.
pub const KEYS_VERSION: &str = "keys_version";

/// Counts up whenever a resource is added, changed or deleted.
pub const RESOURCES_VERSION: &str = "resources_version";

/// Counts up whenever an attribute of people is added, changed or deleted.
pub const ATTRIBUTES_VERSION: &str = "attributes_version";

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

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;

    use diesel::connection::SimpleConnection as _;
    use diesel::sqlite::SqliteConnection;

    use super::*;
    use crate::storage::Failure;

    const UP: &str = include_str!("../../migrations/sqlite/00000000000001_foundation/up.sql");

    /// An empty database in memory.
    pub(crate) fn database() -> DbConnection {
        file_database(Path::new(":memory:"), true)
    }

    /// A connection to the database at `path`.
    pub(crate) fn file_database(path: &Path, is_new: bool) -> DbConnection {
        let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        conn.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL").unwrap();
        if is_new {
            conn.batch_execute(UP).unwrap();
        }
        DbConnection::Sqlite(conn)
    }

    /// Runs `work` as the writer does.
    pub(crate) fn in_transaction<T, R>(
        conn: &mut DbConnection,
        work: impl FnOnce(&mut DbConnection) -> Result<T, Failure<R>>,
    ) -> Result<T, Failure<R>> {
        conn.batch_execute("BEGIN IMMEDIATE").unwrap();
        let result = work(conn);
        conn.batch_execute("COMMIT").unwrap();
        result
    }

    #[test]
    fn the_first_value_stays() {
        let mut conn = database();
        assert_eq!(get(&mut conn, "a").unwrap(), None);
        assert!(put_if_absent(&mut conn, "a", "1").unwrap());
        assert!(!put_if_absent(&mut conn, "a", "2").unwrap());
        assert_eq!(get(&mut conn, "a").unwrap().as_deref(), Some("1"));
        set(&mut conn, "a", "3").unwrap();
        set(&mut conn, "b", "4").unwrap();
        assert_eq!(get(&mut conn, "a").unwrap().as_deref(), Some("3"));
        assert_eq!(get(&mut conn, "b").unwrap().as_deref(), Some("4"));
    }

    #[test]
    fn versions_count_apart_from_each_other() {
        let mut conn = database();
        assert_eq!(version(&mut conn, KEYS_VERSION).unwrap(), 0);
        for expected in 1..=12 {
            bump(&mut conn, KEYS_VERSION).unwrap();
            assert_eq!(version(&mut conn, KEYS_VERSION).unwrap(), expected);
        }
        assert_eq!(version(&mut conn, RESOURCES_VERSION).unwrap(), 0);
        set(&mut conn, RESOURCES_VERSION, "many").unwrap();
        assert!(matches!(version(&mut conn, RESOURCES_VERSION), Err(StorageError::Corrupt(_))));
    }
}
