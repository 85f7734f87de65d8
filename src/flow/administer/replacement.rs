//! New metadata for a client that is there, by an operator.

use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::client_secrets::{FreshSecret, kept};
use crate::flow::register_client::client_secret_expiry;
use crate::flow::{Means, audit, subjects};
use crate::protocol::client::registration::Accepted;
use crate::storage::audit_events::{self, Event, EventKind, Origin};
use crate::storage::clients::{self, ChangedClient, Client, ClientPolicy, Source, StoredSecret};
use crate::storage::{DbConnection, StorageError};

/// What replaces the metadata of a client, with the secret that it may need then.
pub(super) struct Replacement {
    pub(super) accepted: Accepted,
    fresh: FreshSecret,
    /// Whether the secret is one that the client has from elsewhere: nobody is told it.
    is_given: bool,
}

impl Replacement {
    pub(super) fn new(
        means: &Means,
        client_id: &str,
        accepted: Accepted,
        given: Option<Token>,
    ) -> Result<Self, StorageError> {
        let expires_at = client_secret_expiry(means, means.clock.now());
        let is_given = given.is_some();
        let secret = given.unwrap_or_else(|| means.entropy.token());
        Ok(Self { accepted, fresh: FreshSecret::new(means, client_id, secret, expires_at)?, is_given })
    }

    /// The secret of a client that is about to be made; and in clear, if somebody has still to be told it.
    pub(super) fn first_secret(&self) -> (Option<StoredSecret>, Option<Token>) {
        let metadata = &self.accepted.metadata;
        if !metadata.needs_secret() {
            return (None, None);
        }
        (Some(self.fresh.stored(metadata)), (!self.is_given).then(|| self.fresh.token.clone()))
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
        let (secret, issued) = match kept(&client.secret, metadata) {
            // A method that needs a secret gets one if there is none that goes with it; one that needs none has none.
            Some(secret) if metadata.needs_secret() => (Some(secret), None),
            _ => self.first_secret(),
        };
        let previous_secret = kept(&client.previous_secret, metadata).filter(|_| secret.is_some());
        let changed = ChangedClient {
            metadata,
            secret: secret.as_ref(),
            previous_secret: previous_secret.as_ref(),
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
