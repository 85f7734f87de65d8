//! Browsers that a person has signed in with: their failures count apart, so that strangers lock nobody out of them.

use diesel::prelude::*;

use super::schema::known_devices as devices;
use super::sign_in_failures::PER_DEVICE;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;
use crate::protocol::acr::Method;

/// Browsers of one person; those that were used last stay.
pub const MOST: i64 = 10;

/// What a browser is known by when somebody comes back.
#[derive(Clone, Copy, Debug)]
pub struct KnownDevice {
    pub last_method: Option<Method>,
    pub last_seen_at: Seconds,
}

/// The browser, if this person signed in with it.
pub fn find(
    conn: &mut DbConnection,
    user_id: i64,
    device: &Digest,
) -> Result<Option<KnownDevice>, StorageError> {
    let found: Option<(String, i64)> = devices::table
        .find((user_id, device.as_bytes()))
        .select((devices::last_method, devices::last_seen_at))
        .first(conn)
        .optional()?;
    Ok(found
        .map(|(method, last_seen_at)| KnownDevice { last_method: Method::from_name(&method), last_seen_at }))
}

/// Whether a guess in this browser counts apart from those of strangers: the person signed in with it, and it has not failed
/// too often since.
pub fn may_guess(conn: &mut DbConnection, user_id: i64, device: &Digest) -> Result<bool, StorageError> {
    let failures: Option<i64> =
        devices::table.find((user_id, device.as_bytes())).select(devices::failures).first(conn).optional()?;
    Ok(failures.is_some_and(|failures| failures < PER_DEVICE))
}

/// Whether the person is known with any browser at all.
pub fn has_any(conn: &mut DbConnection, user_id: i64) -> Result<bool, StorageError> {
    let first: Option<i64> = devices::table
        .filter(devices::user_id.eq(user_id))
        .select(devices::user_id)
        .first(conn)
        .optional()?;
    Ok(first.is_some())
}

/// Forgets what failed with any browser of this person; `false` if nothing did.
pub fn forgive(conn: &mut DbConnection, user_id: i64) -> Result<bool, StorageError> {
    let failed = devices::table.filter(devices::user_id.eq(user_id)).filter(devices::failures.ne(0));
    Ok(diesel::update(failed).set(devices::failures.eq(0)).execute(conn)? > 0)
}

/// Notes a sign-in with this browser, and forgets what failed with any: the person was here. Of more than [`MOST`] browsers the
/// ones that were used longest ago are forgotten. The person's row is held.
pub fn note(
    conn: &mut DbConnection,
    user_id: i64,
    device: &Digest,
    method: Method,
    now: Seconds,
) -> Result<(), StorageError> {
    forgive(conn, user_id)?;
    let mine = devices::table.find((user_id, device.as_bytes()));
    let seen = (devices::last_seen_at.eq(now), devices::last_method.eq(method.as_str()));
    if diesel::update(mine).set(seen).execute(conn)? == 1 {
        return Ok(());
    }
    diesel::insert_into(devices::table)
        .values((
            devices::user_id.eq(user_id),
            devices::device_digest.eq(device.as_bytes()),
            devices::first_seen_at.eq(now),
            seen.0,
            seen.1,
        ))
        .execute(conn)?;
    let too_many: Vec<Vec<u8>> = devices::table
        .filter(devices::user_id.eq(user_id))
        .filter(devices::device_digest.ne(device.as_bytes()))
        .order((devices::last_seen_at.desc(), devices::device_digest))
        .select(devices::device_digest)
        .offset(MOST - 1)
        .limit(MOST)
        .load(conn)?;
    forget(conn, user_id, &too_many)
}

fn forget(conn: &mut DbConnection, user_id: i64, digests: &[Vec<u8>]) -> Result<(), StorageError> {
    diesel::delete(
        devices::table.filter(devices::user_id.eq(user_id)).filter(devices::device_digest.eq_any(digests)),
    )
    .execute(conn)?;
    Ok(())
}
