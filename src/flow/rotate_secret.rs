//! A client gets a new secret: from an operator, or by its own update. RFC 7591 §3.2.1, RFC 7592 §2.2.

use super::client_secrets::{FreshSecret, kept};
use super::register_client::client_secret_expiry;
use super::{Means, audit};
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::protocol::client::metadata::ClientMetadata;
use crate::storage::audit_events::{self, Event, EventKind, Origin};
use crate::storage::clients::{self, ChangedClient, Client, StoredSecret};
use crate::storage::{DbConnection, Failure, StorageError};

/// The secrets that a client has from now on. RFC 7591 §3.2.1.
pub struct Secrets {
    pub secret: Option<StoredSecret>,
    /// The one before, while both work.
    pub previous_secret: Option<StoredSecret>,
    /// Whether `secret` is new.
    pub is_fresh: bool,
}

/// What an update does to the secret. A method that needs none deletes it. One that needs it gets a new one if there is
/// none, or if it has expired or is in the last tenth of its life, and the old one works on to its own end. RFC 7592 §2.2.
#[must_use]
pub fn renewed_by_client(
    client: &Client,
    metadata: &ClientMetadata,
    fresh: &FreshSecret,
    lifetime: Seconds,
    now: Seconds,
) -> Secrets {
    if !metadata.needs_secret() {
        return Secrets { secret: None, previous_secret: None, is_fresh: false };
    }
    let alive =
        |secret: &Option<StoredSecret>| kept(secret, metadata).filter(|secret| !secret.is_expired(now));
    match &kept(&client.secret, metadata) {
        Some(secret) if secret.expires_at == 0 || secret.expires_at - now > lifetime / 10 => Secrets {
            secret: Some(secret.clone()),
            previous_secret: alive(&client.previous_secret),
            is_fresh: false,
        },
        current => {
            Secrets { secret: Some(fresh.stored(metadata)), previous_secret: alive(current), is_fresh: true }
        }
    }
}

/// Why an operator gets no new secret for a client. RFC 7591 §2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotateRefusal {
    /// There is no client of this id.
    Unknown,
    /// Its method needs no secret.
    Public,
}

/// A new secret in clear, this once. RFC 7591 §3.2.1.
pub struct RotatedSecret {
    pub client_secret: Token,
    /// 0 = never.
    pub client_secret_expires_at: Seconds,
    /// Until when the one before works, if it still does.
    pub previous_expires_at: Option<Seconds>,
}

/// A rotation by an operator, made ready before its transaction. RFC 7591 §3.2.1.
pub struct SecretRotation {
    client_id: String,
    fresh: FreshSecret,
    overlap: Seconds,
    origin: Origin,
    now: Seconds,
}

impl SecretRotation {
    /// A new secret for this client. `overlap` is how long the old one works on: as the settings say if it is `None`, not
    /// at all if it is 0. RFC 7591 §3.2.1.
    pub fn new(
        means: &Means,
        client_id: &str,
        overlap: Option<Seconds>,
        origin: Origin,
    ) -> Result<Self, StorageError> {
        let now = means.clock.now();
        let (token, expires_at) = (means.entropy.token(), client_secret_expiry(means, now));
        Ok(Self {
            client_id: client_id.to_owned(),
            fresh: FreshSecret::new(means, client_id, token, expires_at)?,
            overlap: overlap.unwrap_or(means.config.registration.secret_overlap),
            origin,
            now,
        })
    }

    /// Stores it. Of tokens that were issued already, none is touched. RFC 7591 §3.2.1.
    pub fn run(&self, conn: &mut DbConnection) -> Result<RotatedSecret, Failure<RotateRefusal>> {
        let unknown = || Failure::Refused(RotateRefusal::Unknown);
        let key = clients::find(conn, &self.client_id)?.ok_or_else(unknown)?.key;
        let client = clients::lock(conn, key)?.ok_or_else(unknown)?;
        if !client.metadata.needs_secret() {
            return Err(Failure::Refused(RotateRefusal::Public));
        }
        let secrets = Secrets {
            secret: Some(self.fresh.stored(&client.metadata)),
            previous_secret: self.outgoing(&client),
            is_fresh: true,
        };
        let changed = ChangedClient {
            metadata: &client.metadata,
            secret: secrets.secret.as_ref(),
            previous_secret: secrets.previous_secret.as_ref(),
            verified_by: client.verified_by.as_deref(),
        };
        clients::update(conn, key, &changed, self.now)?;
        let event = Event {
            kind: EventKind::ClientSecretRotated,
            origin: &self.origin,
            client_id: Some(&client.client_id),
            details: audit::of_rotated_secret(&secrets),
        };
        audit_events::record(conn, &event, self.now)?;
        Ok(RotatedSecret {
            client_secret: self.fresh.token.clone(),
            client_secret_expires_at: self.fresh.expires_at,
            previous_expires_at: secrets.previous_secret.map(|secret| secret.expires_at),
        })
    }

    /// The secret until now, for as long as both work: to its own end at most.
    fn outgoing(&self, client: &Client) -> Option<StoredSecret> {
        let current = client.secret.clone()?;
        if self.overlap == 0 || current.is_expired(self.now) {
            return None;
        }
        let until = self.now + self.overlap;
        let expires_at = if current.expires_at == 0 { until } else { until.min(current.expires_at) };
        Some(StoredSecret { expires_at, ..current })
    }
}

/// An operator gives a client a new secret; see [`SecretRotation::new`]. RFC 7591 §3.2.1.
pub async fn rotate(
    means: &Means,
    client_id: &str,
    origin: Origin,
    overlap: Option<Seconds>,
) -> Result<RotatedSecret, Failure<RotateRefusal>> {
    let rotation = SecretRotation::new(means, client_id, overlap, origin)?;
    means.database.write(move |conn| rotation.run(conn)).await
}
