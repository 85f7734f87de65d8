//! Undoes a removal: the client is back under its `client_id`, with what it had registered and what people had allowed it.
//! Its secrets are new ones. An extension: RFC 7592 knows no undo.

use serde_json::{Value, json};

use super::Means;
use super::accept_metadata::{Submission, accept};
use super::client_secrets::FreshSecret;
use super::register_client::{client_secret_expiry, registration_token_expiry};
use crate::clock::Seconds;
use crate::entropy::{Digest, Token};
use crate::protocol::client::refusal::RegistrationRefusal;
use crate::protocol::client::registration::Door;
use crate::storage::audit_events::{Event, EventKind, Origin, record};
use crate::storage::clients::{self, NewClient, Source};
use crate::storage::tombstones::{self, Snapshot};
use crate::storage::{DbConnection, Failure, StorageError, registration_access_tokens};

/// Why a client is not restored.
#[derive(Debug)]
pub enum RestoreRefusal {
    /// No such client was removed, the time of the undo is over, or it deleted itself.
    NotRestorable,
    /// There is a client with this id.
    IsThere,
    /// What it had registered is not allowed any more. RFC 7591 §3.2.2.
    Registration(RegistrationRefusal),
}

/// A restored client with its secrets in clear, this once.
pub struct Restored {
    pub client_id: String,
    pub client_secret: Option<Token>,
    /// 0 = never. RFC 7591 §3.2.1.
    pub client_secret_expires_at: Seconds,
    /// `None` for a client that an operator made: the operator manages it.
    pub registration_access_token: Option<Token>,
    /// How many consents are back: those of people who still are there.
    pub consents: usize,
}

/// Validates again what the client had registered, makes new secrets, and puts the client back in one write: the
/// tombstone is taken once. RFC 7591 §3.2.1.
pub async fn restore(
    means: &Means,
    client_id: &str,
    origin: &Origin,
) -> Result<Restored, Failure<RestoreRefusal>> {
    let now = means.clock.now();
    let (source, snapshot) = find(means, client_id, now).await?;
    let accepted = accept(
        means,
        Submission {
            members: &members(&snapshot)?,
            policy: &snapshot.policy,
            door: if source == Source::Operator { Door::Operator } else { Door::Client },
            earlier: Some(&snapshot.metadata),
        },
    )
    .await
    .map_err(|refusal| Failure::Refused(RestoreRefusal::Registration(refusal)))?;
    let client_secret = accepted.metadata.needs_secret().then(|| means.entropy.token());
    let client_secret_expires_at = client_secret_expiry(means, now);
    let fresh = client_secret
        .clone()
        .map(|token| FreshSecret::new(means, client_id, token, client_secret_expires_at))
        .transpose()?;
    let secret = fresh.map(|fresh| fresh.stored(&accepted.metadata));
    let registration_access_token = (source != Source::Operator).then(|| means.entropy.token());
    let back = Back {
        client: NewClient {
            client_id: client_id.to_owned(),
            source,
            metadata: accepted.metadata,
            policy: snapshot.policy.clone(),
            secret,
            initial_access_token_id: snapshot.initial_access_token_id,
            registered_from: None,
            user_agent: None,
            is_pending: snapshot.pending_since.is_some(),
            verified_by: accepted.verified_by,
            owner_id: snapshot.owner_id,
        },
        snapshot,
        token: registration_access_token.as_ref().map(Token::digest),
        token_expires_at: registration_token_expiry(means, now),
        origin: origin.clone(),
    };
    let consents = means.database.write(move |conn| put_back(conn, &back, now)).await?;
    Ok(Restored {
        client_id: client_id.to_owned(),
        client_secret,
        client_secret_expires_at,
        registration_access_token,
        consents,
    })
}

async fn find(
    means: &Means,
    client_id: &str,
    now: Seconds,
) -> Result<(Source, Snapshot), Failure<RestoreRefusal>> {
    let client_id = client_id.to_owned();
    means
        .database
        .read(move |conn| {
            if clients::find(conn, &client_id)?.is_some() {
                return Err(Failure::Refused(RestoreRefusal::IsThere));
            }
            let gone = || Failure::Refused(RestoreRefusal::NotRestorable);
            let tombstone = tombstones::find(conn, &client_id)?.ok_or_else(gone)?;
            let snapshot = tombstones::restorable(conn, &client_id, now)?.ok_or_else(gone)?;
            Ok((tombstone.source, snapshot))
        })
        .await
}

fn members(snapshot: &Snapshot) -> Result<serde_json::Map<String, Value>, StorageError> {
    match serde_json::to_value(&snapshot.metadata) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(StorageError::Corrupt("tombstones.snapshot: metadata that is no object")),
    }
}

/// Everything that the write needs, made beforehand.
struct Back {
    client: NewClient,
    snapshot: Snapshot,
    token: Option<Digest>,
    token_expires_at: Option<Seconds>,
    origin: Origin,
}

fn put_back(conn: &mut DbConnection, back: &Back, now: Seconds) -> Result<usize, Failure<RestoreRefusal>> {
    let client_id = &back.client.client_id;
    if !tombstones::take(conn, client_id, now)? {
        return Err(Failure::Refused(RestoreRefusal::NotRestorable));
    }
    let client = tombstones::only_what_is_there(conn, &back.client)?;
    let key = clients::insert(conn, &client, now)?;
    tombstones::restore_times(conn, key, &back.snapshot, now)?;
    tombstones::restore_access(conn, key, &back.snapshot)?;
    let consents = tombstones::restore_consents(conn, key, &back.snapshot.consents)?;
    if let Some(token) = &back.token {
        registration_access_tokens::insert(conn, key, token, now, back.token_expires_at)?;
    }
    let details = json!({
        "source": client.source.as_str(),
        "name": client.metadata.client_name,
        "registered_at": back.snapshot.created_at,
        "consents": consents,
    });
    let event =
        Event { kind: EventKind::ClientRestored, origin: &back.origin, client_id: Some(client_id), details };
    record(conn, &event, now)?;
    Ok(consents)
}
