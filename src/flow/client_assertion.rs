//! A client says who it is by a JWT that it signed: with its secret, or with a key of its own. RFC 7521 §4.2, RFC 7523 §3,
//! OpenID Connect Core 1.0 §9.

use super::authenticate_client::may_act;
use super::client_keys::{self, KeySource};
use super::{Means, client_secrets};
use crate::clock::Seconds;
use crate::entropy::Digest;
use crate::keys::{foreign, shared};
use crate::protocol::client::assertion::{AssertionId, AssertionRules, check_claims};
use crate::protocol::client::authentication::{PresentedAssertion, PresentedCredentials, refused_assertion};
use crate::protocol::client::metadata::AuthMethod;
use crate::protocol::server_metadata::paths;
use crate::protocol::token::refusal::TokenRefusal;
use crate::storage::clients::{self, Client};
use crate::storage::{Failure, spent_assertions};

/// An assertion that was verified, and whose id is spent.
#[derive(Clone)]
pub struct ProvenAssertion {
    client_key: i64,
    basis: Basis,
}

/// What a signature was verified with.
#[derive(Clone, PartialEq)]
enum Basis {
    Keys(KeySource),
    Secret(Digest),
}

impl ProvenAssertion {
    /// Whether the client is still the one that signed: looked at again where it counts. RFC 7523 §3.
    #[must_use]
    pub fn holds(&self, client: &Client, now: Seconds) -> bool {
        let stands = match &self.basis {
            Basis::Keys(keys) => KeySource::of(&client.metadata).as_ref() == Some(keys),
            Basis::Secret(digest) => [&client.secret, &client.previous_secret]
                .into_iter()
                .flatten()
                .any(|secret| secret.digest == *digest && !secret.is_expired(now)),
        };
        stands && client.key == self.client_key
    }
}

type Proven<T> = Result<T, Failure<TokenRefusal>>;

/// Verifies an assertion and spends its id. What needs no key comes first: nobody makes us fetch anything by a text that
/// cannot be good. RFC 7523 §3.
pub async fn prove(
    means: &Means,
    presented: &PresentedCredentials,
    assertion: &PresentedAssertion,
) -> Proven<ProvenAssertion> {
    let now = means.clock.now();
    let id = check(means, presented, assertion, now).map_err(Failure::Refused)?;
    let client_id = presented.client_id.clone();
    let found = means
        .database
        .read(move |conn| Ok::<_, Failure<TokenRefusal>>(clients::find(conn, &client_id)?))
        .await?;
    // The registered method and algorithm, exactly.
    let client = found.filter(|client| {
        let pinned = client.metadata.token_endpoint_auth_signing_alg;
        client.metadata.token_endpoint_auth_method == presented.method
            && pinned.is_none_or(|pinned| pinned == assertion.algorithm)
    });
    let basis = match (presented.method, &client) {
        (AuthMethod::ClientSecretJwt, client) => by_secret(means, client.as_ref(), assertion, now)?,
        (_, Some(client)) => by_key(means, client, assertion).await?,
        (_, None) => {
            // As much work as for a client that exists: an unknown one is no faster to refuse.
            foreign::verify_in_vain(&assertion.jwt);
            None
        }
    };
    let (client, basis) =
        client.zip(basis).ok_or_else(|| Failure::Refused(TokenRefusal::invalid_client()))?;
    may_act(&client).map_err(Failure::Refused)?;
    spend(means, client.key, id).await?;
    Ok(ProvenAssertion { client_key: client.key, basis })
}

fn check(
    means: &Means,
    presented: &PresentedCredentials,
    assertion: &PresentedAssertion,
    now: Seconds,
) -> Result<AssertionId, TokenRefusal> {
    let (issuer, settings) = (&means.config.issuer, &means.config.client_assertions);
    let endpoint = issuer.endpoint(paths::TOKEN);
    let both = [issuer.as_str(), endpoint.as_str()];
    let [only_issuer, ..] = both;
    let audiences = if settings.strict_audience { &[only_issuer][..] } else { &both[..] };
    let rules = AssertionRules { audiences, longest_life: settings.max_lifetime };
    check_claims(&assertion.claims, &presented.client_id, rules, now)
        .map_err(|fault| refused_assertion(&fault))
}

/// The secret that signed, of those that work. RFC 7518 §3.2.
fn by_secret(
    means: &Means,
    client: Option<&Client>,
    assertion: &PresentedAssertion,
    now: Seconds,
) -> Proven<Option<Basis>> {
    let secrets = match client {
        Some(client) => client_secrets::readable(means, client, now).map_err(Failure::Broken)?,
        None => Vec::new(),
    };
    if secrets.is_empty() {
        // As much work as with a secret.
        let _ = shared::verify(&assertion.jwt, &[0; 43]);
    }
    let signed = |secret: &&client_secrets::ReadableSecret| shared::verify(&assertion.jwt, secret.bytes());
    Ok(secrets.iter().find(signed).map(|secret| Basis::Secret(secret.digest().clone())))
}

async fn by_key(means: &Means, client: &Client, assertion: &PresentedAssertion) -> Proven<Option<Basis>> {
    let Some(source) = KeySource::of(&client.metadata) else { return Ok(None) };
    match client_keys::verify(means, client, &assertion.jwt).await {
        Ok(_) => Ok(Some(Basis::Keys(source))),
        Err(Failure::Refused(fault)) => {
            tracing::info!(client = client.client_id, %fault, "an assertion of a client was refused");
            Ok(None)
        }
        Err(Failure::Broken(error)) => Err(Failure::Broken(error)),
    }
}

/// Once, whatever becomes of the request: a second one with this id is a copy.
async fn spend(means: &Means, client_key: i64, id: AssertionId) -> Proven<()> {
    means
        .database
        .write(move |conn| {
            if !clients::hold(conn, client_key)? {
                return Err(Failure::Refused(TokenRefusal::invalid_client()));
            }
            if spent_assertions::spend(conn, client_key, &id.digest, id.spent_until)? {
                Ok(())
            } else {
                Err(Failure::Refused(refused_assertion(&"its jti was used before")))
            }
        })
        .await
}
