//! Authorization codes. RFC 6749 §4.1.2.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::grants::{Grant, Row as GrantRow};
use super::schema::{authorization_codes as codes, browser_sessions, grants, users};
use super::users::{Row as UserRow, User};
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;

/// A stored code.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = codes)]
pub struct AuthorizationCode {
    pub redirect_uri: String,
    pub code_challenge: Option<String>,
    pub expires_at: i64,
    pub used_at: Option<i64>,
}

/// A code with what it stands for.
#[derive(Clone, Debug)]
pub struct CodeWithGrant {
    pub code: AuthorizationCode,
    pub grant: Grant,
    pub user: User,
    /// Whether the browser session that the grant ends with, if any, goes on.
    pub session_goes_on: bool,
}

/// A code about to be inserted.
pub struct NewCode<'a> {
    pub digest: &'a Digest,
    pub grant_id: i64,
    pub redirect_uri: &'a str,
    pub code_challenge: Option<&'a str>,
    pub expires_at: Seconds,
}

/// Adds a code.
pub fn insert(conn: &mut DbConnection, code: &NewCode<'_>) -> Result<(), StorageError> {
    diesel::insert_into(codes::table)
        .values((
            codes::digest.eq(code.digest.as_bytes()),
            codes::grant_id.eq(code.grant_id),
            codes::redirect_uri.eq(code.redirect_uri),
            codes::code_challenge.eq(code.code_challenge),
            codes::expires_at.eq(code.expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The code, spent and expired ones too: a replay must be seen.
pub fn find(
    conn: &mut DbConnection,
    digest: &Digest,
    now: Seconds,
) -> Result<Option<CodeWithGrant>, StorageError> {
    type Found = (AuthorizationCode, GrantRow, UserRow, Option<i64>, Option<i64>);
    let found: Option<Found> = codes::table
        .inner_join(grants::table.on(grants::id.eq(codes::grant_id)))
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .left_join(browser_sessions::table.on(browser_sessions::id.nullable().eq(grants::session_id)))
        .filter(codes::digest.eq(digest.as_bytes()))
        .select((
            AuthorizationCode::as_select(),
            GrantRow::as_select(),
            UserRow::as_select(),
            browser_sessions::ended_at.nullable(),
            browser_sessions::expires_at.nullable(),
        ))
        .first(conn)
        .optional()?;
    found
        .map(|(code, grant, user, ended_at, expires_at)| {
            Ok(CodeWithGrant {
                code,
                grant: Grant::try_from(grant)?,
                user: User::try_from(user)?,
                session_goes_on: ended_at.is_none() && expires_at.is_none_or(|end| end > now),
            })
        })
        .transpose()
}

/// Spends the code: it was unused, is alive, and its grant stands. Otherwise `false` and nothing changed.
pub fn spend(conn: &mut DbConnection, digest: &Digest, now: Seconds) -> Result<bool, StorageError> {
    let spent = diesel::update(
        codes::table
            .filter(codes::digest.eq(digest.as_bytes()))
            .filter(codes::used_at.is_null())
            .filter(codes::expires_at.gt(now))
            .filter(exists(
                grants::table.filter(grants::id.eq(codes::grant_id)).filter(grants::revoked_at.is_null()),
            )),
    )
    .set(codes::used_at.eq(now))
    .execute(conn)?;
    Ok(spent == 1)
}
