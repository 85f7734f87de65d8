//! Sign-outs that a client has still to be told of. OpenID Connect Back-Channel Logout 1.0 §2.5.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::clients::Client;
use super::schema::logout_deliveries as deliveries;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::protocol::client::sector_identifier::pairwise_sector;

/// What a client is to be told. It holds whatever the token needs: the client may be gone by then.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = deliveries)]
pub struct Delivery {
    pub id: i64,
    pub client_id: String,
    pub uri: String,
    /// Of the client's ID tokens.
    pub algorithm: String,
    /// The person, by the name that this server has for them.
    pub subject: String,
    /// Of the client's pairwise subjects; none if they are public. OpenID Connect Core §8.1.
    pub sector: Option<String>,
    pub sid: String,
    pub created_at: i64,
    pub attempts: i64,
}

/// Notes that this client, if it wants to know, is to be told of the end of a session.
pub fn insert(
    conn: &mut DbConnection,
    client: &Client,
    subject: &str,
    sid: &str,
    now: Seconds,
) -> Result<(), StorageError> {
    let Some(uri) = &client.metadata.backchannel_logout_uri else { return Ok(()) };
    diesel::insert_into(deliveries::table)
        .values((
            deliveries::client_id.eq(&client.client_id),
            deliveries::uri.eq(uri),
            deliveries::algorithm.eq(client.metadata.id_token_algorithm().as_str()),
            deliveries::subject.eq(subject),
            deliveries::sector.eq(pairwise_sector(&client.metadata)),
            deliveries::sid.eq(sid),
            deliveries::created_at.eq(now),
            deliveries::next_attempt_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// What is due, longest waiting first, and of each address no more than `per_address`: however much waits for one, it
/// stands in nobody's way. For a reader: it looks at all that is due. Security statement R29.
pub fn due(
    conn: &mut DbConnection,
    now: Seconds,
    per_address: i64,
    limit: i64,
) -> Result<Vec<i64>, StorageError> {
    #[derive(QueryableByName)]
    struct Due {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let due: Vec<Due> = diesel::sql_query(
        "SELECT id FROM (SELECT id, next_attempt_at, ROW_NUMBER() OVER (PARTITION BY uri ORDER BY next_attempt_at, id) \
         AS place FROM logout_deliveries WHERE next_attempt_at <= $1) AS due WHERE place <= $2 \
         ORDER BY next_attempt_at, id LIMIT $3",
    )
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(per_address)
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    Ok(due.into_iter().map(|due| due.id).collect())
}

/// Those of them that nobody has sent or put off meanwhile.
pub fn still_due(conn: &mut DbConnection, ids: &[i64], now: Seconds) -> Result<Vec<Delivery>, StorageError> {
    Ok(deliveries::table
        .filter(deliveries::id.eq_any(ids))
        .filter(deliveries::next_attempt_at.le(now))
        .order((deliveries::next_attempt_at, deliveries::id))
        .select(Delivery::as_select())
        .load(conn)?)
}

/// Forgets one: the client knows, or never will.
pub fn remove(conn: &mut DbConnection, id: i64) -> Result<(), StorageError> {
    diesel::delete(deliveries::table.find(id)).execute(conn)?;
    Ok(())
}

/// Puts one off.
pub fn put_off(
    conn: &mut DbConnection,
    id: i64,
    attempts: i64,
    until: Seconds,
    error: &str,
) -> Result<(), StorageError> {
    diesel::update(deliveries::table.find(id))
        .set((
            deliveries::attempts.eq(attempts),
            deliveries::next_attempt_at.eq(until),
            deliveries::last_error.eq(error),
        ))
        .execute(conn)?;
    Ok(())
}
