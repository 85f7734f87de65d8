//! The keys behind a client's `jwks_uri` as they were last fetched, and who may fetch them next. RFC 7591 §2.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::schema::client_keys;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// What is kept of the keys of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientKeys {
    /// A JWK Set; empty until one was fetched.
    pub keys: String,
    /// When the last fetch began.
    pub asked_at: Seconds,
    /// When one last ended, well or not.
    pub answered_at: Seconds,
    /// When `keys` were fetched.
    pub fetched_at: Seconds,
    /// Until then they are used without asking again.
    pub fresh_until: Seconds,
}

/// What is kept of this address.
pub fn find(conn: &mut DbConnection, client_key: i64, uri: &str) -> Result<Option<ClientKeys>, StorageError> {
    let found: Option<(String, i64, i64, i64, i64)> = client_keys::table
        .find(client_key)
        .filter(client_keys::uri.eq(uri))
        .select((
            client_keys::keys,
            client_keys::asked_at,
            client_keys::answered_at,
            client_keys::fetched_at,
            client_keys::fresh_until,
        ))
        .first(conn)
        .optional()?;
    Ok(found.map(|(keys, asked_at, answered_at, fetched_at, fresh_until)| ClientKeys {
        keys,
        asked_at,
        answered_at,
        fetched_at,
        fresh_until,
    }))
}

/// Takes the right to fetch, in one statement: nobody has begun to since `not_since`, on any server, or the address is
/// another one. A last fetch in the future is from before the clock was set back.
pub fn claim(
    conn: &mut DbConnection,
    client_key: i64,
    uri: &str,
    now: Seconds,
    not_since: Seconds,
) -> Result<bool, StorageError> {
    // SQLite numbers parameters by where they stand first, whatever they are called.
    let claimed = diesel::sql_query(
        "INSERT INTO client_keys (client_key, uri, asked_at, keys, answered_at, fetched_at, fresh_until) \
         VALUES ($1, $2, $3, '', 0, 0, 0) ON CONFLICT (client_key) DO UPDATE SET \
         uri = excluded.uri, asked_at = excluded.asked_at, \
         keys = CASE WHEN client_keys.uri = excluded.uri THEN client_keys.keys ELSE '' END, \
         answered_at = CASE WHEN client_keys.uri = excluded.uri THEN client_keys.answered_at ELSE 0 END, \
         fetched_at = CASE WHEN client_keys.uri = excluded.uri THEN client_keys.fetched_at ELSE 0 END, \
         fresh_until = CASE WHEN client_keys.uri = excluded.uri THEN client_keys.fresh_until ELSE 0 END \
         WHERE client_keys.uri <> excluded.uri OR client_keys.asked_at <= $4 \
         OR client_keys.asked_at > excluded.asked_at",
    )
    .bind::<BigInt, _>(client_key)
    .bind::<Text, _>(uri)
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(not_since)
    .execute(conn)?;
    Ok(claimed == 1)
}

/// What a fetch ended with.
#[derive(Clone)]
pub enum Answer {
    /// A JWK Set, and until when it is fresh.
    Keys { keys: String, fresh_until: Seconds },
    /// Nothing that counts; the keys from before still do.
    Away,
    /// Something else than keys: those from before count no more.
    NoKeys,
}

/// Notes the end of a fetch, unless the address has changed meanwhile.
pub fn note(
    conn: &mut DbConnection,
    client_key: i64,
    uri: &str,
    answer: &Answer,
    now: Seconds,
) -> Result<(), StorageError> {
    let row = client_keys::table.find(client_key).filter(client_keys::uri.eq(uri));
    let answered = client_keys::answered_at.eq(now);
    let replace = |keys: &str, fetched_at: Seconds, fresh_until: Seconds| {
        (
            answered,
            client_keys::keys.eq(keys.to_owned()),
            client_keys::fetched_at.eq(fetched_at),
            client_keys::fresh_until.eq(fresh_until),
        )
    };
    match answer {
        Answer::Keys { keys, fresh_until } => {
            diesel::update(row).set(replace(keys, now, *fresh_until)).execute(conn)?
        }
        Answer::Away => diesel::update(row).set(answered).execute(conn)?,
        Answer::NoKeys => diesel::update(row).set(replace("", 0, 0)).execute(conn)?,
    };
    Ok(())
}
