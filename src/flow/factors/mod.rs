//! What somebody can prove who they are with beside a password: passkeys, one-time codes and recovery codes.
//! Security statements P12 to P15.

mod ceremony;
pub mod passkeys;
pub mod recovery;
pub mod removal;
pub mod totp;

use std::convert::Infallible;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{BrowserSession, Failure, Means};
use crate::clock::Seconds;
use crate::mail::{self, EmailKind, Mailer};
use crate::storage::audit_events::{self, Event, EventKind, Origin};
use crate::storage::users::{self, User};
use crate::storage::{self, DbConnection, StorageError, groups, recovery_codes, totp_secrets};

/// More passkeys than this no person has.
pub const MAX_PASSKEYS: usize = 20;

/// A passkey as its person and operators look at it. WebAuthn Level 3 §4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Passkey {
    pub id: i64,
    /// As the person calls it.
    pub name: String,
    /// Whether it is kept at more than one device, as with a password manager.
    pub is_backed_up: bool,
    pub created_at: Seconds,
    pub last_used_at: Option<Seconds>,
}

/// An app that shows one-time codes. RFC 6238.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OneTimeCodes {
    pub since: Seconds,
    pub last_used_at: Option<Seconds>,
}

/// Codes on paper for whoever lost everything else. NIST SP 800-63B-4 §3.1.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecoveryCodes {
    pub left: i64,
    pub made_at: Seconds,
}

/// The factors of a person beside their password. NIST SP 800-63B-4 §2.2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Factors {
    /// Oldest first.
    pub passkeys: Vec<Passkey>,
    pub one_time_codes: Option<OneTimeCodes>,
    pub recovery_codes: Option<RecoveryCodes>,
}

impl Factors {
    /// Whether there is one for a second step; recovery codes only stand in for it.
    #[must_use]
    pub fn is_any(&self) -> bool {
        !self.passkeys.is_empty() || self.one_time_codes.is_some()
    }

    /// Whether there was one for a second step before that time.
    #[must_use]
    pub fn is_any_before(&self, time: Seconds) -> bool {
        self.passkeys.iter().any(|passkey| passkey.created_at < time)
            || self.one_time_codes.as_ref().is_some_and(|app| app.since < time)
    }

    /// Whether there is exactly one for a second step.
    #[must_use]
    pub fn is_only_one(&self) -> bool {
        self.passkeys.len() + usize::from(self.one_time_codes.is_some()) == 1
    }

    /// How many recovery codes still work.
    #[must_use]
    pub fn recovery_codes_left(&self) -> i64 {
        self.recovery_codes.as_ref().map_or(0, |codes| codes.left)
    }
}

/// The factors of this person. Security statement P12.
pub fn of(conn: &mut DbConnection, user_id: i64) -> Result<Factors, StorageError> {
    let passkeys = storage::passkeys::of_user(conn, user_id)?;
    let secret = totp_secrets::find(conn, user_id)?;
    Ok(Factors {
        passkeys: passkeys.into_iter().map(Passkey::from).collect(),
        one_time_codes: secret.and_then(|secret| {
            Some(OneTimeCodes { since: secret.confirmed_at?, last_used_at: secret.last_used_at })
        }),
        recovery_codes: recovery_codes::left(conn, user_id)?
            .map(|(left, made_at)| RecoveryCodes { left, made_at }),
    })
}

impl From<storage::passkeys::Passkey> for Passkey {
    fn from(row: storage::passkeys::Passkey) -> Self {
        Self {
            id: row.id,
            name: row.name,
            is_backed_up: row.is_backed_up,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// The factors of a person, and whether they may do without. Security statement P12.
#[derive(Clone, Debug)]
pub struct Overview {
    pub factors: Factors,
    pub is_required: bool,
}

/// What the person's own page shows. Security statement P12.
pub async fn overview(means: &Means, user_id: i64) -> Result<Overview, StorageError> {
    let read = means.database.read(move |conn| {
        let factors = of(conn, user_id)?;
        Ok::<_, Failure<Infallible>>(Overview { factors, is_required: is_required(conn, user_id)? })
    });
    read.await.map_err(broken)
}

/// Whether this sign-in may change what its person proves themselves with. Whoever had a second factor by then has to have shown
/// one: a thief of a password neither sets up a factor beside those that there are nor removes one. NIST SP 800-63B-4 §4.1.2.
pub async fn may_change(means: &Means, session: &BrowserSession) -> Result<bool, StorageError> {
    if session.has_second_factor() {
        return Ok(true);
    }
    let (user_id, since) = (session.user.id, session.authenticated_at);
    let read = means
        .database
        .read(move |conn| Ok::<_, Failure<Infallible>>(!of(conn, user_id)?.is_any_before(since)));
    read.await.map_err(broken)
}

/// Whether this person must have a factor beside the password. Security statement P12.
pub fn is_required(conn: &mut DbConnection, user_id: i64) -> Result<bool, StorageError> {
    groups::requires_second_factor(conn, user_id)
}

/// Why a factor is not added, changed, removed or accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorRefusal {
    /// Passkeys are for a host name, and this server's is an address.
    Unavailable,
    TooMany,
    /// Somebody has this passkey already.
    Known,
    /// What waits for an answer was answered, is too old, or belongs to another browser; or the answer proves nothing.
    NotVerified,
    WrongCode,
    NotThere,
    /// It is the last one, and the person must have one.
    Required,
    /// Nothing else would let the person in.
    OnlyWayIn,
    /// The person was switched off meanwhile.
    Gone,
}

type Changed<T> = Result<T, Failure<FactorRefusal>>;

fn broken(failure: Failure<Infallible>) -> StorageError {
    match failure {
        Failure::Broken(error) => error,
        Failure::Refused(never) => match never {},
    }
}

/// Holds the person, so that two changes at once do not pass each other by.
fn lock(conn: &mut DbConnection, user: &User) -> Changed<()> {
    if users::lock(conn, user.id)? { Ok(()) } else { Err(Failure::Refused(FactorRefusal::Gone)) }
}

/// Who changed what of whose, and when.
struct Change<'a> {
    mailer: &'a Mailer,
    user: &'a User,
    origin: &'a Origin,
    now: Seconds,
}

impl Change<'_> {
    /// Writes the event of the audit log, and tells the person by e-mail. Security statement P19.
    fn tell(
        &self,
        conn: &mut DbConnection,
        kind: EventKind,
        details: Value,
        email: EmailKind,
    ) -> Result<(), StorageError> {
        let event = Event { kind, origin: self.origin, client_id: None, details };
        audit_events::record(conn, &event, self.now)?;
        mail::notify(conn, self.mailer, self.user.id, email, self.now)?;
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn internal(error: impl ToString) -> StorageError {
    StorageError::Internal(error.to_string())
}
