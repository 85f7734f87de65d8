//! Sessions that go on and grants that stand, of everybody or of one person: as an operator looks through them, newest first.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::schema::{consents, grants};
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// Which rows are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Only those of this person.
    pub user_id: Option<i64>,
    /// Only those that came before the row of this id.
    pub before_id: Option<i64>,
    pub limit: i64,
    pub now: Seconds,
}

/// A browser in which somebody is signed in.
#[derive(QueryableByName)]
pub struct SessionRow {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Text)]
    pub sid: String,
    #[diesel(sql_type = Text)]
    pub user_name: String,
    #[diesel(sql_type = Text)]
    pub subject: String,
    #[diesel(sql_type = Text)]
    pub acr: String,
    #[diesel(sql_type = BigInt)]
    pub authenticated_at: i64,
    #[diesel(sql_type = BigInt)]
    pub seen_at: i64,
    #[diesel(sql_type = BigInt)]
    pub expires_at: i64,
    #[diesel(sql_type = Nullable<Text>)]
    pub address: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub user_agent: Option<String>,
}

/// What somebody allows a client.
#[derive(QueryableByName)]
pub struct GrantRow {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Text)]
    pub user_name: String,
    #[diesel(sql_type = Text)]
    pub subject: String,
    #[diesel(sql_type = Text)]
    pub client_id: String,
    #[diesel(sql_type = Text)]
    pub source: String,
    /// As JSON.
    #[diesel(sql_type = Text)]
    pub metadata: String,
    #[diesel(sql_type = Text)]
    pub scopes: String,
    #[diesel(sql_type = Text)]
    pub resources: String,
    #[diesel(sql_type = BigInt)]
    pub created_at: i64,
    #[diesel(sql_type = BigInt)]
    pub expires_at: i64,
    /// When the newest access token of it was issued that is still known.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub access_token_at: Option<i64>,
}

/// The sessions that go on. `idle_since`: one that was not used since then has ended, unless it is remembered.
pub fn sessions(
    conn: &mut DbConnection,
    part: Part,
    idle_since: Seconds,
) -> Result<Vec<SessionRow>, StorageError> {
    Ok(diesel::sql_query(
        "SELECT s.id, s.sid, u.name AS user_name, u.subject, s.acr, s.authenticated_at, s.seen_at, s.expires_at, \
         s.address, s.user_agent FROM browser_sessions s JOIN users u ON u.id = s.user_id \
         WHERE s.ended_at IS NULL AND s.expires_at > $1 AND (s.remembered OR s.seen_at > $2) \
         AND ($3 = 0 OR s.user_id = $4) AND s.id < $5 ORDER BY s.id DESC LIMIT $6",
    )
    .bind::<BigInt, _>(part.now)
    .bind::<BigInt, _>(idle_since)
    .bind::<BigInt, _>(part.user_id.unwrap_or_default())
    .bind::<BigInt, _>(part.user_id.unwrap_or_default())
    .bind::<BigInt, _>(part.before_id.unwrap_or(i64::MAX))
    .bind::<BigInt, _>(part.limit)
    .load(conn)?)
}

/// The grants that are neither revoked nor expired.
pub fn grants(conn: &mut DbConnection, part: Part) -> Result<Vec<GrantRow>, StorageError> {
    Ok(diesel::sql_query(
        "SELECT g.id, u.name AS user_name, u.subject, c.client_id, c.source, c.metadata, g.scopes, g.resources, \
         g.created_at, g.expires_at, \
         (SELECT MAX(a.issued_at) FROM access_tokens a WHERE a.grant_id = g.id) AS access_token_at \
         FROM grants g JOIN users u ON u.id = g.user_id JOIN clients c ON c.id = g.client_key \
         WHERE g.revoked_at IS NULL AND g.expires_at > $1 \
         AND ($2 = 0 OR g.user_id = $3) AND g.id < $4 ORDER BY g.id DESC LIMIT $5",
    )
    .bind::<BigInt, _>(part.now)
    .bind::<BigInt, _>(part.user_id.unwrap_or_default())
    .bind::<BigInt, _>(part.user_id.unwrap_or_default())
    .bind::<BigInt, _>(part.before_id.unwrap_or(i64::MAX))
    .bind::<BigInt, _>(part.limit)
    .load(conn)?)
}

/// Revokes everything that a person allowed, and forgets that they did: how many grants, and how many consents.
pub fn withdraw_all(
    conn: &mut DbConnection,
    user_id: i64,
    now: Seconds,
) -> Result<(usize, usize), StorageError> {
    let live = grants::table.filter(grants::user_id.eq(user_id)).filter(grants::revoked_at.is_null());
    let revoked = diesel::update(live).set(grants::revoked_at.eq(now)).execute(conn)?;
    let forgotten = diesel::delete(consents::table.filter(consents::user_id.eq(user_id))).execute(conn)?;
    Ok((revoked, forgotten))
}
