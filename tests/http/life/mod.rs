//! The life of a client after it has registered: what sweeps take and what they leave, and the way back. D14, M06, R27.

mod last_used;
mod removal;
mod restore;
mod sweep;
mod sweep_races;

use grantor::flow::client_sweep::{self, Pace, Swept};
use grantor::flow::{Actor, Origin};

use crate::support::Server;

pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 24 * HOUR;

/// No rests: a test waits for it.
pub const FAST: Pace = Pace { transaction: std::time::Duration::from_mins(1), rest: 0 };

/// What the background job does when it is its turn.
pub async fn sweep(server: &Server) -> Swept {
    client_sweep::sweep(server.means(), &Origin::local(Actor::Server), FAST).await.unwrap()
}

/// Whether the client still is there.
pub fn lives(server: &Server, client_id: &str) -> bool {
    server.client_row(client_id).is_some()
}

/// How many audit events of this kind tell of this client.
pub fn events(server: &Server, kind: &str, client_id: &str) -> i64 {
    server.number(&format!(
        "SELECT COUNT(*) AS number FROM audit_events WHERE kind = '{kind}' AND client_id = '{client_id}'"
    ))
}
