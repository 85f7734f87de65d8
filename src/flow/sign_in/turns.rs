//! One guess at a person after the other, on each server: so that right ones at the same moment, which count as failures until
//! they are taken back, do not make each other wait as failures do. How many there may be is decided by the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Mutex as Queue, OwnedMutexGuard};
use tokio::time::timeout;

/// How long somebody waits for a turn before the answer is 503.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who waits for whom at this moment.
#[derive(Debug, Default)]
pub struct Turns(Mutex<HashMap<String, Weak<Queue<()>>>>);

/// Held while a guess is counted, checked and settled.
#[derive(Debug)]
pub struct Turn {
    _guard: OwnedMutexGuard<()>,
}

impl Turns {
    /// The next turn of those who guess at `who`, first come, first served; `None` if it did not come in time.
    pub async fn take(&self, who: &str) -> Option<Turn> {
        let guard = timeout(PATIENCE, self.queue(who).lock_owned()).await.ok()?;
        Some(Turn { _guard: guard })
    }

    fn queue(&self, who: &str) -> Arc<Queue<()>> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(who).and_then(Weak::upgrade) {
            return queue;
        }
        // Not more are kept than there are requests.
        queues.retain(|_, queue| queue.strong_count() > 0);
        let queue = Arc::default();
        queues.insert(who.to_owned(), Arc::downgrade(&queue));
        queue
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// P07: who guesses at one person waits for the one before; who guesses at another does not.
    #[actix_web::test]
    async fn turns_at_one_person_follow_each_other() {
        let turns = Turns::default();
        let first = turns.take("a").await.unwrap();
        assert!(turns.take("a").now_or_never().is_none());
        assert!(turns.take("b").now_or_never().is_some());
        drop(first);
        assert!(turns.take("a").now_or_never().is_some());
    }

    /// R26: whom nobody guesses at any more is forgotten.
    #[actix_web::test]
    async fn what_is_over_is_forgotten() {
        let turns = Turns::default();
        for who in 0..100 {
            drop(turns.take(&who.to_string()).await);
        }
        assert_eq!(turns.0.lock().unwrap().len(), 1);
    }
}
