//! SQLite: connections with asserted pragmas, readers in a pool, one writer.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::r2d2::R2D2Connection;
use diesel::result::Error as DieselError;
use diesel::sql_types::{Integer, Text};
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, RunQueryDsl};

use super::sqlite_writer::Writer;
use super::{PATIENCE, guarded, migrate};
use crate::config::{self, Synchronous};
use crate::storage::connection::DbConnection;
use crate::storage::error::{Failure, StorageError};

/// How long SQLite waits for a lock that another process holds.
const LOCK_WAIT: Duration = Duration::from_secs(5);

pub(super) struct Sqlite {
    file: SqliteFile,
    readers: r2d2::Pool<Readers>,
    pub(super) writer: Writer,
}

impl Sqlite {
    pub(super) fn open(path: &Path, settings: &config::Database) -> Result<Self, StorageError> {
        let file = SqliteFile::prepare(path, settings.synchronous)?;
        let writer = Writer::start(file.clone())?;
        let readers = r2d2::Pool::builder()
            .max_size(settings.pool_size.max(1))
            // The others open when they are needed: each costs memory and start-up time.
            .min_idle(Some(1))
            .connection_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_on_check_out(false)
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .build(Readers(file.clone()))
            .map_err(|_| file.unusable("its readers did not open"))?;
        Ok(Self { file, readers, writer })
    }

    pub(super) fn read<T, R>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> Result<T, Failure<R>>,
    ) -> Result<T, Failure<R>> {
        let mut conn = self.readers.get().map_err(|_| StorageError::Busy("all readers are in use"))?;
        let answer = guarded(|| work(&mut conn.conn));
        conn.left_by_panic = matches!(answer, Err(Failure::Broken(StorageError::Panicked)));
        answer
    }

    pub(super) fn migrate(&self) -> Result<Vec<String>, StorageError> {
        migrate::sqlite(&mut self.file.connect(Access::Write)?, &self.file.path)
    }

    pub(super) fn backup_to(&self, target: &Path) -> Result<(), StorageError> {
        vacuum_into(&mut self.file.connect(Access::Write)?, target)
    }
}

/// Copies the database into a file that must not exist yet, for this user only, while others read and write.
pub(super) fn vacuum_into(conn: &mut SqliteConnection, target: &Path) -> Result<(), StorageError> {
    let shown = target.display();
    let Some(name) = target.to_str() else {
        return Err(StorageError::Unavailable(format!("The file name {shown} is not valid Unicode.")));
    };
    // SQLite takes an empty file, and leaves its mode as it is.
    let file = make_file(target).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => StorageError::Unavailable(format!("{shown} exists already.")),
        _ => StorageError::Unavailable(format!("{shown} cannot be made: {error}.")),
    })?;
    let copied = diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(name).execute(conn);
    // SQLite does not wait for the disk when it copies.
    let safe = copied
        .map_err(|error| error.to_string())
        .and_then(|_| file.sync_all().map_err(|error| error.to_string()));
    safe.map_err(|error| {
        // Half a copy must not be taken for a backup.
        let _ = fs::remove_file(target);
        StorageError::Unavailable(format!("The copy to {shown} failed: {error}."))
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// Where the database is and how durable a commit must be.
#[derive(Clone)]
pub(super) struct SqliteFile {
    path: PathBuf,
    synchronous: Synchronous,
}

impl SqliteFile {
    /// Makes the folder and the file, both for this user only.
    fn prepare(path: &Path, synchronous: Synchronous) -> Result<Self, StorageError> {
        let file = Self { path: path.to_owned(), synchronous };
        if path.as_os_str().is_empty() || path.to_str().is_none_or(|name| name.contains(":memory:")) {
            // Readers and the writer are different connections: each would see a memory database of its own.
            return Err(file.unusable("it must be a file with a Unicode name"));
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            make_folder(folder).map_err(|error| file.unusable_because(&error))?;
        }
        match make_file(path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(file.unusable_because(&error)),
            _ => Ok(file),
        }
    }

    fn unusable(&self, why: &str) -> StorageError {
        StorageError::Unavailable(format!("The database file {} cannot be used: {why}.", self.path.display()))
    }

    fn unusable_because(&self, error: &std::io::Error) -> StorageError {
        match error.kind() {
            ErrorKind::PermissionDenied => self.unusable("this user may not write there"),
            ErrorKind::ReadOnlyFilesystem => self.unusable("the file system is read-only"),
            ErrorKind::StorageFull => self.unusable("the disk is full"),
            _ => self.unusable(&error.to_string()),
        }
    }

    /// A connection whose settings have been read back.
    pub(super) fn connect(&self, access: Access) -> Result<SqliteConnection, StorageError> {
        // A relative name could look like one of SQLite's URIs.
        let name = if self.path.is_absolute() { self.path.clone() } else { Path::new(".").join(&self.path) };
        let mut conn = SqliteConnection::establish(&name.to_string_lossy())
            .map_err(|error| self.unusable(&error.to_string()))?;
        let wait = LOCK_WAIT.as_millis();
        conn.batch_execute(&format!("PRAGMA busy_timeout = {wait}; PRAGMA foreign_keys = ON"))
            .map_err(|error| self.refused(&error))?;
        write_ahead(&mut conn).map_err(|error| self.refused(&error))?;
        // After a long reader has let the log grow, the file shrinks again.
        conn.batch_execute("PRAGMA journal_size_limit = 67108864").map_err(|error| self.refused(&error))?;
        let (level, query_only) = (self.synchronous_level(), i32::from(access == Access::Read));
        conn.batch_execute(&format!("PRAGMA synchronous = {level}; PRAGMA query_only = {query_only}"))
            .map_err(|error| self.refused(&error))?;
        self.assert_pragmas(&mut conn, query_only)?;
        if access == Access::Write {
            // SQLite opens a file it may not write without a word.
            conn.batch_execute("BEGIN IMMEDIATE; ROLLBACK").map_err(|error| self.refused(&error))?;
        }
        Ok(conn)
    }

    fn synchronous_level(&self) -> i32 {
        match self.synchronous {
            Synchronous::Normal => 1,
            Synchronous::Full => 2,
        }
    }

    fn assert_pragmas(&self, conn: &mut SqliteConnection, query_only: i32) -> Result<(), StorageError> {
        let mode = sql::<Text>("PRAGMA journal_mode").get_result::<String>(conn)?;
        if mode != "wal" {
            return Err(self.unusable("its file system does not support the write-ahead log"));
        }
        let wait = i32::try_from(LOCK_WAIT.as_millis()).unwrap_or(i32::MAX);
        let wanted = [
            ("PRAGMA foreign_keys", 1),
            ("PRAGMA busy_timeout", wait),
            ("PRAGMA synchronous", self.synchronous_level()),
            ("PRAGMA query_only", query_only),
        ];
        for (pragma, value) in wanted {
            let found = sql::<Integer>(pragma).get_result::<i32>(conn)?;
            if found != value {
                return Err(self.unusable(&format!("{pragma} is {found} and must be {value}")));
            }
        }
        Ok(())
    }

    /// One clear sentence for what SQLite says in the words of a C library.
    fn refused(&self, error: &DieselError) -> StorageError {
        let text = error.to_string();
        self.unusable(match text.as_str() {
            "attempt to write a readonly database" => {
                "it or its file system is read-only, or this user may not write it"
            }
            "unable to open database file" => "this user may not write to its folder",
            "database or disk is full" => "the disk is full",
            "file is not a database" => "it is not a SQLite database",
            other => other,
        })
    }
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

/// Only ever a new file: closing a second handle of an open database would drop the locks of this process on it.
fn make_file(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Switches to the write-ahead log. Where another process is doing the same, SQLite does not wait by itself.
fn write_ahead(conn: &mut SqliteConnection) -> Result<(), DieselError> {
    let begun = Instant::now();
    loop {
        match conn.batch_execute("PRAGMA journal_mode = WAL") {
            Err(error) if error.to_string().contains("locked") && begun.elapsed() < LOCK_WAIT => {
                std::thread::sleep(Duration::from_millis(10));
            }
            answer => return answer,
        }
    }
}

/// Makes the readers of the pool.
struct Readers(SqliteFile);

/// A connection of the pool, and whether a panic left it in an unknown state.
struct Reader {
    conn: DbConnection,
    left_by_panic: bool,
}

impl r2d2::ManageConnection for Readers {
    type Connection = Reader;
    type Error = StorageError;

    fn connect(&self) -> Result<Reader, StorageError> {
        let conn = DbConnection::Sqlite(self.0.connect(Access::Read)?);
        Ok(Reader { conn, left_by_panic: false })
    }

    fn is_valid(&self, reader: &mut Reader) -> Result<(), StorageError> {
        Ok(reader.conn.ping()?)
    }

    fn has_broken(&self, reader: &mut Reader) -> bool {
        reader.left_by_panic || reader.conn.is_broken()
    }
}
