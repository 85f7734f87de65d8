//! What operators do over HTTP and at the command line alike: one file for each thing that they look after.
//!
//! Every change writes its event of the audit log in its own transaction.

pub mod accounts;
pub mod api_keys;
pub mod apply;
pub mod attributes;
pub mod authenticate;
pub mod client_access;
pub mod clients;
pub mod emails;
pub mod factors;
pub mod grants;
pub mod groups;
pub mod insight;
pub mod keys;
pub mod lifecycle;
pub mod overview;
pub mod people;
pub mod persons;
pub mod registration;
mod replacement;
pub mod resources;
pub mod standing;
pub mod upstream;

use crate::clock::Seconds;
use crate::protocol::client::refusal::RegistrationRefusal;
use crate::storage::audit_events::{self, Event, EventKind, Origin};
use crate::storage::{DbConnection, Failure, StorageError};

/// Why something that an operator asked for is not done. Each text is a sentence that names what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// A value is not acceptable.
    #[error("{0}")]
    Invalid(String),
    /// It does not fit what is there.
    #[error("{0}")]
    Conflict(String),
    /// The metadata of a client are not acceptable. RFC 7591 §3.2.2.
    #[error("{}", .0.description)]
    Metadata(RegistrationRefusal),
}

impl From<RegistrationRefusal> for Refusal {
    fn from(refusal: RegistrationRefusal) -> Self {
        Self::Metadata(refusal)
    }
}

/// What a flow of this folder ends with.
pub type Administered<T> = Result<T, Failure<Refusal>>;

fn refused<T>(refusal: Refusal) -> Administered<T> {
    Err(Failure::Refused(refusal))
}

fn not_found<T>(sentence: impl Into<String>) -> Administered<T> {
    refused(Refusal::NotFound(sentence.into()))
}

fn invalid<T>(sentence: impl Into<String>) -> Administered<T> {
    refused(Refusal::Invalid(sentence.into()))
}

fn conflict<T>(sentence: impl Into<String>) -> Administered<T> {
    refused(Refusal::Conflict(sentence.into()))
}

/// Writes an event that is about no client.
fn record(
    conn: &mut DbConnection,
    kind: EventKind,
    origin: &Origin,
    details: serde_json::Value,
    now: Seconds,
) -> Result<(), StorageError> {
    audit_events::record(conn, &Event { kind, origin, client_id: None, details }, now)
}
