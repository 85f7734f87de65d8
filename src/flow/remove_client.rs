//! Removes a client and everything that was issued to it, and leaves a tombstone. RFC 7592 §2.3.
//!
//! Whoever removes a client calls this, in a transaction of its own: the client itself, an operator, a sweep, the ceiling.

use serde::Serialize;
use serde_json::json;

use super::Means;
use crate::clock::Seconds;
use crate::storage::audit_events::{Event, EventKind, Origin, record};
use crate::storage::clients::{self, Belongings, Client, Source};
use crate::storage::tombstones::{self, Tombstone};
use crate::storage::{DbConnection, StorageError, logout_deliveries, server_state, session_clients};

pub use crate::storage::tombstones::RemovalReason;

/// What went: the same numbers as a preview a moment before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    pub client_id: String,
    /// How many rows of each kind went with the client.
    pub belongings: Belongings,
    /// Until when it can be restored; `None` = it cannot.
    pub restorable_until: Option<Seconds>,
}

/// How long what is left of a client is kept.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    pub now: Seconds,
    /// For so long the client can be restored; 0 = not at all.
    pub undo: Seconds,
    /// For so long somebody who uses the client is told that it is gone.
    pub tombstone_lifetime: Seconds,
}

impl Retention {
    /// As the settings say, from now on.
    #[must_use]
    pub fn of(means: &Means) -> Self {
        Self {
            now: means.clock.now(),
            undo: means.config.registration.undo,
            tombstone_lifetime: means.config.registration.tombstone_lifetime,
        }
    }

    /// A client that is its document comes back by itself when it is used again.
    fn restorable_until(&self, client: &Client, reason: RemovalReason) -> Option<Seconds> {
        let undo = self.undo.min(self.tombstone_lifetime);
        let may_be_undone = reason.may_be_undone() && client.source != Source::Document;
        (may_be_undone && undo > 0).then_some(self.now + undo)
    }
}

/// What removing the client would take with it. Writes nothing.
pub fn preview(
    conn: &mut DbConnection,
    client: &Client,
    reason: RemovalReason,
    retention: &Retention,
) -> Result<Receipt, StorageError> {
    Ok(Receipt {
        client_id: client.client_id.clone(),
        belongings: clients::belongings(conn, client.key)?,
        restorable_until: retention.restorable_until(client, reason),
    })
}

/// Removes the client in the caller's transaction: tombstone, audit event, and one DELETE that takes by foreign key
/// whatever was issued to it. `None` if it was gone already: then nothing is written.
pub fn remove(
    conn: &mut DbConnection,
    client: &Client,
    reason: RemovalReason,
    origin: &Origin,
    retention: &Retention,
) -> Result<Option<Receipt>, StorageError> {
    // As it is now: the caller may have read it before somebody changed it.
    let Some(client) = clients::lock(conn, client.key)? else { return Ok(None) };
    let receipt = preview(conn, &client, reason, retention)?;
    let snapshot = match receipt.restorable_until {
        Some(_) => Some(tombstones::snapshot(conn, &client)?),
        None => tombstones::limits(conn, &client)?,
    };
    let tombstone = Tombstone {
        client_id: client.client_id.clone(),
        name: client.metadata.client_name.clone(),
        source: client.source,
        reason,
        removed_at: retention.now,
        expires_at: retention.now + retention.tombstone_lifetime,
        restorable_until: receipt.restorable_until,
    };
    tombstones::insert(conn, &tombstone, snapshot.as_ref())?;
    record(conn, &event(&client, &receipt, reason, origin), retention.now)?;
    for (sid, subject) in session_clients::of_client(conn, client.key, retention.now)? {
        logout_deliveries::insert(conn, &client, &subject, &sid, retention.now)?;
    }
    clients::delete(conn, client.key)?;
    if receipt.belongings.resource_introspectors > 0 {
        server_state::bump(conn, server_state::RESOURCES_VERSION)?;
    }
    Ok(Some(receipt))
}

fn event<'a>(client: &'a Client, receipt: &Receipt, reason: RemovalReason, origin: &'a Origin) -> Event<'a> {
    let kind = match reason {
        RemovalReason::DeletedByClient | RemovalReason::DeletedByOperator => EventKind::ClientDeleted,
        RemovalReason::NeverUsed
        | RemovalReason::Idle
        | RemovalReason::Evicted
        | RemovalReason::IssuerRemoved => EventKind::ClientRemoved,
    };
    Event {
        kind,
        origin,
        client_id: Some(&client.client_id),
        details: json!({
            "reason": reason.as_str(),
            "source": client.source.as_str(),
            "name": client.metadata.client_name,
            "belongings": receipt.belongings,
        }),
    }
}
