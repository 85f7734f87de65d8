//! What a person allowed a client, remembered.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::schema::consents;
use super::{DbConnection, StorageError, stored_scopes};
use crate::clock::Seconds;
use crate::protocol::scope::Scopes;

/// A remembered consent.
#[derive(Clone, Debug)]
pub struct Consent {
    pub scopes: Scopes,
    /// Identifiers of the resources it is for; empty = the server itself.
    pub resources: Vec<String>,
}

/// What this person allowed this client before.
pub fn find(conn: &mut DbConnection, user_id: i64, client_key: i64) -> Result<Option<Consent>, StorageError> {
    let found: Option<(String, String)> = consents::table
        .find((user_id, client_key))
        .select((consents::scopes, consents::resources))
        .first(conn)
        .optional()?;
    found
        .map(|(scopes, resources)| {
            Ok(Consent {
                scopes: stored_scopes(&scopes)?,
                resources: resources.split_whitespace().map(str::to_owned).collect(),
            })
        })
        .transpose()
}

/// Remembers a consent, in place of an earlier one.
pub fn remember(
    conn: &mut DbConnection,
    user_id: i64,
    client_key: i64,
    consent: &Consent,
    now: Seconds,
) -> Result<(), StorageError> {
    diesel::sql_query(
        "INSERT INTO consents (user_id, client_key, scopes, resources, granted_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (user_id, client_key) DO UPDATE SET \
         scopes = excluded.scopes, resources = excluded.resources, granted_at = excluded.granted_at",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<BigInt, _>(client_key)
    .bind::<Text, _>(consent.scopes.to_string())
    .bind::<Text, _>(consent.resources.join(" "))
    .bind::<BigInt, _>(now)
    .execute(conn)?;
    Ok(())
}
