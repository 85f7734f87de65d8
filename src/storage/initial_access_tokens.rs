//! Initial access tokens: who may register a client, how often, and for what. RFC 7591 §1.2.

use diesel::prelude::*;
use serde::Serialize;

use super::schema::{clients, initial_access_tokens as tokens};
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;
use crate::protocol::client::metadata::GrantType;
use crate::protocol::scope::Scopes;

/// A stored initial access token.
#[derive(Clone, Debug, Serialize)]
pub struct InitialAccessToken {
    pub id: i64,
    pub name: String,
    /// The scopes its clients may have; `None` = what open registration gives.
    pub scopes: Option<Scopes>,
    /// The grant types its clients may have; `None` = what open registration gives.
    pub grant_types: Option<Vec<GrantType>>,
    /// The name of the policy its clients come under; `None` = that of open registration.
    pub policy: Option<String>,
    /// Who made it, in words.
    pub issued_by: Option<String>,
    /// `None` = any number.
    pub uses_left: Option<i64>,
    pub created_at: Seconds,
    pub expires_at: Option<Seconds>,
    pub revoked_at: Option<Seconds>,
}

/// An initial access token about to be inserted.
pub struct NewInitialAccessToken<'a> {
    pub digest: &'a Digest,
    pub name: &'a str,
    pub scopes: Option<&'a Scopes>,
    pub grant_types: Option<&'a [GrantType]>,
    pub policy: Option<&'a str>,
    pub issued_by: Option<&'a str>,
    pub uses: Option<i64>,
    pub expires_at: Option<Seconds>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = tokens)]
struct Row {
    id: i64,
    name: String,
    scopes: Option<String>,
    grant_types: Option<String>,
    policy: Option<String>,
    issued_by: Option<String>,
    uses_left: Option<i64>,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl TryFrom<Row> for InitialAccessToken {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let grant_types = row.grant_types.map(|names| {
            names
                .split(' ')
                .map(|name| {
                    GrantType::from_name(name)
                        .ok_or(StorageError::Corrupt("initial_access_tokens.grant_types"))
                })
                .collect::<Result<Vec<_>, _>>()
        });
        Ok(Self {
            id: row.id,
            name: row.name,
            scopes: row.scopes.as_deref().map(super::stored_scopes).transpose()?,
            grant_types: grant_types.transpose()?,
            policy: row.policy,
            issued_by: row.issued_by,
            uses_left: row.uses_left,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        })
    }
}

/// Adds a token and returns its id.
pub fn insert(
    conn: &mut DbConnection,
    token: &NewInitialAccessToken<'_>,
    now: Seconds,
) -> Result<i64, StorageError> {
    let grant_types =
        token.grant_types.map(|types| types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" "));
    Ok(diesel::insert_into(tokens::table)
        .values((
            tokens::digest.eq(token.digest.as_bytes()),
            tokens::name.eq(token.name),
            tokens::scopes.eq(token.scopes.map(ToString::to_string)),
            tokens::grant_types.eq(grant_types),
            tokens::policy.eq(token.policy),
            tokens::issued_by.eq(token.issued_by),
            tokens::uses_left.eq(token.uses),
            tokens::created_at.eq(now),
            tokens::expires_at.eq(token.expires_at),
        ))
        .returning(tokens::id)
        .get_result(conn)?)
}

/// The token, if it is good for one more client.
pub fn find_usable(
    conn: &mut DbConnection,
    digest: &Digest,
    now: Seconds,
) -> Result<Option<InitialAccessToken>, StorageError> {
    tokens::table
        .filter(tokens::digest.eq(digest.as_bytes()))
        .filter(tokens::revoked_at.is_null())
        .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now)))
        .filter(tokens::uses_left.is_null().or(tokens::uses_left.gt(0)))
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(InitialAccessToken::try_from)
        .transpose()
}

/// Spends one use, if there is one left and the token is neither expired nor revoked.
pub fn spend(conn: &mut DbConnection, id: i64, now: Seconds) -> Result<bool, StorageError> {
    let spent = diesel::update(
        tokens::table
            .find(id)
            .filter(tokens::revoked_at.is_null())
            .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now)))
            .filter(tokens::uses_left.is_null().or(tokens::uses_left.gt(0))),
    )
    // NULL - 1 is NULL: a token without a count stays without one.
    .set(tokens::uses_left.eq(tokens::uses_left - 1))
    .execute(conn)?;
    Ok(spent == 1)
}

/// Gives back one use: the registration came to nothing.
pub fn give_back(conn: &mut DbConnection, id: i64) -> Result<(), StorageError> {
    diesel::update(tokens::table.find(id)).set(tokens::uses_left.eq(tokens::uses_left + 1)).execute(conn)?;
    Ok(())
}

/// How many clients of each token there are now; tokens without one are not among them.
pub fn count_clients(conn: &mut DbConnection) -> Result<Vec<(i64, i64)>, StorageError> {
    let counted: Vec<(Option<i64>, i64)> = clients::table
        .filter(clients::initial_access_token_id.is_not_null())
        .group_by(clients::initial_access_token_id)
        .select((clients::initial_access_token_id, diesel::dsl::count_star()))
        .load(conn)?;
    Ok(counted.into_iter().filter_map(|(id, count)| Some((id?, count))).collect())
}

/// All tokens, oldest first, dead ones too.
pub fn list(conn: &mut DbConnection) -> Result<Vec<InitialAccessToken>, StorageError> {
    tokens::table
        .order(tokens::id)
        .select(Row::as_select())
        .load(conn)?
        .into_iter()
        .map(InitialAccessToken::try_from)
        .collect()
}

/// Revokes a token; `false` if there is none with this id that is not revoked yet.
pub fn revoke(conn: &mut DbConnection, id: i64, now: Seconds) -> Result<bool, StorageError> {
    let revoked = diesel::update(tokens::table.find(id).filter(tokens::revoked_at.is_null()))
        .set(tokens::revoked_at.eq(now))
        .execute(conn)?;
    Ok(revoked == 1)
}

/// Revokes every token of this name that was not revoked; their ids.
pub fn revoke_named(conn: &mut DbConnection, name: &str, now: Seconds) -> Result<Vec<i64>, StorageError> {
    let named = tokens::table.filter(tokens::name.eq(name)).filter(tokens::revoked_at.is_null());
    Ok(diesel::update(named).set(tokens::revoked_at.eq(now)).returning(tokens::id).get_results(conn)?)
}
