//! Registration access tokens: good at one client's configuration endpoint and nowhere else. RFC 7592 §3.
//!
//! A token is alive while `expires_at` is null or ahead. A rotation leaves the previous one alive for the grace
//! period; the first use of the new one ends it.

use diesel::prelude::*;

use super::clients::{Client, Row as ClientRow};
use super::schema::{clients, registration_access_tokens as tokens};
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;

/// The state of one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = tokens)]
pub struct TokenState {
    pub used_at: Option<i64>,
    pub superseded_at: Option<i64>,
    pub expires_at: Option<i64>,
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

/// Adds the token that follows another: its first use ends the other.
pub fn insert_successor(
    conn: &mut DbConnection,
    client_key: i64,
    digest: &Digest,
    now: Seconds,
    expires_at: Option<Seconds>,
) -> Result<(), StorageError> {
    add(conn, client_key, digest, now, None, expires_at)
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

/// Supersedes the presented token: it lives on until `until` at most, and any unused successor of it is dropped.
pub fn supersede(
    conn: &mut DbConnection,
    client_key: i64,
    digest: &Digest,
    now: Seconds,
    until: Seconds,
) -> Result<(), StorageError> {
    end_others(conn, client_key, digest, now)?;
    let presented = tokens::table.find(digest.as_bytes());
    diesel::update(presented.filter(tokens::superseded_at.is_null()))
        .set((tokens::superseded_at.eq(now), tokens::used_at.eq(now)))
        .execute(conn)?;
    // The grace period counts from the first rotation: a second one by the same token does not prolong it.
    diesel::update(presented.filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(until))))
        .set(tokens::expires_at.eq(until))
        .execute(conn)?;
    Ok(())
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
