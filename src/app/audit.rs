//! The background jobs of the audit log.

use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use actix_web::web::Data;

use crate::flow::{Means, audit_counts, audit_seal, audit_webhook};

/// How often new events are looked for. Looking costs a read of an index that is empty then.
const SEAL_INTERVAL: Duration = Duration::from_secs(1);
/// How often what was counted is written.
const FLUSH_INTERVAL: Duration = Duration::from_secs(10);
/// How often what is no longer kept is looked for.
const REMOVE_INTERVAL: Duration = Duration::from_mins(1);
/// After a failure a job rests for so long: the reason is in the log once, and not every second.
const REST: Duration = Duration::from_secs(10);

/// Starts the jobs.
#[must_use]
pub fn start(means: &Data<Means>) -> Vec<JoinHandle<()>> {
    let mut jobs = vec![
        actix_web::rt::spawn(seal(Data::clone(means))),
        actix_web::rt::spawn(flush(Data::clone(means))),
        actix_web::rt::spawn(remove_old(Data::clone(means))),
    ];
    if means.config.audit.webhook.is_some() {
        jobs.push(actix_web::rt::spawn(deliver(Data::clone(means))));
    }
    jobs
}

/// Writes what was counted, for the last time.
pub async fn stop(means: &Means) {
    if let Err(error) = audit_counts::flush(means).await {
        tracing::warn!(%error, "the last counts of reads and refusals could not be written");
    }
}

async fn seal(means: Data<Means>) {
    loop {
        tokio::time::sleep(SEAL_INTERVAL).await;
        if let Err(error) = audit_seal::seal(&means).await {
            tracing::warn!(%error, "new events of the audit log could not be sealed");
            tokio::time::sleep(REST).await;
        }
    }
}

async fn deliver(means: Data<Means>) {
    loop {
        tokio::time::sleep(SEAL_INTERVAL).await;
        if let Err(error) = audit_webhook::deliver(&means).await {
            tracing::warn!(%error, "events of the audit log could not be sent");
            tokio::time::sleep(REST).await;
        }
    }
}

async fn flush(means: Data<Means>) {
    loop {
        tokio::time::sleep(FLUSH_INTERVAL).await;
        if let Err(error) = audit_counts::flush(&means).await {
            tracing::warn!(%error, "counts of reads and refusals could not be written and are lost");
        }
    }
}

async fn remove_old(means: Data<Means>) {
    loop {
        tokio::time::sleep(REMOVE_INTERVAL).await;
        match audit_seal::remove_old(&means).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "removed what the audit log no longer keeps"),
            Err(error) => tracing::warn!(%error, "what the audit log no longer keeps could not be removed"),
        }
    }
}
