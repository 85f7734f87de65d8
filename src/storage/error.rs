//! Refused is not broken: see docs/architecture.md, rule 1.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// Why a flow did not finish: the protocol said no, or the server broke.
#[derive(Debug)]
pub enum Failure<R> {
    /// The protocol says no. What was written is kept.
    Refused(R),
    /// We failed. Nothing was kept.
    Broken(StorageError),
}

/// What the database could not do.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// No connection or no place in the queue within the waiting time. Nothing was written; 503 with Retry-After.
    #[error("the database is busy: {0}")]
    Busy(&'static str),
    /// The database is gone, full, read-only or shutting down; 503 with Retry-After. Nothing was written, unless the
    /// connection was lost while PostgreSQL committed: then nobody knows.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The closure panicked. Its writes were rolled back.
    #[error("a panic in a database transaction")]
    Panicked,
    /// Any other error of the database, which is a fault of ours.
    #[error(transparent)]
    Database(DieselError),
    /// Something beside the database broke: a signature, a clock, the protocol engine.
    #[error("{0}")]
    Internal(String),
    /// A row holds what we never write.
    #[error("a stored row is corrupt: {0}")]
    Corrupt(&'static str),
}

impl StorageError {
    /// Whether a row that this one refers to was gone: a client deleted meanwhile.
    #[must_use]
    pub fn is_foreign_key_violation(&self) -> bool {
        matches!(self, Self::Database(DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)))
    }

    /// Whether two transactions got in each other's way (SQLSTATE 40P01 or 40001), so that making this one again helps.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::Database(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            Self::Database(DieselError::DatabaseError(DatabaseErrorKind::Unknown, about)) => {
                about.message().starts_with("deadlock detected")
            }
            _ => false,
        }
    }

    /// Whether the connection is gone, so that another one may serve.
    #[must_use]
    pub fn is_lost_connection(&self) -> bool {
        matches!(self, Self::Unavailable(why) if why == CONNECTION_LOST)
    }
}

const CONNECTION_LOST: &str = "the connection was lost";

/// How SQLite's errors begin: (text, whether it is another's lock).
const SQLITE_TROUBLE: [(&str, bool); 7] = [
    ("database is locked", true),
    ("database table is locked", true),
    ("database schema is locked", true),
    ("database or disk is full", false),
    ("disk I/O error", false),
    ("attempt to write a readonly database", false),
    ("unable to open database file", false),
];

/// How PostgreSQL's errors begin that say that it stops, starts or has no place: SQLSTATE class 53 and 57P0x.
const POSTGRES_TROUBLE: [&str; 5] = [
    "the database system is",
    "sorry, too many clients already",
    "remaining connection slots are reserved",
    "too many connections for",
    "out of memory",
];

/// Sorts an error whose kind Diesel does not know by its text.
fn by_text(text: &str) -> Option<StorageError> {
    if let Some((_, locked)) = SQLITE_TROUBLE.iter().find(|(begin, _)| text.starts_with(begin)) {
        let busy = StorageError::Busy("another process holds the lock");
        return Some(if *locked { busy } else { StorageError::Unavailable(text.to_owned()) });
    }
    if text.starts_with("canceling statement due to") {
        return Some(StorageError::Busy("a statement took too long"));
    }
    if text.starts_with("terminating connection") || text.starts_with("server closed the connection") {
        return Some(StorageError::Unavailable(CONNECTION_LOST.to_owned()));
    }
    let full = text.ends_with("No space left on device");
    (full || POSTGRES_TROUBLE.iter().any(|begin| text.starts_with(begin)))
        .then(|| StorageError::Unavailable(text.to_owned()))
}

impl<R> From<StorageError> for Failure<R> {
    fn from(error: StorageError) -> Self {
        Self::Broken(error)
    }
}

impl<R> From<DieselError> for Failure<R> {
    fn from(error: DieselError) -> Self {
        Self::Broken(error.into())
    }
}

impl From<DieselError> for StorageError {
    fn from(error: DieselError) -> Self {
        use DatabaseErrorKind as Kind;
        match &error {
            DieselError::DatabaseError(Kind::ClosedConnection | Kind::UnableToSendCommand, _)
            | DieselError::BrokenTransactionManager => Self::Unavailable(CONNECTION_LOST.to_owned()),
            DieselError::DatabaseError(Kind::ReadOnlyTransaction, _) => {
                Self::Unavailable("it is read-only".to_owned())
            }
            DieselError::DatabaseError(Kind::Unknown, about) => {
                by_text(about.message()).unwrap_or(Self::Database(error))
            }
            _ => Self::Database(error),
        }
    }
}

impl<R> Failure<R> {
    /// The same failure in the words of another endpoint.
    pub fn map_refusal<S>(self, map: impl FnOnce(R) -> S) -> Failure<S> {
        match self {
            Self::Refused(refusal) => Failure::Refused(map(refusal)),
            Self::Broken(error) => Failure::Broken(error),
        }
    }
}
