//! Clients as a document, for operators who keep them in git or bring them from elsewhere.
//!
//! All of it happens, or nothing. A client that is not named is left alone.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::client_access::{self, Access, Resolved};
use super::replacement::Replacement;
use super::{Administered, Refusal};
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::Means;
use crate::flow::accept_metadata::{Submission, accept};
use crate::flow::audit;
use crate::flow::register_client::registered_event;
use crate::protocol::client::metadata::{ClientMetadata, GrantType};
use crate::protocol::client::registration::Door;
use crate::storage::audit_events::{self, Origin};
use crate::storage::client_list::{self, Filter};
use crate::storage::clients::{self, Client, ClientPolicy, NewClient, Source};
use crate::storage::{DbConnection, Failure, StorageError, tombstones};
use crate::texts::{Message, say};

/// More than that belongs into several documents.
const MAX_CLIENTS: usize = 1000;
/// A secret from elsewhere is stored as a fast digest: it must be too long to be guessed.
const SHORTEST_SECRET: usize = 32;
const LONGEST_ID: usize = 128;
/// The member that says for whom a client is.
const ACCESS: &str = "access";
/// Paths of the admin API beside those of the clients: a client of that name would not be reached.
const TAKEN_IDS: [&str; 3] = ["export", "import", "sweep"];
/// So many are read at once.
const BATCH: i64 = 500;

/// Clients as they are written down: each a `client_id`, the members of RFC 7591 §2, and, if the client is not for everybody, `access`
/// with `groups` and `least_acr`. Without `access`, a client that is there stays for whom it is.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// A new client may bring the `client_secret` that it has elsewhere.
    #[schema(value_type = Vec<Object>)]
    pub clients: Vec<Map<String, Value>>,
}

/// What a document may do to clients that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Clients that operators made are brought to the described state.
    Change,
    /// Nothing: it is an error that they are there.
    Refuse,
}

/// What was done, or would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Create,
    Update,
    /// It is as described.
    Keep,
}

/// One client of the document.
#[derive(Serialize, ToSchema)]
pub struct Applied {
    pub client_id: String,
    pub action: Action,
    /// What changes, by member: before and after.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Option<Object>)]
    pub changed: Value,
    /// Only if one was made now; it is not shown again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
}

/// A client as the document describes it, judged by the one validation. RFC 7591 §2.
struct Wanted {
    client_id: String,
    replacement: Replacement,
    /// For whom it is, if the document says so.
    access: Option<Access>,
    /// A secret that it has from elsewhere.
    given_secret: Option<Token>,
}

impl Wanted {
    fn metadata(&self) -> &ClientMetadata {
        &self.replacement.accepted.metadata
    }

    fn verified_by(&self) -> Option<&str> {
        self.replacement.accepted.verified_by.as_deref()
    }
}

/// Applies the document; with `is_dry_run` it only says what would happen.
pub async fn apply(
    means: &Means,
    document: &Document,
    existing: Existing,
    is_dry_run: bool,
    origin: Origin,
) -> Administered<Vec<Applied>> {
    if document.clients.len() > MAX_CLIENTS {
        return invalid(format!("The document holds more than {MAX_CLIENTS} clients."));
    }
    let mut wanted = Vec::new();
    for described in &document.clients {
        wanted.push(judge(means, described, &wanted).await?);
    }
    let now = means.clock.now();
    let work = move |conn: &mut DbConnection| {
        // Every refusal comes before the first write: what is written before one would be kept.
        let plans: Administered<Vec<_>> =
            wanted.iter().map(|wanted| plan(conn, wanted, existing, is_dry_run)).collect();
        let plans = plans?.into_iter();
        if is_dry_run {
            return Ok(plans.map(|plan| plan.applied).collect());
        }
        let done: Result<Vec<_>, StorageError> = wanted
            .iter()
            .zip(plans)
            .map(|(wanted, plan)| carry_out(conn, wanted, plan, &origin, now))
            .collect();
        Ok(done?)
    };
    if is_dry_run { means.database.read(work).await } else { means.database.write(work).await }
}

/// The clients of a door, oldest first, as [`apply`] takes them: without secrets, which nobody has.
pub async fn export(means: &Means, source: Source) -> Administered<Document> {
    if source == Source::Document {
        return invalid("A client id metadata document is kept by whoever serves it: it is not exported.");
    }
    let (mut exported, mut before_key) = (Vec::new(), None);
    loop {
        let filter = Filter { source: Some(source), before_key, ..Filter::default() };
        let found = means
            .database
            .read(move |conn| {
                let found = client_list::page(conn, &filter, BATCH)?.into_iter();
                found
                    .map(|(client, _)| Ok((client_access::of(conn, &client)?, client)))
                    .collect::<Administered<Vec<_>>>()
            })
            .await?;
        before_key = found.last().map(|(_, client)| client.key);
        // A client without any grant only introspects for its resource, which makes one of its own elsewhere: RFC 7591
        // has no words for it, and the document would not come in again.
        let described = found.into_iter().filter(|(_, client)| !client.metadata.grant_types.is_empty());
        for (access, client) in described {
            exported.push(written_down(client, &access)?);
        }
        if before_key.is_none() {
            break;
        }
    }
    exported.reverse();
    Ok(Document { clients: exported })
}

fn written_down(client: Client, access: &Access) -> Result<Map<String, Value>, StorageError> {
    let mut members = match serde_json::to_value(&client.metadata) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    members.insert("client_id".to_owned(), client.client_id.into());
    if !access.is_open() {
        members.insert(ACCESS.to_owned(), as_value(access)?);
    }
    Ok(members)
}

fn as_value(access: &Access) -> Result<Value, StorageError> {
    serde_json::to_value(access).map_err(|error| StorageError::Internal(error.to_string()))
}

/// A document is written and read by programs, which are told in English.
fn fault(sentence: impl Into<String>) -> Message {
    say("refused-document").with("fault", sentence.into())
}

fn invalid<T>(sentence: impl Into<String>) -> Administered<T> {
    super::invalid(fault(sentence))
}

fn conflict<T>(sentence: impl Into<String>) -> Administered<T> {
    super::conflict(fault(sentence))
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
    let access = metadata.remove(ACCESS).map(|access| read_access(&client_id, access)).transpose()?;
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
    let accepted = accept(means, submission).await.map_err(|mut refusal| {
        refusal.description = format!("{client_id}: {}", refusal.description);
        Failure::Refused(Refusal::Metadata(refusal))
    })?;
    if given_secret.is_some() && !accepted.metadata.needs_secret() {
        return invalid(format!("{client_id}: client_secret does not go with a method that needs none."));
    }
    Ok(Wanted {
        replacement: Replacement::new(means, &client_id, accepted, given_secret.clone())?,
        access,
        given_secret,
        client_id,
    })
}

fn read_access(client_id: &str, access: Value) -> Administered<Access> {
    if !access.is_object() {
        return invalid(format!("{client_id}: {ACCESS}: It is an object with groups and least_acr."));
    }
    let access: Access = match serde_json::from_value(access) {
        Ok(access) => access,
        Err(error) => return invalid(format!("{client_id}: {ACCESS}: {error}.")),
    };
    access.check().map_err(|failure| of_access(client_id, failure))?;
    Ok(access)
}

/// The refusal of an access, with the client that it was meant for.
fn of_access(client_id: &str, failure: Failure<Refusal>) -> Failure<Refusal> {
    match failure {
        Failure::Refused(refusal) => {
            Failure::Refused(Refusal::Invalid(fault(format!("{client_id}: {ACCESS}: {refusal}"))))
        }
        broken @ Failure::Broken(_) => broken,
    }
}

/// D17, T06: no id of a document client and none that a person could have as `sub`.
fn checked_id(id: String) -> Administered<String> {
    let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    if id.is_empty() || id.len() > LONGEST_ID || !is_plain || id.starts_with("u-") {
        return invalid(format!(
            "The client_id {id} must be 1 to {LONGEST_ID} letters, digits, or -._~ and must not begin with u-."
        ));
    }
    if [".", ".."].contains(&id.as_str()) {
        return invalid("The client_id cannot be dots alone: no address could name the client.");
    }
    if TAKEN_IDS.contains(&id.as_str()) {
        return invalid(format!("The client_id {id} is a word of the admin API: choose another."));
    }
    Ok(id)
}

/// What is to be done with a client.
struct Plan {
    applied: Applied,
    /// If it is there.
    client: Option<Client>,
    puts_metadata: bool,
    /// For whom it is to be, if it is for others now.
    access: Option<Resolved>,
}

fn plan(
    conn: &mut DbConnection,
    wanted: &Wanted,
    existing: Existing,
    is_dry_run: bool,
) -> Administered<Plan> {
    let client_id = &wanted.client_id;
    let access = wanted.access.as_ref().map(|access| access.resolved(conn)).transpose();
    let access = access.map_err(|failure| of_access(client_id, failure))?;
    let applied =
        |action, changed| Applied { client_id: client_id.clone(), action, changed, client_secret: None };
    let Some(client) = clients::find(conn, client_id)? else {
        let access = access.filter(|wanted| !wanted.access.is_open());
        return Ok(Plan {
            applied: applied(Action::Create, Value::Null),
            client: None,
            puts_metadata: true,
            access,
        });
    };
    if existing == Existing::Refuse {
        return conflict(format!("There is a client {client_id} already."));
    }
    if client.source != Source::Operator {
        return conflict(format!("The client {client_id} registered itself: a document does not change it."));
    }
    let locked = if is_dry_run { Some(client) } else { clients::lock(conn, client.key)? };
    let Some(client) = locked else {
        return conflict(format!("The client {client_id} was deleted at this moment."));
    };
    let is_another_secret =
        |secret: &Token| !client.secret.as_ref().is_some_and(|kept| kept.digest.is_of(secret));
    if wanted.given_secret.as_ref().is_some_and(is_another_secret) {
        return conflict(format!("{client_id}: client_secret is given to new clients only."));
    }
    let before = client_access::of(conn, &client)?;
    let access = access.filter(|wanted| wanted.access != before);
    let metadata = wanted.metadata();
    let puts_metadata = client.metadata != *metadata || client.verified_by.as_deref() != wanted.verified_by();
    let applied = if puts_metadata || access.is_some() {
        let mut changed = audit::of_changes(&client.metadata, metadata)["changes"].take();
        if let Some(wanted) = &access {
            changed[ACCESS] = json!({ "from": as_value(&before)?, "to": as_value(&wanted.access)? });
        }
        applied(Action::Update, changed)
    } else {
        applied(Action::Keep, Value::Null)
    };
    Ok(Plan { applied, client: Some(client), puts_metadata, access })
}

fn carry_out(
    conn: &mut DbConnection,
    wanted: &Wanted,
    plan: Plan,
    origin: &Origin,
    now: Seconds,
) -> Result<Applied, StorageError> {
    let (key, issued) = match plan.client {
        None => create(conn, wanted, origin, now)?,
        Some(client) if plan.puts_metadata => {
            (client.key, wanted.replacement.put(conn, &client, origin, now)?)
        }
        Some(client) => (client.key, None),
    };
    if let Some(access) = &plan.access {
        client_access::put(conn, (key, &wanted.client_id), access, origin, now)?;
    }
    Ok(Applied { client_secret: issued.map(|secret| secret.expose().to_owned()), ..plan.applied })
}

/// Makes the client: its row, and the secret, if one was made.
fn create(
    conn: &mut DbConnection,
    wanted: &Wanted,
    origin: &Origin,
    now: Seconds,
) -> Result<(i64, Option<Token>), StorageError> {
    let metadata = wanted.metadata();
    let (secret, issued) = wanted.replacement.first_secret();
    let client = NewClient {
        client_id: wanted.client_id.clone(),
        source: Source::Operator,
        metadata: metadata.clone(),
        policy: ClientPolicy {
            grant_types: metadata.grant_types.clone(),
            scopes: Some(metadata.scope.clone()),
            ..ClientPolicy::default()
        },
        secret,
        initial_access_token_id: None,
        registered_from: None,
        user_agent: None,
        is_pending: false,
        verified_by: wanted.verified_by().map(str::to_owned),
        owner_id: None,
    };
    // Whatever was there under this name is not what the document describes.
    tombstones::forget(conn, &wanted.client_id)?;
    let key = clients::insert(conn, &client, now)?;
    audit_events::record(conn, &registered_event(&client, origin), now)?;
    Ok((key, issued))
}
