//! Somebody leaves for another provider, to come back from it. OpenID Connect Core §3.1.2.1.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::{Done, LIFETIME, UpstreamRefusal, provider, refuse, sealing};
use crate::entropy::Token;
use crate::flow::Means;
use crate::flow::attempts::{Guess, place};
use crate::protocol::pkce::S256;
use crate::protocol::redirect_uri::append_query;
use crate::storage::upstream_providers::{self, UpstreamProvider};
use crate::storage::upstream_requests::{self, UpstreamRequest};
use crate::storage::{Failure, StorageError};

/// So many begin in a minute from one network.
const BEGUN_PER_MINUTE: u32 = 120;

/// Who leaves, and where to afterwards.
pub struct Leaving {
    /// Tells this browser from others.
    pub browser: Token,
    /// The authorization request that the sign-in is for.
    pub thread: Option<Token>,
    /// A page of ours.
    pub return_to: Option<String>,
    /// The row id of who links an account; `None` = somebody signs in.
    pub links_to: Option<i64>,
    pub address: Option<IpAddr>,
}

/// The way out.
pub struct Departure {
    pub location: String,
    /// What the provider is called.
    pub label: String,
}

/// What only this server may know of a sign-in that is under way.
#[derive(Serialize, Deserialize)]
pub(super) struct Secrets {
    pub nonce: String,
    pub verifier: String,
    pub thread: Option<String>,
}

impl Secrets {
    fn seal(&self, means: &Means, state: &Token) -> Result<Vec<u8>, StorageError> {
        let json = serde_json::to_vec(self).map_err(|error| StorageError::Internal(error.to_string()))?;
        let sealed = means.derived.upstream_secrets.seal(means.entropy, &json, &context(state));
        sealed.map_err(|error| sealing(&error))
    }

    pub(super) fn open(means: &Means, sealed: &[u8], state: &Token) -> Result<Self, StorageError> {
        let json = means.derived.upstream_secrets.open(sealed, &context(state));
        let json = json.map_err(|error| sealing(&error))?;
        serde_json::from_slice(&json).map_err(|_| StorageError::Corrupt("upstream_requests.sealed"))
    }
}

/// It opens in the row of its request only.
fn context(state: &Token) -> String {
    format!("sign-in under way {}", URL_SAFE_NO_PAD.encode(state.digest().as_bytes()))
}

/// The provider of this name, if people can sign in by it.
pub(super) async fn find(means: &Means, name: &str) -> Done<UpstreamProvider> {
    let name = name.to_owned();
    let found = means
        .database
        .read(move |conn| Ok::<_, Failure<UpstreamRefusal>>(upstream_providers::find_by_name(conn, &name)?))
        .await?;
    let enabled = found.filter(|provider| provider.disabled_at.is_none());
    enabled.ok_or(Failure::Refused(UpstreamRefusal::NoProvider))
}

/// Notes who leaves and returns the address of the provider: with a state that only this browser can bring back, a nonce and a
/// challenge. OpenID Connect Core §3.1.2.1, RFC 7636 §4.3.
pub async fn depart(means: &Means, name: &str, leaving: Leaving) -> Done<Departure> {
    let now = means.clock.now();
    let from = place(leaving.address);
    if let Some(seconds) = means.challenges.wait(Guess::UpstreamRequest, &from, BEGUN_PER_MINUTE, now) {
        return refuse(UpstreamRefusal::TooMany(seconds));
    }
    means.challenges.failed(Guess::UpstreamRequest, &from, now);
    let provider = find(means, name).await?;
    let published = match provider::published(means, &provider.issuer).await {
        Ok(published) => published,
        Err(fault) => {
            tracing::warn!(provider = %name, "an upstream provider cannot be used: it {fault}");
            return refuse(UpstreamRefusal::Provider);
        }
    };
    let (state, nonce, verifier) = (means.entropy.token(), means.entropy.token(), means.entropy.token());
    let location = append_query(
        &published.metadata.authorization_endpoint,
        &[
            ("response_type", "code"),
            ("client_id", &provider.client_id),
            ("redirect_uri", &provider::redirect_uri(means, name)),
            ("scope", &provider.scopes),
            ("state", state.expose()),
            ("nonce", nonce.expose()),
            ("code_challenge", &URL_SAFE_NO_PAD.encode(verifier.digest().as_bytes())),
            ("code_challenge_method", S256),
        ],
    );
    let secrets = Secrets {
        nonce: nonce.expose().to_owned(),
        verifier: verifier.expose().to_owned(),
        thread: leaving.thread.map(|thread| thread.expose().to_owned()),
    };
    let request = UpstreamRequest {
        provider_id: provider.id,
        user_id: leaving.links_to,
        return_to: leaving.return_to,
        sealed: secrets.seal(means, &state)?,
    };
    let (digest, browser) = (state.digest(), leaving.browser.digest());
    means
        .database
        .write(move |conn| {
            if upstream_providers::hold(conn, request.provider_id)?.is_none() {
                return refuse(UpstreamRefusal::NoProvider);
            }
            Ok(upstream_requests::insert(conn, &digest, &browser, &request, now + LIFETIME)?)
        })
        .await?;
    Ok(Departure { location, label: provider.label })
}
