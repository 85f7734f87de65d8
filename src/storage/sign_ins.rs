//! Sign-ins that are under way: who somebody says they are, and what they have proven so far.
//!
//! A row is bound to one browser and taken once: each proof makes another one.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::schema::{passkeys, recovery_codes, sign_ins, totp_secrets, users};
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;
use crate::protocol::acr::Method;

/// A sign-in that waits for the next proof.
#[derive(Clone, Debug)]
pub struct SignInUnderWay {
    /// `None`: nobody has this name, which the pages do not show.
    pub user_id: Option<i64>,
    /// As it was typed.
    pub identifier: String,
    pub thread_digest: Option<Vec<u8>>,
    pub return_to: Option<String>,
    pub methods: Vec<Method>,
    /// When the first of the methods was proven.
    pub proven_at: Option<Seconds>,
    pub remember: bool,
}

/// When a sign-in was begun and when it ends, if it is alive and this browser's.
pub fn life(
    conn: &mut DbConnection,
    digest: &Digest,
    browser: &Digest,
    now: Seconds,
) -> Result<Option<(Seconds, Seconds)>, StorageError> {
    Ok(sign_ins::table
        .find(digest.as_bytes())
        .filter(sign_ins::browser_digest.eq(browser.as_bytes()))
        .filter(sign_ins::expires_at.gt(now))
        .select((sign_ins::created_at, sign_ins::expires_at))
        .first(conn)
        .optional()?)
}

/// Gives a sign-in another end.
pub fn extend(conn: &mut DbConnection, digest: &Digest, until: Seconds) -> Result<(), StorageError> {
    let row = sign_ins::table.find(digest.as_bytes());
    diesel::update(row).set(sign_ins::expires_at.eq(until)).execute(conn)?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sign_ins)]
struct Row {
    user_id: Option<i64>,
    identifier: String,
    thread_digest: Option<Vec<u8>>,
    return_to: Option<String>,
    methods: String,
    proven_at: Option<i64>,
    remember: bool,
}

impl TryFrom<Row> for SignInUnderWay {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let methods = row.methods.split_ascii_whitespace().map(Method::from_name).collect::<Option<_>>();
        Ok(Self {
            user_id: row.user_id,
            identifier: row.identifier,
            thread_digest: row.thread_digest,
            return_to: row.return_to,
            methods: methods.ok_or(StorageError::Corrupt("sign_ins.methods"))?,
            proven_at: row.proven_at,
            remember: row.remember,
        })
    }
}

/// Stores a sign-in of this browser.
pub fn insert(
    conn: &mut DbConnection,
    digest: &Digest,
    browser: &Digest,
    sign_in: &SignInUnderWay,
    now: Seconds,
    expires_at: Seconds,
) -> Result<(), StorageError> {
    let methods = sign_in.methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(" ");
    diesel::insert_into(sign_ins::table)
        .values((
            sign_ins::digest.eq(digest.as_bytes()),
            sign_ins::browser_digest.eq(browser.as_bytes()),
            sign_ins::user_id.eq(sign_in.user_id),
            sign_ins::identifier.eq(&sign_in.identifier),
            sign_ins::thread_digest.eq(&sign_in.thread_digest),
            sign_ins::return_to.eq(&sign_in.return_to),
            sign_ins::methods.eq(methods),
            sign_ins::proven_at.eq(sign_in.proven_at),
            sign_ins::remember.eq(sign_in.remember),
            sign_ins::created_at.eq(now),
            sign_ins::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The sign-in, if it is alive and this browser's.
pub fn find(
    conn: &mut DbConnection,
    digest: &Digest,
    browser: &Digest,
    now: Seconds,
) -> Result<Option<SignInUnderWay>, StorageError> {
    sign_ins::table
        .find(digest.as_bytes())
        .filter(sign_ins::browser_digest.eq(browser.as_bytes()))
        .filter(sign_ins::expires_at.gt(now))
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(SignInUnderWay::try_from)
        .transpose()
}

/// Takes the sign-in: it goes on once. `false` if it did already, or is over.
pub fn take(
    conn: &mut DbConnection,
    digest: &Digest,
    browser: &Digest,
    now: Seconds,
) -> Result<bool, StorageError> {
    let mine = sign_ins::table
        .find(digest.as_bytes())
        .filter(sign_ins::browser_digest.eq(browser.as_bytes()))
        .filter(sign_ins::expires_at.gt(now));
    Ok(diesel::delete(mine).execute(conn)? == 1)
}

/// Ends every sign-in of a person that is under way: what was proven for it holds no more.
pub fn end_all_of_user(conn: &mut DbConnection, user_id: i64) -> Result<(), StorageError> {
    diesel::delete(sign_ins::table.filter(sign_ins::user_id.eq(user_id))).execute(conn)?;
    Ok(())
}

/// What decides whether one factor will do for a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "five facts, each by itself")]
pub struct Standing {
    pub has_totp: bool,
    pub has_passkey: bool,
    pub has_recovery_code: bool,
    /// The operator demands two factors: of the person, or of a group that they are in.
    pub must_have_two: bool,
    pub is_administrator: bool,
}

/// Reads it in the transaction of the sign-in.
pub fn standing(conn: &mut DbConnection, user_id: i64) -> Result<Standing, StorageError> {
    let is_administrator = users::table.find(user_id).select(users::is_administrator).first(conn)?;
    let totp: i64 = totp_secrets::table
        .filter(totp_secrets::user_id.eq(user_id))
        .filter(totp_secrets::confirmed_at.is_not_null())
        .select(count_star())
        .first(conn)?;
    let keys: i64 = passkeys::table.filter(passkeys::user_id.eq(user_id)).select(count_star()).first(conn)?;
    let codes: i64 = recovery_codes::table
        .filter(recovery_codes::user_id.eq(user_id))
        .filter(recovery_codes::used_at.is_null())
        .select(count_star())
        .first(conn)?;
    Ok(Standing {
        has_totp: totp > 0,
        has_passkey: keys > 0,
        has_recovery_code: codes > 0,
        must_have_two: super::groups::requires_second_factor(conn, user_id)?,
        is_administrator,
    })
}
