//! What a server does with the audit log in the background: it seals new events, and removes what is no longer kept.

use std::convert::Infallible;

use super::Means;
use crate::clock::Seconds;
use crate::storage::{DbConnection, Failure, StorageError, audit_chain, audit_counts};

/// Events that one transaction seals, or rows that it removes.
const BATCH: i64 = 500;

/// Gives every event that has none its place in the chain; how many. Looks on a reader first: a server at rest writes
/// nothing. Of several servers on one database one seals, and the others go on at once.
pub async fn seal(means: &Means) -> Result<usize, StorageError> {
    let mut total = 0;
    while means.database.read(|conn| Ok(audit_chain::is_any_unsealed(conn)?)).await.map_err(broken)? {
        let sealed =
            means.database.write(|conn| Ok(audit_chain::seal(conn, BATCH)?)).await.map_err(broken)?;
        total += sealed;
        if sealed == 0 {
            break;
        }
    }
    Ok(total)
}

/// Removes events and counts that are older than the settings keep; how many rows.
pub async fn remove_old(means: &Means) -> Result<usize, StorageError> {
    let (now, audit) = (means.clock.now(), &means.config.audit);
    let mut total = 0;
    if audit.retention > 0 {
        total += remove(means, now - audit.retention, is_old_event, audit_chain::remove_before).await?;
    }
    if audit.counts_retention > 0 {
        let before = now - audit.counts_retention;
        total += remove(means, before, audit_counts::is_any_before, audit_counts::remove_before).await?;
    }
    Ok(total)
}

type Look = fn(&mut DbConnection, Seconds) -> Result<bool, StorageError>;
type Remove = fn(&mut DbConnection, Seconds, i64) -> Result<usize, StorageError>;

async fn remove(means: &Means, before: Seconds, is_due: Look, remove: Remove) -> Result<usize, StorageError> {
    let mut total = 0;
    while means.database.read(move |conn| Ok(is_due(conn, before)?)).await.map_err(broken)? {
        let removed =
            means.database.write(move |conn| Ok(remove(conn, before, BATCH)?)).await.map_err(broken)?;
        total += removed;
        if removed == 0 {
            break;
        }
    }
    Ok(total)
}

fn is_old_event(conn: &mut DbConnection, before: Seconds) -> Result<bool, StorageError> {
    let checkpoint = audit_chain::checkpoint(conn)?;
    Ok(audit_chain::after(conn, checkpoint.sequence, 1)?.first().is_some_and(|event| event.at < before))
}

fn broken(failure: Failure<Infallible>) -> StorageError {
    match failure {
        Failure::Broken(error) => error,
        Failure::Refused(never) => match never {},
    }
}
