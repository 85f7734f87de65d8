//! What the database knows of a request: its client, who is signed in, and what they allowed before.

use super::{Authorized, page};
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::Means;
use crate::protocol::acr::Acr;
use crate::protocol::authorization::decision::Remembered;
use crate::protocol::authorization::refusal::{PageReason, RemovedBy, RemovedClient};
use crate::storage::browser_sessions::{self, BrowserSession};
use crate::storage::clients::{self, Client};
use crate::storage::consents;
use crate::storage::groups;
use crate::storage::tombstones::{self, RemovalReason, Tombstone};
use crate::storage::{DbConnection, StorageError};

pub(super) struct Known {
    pub(super) client: Client,
    pub(super) session: Option<BrowserSession>,
    pub(super) consents: Vec<Remembered>,
    /// Whether the client is for whoever is signed in.
    pub(super) may_use: bool,
    /// How sure the sign-in of whoever is signed in has to be, whatever it is for.
    pub(super) least_of_person: Option<Acr>,
}

pub(super) fn known(
    conn: &mut DbConnection,
    client_id: &str,
    session: Option<&Token>,
    now: Seconds,
    idle_since: Seconds,
) -> Authorized<Known> {
    let Some(client) = clients::find(conn, client_id)? else { return page(absent(conn, client_id, now)?) };
    let session = match session {
        Some(token) => browser_sessions::find_live(conn, &token.digest(), now, idle_since)?,
        None => None,
    };
    let (consents, may_use, must_have_two) = match &session {
        Some(session) => (
            consents::list(conn, session.user.id, client.key)?,
            groups::may_use(conn, &client, session.user.id)?,
            groups::requires_second_factor(conn, session.user.id)?,
        ),
        None => (Vec::new(), true, false),
    };
    let least_of_person = must_have_two.then_some(Acr::Two);
    Ok(Known { client, session, consents, may_use, least_of_person })
}

/// The client of this id, if it may send anybody here.
pub(in crate::flow) async fn active_client(means: &Means, client_id: String) -> Authorized<Client> {
    let now = means.clock.now();
    let Known { client, .. } =
        means.database.read(move |conn| known(conn, &client_id, None, now, now)).await?;
    refuse_inactive(&client)?;
    Ok(client)
}

/// A client that is not there: was it ever?
fn absent(conn: &mut DbConnection, client_id: &str, now: Seconds) -> Result<PageReason, StorageError> {
    let tombstone = tombstones::find(conn, client_id)?.filter(|tombstone| tombstone.expires_at > now);
    let Some(tombstone) = tombstone else { return Ok(PageReason::UnknownClient) };
    let by = match tombstone.reason {
        RemovalReason::DeletedByClient => RemovedBy::Client,
        RemovalReason::DeletedByOperator => RemovedBy::Operator,
        RemovalReason::NeverUsed | RemovalReason::Idle | RemovalReason::Evicted => RemovedBy::Disuse,
        RemovalReason::IssuerRemoved => RemovedBy::LostTrust,
    };
    let Tombstone { name, removed_at, .. } = tombstone;
    Ok(PageReason::RemovedClient(RemovedClient { name, removed_at, by }))
}

/// A client that may not send anybody here, now or at all.
pub(super) fn refuse_inactive(client: &Client) -> Authorized<()> {
    if client.is_disabled() {
        return page(PageReason::DisabledClient);
    }
    match client.pending_since {
        None => Ok(()),
        Some(since) => {
            let name = client.metadata.localized("client_name", &[]).map(str::to_owned);
            page(PageReason::PendingClient { name, since })
        }
    }
}
