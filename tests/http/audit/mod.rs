//! The audit log: its chain, its counts, its events and its webhook.

use grantor::flow::audit_verify::{self, Fault, Verified};
use grantor::flow::{audit, audit_seal};
use grantor::storage::audit_chain::Link;
use grantor::storage::audit_events::StoredEvent;

use crate::support::Server;

mod chain;
mod counts;
mod events;
pub mod webhook;

/// Waits until nothing is left to be sealed, by this server's job or by us.
pub async fn seal_all(server: &Server) {
    for _ in 0..500 {
        audit_seal::seal(server.means()).await.unwrap();
        if server.number("SELECT count(*) AS number FROM audit_events WHERE sequence IS NULL") == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("events stay unsealed");
}

async fn verify(server: &Server, kept: Option<Link>) -> Verified {
    audit_verify::verify(server.means(), kept).await.unwrap()
}

async fn fault(server: &Server, kept: Option<Link>) -> Option<Fault> {
    verify(server, kept).await.fault
}

/// Every sealed event in order.
async fn sealed(server: &Server) -> Vec<StoredEvent> {
    let mut all: Vec<StoredEvent> = Vec::new();
    loop {
        let after = all.last().and_then(|event| event.sequence).unwrap_or(0);
        let page = audit::export_page(server.means(), after, 100).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}
