//! The one writer of SQLite: group commit on a thread of its own.
//!
//! Closures wait in a bounded queue. The thread takes what is there, runs each in a savepoint of one `BEGIN IMMEDIATE`,
//! commits once for all of them, and only then answers. While a commit waits for the disk, the next group gathers.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::result::Error as DieselError;
use diesel::sqlite::SqliteConnection;
use tokio::sync::oneshot;

use super::sqlite::{Access, SqliteFile};
use super::sqlite_request::{Claim, Job, Request, Verdict, Waiting};
use super::{PATIENCE, broken_only};
use crate::storage::connection::DbConnection;
use crate::storage::error::{Failure, StorageError};

/// More than this is not served within the patience even by a slow disk.
const QUEUE: usize = 1024;
const GROUP: usize = 64;
const GROUP_TIME: Duration = Duration::from_millis(5);
/// How much longer requests wait while another process (the command line, a backup) holds the write lock.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
/// A group that takes longer than this is stuck.
const STUCK: Duration = Duration::from_secs(4);

/// The handle of the writer thread.
pub(super) struct Writer {
    queue: SyncSender<Message>,
    state: Arc<State>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

enum Message {
    Run(Box<dyn Job>),
    Close,
}

/// What the thread tells the others.
#[derive(Default)]
struct State {
    waits_for_lock: AtomicBool,
    /// Why the last write could not be made, until one can.
    trouble: Mutex<Option<String>>,
    busy_since: Mutex<Option<Instant>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stopped() -> StorageError {
    StorageError::Unavailable("the writer has stopped".to_owned())
}

const QUEUE_IS_SLOW: StorageError = StorageError::Busy("too many writes are waiting");

impl Writer {
    pub(super) fn start(file: SqliteFile) -> Result<Self, StorageError> {
        let conn = DbConnection::Sqlite(file.connect(Access::Write)?);
        let (queue, messages) = mpsc::sync_channel(QUEUE);
        let state = Arc::new(State::default());
        let task = WriterThread {
            file,
            messages,
            state: Arc::clone(&state),
            conn: Some(conn),
            waiting: VecDeque::with_capacity(GROUP),
            closing: false,
        };
        let thread =
            std::thread::Builder::new()
                .name("sqlite-writer".to_owned())
                .spawn(move || task.run())
                .map_err(|error| StorageError::Unavailable(format!("The writer did not start: {error}.")))?;
        Ok(Self { queue, state, thread: Mutex::new(Some(thread)) })
    }

    pub(super) async fn write<T, R, F>(&self, work: F) -> Result<T, Failure<R>>
    where
        F: Fn(&mut DbConnection) -> Result<T, Failure<R>> + Send + 'static,
        T: Send + 'static,
        R: Send + 'static,
    {
        let (sender, mut answer) = oneshot::channel();
        let waiting = self.enqueue(work, move |result| drop(sender.send(result)))?;
        let mut result = tokio::time::timeout(PATIENCE, &mut answer).await;
        if result.is_err() && self.state.waits_for_lock.load(Ordering::Acquire) {
            result = tokio::time::timeout(LOCK_PATIENCE, &mut answer).await;
        }
        match result {
            Ok(result) => result.unwrap_or_else(|_| Err(stopped().into())),
            Err(_) if waiting.give_up() => Err(QUEUE_IS_SLOW.into()),
            // It runs already: only its answer tells what became of it.
            Err(_) => answer.await.unwrap_or_else(|_| Err(stopped().into())),
        }
    }

    pub(super) fn write_blocking<T, R, F>(&self, work: F) -> Result<T, Failure<R>>
    where
        F: Fn(&mut DbConnection) -> Result<T, Failure<R>> + Send + 'static,
        T: Send + 'static,
        R: Send + 'static,
    {
        let (sender, answer) = mpsc::sync_channel(1);
        let waiting = self.enqueue(work, move |result| drop(sender.send(result)))?;
        match answer.recv_timeout(PATIENCE + LOCK_PATIENCE) {
            Ok(result) => result,
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(stopped().into()),
            Err(mpsc::RecvTimeoutError::Timeout) if waiting.give_up() => Err(QUEUE_IS_SLOW.into()),
            Err(mpsc::RecvTimeoutError::Timeout) => answer.recv().unwrap_or_else(|_| Err(stopped().into())),
        }
    }

    fn enqueue<T, R, F, A>(&self, work: F, answer: A) -> Result<Waiting, StorageError>
    where
        F: Fn(&mut DbConnection) -> Result<T, Failure<R>> + Send + 'static,
        T: Send + 'static,
        R: Send + 'static,
        A: FnOnce(Result<T, Failure<R>>) + Send + 'static,
    {
        let claim = Claim::default();
        let request = Request::new(work, answer, claim.clone());
        match self.queue.try_send(Message::Run(Box::new(request))) {
            Ok(()) => Ok(Waiting::on(claim)),
            Err(TrySendError::Full(_)) => Err(QUEUE_IS_SLOW),
            Err(TrySendError::Disconnected(_)) => Err(stopped()),
        }
    }

    /// Whether writes work. After a failed one it tries another, so that a freed disk is noticed without a request.
    pub(super) async fn check(&self) -> Result<(), StorageError> {
        if lock(&self.state.busy_since).is_some_and(|since| since.elapsed() > STUCK) {
            return Err(StorageError::Unavailable("the writer waits for the disk or for a lock".to_owned()));
        }
        if lock(&self.thread).as_ref().is_none_or(JoinHandle::is_finished) {
            return Err(stopped());
        }
        if lock(&self.state.trouble).is_none() {
            return Ok(());
        }
        // Writes a page although it changes nothing: the number is not used otherwise.
        broken_only(self.write(|conn| Ok(conn.batch_execute("PRAGMA user_version = 0")?)).await)
    }

    /// Lets the thread finish what is queued, and waits for it.
    pub(super) fn close(&self) {
        // An error means that it is closed already.
        drop(self.queue.send(Message::Close));
        let thread = lock(&self.thread).take();
        if let Some(thread) = thread
            && thread.thread().id() != std::thread::current().id()
        {
            drop(thread.join());
        }
    }
}

struct WriterThread {
    file: SqliteFile,
    messages: Receiver<Message>,
    state: Arc<State>,
    /// `None` after a failure: the next group opens a new one.
    conn: Option<DbConnection>,
    waiting: VecDeque<Box<dyn Job>>,
    closing: bool,
}

impl WriterThread {
    /// Serves until the queue is closed. A panic outside of a closure costs the group that it hit, not the writer.
    fn run(mut self) {
        while catch_unwind(AssertUnwindSafe(|| self.serve())).is_err() {
            tracing::error!("The SQLite writer panicked. It goes on with a new connection.");
            self.conn = None;
            *lock(&self.state.busy_since) = None;
        }
        if let Some(DbConnection::Sqlite(conn)) = &mut self.conn
            && let Err(error) = conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
        {
            tracing::warn!(%error, "The write-ahead log was not moved into the database file.");
        }
    }

    fn serve(&mut self) {
        while self.gather() {
            *lock(&self.state.busy_since) = Some(Instant::now());
            self.serve_group();
            *lock(&self.state.busy_since) = None;
        }
    }

    /// Waits for a request and takes those that are there with it. False when there will be none.
    fn gather(&mut self) -> bool {
        while self.waiting.len() < GROUP && !self.closing {
            let message = if self.waiting.is_empty() {
                self.messages.recv().ok()
            } else {
                match self.messages.try_recv() {
                    Ok(message) => Some(message),
                    Err(mpsc::TryRecvError::Empty) => return true,
                    Err(mpsc::TryRecvError::Disconnected) => None,
                }
            };
            match message {
                Some(Message::Run(job)) => self.waiting.push_back(job),
                Some(Message::Close) | None => self.closing = true,
            }
        }
        !self.waiting.is_empty()
    }

    fn serve_group(&mut self) {
        let mut conn = match self.begin() {
            Ok(conn) => conn,
            Err(error) => return self.lose(&mut Vec::new(), &error),
        };
        let mut group = Vec::with_capacity(self.waiting.len());
        match self.run_group(&mut conn, &mut group) {
            Ok(trouble) => {
                self.conn = Some(conn);
                *lock(&self.state.trouble) = trouble;
                for job in group {
                    job.answer(None);
                }
            }
            Err(error) => {
                drop(conn);
                self.lose(&mut group, &error.into());
            }
        }
    }

    fn begin(&mut self) -> Result<DbConnection, StorageError> {
        self.state.waits_for_lock.store(true, Ordering::Release);
        let begun = self.begin_immediate();
        self.state.waits_for_lock.store(false, Ordering::Release);
        begun
    }

    fn begin_immediate(&mut self) -> Result<DbConnection, StorageError> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => DbConnection::Sqlite(self.file.connect(Access::Write)?),
        };
        AnsiTransactionManager::begin_transaction_sql(sqlite(&mut conn)?, "BEGIN IMMEDIATE")?;
        Ok(conn)
    }

    /// Runs what waits, each in a savepoint, and commits. An error loses the whole group.
    fn run_group(
        &mut self,
        conn: &mut DbConnection,
        group: &mut Vec<Box<dyn Job>>,
    ) -> Result<Option<String>, DieselError> {
        let begun = Instant::now();
        let mut trouble = None;
        // Alone in its transaction, ROLLBACK does what a savepoint would.
        let alone = self.waiting.len() == 1;
        while let Some(job) = self.waiting.pop_front() {
            if !job.claim() {
                continue;
            }
            group.push(job);
            let Some(job) = group.last_mut() else { break };
            if let Verdict::Undo { unavailable: Some(why) } = run_one(conn, job.as_mut(), alone)? {
                trouble = Some(why);
            }
            if begun.elapsed() > GROUP_TIME {
                break;
            }
        }
        let conn = sqlite(conn)?;
        if depth(conn)? > 0 {
            AnsiTransactionManager::commit_transaction(conn)?;
        }
        Ok(trouble)
    }

    /// Nothing of this group was kept; without a group, those who wait are told.
    fn lose(&mut self, group: &mut Vec<Box<dyn Job>>, error: &StorageError) {
        let why = match error {
            StorageError::Unavailable(why) => why.clone(),
            other => other.to_string(),
        };
        tracing::error!(error = %why, requests = group.len(), "A group of writes was lost.");
        *lock(&self.state.trouble) = Some(why.clone());
        if group.is_empty() {
            group.extend(self.waiting.drain(..));
        }
        for job in group.drain(..) {
            job.answer(Some(&why));
        }
    }
}

/// Runs one closure and leaves the transaction as deep as it was, with or without what the closure wrote.
fn run_one(conn: &mut DbConnection, job: &mut dyn Job, alone: bool) -> Result<Verdict, DieselError> {
    if !alone {
        AnsiTransactionManager::begin_transaction(sqlite(conn)?)?;
    }
    let own = if alone { 1 } else { 2 };
    let verdict = job.run(conn);
    let conn = sqlite(conn)?;
    // A panic inside a nested transaction of the closure leaves its savepoints open.
    while depth(conn)? > own {
        AnsiTransactionManager::rollback_transaction(conn)?;
    }
    match (&verdict, alone) {
        (Verdict::Undo { .. }, _) => AnsiTransactionManager::rollback_transaction(conn)?,
        (Verdict::Keep, false) => AnsiTransactionManager::commit_transaction(conn)?,
        (Verdict::Keep, true) => {}
    }
    Ok(verdict)
}

/// How many transactions and savepoints are open, as Diesel counts.
fn depth(conn: &mut SqliteConnection) -> Result<u32, DieselError> {
    let status =
        <AnsiTransactionManager as TransactionManager<SqliteConnection>>::transaction_manager_status_mut(
            conn,
        );
    Ok(status.transaction_depth()?.map_or(0, std::num::NonZeroU32::get))
}

fn sqlite(conn: &mut DbConnection) -> Result<&mut SqliteConnection, DieselError> {
    match conn {
        DbConnection::Sqlite(conn) => Ok(conn),
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(_) => Err(DieselError::BrokenTransactionManager),
    }
}
