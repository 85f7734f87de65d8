//! Clients, as an operator looks after them. Metadata pass the one validation of every door.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::client_access::{self, Access};
use super::replacement::Replacement;
use super::{Administered, Refusal, conflict, invalid, not_found};
use crate::clock::Seconds;
use crate::flow::accept_metadata::{Submission, accept};
use crate::flow::register_client::{self, registered_event};
use crate::flow::remove_client::{self, Receipt, RemovalReason, Retention};
use crate::flow::{Means, client_pictures, registration_policy};
use crate::protocol::client::metadata::{ClientMetadata, GrantType};
use crate::protocol::client::registration::Door;
use crate::storage::audit_events::{self, Event, EventKind, Origin};
use crate::storage::client_list::{self, Traces};
use crate::storage::clients::{self, Belongings, Client, ClientPolicy, Source};
use crate::storage::{DbConnection, Failure, StorageError};
use crate::texts::say;

pub use crate::storage::client_list::{Filter, State};

/// What a client never chooses, and an operator neither. RFC 7591 §3.2.1.
const SET_BY_SERVER: [&str; 6] = [
    "client_id",
    "client_id_issued_at",
    "client_secret",
    "client_secret_expires_at",
    "registration_access_token",
    "registration_client_uri",
];

/// The longest reason of a switch, in characters.
const MAX_REASON: usize = 256;

/// Everything that is known of a client but its secrets.
#[derive(Serialize, ToSchema)]
pub struct ClientView {
    pub client_id: String,
    /// Through which door it came: `operator`, `dynamic`, `initial_access_token`, `user` or `document`.
    pub source: &'static str,
    /// `pending`, `active` or `disabled`.
    pub state: &'static str,
    /// The issuer of its software statement.
    pub verified_by: Option<String>,
    pub created_at: Seconds,
    pub updated_at: Seconds,
    pub pending_since: Option<Seconds>,
    pub disabled_at: Option<Seconds>,
    pub disabled_reason: Option<String>,
    /// 0 = it has a secret that does not expire; null = it has none.
    pub client_secret_expires_at: Option<Seconds>,
    /// What it calls itself, without what differs between installations.
    pub product: String,
    pub redirect_hosts: Vec<String>,
    pub initial_access_token_id: Option<i64>,
    pub registered_from: Option<String>,
    pub user_agent: Option<String>,
    pub first_consent_at: Option<Seconds>,
    pub last_authorized_at: Option<Seconds>,
    pub last_token_at: Option<Seconds>,
    /// The later of the two; null = never used.
    pub last_used_at: Option<Seconds>,
    /// What it may ever register.
    #[schema(value_type = Object)]
    pub policy: ClientPolicy,
    /// As registered. RFC 7591 §2.
    #[schema(value_type = Object)]
    pub metadata: ClientMetadata,
}

impl ClientView {
    fn of(client: Client, traces: Traces) -> Self {
        Self {
            source: client.source.as_str(),
            state: state_of(&client),
            verified_by: client.verified_by,
            created_at: client.created_at,
            updated_at: client.updated_at,
            pending_since: client.pending_since,
            disabled_at: client.disabled_at,
            disabled_reason: traces.disabled_reason,
            client_secret_expires_at: client.secret.map(|secret| secret.expires_at),
            product: traces.product,
            redirect_hosts: traces.redirect_hosts.split_whitespace().map(str::to_owned).collect(),
            initial_access_token_id: traces.initial_access_token_id,
            registered_from: traces.registered_from,
            user_agent: traces.user_agent,
            first_consent_at: traces.first_consent_at,
            last_authorized_at: traces.last_authorized_at,
            last_token_at: traces.last_token_at,
            last_used_at: traces.last_used_at,
            policy: client.policy,
            metadata: client.metadata,
            client_id: client.client_id,
        }
    }
}

fn state_of(client: &Client) -> &'static str {
    if client.is_disabled() {
        "disabled"
    } else if client.is_pending() {
        "pending"
    } else {
        "active"
    }
}

/// A part of the list, newest first.
#[derive(Serialize, ToSchema)]
pub struct ClientPage {
    pub clients: Vec<ClientView>,
    /// Asks for the page after this one; null = there is none.
    pub next_page_token: Option<String>,
}

/// The clients that the filter lets through. A page token is opaque to whoever holds it, and believed by nobody.
pub async fn list(
    means: &Means,
    filter: Filter,
    size: i64,
    page_token: Option<&str>,
) -> Administered<ClientPage> {
    let before_key = page_token.map(read_page_token).transpose()?;
    let filter = Filter { before_key, ..filter };
    let mut found = means.database.read(move |conn| Ok(client_list::page(conn, &filter, size + 1)?)).await?;
    let wanted = usize::try_from(size).unwrap_or_default();
    let has_more = found.len() > wanted;
    found.truncate(wanted);
    let last = found.last().map(|(client, _)| client.key);
    Ok(ClientPage {
        next_page_token: last.filter(|_| has_more).map(page_token_of),
        clients: found.into_iter().map(|(client, traces)| ClientView::of(client, traces)).collect(),
    })
}

/// The token that asks for what comes behind the row of this key.
pub(super) fn page_token_of(key: i64) -> String {
    URL_SAFE_NO_PAD.encode(key.to_be_bytes())
}

/// The key that a page token holds.
pub(super) fn read_page_token(token: &str) -> Administered<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
    match bytes.map(i64::from_be_bytes) {
        Some(key) if key > 0 => Ok(key),
        _ => invalid(say("refused-page-token").about("page_token")),
    }
}

/// A client, and what hangs on it.
#[derive(Serialize, ToSchema)]
pub struct ClientDetails {
    #[serde(flatten)]
    pub client: ClientView,
    /// How many rows of each kind a deletion would take with it.
    #[schema(value_type = Object)]
    pub belongings: Belongings,
    /// For whom it is.
    pub access: Access,
}

/// The client with this `client_id`.
pub async fn show(means: &Means, client_id: String) -> Administered<ClientDetails> {
    means.database.read(move |conn| details(conn, &client_id)).await
}

fn details(conn: &mut DbConnection, client_id: &str) -> Administered<ClientDetails> {
    let client = find(conn, client_id)?;
    let belongings = clients::belongings(conn, client.key)?;
    let Some(traces) = client_list::traces(conn, client.key)? else { return unknown(client_id) };
    let access = client_access::of(conn, &client)?;
    Ok(ClientDetails { client: ClientView::of(client, traces), belongings, access })
}

fn unknown<T>(client_id: &str) -> Administered<T> {
    let shown: String = client_id.chars().filter(|c| !c.is_control()).take(200).collect();
    not_found(say("refused-no-client").with("client", shown))
}

/// The client with this `client_id`, for those who only look.
pub(super) fn find(conn: &mut DbConnection, client_id: &str) -> Administered<Client> {
    clients::find(conn, client_id)?.map_or_else(|| unknown(client_id), Ok)
}

/// The client with this `client_id`, locked for a change.
pub(super) fn locked(conn: &mut DbConnection, client_id: &str) -> Administered<Client> {
    let key = find(conn, client_id)?.key;
    clients::lock(conn, key)?.map_or_else(|| unknown(client_id), Ok)
}

fn note(
    conn: &mut DbConnection,
    kind: EventKind,
    (origin, client_id): (&Origin, &str),
    details: Value,
    now: Seconds,
) -> Result<(), StorageError> {
    audit_events::record(conn, &Event { kind, origin, client_id: Some(client_id), details }, now)
}

/// A client with the secret that was just made for it, this once.
#[derive(Serialize, ToSchema)]
pub struct ClientWithSecret {
    #[serde(flatten)]
    pub client: ClientDetails,
    /// Only if one was made now; it is not shown again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
}

/// Makes a client. RFC 7591 §2, by an operator.
pub async fn create(
    means: &Means,
    metadata: Map<String, Value>,
    origin: Origin,
) -> Administered<ClientWithSecret> {
    refuse_server_set(&metadata)?;
    let now = means.clock.now();
    let (registered, client) = register_client::by_operator(means, &metadata)
        .await
        .map_err(|failure| failure.map_refusal(Refusal::from))?;
    let details = means
        .database
        .write(move |conn| {
            clients::insert(conn, &client, now)?;
            audit_events::record(conn, &registered_event(&client, &origin), now)?;
            details(conn, &client.client_id)
        })
        .await?;
    client_pictures::announce(means, &registered.client_id).await;
    let client_secret = registered.client_secret.map(|secret| secret.expose().to_owned());
    Ok(ClientWithSecret { client: details, client_secret })
}

fn refusal(refusal: crate::protocol::client::refusal::RegistrationRefusal) -> Failure<Refusal> {
    Failure::Refused(refusal.into())
}

pub(super) fn refuse_server_set(metadata: &Map<String, Value>) -> Administered<()> {
    match SET_BY_SERVER.iter().find(|name| metadata.contains_key(**name)) {
        Some(name) => invalid(say("refused-set-by-server").with("name", name).about("metadata")),
        None => Ok(()),
    }
}

/// Replaces the metadata of a client; omitted members go back to their defaults. Its registration access token stays.
pub async fn replace(
    means: &Means,
    client_id: String,
    metadata: Map<String, Value>,
    origin: Origin,
) -> Administered<ClientWithSecret> {
    let wanted = client_id.clone();
    let earlier = means.database.read(move |conn| find(conn, &wanted)).await?;
    let (replacement, now) = (prepare(means, &earlier, &metadata).await?, means.clock.now());
    let named = client_id.clone();
    let put = means.database.write(move |conn| put(conn, &replacement, &named, &origin, now)).await?;
    client_pictures::announce(means, &client_id).await;
    Ok(put)
}

/// The resulting state of a client, by the one validation.
pub(super) async fn prepare(
    means: &Means,
    earlier: &Client,
    metadata: &Map<String, Value>,
) -> Administered<Replacement> {
    refuse_server_set(metadata)?;
    if earlier.source == Source::Document {
        return conflict(say("refused-client-of-document"));
    }
    let is_operators = earlier.source == Source::Operator;
    let policy = if is_operators {
        ClientPolicy { grant_types: GrantType::ALL.to_vec(), ..earlier.policy.clone() }
    } else {
        // What it could not have registered itself, it would not be given either.
        registration_policy::held_to(means, earlier)
    };
    let submission = Submission {
        members: metadata,
        policy: &policy,
        door: if is_operators { Door::Operator } else { Door::Client },
        earlier: Some(&earlier.metadata),
    };
    let mut accepted = accept(means, submission).await.map_err(refusal)?;
    if !is_operators {
        accepted.metadata.access_token_format = earlier.metadata.access_token_format;
    }
    Ok(Replacement::new(means, &earlier.client_id, accepted, None)?)
}

/// Writes it, with its event.
pub(super) fn put(
    conn: &mut DbConnection,
    replacement: &Replacement,
    client_id: &str,
    origin: &Origin,
    now: Seconds,
) -> Administered<ClientWithSecret> {
    let client = locked(conn, client_id)?;
    let issued = replacement.put(conn, &client, origin, now)?;
    Ok(ClientWithSecret {
        client: details(conn, client_id)?,
        client_secret: issued.map(|secret| secret.expose().to_owned()),
    })
}

/// Switches a client off: its tokens are good for nothing until it is switched on again.
pub async fn disable(
    means: &Means,
    client_id: String,
    reason: Option<String>,
    origin: Origin,
) -> Administered<ClientDetails> {
    let too_long = |text: &String| text.chars().count() > MAX_REASON || text.chars().any(char::is_control);
    if reason.as_ref().is_some_and(too_long) {
        return invalid(say("refused-reason").with("most", MAX_REASON).about("reason"));
    }
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let client = locked(conn, &client_id)?;
            if client.is_disabled() {
                return conflict(say("refused-client-disabled"));
            }
            clients::set_disabled(conn, client.key, Some(now))?;
            clients::set_disabled_reason(conn, client.key, reason.as_deref())?;
            let why = json!({ "reason": reason });
            note(conn, EventKind::ClientDisabled, (&origin, &client_id), why, now)?;
            details(conn, &client_id)
        })
        .await
}

/// Switches a client on again.
pub async fn enable(means: &Means, client_id: String, origin: Origin) -> Administered<ClientDetails> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let client = locked(conn, &client_id)?;
            if !client.is_disabled() {
                return conflict(say("refused-client-enabled"));
            }
            clients::set_disabled(conn, client.key, None)?;
            clients::set_disabled_reason(conn, client.key, None)?;
            note(conn, EventKind::ClientEnabled, (&origin, &client_id), json!({}), now)?;
            details(conn, &client_id)
        })
        .await
}

/// What goes with a client, or would go.
#[derive(Serialize, ToSchema)]
pub struct Removal {
    pub client_id: String,
    /// `false` = nothing was done yet.
    pub is_done: bool,
    /// How many rows of each kind.
    #[schema(value_type = Object)]
    pub belongings: Belongings,
    /// Until when the client can be restored; null = it cannot.
    pub restorable_until: Option<Seconds>,
}

impl Removal {
    fn of(receipt: Receipt, is_done: bool) -> Self {
        let Receipt { client_id, belongings, restorable_until } = receipt;
        Self { client_id, is_done, belongings, restorable_until }
    }
}

/// What removing the client would take with it.
pub async fn preview_removal(means: &Means, client_id: String) -> Administered<Removal> {
    let retention = Retention::of(means);
    means
        .database
        .read(move |conn| {
            let client = find(conn, &client_id)?;
            let receipt =
                remove_client::preview(conn, &client, RemovalReason::DeletedByOperator, &retention)?;
            Ok(Removal::of(receipt, false))
        })
        .await
}

/// Removes the client: the receipt has the numbers that the preview had.
pub async fn remove(means: &Means, client_id: String, origin: Origin) -> Administered<Removal> {
    let retention = Retention::of(means);
    means
        .database
        .write(move |conn| {
            let client = find(conn, &client_id)?;
            let reason = RemovalReason::DeletedByOperator;
            match remove_client::remove(conn, &client, reason, &origin, &retention)? {
                Some(receipt) => Ok(Removal::of(receipt, true)),
                None => unknown(&client_id),
            }
        })
        .await
}
