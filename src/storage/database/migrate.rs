//! The tables, brought up to date. Each migration is its own transaction, so that a killed run is completed by the next.

use std::path::Path;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::migration::Migration;
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::sqlite::vacuum_into;
use crate::storage::error::StorageError;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
#[cfg(feature = "postgres")]
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number that no other program takes on this database: "grantor" in ASCII.
#[cfg(feature = "postgres")]
const LOCK: i64 = 0x67_7261_6e74_6f72;

type Anything = Box<dyn std::error::Error + Send + Sync>;

fn failed(error: &Anything) -> StorageError {
    StorageError::Unavailable(format!("The migration of the database failed: {error}."))
}

/// Migrates a SQLite file. A file that holds rows already is copied first.
pub(super) fn sqlite(conn: &mut SqliteConnection, file: &Path) -> Result<Vec<String>, StorageError> {
    copy_before(conn, file)?;
    let mut applied = Vec::new();
    while let Some(name) = next_on_sqlite(conn).map_err(|error| failed(&error))? {
        applied.push(name);
    }
    Ok(applied)
}

/// Applies the first pending migration. What is pending is decided inside the lock: another process may have been first.
fn next_on_sqlite(conn: &mut SqliteConnection) -> Result<Option<String>, Anything> {
    AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")?;
    match run_first(conn) {
        Ok(name) => {
            AnsiTransactionManager::commit_transaction(conn)?;
            Ok(name)
        }
        Err(error) => {
            AnsiTransactionManager::rollback_transaction(conn)?;
            Err(error)
        }
    }
}

fn run_first(conn: &mut SqliteConnection) -> Result<Option<String>, Anything> {
    let pending: Vec<Box<dyn Migration<Sqlite>>> = conn.pending_migrations(SQLITE)?;
    let Some(first) = pending.first() else { return Ok(None) };
    conn.run_migration(first)?;
    Ok(Some(first.name().to_string()))
}

fn copy_before(conn: &mut SqliteConnection, file: &Path) -> Result<(), StorageError> {
    let applied = conn.applied_migrations().map_err(|error| failed(&error))?;
    let pending: Vec<Box<dyn Migration<Sqlite>>> =
        conn.pending_migrations(SQLITE).map_err(|error| failed(&error))?;
    let (Some(first), false) = (pending.first(), applied.is_empty()) else { return Ok(()) };
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".before-{}", first.name().version()));
    let copy = Path::new(&name);
    if copy.exists() { Ok(()) } else { vacuum_into(conn, copy) }
}

/// Migrates a PostgreSQL database on a connection of its own. Of several servers that start at once, one does it.
#[cfg(feature = "postgres")]
pub(super) fn postgres(conn: &mut diesel::pg::PgConnection) -> Result<Vec<String>, StorageError> {
    use diesel::connection::SimpleConnection;
    use diesel::pg::Pg;

    // Waiting for the lock and building an index may take longer than a request may.
    conn.batch_execute("SET statement_timeout = 0")?;
    conn.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))?;
    let pending: Vec<Box<dyn Migration<Pg>>> =
        conn.pending_migrations(POSTGRES).map_err(|error| failed(&error))?;
    let mut applied = Vec::new();
    for migration in &pending {
        conn.run_migration(migration).map_err(|error| failed(&error))?;
        applied.push(migration.name().to_string());
    }
    conn.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))?;
    Ok(applied)
}
