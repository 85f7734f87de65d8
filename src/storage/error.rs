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
    /// The database is gone, full, read-only or shutting down. Nothing was written; 503 with Retry-After.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The closure panicked. Its writes were rolled back.
    #[error("a panic in a database transaction")]
    Panicked,
    /// Any other error of the database, which is a fault of ours.
    #[error(transparent)]
    Database(DieselError),
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
        Self::Database(error)
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
