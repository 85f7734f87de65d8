//! What happened to the registry and who did it. Each event is written in the transaction of the change it tells of.
//!
//! An event never holds a secret. Its place in the hash chain is given later, by the job that seals.

use std::net::IpAddr;

use diesel::prelude::*;
use serde_json::{Value, json};

use super::audit_chain::Link;
use super::schema::audit_events;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    ClientRegistered,
    ClientUpdated,
    ClientDeleted,
    /// A sweep or the ceiling removed it.
    ClientRemoved,
    ClientRestored,
    ClientDisabled,
    ClientEnabled,
    ClientApproved,
    ClientSecretRotated,
    ClientDocumentChanged,
    RegistrationAccessTokenRotated,
    RegistrationAccessTokenReuse,
    RegistrationAccessTokenRecovered,
    InitialAccessTokenIssued,
    InitialAccessTokenRevoked,
    ConsentGranted,
    ConsentRevoked,
    ResourceAdded,
    ResourceChanged,
    ResourceRemoved,
    ApiKeyIssued,
    ApiKeyRevoked,
    UserAdded,
    UserChanged,
    /// A person signed in. Attempts that failed are counted.
    SignedIn,
    /// So many proofs failed in a row that the next one has to wait.
    SignInBlocked,
    /// An operator let somebody try again.
    SignInUnblocked,
    /// Sessions ended: a person signed out, or somebody signed them out.
    SignedOut,
    UserDisabled,
    UserEnabled,
    PasswordChanged,
    /// The person opened the link that was mailed to their new address.
    EmailChanged,
    /// A link to a new password, to confirm an address, or an invitation.
    AccountLinkIssued,
    AccountLinkRevoked,
    /// An operator had an e-mail sent again.
    EmailRetried,
    /// A passkey or an app for one-time codes is a person's from now on.
    FactorAdded,
    FactorRemoved,
    /// Ten new recovery codes; the old ones are dead.
    RecoveryCodesMade,
    RecoveryCodeUsed,
    GroupAdded,
    GroupChanged,
    GroupRemoved,
    GroupMemberAdded,
    GroupMemberRemoved,
    AttributeAdded,
    AttributeChanged,
    AttributeRemoved,
    /// For whom a client is, or how sure a sign-in to it must be.
    ClientAccessChanged,
    UserRemoved,
    SigningKeysRotated,
    /// Somebody can sign in by an account at another provider, or no longer.
    UpstreamLinked,
    UpstreamUnlinked,
    UpstreamProviderAdded,
    UpstreamProviderChanged,
    UpstreamProviderRemoved,
}

impl EventKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::ClientRegistered,
        Self::ClientUpdated,
        Self::ClientDeleted,
        Self::ClientRemoved,
        Self::ClientRestored,
        Self::ClientDisabled,
        Self::ClientEnabled,
        Self::ClientApproved,
        Self::ClientSecretRotated,
        Self::ClientDocumentChanged,
        Self::RegistrationAccessTokenRotated,
        Self::RegistrationAccessTokenReuse,
        Self::RegistrationAccessTokenRecovered,
        Self::InitialAccessTokenIssued,
        Self::InitialAccessTokenRevoked,
        Self::ConsentGranted,
        Self::ConsentRevoked,
        Self::ResourceAdded,
        Self::ResourceChanged,
        Self::ResourceRemoved,
        Self::ApiKeyIssued,
        Self::ApiKeyRevoked,
        Self::UserAdded,
        Self::UserChanged,
        Self::SignedIn,
        Self::SignInBlocked,
        Self::SignInUnblocked,
        Self::SignedOut,
        Self::UserDisabled,
        Self::UserEnabled,
        Self::PasswordChanged,
        Self::EmailChanged,
        Self::AccountLinkIssued,
        Self::AccountLinkRevoked,
        Self::EmailRetried,
        Self::FactorAdded,
        Self::FactorRemoved,
        Self::RecoveryCodesMade,
        Self::RecoveryCodeUsed,
        Self::GroupAdded,
        Self::GroupChanged,
        Self::GroupRemoved,
        Self::GroupMemberAdded,
        Self::GroupMemberRemoved,
        Self::AttributeAdded,
        Self::AttributeChanged,
        Self::AttributeRemoved,
        Self::ClientAccessChanged,
        Self::UserRemoved,
        Self::SigningKeysRotated,
        Self::UpstreamLinked,
        Self::UpstreamUnlinked,
        Self::UpstreamProviderAdded,
        Self::UpstreamProviderChanged,
        Self::UpstreamProviderRemoved,
    ];

    /// As it is stored and exported.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientRegistered => "client_registered",
            Self::ClientUpdated => "client_updated",
            Self::ClientDeleted => "client_deleted",
            Self::ClientRemoved => "client_removed",
            Self::ClientRestored => "client_restored",
            Self::ClientDisabled => "client_disabled",
            Self::ClientEnabled => "client_enabled",
            Self::ClientApproved => "client_approved",
            Self::ClientSecretRotated => "client_secret_rotated",
            Self::ClientDocumentChanged => "client_document_changed",
            Self::RegistrationAccessTokenRotated => "registration_access_token_rotated",
            Self::RegistrationAccessTokenReuse => "registration_access_token_reuse",
            Self::RegistrationAccessTokenRecovered => "registration_access_token_recovered",
            Self::InitialAccessTokenIssued => "initial_access_token_issued",
            Self::InitialAccessTokenRevoked => "initial_access_token_revoked",
            Self::ConsentGranted => "consent_granted",
            Self::ConsentRevoked => "consent_revoked",
            Self::ResourceAdded => "resource_added",
            Self::ResourceChanged => "resource_changed",
            Self::ResourceRemoved => "resource_removed",
            Self::ApiKeyIssued => "api_key_issued",
            Self::ApiKeyRevoked => "api_key_revoked",
            Self::UserAdded => "user_added",
            Self::UserChanged => "user_changed",
            Self::SignedIn => "signed_in",
            Self::SignInBlocked => "sign_in_blocked",
            Self::SignInUnblocked => "sign_in_unblocked",
            Self::SignedOut => "signed_out",
            Self::UserDisabled => "user_disabled",
            Self::UserEnabled => "user_enabled",
            Self::PasswordChanged => "password_changed",
            Self::EmailChanged => "email_changed",
            Self::AccountLinkIssued => "account_link_issued",
            Self::AccountLinkRevoked => "account_link_revoked",
            Self::EmailRetried => "email_retried",
            Self::FactorAdded => "factor_added",
            Self::FactorRemoved => "factor_removed",
            Self::RecoveryCodesMade => "recovery_codes_made",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::GroupAdded => "group_added",
            Self::GroupChanged => "group_changed",
            Self::GroupRemoved => "group_removed",
            Self::GroupMemberAdded => "group_member_added",
            Self::GroupMemberRemoved => "group_member_removed",
            Self::AttributeAdded => "attribute_added",
            Self::AttributeChanged => "attribute_changed",
            Self::AttributeRemoved => "attribute_removed",
            Self::ClientAccessChanged => "client_access_changed",
            Self::UserRemoved => "user_removed",
            Self::SigningKeysRotated => "signing_keys_rotated",
            Self::UpstreamLinked => "upstream_linked",
            Self::UpstreamUnlinked => "upstream_unlinked",
            Self::UpstreamProviderAdded => "upstream_provider_added",
            Self::UpstreamProviderChanged => "upstream_provider_changed",
            Self::UpstreamProviderRemoved => "upstream_provider_removed",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }

    /// Every name, in words.
    #[must_use]
    pub fn names() -> String {
        Self::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The server by itself: a sweep, an eviction, a document that changed.
    Server,
    /// Nobody who was known, as in an open registration.
    Anonymous,
    /// Whoever holds this client's registration access token, its secret or its key.
    Client(String),
    /// A person, by `sub`.
    User(String),
    /// Whoever holds the initial access token with this id.
    InitialAccessToken(i64),
    /// Somebody at the command line, by the name of the account there.
    CommandLine(String),
    /// An administrator through the admin API, by `sub`, `client_id` or the name of the API key.
    Administrator(String),
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Server => f.write_str("server"),
            Self::Anonymous => f.write_str("anonymous"),
            Self::Client(id) => write!(f, "client:{id}"),
            Self::User(subject) => write!(f, "user:{subject}"),
            Self::InitialAccessToken(id) => write!(f, "initial_access_token:{id}"),
            Self::CommandLine(name) => write!(f, "command_line:{name}"),
            Self::Administrator(name) => write!(f, "administrator:{name}"),
        }
    }
}

/// Who did it, and where from.
#[derive(Clone, Debug)]
pub struct Origin {
    pub actor: Actor,
    pub address: Option<IpAddr>,
    /// The number of the request, as in the log.
    pub request_id: Option<String>,
}

impl Origin {
    /// An origin that is no request: the server, or the command line.
    #[must_use]
    pub fn local(actor: Actor) -> Self {
        Self { actor, address: None, request_id: None }
    }
}

/// An event as it is stored.
#[derive(Clone, Debug, Queryable)]
pub struct StoredEvent {
    pub id: i64,
    pub at: Seconds,
    pub kind: String,
    pub actor: String,
    pub client_id: Option<String>,
    pub address: Option<String>,
    pub request_id: Option<String>,
    /// The text of a JSON object.
    pub details: String,
    /// Its place in the chain; `None` until it is sealed.
    pub sequence: Option<i64>,
    pub hash: Option<Vec<u8>>,
}

/// In the order of [`StoredEvent`].
pub(super) const COLUMNS: (
    audit_events::id,
    audit_events::at,
    audit_events::kind,
    audit_events::actor,
    audit_events::client_id,
    audit_events::address,
    audit_events::request_id,
    audit_events::details,
    audit_events::sequence,
    audit_events::hash,
) = (
    audit_events::id,
    audit_events::at,
    audit_events::kind,
    audit_events::actor,
    audit_events::client_id,
    audit_events::address,
    audit_events::request_id,
    audit_events::details,
    audit_events::sequence,
    audit_events::hash,
);

impl StoredEvent {
    /// What its hash is of, at this place: a JSON array without spaces, whose last member is the text of the details.
    #[must_use]
    pub fn canonical(&self, sequence: i64) -> String {
        let Self { at, kind, actor, client_id, address, request_id, details, .. } = self;
        json!([sequence, at, kind, actor, client_id, address, request_id, details]).to_string()
    }

    /// Where it stands in the chain, as it says itself.
    #[must_use]
    pub fn link(&self) -> Option<Link> {
        let hash = self.hash.as_deref()?.try_into().ok()?;
        Some(Link { sequence: self.sequence?, hash })
    }
}

/// Which events are wanted; everything that is named must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub client_id: Option<String>,
    pub kind: Option<String>,
    pub actor: Option<String>,
    /// Not before.
    pub since: Option<Seconds>,
    /// Before.
    pub until: Option<Seconds>,
    /// Written before the event with this id: the last one of the page before.
    pub before_id: Option<i64>,
}

/// The newest events that the filter lets through, newest first, sealed or not.
pub fn list(conn: &mut DbConnection, filter: &Filter, limit: i64) -> Result<Vec<StoredEvent>, StorageError> {
    let mut query = audit_events::table.into_boxed();
    if let Some(client_id) = &filter.client_id {
        query = query.filter(audit_events::client_id.eq(client_id));
    }
    if let Some(kind) = &filter.kind {
        query = query.filter(audit_events::kind.eq(kind));
    }
    if let Some(actor) = &filter.actor {
        query = query.filter(audit_events::actor.eq(actor));
    }
    if let Some(since) = filter.since {
        query = query.filter(audit_events::at.ge(since));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_events::at.lt(until));
    }
    if let Some(id) = filter.before_id {
        query = query.filter(audit_events::id.lt(id));
    }
    Ok(query.order(audit_events::id.desc()).limit(limit).select(COLUMNS).load(conn)?)
}

/// An event about to be written. `details` is an object that holds no secret; its `sub` is the person whom it is about.
pub struct Event<'a> {
    pub kind: EventKind,
    pub origin: &'a Origin,
    pub client_id: Option<&'a str>,
    pub details: Value,
}

/// Writes the event in the transaction of what it tells of.
pub fn record(conn: &mut DbConnection, event: &Event<'_>, now: Seconds) -> Result<(), StorageError> {
    diesel::insert_into(audit_events::table)
        .values((
            audit_events::at.eq(now),
            audit_events::kind.eq(event.kind.as_str()),
            audit_events::actor.eq(event.origin.actor.to_string()),
            audit_events::client_id.eq(event.client_id),
            audit_events::address.eq(event.origin.address.map(|address| address.to_canonical().to_string())),
            audit_events::request_id.eq(event.origin.request_id.as_deref()),
            audit_events::details.eq(event.details.to_string()),
            audit_events::subject.eq(event.details.get("sub").and_then(Value::as_str)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether there is an event of this kind about this client after `since`.
pub fn is_any_since(
    conn: &mut DbConnection,
    kind: EventKind,
    client_id: &str,
    since: Seconds,
) -> Result<bool, StorageError> {
    let found = audit_events::table
        .filter(audit_events::client_id.eq(client_id))
        .filter(audit_events::kind.eq(kind.as_str()))
        .filter(audit_events::at.gt(since))
        .select(audit_events::id);
    Ok(found.first::<i64>(conn).optional()?.is_some())
}
