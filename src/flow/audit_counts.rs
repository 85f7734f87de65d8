//! Reads and refusals are counted and not written down one by one: in memory, by minute, reason and address block, and a
//! few times a minute into the database. A flood of them fills neither.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use super::Means;
use crate::clock::Seconds;
use crate::storage::audit_counts::{self, OTHER};
use crate::storage::{Failure, StorageError};

pub use crate::storage::audit_counts::Count;

/// What is in memory between two flushes is never more.
const MAX_WAITING: usize = 1000;
/// Rows in one transaction.
const BATCH: usize = 200;
const MINUTE: Seconds = 60;

/// What waits to be written.
#[derive(Debug, Default)]
pub struct Counts(Mutex<HashMap<Key, i64>>);

/// Route and what happened there, when the minute began, and where from.
type Key = (&'static str, &'static str, Seconds, String);

impl Counts {
    /// Counts one request: the pattern of its route, what came of it, and where it came from.
    pub fn add(&self, route: &'static str, what: &'static str, from: Option<IpAddr>, now: Seconds) {
        let minute = now - now.rem_euclid(MINUTE);
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = waiting.len() >= MAX_WAITING;
        let mut key = (route, what, minute, block(from));
        if is_full && !waiting.contains_key(&key) {
            OTHER.clone_into(&mut key.3);
        }
        *waiting.entry(key).or_insert(0) += 1;
    }

    fn take(&self) -> Vec<Count> {
        let waiting = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut counts: Vec<Count> = waiting
            .into_iter()
            .map(|((route, what, minute, block), count)| {
                let reason = format!("{route} {what}");
                Count { minute, reason, block, count }
            })
            .collect();
        // In one order, so that two servers do not wait for each other.
        counts.sort_unstable_by(|one, other| {
            (one.minute, &one.reason, &one.block).cmp(&(other.minute, &other.reason, &other.block))
        });
        counts
    }
}

/// Adds what was counted to the database. What cannot be written is gone, and said so: a count is no reason to fill the
/// memory while the database is away.
pub async fn flush(means: &Means) -> Result<usize, StorageError> {
    let counts = means.counts.take();
    let rows = counts.len();
    for batch in counts.chunks(BATCH) {
        let batch = batch.to_vec();
        let written = means.database.write(move |conn| Ok(audit_counts::add(conn, &batch)?)).await;
        written.map_err(|failure: Failure<Infallible>| match failure {
            Failure::Broken(error) => error,
            Failure::Refused(never) => match never {},
        })?;
    }
    Ok(rows)
}

/// The network that an address belongs to: /24, or /48 of IPv6.
#[must_use]
pub fn block(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        None => "unknown".to_owned(),
        Some(IpAddr::V4(address)) => {
            let network = u32::from(address) & !0xff;
            format!("{}/24", Ipv4Addr::from(network))
        }
        Some(IpAddr::V6(address)) => {
            let network = u128::from(address) & !(u128::MAX >> 48);
            format!("{}/48", Ipv6Addr::from(network))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_counts_with_its_network() {
        let of = |text: &str| block(text.parse().ok());
        assert_eq!(of("192.0.2.77"), "192.0.2.0/24");
        assert_eq!(of("::ffff:192.0.2.77"), "192.0.2.0/24");
        assert_eq!(of("2001:db8:1:2::77"), "2001:db8:1::/48");
        assert_eq!(of("?"), "unknown");
    }

    /// A flood from everywhere fills no memory, and nothing of it goes uncounted.
    #[test]
    fn what_waits_is_bounded_and_complete() {
        let counts = Counts::default();
        for number in 0..10_000_u32 {
            let from = IpAddr::from(Ipv4Addr::from(number << 8));
            counts.add("/register", "invalid_token", Some(from), 119);
        }
        let taken = counts.take();
        assert_eq!(taken.len(), MAX_WAITING + 1);
        assert_eq!(taken.iter().map(|count| count.count).sum::<i64>(), 10_000);
        assert!(taken.iter().all(|count| count.minute == 60 && count.reason == "/register invalid_token"));
        let other: i64 = taken.iter().filter(|count| count.block == OTHER).map(|count| count.count).sum();
        assert_eq!(other, 9_000);
        assert_eq!(counts.take(), []);
    }
}
