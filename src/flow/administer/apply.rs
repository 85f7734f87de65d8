//! Brings clients to the state that a document describes, for operators who keep them in git or bring them from elsewhere.
//!
//! All of it happens, or nothing. A client that is not named is left alone.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::replacement::Replacement;
use super::{Administered, Refusal, conflict, invalid};
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::Means;
use crate::flow::accept_metadata::{Submission, accept};
use crate::flow::audit;
use crate::flow::register_client::{client_secret_expiry, registered_event};
use crate::protocol::client::metadata::{ClientMetadata, GrantType};
use crate::protocol::client::registration::Door;
use crate::storage::audit_events::{self, Origin};
use crate::storage::clients::{self, Client, ClientPolicy, NewClient, Source, StoredSecret};
use crate::storage::{DbConnection, Failure, tombstones};

/// More than that belongs into several documents.
const MAX_CLIENTS: usize = 1000;
/// A secret from elsewhere is stored as a fast digest: it must be too long to be guessed.
const SHORTEST_SECRET: usize = 32;
const LONGEST_ID: usize = 128;

/// What a document may do to clients that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Clients that operators made are brought to the described state.
    Change,
    /// Nothing: it is an error that they are there.
    Refuse,
}

/// What was done, or would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Create,
    Update,
    /// It is as described.
    Keep,
}

/// One client of the document.
#[derive(Serialize)]
pub struct Applied {
    pub client_id: String,
    pub action: Action,
    /// What changes, by member: before and after.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub changed: Value,
    /// Only if one was made now; it is not shown again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
}

/// A client as the document describes it, judged by the one validation. RFC 7591 §2.
struct Wanted {
    client_id: String,
    replacement: Replacement,
    /// A secret that it has from elsewhere.
    given_secret: Option<Token>,
    fresh_secret: Token,
    secret_expires_at: Seconds,
}

impl Wanted {
    fn metadata(&self) -> &ClientMetadata {
        &self.replacement.accepted.metadata
    }

    fn verified_by(&self) -> Option<&str> {
        self.replacement.accepted.verified_by.as_deref()
    }
}

/// Applies `{"clients": [{"client_id": …, metadata}]}`; with `is_dry_run` it only says what would happen.
pub async fn apply(
    means: &Means,
    document: &Value,
    existing: Existing,
    is_dry_run: bool,
    origin: Origin,
) -> Administered<Vec<Applied>> {
    let mut wanted = Vec::new();
    for described in described(document)? {
        wanted.push(judge(means, described, &wanted).await?);
    }
    let now = means.clock.now();
    let work = move |conn: &mut DbConnection| {
        wanted
            .iter()
            .map(|wanted| match clients::find(conn, &wanted.client_id)? {
                None => create(conn, wanted, is_dry_run, &origin, now),
                Some(client) if existing == Existing::Refuse => {
                    conflict(format!("There is a client {} already.", client.client_id))
                }
                Some(client) => update(conn, &client, wanted, is_dry_run, &origin, now),
            })
            .collect()
    };
    if is_dry_run { means.database.read(work).await } else { means.database.write(work).await }
}

/// Every client that operators made, as [`apply`] takes it: without secrets, which nobody has.
pub async fn export(means: &Means) -> Administered<Value> {
    let clients = means.database.read(|conn| Ok::<_, Failure<Refusal>>(clients::list(conn)?)).await?;
    let described = clients.into_iter().filter(|client| client.source == Source::Operator).map(|client| {
        let mut members = members(&client.metadata);
        members.insert("client_id".to_owned(), client.client_id.into());
        Value::Object(members)
    });
    Ok(json!({ "clients": described.collect::<Vec<_>>() }))
}

fn members(metadata: &ClientMetadata) -> Map<String, Value> {
    match serde_json::to_value(metadata) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

fn described(document: &Value) -> Administered<Vec<&Map<String, Value>>> {
    let members = document.as_object().filter(|members| members.keys().all(|name| name == "clients"));
    let list = members.and_then(|members| members.get("clients")).and_then(Value::as_array);
    let Some(list) = list else {
        return invalid("The document must be an object with one member, clients, which is an array.");
    };
    if list.len() > MAX_CLIENTS {
        return invalid(format!("The document holds more than {MAX_CLIENTS} clients."));
    }
    let objects: Option<Vec<_>> = list.iter().map(Value::as_object).collect();
    objects.map_or_else(|| invalid("clients must hold objects."), Ok)
}

async fn judge(means: &Means, described: &Map<String, Value>, others: &[Wanted]) -> Administered<Wanted> {
    let mut metadata = described.clone();
    let client_id = match metadata.remove("client_id") {
        Some(Value::String(id)) => checked_id(id)?,
        _ => return invalid("Each client needs a client_id, a text: by it the client is found again."),
    };
    if others.iter().any(|other| other.client_id == client_id) {
        return invalid(format!("The client {client_id} stands in the document twice."));
    }
    let given_secret = match metadata.remove("client_secret") {
        None => None,
        Some(Value::String(secret)) if secret.len() >= SHORTEST_SECRET => Some(Token::presented(secret)),
        Some(_) => {
            return invalid(format!(
                "{client_id}: client_secret must be a text of at least {SHORTEST_SECRET} characters."
            ));
        }
    };
    let wanted = client_id.clone();
    let earlier =
        means.database.read(move |conn| Ok::<_, Failure<Refusal>>(clients::find(conn, &wanted)?)).await?;
    let everything = ClientPolicy { grant_types: GrantType::ALL.to_vec(), ..ClientPolicy::default() };
    let submission = Submission {
        members: &metadata,
        policy: &everything,
        door: Door::Operator,
        earlier: earlier.as_ref().map(|client| &client.metadata),
    };
    let accepted = accept(means, submission).await.map_err(|refusal| {
        Failure::Refused(Refusal::Invalid(format!("{client_id}: {}", refusal.description)))
    })?;
    if given_secret.is_some() && !accepted.metadata.needs_secret() {
        return invalid(format!("{client_id}: client_secret does not go with a method that needs none."));
    }
    Ok(Wanted {
        client_id,
        replacement: Replacement::new(means, accepted),
        given_secret,
        fresh_secret: means.entropy.token(),
        secret_expires_at: client_secret_expiry(means, means.clock.now()),
    })
}

/// D17, T06: no id of a document client and none that a person could have as `sub`.
fn checked_id(id: String) -> Administered<String> {
    let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    if id.is_empty() || id.len() > LONGEST_ID || !is_plain || id.starts_with("u-") {
        return invalid(format!(
            "The client_id {id} must be 1 to {LONGEST_ID} letters, digits, or -._~ and must not begin with u-."
        ));
    }
    Ok(id)
}

fn create(
    conn: &mut DbConnection,
    wanted: &Wanted,
    is_dry_run: bool,
    origin: &Origin,
    now: Seconds,
) -> Administered<Applied> {
    let metadata = wanted.metadata();
    let applied = |client_secret| Applied {
        client_id: wanted.client_id.clone(),
        action: Action::Create,
        changed: Value::Null,
        client_secret,
    };
    if is_dry_run {
        return Ok(applied(None));
    }
    let secret = wanted.given_secret.as_ref().unwrap_or(&wanted.fresh_secret);
    let client = NewClient {
        client_id: wanted.client_id.clone(),
        source: Source::Operator,
        metadata: metadata.clone(),
        policy: ClientPolicy {
            grant_types: metadata.grant_types.clone(),
            scopes: Some(metadata.scope.clone()),
            ..ClientPolicy::default()
        },
        secret: metadata
            .needs_secret()
            .then(|| StoredSecret { digest: secret.digest(), expires_at: wanted.secret_expires_at }),
        initial_access_token_id: None,
        registered_from: None,
        user_agent: None,
        is_pending: false,
        verified_by: wanted.verified_by().map(str::to_owned),
        owner_id: None,
    };
    // Whatever was there under this name is not what the document describes.
    tombstones::forget(conn, &wanted.client_id)?;
    clients::insert(conn, &client, now)?;
    audit_events::record(conn, &registered_event(&client, origin), now)?;
    let is_told = metadata.needs_secret() && wanted.given_secret.is_none();
    Ok(applied(is_told.then(|| wanted.fresh_secret.expose().to_owned())))
}

fn update(
    conn: &mut DbConnection,
    client: &Client,
    wanted: &Wanted,
    is_dry_run: bool,
    origin: &Origin,
    now: Seconds,
) -> Administered<Applied> {
    if client.source != Source::Operator {
        return conflict(format!(
            "The client {} registered itself: a document does not change it.",
            client.client_id
        ));
    }
    let metadata = wanted.metadata();
    let applied = |action, changed, client_secret| Applied {
        client_id: client.client_id.clone(),
        action,
        changed,
        client_secret,
    };
    let is_another_secret =
        |secret: &Token| !client.secret.as_ref().is_some_and(|kept| kept.digest.is_of(secret));
    if wanted.given_secret.as_ref().is_some_and(is_another_secret) {
        return conflict(format!("{}: client_secret is given to new clients only.", client.client_id));
    }
    if client.metadata == *metadata && client.verified_by.as_deref() == wanted.verified_by() {
        return Ok(applied(Action::Keep, Value::Null, None));
    }
    let changed = audit::of_changes(&client.metadata, metadata);
    let changed = changed.get("changes").cloned().unwrap_or_default();
    if is_dry_run {
        return Ok(applied(Action::Update, changed, None));
    }
    let Some(client) = clients::lock(conn, client.key)? else {
        return conflict(format!("The client {} was deleted at this moment.", client.client_id));
    };
    let issued = wanted.replacement.put(conn, &client, origin, now)?;
    Ok(applied(Action::Update, changed, issued.map(|secret| secret.expose().to_owned())))
}
