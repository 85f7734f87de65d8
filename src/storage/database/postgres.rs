//! PostgreSQL: a pool, each write its own transaction, repeated when two of them got in each other's way.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::Connection;
use diesel::connection::{SimpleConnection, TransactionManager};
use diesel::pg::PgConnection;
use diesel::r2d2::R2D2Connection;
use tokio::sync::Semaphore;

use super::{PATIENCE, guarded, migrate, postgres_url};
use crate::config;
use crate::storage::connection::DbConnection;
use crate::storage::error::{Failure, StorageError};

/// How long a caller waits for its answer. libpq itself waits for ever when a network swallows packets.
const ANSWER: Duration = Duration::from_secs(3);
/// A busy server that answered somebody so recently works: the deadline of a statement is two seconds.
const LATELY: Duration = Duration::from_secs(3);
/// How often a write is made again after a deadlock or on a lost connection.
const REPEATS: u32 = 3;

#[derive(Clone)]
pub(super) struct Postgres(Arc<Inner>);

struct Inner {
    pool: r2d2::Pool<Manager>,
    epoch: Arc<AtomicU64>,
    /// One per connection: who has none must not occupy a thread while waiting for one.
    permits: Arc<Semaphore>,
    settings: Target,
    answered_at: Mutex<Instant>,
}

impl Postgres {
    pub(super) fn open(uri: &str, settings: &config::Database) -> Result<Self, StorageError> {
        let target = Target::new(uri, settings.ca_file.as_deref())?;
        // The first connection shows whether the settings are right; the pool would only say that it timed out.
        drop(target.connect()?);
        let size = settings.pool_size.max(1);
        let epoch = Arc::new(AtomicU64::new(0));
        let pool = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(PATIENCE)
            .test_on_check_out(false)
            .error_handler(Box::new(LogConnectionError))
            .build_unchecked(Manager { target: target.clone(), epoch: Arc::clone(&epoch) });
        let permits = Arc::new(Semaphore::new(usize::try_from(size).unwrap_or(1)));
        let answered_at = Mutex::new(Instant::now());
        Ok(Self(Arc::new(Inner { pool, epoch, permits, settings: target, answered_at })))
    }

    pub(super) fn migrate(&self) -> Result<Vec<String>, StorageError> {
        migrate::postgres(&mut self.0.settings.connect()?)
    }

    pub(super) async fn read<T, R, F>(&self, work: F) -> Result<T, Failure<R>>
    where
        F: FnOnce(&mut DbConnection) -> Result<T, Failure<R>> + Send + 'static,
        T: Send + 'static,
        R: Send + 'static,
    {
        self.on_a_thread(move |this| this.read_blocking(work)).await
    }

    pub(super) async fn write<T, R, F>(&self, work: F) -> Result<T, Failure<R>>
    where
        F: Fn(&mut DbConnection) -> Result<T, Failure<R>> + Send + 'static,
        T: Send + 'static,
        R: Send + 'static,
    {
        self.on_a_thread(move |this| this.write_blocking(&work)).await
    }

    async fn on_a_thread<T, R, F>(&self, work: F) -> Result<T, Failure<R>>
    where
        F: FnOnce(&Self) -> Result<T, Failure<R>> + Send + 'static,
        T: Send + 'static,
        R: Send + 'static,
    {
        let permits = Arc::clone(&self.0.permits);
        let Ok(Ok(permit)) = tokio::time::timeout(PATIENCE, permits.acquire_owned()).await else {
            return Err(StorageError::Busy("all connections are in use").into());
        };
        let this = self.clone();
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&this)
        });
        match tokio::time::timeout(ANSWER, task).await {
            Ok(Ok(answer)) => {
                let failed = matches!(&answer, Err(Failure::Broken(_)));
                if !failed {
                    *self.0.answered_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
                }
                answer
            }
            Ok(Err(_)) => Err(StorageError::Panicked.into()),
            Err(_) => Err(StorageError::Unavailable("it did not answer in time".to_owned()).into()),
        }
    }

    /// Whether somebody got an answer a moment ago: then a caller without a connection is late, not the server dead.
    pub(super) fn answered_lately(&self) -> bool {
        self.0.answered_at.lock().unwrap_or_else(PoisonError::into_inner).elapsed() < LATELY
    }

    pub(super) fn read_blocking<T, R>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> Result<T, Failure<R>>,
    ) -> Result<T, Failure<R>> {
        let mut pooled = self.connection()?;
        let answer = guarded(|| work(&mut pooled.conn));
        if let Err(Failure::Broken(error)) = &answer {
            self.note(&mut pooled, error);
        }
        answer
    }

    pub(super) fn write_blocking<T, R>(
        &self,
        work: &impl Fn(&mut DbConnection) -> Result<T, Failure<R>>,
    ) -> Result<T, Failure<R>> {
        let mut repeated = 0;
        loop {
            let mut pooled = self.connection()?;
            match attempt(&mut pooled.conn, work) {
                Attempt::Answered(answer) => return answer,
                Attempt::Undone(error) => {
                    self.note(&mut pooled, &error);
                    let again = error.is_conflict() || error.is_lost_connection();
                    if !again || repeated == REPEATS {
                        return Err(given_up(error).into());
                    }
                }
                Attempt::Unknown(error) => {
                    self.note(&mut pooled, &error);
                    return Err(error.into());
                }
            }
            repeated += 1;
        }
    }

    /// A connection that was alive when it was last heard of.
    fn connection(&self) -> Result<r2d2::PooledConnection<Manager>, StorageError> {
        let begun = Instant::now();
        while let Some(left) = PATIENCE.checked_sub(begun.elapsed()) {
            let mut pooled = self.0.pool.get_timeout(left).map_err(|_| self.why_none())?;
            let epoch = self.0.epoch.load(Ordering::Acquire);
            if pooled.epoch == epoch {
                return Ok(pooled);
            }
            // Another connection was lost since: most likely the server was restarted, and this one is dead too.
            match pooled.conn.ping() {
                Ok(()) => {
                    pooled.epoch = epoch;
                    return Ok(pooled);
                }
                Err(_) => pooled.broken = true,
            }
        }
        Err(self.why_none())
    }

    fn why_none(&self) -> StorageError {
        let last = self.0.settings.last_error.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(why) => StorageError::Unavailable(why.clone()),
            None => StorageError::Busy("all connections are in use"),
        }
    }

    /// Lets the pool drop a connection of unknown state, and has the others tested once after a lost one.
    fn note(&self, pooled: &mut Pooled, error: &StorageError) {
        if error.is_lost_connection() {
            pooled.broken = true;
            // Of those that were lost together, only the first counts.
            self.0.epoch.fetch_max(pooled.epoch + 1, Ordering::AcqRel);
        }
        if matches!(error, StorageError::Panicked) {
            pooled.broken = true;
        }
    }
}

fn given_up(error: StorageError) -> StorageError {
    if error.is_conflict() {
        StorageError::Busy("transactions keep getting in each other's way")
    } else {
        error
    }
}

enum Attempt<T, R> {
    Answered(Result<T, Failure<R>>),
    /// Surely nothing was kept.
    Undone(StorageError),
    /// The connection was lost during COMMIT: nobody knows.
    Unknown(StorageError),
}

fn attempt<T, R>(
    conn: &mut DbConnection,
    work: &impl Fn(&mut DbConnection) -> Result<T, Failure<R>>,
) -> Attempt<T, R> {
    type Manager = <DbConnection as Connection>::TransactionManager;
    if let Err(error) = Manager::begin_transaction(conn) {
        return Attempt::Undone(error.into());
    }
    match guarded(|| work(conn)) {
        // The pool drops a connection that comes back inside a transaction, and PostgreSQL undoes it.
        Err(Failure::Broken(StorageError::Panicked)) => Attempt::Answered(Err(StorageError::Panicked.into())),
        Err(Failure::Broken(error)) => match Manager::rollback_transaction(conn) {
            Ok(()) => Attempt::Undone(error),
            Err(rollback) => Attempt::Undone(rollback.into()),
        },
        answer => match commit(conn) {
            Ok(()) => Attempt::Answered(answer),
            Err(error) if error.is_lost_connection() => Attempt::Unknown(error),
            Err(error) => Attempt::Undone(error),
        },
    }
}

/// PostgreSQL answers the COMMIT of a failed transaction with a rollback and no error; the SELECT before it fails then.
fn commit(conn: &mut DbConnection) -> Result<(), StorageError> {
    match conn.batch_execute("SELECT 1; COMMIT") {
        Ok(()) => Ok(()),
        Err(error) => {
            // After a failed COMMIT there may be nothing left to roll back.
            drop(<DbConnection as Connection>::TransactionManager::rollback_transaction(conn));
            Err(error.into())
        }
    }
}

/// Where to connect to. Holds a password: nothing of it is ever shown.
#[derive(Clone)]
struct Target {
    uri: Arc<str>,
    password: Option<Arc<str>>,
    last_error: Arc<Mutex<Option<String>>>,
}

impl Target {
    fn new(uri: &str, ca_file: Option<&Path>) -> Result<Self, StorageError> {
        let uri = postgres_url::complete(uri, ca_file, postgres_url::system_bundle)?;
        let password = url::Url::parse(&uri).ok().and_then(|url| url.password().map(Arc::from));
        Ok(Self { uri: uri.into(), password, last_error: Arc::default() })
    }

    fn connect(&self) -> Result<PgConnection, StorageError> {
        let connected =
            PgConnection::establish(&self.uri).map_err(|error| self.without_secrets(&error.to_string()));
        let mut last = self.last_error.lock().unwrap_or_else(PoisonError::into_inner);
        match connected {
            Ok(mut conn) => {
                *last = None;
                drop(last);
                // Errors without a code of their own in Diesel are told apart by their text. A role that may not set
                // its language is answered in the server's.
                drop(conn.batch_execute("SET lc_messages TO 'C'"));
                Ok(conn)
            }
            Err(why) => {
                *last = Some(why.clone());
                Err(StorageError::Unavailable(why))
            }
        }
    }

    /// libpq quotes what it does not understand.
    fn without_secrets(&self, text: &str) -> String {
        let text = text.replace(&*self.uri, "database.url");
        let text = match self.password.as_deref() {
            Some(password) if !password.is_empty() => text.replace(password, "***"),
            _ => text,
        };
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

struct Manager {
    target: Target,
    epoch: Arc<AtomicU64>,
}

struct Pooled {
    conn: DbConnection,
    /// How many times a connection had been lost when this one was last known to live.
    epoch: u64,
    broken: bool,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Pooled;
    type Error = StorageError;

    fn connect(&self) -> Result<Pooled, StorageError> {
        let epoch = self.epoch.load(Ordering::Acquire);
        let conn = DbConnection::Postgres(self.target.connect()?);
        Ok(Pooled { conn, epoch, broken: false })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), StorageError> {
        Ok(pooled.conn.ping()?)
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.broken || pooled.conn.is_broken()
    }
}

#[derive(Debug)]
struct LogConnectionError;

impl r2d2::HandleError<StorageError> for LogConnectionError {
    fn handle_error(&self, error: StorageError) {
        tracing::warn!(%error, "No connection to PostgreSQL.");
    }
}
