//! New metadata for a client that is there, by an operator.

use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::register_client::client_secret_expiry;
use crate::flow::{Means, audit, subjects};
use crate::protocol::client::metadata::ClientMetadata;
use crate::protocol::client::registration::Accepted;
use crate::storage::audit_events::{self, Event, EventKind, Origin};
use crate::storage::clients::{self, ChangedClient, Client, ClientPolicy, Source, StoredSecret};
use crate::storage::{DbConnection, StorageError};

/// What replaces the metadata of a client, with the secret that it may need then.
pub(super) struct Replacement {
    pub(super) accepted: Accepted,
    fresh: (Token, Seconds),
}

impl Replacement {
    pub(super) fn new(means: &Means, accepted: Accepted) -> Self {
        let fresh = (means.entropy.token(), client_secret_expiry(means, means.clock.now()));
        Self { accepted, fresh }
    }

    /// Puts it in place and writes it down; the secret, if one was made. The client's row must be locked.
    pub(super) fn put(
        &self,
        conn: &mut DbConnection,
        client: &Client,
        origin: &Origin,
        now: Seconds,
    ) -> Result<Option<Token>, StorageError> {
        let metadata = &self.accepted.metadata;
        let (secret, issued) = next_secret(client, metadata, &self.fresh);
        let changed = ChangedClient {
            metadata,
            secret: secret.as_ref(),
            previous_secret: client.previous_secret.as_ref().filter(|_| secret.is_some()),
            verified_by: self.accepted.verified_by.as_deref(),
        };
        clients::update(conn, client.key, &changed, now)?;
        subjects::end_grants_if_others(conn, client.key, &client.metadata, metadata, now)?;
        if client.source == Source::Operator {
            // What it was given is what it may keep, should it ever manage itself.
            let (grant_types, scopes) = (metadata.grant_types.clone(), Some(metadata.scope.clone()));
            let policy = ClientPolicy { grant_types, scopes, ..client.policy.clone() };
            clients::set_policy(conn, client.key, &policy)?;
        }
        let event = Event {
            kind: EventKind::ClientUpdated,
            origin,
            client_id: Some(&client.client_id),
            details: audit::of_changes(&client.metadata, metadata),
        };
        audit_events::record(conn, &event, now)?;
        Ok(issued)
    }
}

/// A method that needs a secret gets one if there is none; one that needs none has none.
fn next_secret(
    client: &Client,
    metadata: &ClientMetadata,
    (token, expires_at): &(Token, Seconds),
) -> (Option<StoredSecret>, Option<Token>) {
    if !metadata.needs_secret() {
        return (None, None);
    }
    if client.secret.is_some() {
        return (client.secret.clone(), None);
    }
    let stored = StoredSecret { digest: token.digest(), expires_at: *expires_at };
    (Some(stored), Some(token.clone()))
}
