//! What an operator wants to see: statistics, clients that are gone, and the audit log.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Administered, Refusal, invalid};
use crate::clock::Seconds;
use crate::flow::audit_verify::{self, Fault};
use crate::flow::{Means, audit};
use crate::storage::Failure;
use crate::storage::audit_events::{self, StoredEvent};
use crate::storage::statistics::{self, DayCount, ProductCount};
use crate::storage::tombstones::{self, Tombstone};
use crate::texts::{Message, say};

pub use crate::storage::audit_events::Filter as EventFilter;
pub use crate::storage::statistics::Count;

const DAY: Seconds = 86_400;
/// So many days back.
const DAYS: i64 = 90;
/// So many products.
const PRODUCTS: i64 = 200;

/// Clients by state, door and product, and registrations by day.
#[derive(Serialize, ToSchema)]
pub struct Statistics {
    /// `name` and `clients` of each state.
    #[schema(value_type = Vec<Object>)]
    pub states: Vec<Count>,
    /// `name` and `clients` of each door: who still needs dynamic registration.
    #[schema(value_type = Vec<Object>)]
    pub sources: Vec<Count>,
    /// `product`, `source`, `clients`, how many of them were ever `used`, and `last_registered_at`.
    #[schema(value_type = Vec<Object>)]
    pub products: Vec<ProductCount>,
    /// `day` (since 1970) and `registrations`, of the last 90 days, clients that are gone among them.
    #[schema(value_type = Vec<Object>)]
    pub days: Vec<DayCount>,
}

/// Who registers, and what became of it.
pub async fn statistics(means: &Means) -> Administered<Statistics> {
    let since = (means.clock.now() / DAY - DAYS + 1) * DAY;
    means
        .database
        .read(move |conn| {
            Ok::<_, Failure<Refusal>>(Statistics {
                states: statistics::by_state(conn)?,
                sources: statistics::by_source(conn)?,
                products: statistics::by_product(conn, PRODUCTS)?,
                days: statistics::by_day(conn, since)?,
            })
        })
        .await
}

/// A client that is gone.
#[derive(Serialize, ToSchema)]
pub struct TombstoneView {
    pub client_id: String,
    pub name: Option<String>,
    pub source: &'static str,
    pub reason: &'static str,
    pub removed_at: Seconds,
    pub expires_at: Seconds,
    /// Until when it can be restored; null = it cannot.
    pub restorable_until: Option<Seconds>,
}

impl From<Tombstone> for TombstoneView {
    fn from(stone: Tombstone) -> Self {
        Self {
            client_id: stone.client_id,
            name: stone.name,
            source: stone.source.as_str(),
            reason: stone.reason.as_str(),
            removed_at: stone.removed_at,
            expires_at: stone.expires_at,
            restorable_until: stone.restorable_until,
        }
    }
}

/// Clients that are gone, the latest first.
#[derive(Serialize, ToSchema)]
pub struct Tombstones {
    pub tombstones: Vec<TombstoneView>,
}

/// The clients that went last.
pub async fn tombstones(means: &Means, limit: i64) -> Administered<Tombstones> {
    let stones =
        means.database.read(move |conn| Ok::<_, Failure<Refusal>>(tombstones::list(conn, limit)?)).await?;
    Ok(Tombstones { tombstones: stones.into_iter().map(TombstoneView::from).collect() })
}

/// An event of the audit log.
#[derive(Serialize, ToSchema)]
pub struct EventView {
    pub id: i64,
    pub at: Seconds,
    pub kind: String,
    pub actor: String,
    pub client_id: Option<String>,
    pub address: Option<String>,
    pub request_id: Option<String>,
    #[schema(value_type = Object)]
    pub details: Value,
    /// Its place in the chain; null = not sealed yet.
    pub sequence: Option<i64>,
}

impl From<StoredEvent> for EventView {
    fn from(event: StoredEvent) -> Self {
        Self {
            id: event.id,
            at: event.at,
            kind: event.kind,
            actor: event.actor,
            client_id: event.client_id,
            address: event.address,
            request_id: event.request_id,
            details: serde_json::from_str(&event.details).unwrap_or_default(),
            sequence: event.sequence,
        }
    }
}

/// Events, newest first.
#[derive(Serialize, ToSchema)]
pub struct Events {
    pub events: Vec<EventView>,
    /// `before_id` of the page after this one; null = there is none.
    pub next_before_id: Option<i64>,
}

/// The events that the filter lets through.
pub async fn events(means: &Means, filter: EventFilter, size: i64) -> Administered<Events> {
    let mut found = means
        .database
        .read(move |conn| Ok::<_, Failure<Refusal>>(audit_events::list(conn, &filter, size + 1)?))
        .await?;
    let wanted = usize::try_from(size).unwrap_or_default();
    let has_more = found.len() > wanted;
    found.truncate(wanted);
    let next_before_id = found.last().map(|event| event.id).filter(|_| has_more);
    Ok(Events { events: found.into_iter().map(EventView::from).collect(), next_before_id })
}

/// What a walk through the whole chain found.
#[derive(Serialize, ToSchema)]
pub struct Verification {
    /// Whether every sealed event is as it was.
    pub is_intact: bool,
    pub events: u64,
    /// Place and hash of the last one: worth keeping outside.
    pub head: String,
    /// Events that no server has sealed yet.
    pub unsealed: i64,
    /// The first thing that is wrong.
    pub fault: Option<String>,
    /// The same for people.
    #[serde(skip)]
    pub said: Option<Message>,
}

/// How often something was read or refused in a minute, by whom.
#[derive(Serialize, ToSchema)]
pub struct CountView {
    /// When the minute began.
    pub minute: Seconds,
    pub reason: String,
    /// The network that it came from.
    pub network: String,
    pub count: i64,
}

/// Counts of reads and refusals, the newest first.
#[derive(Serialize, ToSchema)]
pub struct Counts {
    pub counts: Vec<CountView>,
}

/// The newest counts since a time.
pub async fn counts(means: &Means, since: Seconds, limit: i64) -> Administered<Counts> {
    let found = audit::counts(means, since, limit).await?.into_iter();
    let view = |it: audit::Count| CountView {
        minute: it.minute,
        reason: it.reason,
        network: it.block,
        count: it.count,
    };
    Ok(Counts { counts: found.map(view).collect() })
}

/// The sealed events behind a place in the chain, oldest first, a line each.
pub async fn export(means: &Means, after: i64, limit: i64, as_csv: bool) -> Administered<String> {
    let events = audit::export_page(means, after, limit).await?;
    Ok(if as_csv {
        audit::CSV_HEAD.to_owned() + &events.iter().map(audit::as_csv).collect::<String>()
    } else {
        events.iter().map(|event| audit::as_json(event).to_string() + "\n").collect()
    })
}

/// Verifies the chain of the audit log, and that it still holds the `head` that somebody kept.
pub async fn verify(means: &Means, head: Option<&str>) -> Administered<Verification> {
    let Ok(head) = head.map(str::parse).transpose() else {
        return invalid(say("refused-audit-head").about("head"));
    };
    let verified = audit_verify::verify(means, head).await?;
    Ok(Verification {
        is_intact: verified.fault.is_none(),
        events: verified.events,
        head: verified.head.to_string(),
        unsealed: verified.unsealed,
        fault: verified.fault.map(|fault| fault.to_string()),
        said: verified.fault.map(Fault::said),
    })
}
