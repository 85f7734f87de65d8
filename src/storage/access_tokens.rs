//! Access tokens: a row for each, JWT or opaque, so that revocation, introspection and deletion see it.

use diesel::prelude::*;

use super::schema::{access_tokens as tokens, clients, grants, users};
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;

/// A live access token and what introspection says of it.
#[derive(Clone, Debug)]
pub struct AccessToken {
    pub token_id: String,
    /// The `client_id` it was issued to.
    pub client_id: String,
    pub client_key: i64,
    pub grant_id: Option<i64>,
    /// The person, or `None` for `client_credentials`.
    pub user_id: Option<i64>,
    /// The person's sign-in name.
    pub user_name: Option<String>,
    /// The person's own `sub`, whatever the client knows them by.
    pub user_subject: Option<String>,
    /// As the token says it.
    pub subject: String,
    pub scopes: String,
    pub audiences: Vec<String>,
    pub issued_at: Seconds,
    pub expires_at: Seconds,
}

/// An access token about to be inserted.
#[derive(Clone)]
pub struct NewAccessToken {
    pub digest: Digest,
    pub client_key: i64,
    pub grant_id: Option<i64>,
    pub token_id: String,
    pub subject: String,
    pub scopes: String,
    pub audiences: String,
    pub issued_at: Seconds,
    pub expires_at: Seconds,
}

/// Adds a token.
pub fn insert(conn: &mut DbConnection, token: &NewAccessToken) -> Result<(), StorageError> {
    diesel::insert_into(tokens::table)
        .values((
            tokens::digest.eq(token.digest.as_bytes()),
            tokens::client_key.eq(token.client_key),
            tokens::grant_id.eq(token.grant_id),
            tokens::token_id.eq(&token.token_id),
            tokens::subject.eq(&token.subject),
            tokens::scopes.eq(&token.scopes),
            tokens::audiences.eq(&token.audiences),
            tokens::issued_at.eq(token.issued_at),
            tokens::expires_at.eq(token.expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

type Found = (
    (String, i64, Option<i64>, String, String, String, i64, i64),
    String,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<i64>,
);

/// The token, if it is alive: neither expired nor revoked, its client enabled, its grant standing, its person active.
pub fn find_live(
    conn: &mut DbConnection,
    digest: &Digest,
    now: Seconds,
) -> Result<Option<AccessToken>, StorageError> {
    let found: Option<Found> = tokens::table
        .inner_join(clients::table.on(clients::id.eq(tokens::client_key)))
        .left_join(grants::table.on(grants::id.nullable().eq(tokens::grant_id)))
        .left_join(users::table.on(users::id.nullable().eq(grants::user_id.nullable())))
        .filter(tokens::digest.eq(digest.as_bytes()))
        .filter(tokens::expires_at.gt(now))
        .filter(tokens::revoked_at.is_null())
        .filter(clients::disabled_at.is_null())
        .filter(grants::revoked_at.is_null())
        .select((
            (
                tokens::token_id,
                tokens::client_key,
                tokens::grant_id,
                tokens::subject,
                tokens::scopes,
                tokens::audiences,
                tokens::issued_at,
                tokens::expires_at,
            ),
            clients::client_id,
            users::id.nullable(),
            users::name.nullable(),
            users::subject.nullable(),
            users::disabled_at.nullable(),
        ))
        .first(conn)
        .optional()?;
    let Some((row, client_id, user_id, user_name, user_subject, disabled_at)) = found else {
        return Ok(None);
    };
    if disabled_at.is_some() {
        return Ok(None);
    }
    let (token_id, client_key, grant_id, subject, scopes, audiences, issued_at, expires_at) = row;
    Ok(Some(AccessToken {
        token_id,
        client_id,
        client_key,
        grant_id,
        user_id,
        user_name,
        user_subject,
        subject,
        scopes,
        audiences: audiences.split_whitespace().map(str::to_owned).collect(),
        issued_at,
        expires_at,
    }))
}

/// Revokes one token of a client. `false` if it has none such that is not revoked.
pub fn revoke(
    conn: &mut DbConnection,
    digest: &Digest,
    client_key: i64,
    now: Seconds,
) -> Result<bool, StorageError> {
    let revoked = diesel::update(
        tokens::table
            .filter(tokens::digest.eq(digest.as_bytes()))
            .filter(tokens::client_key.eq(client_key))
            .filter(tokens::revoked_at.is_null()),
    )
    .set(tokens::revoked_at.eq(now))
    .execute(conn)?;
    Ok(revoked == 1)
}
