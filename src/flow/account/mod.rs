//! What a person does to their own account: who they are, how they sign in, where they are signed in, and what they let others do.
//!
//! Every change writes its event in its own transaction, as the person's own.

mod applications;
mod password;
mod profile;
mod sessions;

pub use applications::{Applications, applications, clients_of, revoke};
pub use password::{PasswordChange, PasswordState, change_password, password_state};
pub use profile::{EDITABLE, Profile, change_profile};
pub use sessions::{end_others, end_session, sessions};

use serde_json::Value;

use super::log_out::Never;
use super::{Actor, BrowserSession, Failure, Means, Origin};
use crate::clock::Seconds;
use crate::password::PasswordFault;
use crate::storage::audit_events::{self, Event, EventKind, StoredEvent};
use crate::storage::{DbConnection, StorageError, person_view};

/// Why something that a person wanted was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountRefusal {
    /// That is not the password.
    WrongPassword,
    /// Seconds to wait.
    TooMany(Seconds),
    /// Too many wrong passwords in a row.
    Locked,
    /// Too many passwords are being hashed at once.
    Busy,
    /// The new password will not do.
    Password(PasswordFault),
    /// The two new passwords are not the same.
    Unequal,
    /// A value of the profile is too long, or holds what is no text.
    Text,
    /// There is no such thing, or no longer.
    Gone,
}

type Done<T> = Result<T, Failure<AccountRefusal>>;

fn refuse<T>(refusal: AccountRefusal) -> Done<T> {
    Err(Failure::Refused(refusal))
}

fn record(
    conn: &mut DbConnection,
    session: &BrowserSession,
    origin: &Origin,
    (kind, client_id, details): (EventKind, Option<&str>, Value),
    now: Seconds,
) -> Result<(), StorageError> {
    let origin = Origin { actor: Actor::User(session.user.subject.clone()), ..origin.clone() };
    audit_events::record(conn, &Event { kind, origin: &origin, client_id, details }, now)
}

/// The newest events that the person caused or that are about them, at most `limit`.
pub async fn activity(
    means: &Means,
    session: &BrowserSession,
    before_id: Option<i64>,
    limit: i64,
) -> Result<Vec<StoredEvent>, Failure<Never>> {
    let subject = session.user.subject.clone();
    means.database.read(move |conn| Ok(person_view::events(conn, &subject, before_id, limit)?)).await
}
