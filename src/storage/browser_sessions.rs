//! Browser sessions: who is signed in where.

use diesel::prelude::*;

use super::schema::{browser_sessions as sessions, grants, users};
use super::users::{Row as UserRow, User};
use super::{DbConnection, StorageError, logout_deliveries, session_clients};
use crate::clock::Seconds;
use crate::entropy::Digest;
use crate::protocol::acr::Acr;

/// A live session and the person who signed in.
#[derive(Clone, Debug)]
pub struct BrowserSession {
    pub id: i64,
    /// Its name in ID and logout tokens. OpenID Connect Front-Channel Logout §3.
    pub sid: String,
    pub user: User,
    /// When the person last proved who they are: `auth_time`.
    pub authenticated_at: Seconds,
    /// How, RFC 8176; separated by spaces.
    pub amr: String,
    /// How sure the sign-in is.
    pub acr: Acr,
    /// Last activity; the idle lifetime counts from here.
    pub seen_at: Seconds,
    pub expires_at: Seconds,
    /// It goes on until `expires_at`, idle or not.
    pub remembered: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
struct Row {
    id: i64,
    sid: String,
    authenticated_at: i64,
    amr: String,
    acr: String,
    seen_at: i64,
    expires_at: i64,
    remembered: bool,
}

impl BrowserSession {
    /// Whether more than one factor, or a passkey that knows its person, proved who this is.
    #[must_use]
    pub fn has_second_factor(&self) -> bool {
        self.acr >= Acr::Two
    }
}

/// The session behind this cookie, if it is neither ended nor expired, and the person is not disabled. It may be idle:
/// then nobody is signed in by it any more, but it still can be ended, and what hangs on it with it.
pub fn find_unended(
    conn: &mut DbConnection,
    digest: &Digest,
    now: Seconds,
) -> Result<Option<BrowserSession>, StorageError> {
    let found: Option<(Row, UserRow)> = sessions::table
        .inner_join(users::table)
        .filter(sessions::digest.eq(digest.as_bytes()))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(users::disabled_at.is_null())
        .select((Row::as_select(), UserRow::as_select()))
        .first(conn)
        .optional()?;
    found
        .map(|(row, user)| {
            Ok(BrowserSession {
                id: row.id,
                sid: row.sid,
                user: User::try_from(user)?,
                authenticated_at: row.authenticated_at,
                amr: row.amr,
                acr: Acr::from_name(&row.acr).ok_or(StorageError::Corrupt("browser_sessions.acr"))?,
                seen_at: row.seen_at,
                expires_at: row.expires_at,
                remembered: row.remembered,
            })
        })
        .transpose()
}

/// The session by which somebody is signed in: as [`find_unended`], and not idle since `idle_since` unless it is remembered.
pub fn find_live(
    conn: &mut DbConnection,
    digest: &Digest,
    now: Seconds,
    idle_since: Seconds,
) -> Result<Option<BrowserSession>, StorageError> {
    Ok(find_unended(conn, digest, now)?.filter(|session| session.remembered || session.seen_at > idle_since))
}

/// Where a person signed in from, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub address: Option<String>,
    pub user_agent: Option<String>,
}

/// A sign-in: who, when, from where, and until when at most.
pub struct SignIn<'a> {
    pub user_id: i64,
    pub now: Seconds,
    pub expires_at: Seconds,
    pub place: &'a Place,
    pub amr: &'a str,
    pub acr: Acr,
    pub remembered: bool,
}

/// Starts a session. `sid` is its name in tokens, which stays when the cookie changes.
pub fn insert(
    conn: &mut DbConnection,
    digest: &Digest,
    sid: &str,
    sign_in: &SignIn<'_>,
) -> Result<i64, StorageError> {
    Ok(diesel::insert_into(sessions::table)
        .values((
            sessions::digest.eq(digest.as_bytes()),
            sessions::sid.eq(sid),
            sessions::created_at.eq(sign_in.now),
            sessions::user_id.eq(sign_in.user_id),
            sessions::authenticated_at.eq(sign_in.now),
            sessions::seen_at.eq(sign_in.now),
            sessions::expires_at.eq(sign_in.expires_at),
            sessions::address.eq(sign_in.place.address.as_deref()),
            sessions::user_agent.eq(sign_in.place.user_agent.as_deref()),
            sessions::amr.eq(sign_in.amr),
            sessions::acr.eq(sign_in.acr.as_str()),
            sessions::remembered.eq(sign_in.remembered),
        ))
        .returning(sessions::id)
        .get_result(conn)?)
}

/// Gives a session a new id after the person signed in again: the old cookie is dead. `false` if it ended meanwhile.
pub fn renew(
    conn: &mut DbConnection,
    session_id: i64,
    digest: &Digest,
    sign_in: &SignIn<'_>,
) -> Result<bool, StorageError> {
    let renewed = diesel::update(sessions::table.find(session_id).filter(sessions::ended_at.is_null()))
        .set((
            sessions::digest.eq(digest.as_bytes()),
            sessions::authenticated_at.eq(sign_in.now),
            sessions::seen_at.eq(sign_in.now),
            sessions::expires_at.eq(sign_in.expires_at),
            sessions::address.eq(sign_in.place.address.as_deref()),
            sessions::user_agent.eq(sign_in.place.user_agent.as_deref()),
            sessions::amr.eq(sign_in.amr),
            sessions::acr.eq(sign_in.acr.as_str()),
            sessions::remembered.eq(sign_in.remembered),
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

/// Ends a session, revokes every grant that was to end with it, and notes which clients have to be told. `false` if it had
/// ended before.
pub fn end(conn: &mut DbConnection, session_id: i64, now: Seconds) -> Result<bool, StorageError> {
    let ended: Option<(String, i64)> =
        diesel::update(sessions::table.find(session_id).filter(sessions::ended_at.is_null()))
            .set(sessions::ended_at.eq(now))
            .returning((sessions::sid, sessions::user_id))
            .get_result(conn)
            .optional()?;
    diesel::update(
        grants::table.filter(grants::session_id.eq(session_id)).filter(grants::revoked_at.is_null()),
    )
    .set(grants::revoked_at.eq(now))
    .execute(conn)?;
    let Some((sid, user_id)) = ended else { return Ok(false) };
    let subject: String = users::table.find(user_id).select(users::subject).first(conn)?;
    for client in session_clients::of_session(conn, session_id)? {
        logout_deliveries::insert(conn, &client, &subject, &sid, now)?;
    }
    Ok(true)
}

/// Ends every session of a person; how many.
pub fn end_all_of_user(conn: &mut DbConnection, user_id: i64, now: Seconds) -> Result<usize, StorageError> {
    let ids: Vec<i64> = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .order(sessions::id)
        .select(sessions::id)
        .load(conn)?;
    let mut ended = 0;
    for id in ids {
        ended += usize::from(end(conn, id, now)?);
    }
    Ok(ended)
}

/// A session as its person or an operator looks at it.
#[derive(Clone, Debug)]
pub struct SessionView {
    pub id: i64,
    pub sid: String,
    pub created_at: Seconds,
    /// When the person last proved who they are.
    pub authenticated_at: Seconds,
    pub seen_at: Seconds,
    pub expires_at: Seconds,
    /// How, RFC 8176; separated by spaces.
    pub amr: String,
    pub remembered: bool,
    /// Where the person last signed in from.
    pub address: Option<String>,
    pub user_agent: Option<String>,
    /// The clients that it signed in to.
    pub clients: Vec<String>,
}

/// The sessions by which a person is signed in, the one that was used last first.
pub fn of_user(
    conn: &mut DbConnection,
    user_id: i64,
    now: Seconds,
    idle_since: Seconds,
) -> Result<Vec<SessionView>, StorageError> {
    type Found = (i64, String, i64, i64, i64, i64, String, bool, Option<String>, Option<String>);
    let found: Vec<Found> = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::seen_at.gt(idle_since).or(sessions::remembered))
        .order((sessions::seen_at.desc(), sessions::id.desc()))
        .select((
            sessions::id,
            sessions::sid,
            sessions::created_at,
            sessions::authenticated_at,
            sessions::seen_at,
            sessions::expires_at,
            sessions::amr,
            sessions::remembered,
            sessions::address,
            sessions::user_agent,
        ))
        .load(conn)?;
    let mut views = Vec::with_capacity(found.len());
    for (id, sid, created_at, authenticated_at, seen_at, expires_at, amr, remembered, address, user_agent) in
        found
    {
        let clients =
            session_clients::of_session(conn, id)?.into_iter().map(|client| client.client_id).collect();
        views.push(SessionView {
            id,
            sid,
            created_at,
            authenticated_at,
            seen_at,
            expires_at,
            amr,
            remembered,
            address,
            user_agent,
            clients,
        });
    }
    Ok(views)
}

/// The people of the sessions that go on, each once, at most `limit` of those after `after`.
pub fn signed_in_people(
    conn: &mut DbConnection,
    now: Seconds,
    after: i64,
    limit: i64,
) -> Result<Vec<i64>, StorageError> {
    Ok(sessions::table
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::user_id.gt(after))
        .order(sessions::user_id)
        .select(sessions::user_id)
        .distinct()
        .limit(limit)
        .load(conn)?)
}
