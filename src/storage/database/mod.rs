//! The database: open, migrate, read, write. One type for SQLite and PostgreSQL.
//!
//! `write` gives a closure a transaction: `Ok` and `Refused` commit, `Broken` and a panic roll back. Nothing is
//! answered before COMMIT. How that is done differs: `sqlite_writer` and `postgres`.

mod migrate;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod postgres_url;
mod sqlite;
mod sqlite_request;
mod sqlite_writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::RunQueryDsl;

use super::connection::DbConnection;
use super::error::{Failure, StorageError};
use crate::config::{self, DatabaseUrl};

/// How long anything waits for a connection or for its turn, before 503.
const PATIENCE: Duration = Duration::from_millis(500);

/// An open database. Clones share it.
#[derive(Clone)]
pub struct Database(Arc<Engine>);

/// Which database the settings named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

enum Engine {
    Sqlite(sqlite::Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Postgres),
}

impl Database {
    /// Opens what the settings name, once: the answer comes within seconds, whatever it is.
    pub fn open(settings: &config::Database) -> Result<Self, StorageError> {
        let engine = match &settings.url {
            DatabaseUrl::Sqlite(file) => Engine::Sqlite(sqlite::Sqlite::open(file, settings)?),
            #[cfg(feature = "postgres")]
            DatabaseUrl::Postgres(url) => Engine::Postgres(postgres::Postgres::open(url.expose(), settings)?),
            #[cfg(not(feature = "postgres"))]
            DatabaseUrl::Postgres(_) => {
                return Err(StorageError::Unavailable(
                    "This build of Grantor knows only SQLite: build it with the feature postgres.".to_owned(),
                ));
            }
        };
        Ok(Self(Arc::new(engine)))
    }

    /// Opens a PostgreSQL that may still be starting, as containers do: tries again until the patience is used up.
    /// A file does not become usable by waiting.
    pub fn open_with_patience(settings: &config::Database, patience: Duration) -> Result<Self, StorageError> {
        let may_come = matches!(settings.url, DatabaseUrl::Postgres(_));
        let begun = Instant::now();
        let mut pause = Duration::from_millis(200);
        loop {
            match Self::open(settings) {
                Err(StorageError::Unavailable(why)) if may_come && begun.elapsed() + pause < patience => {
                    tracing::warn!(%why, "The database is not there yet. Trying again.");
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
                answer => return answer,
            }
        }
    }

    /// Brings the tables up to date and names the migrations that this took.
    pub fn migrate(&self) -> Result<Vec<String>, StorageError> {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.migrate(),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.migrate(),
        }
    }

    /// Runs queries that change nothing.
    pub async fn read<T, R, F>(&self, work: F) -> Result<T, Failure<R>>
    where
        F: FnOnce(&mut DbConnection) -> Result<T, Failure<R>> + Send + 'static,
        T: Send + 'static,
        R: Send + 'static,
    {
        match &*self.0 {
            // On this very thread: a read from the page cache takes about ten microseconds, and handing it to another
            // thread and back costs more.
            Engine::Sqlite(sqlite) => sqlite.read(work),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.read(work).await,
        }
    }

    /// Runs a transaction. The closure may run more than once: each run starts from what is committed.
    pub async fn write<T, R, F>(&self, work: F) -> Result<T, Failure<R>>
    where
        F: Fn(&mut DbConnection) -> Result<T, Failure<R>> + Send + 'static,
        T: Send + 'static,
        R: Send + 'static,
    {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.writer.write(work).await,
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.write(work).await,
        }
    }

    /// [`Self::read`] for the command line and the start, where nothing is lost by waiting.
    pub fn read_blocking<T, R, F>(&self, work: F) -> Result<T, Failure<R>>
    where
        F: FnOnce(&mut DbConnection) -> Result<T, Failure<R>> + Send + 'static,
        T: Send + 'static,
        R: Send + 'static,
    {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.read(work),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.read_blocking(work),
        }
    }

    /// [`Self::write`] for the command line and the start.
    pub fn write_blocking<T, R, F>(&self, work: F) -> Result<T, Failure<R>>
    where
        F: Fn(&mut DbConnection) -> Result<T, Failure<R>> + Send + 'static,
        T: Send + 'static,
        R: Send + 'static,
    {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.writer.write_blocking(work),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.write_blocking(&work),
        }
    }

    /// Which database this is.
    #[must_use]
    pub fn kind(&self) -> DatabaseKind {
        match &*self.0 {
            Engine::Sqlite(_) => DatabaseKind::Sqlite,
            #[cfg(feature = "postgres")]
            Engine::Postgres(_) => DatabaseKind::Postgres,
        }
    }

    /// Whether requests can be served now: it answers reads, and the last write did not fail for want of space or rights.
    pub async fn ping(&self) -> Result<(), StorageError> {
        let answer = self.read(|conn| Ok::<_, Failure<std::convert::Infallible>>(touch(conn)?)).await;
        match (&*self.0, broken_only(answer)) {
            // R09: many clients at once do not make a server unfit. What is not answered at all is no Busy for long.
            (Engine::Sqlite(sqlite), Ok(()) | Err(StorageError::Busy(_))) => sqlite.writer.check().await,
            #[cfg(feature = "postgres")]
            (Engine::Postgres(postgres), Err(StorageError::Busy(_))) if postgres.answered_lately() => Ok(()),
            (_, answer) => answer,
        }
    }

    /// Finishes the writes that were taken and, on SQLite, moves the log into the file. Later writes are unavailable.
    pub fn close(&self) {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.writer.close(),
            // A PostgreSQL write is finished by whoever waits for it; the connections close with the last clone.
            #[cfg(feature = "postgres")]
            Engine::Postgres(_) => {}
        }
    }

    /// Copies a running SQLite database into a new file.
    pub fn backup_to(&self, file: &Path) -> Result<(), StorageError> {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.backup_to(file),
            #[cfg(feature = "postgres")]
            Engine::Postgres(_) => Err(StorageError::Unavailable(
                "Grantor does not back up PostgreSQL itself: use pg_dump or the backups of your provider."
                    .to_owned(),
            )),
        }
    }
}

/// The cheapest query that reads the database itself.
fn touch(conn: &mut DbConnection) -> Result<(), diesel::result::Error> {
    match conn {
        DbConnection::Sqlite(sqlite) => {
            diesel::sql_query("SELECT count(*) FROM sqlite_master").execute(sqlite)
        }
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(postgres) => diesel::sql_query("SELECT 1").execute(postgres),
    }
    .map(drop)
}

/// Runs a closure; its panic becomes an error, so that it costs one request and not a thread.
fn guarded<T, R>(work: impl FnOnce() -> Result<T, Failure<R>>) -> Result<T, Failure<R>> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Failure::Broken(StorageError::Panicked)))
}

/// The answer of work that cannot be refused.
fn broken_only<T>(answer: Result<T, Failure<std::convert::Infallible>>) -> Result<T, StorageError> {
    answer.map_err(|failure| match failure {
        Failure::Refused(never) => match never {},
        Failure::Broken(error) => error,
    })
}
