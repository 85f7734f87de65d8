//! The background job that fetches the logos of clients.

use std::time::Duration;

use actix_web::web::Data;

use crate::flow::{Means, client_pictures};

/// How often they are looked for that another server or the command line wants. This server's own are fetched at once.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);
/// After a failure the job rests for so long.
const REST: Duration = Duration::from_secs(10);

/// Fetches what is due, for ever.
pub async fn fetch(means: Data<Means>) {
    loop {
        // Which of the two it was does not matter.
        let _ = tokio::time::timeout(LOOK_INTERVAL, means.pictures_wanted.notified()).await;
        if let Err(error) = client_pictures::fetch_due(&means).await {
            tracing::warn!(%error, "the logos of clients could not be fetched");
            tokio::time::sleep(REST).await;
        }
    }
}
