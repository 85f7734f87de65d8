//! What a person allowed a client, remembered as the page showed it.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::schema::consents;
use super::{DbConnection, StorageError, stored_scopes};
use crate::clock::Seconds;
use crate::protocol::authorization::decision::Remembered;
use crate::protocol::scope::Scopes;

/// What this person allowed this client before.
pub fn list(conn: &mut DbConnection, user_id: i64, client_key: i64) -> Result<Vec<Remembered>, StorageError> {
    let found: Vec<(String, String, String, String)> = consents::table
        .filter(consents::user_id.eq(user_id))
        .filter(consents::client_key.eq(client_key))
        .select((consents::resources, consents::redirect_target, consents::identity, consents::scopes))
        .load(conn)?;
    found
        .into_iter()
        .map(|(resources, redirect_target, identity, scopes)| {
            Ok(Remembered {
                resources: resources.split_whitespace().map(str::to_owned).collect(),
                redirect_target,
                identity,
                scopes: stored_scopes(&scopes)?,
            })
        })
        .collect()
}

/// Whether the person still allows the client anything.
pub fn is_any(conn: &mut DbConnection, user_id: i64, client_key: i64) -> Result<bool, StorageError> {
    let found = consents::table
        .filter(consents::user_id.eq(user_id))
        .filter(consents::client_key.eq(client_key))
        .select(consents::granted_at);
    Ok(found.first::<i64>(conn).optional()?.is_some())
}

/// Remembers a consent; scopes that were allowed before, at the same resources, for the same target and while the client
/// was the same, stay allowed. What was allowed to a client that looked otherwise is forgotten.
pub fn remember(
    conn: &mut DbConnection,
    user_id: i64,
    client_key: i64,
    consent: &Remembered,
    now: Seconds,
) -> Result<(), StorageError> {
    let before = list(conn, user_id, client_key)?.into_iter().find(|known| known.is_for_the_same(consent));
    let scopes: Scopes = before.map_or_else(|| consent.scopes.clone(), |it| it.scopes.union(&consent.scopes));
    diesel::sql_query(
        "INSERT INTO consents (user_id, client_key, resources, redirect_target, scopes, granted_at, identity) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (user_id, client_key, resources, redirect_target) \
         DO UPDATE SET scopes = excluded.scopes, granted_at = excluded.granted_at, identity = excluded.identity",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<BigInt, _>(client_key)
    .bind::<Text, _>(consent.resources.iter().map(String::as_str).collect::<Vec<_>>().join(" "))
    .bind::<Text, _>(&consent.redirect_target)
    .bind::<Text, _>(scopes.to_string())
    .bind::<BigInt, _>(now)
    .bind::<Text, _>(&consent.identity)
    .execute(conn)?;
    Ok(())
}

/// What people allowed this client is asked for again at its next request; until then its grants go on.
pub fn ask_again(conn: &mut DbConnection, client_key: i64) -> Result<(), StorageError> {
    // No client looks like this.
    diesel::update(consents::table.filter(consents::client_key.eq(client_key)))
        .set(consents::identity.eq(""))
        .execute(conn)?;
    Ok(())
}
