//! Registration access tokens: good at one client's configuration endpoint and nowhere else. RFC 7592 §3.
//!
//! A token is alive while `expires_at` is null or ahead. A rotation leaves the previous one alive for the grace
//! period; the first use of the new one ends it. What was superseded and is no longer alive is dead: its use is noticed.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use super::clients::{Client, Row as ClientRow};
use super::schema::{clients, registration_access_tokens as tokens};
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;

/// The state of one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = tokens)]
pub struct TokenState {
    pub issued_at: i64,
    pub used_at: Option<i64>,
    pub superseded_at: Option<i64>,
    pub expires_at: Option<i64>,
    /// How often it opened the door, as far as it was counted.
    pub uses: i64,
    /// How often it was rotated.
    pub successors: i64,
}

impl TokenState {
    /// Whether it still opens the door.
    #[must_use]
    pub fn is_alive(&self, now: Seconds) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }

    /// Whether this is the first use of a token that replaced another.
    #[must_use]
    pub fn is_first_use(&self) -> bool {
        self.used_at.is_none() && self.superseded_at.is_none()
    }

    /// Whether another token took its place.
    #[must_use]
    pub fn is_superseded(&self) -> bool {
        self.superseded_at.is_some()
    }
}

/// The token and the client it belongs to, dead tokens too.
pub fn find(conn: &mut DbConnection, digest: &Digest) -> Result<Option<(TokenState, Client)>, StorageError> {
    let found: Option<(TokenState, ClientRow)> = tokens::table
        .inner_join(clients::table)
        .filter(tokens::digest.eq(digest.as_bytes()))
        .select((TokenState::as_select(), ClientRow::as_select()))
        .first(conn)
        .optional()?;
    found.map(|(state, row)| Ok((state, Client::try_from(row)?))).transpose()
}

/// The state of one client's token, read again inside the transaction that depends on it.
pub fn state(
    conn: &mut DbConnection,
    client_key: i64,
    digest: &Digest,
) -> Result<Option<TokenState>, StorageError> {
    Ok(tokens::table
        .find(digest.as_bytes())
        .filter(tokens::client_key.eq(client_key))
        .select(TokenState::as_select())
        .first(conn)
        .optional()?)
}

/// Adds a client's only living token. There is none before it that its first use would end, so it counts as used: then
/// no read of a registration has to write. `expires_at` is `None` while the client lives.
pub fn insert(
    conn: &mut DbConnection,
    client_key: i64,
    digest: &Digest,
    now: Seconds,
    expires_at: Option<Seconds>,
) -> Result<(), StorageError> {
    add(conn, client_key, digest, now, Some(now), expires_at)
}

fn add(
    conn: &mut DbConnection,
    client_key: i64,
    digest: &Digest,
    now: Seconds,
    used_at: Option<Seconds>,
    expires_at: Option<Seconds>,
) -> Result<(), StorageError> {
    diesel::insert_into(tokens::table)
        .values((
            tokens::digest.eq(digest.as_bytes()),
            tokens::client_key.eq(client_key),
            tokens::issued_at.eq(now),
            tokens::used_at.eq(used_at),
            tokens::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Marks the first use of the current token, which ends every one before it.
pub fn mark_used(
    conn: &mut DbConnection,
    client_key: i64,
    digest: &Digest,
    now: Seconds,
) -> Result<(), StorageError> {
    let first = diesel::update(
        tokens::table
            .find(digest.as_bytes())
            .filter(tokens::used_at.is_null())
            .filter(tokens::superseded_at.is_null()),
    )
    .set(tokens::used_at.eq(now))
    .execute(conn)?;
    if first == 1 {
        end_others(conn, client_key, digest, now)?;
    }
    Ok(())
}

/// Counts a use of a token that lives.
pub fn count_use(conn: &mut DbConnection, digest: &Digest) -> Result<(), StorageError> {
    diesel::update(tokens::table.find(digest.as_bytes()))
        .set(tokens::uses.eq(tokens::uses + 1))
        .execute(conn)?;
    Ok(())
}

/// A rotation: which token makes way, for which, and when.
pub struct Rotation<'a> {
    pub client_key: i64,
    pub presented: &'a Digest,
    /// How often `presented` was rotated before: if that is no longer so, another rotation came first.
    pub successors: i64,
    pub successor: &'a Digest,
    pub now: Seconds,
    /// Until when `presented` lives on at most. Counted from its first rotation: a later one does not prolong it.
    pub until: Seconds,
    pub successor_expires_at: Option<Seconds>,
}

/// Supersedes a living token, drops any unused successor of it and adds the new one. `false` if the token is dead by now.
pub fn rotate(conn: &mut DbConnection, rotation: &Rotation<'_>) -> Result<bool, StorageError> {
    let Rotation { client_key, presented, now, .. } = *rotation;
    let superseded = diesel::sql_query(
        "UPDATE registration_access_tokens SET used_at = COALESCE(used_at, $1), \
         expires_at = CASE WHEN superseded_at IS NULL AND (expires_at IS NULL OR expires_at > $2) THEN $2 ELSE expires_at END, \
         superseded_at = COALESCE(superseded_at, $1), successors = successors + 1 \
         WHERE digest = $3 AND client_key = $4 AND successors = $5 AND (expires_at IS NULL OR expires_at > $1)",
    )
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(rotation.until)
    .bind::<Binary, _>(presented.as_bytes())
    .bind::<BigInt, _>(client_key)
    .bind::<BigInt, _>(rotation.successors)
    .execute(conn)?;
    if superseded == 0 {
        return Ok(false);
    }
    end_others(conn, client_key, presented, now)?;
    add(conn, client_key, rotation.successor, now, None, rotation.successor_expires_at)?;
    Ok(true)
}

/// Ends every token of the client: an operator issues a new one.
pub fn end_all(conn: &mut DbConnection, client_key: i64, now: Seconds) -> Result<(), StorageError> {
    diesel::update(
        tokens::table
            .filter(tokens::client_key.eq(client_key))
            .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now))),
    )
    .set((tokens::expires_at.eq(now), tokens::superseded_at.eq(now)))
    .execute(conn)?;
    Ok(())
}

fn end_others(
    conn: &mut DbConnection,
    client_key: i64,
    digest: &Digest,
    now: Seconds,
) -> Result<(), StorageError> {
    diesel::update(
        tokens::table
            .filter(tokens::client_key.eq(client_key))
            .filter(tokens::digest.ne(digest.as_bytes()))
            .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now))),
    )
    .set((tokens::expires_at.eq(now), tokens::superseded_at.eq(now)))
    .execute(conn)?;
    Ok(())
}
