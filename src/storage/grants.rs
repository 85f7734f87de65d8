//! Grants: what a person allowed a client, once. A grant is the family of its codes and tokens.

use diesel::prelude::*;

use super::schema::{grants, users};
use super::users::{Row as UserRow, User};
use super::{DbConnection, StorageError, stored_scopes};
use crate::clock::Seconds;
use crate::protocol::claims_request::ClaimsRequest;
use crate::protocol::scope::Scopes;

/// A stored grant.
#[derive(Clone, Debug)]
pub struct Grant {
    pub id: i64,
    pub client_key: i64,
    pub user_id: i64,
    pub scopes: Scopes,
    /// Identifiers of the resources it is for; empty = the server itself. RFC 8707.
    pub resources: Vec<String>,
    pub nonce: Option<String>,
    /// `auth_time` of the sign-in that it came from.
    pub authenticated_at: Seconds,
    /// Single claims that the request asked for. OpenID Connect Core §5.5.
    pub claims: ClaimsRequest,
    /// The browser session that it came from, by the name that tokens give it.
    pub sid: Option<String>,
    /// How good the sign-in was; unknown of grants from before this was kept.
    pub acr: Option<String>,
    /// How the person signed in. RFC 8176.
    pub amr: Vec<String>,
    /// The absolute end: no rotation outlives it.
    pub expires_at: Seconds,
    pub revoked_at: Option<Seconds>,
}

/// A grant about to be inserted.
pub struct NewGrant<'a> {
    pub client_key: i64,
    pub user_id: i64,
    /// The browser session that it ends with, or `None` if it outlives it.
    pub session_id: Option<i64>,
    pub scopes: &'a Scopes,
    pub resources: &'a [String],
    pub nonce: Option<&'a str>,
    /// The claims that were asked for one by one, as JSON.
    pub claims: Option<&'a str>,
    pub authenticated_at: Seconds,
    pub sid: &'a str,
    pub acr: &'a str,
    pub amr: &'a str,
    pub expires_at: Seconds,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = grants)]
pub(super) struct Row {
    id: i64,
    client_key: i64,
    user_id: i64,
    scopes: String,
    resources: String,
    nonce: Option<String>,
    authenticated_at: i64,
    claims: Option<String>,
    sid: Option<String>,
    acr: Option<String>,
    amr: String,
    expires_at: i64,
    revoked_at: Option<i64>,
}

impl TryFrom<Row> for Grant {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let claims = match row.claims.as_deref() {
            None => ClaimsRequest::default(),
            Some(text) => ClaimsRequest::from_json(text).ok_or(StorageError::Corrupt("grants.claims"))?,
        };
        Ok(Self {
            claims,
            sid: row.sid,
            acr: row.acr,
            amr: row.amr.split_whitespace().map(str::to_owned).collect(),
            id: row.id,
            client_key: row.client_key,
            user_id: row.user_id,
            scopes: stored_scopes(&row.scopes)?,
            resources: row.resources.split_whitespace().map(str::to_owned).collect(),
            nonce: row.nonce,
            authenticated_at: row.authenticated_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        })
    }
}

/// Adds a grant and returns its id.
pub fn insert(conn: &mut DbConnection, grant: &NewGrant<'_>, now: Seconds) -> Result<i64, StorageError> {
    Ok(diesel::insert_into(grants::table)
        .values((
            grants::client_key.eq(grant.client_key),
            grants::user_id.eq(grant.user_id),
            grants::session_id.eq(grant.session_id),
            grants::scopes.eq(grant.scopes.to_string()),
            grants::resources.eq(grant.resources.join(" ")),
            grants::nonce.eq(grant.nonce),
            grants::claims.eq(grant.claims),
            grants::authenticated_at.eq(grant.authenticated_at),
            grants::sid.eq(grant.sid),
            grants::acr.eq(grant.acr),
            grants::amr.eq(grant.amr),
            grants::created_at.eq(now),
            grants::expires_at.eq(grant.expires_at),
        ))
        .returning(grants::id)
        .get_result(conn)?)
}

/// The grant with this id, and whose it is.
pub fn find_with_user(conn: &mut DbConnection, id: i64) -> Result<Option<(Grant, User)>, StorageError> {
    let found: Option<(Row, UserRow)> = grants::table
        .inner_join(users::table)
        .filter(grants::id.eq(id))
        .select((Row::as_select(), UserRow::as_select()))
        .first(conn)
        .optional()?;
    found.map(|(grant, user)| Ok((Grant::try_from(grant)?, User::try_from(user)?))).transpose()
}

/// Revokes a grant, and with it every code and token of it. `false` if it was revoked or is gone.
pub fn revoke(conn: &mut DbConnection, id: i64, now: Seconds) -> Result<bool, StorageError> {
    let revoked = diesel::update(grants::table.find(id).filter(grants::revoked_at.is_null()))
        .set(grants::revoked_at.eq(now))
        .execute(conn)?;
    Ok(revoked == 1)
}

/// Revokes every grant of a client that is not revoked yet; how many they were.
pub fn revoke_all_of_client(
    conn: &mut DbConnection,
    client_key: i64,
    now: Seconds,
) -> Result<usize, StorageError> {
    let live = grants::table.filter(grants::client_key.eq(client_key)).filter(grants::revoked_at.is_null());
    Ok(diesel::update(live).set(grants::revoked_at.eq(now)).execute(conn)?)
}

/// Revokes every grant of a person that is not revoked yet; how many they were.
pub fn revoke_all_of_user(
    conn: &mut DbConnection,
    user_id: i64,
    now: Seconds,
) -> Result<usize, StorageError> {
    let live = grants::table.filter(grants::user_id.eq(user_id)).filter(grants::revoked_at.is_null());
    Ok(diesel::update(live).set(grants::revoked_at.eq(now)).execute(conn)?)
}
