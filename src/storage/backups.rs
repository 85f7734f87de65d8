//! A backup in the place of a SQLite database: checked first, and put there in one step.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::result::Error as DieselError;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::SqliteConnection;
use diesel::{Connection as _, RunQueryDsl as _};

use super::{DbConnection, StorageError, server_state};

/// Why nothing was restored: a sentence.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("{} cannot be read: {error}", file.display())]
    Unreadable { file: PathBuf, error: io::Error },
    #[error(
        "{} lies beside the backup: this is a copy of a database in use and not a backup. Make one with grantor backup",
        .0.display()
    )]
    InUseWhenCopied(PathBuf),
    #[error("{} is not a whole SQLite database ({why}). Nothing was replaced", file.display())]
    Damaged { file: PathBuf, why: String },
    #[error("{} is not a database of Grantor. Nothing was replaced", .0.display())]
    Foreign(PathBuf),
    #[error("a server or command is working on {}. Stop it and try again", .0.display())]
    Busy(PathBuf),
    #[error("{} is there from an earlier restore. Move it away and try again", .0.display())]
    KeptAlready(PathBuf),
    #[error("{} could not be put in its place: {error}", file.display())]
    NotReplaced { file: PathBuf, error: io::Error },
}

/// A copy of a backup beside the database. What is checked is what is put in place; without that, it disappears.
pub struct Candidate {
    backup: PathBuf,
    copy: PathBuf,
    database: PathBuf,
    conn: Option<DbConnection>,
}

impl Drop for Candidate {
    fn drop(&mut self) {
        self.conn = None;
        // Gone already if it took the database's place.
        let _ = fs::remove_file(&self.copy);
    }
}

impl Candidate {
    /// Copies `backup` beside `database`, under a name that ends with `unique`, and checks the copy.
    pub fn check(backup: &Path, database: &Path, unique: &str) -> Result<Self, RestoreError> {
        let wal = beside(backup, "-wal");
        if fs::metadata(&wal).is_ok_and(|about| about.len() > 0) {
            return Err(RestoreError::InUseWhenCopied(wal));
        }
        let copy = beside(database, &format!(".restoring-{unique}"));
        let mut candidate =
            Self { backup: backup.to_owned(), copy, database: database.to_owned(), conn: None };
        candidate.copy_backup()?;
        candidate.open()?;
        Ok(candidate)
    }

    /// The checked copy, to read only.
    pub fn connection(&mut self) -> Result<&mut DbConnection, RestoreError> {
        self.conn.as_mut().ok_or_else(|| RestoreError::Foreign(self.backup.clone()))
    }

    /// What the database remembers of its master key.
    pub fn master_key_check(&mut self) -> Result<String, RestoreError> {
        let foreign = RestoreError::Foreign(self.backup.clone());
        match server_state::get(self.connection()?, server_state::MASTER_KEY_CHECK) {
            Ok(Some(value)) => Ok(value),
            Ok(None) | Err(_) => Err(foreign),
        }
    }

    /// Takes the database's place; the file where the old one is kept, if there was one.
    pub fn put_in_place(mut self) -> Result<Option<PathBuf>, RestoreError> {
        self.conn = None;
        let kept = beside(&self.database, "-before-restore");
        let kept_log = beside(&kept, "-wal");
        if kept.exists() || kept_log.exists() {
            return Err(RestoreError::KeptAlready(kept));
        }
        let there_was_one = self.database.exists();
        let replaced = self.set_aside(&kept_log).and_then(|lock| self.replace(&kept, there_was_one, lock));
        if let Err(error) = replaced {
            let _ = fs::remove_file(&kept_log);
            return Err(error);
        }
        Ok(there_was_one.then_some(kept))
    }

    /// Keeps everybody out of the old database. SQLite moves its log into it, or, if it is too damaged for that, may
    /// delete the log: then a copy of the log stays.
    fn set_aside(&self, kept_log: &Path) -> Result<Option<SqliteConnection>, RestoreError> {
        let failed = |error| self.not_replaced(error);
        copy_if_there(&beside(&self.database, "-wal"), kept_log).map_err(failed)?;
        if !self.database.exists() {
            return Ok(None);
        }
        let lock = lock_out_others(&self.database)?;
        if lock.is_some() {
            remove_if_there(kept_log).map_err(failed)?;
        }
        Ok(lock)
    }

    /// The lock is held until the new file is in place.
    fn replace(
        &self,
        kept: &Path,
        there_was_one: bool,
        lock: Option<SqliteConnection>,
    ) -> Result<(), RestoreError> {
        let failed = |error| self.not_replaced(error);
        if there_was_one {
            // A second name, not a move: at every moment there is a database.
            fs::hard_link(&self.database, kept).map_err(failed)?;
        }
        // With the log of another database beside it, the new one would be damaged at its first opening.
        remove_if_there(&beside(&self.database, "-wal")).map_err(failed)?;
        remove_if_there(&beside(&self.database, "-shm")).map_err(failed)?;
        fs::rename(&self.copy, &self.database).map_err(failed)?;
        sync_folder(&self.database).map_err(failed)?;
        drop(lock);
        Ok(())
    }

    fn not_replaced(&self, error: io::Error) -> RestoreError {
        RestoreError::NotReplaced { file: self.database.clone(), error }
    }

    fn copy_backup(&self) -> Result<(), RestoreError> {
        let unreadable = |error| RestoreError::Unreadable { file: self.backup.clone(), error };
        let mut from = File::open(&self.backup).map_err(unreadable)?;
        if !from.metadata().map_err(unreadable)?.is_file() {
            return Err(unreadable(io::Error::other("it is not a file")));
        }
        let written = make_file(&self.copy).and_then(|mut to| {
            io::copy(&mut from, &mut to)?;
            to.sync_all()
        });
        written.map_err(|error| RestoreError::NotReplaced { file: self.copy.clone(), error })
    }

    fn open(&mut self) -> Result<(), RestoreError> {
        let damaged = |why: String| RestoreError::Damaged { file: self.backup.clone(), why };
        let mut conn = SqliteConnection::establish(&read_only(&self.copy))
            .map_err(|error| damaged(error.to_string()))?;
        let verdict: String = sql::<Text>("PRAGMA integrity_check(1)")
            .get_result(&mut conn)
            .map_err(|error| damaged(error.to_string()))?;
        if verdict != "ok" {
            return Err(damaged(verdict));
        }
        let orphans: i64 = sql::<BigInt>("SELECT count(*) FROM pragma_foreign_key_check")
            .get_result(&mut conn)
            .map_err(|error| damaged(error.to_string()))?;
        if orphans > 0 {
            return Err(damaged(format!("references to rows that are not there: {orphans}")));
        }
        self.conn = Some(DbConnection::Sqlite(conn));
        Ok(())
    }
}

/// Leaves the write-ahead log, which SQLite refuses while another connection is open, and keeps everybody out. `None` if
/// the file is so damaged that nobody could work on it.
fn lock_out_others(database: &Path) -> Result<Option<SqliteConnection>, RestoreError> {
    let name = if database.is_absolute() { database.to_owned() } else { Path::new(".").join(database) };
    let Ok(mut conn) = SqliteConnection::establish(&name.to_string_lossy()) else { return Ok(None) };
    match leave_log(&mut conn).map_err(StorageError::from) {
        Ok(true) => Ok(Some(conn)),
        Ok(false) | Err(StorageError::Busy(_)) => Err(RestoreError::Busy(database.to_owned())),
        Err(_) => Ok(None),
    }
}

fn leave_log(conn: &mut SqliteConnection) -> Result<bool, DieselError> {
    let mode: String = sql::<Text>("PRAGMA journal_mode = DELETE").get_result(conn)?;
    if mode != "delete" {
        return Ok(false);
    }
    conn.batch_execute("BEGIN EXCLUSIVE")?;
    Ok(true)
}

/// As a URI: reading leaves no trace, and needs no log.
fn read_only(file: &Path) -> String {
    let name = file.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{name}?mode=ro&immutable=1")
}

fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn make_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn copy_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::copy(from, to) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn remove_if_there(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The new name is as durable as the new file.
fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
