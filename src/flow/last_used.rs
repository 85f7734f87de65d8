//! When clients were last used, without a write for each use: noted in memory, written now and then.
//!
//! A note that is lost with a killed server, or that another server has not written yet, costs nothing: what was issued a
//! moment ago lives, and no sweep takes a client of which something lives.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Means;
use crate::clock::Seconds;
use crate::storage::last_used::{self, Use};
use crate::storage::{Failure, StorageError};

/// More clients than this are not noted between two writes.
const MOST: usize = 100_000;
/// Clients in one transaction.
const BATCH: usize = 200;

/// What was noted since the last write. One for each server.
#[derive(Debug, Default)]
pub struct LastUsed(Mutex<HashMap<i64, Use>>);

impl LastUsed {
    /// A code was issued to this client. RFC 6749 §4.1.2.
    pub fn note_authorized(&self, client_key: i64, now: Seconds) {
        self.note(client_key, Use { authorized_at: Some(now), token_at: None });
    }

    /// A token was issued to this client. RFC 6749 §5.1.
    pub fn note_token(&self, client_key: i64, now: Seconds) {
        self.note(client_key, Use { authorized_at: None, token_at: Some(now) });
    }

    fn note(&self, client_key: i64, latest: Use) {
        let mut kept = self.notes();
        let is_full = kept.len() >= MOST;
        match kept.entry(client_key) {
            Entry::Occupied(mut known) => known.get_mut().merge(latest),
            Entry::Vacant(free) if !is_full => {
                free.insert(latest);
            }
            Entry::Vacant(_) => {}
        }
    }

    fn notes(&self) -> MutexGuard<'_, HashMap<i64, Use>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that was noted, in the order of the keys.
    fn take(&self) -> Vec<(i64, Use)> {
        let mut taken: Vec<_> = std::mem::take(&mut *self.notes()).into_iter().collect();
        taken.sort_unstable_by_key(|(key, _)| *key);
        taken
    }
}

/// Writes what was noted, many clients in a transaction. What a failing database does not take stays noted. Returns the
/// number of clients.
pub async fn flush(means: &Means) -> Result<usize, StorageError> {
    let taken = means.last_used.take();
    let mut written = 0;
    for batch in taken.chunks(BATCH) {
        let rows = batch.to_vec();
        let answer = means
            .database
            .write(move |conn| {
                rows.iter().try_for_each(|(key, noted)| last_used::note(conn, *key, *noted))?;
                Ok::<_, Failure<StorageError>>(())
            })
            .await;
        if let Err(Failure::Broken(error) | Failure::Refused(error)) = answer {
            for (key, noted) in taken.iter().skip(written) {
                means.last_used.note(*key, *noted);
            }
            return Err(error);
        }
        written += batch.len();
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_one_client_are_one_and_only_go_forward() {
        let notes = LastUsed::default();
        notes.note_token(2, 50);
        notes.note_token(2, 40);
        notes.note_authorized(2, 45);
        notes.note_token(1, 7);
        let expected = [
            (1, Use { authorized_at: None, token_at: Some(7) }),
            (2, Use { authorized_at: Some(45), token_at: Some(50) }),
        ];
        assert_eq!(notes.take(), expected);
        assert!(notes.take().is_empty());
    }

    #[test]
    fn a_flood_of_clients_is_bounded_and_known_ones_go_on() {
        let notes = LastUsed::default();
        let most = i64::try_from(MOST).unwrap();
        (0..most + 10).for_each(|key| notes.note_token(key, 1));
        notes.note_token(0, 2);
        let taken = notes.take();
        assert_eq!(taken.len(), MOST);
        assert_eq!(taken.first().map(|(_, noted)| noted.token_at), Some(Some(2)));
    }
}
