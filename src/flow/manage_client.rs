//! A client reads, updates and deletes its own registration. RFC 7592 §2.

use serde_json::{Map, Value};

use super::accept_metadata::{Submission, accept};
use super::attempts::Guess;
use super::budgets::note_bad_token;
use super::client_documents::{FETCH_WINDOW, has_us_fetch_too_much};
use super::client_secrets::FreshSecret;
use super::register_client::client_secret_expiry;
use super::registration_policy::held_to;
use super::registration_token::{Operation, Use, note_reuse};
use super::remove_client::{RemovalReason, Retention, remove};
use super::rotate_secret::renewed_by_client;
use super::{Means, audit, client_pictures, subjects};
use crate::clock::Seconds;
use crate::entropy::{Digest, Token};
use crate::protocol::bearer::BearerRefusal;
use crate::protocol::client::refusal::{RegistrationErrorCode, RegistrationRefusal};
use crate::protocol::client::registration::{Accepted, Door, check_update};
use crate::storage::audit_events::{self, Event, EventKind, Origin};
use crate::storage::clients::{self, ChangedClient, Client};
use crate::storage::registration_access_tokens::{self, TokenState};
use crate::storage::{DbConnection, Failure};

/// Why a call of the configuration endpoint is refused.
#[derive(Debug)]
pub enum ManageRefusal {
    /// RFC 6750 §3.1; one answer for every token that is not good. RFC 7592 §2.
    Bearer(BearerRefusal),
    /// RFC 7592 §2.2.
    Registration(RegistrationRefusal),
    /// Too many updates of one client; seconds to wait.
    TooOften(Seconds),
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

/// Updates of one client at one server in a minute. Each leaves events in a log that may be kept for ever, and may make this server
/// fetch something.
const UPDATES_PER_MINUTE: u32 = 120;

type Managed<T> = Result<T, Failure<ManageRefusal>>;

/// The registration. RFC 7592 §2.1.
pub async fn read(means: &Means, caller: Caller) -> Managed<Registration> {
    let (state, client) = identify(means, &caller).await?;
    let now = means.clock.now();
    let used = Use::new(means, Operation::Read, &caller.token, now);
    if used.leaves_no_trace(&state, now) {
        return Ok(Registration { client, client_secret: None, registration_access_token: caller.token });
    }
    let (key, digest, origin) = (client.key, caller.token.digest(), caller.origin);
    let (client, registration_access_token) = means
        .database
        .write(move |conn| {
            let (state, client) = hold_with_token(conn, key, &digest, now)?;
            let token = used.apply(conn, &client, &state, &origin, now)?.ok_or_else(invalid_token)?;
            Ok((client, token))
        })
        .await?;
    Ok(Registration { client, client_secret: None, registration_access_token })
}

/// Deletes the client and, by foreign key, everything that was issued to it. RFC 7592 §2.3.
pub async fn delete(means: &Means, caller: Caller) -> Managed<()> {
    let (_, client) = identify(means, &caller).await?;
    let (key, digest, retention) = (client.key, caller.token.digest(), Retention::of(means));
    means
        .database
        .write(move |conn| {
            let (_, client) = hold_with_token(conn, key, &digest, retention.now)?;
            remove(conn, &client, RemovalReason::DeletedByClient, &caller.origin, &retention)?;
            Ok(())
        })
        .await
}

/// Replaces the metadata; omitted members go back to their defaults. RFC 7592 §2.2.
pub async fn update(means: &Means, caller: Caller, submitted: Map<String, Value>) -> Managed<Registration> {
    let now = means.clock.now();
    let (_, client) = identify(means, &caller).await?;
    refuse_pending(&client)?;
    refuse_flood(means, &client, now)?;
    if has_us_fetch_too_much(means, &submitted, caller.origin.address) {
        return Err(Failure::Refused(ManageRefusal::TooOften(FETCH_WINDOW)));
    }
    let refused = |refusal| Failure::Refused(ManageRefusal::Registration(refusal));
    let presented_secret =
        check_update(&submitted, &client.client_id).map_err(refused)?.map(Token::presented);
    check_secret(&client, presented_secret.as_ref(), now).map_err(refused)?;
    let held_to = held_to(means, &client);
    let submission = Submission {
        members: &submitted,
        policy: &held_to,
        door: Door::Client,
        earlier: Some(&client.metadata),
    };
    let accepted = accept(means, submission).await.map_err(refused)?;
    let update = Update {
        client_key: client.key,
        presented: caller.token.digest(),
        presented_secret,
        accepted,
        fresh: FreshSecret::new(
            means,
            &client.client_id,
            means.entropy.token(),
            client_secret_expiry(means, now),
        )?,
        secret_lifetime: means.config.registration.client_secret_lifetime,
        used: Use::new(means, Operation::Update, &caller.token, now),
        origin: caller.origin,
    };
    let registration = means.database.write(move |conn| apply(conn, &update, now)).await?;
    client_pictures::announce(means, &registration.client.client_id).await;
    Ok(registration)
}

fn invalid_token() -> Failure<ManageRefusal> {
    Failure::Refused(BearerRefusal::InvalidToken.into())
}

/// The client that the token opens, if it is the one of the path. Equal work for every token that is not good: one query and one count.
async fn identify(means: &Means, caller: &Caller) -> Managed<(TokenState, Client)> {
    let now = means.clock.now();
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
            if let Some((state, client)) = &found
                && client.client_id == caller.client_id
                && state.is_superseded()
            {
                note_reuse(means, client, &caller.origin, now);
            }
            // Whoever has a good token is let in all the same: others may share the address.
            let wait = note_bad_token(means, Guess::RegistrationAccessToken, caller.origin.address).await?;
            let refusal = wait.map_or(BearerRefusal::InvalidToken, BearerRefusal::TooMany);
            Err(Failure::Refused(refusal.into()))
        }
    }
}

/// Inside the transaction that depends on it: the client still is there and enabled, and the token still opens it.
fn hold_with_token(
    conn: &mut DbConnection,
    key: i64,
    digest: &Digest,
    now: Seconds,
) -> Managed<(TokenState, Client)> {
    let client = clients::lock(conn, key)?.ok_or_else(invalid_token)?;
    let state = registration_access_tokens::state(conn, key, digest)?.ok_or_else(invalid_token)?;
    if !state.is_alive(now) {
        Err(invalid_token())
    } else if client.is_disabled() {
        Err(Failure::Refused(BearerRefusal::Disabled.into()))
    } else {
        Ok((state, client))
    }
}

/// Who waits for approval may look and leave, and change nothing: what was approved is what was registered.
fn refuse_pending(client: &Client) -> Managed<()> {
    if client.is_pending() { Err(Failure::Refused(BearerRefusal::Pending.into())) } else { Ok(()) }
}

/// Every update counts, good or not.
fn refuse_flood(means: &Means, client: &Client, now: Seconds) -> Managed<()> {
    let id = &client.client_id;
    if let Some(wait) = means.attempts.wait(Guess::Update, id, UPDATES_PER_MINUTE, now) {
        return Err(Failure::Refused(ManageRefusal::TooOften(wait)));
    }
    means.attempts.failed(Guess::Update, id, now);
    Ok(())
}

/// A client never chooses its secret; one that it sends must be the one it has, or the one before while both work.
/// RFC 7592 §2.2.
fn check_secret(client: &Client, presented: Option<&Token>, now: Seconds) -> Result<(), RegistrationRefusal> {
    let Some(presented) = presented else { return Ok(()) };
    if Client::admits(Some(client), presented, now) {
        return Ok(());
    }
    Err(RegistrationRefusal {
        code: RegistrationErrorCode::InvalidClientMetadata,
        description: "client_secret is not the secret of this client; secrets are chosen by the server"
            .to_owned(),
    })
}

/// Everything that the write of an update needs, made beforehand.
struct Update {
    client_key: i64,
    presented: Digest,
    presented_secret: Option<Token>,
    accepted: Accepted,
    fresh: FreshSecret,
    secret_lifetime: Seconds,
    used: Use,
    origin: Origin,
}

fn apply(conn: &mut DbConnection, update: &Update, now: Seconds) -> Managed<Registration> {
    let (state, mut client) = hold_with_token(conn, update.client_key, &update.presented, now)?;
    refuse_pending(&client)?;
    // An operator may have rotated it since it was looked at.
    check_secret(&client, update.presented_secret.as_ref(), now)
        .map_err(|refusal| Failure::Refused(ManageRefusal::Registration(refusal)))?;
    let token = update.used.apply(conn, &client, &state, &update.origin, now)?.ok_or_else(invalid_token)?;
    let mut metadata = update.accepted.metadata.clone();
    // An operator's choice, which no client changes by leaving it out.
    metadata.access_token_format = client.metadata.access_token_format;
    let secrets = renewed_by_client(&client, &metadata, &update.fresh, update.secret_lifetime, now);
    let changed = ChangedClient {
        metadata: &metadata,
        secret: secrets.secret.as_ref(),
        previous_secret: secrets.previous_secret.as_ref(),
        verified_by: update.accepted.verified_by.as_deref(),
    };
    clients::update(conn, client.key, &changed, now)?;
    subjects::end_grants_if_others(conn, client.key, &client.metadata, &metadata, now)?;
    let mut record = |kind, details| {
        let (origin, client_id) = (&update.origin, Some(client.client_id.as_str()));
        audit_events::record(conn, &Event { kind, origin, client_id, details }, now)
    };
    record(EventKind::ClientUpdated, audit::of_changes(&client.metadata, &metadata))?;
    if secrets.is_fresh {
        record(EventKind::ClientSecretRotated, audit::of_rotated_secret(&secrets))?;
    }
    client.metadata = metadata;
    client.verified_by.clone_from(&update.accepted.verified_by);
    let client_secret = secrets.is_fresh.then(|| update.fresh.token.clone());
    client.secret = secrets.secret;
    client.previous_secret = secrets.previous_secret;
    client.updated_at = now;
    Ok(Registration { client, client_secret, registration_access_token: token })
}
