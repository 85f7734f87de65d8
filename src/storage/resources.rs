//! Resource servers that the operator registered. RFC 8707.

use diesel::prelude::*;

use super::schema::{clients, resource_aliases, resource_introspectors, resources};
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::protocol::resource::{AccessTokenFormat, Resource};

#[derive(Queryable, Selectable)]
#[diesel(table_name = resources)]
struct Row {
    id: i64,
    identifier: String,
    name: Option<String>,
    scopes: String,
    access_token_format: Option<String>,
    access_token_lifetime: Option<i64>,
}

/// All resources with the clients that may introspect their tokens, oldest first.
pub fn list(conn: &mut DbConnection) -> Result<Vec<Resource>, StorageError> {
    let introspectors: Vec<(i64, String)> = resource_introspectors::table
        .inner_join(clients::table)
        .select((resource_introspectors::resource_id, clients::client_id))
        .load(conn)?;
    let aliases: Vec<(i64, String)> = resource_aliases::table
        .order(resource_aliases::alias)
        .select((resource_aliases::resource_id, resource_aliases::alias))
        .load(conn)?;
    let rows: Vec<Row> = resources::table.order(resources::id).select(Row::as_select()).load(conn)?;
    rows.into_iter()
        .map(|row| {
            let format = row
                .access_token_format
                .as_deref()
                .map(|name| {
                    AccessTokenFormat::parse(name)
                        .ok_or(StorageError::Corrupt("resources.access_token_format"))
                })
                .transpose()?;
            Ok(Resource {
                introspection_clients: introspectors
                    .iter()
                    .filter(|(id, _)| *id == row.id)
                    .map(|(_, client_id)| client_id.clone())
                    .collect(),
                aliases: aliases
                    .iter()
                    .filter(|(id, _)| *id == row.id)
                    .map(|(_, alias)| alias.clone())
                    .collect(),
                identifier: row.identifier,
                name: row.name,
                scopes: row.scopes.split_whitespace().map(str::to_owned).collect(),
                access_token_format: format,
                access_token_lifetime: row.access_token_lifetime,
            })
        })
        .collect()
}

/// Adds a resource and the client that may introspect its tokens; `false` if the identifier is taken.
pub fn insert(
    conn: &mut DbConnection,
    resource: &Resource,
    introspector: Option<i64>,
    now: Seconds,
) -> Result<bool, StorageError> {
    let taken = resources::table.filter(resources::identifier.eq(&resource.identifier)).select(resources::id);
    if taken.first::<i64>(conn).optional()?.is_some() {
        return Ok(false);
    }
    let id: i64 = diesel::insert_into(resources::table)
        .values((
            resources::identifier.eq(&resource.identifier),
            resources::name.eq(resource.name.as_deref()),
            resources::scopes.eq(resource.scopes.join(" ")),
            resources::access_token_format.eq(resource.access_token_format.map(AccessTokenFormat::as_str)),
            resources::access_token_lifetime.eq(resource.access_token_lifetime),
            resources::created_at.eq(now),
        ))
        .returning(resources::id)
        .get_result(conn)?;
    insert_aliases(conn, id, &resource.aliases)?;
    if let Some(client_key) = introspector {
        diesel::insert_into(resource_introspectors::table)
            .values((
                resource_introspectors::resource_id.eq(id),
                resource_introspectors::client_key.eq(client_key),
            ))
            .execute(conn)?;
    }
    Ok(true)
}

fn insert_aliases(conn: &mut DbConnection, id: i64, aliases: &[String]) -> Result<(), StorageError> {
    for alias in aliases {
        diesel::insert_into(resource_aliases::table)
            .values((resource_aliases::alias.eq(alias), resource_aliases::resource_id.eq(id)))
            .execute(conn)?;
    }
    Ok(())
}

/// Replaces everything but the identifier and the introspection clients; `false` if there is none with this identifier.
pub fn update(conn: &mut DbConnection, resource: &Resource) -> Result<bool, StorageError> {
    let known = resources::table.filter(resources::identifier.eq(&resource.identifier)).select(resources::id);
    let Some(id) = known.first::<i64>(conn).optional()? else { return Ok(false) };
    diesel::update(resources::table.find(id))
        .set((
            resources::name.eq(resource.name.as_deref()),
            resources::scopes.eq(resource.scopes.join(" ")),
            resources::access_token_format.eq(resource.access_token_format.map(AccessTokenFormat::as_str)),
            resources::access_token_lifetime.eq(resource.access_token_lifetime),
        ))
        .execute(conn)?;
    diesel::delete(resource_aliases::table.filter(resource_aliases::resource_id.eq(id))).execute(conn)?;
    insert_aliases(conn, id, &resource.aliases)?;
    Ok(true)
}

/// Deletes a resource; `false` if there is none with this identifier.
pub fn delete(conn: &mut DbConnection, identifier: &str) -> Result<bool, StorageError> {
    let deleted =
        diesel::delete(resources::table.filter(resources::identifier.eq(identifier))).execute(conn)?;
    Ok(deleted == 1)
}
