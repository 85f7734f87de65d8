//! The clients that a browser session signed in to: who is told when it ends.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::clients::{Client, Row as ClientRow};
use super::schema::{browser_sessions, clients, session_clients, users};
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// Notes that a session has signed in to a client; again makes no difference.
pub fn note(conn: &mut DbConnection, session_id: i64, client_key: i64) -> Result<(), StorageError> {
    diesel::sql_query(
        "INSERT INTO session_clients (session_id, client_key) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(session_id)
    .bind::<BigInt, _>(client_key)
    .execute(conn)?;
    Ok(())
}

/// The clients of a session, oldest first.
pub fn of_session(conn: &mut DbConnection, session_id: i64) -> Result<Vec<Client>, StorageError> {
    session_clients::table
        .inner_join(clients::table)
        .filter(session_clients::session_id.eq(session_id))
        .order(clients::id)
        .select(ClientRow::as_select())
        .load(conn)?
        .into_iter()
        .map(Client::try_from)
        .collect()
}

/// `sid` of every session that goes on and signed in to a client, with the subject of its person.
pub fn of_client(
    conn: &mut DbConnection,
    client_key: i64,
    now: Seconds,
) -> Result<Vec<(String, String)>, StorageError> {
    Ok(session_clients::table
        .inner_join(browser_sessions::table.inner_join(users::table))
        .filter(session_clients::client_key.eq(client_key))
        .filter(browser_sessions::ended_at.is_null())
        .filter(browser_sessions::expires_at.gt(now))
        .select((browser_sessions::sid, users::subject))
        .load(conn)?)
}
