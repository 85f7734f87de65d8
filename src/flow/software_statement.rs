//! Removes the clients of an issuer of software statements that is not trusted any more. RFC 7591 §2.3.

use std::convert::Infallible;

use super::Means;
use super::remove_client::{Receipt, RemovalReason, Retention, preview, remove};
use crate::storage::audit_events::Origin;
use crate::storage::{Failure, StorageError, clients};

/// Clients that are looked up in one read.
const PAGE: i64 = 200;

/// Removes every client that this issuer verified, or says with `dry_run` what that would be. Each goes in a transaction of its
/// own; one that has registered without the statement meanwhile stays. RFC 7591 §2.3.
pub async fn remove_clients_verified_by(
    means: &Means,
    issuer: &str,
    dry_run: bool,
    origin: &Origin,
) -> Result<Vec<Receipt>, StorageError> {
    let (retention, reason) = (Retention::of(means), RemovalReason::IssuerRemoved);
    let (mut receipts, mut after) = (Vec::new(), 0);
    loop {
        let wanted = issuer.to_owned();
        let page = means
            .database
            .read(move |conn| {
                Ok::<_, Failure<Infallible>>(clients::keys_verified_by(conn, &wanted, after, PAGE)?)
            })
            .await
            .map_err(broken)?;
        let Some(last) = page.last() else { return Ok(receipts) };
        after = *last;
        for key in page {
            let (wanted, origin) = (issuer.to_owned(), origin.clone());
            let receipt = means
                .database
                .write(move |conn| {
                    let found = clients::lock(conn, key)?;
                    let still = |client: &clients::Client| client.verified_by.as_ref() == Some(&wanted);
                    let Some(client) = found.filter(still) else { return Ok(None) };
                    Ok::<_, Failure<Infallible>>(if dry_run {
                        Some(preview(conn, &client, reason, &retention)?)
                    } else {
                        remove(conn, &client, reason, &origin, &retention)?
                    })
                })
                .await
                .map_err(broken)?;
            receipts.extend(receipt);
        }
    }
}

fn broken(failure: Failure<Infallible>) -> StorageError {
    match failure {
        Failure::Broken(error) => error,
        Failure::Refused(never) => match never {},
    }
}
