//! Who a person is at another OpenID provider.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::schema::{upstream_links as links, upstream_providers as providers, users};
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// An account elsewhere, as its person sees it.
#[derive(Clone, Debug, Queryable)]
pub struct UpstreamLink {
    pub provider_id: i64,
    /// The name of the provider in paths.
    pub provider: String,
    pub label: String,
    pub subject: String,
    /// What the person is called there.
    pub shown_name: String,
    pub created_at: Seconds,
    pub last_used_at: Option<Seconds>,
}

/// Who this account of the provider is here.
pub fn person(conn: &mut DbConnection, provider_id: i64, subject: &str) -> Result<Option<i64>, StorageError> {
    Ok(links::table.find((provider_id, subject)).select(links::user_id).first(conn).optional()?)
}

/// Links an account of the provider to a person; `false` if it is somebody's already.
pub fn insert(
    conn: &mut DbConnection,
    (provider_id, subject): (i64, &str),
    user_id: i64,
    shown_name: &str,
    now: Seconds,
) -> Result<bool, StorageError> {
    let inserted = diesel::sql_query(
        "INSERT INTO upstream_links (provider_id, subject, user_id, shown_name, created_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(provider_id)
    .bind::<Text, _>(subject)
    .bind::<BigInt, _>(user_id)
    .bind::<Text, _>(shown_name)
    .bind::<BigInt, _>(now)
    .execute(conn)?;
    Ok(inserted == 1)
}

/// Notes that a person signed in by it.
pub fn touch(
    conn: &mut DbConnection,
    provider_id: i64,
    subject: &str,
    now: Seconds,
) -> Result<(), StorageError> {
    diesel::update(links::table.find((provider_id, subject)))
        .set(links::last_used_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// The accounts elsewhere of a person, oldest first.
pub fn of_user(conn: &mut DbConnection, user_id: i64) -> Result<Vec<UpstreamLink>, StorageError> {
    Ok(links::table
        .inner_join(providers::table)
        .filter(links::user_id.eq(user_id))
        .order((links::created_at, providers::id))
        .select((
            links::provider_id,
            providers::name,
            providers::label,
            links::subject,
            links::shown_name,
            links::created_at,
            links::last_used_at,
        ))
        .load(conn)?)
}

/// Takes the link of a person away; `false` if there is none.
pub fn delete(
    conn: &mut DbConnection,
    user_id: i64,
    provider_id: i64,
    subject: &str,
) -> Result<bool, StorageError> {
    let own = links::table.find((provider_id, subject)).filter(links::user_id.eq(user_id));
    Ok(diesel::delete(own).execute(conn)? == 1)
}

/// How many people are linked to a provider.
pub fn count(conn: &mut DbConnection, provider_id: i64) -> Result<i64, StorageError> {
    Ok(links::table.filter(links::provider_id.eq(provider_id)).count().get_result(conn)?)
}

/// Somebody who is linked to a provider, as operators see it.
#[derive(Clone, Debug, Queryable)]
pub struct LinkedUser {
    /// The `sub` here.
    pub subject: String,
    pub name: String,
    /// What the person is called there.
    pub shown_name: String,
    pub created_at: Seconds,
    pub last_used_at: Option<Seconds>,
}

/// Who is linked to a provider, the newest links first.
pub fn of_provider(
    conn: &mut DbConnection,
    provider_id: i64,
    limit: i64,
) -> Result<Vec<LinkedUser>, StorageError> {
    Ok(links::table
        .inner_join(users::table)
        .filter(links::provider_id.eq(provider_id))
        .order((links::created_at.desc(), links::subject))
        .limit(limit)
        .select((users::subject, users::name, links::shown_name, links::created_at, links::last_used_at))
        .load(conn)?)
}

/// Whose verified address this is, in lower case.
pub fn person_of_address(conn: &mut DbConnection, address: &str) -> Result<Option<i64>, StorageError> {
    Ok(users::table.filter(users::sign_in_email.eq(address)).select(users::id).first(conn).optional()?)
}
