//! Asks the server afterwards for everything that it acknowledged: a fast answer about a lost row is worth nothing.

use std::collections::HashSet;
use std::sync::Mutex;

use crate::Outcome;
use crate::drive::together;
use crate::protocol;
use crate::scenarios::OPENID;
use crate::site::{Ledger, Site, Worker};

/// What was asked for and how much of it was not as acknowledged.
pub struct Verified {
    pub what: &'static str,
    pub checked: usize,
    pub wrong: usize,
    pub first_wrong: Option<String>,
}

#[derive(Default)]
struct Count {
    checked: usize,
    wrong: usize,
    first_wrong: Option<String>,
}

impl Count {
    fn add(&mut self, outcome: Outcome<()>) {
        self.checked += 1;
        if let Err(why) = outcome {
            self.wrong += 1;
            self.first_wrong.get_or_insert(why);
        }
    }
}

/// Reads back up to `most` clients and tokens of every worker. An acknowledged thing that is missing, of somebody
/// else, or given out twice is wrong.
pub fn verify(workers: &mut [Worker], site: &Site, most: usize) -> Outcome<Vec<Verified>> {
    let mut clients =
        unique(workers, |ledger| ledger.clients.iter().map(|client| client.client_id.as_str()).collect());
    let mut tokens =
        unique(workers, |ledger| ledger.tokens.iter().map(|token| token.access_token.as_str()).collect());
    clients.add_all(check(workers, |worker, count| {
        let kept = std::mem::take(&mut worker.ledger.clients);
        sample(&kept, most).for_each(|client| count.add(protocol::read_registration(worker, client)));
        worker.ledger.clients = kept;
    })?);
    tokens.add_all(check(workers, |worker, count| {
        let kept = std::mem::take(&mut worker.ledger.tokens);
        for token in sample(&kept, most) {
            count.add(match protocol::introspect(worker, token) {
                Ok(true) => Ok(()),
                Ok(false) => Err("an acknowledged token is not active".to_owned()),
                Err(why) => Err(why),
            });
        }
        worker.ledger.tokens = kept;
    })?);
    let deleted = check(workers, |worker, count| {
        let gone = std::mem::take(&mut worker.ledger.deleted);
        sample(&gone, most).for_each(|client| count.add(protocol::is_deleted(worker, client)));
        worker.ledger.deleted = gone;
    })?;
    let chains = check(workers, |worker, count| {
        for (scope, newest) in std::mem::take(&mut worker.ledger.chains) {
            let openid = scope == OPENID;
            count.add(
                protocol::refresh(worker, site, &newest)
                    .map(|_| ())
                    .map_err(|why| format!("openid {openid}: {why}")),
            );
        }
    })?;
    let all = [
        ("registered clients, read back", clients),
        ("access tokens, introspected", tokens),
        ("deleted clients, gone", deleted),
        ("newest refresh tokens, used once more", chains),
    ];
    Ok(all
        .into_iter()
        .filter(|(_, count)| count.checked > 0)
        .map(|(what, count)| count.named(what))
        .collect())
}

impl Count {
    fn add_all(&mut self, other: Count) {
        self.checked += other.checked;
        self.wrong += other.wrong;
        self.first_wrong = self.first_wrong.take().or(other.first_wrong);
    }

    fn named(self, what: &'static str) -> Verified {
        Verified { what, checked: self.checked, wrong: self.wrong, first_wrong: self.first_wrong }
    }
}

/// Counts values that were given out twice, in whatever worker; nothing is checked with the server.
fn unique(workers: &[Worker], values: fn(&Ledger) -> Vec<&str>) -> Count {
    let mut seen = HashSet::new();
    let mut count = Count::default();
    for value in workers.iter().flat_map(|worker| values(&worker.ledger)) {
        if !seen.insert(value) {
            count.wrong += 1;
            count.first_wrong.get_or_insert_with(|| "the same value was given out twice".to_owned());
        }
    }
    count
}

/// At most `most` items, spread evenly.
fn sample<T>(items: &[T], most: usize) -> impl Iterator<Item = &T> {
    items.iter().step_by(items.len().div_ceil(most.max(1)).max(1))
}

fn check<C>(workers: &mut [Worker], work: C) -> Outcome<Count>
where
    C: Fn(&mut Worker, &mut Count) + Sync,
{
    let total = Mutex::new(Count::default());
    together(workers, |worker| {
        let mut count = Count::default();
        work(worker, &mut count);
        total.lock().map_err(|_| "a worker panicked")?.add_all(count);
        Ok(())
    })?;
    total.into_inner().map_err(|_| "a worker panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_and_never_larger_than_asked_for() {
        let items: Vec<_> = (0..10).collect();
        assert_eq!(sample(&items, 100).count(), 10);
        assert_eq!(sample(&items, 10).count(), 10);
        assert_eq!(sample(&items, 4).copied().collect::<Vec<_>>(), [0, 3, 6, 9]);
        assert_eq!(sample(&items, 1).count(), 1);
        assert_eq!(sample(&[0_u8; 0], 5).count(), 0);
    }

    #[test]
    fn a_value_given_to_two_workers_is_wrong() {
        let mut workers = [Worker::new(0, 1), Worker::new(1, 1)];
        for worker in &mut workers {
            worker.ledger.chains.insert(OPENID, "the same".to_owned());
        }
        let count = unique(&workers, |ledger| ledger.chains.values().map(String::as_str).collect());
        assert_eq!(count.wrong, 1);
    }
}
