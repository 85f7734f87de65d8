//! OpenID providers by which people sign in.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

use super::schema::upstream_providers as providers;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// A provider as it is stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = providers)]
pub struct UpstreamProvider {
    pub id: i64,
    /// Its name in paths, which never changes.
    pub name: String,
    /// What its button says.
    pub label: String,
    pub issuer: String,
    /// What it knows this server by.
    pub client_id: String,
    /// `None`: this server is a public client there.
    pub sealed_secret: Option<Vec<u8>>,
    /// Separated by spaces.
    pub scopes: String,
    /// JSON.
    pub rules: String,
    pub created_at: Seconds,
    pub disabled_at: Option<Seconds>,
}

/// A provider about to be written.
pub struct NewUpstreamProvider<'a> {
    pub name: &'a str,
    pub label: &'a str,
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub sealed_secret: Option<&'a [u8]>,
    pub scopes: &'a str,
    pub rules: &'a str,
}

/// Adds a provider; `false` if its name or its issuer is taken.
pub fn insert(
    conn: &mut DbConnection,
    new: &NewUpstreamProvider<'_>,
    now: Seconds,
) -> Result<bool, StorageError> {
    // What is taken is expected: it must not raise, which would end the transaction on PostgreSQL.
    let inserted = diesel::sql_query(
        "INSERT INTO upstream_providers (name, label, issuer, client_id, sealed_secret, scopes, rules, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind::<Text, _>(new.name)
    .bind::<Text, _>(new.label)
    .bind::<Text, _>(new.issuer)
    .bind::<Text, _>(new.client_id)
    .bind::<Nullable<Binary>, _>(new.sealed_secret)
    .bind::<Text, _>(new.scopes)
    .bind::<Text, _>(new.rules)
    .bind::<BigInt, _>(now)
    .execute(conn)?;
    Ok(inserted == 1)
}

/// Every provider, in the order in which they were added.
pub fn list(conn: &mut DbConnection) -> Result<Vec<UpstreamProvider>, StorageError> {
    Ok(providers::table.order(providers::id).select(UpstreamProvider::as_select()).load(conn)?)
}

/// The provider of this name.
pub fn find_by_name(conn: &mut DbConnection, name: &str) -> Result<Option<UpstreamProvider>, StorageError> {
    // PostgreSQL holds no such text, and refuses to look for it.
    if name.contains('\0') {
        return Ok(None);
    }
    let found = providers::table.filter(providers::name.eq(name)).select(UpstreamProvider::as_select());
    Ok(found.first(conn).optional()?)
}

/// Holds a provider against a change until the transaction is over; `None` if it is gone or switched off.
pub fn hold(conn: &mut DbConnection, id: i64) -> Result<Option<UpstreamProvider>, StorageError> {
    let enabled = providers::table.find(id).filter(providers::disabled_at.is_null());
    #[cfg(feature = "postgres")]
    if let DbConnection::Postgres(conn) = conn {
        let held = enabled.select(providers::id).for_share().first::<i64>(conn).optional()?;
        if held.is_none() {
            return Ok(None);
        }
    }
    Ok(enabled.select(UpstreamProvider::as_select()).first(conn).optional()?)
}

/// Replaces everything of a provider but its name, its issuer and, with `None`, its secret.
pub fn update(conn: &mut DbConnection, id: i64, new: &NewUpstreamProvider<'_>) -> Result<(), StorageError> {
    diesel::update(providers::table.find(id))
        .set((
            providers::label.eq(new.label),
            providers::client_id.eq(new.client_id),
            providers::scopes.eq(new.scopes),
            providers::rules.eq(new.rules),
        ))
        .execute(conn)?;
    if let Some(sealed) = new.sealed_secret {
        diesel::update(providers::table.find(id)).set(providers::sealed_secret.eq(sealed)).execute(conn)?;
    }
    Ok(())
}

/// Switches a provider off, or on again with `None`. `false` if it was so already.
pub fn set_disabled(
    conn: &mut DbConnection,
    id: i64,
    disabled_at: Option<Seconds>,
) -> Result<bool, StorageError> {
    let (row, set) = (providers::table.find(id), providers::disabled_at.eq(disabled_at));
    let changed = if disabled_at.is_some() {
        diesel::update(row.filter(providers::disabled_at.is_null())).set(set).execute(conn)?
    } else {
        diesel::update(row.filter(providers::disabled_at.is_not_null())).set(set).execute(conn)?
    };
    Ok(changed == 1)
}

/// Removes a provider, and by foreign key whoever is linked to it and the sign-ins that are under way.
pub fn delete(conn: &mut DbConnection, id: i64) -> Result<bool, StorageError> {
    Ok(diesel::delete(providers::table.find(id)).execute(conn)? == 1)
}
