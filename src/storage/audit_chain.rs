//! The chain that the events of the audit log are sealed into.
//!
//! Writers add events without a place. One job gives each the next `sequence` and the SHA-256 of the hash before it and
//! of what the event says: a changed, removed, inserted or moved event shows, and no writer waits for another one. The
//! last place and hash are kept in `server_state` as well, so that events missing at the end show too.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use diesel::prelude::*;
use sha2::{Digest as _, Sha256};

use super::audit_events::{COLUMNS, StoredEvent};
use super::schema::audit_events;
use super::{DbConnection, StorageError, server_state};
use crate::clock::Seconds;

/// The last sealed event.
const HEAD: &str = "audit_head";
/// The last event that retention removed: where the chain that is kept begins.
const CHECKPOINT: &str = "audit_checkpoint";
/// Ours among the advisory locks of a database.
#[cfg(feature = "postgres")]
const LOCK: i64 = 4_731_002_617;

/// A place in the chain and the hash up to there. `0:` and 64 zeros before the first event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    pub sequence: i64,
    pub hash: [u8; 32],
}

impl Link {
    /// The link that this event makes at the place behind this one.
    #[must_use]
    pub fn followed_by(&self, event: &StoredEvent) -> Self {
        let sequence = self.sequence.saturating_add(1);
        let said = event.canonical(sequence);
        let hash = Sha256::new().chain_update(self.hash).chain_update(said).finalize().into();
        Self { sequence, hash }
    }
}

/// `SEQUENCE:HASH`, the hash in hexadecimal.
impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.sequence, hexadecimal(&self.hash))
    }
}

/// A text that is no `SEQUENCE:HASH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no SEQUENCE:HASH, as `grantor audit verify` prints it")]
pub struct NoLink;

impl FromStr for Link {
    type Err = NoLink;

    fn from_str(text: &str) -> Result<Self, NoLink> {
        let (sequence, digits) = text.trim().split_once(':').ok_or(NoLink)?;
        let sequence: i64 = sequence.parse().map_err(|_| NoLink)?;
        if sequence < 0 || digits.len() != 64 || !digits.is_ascii() {
            return Err(NoLink);
        }
        let mut hash = [0; 32];
        let (pairs, _) = digits.as_bytes().as_chunks::<2>();
        for (byte, pair) in hash.iter_mut().zip(pairs) {
            let pair = std::str::from_utf8(pair).map_err(|_| NoLink)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| NoLink)?;
        }
        Ok(Self { sequence, hash })
    }
}

/// Bytes as lower-case digits.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut digits, byte| {
        // Writing into a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

fn stored(conn: &mut DbConnection, name: &str) -> Result<Link, StorageError> {
    match server_state::get(conn, name)? {
        None => Ok(Link::default()),
        Some(text) => {
            text.parse().map_err(|_| StorageError::Corrupt("server_state: a place in the audit log"))
        }
    }
}

/// The last sealed event, as the job that sealed it noted.
pub fn head(conn: &mut DbConnection) -> Result<Link, StorageError> {
    stored(conn, HEAD)
}

/// The last event that is no longer kept.
pub fn checkpoint(conn: &mut DbConnection) -> Result<Link, StorageError> {
    stored(conn, CHECKPOINT)
}

/// How many events have no place yet, and when the oldest of them was written.
pub fn unsealed(conn: &mut DbConnection) -> Result<(i64, Option<Seconds>), StorageError> {
    use diesel::dsl::{count_star, min};
    let waiting = audit_events::table.filter(audit_events::sequence.is_null());
    Ok(waiting.select((count_star(), min(audit_events::at))).first(conn)?)
}

/// Whether there is an event without a place. Found by an index that holds no other events.
pub fn is_any_unsealed(conn: &mut DbConnection) -> Result<bool, StorageError> {
    let waiting = audit_events::table.filter(audit_events::sequence.is_null());
    Ok(waiting.select(audit_events::id).limit(1).first::<i64>(conn).optional()?.is_some())
}

/// Seals at most so many events, and says how many. Of several servers one does; the others get 0. An event whose
/// transaction was committed after that of a later one is sealed later: places are given in the order of sealing.
pub fn seal(conn: &mut DbConnection, limit: i64) -> Result<usize, StorageError> {
    if !lock(conn)? {
        return Ok(0);
    }
    let mut head = head(conn)?;
    let waiting: Vec<StoredEvent> = audit_events::table
        .filter(audit_events::sequence.is_null())
        .order(audit_events::id)
        .limit(limit)
        .select(COLUMNS)
        .load(conn)?;
    for event in &waiting {
        head = head.followed_by(event);
        let row = audit_events::table.find(event.id).filter(audit_events::sequence.is_null());
        let sealed = diesel::update(row)
            .set((audit_events::sequence.eq(head.sequence), audit_events::hash.eq(head.hash.as_slice())))
            .execute(conn)?;
        if sealed != 1 {
            return Err(StorageError::Internal(
                "an event of the audit log went away while it was sealed".to_owned(),
            ));
        }
    }
    if !waiting.is_empty() {
        server_state::set(conn, HEAD, &head.to_string())?;
    }
    Ok(waiting.len())
}

/// Until the transaction ends, nobody else seals or removes. SQLite has one writer anyway.
fn lock(conn: &mut DbConnection) -> Result<bool, StorageError> {
    match conn {
        DbConnection::Sqlite(_) => Ok(true),
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(postgres) => {
            #[derive(QueryableByName)]
            struct Answer {
                #[diesel(sql_type = diesel::sql_types::Bool)]
                locked: bool,
            }
            let answer: Answer = diesel::sql_query("SELECT pg_try_advisory_xact_lock($1) AS locked")
                .bind::<diesel::sql_types::BigInt, _>(LOCK)
                .get_result(postgres)?;
            Ok(answer.locked)
        }
    }
}

/// The sealed events behind a place, in order.
pub fn after(conn: &mut DbConnection, sequence: i64, limit: i64) -> Result<Vec<StoredEvent>, StorageError> {
    let sealed = audit_events::table.filter(audit_events::sequence.gt(sequence));
    Ok(sealed.order(audit_events::sequence).limit(limit).select(COLUMNS).load(conn)?)
}

/// Whether a sealed event stands at or before a place that is no longer kept.
pub fn is_any_before(conn: &mut DbConnection, checkpoint: &Link) -> Result<bool, StorageError> {
    let odd = audit_events::table.filter(audit_events::sequence.le(checkpoint.sequence));
    Ok(odd.select(audit_events::id).limit(1).first::<i64>(conn).optional()?.is_some())
}

/// Removes at most so many events from the beginning of the chain that were written before a time, and keeps the link
/// behind which the rest goes on. The first younger one ends it, so that no gap is made.
pub fn remove_before(conn: &mut DbConnection, before: Seconds, limit: i64) -> Result<usize, StorageError> {
    if !lock(conn)? {
        return Ok(0);
    }
    let kept_from = checkpoint(conn)?;
    let oldest = after(conn, kept_from.sequence, limit)?;
    let Some(last) = oldest.iter().take_while(|event| event.at < before).last() else { return Ok(0) };
    let link = last.link().ok_or(StorageError::Corrupt("audit_events: a sealed event without a hash"))?;
    server_state::set(conn, CHECKPOINT, &link.to_string())?;
    Ok(diesel::delete(audit_events::table.filter(audit_events::sequence.le(link.sequence))).execute(conn)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(details: &str) -> StoredEvent {
        StoredEvent {
            id: 7,
            at: 1_700_000_000,
            kind: "client_registered".to_owned(),
            actor: "anonymous".to_owned(),
            client_id: Some("c-1".to_owned()),
            address: None,
            request_id: None,
            details: details.to_owned(),
            sequence: None,
            hash: None,
        }
    }

    /// The documentation says how to compute a hash: this is its example.
    #[test]
    fn a_hash_is_of_the_one_before_and_of_what_the_event_says() {
        let said = r#"[1,1700000000,"client_registered","anonymous","c-1",null,null,"{\"a\":1}"]"#;
        assert_eq!(event(r#"{"a":1}"#).canonical(1), said);
        let expected: [u8; 32] = Sha256::new().chain_update([0; 32]).chain_update(said).finalize().into();
        assert_eq!(Link::default().followed_by(&event(r#"{"a":1}"#)), Link { sequence: 1, hash: expected });
    }

    /// No part can lend its end to the next one.
    #[test]
    fn what_stands_where_matters() {
        let first = event("{}");
        let moved = StoredEvent { actor: "anonymous\",\"c-1".to_owned(), client_id: None, ..event("{}") };
        assert_ne!(Link::default().followed_by(&first), Link::default().followed_by(&moved));
        let second = Link::default().followed_by(&first);
        assert_ne!(second.followed_by(&first).hash, second.hash);
    }

    #[test]
    fn a_link_is_read_as_it_is_written() {
        let link = Link::default().followed_by(&event("{}"));
        assert_eq!(link.to_string().parse(), Ok(link));
        let good = Link::default().to_string();
        for bad in [
            "",
            "1",
            "1:",
            "x:00",
            "1:zz",
            &format!("-1{good}"),
            &format!("{good}0"),
            &good.replace("00", "é"),
        ] {
            assert_eq!(bad.parse::<Link>(), Err(NoLink), "{bad}");
        }
    }
}
