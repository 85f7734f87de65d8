//! Makes and renews the client of a client id metadata document: fetched when it is due, judged like a registration, kept in
//! the registry. draft-ietf-oauth-client-id-metadata-document-02 §5.
//!
//! Only the authorization endpoint fetches. A code or a refresh token was issued to a client that has its row already.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::accept_metadata::{Submission, accept};
use super::attempts::{Guess, place};
use super::budgets::Charge;
use super::ceiling::Entrance;
use super::register_client::registered_event;
use super::registration_policy::{as_of_today, of_document};
use super::{Actor, Means, Origin, subjects};
use crate::clock::Seconds;
use crate::config::OnDocumentChange;
use crate::entropy::{Digest, Token};
use crate::fetch::{Conditional, FetchError, Fetched, Purpose};
use crate::protocol::client::document::{self, DocumentFault};
use crate::protocol::client::metadata::ClientMetadata;
use crate::protocol::client::registration::{Accepted, Door};
use crate::storage::audit_events::{self, Event, EventKind};
use crate::storage::client_documents::{self, ClientDocument};
use crate::storage::clients::{self, ChangedClient, Client, ClientPolicy, NewClient, Source};
use crate::storage::{DbConnection, Failure, consents, grants, tombstones};

/// For everything that one authorization request waits for: another's fetch, its own, and the database.
const DEADLINE: Duration = Duration::from_secs(5);
/// One place, which may be a whole company, makes one server fetch so many documents in a minute: whoever owns a domain has
/// hosts without end, so that the budget of a host is none of its own.
const FETCHED_PER_MINUTE: u32 = 600;
/// Whoever had too much fetched waits so long at most.
pub(super) const FETCH_WINDOW: Seconds = 60;

type Resolved<T> = Result<T, Failure<DocumentFault>>;

/// One fetch at a time for each client, however many ask for it.
#[derive(Default)]
pub struct Flights(Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>);

impl Flights {
    pub(super) fn of(&self, client_id: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(client_id).and_then(Weak::upgrade) {
            return flight;
        }
        flights.retain(|_, flight| flight.strong_count() > 0);
        let flight = Arc::new(tokio::sync::Mutex::new(()));
        flights.insert(client_id.to_owned(), Arc::downgrade(&flight));
        flight
    }
}

/// What is stored of a client, if anything is.
#[derive(Clone)]
struct Known {
    client: Client,
    document: Option<ClientDocument>,
}

/// Sees to it that the row of this client is there and as fresh as its document allows; other clients are left alone.
pub async fn refresh(means: &Means, client_id: &str, from: Option<IpAddr>) -> Resolved<()> {
    if !document::is_document_url(client_id) {
        return Ok(());
    }
    let known = known(means, client_id).await?;
    // An operator may have made a client whose id is a URL: that one is as it was made.
    if known.as_ref().is_some_and(|known| known.client.source != Source::Document) {
        return Ok(());
    }
    let settings = &means.config.client_documents;
    if !settings.enabled {
        return Err(Failure::Refused(DocumentFault::Host));
    }
    document::check_url(client_id, settings.allow_query).map_err(Failure::Refused)?;
    document::check_host(client_id, &settings.allow_hosts, &settings.deny_hosts).map_err(Failure::Refused)?;
    if !is_due(means, known.as_ref()) {
        return Ok(());
    }
    let renewed = tokio::time::timeout(DEADLINE, async {
        let flight = means.flights.of(client_id);
        let _one_at_a_time = flight.lock().await;
        renew(means, client_id, from).await
    });
    match renewed.await {
        Ok(done) => done,
        Err(_) => or_stale(means, known.as_ref(), &FetchError::TimedOut),
    }
}

async fn known(means: &Means, client_id: &str) -> Resolved<Option<Known>> {
    let client_id = client_id.to_owned();
    means
        .database
        .read(move |conn| {
            let Some(client) = clients::find(conn, &client_id)? else { return Ok(None) };
            let document = client_documents::find(conn, client.key)?;
            Ok::<_, Failure<DocumentFault>>(Some(Known { client, document }))
        })
        .await
}

/// A client that an operator switched off is not asked for.
fn is_due(means: &Means, known: Option<&Known>) -> bool {
    known.is_none_or(|known| {
        let fresh_until = known.document.as_ref().map_or(0, |document| document.fresh_until);
        !known.client.is_disabled() && fresh_until <= means.clock.now()
    })
}

async fn renew(means: &Means, client_id: &str, from: Option<IpAddr>) -> Resolved<()> {
    // Somebody else may have fetched it while this request waited.
    let known = known(means, client_id).await?;
    if !is_due(means, known.as_ref()) {
        return Ok(());
    }
    let etag = known.as_ref().and_then(|known| known.document.as_ref()?.etag.clone());
    let answer = if is_flood(means, from) {
        Err(FetchError::TooOften)
    } else {
        let is_first = known.is_none();
        let purpose = if is_first { Purpose::FirstClientDocument } else { Purpose::ClientDocument };
        means.fetcher.get_if_changed(client_id, purpose, etag.as_deref()).await
    };
    match (answer, known) {
        (Err(error), known) => or_stale(means, known.as_ref(), &error),
        (Ok(Conditional::Unchanged { fresh_for }), Some(known)) => {
            let (now, fresh_until) = (means.clock.now(), fresh_until(means, fresh_for));
            let key = known.client.key;
            let note = move |conn: &mut _| Ok(client_documents::still_fresh(conn, key, now, fresh_until)?);
            means.database.write(note).await
        }
        (Ok(Conditional::Unchanged { .. }), None) => {
            Err(Failure::Refused(DocumentFault::Fetch(FetchError::Status(304).to_string())))
        }
        (Ok(Conditional::Changed(fetched)), known) => {
            let policy = known.map_or_else(|| of_document(means), |known| known.client.policy);
            keep(means, client_id, fetched, policy, from).await
        }
    }
}

/// Whether these members would have one more document fetched than this place may. Hosts without end can be named in what is
/// refused afterwards, which costs no other budget. OpenID Connect Dynamic Client Registration 1.0 §5.
pub(super) fn has_us_fetch_too_much(
    means: &Means,
    submitted: &Map<String, Value>,
    from: Option<IpAddr>,
) -> bool {
    submitted.contains_key("sector_identifier_uri") && is_flood(means, from)
}

/// Whether this place has had as many documents fetched as it may; otherwise it counts one more.
fn is_flood(means: &Means, from: Option<IpAddr>) -> bool {
    let (now, place) = (means.clock.now(), place(from));
    let is_flood = means.attempts.wait(Guess::Document, &place, FETCHED_PER_MINUTE, now).is_some();
    if !is_flood {
        means.attempts.failed(Guess::Document, &place, now);
    }
    is_flood
}

/// A host that is away for a while does not lock its users out: what it said in the last `max_cache` still counts. Whatever it
/// says instead counts at once, and ends the request. Section 5.1.
fn or_stale(means: &Means, known: Option<&Known>, error: &FetchError) -> Resolved<()> {
    let is_away = match error {
        FetchError::Unreachable(_) | FetchError::TimedOut | FetchError::TooOften => true,
        FetchError::Status(status) => *status >= 500 || *status == 429,
        _ => false,
    };
    let document = known.and_then(|known| known.document.as_ref());
    let oldest = means.clock.now() - means.config.client_documents.max_cache;
    if is_away && document.is_some_and(|document| document.fetched_at > oldest) {
        return Ok(());
    }
    Err(Failure::Refused(DocumentFault::Fetch(error.to_string())))
}

/// The headers of the answer, within the bounds of the settings. Section 5.2.
fn fresh_until(means: &Means, fresh_for: Option<Seconds>) -> Seconds {
    let settings = &means.config.client_documents;
    let fresh_for = fresh_for.unwrap_or(settings.min_cache);
    means.clock.now() + fresh_for.clamp(settings.min_cache, settings.max_cache)
}

/// What a document was found to say.
struct Fresh {
    client_id: String,
    accepted: Accepted,
    policy: ClientPolicy,
    document: ClientDocument,
    /// What a first document costs, and whether there is room for it.
    charge: Charge,
    entrance: Entrance,
    is_pending: bool,
    on_change: OnDocumentChange,
    origin: Origin,
}

async fn keep(
    means: &Means,
    client_id: &str,
    fetched: Fetched,
    policy: ClientPolicy,
    from: Option<IpAddr>,
) -> Resolved<()> {
    let members = document::read(&fetched.body, client_id).map_err(Failure::Refused)?;
    let held_to = as_of_today(means, policy.clone());
    let submission = Submission { members: &members, policy: &held_to, door: Door::Document, earlier: None };
    let accepted = accept(means, submission)
        .await
        .map_err(|refusal| Failure::Refused(DocumentFault::Metadata(without_stop(&refusal.description))))?;
    let now = means.clock.now();
    let fresh = Fresh {
        client_id: client_id.to_owned(),
        accepted,
        policy,
        document: ClientDocument {
            fetched_at: now,
            fresh_until: fresh_until(means, fetched.fresh_for),
            etag: fetched.etag,
            digest: digest(&fetched.body),
        },
        charge: Charge::of_document(means, now),
        entrance: Entrance::of_documents(means),
        is_pending: means.config.registration.policy.approval_required,
        on_change: means.config.client_documents.on_change,
        origin: Origin { actor: Actor::Server, address: from, request_id: None },
    };
    means.database.write(move |conn| store(conn, &fresh, now)).await
}

/// The page ends the sentence itself.
fn without_stop(description: &str) -> String {
    description.trim_end_matches('.').to_owned()
}

fn digest(body: &[u8]) -> Digest {
    Token::presented(String::from_utf8_lossy(body)).digest()
}

/// Two first requests at once, on two servers, make one client.
fn store(conn: &mut DbConnection, fresh: &Fresh, now: Seconds) -> Resolved<()> {
    let key = match clients::find(conn, &fresh.client_id)? {
        Some(client) => update(conn, fresh, client.key, now)?,
        None => add(conn, fresh, now)?,
    };
    if let Some(key) = key {
        client_documents::put(conn, key, &fresh.document)?;
    }
    Ok(())
}

/// A first document is a registration like any other: whoever has a domain has documents without end. D13.
fn add(conn: &mut DbConnection, fresh: &Fresh, now: Seconds) -> Resolved<Option<i64>> {
    if !fresh.charge.pay(conn)? {
        return Err(Failure::Refused(DocumentFault::Crowded));
    }
    let client = new_client(fresh);
    let Some(key) = clients::insert_if_absent(conn, &client, now)? else {
        // The other one's row is as new as ours would be.
        fresh.charge.give_back(conn)?;
        return Ok(None);
    };
    if !fresh.entrance.admits(conn, key)? {
        clients::delete(conn, key)?;
        fresh.charge.give_back(conn)?;
        return Err(Failure::Refused(DocumentFault::Crowded));
    }
    // It may have been removed before: it is here again, and for no more than an operator allowed it then.
    if let Some(before) = tombstones::limits_of_document(conn, &fresh.client_id)? {
        tombstones::restore_limits(conn, key, &before)?;
    }
    tombstones::forget(conn, &fresh.client_id)?;
    audit_events::record(conn, &registered_event(&client, &fresh.origin), now)?;
    Ok(Some(key))
}

fn new_client(fresh: &Fresh) -> NewClient {
    NewClient {
        client_id: fresh.client_id.clone(),
        source: Source::Document,
        metadata: fresh.accepted.metadata.clone(),
        policy: fresh.policy.clone(),
        secret: None,
        initial_access_token_id: None,
        registered_from: fresh.origin.address.map(|address| address.to_string()),
        user_agent: None,
        is_pending: fresh.is_pending,
        verified_by: fresh.accepted.verified_by.clone(),
        owner_id: None,
    }
}

/// What changed is written down; what a person would have looked at is asked for again. C05, section 8.4.
fn update(conn: &mut DbConnection, fresh: &Fresh, key: i64, now: Seconds) -> Resolved<Option<i64>> {
    let Some(client) = clients::lock(conn, key)? else { return Ok(None) };
    if client.source != Source::Document {
        return Ok(None);
    }
    let (before, after) = (members(&client.metadata), members(&fresh.accepted.metadata));
    if before == after && client.verified_by == fresh.accepted.verified_by {
        return Ok(Some(key));
    }
    let changed = ChangedClient {
        metadata: &fresh.accepted.metadata,
        secret: None,
        previous_secret: None,
        verified_by: fresh.accepted.verified_by.as_deref(),
    };
    clients::update(conn, key, &changed, now)?;
    subjects::end_grants_if_others(conn, key, &client.metadata, &fresh.accepted.metadata, now)?;
    let names = changed_names(&before, &after);
    let mut revoked = 0;
    if names.iter().any(|name| is_trusted_by_people(name)) {
        consents::ask_again(conn, key)?;
        if fresh.on_change == OnDocumentChange::Revoke {
            revoked = grants::revoke_all_of_client(conn, key, now)?;
        }
    }
    let only_changed = |members: &Map<String, Value>| {
        names
            .iter()
            .filter_map(|name| Some(((*name).clone(), members.get(*name)?.clone())))
            .collect::<Map<_, _>>()
    };
    let event = Event {
        kind: EventKind::ClientDocumentChanged,
        origin: &fresh.origin,
        client_id: Some(&fresh.client_id),
        details: json!({
            "before": only_changed(&before),
            "after": only_changed(&after),
            "revoked_grants": revoked,
        }),
    };
    audit_events::record(conn, &event, now)?;
    Ok(Some(key))
}

fn members(metadata: &ClientMetadata) -> Map<String, Value> {
    match serde_json::to_value(metadata) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

fn changed_names<'a>(before: &'a Map<String, Value>, after: &'a Map<String, Value>) -> Vec<&'a String> {
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    let changed = after.iter().filter(|(name, value)| before.get(*name) != Some(value)).map(|(name, _)| name);
    gone.chain(changed).collect()
}

/// Where the answers go, and how the client proves who it is.
fn is_trusted_by_people(name: &str) -> bool {
    let trusted = [
        "redirect_uris",
        "jwks",
        "jwks_uri",
        "token_endpoint_auth_method",
        "token_endpoint_auth_signing_alg",
    ];
    trusted.contains(&name)
}
