//! The registry as an operator looks through it: by filters, a page at a time, newest first.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::clients::{Client, Row as ClientRow, Source};
use super::schema::clients;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// In which state a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Pending,
    Active,
    Disabled,
}

/// Which clients are wanted; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub source: Option<Source>,
    pub state: Option<State>,
    /// Whether a software statement vouches for it.
    pub is_verified: Option<bool>,
    pub used_before: Option<Seconds>,
    pub used_after: Option<Seconds>,
    pub is_never_used: bool,
    /// One of its redirect hosts, exactly.
    pub redirect_host: Option<String>,
    pub product: Option<String>,
    /// Part of its name or its `client_id`, in any letter case.
    pub text: Option<String>,
    /// Only those that came before the client of this row key.
    pub before_key: Option<i64>,
}

/// What is known of a client beside what the protocol needs.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = clients)]
pub struct Traces {
    pub product: String,
    /// With a space at both ends.
    pub redirect_hosts: String,
    pub initial_access_token_id: Option<i64>,
    pub registered_from: Option<String>,
    pub user_agent: Option<String>,
    pub owner_id: Option<i64>,
    pub disabled_reason: Option<String>,
    pub first_consent_at: Option<i64>,
    pub last_authorized_at: Option<i64>,
    pub last_token_at: Option<i64>,
    pub last_used_at: Option<i64>,
}

/// The clients that the filter lets through, newest first, at most `limit`.
pub fn page(
    conn: &mut DbConnection,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<(Client, Traces)>, StorageError> {
    let mut query = clients::table
        .select((ClientRow::as_select(), Traces::as_select()))
        .order(clients::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(source) = filter.source {
        query = query.filter(clients::source.eq(source.as_str()));
    }
    match filter.state {
        None => {}
        Some(State::Disabled) => query = query.filter(clients::disabled_at.is_not_null()),
        Some(State::Pending) => {
            query = query.filter(clients::disabled_at.is_null().and(clients::pending_since.is_not_null()));
        }
        Some(State::Active) => {
            query = query.filter(clients::disabled_at.is_null().and(clients::pending_since.is_null()));
        }
    }
    match filter.is_verified {
        None => {}
        Some(true) => query = query.filter(clients::verified_by.is_not_null()),
        Some(false) => query = query.filter(clients::verified_by.is_null()),
    }
    if let Some(before) = filter.used_before {
        query = query.filter(clients::last_used_at.lt(before));
    }
    if let Some(after) = filter.used_after {
        query = query.filter(clients::last_used_at.ge(after));
    }
    if filter.is_never_used {
        query = query.filter(clients::last_used_at.is_null());
    }
    if let Some(host) = &filter.redirect_host {
        let host = literal(&stored_host(host));
        query = query.filter(clients::redirect_hosts.like(format!("% {host} %")).escape('\\'));
    }
    if let Some(product) = &filter.product {
        query = query.filter(clients::product.eq(product.clone()));
    }
    if let Some(key) = filter.before_key {
        query = query.filter(clients::id.lt(key));
    }
    if let Some(text) = &filter.text {
        let pattern = format!("%{}%", literal(&text.to_lowercase()));
        let name = match conn {
            DbConnection::Sqlite(_) => {
                "lower(client_id || ' ' || coalesce(json_extract(metadata, '$.client_name'), '')) LIKE "
            }
            #[cfg(feature = "postgres")]
            DbConnection::Postgres(_) => {
                // A U+0000 anywhere in the metadata, as in a key, is more than PostgreSQL reads; '\\' goes first, so
                // that a backslash before "u0000" is not taken for one.
                "lower(client_id || ' ' || coalesce(\
                 replace(replace(metadata, '\\\\', '\\u005c'), '\\u0000', '')::json->>'client_name', '')) LIKE "
            }
        };
        query = query.filter(sql::<Bool>(name).bind::<Text, _>(pattern).sql(" ESCAPE '\\'"));
    }
    let rows: Vec<(ClientRow, Traces)> = query.load(conn)?;
    rows.into_iter().map(|(row, traces)| Ok((Client::try_from(row)?, traces))).collect()
}

/// What is known of the client of this row key beside what the protocol needs.
pub fn traces(conn: &mut DbConnection, key: i64) -> Result<Option<Traces>, StorageError> {
    Ok(clients::table.find(key).select(Traces::as_select()).first(conn).optional()?)
}

/// A host as `clients.redirect_hosts` has it.
fn stored_host(host: &str) -> String {
    match host.to_ascii_lowercase().as_str() {
        "localhost" | "127.0.0.1" | "[::1]" | "::1" => "loopback".to_owned(),
        other => other.to_owned(),
    }
}

/// The text as a part of a pattern that stands for itself.
fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
