//! What a provider publishes about itself, fetched when it is due and remembered for a while. OpenID Connect Discovery §4.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::sealing;
use crate::clock::Seconds;
use crate::fetch::{FetchError, Purpose};
use crate::flow::Means;
use crate::keys::foreign::ForeignKeys;
use crate::protocol::json::parse_object;
use crate::protocol::upstream::{UpstreamFault, UpstreamMetadata};
use crate::storage::StorageError;
use crate::storage::upstream_providers::UpstreamProvider;

/// So long it is believed without asking again.
const FRESH_FOR: Seconds = 600;
/// Keys that nobody knows are a reason to ask again, but not more often than this.
const AT_MOST_EVERY: Seconds = 10;

/// Why a provider cannot be used; completes "The provider …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderFault {
    #[error("does not answer as it should: {0}")]
    Fetch(FetchError),
    #[error("serves something that is no JSON object")]
    NoObject,
    #[error("serves no keys that can be used here: RS256, PS256, ES256 and EdDSA can")]
    NoKeys,
    #[error("{0}")]
    Metadata(UpstreamFault),
}

/// A provider as it was found at a time.
#[derive(Debug)]
pub(super) struct Published {
    pub metadata: UpstreamMetadata,
    pub keys: ForeignKeys,
    fetched_at: Seconds,
}

/// What is remembered of providers, by issuer: there are as many as operators added.
#[derive(Default)]
pub struct Known(Mutex<HashMap<String, Arc<Published>>>);

impl Known {
    fn get(&self, issuer: &str) -> Option<Arc<Published>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned()
    }

    fn put(&self, issuer: &str, published: &Arc<Published>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(issuer.to_owned(), Arc::clone(published));
    }
}

/// Metadata and keys of this issuer. OpenID Connect Discovery §4.
pub(super) async fn published(means: &Means, issuer: &str) -> Result<Arc<Published>, ProviderFault> {
    not_older_than(means, issuer, FRESH_FOR).await
}

/// As [`published`], after a key was used that is not among those: they may have been replaced. RFC 7517 §5.
pub(super) async fn published_again(means: &Means, issuer: &str) -> Result<Arc<Published>, ProviderFault> {
    not_older_than(means, issuer, AT_MOST_EVERY).await
}

async fn not_older_than(means: &Means, issuer: &str, age: Seconds) -> Result<Arc<Published>, ProviderFault> {
    let now = means.clock.now();
    if let Some(known) = means.upstreams.get(issuer)
        && (0..age).contains(&(now - known.fetched_at))
    {
        return Ok(known);
    }
    let found = Arc::new(fetch(means, issuer).await?);
    means.upstreams.put(issuer, &found);
    Ok(found)
}

async fn fetch(means: &Means, issuer: &str) -> Result<Published, ProviderFault> {
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    let document = get(means, &format!("{base}/.well-known/openid-configuration")).await?;
    let Value::Object(document) = document else { return Err(ProviderFault::NoObject) };
    let metadata = UpstreamMetadata::read(&document, issuer).map_err(ProviderFault::Metadata)?;
    let keys = get(means, &metadata.jwks_uri).await?;
    let keys = ForeignKeys::read(&keys).filter(|keys| !keys.is_empty()).ok_or(ProviderFault::NoKeys)?;
    Ok(Published { metadata, keys, fetched_at: means.clock.now() })
}

async fn get(means: &Means, url: &str) -> Result<Value, ProviderFault> {
    let fetched = means.fetcher.get(url, Purpose::Upstream).await.map_err(ProviderFault::Fetch)?;
    parse_object(&fetched.body).map(Value::Object).map_err(|_| ProviderFault::NoObject)
}

/// Asks a provider that somebody is about to add: what is wrong with it, if anything is.
pub async fn examine(means: &Means, issuer: &str) -> Result<(), ProviderFault> {
    not_older_than(means, issuer, 0).await.map(drop)
}

/// The secret by which this server proves itself at the provider of this name, as it is stored.
pub fn seal_secret(means: &Means, name: &str, secret: &str) -> Result<Vec<u8>, StorageError> {
    let sealed = means.derived.upstream_secrets.seal(means.entropy, secret.as_bytes(), &context(name));
    sealed.map_err(|error| sealing(&error))
}

/// The same secret in clear; `None` for a public client.
pub(super) fn secret(means: &Means, provider: &UpstreamProvider) -> Result<Option<String>, StorageError> {
    let Some(sealed) = &provider.sealed_secret else { return Ok(None) };
    let plain = means.derived.upstream_secrets.open(sealed, &context(&provider.name));
    let plain = plain.map_err(|error| sealing(&error))?;
    String::from_utf8(plain).map(Some).map_err(|_| StorageError::Corrupt("upstream_providers.sealed_secret"))
}

/// It opens in the row of its provider only.
fn context(name: &str) -> String {
    format!("client secret at {name}")
}

/// Where the provider sends people back to.
pub(super) fn redirect_uri(means: &Means, name: &str) -> String {
    means.config.issuer.endpoint(&format!("/upstream/{name}/callback"))
}
