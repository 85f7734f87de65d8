//! Proofs that failed in a row, whatever the identifier and the factor: counted before they are checked, so that guesses at the
//! same moment count each. Security statements P07 and P08.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};

use super::schema::sign_in_failures as failures;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;

/// So often in a row may browsers fail that a person has not signed in with. With those of [`PER_DEVICE`] for each of
/// [`super::known_devices::MOST`] they are a hundred, and no more. NIST SP 800-63B-4 §3.2.2.
pub const OF_STRANGERS: i64 = 50;

/// So often in a row may a browser fail that the person has signed in with; then it is a stranger's.
pub const PER_DEVICE: i64 = 5;

/// Blocked for good: until the person signs in by another way, or the operator lets them.
const FOR_GOOD: Seconds = Seconds::MAX;

/// A guess that was counted as a failure before it is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// In a row, with this one.
    pub failures: i64,
    blocked_until: Seconds,
}

/// How long nobody may guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    For(Seconds),
    ForGood,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    failures: i64,
    #[diesel(sql_type = BigInt)]
    blocked_until: i64,
}

/// Counts a guess of a stranger; or says how long to wait. From the fifth on each doubles the wait, up to an hour. A row from
/// before the clock was set back blocks nobody.
pub fn count(
    conn: &mut DbConnection,
    who: &str,
    now: Seconds,
) -> Result<Result<Counted, Wait>, StorageError> {
    let counted: Option<Row> = diesel::sql_query(
        "INSERT INTO sign_in_failures (who, failures, last_at, blocked_until) VALUES ($1, 1, $2, 0) \
         ON CONFLICT (who) DO UPDATE SET failures = sign_in_failures.failures + 1, last_at = excluded.last_at, \
         blocked_until = CASE WHEN sign_in_failures.failures >= 49 THEN 9223372036854775807 \
         WHEN sign_in_failures.failures < 4 THEN 0 \
         ELSE excluded.last_at + CASE sign_in_failures.failures WHEN 4 THEN 5 WHEN 5 THEN 10 WHEN 6 THEN 20 \
         WHEN 7 THEN 40 WHEN 8 THEN 80 WHEN 9 THEN 160 WHEN 10 THEN 320 WHEN 11 THEN 640 WHEN 12 THEN 1280 \
         WHEN 13 THEN 2560 ELSE 3600 END END \
         WHERE sign_in_failures.blocked_until <= excluded.last_at \
         OR (sign_in_failures.last_at > excluded.last_at AND sign_in_failures.failures < 50) \
         RETURNING failures, blocked_until",
    )
    .bind::<Text, _>(who)
    .bind::<BigInt, _>(now)
    .get_result(conn)
    .optional()?;
    if let Some(Row { failures, blocked_until }) = counted {
        return Ok(Ok(Counted { failures, blocked_until }));
    }
    let until: Option<i64> =
        failures::table.find(who).select(failures::blocked_until).first(conn).optional()?;
    Ok(Err(match until {
        Some(FOR_GOOD) => Wait::ForGood,
        until => Wait::For((until.unwrap_or(now) - now).max(1)),
    }))
}

/// Takes a guess back that was right, or was never checked; and the wait that it began, if no other guess began one since.
pub fn take_back(conn: &mut DbConnection, who: &str, counted: Counted) -> Result<(), StorageError> {
    diesel::sql_query(
        "UPDATE sign_in_failures SET failures = failures - 1, \
         blocked_until = CASE WHEN blocked_until = $1 THEN 0 ELSE blocked_until END WHERE who = $2 AND failures > 0",
    )
    .bind::<BigInt, _>(counted.blocked_until)
    .bind::<Text, _>(who)
    .execute(conn)?;
    Ok(())
}

/// Forgets what failed: somebody signed in, or an operator says so. `false` if there was nothing.
pub fn clear(conn: &mut DbConnection, who: &str) -> Result<bool, StorageError> {
    Ok(diesel::delete(failures::table.find(who)).execute(conn)? == 1)
}

/// Failures in a row, and until when nobody may guess.
pub fn find(conn: &mut DbConnection, who: &str) -> Result<Option<(i64, Seconds)>, StorageError> {
    let row = failures::table.find(who).select((failures::failures, failures::blocked_until));
    Ok(row.first(conn).optional()?)
}

/// Counts a guess of a browser that the person has signed in with; `false` if it is none, or has failed too often.
pub fn count_of_device(conn: &mut DbConnection, user_id: i64, device: &Digest) -> Result<bool, StorageError> {
    let counted = diesel::sql_query(
        "UPDATE known_devices SET failures = failures + 1 WHERE user_id = $1 AND device_digest = $2 AND failures < 5",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<Binary, _>(device.as_bytes())
    .execute(conn)?;
    Ok(counted == 1)
}

/// Takes a guess of such a browser back.
pub fn take_back_of_device(
    conn: &mut DbConnection,
    user_id: i64,
    device: &Digest,
) -> Result<(), StorageError> {
    diesel::sql_query(
        "UPDATE known_devices SET failures = failures - 1 WHERE user_id = $1 AND device_digest = $2 AND failures > 0",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<Binary, _>(device.as_bytes())
    .execute(conn)?;
    Ok(())
}
