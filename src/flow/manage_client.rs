//! A client reads, updates and deletes its own registration. RFC 7592 §2.

use serde_json::{Map, Value};

use super::Means;
use super::accept_metadata::{Submission, accept};
use super::attempts::{Guess, place};
use super::register_client::{client_secret_expiry, registration_token_expiry};
use super::remove_client::{RemovalReason, Retention, remove};
use crate::clock::Seconds;
use crate::config::RegistrationTokenRotation;
use crate::entropy::{Digest, Token};
use crate::protocol::bearer::BearerRefusal;
use crate::protocol::client::refusal::{RegistrationErrorCode, RegistrationRefusal};
use crate::protocol::client::registration::{Accepted, Door, check_update};
use crate::storage::audit_events::Origin;
use crate::storage::clients::{self, ChangedClient, Client, StoredSecret};
use crate::storage::registration_access_tokens::{self, TokenState};
use crate::storage::{DbConnection, Failure};

/// Why a call of the configuration endpoint is refused.
#[derive(Debug)]
pub enum ManageRefusal {
    /// RFC 6750 §3.1; one answer for every token that is not good. RFC 7592 §2.
    Bearer(BearerRefusal),
    /// RFC 7592 §2.2.
    Registration(RegistrationRefusal),
}

impl From<BearerRefusal> for ManageRefusal {
    fn from(refusal: BearerRefusal) -> Self {
        Self::Bearer(refusal)
    }
}

/// Who calls: the token presented at one client's configuration endpoint.
#[derive(Clone)]
pub struct Caller {
    pub client_id: String,
    pub token: Token,
    /// For the audit log: whoever holds the token, and where from.
    pub origin: Origin,
}

/// A registration as it stands.
pub struct Registration {
    pub client: Client,
    /// Only when newly issued.
    pub client_secret: Option<Token>,
    /// The presented one, or the new one after a rotation. REQUIRED by RFC 7592 §3.
    pub registration_access_token: Token,
}

type Managed<T> = Result<T, Failure<ManageRefusal>>;

/// The registration. RFC 7592 §2.1.
pub async fn read(means: &Means, caller: Caller) -> Managed<Registration> {
    let (state, client) = identify(means, &caller).await?;
    if state.is_first_use() {
        let (key, digest, now) = (client.key, caller.token.digest(), means.clock.now());
        means
            .database
            .write(move |conn| {
                hold_with_token(conn, key, &digest, now)?;
                Ok(registration_access_tokens::mark_used(conn, key, &digest, now)?)
            })
            .await?;
    }
    Ok(Registration { client, client_secret: None, registration_access_token: caller.token })
}

/// Deletes the client and, by foreign key, everything that was issued to it. RFC 7592 §2.3.
pub async fn delete(means: &Means, caller: Caller) -> Managed<()> {
    let (_, client) = identify(means, &caller).await?;
    let (key, digest, retention) = (client.key, caller.token.digest(), Retention::of(means));
    means
        .database
        .write(move |conn| {
            let client = hold_with_token(conn, key, &digest, retention.now)?;
            remove(conn, &client, RemovalReason::DeletedByClient, &caller.origin, &retention)?;
            Ok(())
        })
        .await
}

/// Replaces the metadata; omitted members go back to their defaults. RFC 7592 §2.2.
pub async fn update(means: &Means, caller: Caller, submitted: Map<String, Value>) -> Managed<Registration> {
    let now = means.clock.now();
    let (_, client) = identify(means, &caller).await?;
    let refused = |refusal| Failure::Refused(ManageRefusal::Registration(refusal));
    let presented_secret =
        check_update(&submitted, &client.client_id).map_err(refused)?.map(Token::presented);
    check_secret(&client, presented_secret.as_ref(), now).map_err(refused)?;
    let submission = Submission {
        members: &submitted,
        policy: &client.policy,
        door: Door::Client,
        earlier: Some(&client.metadata),
    };
    let accepted = accept(means, submission).await.map_err(refused)?;
    let update = Update {
        client_key: client.key,
        presented: caller.token.digest(),
        accepted,
        fresh_secret: means.entropy.token(),
        fresh_secret_expires_at: client_secret_expiry(means, now),
        secret_lifetime: means.config.registration.client_secret_lifetime,
        successor: rotates(means).then(|| means.entropy.token()),
        successor_expires_at: registration_token_expiry(means, now),
        grace: means.config.registration_access_token.grace,
    };
    let successor = update.successor.clone();
    let (client, client_secret) = means.database.write(move |conn| apply(conn, &update, now)).await?;
    Ok(Registration { client, client_secret, registration_access_token: successor.unwrap_or(caller.token) })
}

/// The client that the token opens, if it is the one of the path. Equal work for every token that is not good: one query.
async fn identify(means: &Means, caller: &Caller) -> Managed<(TokenState, Client)> {
    let (now, place) = (means.clock.now(), place(caller.origin.address));
    let digest = caller.token.digest();
    let found = means
        .database
        .read(move |conn| Ok::<_, Failure<ManageRefusal>>(registration_access_tokens::find(conn, &digest)?))
        .await?;
    match found {
        Some((state, client)) if state.is_alive(now) && client.client_id == caller.client_id => {
            if client.is_disabled() {
                return Err(Failure::Refused(BearerRefusal::Disabled.into()));
            }
            Ok((state, client))
        }
        found => {
            note_reuse(found.as_ref(), caller, now);
            // Whoever has a good token is let in all the same: others may share the address.
            let limit = means.config.registration.failures_per_minute;
            let wait = means.attempts.wait(Guess::RegistrationAccessToken, &place, limit, now);
            means.attempts.failed(Guess::RegistrationAccessToken, &place, now);
            let refusal = wait.map_or(BearerRefusal::InvalidToken, BearerRefusal::TooMany);
            Err(Failure::Refused(refusal.into()))
        }
    }
}

/// A token that was rotated out and is used all the same: somebody lost it, or somebody took it.
fn note_reuse(found: Option<&(TokenState, Client)>, caller: &Caller, now: Seconds) {
    if let Some((state, client)) = found
        && client.client_id == caller.client_id
        && !state.is_alive(now)
    {
        tracing::warn!(client_id = %client.client_id, "registration_access_token_reuse: a dead registration access token was presented");
    }
}

/// Inside the transaction that depends on it: the client still is there and enabled, and the token still opens it.
fn hold_with_token(conn: &mut DbConnection, key: i64, digest: &Digest, now: Seconds) -> Managed<Client> {
    let invalid = || Failure::Refused(BearerRefusal::InvalidToken.into());
    let client = clients::lock(conn, key)?.ok_or_else(invalid)?;
    let state = registration_access_tokens::state(conn, key, digest)?.ok_or_else(invalid)?;
    if !state.is_alive(now) {
        Err(invalid())
    } else if client.is_disabled() {
        Err(Failure::Refused(BearerRefusal::Disabled.into()))
    } else {
        Ok(client)
    }
}

/// A client never chooses its secret; one that it sends must be the one it has. RFC 7592 §2.2.
fn check_secret(client: &Client, presented: Option<&Token>, now: Seconds) -> Result<(), RegistrationRefusal> {
    let Some(presented) = presented else { return Ok(()) };
    if client.secret.as_ref().is_some_and(|secret| secret.admits(presented, now)) {
        return Ok(());
    }
    Err(RegistrationRefusal {
        code: RegistrationErrorCode::InvalidClientMetadata,
        description: "client_secret is not the secret of this client; secrets are chosen by the server"
            .to_owned(),
    })
}

fn rotates(means: &Means) -> bool {
    means.config.registration_access_token.rotation == RegistrationTokenRotation::OnUpdate
}

/// Everything that the write of an update needs, made beforehand.
struct Update {
    client_key: i64,
    presented: Digest,
    accepted: Accepted,
    fresh_secret: Token,
    fresh_secret_expires_at: Seconds,
    secret_lifetime: Seconds,
    successor: Option<Token>,
    successor_expires_at: Option<Seconds>,
    grace: Seconds,
}

fn apply(conn: &mut DbConnection, update: &Update, now: Seconds) -> Managed<(Client, Option<Token>)> {
    let key = update.client_key;
    let mut client = hold_with_token(conn, key, &update.presented, now)?;
    let (secret, issued) = next_secret(&client, update, now);
    let mut metadata = update.accepted.metadata.clone();
    // An operator's choice, which no client changes by leaving it out.
    metadata.access_token_format = client.metadata.access_token_format;
    let changed = ChangedClient {
        metadata: &metadata,
        secret: secret.as_ref(),
        verified_by: update.accepted.verified_by.as_deref(),
    };
    clients::update(conn, key, &changed, now)?;
    match &update.successor {
        None => registration_access_tokens::mark_used(conn, key, &update.presented, now)?,
        Some(successor) => {
            registration_access_tokens::supersede(conn, key, &update.presented, now, now + update.grace)?;
            let (digest, expires_at) = (successor.digest(), update.successor_expires_at);
            registration_access_tokens::insert_successor(conn, key, &digest, now, expires_at)?;
        }
    }
    client.metadata = metadata;
    client.verified_by.clone_from(&update.accepted.verified_by);
    client.secret = secret;
    client.updated_at = now;
    Ok((client, issued))
}

/// A method that needs no secret deletes it. One that needs it gets a new one if there is none, or if it has expired or
/// is in the last tenth of its life; otherwise the old one stays.
fn next_secret(client: &Client, update: &Update, now: Seconds) -> (Option<StoredSecret>, Option<Token>) {
    if !update.accepted.metadata.needs_secret() {
        return (None, None);
    }
    let renewal_is_due = |secret: &StoredSecret| {
        secret.expires_at != 0 && secret.expires_at - now <= update.secret_lifetime / 10
    };
    match &client.secret {
        Some(secret) if !renewal_is_due(secret) => (Some(secret.clone()), None),
        _ => {
            let stored = StoredSecret {
                digest: update.fresh_secret.digest(),
                expires_at: update.fresh_secret_expires_at,
            };
            (Some(stored), Some(update.fresh_secret.clone()))
        }
    }
}
