//! Client secrets that the server can read again: of those clients alone that sign with them, sealed with a key that is derived from
//! the master key. Of every other secret only a digest is kept. OpenID Connect Core 1.0 §9.

use super::Means;
use crate::clock::Seconds;
use crate::entropy::{Digest, Entropy, Token};
use crate::keys::{KeyError, MasterKey};
use crate::protocol::client::metadata::ClientMetadata;
use crate::storage::StorageError;
use crate::storage::clients::{Client, StoredSecret};

/// A new secret, and what is needed to store it for whichever method the client has when it is stored.
#[derive(Clone)]
pub struct FreshSecret {
    pub token: Token,
    pub expires_at: Seconds,
    sealed: Vec<u8>,
}

impl FreshSecret {
    /// Sealed for this client. RFC 7591 §3.2.1.
    pub fn new(
        means: &Means,
        client_id: &str,
        token: Token,
        expires_at: Seconds,
    ) -> Result<Self, StorageError> {
        let sealed = seal(&means.derived.client_secrets, means.entropy, client_id, &token)
            .map_err(|error| broken(&error))?;
        Ok(Self { token, expires_at, sealed })
    }

    /// As it is stored: readable exactly if the method demands it. OpenID Connect Core 1.0 §9.
    #[must_use]
    pub fn stored(&self, metadata: &ClientMetadata) -> StoredSecret {
        StoredSecret {
            digest: self.token.digest(),
            expires_at: self.expires_at,
            sealed: metadata.needs_readable_secret().then(|| self.sealed.clone()),
        }
    }
}

/// A secret in clear, for as long as a signature is looked at.
pub struct ReadableSecret {
    secret: Vec<u8>,
    digest: Digest,
}

impl ReadableSecret {
    /// The key of an HMAC. OpenID Connect Core 1.0 §10.1.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.secret
    }

    /// By which it is known in the registry.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }
}

/// The secrets of a client that work now, the one before last rotation included. RFC 7591 §3.2.1.
pub fn readable(means: &Means, client: &Client, now: Seconds) -> Result<Vec<ReadableSecret>, StorageError> {
    let alive = [&client.secret, &client.previous_secret].into_iter().flatten();
    alive
        .filter(|secret| !secret.is_expired(now))
        .filter_map(|stored| Some((stored.sealed.as_deref()?, &stored.digest)))
        .map(|(sealed, digest)| {
            let secret = means.derived.client_secrets.open(sealed, &context(&client.client_id));
            Ok(ReadableSecret { secret: secret.map_err(|error| broken(&error))?, digest: digest.clone() })
        })
        .collect()
}

/// What stays of a secret when the method of its client changes: none that can be read where none need be. Where one must be
/// and is not, the client needs a new one. OpenID Connect Core 1.0 §9.
#[must_use]
pub fn kept(secret: &Option<StoredSecret>, metadata: &ClientMetadata) -> Option<StoredSecret> {
    let secret = secret.clone()?;
    if metadata.needs_readable_secret() {
        return secret.sealed.is_some().then_some(secret);
    }
    Some(StoredSecret { sealed: None, ..secret })
}

fn seal(key: &MasterKey, entropy: Entropy, client_id: &str, secret: &Token) -> Result<Vec<u8>, KeyError> {
    key.seal(entropy, secret.expose().as_bytes(), &context(client_id))
}

/// It opens in the row of its client only.
fn context(client_id: &str) -> String {
    format!("client secret of {client_id}")
}

fn broken(error: &KeyError) -> StorageError {
    StorageError::Internal(error.to_string())
}
