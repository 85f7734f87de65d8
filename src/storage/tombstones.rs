//! Clients that are gone: who it was, since when and why, and for a while what an undo needs.
//!
//! A tombstone has no foreign keys: it outlives everything that it tells of. It never holds a token, a digest or a secret.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::{Deserialize, Serialize};

use super::clients::{Client, ClientPolicy, NewClient, Source};
use super::schema::{clients, consents, initial_access_tokens, tombstones, users};
use super::{DbConnection, StorageError, groups};
use crate::clock::Seconds;
use crate::protocol::client::metadata::ClientMetadata;

/// Why a client is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalReason {
    /// It deleted itself. RFC 7592 §2.3.
    DeletedByClient,
    /// An operator deleted it.
    DeletedByOperator,
    /// It registered and nobody ever authorized it.
    NeverUsed,
    /// Nobody had used it for long.
    Idle,
    /// It made room at the ceiling before anybody had used it.
    Evicted,
    /// The issuer of its software statement is not trusted any more.
    IssuerRemoved,
}

impl RemovalReason {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::DeletedByClient,
        Self::DeletedByOperator,
        Self::NeverUsed,
        Self::Idle,
        Self::Evicted,
        Self::IssuerRemoved,
    ];

    /// As it is stored and listed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DeletedByClient => "deleted_by_client",
            Self::DeletedByOperator => "deleted_by_operator",
            Self::NeverUsed => "never_used",
            Self::Idle => "idle",
            Self::Evicted => "evicted",
            Self::IssuerRemoved => "issuer_removed",
        }
    }

    /// The reason that is stored as this.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    /// Whether an undo is anybody's business: not after the client's own wish.
    #[must_use]
    pub fn may_be_undone(self) -> bool {
        self != Self::DeletedByClient
    }
}

/// What is known of a client that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    pub client_id: String,
    pub name: Option<String>,
    pub source: Source,
    pub reason: RemovalReason,
    pub removed_at: Seconds,
    /// When the tombstone itself is forgotten.
    pub expires_at: Seconds,
    /// Until when the client can be restored; `None` = it cannot.
    pub restorable_until: Option<Seconds>,
}

/// What an undo makes the client of. Members that are missing in an older snapshot are absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub metadata: ClientMetadata,
    pub policy: ClientPolicy,
    pub created_at: Seconds,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_access_token_id: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<Seconds>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_since: Option<Seconds>,
    /// Row ids of the groups that it was for; none = it was for everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<i64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_acr: Option<String>,
    #[serde(default)]
    pub consents: Vec<KeptConsent>,
}

/// What a person had allowed the client, as table `consents` held it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Queryable, Selectable)]
#[diesel(table_name = consents)]
pub struct KeptConsent {
    pub user_id: i64,
    pub resources: String,
    pub redirect_target: String,
    pub scopes: String,
    pub granted_at: Seconds,
    pub identity: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = tombstones)]
struct Row {
    client_id: String,
    name: Option<String>,
    source: String,
    reason: String,
    removed_at: i64,
    expires_at: i64,
    restorable_until: Option<i64>,
}

impl TryFrom<Row> for Tombstone {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            client_id: row.client_id,
            name: row.name,
            source: Source::from_name(&row.source).ok_or(StorageError::Corrupt("tombstones.source"))?,
            reason: RemovalReason::from_name(&row.reason)
                .ok_or(StorageError::Corrupt("tombstones.reason"))?,
            removed_at: row.removed_at,
            expires_at: row.expires_at,
            restorable_until: row.restorable_until,
        })
    }
}

/// What an undo would need of a client that still is there, and that the caller has locked.
pub fn snapshot(conn: &mut DbConnection, client: &Client) -> Result<Snapshot, StorageError> {
    let (initial_access_token_id, owner_id, disabled_reason): (Option<i64>, Option<i64>, Option<String>) =
        clients::table
            .find(client.key)
            .select((clients::initial_access_token_id, clients::owner_id, clients::disabled_reason))
            .first(conn)?;
    Ok(Snapshot {
        metadata: client.metadata.clone(),
        policy: client.policy.clone(),
        created_at: client.created_at,
        initial_access_token_id,
        verified_by: client.verified_by.clone(),
        owner_id,
        disabled_at: client.disabled_at,
        disabled_reason,
        pending_since: client.pending_since,
        groups: client.is_for_groups.then(|| groups::ids_of_client(conn, client.key)).transpose()?,
        least_acr: client.least_acr.map(|acr| acr.as_str().to_owned()),
        consents: consents::table
            .filter(consents::client_key.eq(client.key))
            .order((consents::user_id, consents::resources, consents::redirect_target))
            .select(KeptConsent::as_select())
            .load(conn)?,
    })
}

/// What stays of a client that is its metadata document, so that it does not come back with less limits than it had.
pub fn limits(conn: &mut DbConnection, client: &Client) -> Result<Option<Snapshot>, StorageError> {
    if client.source != Source::Document || !client.is_limited() {
        return Ok(None);
    }
    // Nobody gets their consent back: whoever comes is asked.
    Ok(Some(Snapshot { consents: Vec::new(), ..snapshot(conn, client)? }))
}

/// Writes the tombstone. A client id metadata document can go more than once: the last time counts.
pub fn insert(
    conn: &mut DbConnection,
    tombstone: &Tombstone,
    snapshot: Option<&Snapshot>,
) -> Result<(), StorageError> {
    let snapshot = snapshot
        .map(serde_json::to_string)
        .transpose()
        .map_err(|_| StorageError::Corrupt("tombstones: a snapshot that has no JSON"))?;
    diesel::sql_query(
        "INSERT INTO tombstones \
         (client_id, name, source, reason, removed_at, expires_at, restorable_until, snapshot) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (client_id) DO UPDATE SET \
         name = excluded.name, source = excluded.source, reason = excluded.reason, \
         removed_at = excluded.removed_at, expires_at = excluded.expires_at, \
         restorable_until = excluded.restorable_until, snapshot = excluded.snapshot",
    )
    .bind::<Text, _>(&tombstone.client_id)
    .bind::<Nullable<Text>, _>(tombstone.name.as_deref())
    .bind::<Text, _>(tombstone.source.as_str())
    .bind::<Text, _>(tombstone.reason.as_str())
    .bind::<BigInt, _>(tombstone.removed_at)
    .bind::<BigInt, _>(tombstone.expires_at)
    .bind::<Nullable<BigInt>, _>(tombstone.restorable_until)
    .bind::<Nullable<Text>, _>(snapshot)
    .execute(conn)?;
    Ok(())
}

/// The tombstone of the client that had this `client_id`.
pub fn find(conn: &mut DbConnection, client_id: &str) -> Result<Option<Tombstone>, StorageError> {
    // PostgreSQL holds no such text, and refuses to look for it.
    if client_id.contains('\0') {
        return Ok(None);
    }
    tombstones::table
        .find(client_id)
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(Tombstone::try_from)
        .transpose()
}

/// The latest tombstones, newest first.
pub fn list(conn: &mut DbConnection, limit: i64) -> Result<Vec<Tombstone>, StorageError> {
    tombstones::table
        .order((tombstones::removed_at.desc(), tombstones::client_id))
        .select(Row::as_select())
        .limit(limit)
        .load(conn)?
        .into_iter()
        .map(Tombstone::try_from)
        .collect()
}

/// What an undo needs, if it still may be done.
pub fn restorable(
    conn: &mut DbConnection,
    client_id: &str,
    now: Seconds,
) -> Result<Option<Snapshot>, StorageError> {
    tombstones::table
        .find(client_id)
        .filter(tombstones::restorable_until.gt(now))
        .select(tombstones::snapshot)
        .first::<Option<String>>(conn)
        .optional()?
        .flatten()
        .map(|text| serde_json::from_str(&text).map_err(|_| StorageError::Corrupt("tombstones.snapshot")))
        .transpose()
}

/// What an operator had said about a document that is back. RFC 7591 §3.2.1.
pub fn limits_of_document(
    conn: &mut DbConnection,
    client_id: &str,
) -> Result<Option<Snapshot>, StorageError> {
    tombstones::table
        .find(client_id)
        .filter(tombstones::source.eq(Source::Document.as_str()))
        .select(tombstones::snapshot)
        .first::<Option<String>>(conn)
        .optional()?
        .flatten()
        .map(|text| serde_json::from_str(&text).map_err(|_| StorageError::Corrupt("tombstones.snapshot")))
        .transpose()
}

/// The client is switched off as it was, and for whom it was.
pub fn restore_limits(
    conn: &mut DbConnection,
    client_key: i64,
    snapshot: &Snapshot,
) -> Result<(), StorageError> {
    diesel::update(clients::table.find(client_key))
        .set((
            clients::disabled_at.eq(snapshot.disabled_at),
            clients::disabled_reason.eq(snapshot.disabled_reason.as_deref()),
        ))
        .execute(conn)?;
    restore_access(conn, client_key, snapshot)
}

/// Takes the tombstone away, once: it can be restored until after `now`. `false` if somebody else took it.
pub fn take(conn: &mut DbConnection, client_id: &str, now: Seconds) -> Result<bool, StorageError> {
    let taken = diesel::delete(
        tombstones::table
            .filter(tombstones::client_id.eq(client_id))
            .filter(tombstones::restorable_until.gt(now)),
    )
    .execute(conn)?;
    Ok(taken == 1)
}

/// Takes the tombstone away for good: an operator makes a client of this id anew.
pub fn forget(conn: &mut DbConnection, client_id: &str) -> Result<(), StorageError> {
    diesel::delete(tombstones::table.find(client_id)).execute(conn)?;
    Ok(())
}

/// The client without the person and the initial access token behind it, if they are gone meanwhile.
pub fn only_what_is_there(conn: &mut DbConnection, client: &NewClient) -> Result<NewClient, StorageError> {
    let mut client = client.clone();
    if let Some(id) = client.owner_id {
        client.owner_id = users::table.find(id).select(users::id).first(conn).optional()?;
    }
    if let Some(id) = client.initial_access_token_id {
        client.initial_access_token_id =
            initial_access_tokens::table.find(id).select(initial_access_tokens::id).first(conn).optional()?;
    }
    Ok(client)
}

/// A restored client is as old as it was, as disabled as it was, and has the time of one that was used just now.
pub fn restore_times(
    conn: &mut DbConnection,
    client_key: i64,
    snapshot: &Snapshot,
    now: Seconds,
) -> Result<(), StorageError> {
    let first_consent_at = snapshot.consents.iter().map(|consent| consent.granted_at).min();
    diesel::update(clients::table.find(client_key))
        .set((
            clients::created_at.eq(snapshot.created_at),
            clients::disabled_at.eq(snapshot.disabled_at),
            clients::disabled_reason.eq(snapshot.disabled_reason.as_deref()),
            clients::first_consent_at.eq(first_consent_at),
            clients::last_used_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// A restored client is for whom it was, as far as the groups still are there: never for more.
pub fn restore_access(
    conn: &mut DbConnection,
    client_key: i64,
    snapshot: &Snapshot,
) -> Result<(), StorageError> {
    groups::limit_client(conn, client_key, snapshot.groups.as_deref())?;
    super::clients::set_least_acr(conn, client_key, snapshot.least_acr.as_deref())
}

/// Gives back the consents of those people who still are there. Returns how many.
pub fn restore_consents(
    conn: &mut DbConnection,
    client_key: i64,
    kept: &[KeptConsent],
) -> Result<usize, StorageError> {
    let mut restored = 0;
    for consent in kept {
        let user = users::table.find(consent.user_id).select(users::id);
        if user.first::<i64>(conn).optional()?.is_none() {
            continue;
        }
        restored += diesel::insert_into(consents::table)
            .values((
                consents::user_id.eq(consent.user_id),
                consents::client_key.eq(client_key),
                consents::resources.eq(&consent.resources),
                consents::redirect_target.eq(&consent.redirect_target),
                consents::scopes.eq(&consent.scopes),
                consents::granted_at.eq(consent.granted_at),
                consents::identity.eq(&consent.identity),
            ))
            .execute(conn)?;
    }
    Ok(restored)
}
