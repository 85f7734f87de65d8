//! Table `audit_counts`: what is counted and not written down one by one, by minute, reason and address block.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::schema::audit_counts;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// More rows than this a minute never has, whatever comes from wherever: what is beyond is counted without its block.
pub const MAX_ROWS: i64 = 1000;
/// The block of what is beyond.
pub const OTHER: &str = "other";

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Count {
    /// When the minute began.
    pub minute: Seconds,
    pub reason: String,
    pub block: String,
    pub count: i64,
}

/// Adds these numbers. On several servers at once a minute may end up with a few rows more.
pub fn add(conn: &mut DbConnection, counts: &[Count]) -> Result<(), StorageError> {
    let mut minute_of_rows = None;
    let mut rows = 0;
    for count in counts {
        if minute_of_rows != Some(count.minute) {
            minute_of_rows = Some(count.minute);
            rows =
                audit_counts::table.filter(audit_counts::minute.eq(count.minute)).count().get_result(conn)?;
        }
        let key = (count.minute, &count.reason, &count.block);
        let known = audit_counts::table.find(key);
        let added = diesel::update(known)
            .set(audit_counts::count.eq(audit_counts::count + count.count))
            .execute(conn)?;
        if added == 0 {
            let block = if rows < MAX_ROWS { count.block.as_str() } else { OTHER };
            put(conn, count, block)?;
            rows += 1;
        }
    }
    Ok(())
}

fn put(conn: &mut DbConnection, count: &Count, block: &str) -> Result<(), StorageError> {
    diesel::sql_query(
        "INSERT INTO audit_counts (minute, reason, block, count) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (minute, reason, block) DO UPDATE SET count = audit_counts.count + excluded.count",
    )
    .bind::<BigInt, _>(count.minute)
    .bind::<Text, _>(&count.reason)
    .bind::<Text, _>(block)
    .bind::<BigInt, _>(count.count)
    .execute(conn)?;
    Ok(())
}

/// The newest rows since a time, newest minute and largest number first.
pub fn list(conn: &mut DbConnection, since: Seconds, limit: i64) -> Result<Vec<Count>, StorageError> {
    let order = (audit_counts::minute.desc(), audit_counts::count.desc(), audit_counts::reason);
    Ok(audit_counts::table.filter(audit_counts::minute.ge(since)).order(order).limit(limit).load(conn)?)
}

/// Whether there is a row of a minute before a time.
pub fn is_any_before(conn: &mut DbConnection, before: Seconds) -> Result<bool, StorageError> {
    let old = audit_counts::table.filter(audit_counts::minute.lt(before));
    Ok(old.select(audit_counts::minute).limit(1).first::<i64>(conn).optional()?.is_some())
}

/// Removes rows of minutes before a time, at most so many.
pub fn remove_before(conn: &mut DbConnection, before: Seconds, limit: i64) -> Result<usize, StorageError> {
    let removed = diesel::sql_query(
        "DELETE FROM audit_counts WHERE (minute, reason, block) IN \
         (SELECT minute, reason, block FROM audit_counts WHERE minute < $1 ORDER BY minute LIMIT $2)",
    )
    .bind::<BigInt, _>(before)
    .bind::<BigInt, _>(limit)
    .execute(conn)?;
    Ok(removed)
}
