//! Budgets that survive shared addresses: of registrations, and of failures at them. RFC 7591 §3.
//!
//! All users of a hosted client share its addresses, so that no address is a key here: redirect host, software, initial
//! access token and all together are. The counts are rows, and so the same for every server on one database.

use std::net::IpAddr;

use super::Means;
use super::attempts::{Guess, place};
use crate::clock::Seconds;
use crate::protocol::client::metadata::ClientMetadata;
use crate::protocol::client::product::{fingerprint, redirect_hosts};
use crate::storage::budgets::{self, Budget, BudgetKind, Limits};
use crate::storage::{DbConnection, Failure, StorageError};

/// The length of a window.
const WINDOW: Seconds = 60;
/// One server writes so many failures in a minute, whoever's they are. Then it counts in its memory.
const FAILURES_WRITTEN: u32 = 1000;
/// Where that is counted: no address has such a name.
const WRITTEN: &str = "written";
/// The longest subject of a budget, in characters: beyond it, subjects share.
const MAX_SUBJECT: usize = 128;

/// What one registration costs.
#[derive(Clone)]
pub struct Charge {
    budgets: Vec<Budget>,
    limits: Limits,
    window: Seconds,
}

impl Charge {
    /// One of each budget that the registration of this client falls under. RFC 7591 §5.
    #[must_use]
    pub fn of_registration(
        means: &Means,
        metadata: &ClientMetadata,
        initial_access_token: Option<i64>,
        now: Seconds,
    ) -> Self {
        let of = |kind, subject: &str| Budget { kind, subject: subject.chars().take(MAX_SUBJECT).collect() };
        let mut budgets: Vec<Budget> =
            redirect_hosts(metadata).iter().map(|host| of(BudgetKind::RedirectHost, host)).collect();
        let software = fingerprint(metadata);
        if !software.is_empty() {
            budgets.push(of(BudgetKind::Software, &software));
        }
        if let Some(id) = initial_access_token {
            budgets.push(of(BudgetKind::InitialAccessToken, &id.to_string()));
        }
        budgets.sort_unstable_by(|a, b| (a.kind.as_str(), &a.subject).cmp(&(b.kind.as_str(), &b.subject)));
        budgets.dedup();
        // Last, in this order, whatever else there is: who holds it has all the others.
        budgets.push(all());
        Self { budgets, limits: limits(means), window: window(now) }
    }

    /// What the first document of a client costs: one of what all registrations share. Its host has a budget where documents
    /// are fetched, and nobody else can spend that.
    #[must_use]
    pub fn of_document(means: &Means, now: Seconds) -> Self {
        Self { budgets: vec![all()], limits: limits(means), window: window(now) }
    }

    /// Pays it in the write of the registration; `false` and nothing paid if one of the budgets is used up.
    pub fn pay(&self, conn: &mut DbConnection) -> Result<bool, StorageError> {
        budgets::spend(conn, &self.budgets, &self.limits, self.window)
    }

    /// Gives it back: nobody uses up what others have by failing.
    pub fn give_back(&self, conn: &mut DbConnection) -> Result<(), StorageError> {
        budgets::give_back(conn, &self.budgets, self.window)
    }

    /// Seconds until the budgets are full again.
    #[must_use]
    pub fn wait(&self, now: Seconds) -> Seconds {
        (self.window + WINDOW - now).clamp(1, WINDOW)
    }
}

/// The budget that all registrations share.
fn all() -> Budget {
    Budget { kind: BudgetKind::Registration, subject: "all".to_owned() }
}

fn limits(means: &Means) -> Limits {
    let budget = &means.config.registration.budget;
    Limits {
        registration: budget.per_minute,
        redirect_host: budget.per_redirect_host,
        software: budget.per_software,
        initial_access_token: budget.per_initial_access_token,
    }
}

fn window(now: Seconds) -> Seconds {
    now - now.rem_euclid(WINDOW)
}

/// Counts a bad token where it came from, for all servers together; the seconds to wait if there were too many. Once
/// that is known, nothing more is written in its minute. RFC 7592 §2.
pub async fn note_bad_token(
    means: &Means,
    guess: Guess,
    from: Option<IpAddr>,
) -> Result<Option<Seconds>, StorageError> {
    let (now, place) = (means.clock.now(), place(from));
    let limit = means.config.registration.failures_per_minute;
    if let Some(wait) = means.attempts.wait(guess, &place, limit, now) {
        return Ok(Some(wait));
    }
    if means.attempts.wait(guess, WRITTEN, FAILURES_WRITTEN, now).is_some() {
        means.attempts.failed(guess, &place, now);
        return Ok(None);
    }
    means.attempts.failed(guess, WRITTEN, now);
    let kind = match guess {
        Guess::RegistrationAccessToken => BudgetKind::BadRegistrationAccessToken,
        Guess::Recovery => BudgetKind::BadRecovery,
        _ => BudgetKind::BadInitialAccessToken,
    };
    let (window, budget) = (window(now), Budget { kind, subject: place.clone() });
    let counted = means
        .database
        .write(move |conn| {
            Ok::<_, Failure<std::convert::Infallible>>(budgets::count(conn, &budget, limit.into(), window)?)
        })
        .await
        .map_err(|failure| match failure {
            Failure::Broken(error) => error,
            Failure::Refused(never) => match never {},
        })?;
    if counted {
        return Ok(None);
    }
    means.attempts.exhaust(guess, &place, window);
    Ok(Some((window + WINDOW - now).clamp(1, WINDOW)))
}
