//! Clients as a file: out of one server, into another, or out of a repository. Either all of it comes in, or nothing.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::clients::{prepare, put, refuse_server_set};
use super::replacement::Replacement;
use super::{Administered, Refusal, conflict, invalid};
use crate::flow::register_client::{self, Registered, registered_event};
use crate::flow::{Means, Source};
use crate::protocol::client::metadata::ClientMetadata;
use crate::storage::audit_events::{self, Origin};
use crate::storage::client_list::{self, Filter};
use crate::storage::clients::{self, Client, NewClient};
use crate::storage::{DbConnection, Failure};

/// So many clients come in at once at most.
const MOST: usize = 1000;
/// So many are read at once.
const BATCH: i64 = 500;
/// The longest `client_id` that an operator may choose.
const MAX_CLIENT_ID: usize = 255;

/// A client as a file holds it: never a secret.
#[derive(Serialize, ToSchema)]
pub struct ExportedClient {
    pub client_id: String,
    #[schema(value_type = Object)]
    pub metadata: ClientMetadata,
}

/// What can be imported again.
#[derive(Serialize, ToSchema)]
pub struct Export {
    pub clients: Vec<ExportedClient>,
}

/// The clients of a door, or all but those that are documents elsewhere; oldest first.
pub async fn export(means: &Means, source: Option<Source>) -> Administered<Export> {
    let (mut exported, mut before_key) = (Vec::new(), None);
    loop {
        let filter = Filter { source, before_key, ..Filter::default() };
        let found = means
            .database
            .read(move |conn| Ok::<_, Failure<Refusal>>(client_list::page(conn, &filter, BATCH)?))
            .await?;
        before_key = found.last().map(|(client, _)| client.key);
        let clients = found.into_iter().map(|(client, _)| client);
        exported.extend(clients.filter(|client| client.source != Source::Document));
        if before_key.is_none() {
            break;
        }
    }
    exported.reverse();
    let file = |client: Client| ExportedClient { client_id: client.client_id, metadata: client.metadata };
    Ok(Export { clients: exported.into_iter().map(file).collect() })
}

/// A client to come in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportedClient {
    /// Replaces the metadata of this client, or makes it; null = makes one with a new id.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Client metadata. RFC 7591 §2.
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
}

/// Clients to come in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportRequest {
    pub clients: Vec<ImportedClient>,
}

/// What became of one client.
#[derive(Serialize, ToSchema)]
pub struct ImportedView {
    pub client_id: String,
    /// `created`, `updated` or `unchanged`.
    pub action: &'static str,
    /// Only if one was made now; it is not shown again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
}

/// What became of all of them.
#[derive(Serialize, ToSchema)]
pub struct Imported {
    /// `false` = nothing was done yet.
    pub is_done: bool,
    pub clients: Vec<ImportedView>,
}

enum Step {
    Create(Box<NewClient>, Box<Registered>),
    Update(String, Box<Replacement>),
    Keep(String),
}

/// Brings clients in, through the one validation, in one transaction. With `is_dry` it says what would be done.
pub async fn import(
    means: &Means,
    request: ImportRequest,
    is_dry: bool,
    origin: Origin,
) -> Administered<Imported> {
    if request.clients.len() > MOST {
        return invalid(format!("clients: there may be {MOST} at most."));
    }
    let mut steps = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    for (index, client) in request.clients.iter().enumerate() {
        if client.client_id.as_ref().is_some_and(|id| !ids.insert(id.clone())) {
            return invalid(format!("clients[{index}]: client_id stands twice."));
        }
        steps.push(step(means, client).await.map_err(|failure| at(index, failure))?);
    }
    if is_dry {
        return Ok(Imported { is_done: false, clients: steps.iter().map(planned).collect() });
    }
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let done = steps.iter().map(|step| run(conn, step, &origin, now)).collect::<Administered<_>>();
            Ok(Imported { is_done: true, clients: whole(done)? })
        })
        .await
}

/// A refusal in the middle would leave the half: that is our fault, not an answer, and rolls all of it back.
fn whole<T>(done: Administered<T>) -> Administered<T> {
    done.map_err(|failure| match failure {
        Failure::Refused(refusal) => Failure::Broken(crate::storage::StorageError::Internal(format!(
            "an import was undone: {refusal}"
        ))),
        broken @ Failure::Broken(_) => broken,
    })
}

fn at(index: usize, failure: Failure<Refusal>) -> Failure<Refusal> {
    let place = |text: &str| format!("clients[{index}]: {text}");
    match failure {
        Failure::Refused(Refusal::Invalid(text)) => Failure::Refused(Refusal::Invalid(place(&text))),
        Failure::Refused(Refusal::Conflict(text)) => Failure::Refused(Refusal::Conflict(place(&text))),
        Failure::Refused(Refusal::Metadata(mut refusal)) => {
            refusal.description = place(&refusal.description);
            Failure::Refused(Refusal::Metadata(refusal))
        }
        other => other,
    }
}

async fn step(means: &Means, wanted: &ImportedClient) -> Administered<Step> {
    refuse_server_set(&wanted.metadata)?;
    if let Some(client_id) = wanted.client_id.clone() {
        let look = move |conn: &mut DbConnection| Ok::<_, Failure<Refusal>>(clients::find(conn, &client_id)?);
        if let Some(earlier) = means.database.read(look).await? {
            let replacement = prepare(means, &earlier, &wanted.metadata).await?;
            return Ok(if replacement.accepted.metadata == earlier.metadata {
                Step::Keep(earlier.client_id)
            } else {
                Step::Update(earlier.client_id, Box::new(replacement))
            });
        }
    }
    let made = register_client::by_operator(means, &wanted.metadata).await;
    let (mut registered, mut client) = made.map_err(|refusal| Failure::Refused(Refusal::from(refusal)))?;
    if let Some(client_id) = &wanted.client_id {
        check_client_id(client_id)?;
        client.client_id.clone_from(client_id);
        registered.client_id.clone_from(client_id);
    }
    Ok(Step::Create(Box::new(client), Box::new(registered)))
}

/// One that is an address would be that of a document.
fn check_client_id(client_id: &str) -> Administered<()> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if client_id.is_empty() || client_id.len() > MAX_CLIENT_ID || !client_id.bytes().all(allowed) {
        return invalid(format!(
            "client_id: a new one has 1 to {MAX_CLIENT_ID} letters, digits and the characters - . _ ~"
        ));
    }
    Ok(())
}

fn planned(step: &Step) -> ImportedView {
    let (client_id, action) = match step {
        Step::Create(client, _) => (&client.client_id, "created"),
        Step::Update(client_id, _) => (client_id, "updated"),
        Step::Keep(client_id) => (client_id, "unchanged"),
    };
    ImportedView { client_id: client_id.clone(), action, client_secret: None }
}

fn run(conn: &mut DbConnection, step: &Step, origin: &Origin, now: i64) -> Administered<ImportedView> {
    let client_secret = match step {
        Step::Keep(_) => None,
        Step::Update(client_id, replacement) => put(conn, replacement, client_id, origin, now)?.client_secret,
        Step::Create(client, registered) => {
            if clients::find(conn, &client.client_id)?.is_some() {
                return conflict("a client of this id was made meanwhile.");
            }
            clients::insert(conn, client, now)?;
            audit_events::record(conn, &registered_event(client, origin), now)?;
            registered.client_secret.as_ref().map(|secret| secret.expose().to_owned())
        }
    };
    Ok(ImportedView { client_secret, ..planned(step) })
}
