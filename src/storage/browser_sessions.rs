//! Browser sessions: who is signed in where.

use diesel::prelude::*;

use super::schema::{browser_sessions as sessions, grants, users};
use super::users::{Row as UserRow, User};
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;

/// A live session and the person who signed in.
#[derive(Clone, Debug)]
pub struct BrowserSession {
    pub id: i64,
    /// Its name in ID and logout tokens. OpenID Connect Front-Channel Logout §3.
    pub sid: String,
    pub user: User,
    /// When the person last proved who they are: `auth_time`.
    pub authenticated_at: Seconds,
    /// Last activity; the idle lifetime counts from here.
    pub seen_at: Seconds,
}

/// The session behind this cookie, if it is neither ended nor expired, and the person is not disabled. It may be idle:
/// then nobody is signed in by it any more, but it still can be ended, and what hangs on it with it.
pub fn find_unended(
    conn: &mut DbConnection,
    digest: &Digest,
    now: Seconds,
) -> Result<Option<BrowserSession>, StorageError> {
    let found: Option<(i64, String, i64, i64, UserRow)> = sessions::table
        .inner_join(users::table)
        .filter(sessions::digest.eq(digest.as_bytes()))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(users::disabled_at.is_null())
        .select((
            sessions::id,
            sessions::sid,
            sessions::authenticated_at,
            sessions::seen_at,
            UserRow::as_select(),
        ))
        .first(conn)
        .optional()?;
    found
        .map(|(id, sid, authenticated_at, seen_at, user)| {
            Ok(BrowserSession { id, sid, user: User::try_from(user)?, authenticated_at, seen_at })
        })
        .transpose()
}

/// The session by which somebody is signed in: as [`find_unended`], and not idle since `idle_since`.
pub fn find_live(
    conn: &mut DbConnection,
    digest: &Digest,
    now: Seconds,
    idle_since: Seconds,
) -> Result<Option<BrowserSession>, StorageError> {
    Ok(find_unended(conn, digest, now)?.filter(|session| session.seen_at > idle_since))
}

/// Starts a session. `sid` is its name in tokens, which stays when the cookie changes.
pub fn insert(
    conn: &mut DbConnection,
    digest: &Digest,
    sid: &str,
    user_id: i64,
    now: Seconds,
    expires_at: Seconds,
) -> Result<i64, StorageError> {
    Ok(diesel::insert_into(sessions::table)
        .values((
            sessions::digest.eq(digest.as_bytes()),
            sessions::sid.eq(sid),
            sessions::created_at.eq(now),
            sessions::user_id.eq(user_id),
            sessions::authenticated_at.eq(now),
            sessions::seen_at.eq(now),
            sessions::expires_at.eq(expires_at),
        ))
        .returning(sessions::id)
        .get_result(conn)?)
}

/// Gives a session a new id after the person signed in again: the old cookie is dead. `false` if it ended meanwhile.
pub fn renew(
    conn: &mut DbConnection,
    session_id: i64,
    digest: &Digest,
    now: Seconds,
    expires_at: Seconds,
) -> Result<bool, StorageError> {
    let renewed = diesel::update(sessions::table.find(session_id).filter(sessions::ended_at.is_null()))
        .set((
            sessions::digest.eq(digest.as_bytes()),
            sessions::authenticated_at.eq(now),
            sessions::seen_at.eq(now),
            sessions::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(renewed == 1)
}

/// Holds a session against its end until the transaction is over; `false` if it has ended.
pub fn hold(conn: &mut DbConnection, session_id: i64) -> Result<bool, StorageError> {
    let live = sessions::table.find(session_id).filter(sessions::ended_at.is_null()).select(sessions::id);
    let found = match conn {
        DbConnection::Sqlite(conn) => live.first::<i64>(conn).optional()?,
        // Not a shared lock: two holders that both note activity would wait for each other.
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(conn) => live.for_no_key_update().first::<i64>(conn).optional()?,
    };
    Ok(found.is_some())
}

/// Notes activity.
pub fn touch(conn: &mut DbConnection, session_id: i64, now: Seconds) -> Result<(), StorageError> {
    diesel::update(sessions::table.find(session_id).filter(sessions::seen_at.lt(now)))
        .set(sessions::seen_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Ends a session and revokes every grant that was to end with it. `false` if it had ended before.
pub fn end(conn: &mut DbConnection, session_id: i64, now: Seconds) -> Result<bool, StorageError> {
    let ended = diesel::update(sessions::table.find(session_id).filter(sessions::ended_at.is_null()))
        .set(sessions::ended_at.eq(now))
        .execute(conn)?;
    diesel::update(
        grants::table.filter(grants::session_id.eq(session_id)).filter(grants::revoked_at.is_null()),
    )
    .set(grants::revoked_at.eq(now))
    .execute(conn)?;
    Ok(ended == 1)
}
