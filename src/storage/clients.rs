//! The registry: every client, whichever door it came through.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::schema::{
    access_tokens, authorization_codes, authorization_threads, clients, consents, grants, refresh_tokens,
    registration_access_tokens, resource_introspectors,
};
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::{Digest, Token};
use crate::protocol::acr::Acr;
use crate::protocol::client::metadata::{ClientMetadata, GrantType};
use crate::protocol::client::policy::Limits;
use crate::protocol::client::product;
use crate::protocol::scope::Scopes;

/// Through which door a client came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An operator made it.
    Operator,
    /// It registered itself, RFC 7591, and nobody vouched for it.
    Dynamic,
    /// It registered itself with an initial access token.
    InitialAccessToken,
    /// A person who was signed in registered it, with an access token of the scope `grantor:register`.
    User,
    /// Its `client_id` is the address of its client id metadata document.
    Document,
}

impl Source {
    /// As it is stored and listed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Dynamic => "dynamic",
            Self::InitialAccessToken => "initial_access_token",
            Self::User => "user",
            Self::Document => "document",
        }
    }

    /// Every door.
    pub const ALL: [Self; 5] =
        [Self::Operator, Self::Dynamic, Self::InitialAccessToken, Self::User, Self::Document];

    /// The source that is stored as this.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == name)
    }
}

/// What a client may ever register, fixed when it registered: an update is held to it as well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientPolicy {
    /// Only these grant types; the others are narrowed away.
    pub grant_types: Vec<GrantType>,
    /// Only these scopes, or every scope that is not operator-only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Scopes>,
    /// The declared policy it was made from; none for what an operator made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Every one of these holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Limits>,
}

/// The digest of a client secret and its end.
#[derive(Clone)]
pub struct StoredSecret {
    pub digest: Digest,
    /// 0 = never. RFC 7591 §3.2.1.
    pub expires_at: Seconds,
    /// Sealed with the master key, only for clients that sign with it.
    pub sealed: Option<Vec<u8>>,
}

impl StoredSecret {
    /// Whether `presented` is this secret and it is still good. Compares in constant time.
    #[must_use]
    pub fn admits(&self, presented: &Token, now: Seconds) -> bool {
        self.digest.is_of(presented) && !self.is_expired(now)
    }

    /// Whether its life is over.
    #[must_use]
    pub fn is_expired(&self, now: Seconds) -> bool {
        self.expires_at != 0 && self.expires_at <= now
    }
}

/// A registered client.
#[derive(Clone)]
pub struct Client {
    /// The row's key: never used again, not even after a deletion.
    pub key: i64,
    pub client_id: String,
    pub source: Source,
    pub metadata: ClientMetadata,
    pub policy: ClientPolicy,
    pub secret: Option<StoredSecret>,
    /// The secret before the last rotation, while both work.
    pub previous_secret: Option<StoredSecret>,
    pub created_at: Seconds,
    pub updated_at: Seconds,
    pub disabled_at: Option<Seconds>,
    /// Since when it waits for an operator's approval.
    pub pending_since: Option<Seconds>,
    /// The issuer of its software statement. RFC 7591 §2.3.
    pub verified_by: Option<String>,
    /// Only members of its groups may use it.
    pub is_for_groups: bool,
    /// The least sure sign-in with which anybody goes on to it.
    pub least_acr: Option<Acr>,
}

impl Client {
    /// Whether an operator has still to approve it.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.pending_since.is_some()
    }

    /// Whether this is its secret or, while both work, the one before. As much work for a client without secrets, and for
    /// none at all; every comparison takes the same time.
    #[must_use]
    pub fn admits(client: Option<&Self>, presented: &Token, now: Seconds) -> bool {
        let nobodys = StoredSecret { digest: Token::presented("").digest(), expires_at: 1, sealed: None };
        let secrets = client
            .map_or([None, None], |client| [&client.secret, &client.previous_secret].map(Option::as_ref));
        secrets.into_iter().fold(false, |admitted, secret| {
            // Not `||`, which would stop at the first.
            admitted | secret.unwrap_or(&nobodys).admits(presented, now)
        })
    }

    /// Whether an operator says that it may not be used, or not by everybody and anyhow.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.is_disabled() || self.is_for_groups || self.least_acr.is_some()
    }

    /// Whether an operator switched it off.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.disabled_at.is_some()
    }
}

/// A client about to be inserted.
#[derive(Clone)]
pub struct NewClient {
    pub client_id: String,
    pub source: Source,
    pub metadata: ClientMetadata,
    pub policy: ClientPolicy,
    pub secret: Option<StoredSecret>,
    pub initial_access_token_id: Option<i64>,
    pub registered_from: Option<String>,
    pub user_agent: Option<String>,
    /// Whether an operator has to approve it first.
    pub is_pending: bool,
    pub verified_by: Option<String>,
    /// The person who registered it. [`Source::User`].
    pub owner_id: Option<i64>,
}

/// What a registration holds after an update.
pub struct ChangedClient<'a> {
    pub metadata: &'a ClientMetadata,
    pub secret: Option<&'a StoredSecret>,
    pub previous_secret: Option<&'a StoredSecret>,
    /// The issuer of the software statement that is registered now. RFC 7591 §2.3.
    pub verified_by: Option<&'a str>,
}

/// How many rows of each kind a deletion takes with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Belongings {
    pub registration_access_tokens: i64,
    pub authorization_requests: i64,
    pub authorization_codes: i64,
    pub grants: i64,
    pub access_tokens: i64,
    pub refresh_tokens: i64,
    pub consents: i64,
    pub resource_introspectors: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
pub(super) struct Row {
    id: i64,
    client_id: String,
    source: String,
    metadata: String,
    policy: String,
    secret_digest: Option<Vec<u8>>,
    secret_expires_at: i64,
    created_at: i64,
    updated_at: i64,
    disabled_at: Option<i64>,
    pending_since: Option<i64>,
    verified_by: Option<String>,
    previous_secret_digest: Option<Vec<u8>>,
    previous_secret_expires_at: Option<i64>,
    sealed_secret: Option<Vec<u8>>,
    previous_sealed_secret: Option<Vec<u8>>,
    is_for_groups: bool,
    least_acr: Option<String>,
}

impl TryFrom<Row> for Client {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let stored = |digest: Option<Vec<u8>>, expires_at: Seconds, sealed: Option<Vec<u8>>| {
            digest
                .map(|bytes| {
                    Digest::from_stored(&bytes)
                        .map(|digest| StoredSecret { digest, expires_at, sealed })
                        .ok_or(StorageError::Corrupt("clients.secret_digest"))
                })
                .transpose()
        };
        // A previous secret without an end would work for ever.
        let previous_secret = match row.previous_secret_expires_at {
            None => None,
            Some(expires_at) => stored(row.previous_secret_digest, expires_at, row.previous_sealed_secret)?,
        };
        Ok(Self {
            key: row.id,
            client_id: row.client_id,
            source: Source::from_name(&row.source).ok_or(StorageError::Corrupt("clients.source"))?,
            metadata: serde_json::from_str(&row.metadata)
                .map_err(|_| StorageError::Corrupt("clients.metadata"))?,
            policy: serde_json::from_str(&row.policy).map_err(|_| StorageError::Corrupt("clients.policy"))?,
            secret: stored(row.secret_digest, row.secret_expires_at, row.sealed_secret)?,
            previous_secret,
            created_at: row.created_at,
            updated_at: row.updated_at,
            disabled_at: row.disabled_at,
            pending_since: row.pending_since,
            verified_by: row.verified_by,
            is_for_groups: row.is_for_groups,
            least_acr: row
                .least_acr
                .map(|name| Acr::from_name(&name).ok_or(StorageError::Corrupt("clients.least_acr")))
                .transpose()?,
        })
    }
}

/// The client with this `client_id`.
pub fn find(conn: &mut DbConnection, client_id: &str) -> Result<Option<Client>, StorageError> {
    // PostgreSQL holds no such text, and refuses to look for it.
    if client_id.contains('\0') {
        return Ok(None);
    }
    clients::table
        .filter(clients::client_id.eq(client_id))
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(Client::try_from)
        .transpose()
}

/// The client with this row key.
pub fn find_by_key(conn: &mut DbConnection, key: i64) -> Result<Option<Client>, StorageError> {
    clients::table
        .find(key)
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(Client::try_from)
        .transpose()
}

/// All clients, oldest first.
pub fn list(conn: &mut DbConnection) -> Result<Vec<Client>, StorageError> {
    clients::table
        .order(clients::id)
        .select(Row::as_select())
        .load(conn)?
        .into_iter()
        .map(Client::try_from)
        .collect()
}

/// Holds the client's row against deletion until the transaction ends; `false` if it is gone, disabled or pending.
///
/// Every write that adds to a client starts with this: on PostgreSQL a cascade and a refresh would deadlock otherwise,
/// and on both databases it is the condition that the client still may.
pub fn hold(conn: &mut DbConnection, key: i64) -> Result<bool, StorageError> {
    let enabled = clients::table
        .filter(clients::id.eq(key))
        .filter(clients::disabled_at.is_null())
        .filter(clients::pending_since.is_null())
        .select(clients::id);
    let found = match conn {
        DbConnection::Sqlite(conn) => enabled.first::<i64>(conn).optional()?,
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(conn) => enabled.for_key_share().first::<i64>(conn).optional()?,
    };
    Ok(found.is_some())
}

/// Locks the client's row for a change of itself, and reads it as it is now.
pub fn lock(conn: &mut DbConnection, key: i64) -> Result<Option<Client>, StorageError> {
    #[cfg(feature = "postgres")]
    if let DbConnection::Postgres(conn) = conn {
        clients::table.find(key).select(clients::id).for_update().first::<i64>(conn).optional()?;
    }
    find_by_key(conn, key)
}

/// Adds a client and returns its key.
pub fn insert(conn: &mut DbConnection, client: &NewClient, now: Seconds) -> Result<i64, StorageError> {
    let key = insert_if_absent(conn, client, now)?;
    key.ok_or_else(|| StorageError::Internal("two clients were given one client_id".to_owned()))
}

/// Adds a client unless there is one with its `client_id`; its key if it was added.
pub fn insert_if_absent(
    conn: &mut DbConnection,
    client: &NewClient,
    now: Seconds,
) -> Result<Option<i64>, StorageError> {
    let row = (
        clients::client_id.eq(&client.client_id),
        clients::source.eq(client.source.as_str()),
        clients::metadata.eq(to_json(&client.metadata)?),
        clients::policy.eq(to_json(&client.policy)?),
        clients::secret_digest.eq(client.secret.as_ref().map(|secret| secret.digest.as_bytes())),
        clients::secret_expires_at.eq(client.secret.as_ref().map_or(0, |secret| secret.expires_at)),
        clients::sealed_secret.eq(client.secret.as_ref().and_then(|secret| secret.sealed.as_deref())),
        clients::initial_access_token_id.eq(client.initial_access_token_id),
        clients::registered_from.eq(client.registered_from.as_deref()),
        clients::user_agent.eq(client.user_agent.as_deref()),
        clients::created_at.eq(now),
        clients::updated_at.eq(now),
        clients::pending_since.eq(client.is_pending.then_some(now)),
        clients::verified_by.eq(client.verified_by.as_deref()),
        clients::owner_id.eq(client.owner_id),
        clients::product.eq(product::product(&client.metadata)),
        clients::redirect_hosts.eq(hosts_column(&client.metadata)),
        clients::policy_name.eq(client.policy.name.as_deref()),
    );
    let key = match conn {
        DbConnection::Sqlite(conn) => diesel::insert_into(clients::table)
            .values(row)
            .on_conflict_do_nothing()
            .returning(clients::id)
            .get_result(conn)
            .optional()?,
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(conn) => diesel::insert_into(clients::table)
            .values(row)
            .on_conflict_do_nothing()
            .returning(clients::id)
            .get_result(conn)
            .optional()?,
    };
    Ok(key)
}

/// Replaces what a client registered.
pub fn update(
    conn: &mut DbConnection,
    key: i64,
    changed: &ChangedClient<'_>,
    now: Seconds,
) -> Result<(), StorageError> {
    diesel::update(clients::table.find(key))
        .set((
            clients::metadata.eq(to_json(changed.metadata)?),
            clients::product.eq(product::product(changed.metadata)),
            clients::redirect_hosts.eq(hosts_column(changed.metadata)),
            clients::secret_digest.eq(changed.secret.map(|secret| secret.digest.as_bytes())),
            clients::secret_expires_at.eq(changed.secret.map_or(0, |secret| secret.expires_at)),
            clients::sealed_secret.eq(changed.secret.and_then(|secret| secret.sealed.as_deref())),
            clients::previous_sealed_secret
                .eq(changed.previous_secret.and_then(|secret| secret.sealed.as_deref())),
            clients::verified_by.eq(changed.verified_by),
            clients::previous_secret_digest
                .eq(changed.previous_secret.map(|secret| secret.digest.as_bytes())),
            clients::previous_secret_expires_at.eq(changed.previous_secret.map(|secret| secret.expires_at)),
            clients::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Switches the client off, or on again with `None`. Nothing else of it changes, but for the reason why it was off.
pub fn set_disabled(
    conn: &mut DbConnection,
    key: i64,
    disabled_at: Option<Seconds>,
) -> Result<(), StorageError> {
    diesel::update(clients::table.find(key))
        .set((clients::disabled_at.eq(disabled_at), clients::disabled_reason.eq(None::<&str>)))
        .execute(conn)?;
    Ok(())
}

/// Ends the waiting of a pending client; `false` if it does not wait. From now on it has the time of one that was used.
pub fn approve(conn: &mut DbConnection, key: i64, now: Seconds) -> Result<bool, StorageError> {
    let approved = diesel::update(clients::table.find(key).filter(clients::pending_since.is_not_null()))
        .set((clients::pending_since.eq(None::<i64>), clients::last_used_at.eq(now)))
        .execute(conn)?;
    Ok(approved == 1)
}

/// Switches a client off by a rule; `false` if it was off already. An operator can switch it on again.
pub fn freeze(conn: &mut DbConnection, key: i64, reason: &str, now: Seconds) -> Result<bool, StorageError> {
    let frozen = diesel::update(clients::table.find(key).filter(clients::disabled_at.is_null()))
        .set((clients::disabled_at.eq(now), clients::disabled_reason.eq(reason)))
        .execute(conn)?;
    Ok(frozen == 1)
}

/// Why an operator switched it off.
pub fn set_disabled_reason(
    conn: &mut DbConnection,
    key: i64,
    reason: Option<&str>,
) -> Result<(), StorageError> {
    diesel::update(clients::table.find(key)).set(clients::disabled_reason.eq(reason)).execute(conn)?;
    Ok(())
}

/// The keys of the clients that this issuer verified, in their order.
pub fn keys_verified_by(
    conn: &mut DbConnection,
    issuer: &str,
    after: i64,
    most: i64,
) -> Result<Vec<i64>, StorageError> {
    Ok(clients::table
        .filter(clients::verified_by.eq(issuer))
        .filter(clients::id.gt(after))
        .order(clients::id)
        .limit(most)
        .select(clients::id)
        .load(conn)?)
}

/// Says with which `acr` at least anybody signs in to the client; `None` = any.
pub fn set_least_acr(conn: &mut DbConnection, key: i64, least_acr: Option<&str>) -> Result<(), StorageError> {
    diesel::update(clients::table.find(key)).set(clients::least_acr.eq(least_acr)).execute(conn)?;
    Ok(())
}

/// Replaces what the client may ever register.
pub fn set_policy(conn: &mut DbConnection, key: i64, policy: &ClientPolicy) -> Result<(), StorageError> {
    diesel::update(clients::table.find(key)).set(clients::policy.eq(to_json(policy)?)).execute(conn)?;
    Ok(())
}

/// Deletes the client. Its tokens, codes, grants and consents go with it by foreign key. `false` if it was gone.
///
/// However many they are, all go in one transaction: a client is never half deleted. On PostgreSQL that statement has a
/// minute instead of the usual two seconds, until the end of its transaction, so that no client is too large to be
/// deleted. The command line waits for it. HTTP answers 503 after three seconds while the work goes on to its end, which
/// the next try sees as 401.
pub fn delete(conn: &mut DbConnection, key: i64) -> Result<bool, StorageError> {
    #[cfg(feature = "postgres")]
    if let DbConnection::Postgres(conn) = conn {
        diesel::sql_query("SET LOCAL statement_timeout = '60s'").execute(conn)?;
    }
    Ok(diesel::delete(clients::table.find(key)).execute(conn)? == 1)
}

/// What the clients say of themselves that an operator made or that an issuer verified, but for one: so many of each kind
/// that a page can be compared with them.
pub fn vouched_for(conn: &mut DbConnection, but: i64) -> Result<Vec<ClientMetadata>, StorageError> {
    const MOST: i64 = 200;
    let by_operator: Vec<String> = clients::table
        .filter(clients::source.eq(Source::Operator.as_str()))
        .filter(clients::id.ne(but))
        .order(clients::id)
        .limit(MOST)
        .select(clients::metadata)
        .load(conn)?;
    let by_issuer: Vec<String> = clients::table
        .filter(clients::verified_by.is_not_null())
        .filter(clients::id.ne(but))
        .limit(MOST)
        .select(clients::metadata)
        .load(conn)?;
    let parse =
        |text: &String| serde_json::from_str(text).map_err(|_| StorageError::Corrupt("clients.metadata"));
    by_operator.iter().chain(&by_issuer).map(parse).collect()
}

/// When a person first allowed it anything; later ones change nothing.
pub fn note_first_consent(conn: &mut DbConnection, key: i64, now: Seconds) -> Result<(), StorageError> {
    diesel::update(clients::table.find(key).filter(clients::first_consent_at.is_null()))
        .set(clients::first_consent_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// What a deletion would take with it.
pub fn belongings(conn: &mut DbConnection, key: i64) -> Result<Belongings, StorageError> {
    let of_client = grants::table.filter(grants::client_key.eq(key)).select(grants::id);
    Ok(Belongings {
        registration_access_tokens: registration_access_tokens::table
            .filter(registration_access_tokens::client_key.eq(key))
            .count()
            .get_result(conn)?,
        authorization_requests: authorization_threads::table
            .filter(authorization_threads::client_key.eq(key))
            .count()
            .get_result(conn)?,
        authorization_codes: authorization_codes::table
            .filter(authorization_codes::grant_id.eq_any(of_client))
            .count()
            .get_result(conn)?,
        grants: grants::table.filter(grants::client_key.eq(key)).count().get_result(conn)?,
        access_tokens: access_tokens::table
            .filter(access_tokens::client_key.eq(key))
            .count()
            .get_result(conn)?,
        refresh_tokens: refresh_tokens::table
            .filter(refresh_tokens::grant_id.eq_any(of_client))
            .count()
            .get_result(conn)?,
        consents: consents::table.filter(consents::client_key.eq(key)).count().get_result(conn)?,
        resource_introspectors: resource_introspectors::table
            .filter(resource_introspectors::client_key.eq(key))
            .count()
            .get_result(conn)?,
    })
}

/// Each host with a space at both ends, so that a search finds whole ones.
fn hosts_column(metadata: &ClientMetadata) -> String {
    let hosts = product::redirect_hosts(metadata);
    if hosts.is_empty() { String::new() } else { format!(" {} ", hosts.join(" ")) }
}

fn to_json(value: &impl Serialize) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|_| StorageError::Corrupt("clients: a value that has no JSON"))
}
