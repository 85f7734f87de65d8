//! How many clients there are where that is limited, and which may go to make room.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::clients::Source;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    counted: i64,
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// How many clients registered themselves, by themselves, by a person or by their documents; no more than `limit` are counted.
pub fn count_self_registered(conn: &mut DbConnection, limit: i64) -> Result<i64, StorageError> {
    let counted: Counted = diesel::sql_query(
        "SELECT count(*) AS counted FROM (SELECT 1 FROM clients WHERE source IN ($1, $2, $3) LIMIT $4) AS few",
    )
    .bind::<Text, _>(Source::Dynamic.as_str())
    .bind::<Text, _>(Source::User.as_str())
    .bind::<Text, _>(Source::Document.as_str())
    .bind::<BigInt, _>(limit)
    .get_result(conn)?;
    Ok(counted.counted)
}

/// How many clients live under the policy of this name; no more than `limit` are counted.
pub fn count_of_policy(conn: &mut DbConnection, name: &str, limit: i64) -> Result<i64, StorageError> {
    let counted: Counted = diesel::sql_query(
        "SELECT count(*) AS counted FROM (SELECT 1 FROM clients WHERE policy_name = $1 LIMIT $2) AS few",
    )
    .bind::<Text, _>(name)
    .bind::<BigInt, _>(limit)
    .get_result(conn)?;
    Ok(counted.counted)
}

/// The oldest clients of an open registration that nobody ever used: no token, no authorization request, no consent.
/// What is noted of the use of clients is written a little later, so the rows are asked as well. A document that an operator limited
/// stays: it would be back without its limits.
pub fn never_used(
    conn: &mut DbConnection,
    registered_until: Seconds,
    limit: i64,
) -> Result<Vec<i64>, StorageError> {
    let keys: Vec<Key> = diesel::sql_query(
        "SELECT id FROM clients WHERE last_used_at IS NULL AND created_at <= $1 AND source IN ($2, $3) \
         AND first_consent_at IS NULL \
         AND (source <> $3 OR (disabled_at IS NULL AND NOT is_for_groups AND least_acr IS NULL)) \
         AND NOT EXISTS (SELECT 1 FROM grants WHERE grants.client_key = clients.id) \
         AND NOT EXISTS (SELECT 1 FROM access_tokens WHERE access_tokens.client_key = clients.id) \
         AND NOT EXISTS (SELECT 1 FROM consents WHERE consents.client_key = clients.id) \
         AND NOT EXISTS (SELECT 1 FROM authorization_threads WHERE authorization_threads.client_key = clients.id) \
         ORDER BY created_at, id LIMIT $4",
    )
    .bind::<BigInt, _>(registered_until)
    .bind::<Text, _>(Source::Dynamic.as_str())
    .bind::<Text, _>(Source::Document.as_str())
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    Ok(keys.into_iter().map(|key| key.id).collect())
}
