//! Pictures of clients, and which of them are still to be fetched.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::schema::client_pictures;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// `fetch_after` of a picture that nobody waits for.
const NEVER: Seconds = Seconds::MAX;

/// What is known of the picture behind an address.
pub struct KnownPicture {
    /// As [`by_name`] finds it; none if there is no picture.
    pub name: Option<String>,
    /// When it was last asked for.
    pub asked_at: Seconds,
    /// Whether the job has still to fetch it.
    pub is_awaited: bool,
}

/// A picture that is to be fetched.
#[derive(Queryable, Selectable)]
#[diesel(table_name = client_pictures)]
pub struct DuePicture {
    pub client_key: i64,
    pub uri: String,
    /// The one from before.
    pub picture: Option<Vec<u8>>,
    pub fetched_at: Option<Seconds>,
}

/// The picture of this client behind this address.
pub fn find(
    conn: &mut DbConnection,
    client_key: i64,
    uri: &str,
) -> Result<Option<KnownPicture>, StorageError> {
    let found: Option<(String, bool, Seconds, Seconds)> = client_pictures::table
        .find((client_key, uri))
        .select((
            client_pictures::name,
            client_pictures::picture.is_not_null(),
            client_pictures::asked_at,
            client_pictures::fetch_after,
        ))
        .first(conn)
        .optional()?;
    Ok(found.map(|(name, is_there, asked_at, fetch_after)| KnownPicture {
        name: is_there.then_some(name),
        asked_at,
        is_awaited: fetch_after != NEVER,
    }))
}

/// The addresses of this client behind which there is a picture, or may be one.
pub fn uris(conn: &mut DbConnection, client_key: i64) -> Result<Vec<String>, StorageError> {
    let of_client = client_pictures::table.filter(client_pictures::client_key.eq(client_key));
    Ok(of_client.select(client_pictures::uri).load(conn)?)
}

/// Has the picture fetched, for the first time or anew; one that is awaited already is left alone. The client must be held.
pub fn ask(
    conn: &mut DbConnection,
    client_key: i64,
    uri: &str,
    new_name: &str,
    now: Seconds,
) -> Result<(), StorageError> {
    diesel::sql_query(
        "INSERT INTO client_pictures (client_key, uri, name, asked_at, fetch_after) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (client_key, uri) DO UPDATE SET asked_at = excluded.asked_at, fetch_after = excluded.fetch_after \
         WHERE client_pictures.fetch_after = $6",
    )
    .bind::<BigInt, _>(client_key)
    .bind::<Text, _>(uri)
    .bind::<Text, _>(new_name)
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(NEVER)
    .execute(conn)?;
    Ok(())
}

/// Forgets the pictures behind addresses that the client no longer names.
pub fn keep_only(conn: &mut DbConnection, client_key: i64, uris: &[&str]) -> Result<(), StorageError> {
    let others = client_pictures::table
        .filter(client_pictures::client_key.eq(client_key))
        .filter(client_pictures::uri.ne_all(uris));
    diesel::delete(others).execute(conn)?;
    Ok(())
}

/// Those to be fetched now, longest waiting first.
pub fn due(conn: &mut DbConnection, now: Seconds, most: i64) -> Result<Vec<DuePicture>, StorageError> {
    Ok(client_pictures::table
        .filter(client_pictures::fetch_after.le(now))
        .order(client_pictures::fetch_after)
        .limit(most)
        .select(DuePicture::as_select())
        .load(conn)?)
}

/// Keeps another picture, under a name of its own because pictures are cached for ever; `None` = there is none now.
pub fn replace(
    conn: &mut DbConnection,
    due: &DuePicture,
    picture: Option<&[u8]>,
    new_name: &str,
    now: Seconds,
) -> Result<(), StorageError> {
    diesel::update(client_pictures::table.find((due.client_key, &due.uri)))
        .set((
            client_pictures::name.eq(new_name),
            client_pictures::picture.eq(picture),
            client_pictures::fetched_at.eq(picture.is_some().then_some(now)),
            client_pictures::fetch_after.eq(NEVER),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes that it is the same picture.
pub fn still_the_same(conn: &mut DbConnection, due: &DuePicture, now: Seconds) -> Result<(), StorageError> {
    diesel::update(client_pictures::table.find((due.client_key, &due.uri)))
        .set((client_pictures::fetched_at.eq(now), client_pictures::fetch_after.eq(NEVER)))
        .execute(conn)?;
    Ok(())
}

/// Leaves it as it is, and tries again then; `None` = when it is next asked for.
pub fn put_off(
    conn: &mut DbConnection,
    due: &DuePicture,
    until: Option<Seconds>,
) -> Result<(), StorageError> {
    diesel::update(client_pictures::table.find((due.client_key, &due.uri)))
        .set(client_pictures::fetch_after.eq(until.unwrap_or(NEVER)))
        .execute(conn)?;
    Ok(())
}

/// The PNG of this name.
pub fn by_name(conn: &mut DbConnection, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
    // PostgreSQL holds no such text, and refuses to look for it.
    if name.contains('\0') {
        return Ok(None);
    }
    let found: Option<Option<Vec<u8>>> = client_pictures::table
        .filter(client_pictures::name.eq(name))
        .select(client_pictures::picture)
        .first(conn)
        .optional()?;
    Ok(found.flatten())
}
