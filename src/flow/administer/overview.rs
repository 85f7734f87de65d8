//! What is going on, day by day, and why registrations are refused.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Administered, Refusal};
use crate::clock::Seconds;
use crate::flow::{Failure, Means, audit_counts};
use crate::storage::statistics::{self, DayNumber};

const DAY: Seconds = 86_400;
/// So many days are told of, today among them.
pub const DAYS: i64 = 30;
/// More reasons than this are not listed.
const MOST_REASONS: i64 = 100;

/// How many of one kind on one day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Number {
    /// Days since 1970.
    pub day: i64,
    /// The door of a registration, or what happened.
    pub name: String,
    pub number: i64,
}

impl From<DayNumber> for Number {
    fn from(found: DayNumber) -> Self {
        Self { day: found.day, name: found.name, number: found.number }
    }
}

/// What there is, and what the last thirty days brought.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Overview {
    pub people: i64,
    /// By which somebody is signed in.
    pub sessions: i64,
    /// Which are neither revoked nor expired.
    pub grants: i64,
    pub clients: i64,
    /// Those that wait for an approval.
    pub pending_clients: i64,
    /// By day and door.
    pub registrations: Vec<Number>,
    /// `signed_in` by day.
    pub sign_ins: Vec<Number>,
    /// `tokens` (answers of the token endpoint), `sign_ins_failed` and `refused` by day.
    pub counts: Vec<Number>,
    /// The first day that is told of, since 1970.
    pub first_day: i64,
}

/// Numbers of now and of the last thirty days.
pub async fn overview(means: &Means) -> Administered<Overview> {
    // What this server has not written yet belongs to it, too.
    audit_counts::flush(means).await?;
    let now = means.clock.now();
    let (first_day, idle_since) = (now / DAY - DAYS + 1, now - means.config.session.idle_lifetime);
    means
        .database
        .read(move |conn| {
            let totals = statistics::totals(conn, now, idle_since)?;
            let since = first_day * DAY;
            let numbers = |found: Vec<DayNumber>| found.into_iter().map(Number::from).collect();
            Ok::<_, Failure<Refusal>>(Overview {
                people: totals.people,
                sessions: totals.sessions,
                grants: totals.grants,
                clients: totals.clients,
                pending_clients: totals.pending_clients,
                registrations: numbers(statistics::registrations_by_day(conn, since)?),
                sign_ins: numbers(statistics::sign_ins_by_day(conn, since)?),
                counts: numbers(statistics::counts_by_day(conn, since)?),
                first_day,
            })
        })
        .await
}

/// Why registrations were refused.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Refused {
    /// The route and the code of RFC 7591 §3.2.2.
    pub reason: String,
    /// The network that it came from.
    pub network: String,
    pub count: i64,
    /// The minute of the last one.
    pub last_at: Seconds,
}

/// The refused registrations of the last thirty days, the latest first.
pub async fn refused_registrations(means: &Means) -> Administered<Vec<Refused>> {
    audit_counts::flush(means).await?;
    let since = means.clock.now() - DAYS * DAY;
    let found = means
        .database
        .read(move |conn| {
            Ok::<_, Failure<Refusal>>(statistics::refused_registrations(conn, since, MOST_REASONS)?)
        })
        .await?;
    let view = |found: statistics::ReasonCount| Refused {
        reason: found.reason,
        network: found.network,
        count: found.number,
        last_at: found.last_minute,
    };
    Ok(found.into_iter().map(view).collect())
}
