//! Removes what is over, in small batches, so that no transaction holds the writer for long.
//!
//! A spent code and a rotated refresh token stay while their grant can still have a live token, and a day at least: a
//! replay must still be seen after a sweep.

use super::{Means, rotate_keys};
use crate::clock::Seconds;
use crate::storage::sweep::{self, Cutoffs};
use crate::storage::{Failure, StorageError};

/// Rows of one kind in one transaction.
const BATCH: i64 = 200;
/// How long what is over stays at least.
const RETENTION: Seconds = 86_400;

/// Sweeps until nothing is left that is due. Returns the number of rows that went.
pub async fn sweep(means: &Means) -> Result<usize, StorageError> {
    let now = means.clock.now();
    let cutoffs = Cutoffs { now, retained_since: now - RETENTION };
    let mut total = 0;
    for step in sweep::STEPS {
        loop {
            let removed = means
                .database
                .write(move |conn| Ok::<_, Failure<std::convert::Infallible>>(step(conn, &cutoffs, BATCH)?))
                .await
                .map_err(broken)?;
            total += removed;
            if i64::try_from(removed).is_ok_and(|removed| removed < BATCH) {
                break;
            }
        }
    }
    Ok(total + sweep_keys(means, now).await?)
}

/// A key of which no token is alive leaves the published set. Looked for in memory first: it is a rare thing.
async fn sweep_keys(means: &Means, now: Seconds) -> Result<usize, StorageError> {
    let is_over =
        means.published().keys.iter().any(|key| key.times().removed_after.is_some_and(|end| end < now));
    if !is_over {
        return Ok(0);
    }
    means.database.write(move |conn| rotate_keys::sweep(conn, now)).await.map_err(broken)
}

fn broken(failure: Failure<std::convert::Infallible>) -> StorageError {
    match failure {
        Failure::Broken(error) => error,
        Failure::Refused(never) => match never {},
    }
}
