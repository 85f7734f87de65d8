//! WebAuthn challenges, and seeds of apps for one-time codes, that wait for an answer. Each is good once, for one browser and one
//! purpose.

use diesel::prelude::*;

use super::schema::passkey_ceremonies as ceremonies;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;

/// What a challenge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody signs in; who, the answer says.
    SignIn,
    /// A person adds a passkey.
    Registration,
    /// A person sets an app for one-time codes up.
    OneTimeCodes,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Registration => "registration",
            Self::OneTimeCodes => "one-time-codes",
        }
    }
}

/// What a challenge is bound to.
#[derive(Clone)]
pub struct Binding {
    pub browser: Digest,
    /// Whose passkey is added; nobody's for a sign-in.
    pub user_id: Option<i64>,
    pub purpose: Purpose,
}

/// Stores a challenge; `state` is what the library needs to check the answer, sealed.
pub fn insert(
    conn: &mut DbConnection,
    digest: &Digest,
    binding: &Binding,
    state: &str,
    expires_at: Seconds,
) -> Result<(), StorageError> {
    diesel::insert_into(ceremonies::table)
        .values((
            ceremonies::digest.eq(digest.as_bytes()),
            ceremonies::browser_digest.eq(binding.browser.as_bytes()),
            ceremonies::user_id.eq(binding.user_id),
            ceremonies::purpose.eq(binding.purpose.as_str()),
            ceremonies::state.eq(state),
            ceremonies::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// A challenge that waits. `None` if it was answered, is too old, or is not this browser's, person's and purpose's.
pub fn find(
    conn: &mut DbConnection,
    digest: &Digest,
    binding: &Binding,
    now: Seconds,
) -> Result<Option<String>, StorageError> {
    let found: Option<(Option<i64>, String)> = ceremonies::table
        .find(digest.as_bytes())
        .filter(ceremonies::browser_digest.eq(binding.browser.as_bytes()))
        .filter(ceremonies::purpose.eq(binding.purpose.as_str()))
        .filter(ceremonies::expires_at.gt(now))
        .select((ceremonies::user_id, ceremonies::state))
        .first(conn)
        .optional()?;
    Ok(found.filter(|(user_id, _)| *user_id == binding.user_id).map(|(_, state)| state))
}

/// Takes a challenge: it is answered once. `None` if it was answered, is too old, or is not this browser's, person's and
/// purpose's.
pub fn take(
    conn: &mut DbConnection,
    digest: &Digest,
    binding: &Binding,
    now: Seconds,
) -> Result<Option<String>, StorageError> {
    let one = ceremonies::table
        .find(digest.as_bytes())
        .filter(ceremonies::browser_digest.eq(binding.browser.as_bytes()))
        .filter(ceremonies::purpose.eq(binding.purpose.as_str()))
        .filter(ceremonies::expires_at.gt(now));
    let state = ceremonies::state;
    let taken = match binding.user_id {
        Some(id) => diesel::delete(one.filter(ceremonies::user_id.eq(id))).returning(state).get_result(conn),
        None => diesel::delete(one.filter(ceremonies::user_id.is_null())).returning(state).get_result(conn),
    };
    Ok(taken.optional()?)
}
