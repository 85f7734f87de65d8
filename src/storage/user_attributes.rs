//! What the operator knows of people beside the standard claims: the names and kinds. The values stand with each person.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use serde_json::{Map, Value};

use super::schema::{user_attributes, users};
use super::{DbConnection, StorageError, stored_scopes};
use crate::clock::Seconds;
use crate::protocol::attribute::{Attribute, AttributeKind};

#[derive(Queryable, Selectable)]
#[diesel(table_name = user_attributes)]
struct Row {
    name: String,
    label: String,
    kind: String,
    claim: String,
    scopes: String,
    editable_by_person: bool,
}

/// Every attribute, oldest first.
pub fn list(conn: &mut DbConnection) -> Result<Vec<Attribute>, StorageError> {
    let rows: Vec<Row> =
        user_attributes::table.order(user_attributes::id).select(Row::as_select()).load(conn)?;
    rows.into_iter()
        .map(|row| {
            Ok(Attribute {
                kind: AttributeKind::from_name(&row.kind)
                    .ok_or(StorageError::Corrupt("user_attributes.kind"))?,
                scopes: stored_scopes(&row.scopes)?,
                name: row.name,
                label: row.label,
                claim: row.claim,
                editable_by_person: row.editable_by_person,
            })
        })
        .collect()
}

/// Adds an attribute. Whoever calls has seen that name and claim are free, and lets nobody else in.
pub fn insert(conn: &mut DbConnection, attribute: &Attribute, now: Seconds) -> Result<(), StorageError> {
    diesel::sql_query(
        "INSERT INTO user_attributes (name, label, kind, claim, scopes, editable_by_person, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind::<Text, _>(&attribute.name)
    .bind::<Text, _>(&attribute.label)
    .bind::<Text, _>(attribute.kind.as_str())
    .bind::<Text, _>(&attribute.claim)
    .bind::<Text, _>(attribute.scopes.to_string())
    .bind::<Bool, _>(attribute.editable_by_person)
    .bind::<BigInt, _>(now)
    .execute(conn)?;
    Ok(())
}

/// Replaces what an attribute is, but for its name and its kind.
pub fn update(conn: &mut DbConnection, attribute: &Attribute) -> Result<(), StorageError> {
    diesel::update(user_attributes::table.filter(user_attributes::name.eq(&attribute.name)))
        .set((
            user_attributes::label.eq(&attribute.label),
            user_attributes::claim.eq(&attribute.claim),
            user_attributes::scopes.eq(attribute.scopes.to_string()),
            user_attributes::editable_by_person.eq(attribute.editable_by_person),
        ))
        .execute(conn)?;
    Ok(())
}

/// Removes an attribute, and what was known by it of everybody: from how many people that was.
pub fn delete(conn: &mut DbConnection, name: &str) -> Result<usize, StorageError> {
    diesel::delete(user_attributes::table.filter(user_attributes::name.eq(name))).execute(conn)?;
    Ok(match conn {
        DbConnection::Sqlite(conn) => diesel::sql_query(
            "UPDATE users SET attributes = json_remove(attributes, '$.' || $1) \
             WHERE json_type(attributes, '$.' || $2) IS NOT NULL",
        )
        .bind::<Text, _>(name)
        .bind::<Text, _>(name)
        .execute(conn)?,
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(conn) => diesel::sql_query(
            "UPDATE users SET attributes = (attributes::jsonb - $1)::text WHERE attributes::jsonb ? $2",
        )
        .bind::<Text, _>(name)
        .bind::<Text, _>(name)
        .execute(conn)?,
    })
}

/// Replaces what is known of a person by attributes.
pub fn set(
    conn: &mut DbConnection,
    user_id: i64,
    values: &Map<String, Value>,
    now: Seconds,
) -> Result<(), StorageError> {
    let values =
        serde_json::to_string(values).map_err(|_| StorageError::Corrupt("users.attributes: no JSON"))?;
    diesel::update(users::table.find(user_id))
        .set((users::attributes.eq(values), users::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}
