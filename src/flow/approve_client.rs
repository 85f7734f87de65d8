//! An operator lets a pending client work. The policy it came under asked for that.

use serde_json::json;

use crate::clock::Seconds;
use crate::storage::audit_events::{Event, EventKind, Origin, record};
use crate::storage::clients;
use crate::storage::{DbConnection, StorageError};

/// What became of an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    Approved,
    /// It waits for nobody: nothing was written.
    NotPending,
    UnknownClient,
}

/// Approves the client in the caller's transaction, with its audit event.
pub fn approve(
    conn: &mut DbConnection,
    client_id: &str,
    origin: &Origin,
    now: Seconds,
) -> Result<Approval, StorageError> {
    let Some(client) = clients::find(conn, client_id)? else { return Ok(Approval::UnknownClient) };
    if !clients::approve(conn, client.key, now)? {
        return Ok(Approval::NotPending);
    }
    let details = json!({ "name": client.metadata.client_name, "pending_since": client.pending_since });
    let event = Event { kind: EventKind::ClientApproved, origin, client_id: Some(client_id), details };
    record(conn, &event, now)?;
    Ok(Approval::Approved)
}
