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

use std::fmt;

use super::Means;
use crate::clock::Seconds;
use crate::password::PasswordError;
use crate::protocol::client::refusal::RegistrationRefusal;
use crate::storage::audit_events::{self, Event, EventKind, Origin};
use crate::storage::{DbConnection, Failure, StorageError};
use crate::texts::{Message, Texts, say};

/// Why something that an operator asked for is not done, in a sentence that names what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such thing.
    NotFound(Message),
    /// A value is not acceptable.
    Invalid(Message),
    /// It does not fit what is there.
    Conflict(Message),
    /// The metadata of a client are not acceptable. RFC 7591 §3.2.2.
    Metadata(RegistrationRefusal),
}

impl Refusal {
    /// The sentence for whoever is at the desk. What a client would be told of its metadata stays as clients are told it.
    #[must_use]
    pub fn in_words(&self, texts: Texts) -> String {
        match self {
            Self::NotFound(message) | Self::Invalid(message) | Self::Conflict(message) => {
                message.in_words(texts)
            }
            Self::Metadata(refusal) => {
                say("refused-metadata").with("fault", &refusal.description).in_words(texts)
            }
        }
    }

    /// Whether it is about this field of a form.
    #[must_use]
    pub fn is_about(&self, field: &str) -> bool {
        match self {
            Self::NotFound(message) | Self::Invalid(message) | Self::Conflict(message) => {
                // `rules.groups` is the field `groups`.
                message.member().and_then(|member| member.rsplit('.').next()) == Some(field)
            }
            Self::Metadata(refusal) => refusal.description.contains(field),
        }
    }
}

/// In English, for programs: a member that is at fault is named as they know it.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(message) | Self::Invalid(message) | Self::Conflict(message) => {
                match message.member() {
                    Some(member) => write!(f, "{member}: {message}"),
                    None => write!(f, "{message}"),
                }
            }
            Self::Metadata(refusal) => f.write_str(&refusal.description),
        }
    }
}

impl std::error::Error for Refusal {}

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

fn not_found<T>(message: Message) -> Administered<T> {
    refused(Refusal::NotFound(message))
}

fn invalid<T>(message: Message) -> Administered<T> {
    refused(Refusal::Invalid(message))
}

fn conflict<T>(message: Message) -> Administered<T> {
    refused(Refusal::Conflict(message))
}

/// The hash of a password that an operator gives somebody.
async fn hashed(means: &Means, password: &str) -> Result<String, StorageError> {
    means.passwords.hash(password).await.map_err(|error| match error {
        PasswordError::Busy => StorageError::Busy("passwords are being hashed"),
        other @ PasswordError::Failed => StorageError::Internal(other.to_string()),
    })
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
