//! Refresh tokens, rotated at each use. RFC 6749 §6, RFC 9700 §4.14.2.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::grants::{Grant, Row as GrantRow};
use super::schema::{browser_sessions, grants, refresh_tokens as tokens, users};
use super::users::{Row as UserRow, User};
use super::{DbConnection, StorageError, consents};
use crate::clock::Seconds;
use crate::entropy::Digest;

/// The state of one token.
#[derive(Clone, Copy, Debug, Queryable, Selectable)]
#[diesel(table_name = tokens)]
pub struct RefreshToken {
    /// The idle end.
    pub expires_at: i64,
    /// When it was rotated.
    pub used_at: Option<i64>,
}

/// A token with what it stands for.
#[derive(Clone, Debug)]
pub struct RefreshTokenWithGrant {
    pub token: RefreshToken,
    pub grant: Grant,
    pub user: User,
    /// Whether the browser session that the grant ends with, if any, goes on.
    pub session_goes_on: bool,
    /// Whether the person still allows the client anything.
    pub consent_stands: bool,
}

/// Adds a token.
pub fn insert(
    conn: &mut DbConnection,
    digest: &Digest,
    grant_id: i64,
    now: Seconds,
    expires_at: Seconds,
) -> Result<(), StorageError> {
    diesel::insert_into(tokens::table)
        .values((
            tokens::digest.eq(digest.as_bytes()),
            tokens::grant_id.eq(grant_id),
            tokens::issued_at.eq(now),
            tokens::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The token, rotated and expired ones too: a reuse must be seen.
pub fn find(
    conn: &mut DbConnection,
    digest: &Digest,
    now: Seconds,
) -> Result<Option<RefreshTokenWithGrant>, StorageError> {
    type Found = (RefreshToken, GrantRow, UserRow, Option<i64>, Option<i64>);
    let found: Option<Found> = tokens::table
        .inner_join(grants::table.on(grants::id.eq(tokens::grant_id)))
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .left_join(browser_sessions::table.on(browser_sessions::id.nullable().eq(grants::session_id)))
        .filter(tokens::digest.eq(digest.as_bytes()))
        .select((
            RefreshToken::as_select(),
            GrantRow::as_select(),
            UserRow::as_select(),
            browser_sessions::ended_at.nullable(),
            browser_sessions::expires_at.nullable(),
        ))
        .first(conn)
        .optional()?;
    let Some((token, grant, user, ended_at, expires_at)) = found else { return Ok(None) };
    let grant = Grant::try_from(grant)?;
    Ok(Some(RefreshTokenWithGrant {
        token,
        consent_stands: consents::is_any(conn, grant.user_id, grant.client_key)?,
        grant,
        user: User::try_from(user)?,
        session_goes_on: ended_at.is_none() && expires_at.is_none_or(|end| end > now),
    }))
}

/// Rotates the token out: it was unused, is alive, and its grant stands. Otherwise `false` and nothing changed.
pub fn rotate_out(conn: &mut DbConnection, digest: &Digest, now: Seconds) -> Result<bool, StorageError> {
    let rotated = diesel::update(
        tokens::table
            .filter(tokens::digest.eq(digest.as_bytes()))
            .filter(tokens::used_at.is_null())
            .filter(tokens::expires_at.gt(now))
            .filter(exists(
                grants::table
                    .filter(grants::id.eq(tokens::grant_id))
                    .filter(grants::revoked_at.is_null())
                    .filter(grants::expires_at.gt(now)),
            )),
    )
    .set(tokens::used_at.eq(now))
    .execute(conn)?;
    Ok(rotated == 1)
}

/// Whether `predecessor` was rotated out after `since`, and `successor` is in its place, unused, in a standing grant:
/// then the answer of that rotation was lost and may be given again.
pub fn answer_was_lost(
    conn: &mut DbConnection,
    predecessor: &Digest,
    successor: &Digest,
    since: Seconds,
) -> Result<bool, StorageError> {
    let rotated_recently = tokens::table.find(predecessor.as_bytes()).filter(tokens::used_at.gt(since));
    if !diesel::select(exists(rotated_recently)).get_result::<bool>(conn)? {
        return Ok(false);
    }
    let unused_successor = tokens::table
        .inner_join(grants::table)
        .filter(tokens::digest.eq(successor.as_bytes()))
        .filter(tokens::used_at.is_null())
        .filter(grants::revoked_at.is_null());
    Ok(diesel::select(exists(unused_successor)).get_result(conn)?)
}
