//! Budgets in windows of time, for all servers together. Each is spent by a guarded statement, whose rows decide.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::schema::budgets;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// Whose budget it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetKind {
    /// All registrations.
    Registration,
    /// Registrations whose redirect URIs lead to one host.
    RedirectHost,
    /// Registrations of one software.
    Software,
    /// Registrations with one initial access token.
    InitialAccessToken,
    /// Refused initial access tokens from one place.
    BadInitialAccessToken,
    /// Refused registration access tokens from one place.
    BadRegistrationAccessToken,
    /// Refused proofs for a new registration access token from one place.
    BadRecovery,
}

impl BudgetKind {
    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::RedirectHost => "redirect_host",
            Self::Software => "software",
            Self::InitialAccessToken => "initial_access_token",
            Self::BadInitialAccessToken => "bad_initial_access_token",
            Self::BadRegistrationAccessToken => "bad_registration_access_token",
            Self::BadRecovery => "bad_recovery",
        }
    }
}

/// One budget of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    pub kind: BudgetKind,
    pub subject: String,
}

/// How much each kind of registration budget allows in a window.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub registration: i64,
    pub redirect_host: i64,
    pub software: i64,
    pub initial_access_token: i64,
}

#[derive(QueryableByName)]
struct Spent {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    subject: String,
}

/// Spends one of every budget; `false` and nothing if one of them is used up.
///
/// One statement, in the order of the budgets: on PostgreSQL two registrations then never wait for each other in a
/// circle, and whoever holds the last one, which all share, sees every registration before it.
pub fn spend(
    conn: &mut DbConnection,
    wanted: &[Budget],
    limits: &Limits,
    window: Seconds,
) -> Result<bool, StorageError> {
    let rows: Vec<(&str, &str)> =
        wanted.iter().map(|budget| (budget.kind.as_str(), budget.subject.as_str())).collect();
    let rows =
        serde_json::to_string(&rows).map_err(|_| StorageError::Corrupt("a budget that has no JSON"))?;
    let spent: Vec<Spent> = match conn {
        DbConnection::Sqlite(conn) => diesel::sql_query(
            "INSERT INTO budgets (kind, subject, window_began, used) \
             SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), $1, 1 FROM json_each($2) WHERE true \
             ON CONFLICT (kind, subject, window_began) DO UPDATE SET used = budgets.used + 1 WHERE budgets.used < \
             CASE excluded.kind WHEN 'registration' THEN $3 WHEN 'redirect_host' THEN $4 WHEN 'software' THEN $5 \
             ELSE $6 END \
             RETURNING kind, subject",
        )
        .bind::<BigInt, _>(window)
        .bind::<Text, _>(rows)
        .bind::<BigInt, _>(limits.registration)
        .bind::<BigInt, _>(limits.redirect_host)
        .bind::<BigInt, _>(limits.software)
        .bind::<BigInt, _>(limits.initial_access_token)
        .load(conn)?,
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(conn) => diesel::sql_query(
            "INSERT INTO budgets (kind, subject, window_began, used) \
             SELECT item->>0, item->>1, $1, 1 FROM json_array_elements($2::json) AS item \
             ON CONFLICT (kind, subject, window_began) DO UPDATE SET used = budgets.used + 1 WHERE budgets.used < \
             CASE excluded.kind WHEN 'registration' THEN $3 WHEN 'redirect_host' THEN $4 WHEN 'software' THEN $5 \
             ELSE $6 END \
             RETURNING kind, subject",
        )
        .bind::<BigInt, _>(window)
        .bind::<Text, _>(rows)
        .bind::<BigInt, _>(limits.registration)
        .bind::<BigInt, _>(limits.redirect_host)
        .bind::<BigInt, _>(limits.software)
        .bind::<BigInt, _>(limits.initial_access_token)
        .load(conn)?,
    };
    if spent.len() == wanted.len() {
        return Ok(true);
    }
    for row in spent {
        give_back_one(conn, &row.kind, &row.subject, window)?;
    }
    Ok(false)
}

/// Gives back what [`spend`] took: what was refused for another reason costs nobody anything.
pub fn give_back(conn: &mut DbConnection, taken: &[Budget], window: Seconds) -> Result<(), StorageError> {
    taken.iter().try_for_each(|budget| give_back_one(conn, budget.kind.as_str(), &budget.subject, window))
}

fn give_back_one(
    conn: &mut DbConnection,
    kind: &str,
    subject: &str,
    window: Seconds,
) -> Result<(), StorageError> {
    let row = budgets::table.find((kind, subject, window));
    // Nothing stays of what nobody has: a flood of refused registrations names subjects without end.
    if diesel::delete(row.filter(budgets::used.le(1))).execute(conn)? == 0 {
        diesel::update(row).set(budgets::used.eq(budgets::used - 1)).execute(conn)?;
    }
    Ok(())
}

/// Counts one in the window; `false` if there were as many as `limit` already, and then nothing is written.
pub fn count(
    conn: &mut DbConnection,
    budget: &Budget,
    limit: i64,
    window: Seconds,
) -> Result<bool, StorageError> {
    let counted = diesel::sql_query(
        "INSERT INTO budgets (kind, subject, window_began, used) VALUES ($1, $2, $3, 1) \
         ON CONFLICT (kind, subject, window_began) DO UPDATE SET used = budgets.used + 1 WHERE budgets.used < $4",
    )
    .bind::<Text, _>(budget.kind.as_str())
    .bind::<Text, _>(&budget.subject)
    .bind::<BigInt, _>(window)
    .bind::<BigInt, _>(limit)
    .execute(conn)?;
    Ok(counted == 1)
}
