//! By what a person can sign in alone: a password, a passkey, or an account at a provider that is switched on.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::schema::{passkeys, upstream_links as links, upstream_providers as providers};
use super::{DbConnection, StorageError, users};

/// What somebody gives up.
#[derive(Clone, Copy, Debug)]
pub enum GivenUp<'a> {
    /// By its id.
    Passkey(i64),
    Link {
        provider_id: i64,
        subject: &'a str,
    },
}

/// Whether a person can sign in without this. Holds the person until the transaction is over, so that two who give up different
/// things at once do not both rely on the other's.
pub fn are_left(conn: &mut DbConnection, user_id: i64, without: GivenUp<'_>) -> Result<bool, StorageError> {
    users::lock(conn, user_id)?;
    if users::has_password(conn, user_id)? {
        return Ok(true);
    }
    // No row has the id -1.
    let (passkey, (provider_id, subject)) = match without {
        GivenUp::Passkey(id) => (id, (-1, "")),
        GivenUp::Link { provider_id, subject } => (-1, (provider_id, subject)),
    };
    let passkeys: i64 = passkeys::table
        .filter(passkeys::user_id.eq(user_id).and(passkeys::id.ne(passkey)))
        .count()
        .get_result(conn)?;
    let links: i64 = links::table
        .inner_join(providers::table)
        .filter(links::user_id.eq(user_id).and(providers::disabled_at.is_null()))
        .filter(links::provider_id.ne(provider_id).or(links::subject.ne(subject)))
        .count()
        .get_result(conn)?;
    Ok(passkeys + links > 0)
}

/// How many people have no way in but a provider: neither password nor passkey, nor a link to another provider that is
/// switched on.
pub fn count_who_have_only(conn: &mut DbConnection, provider_id: i64) -> Result<i64, StorageError> {
    #[derive(QueryableByName)]
    struct Counted {
        #[diesel(sql_type = BigInt)]
        people: i64,
    }
    let counted: Counted = diesel::sql_query(
        "SELECT COUNT(*) AS people FROM users WHERE password_hash IS NULL \
         AND EXISTS (SELECT 1 FROM upstream_links WHERE user_id = users.id AND provider_id = $1) \
         AND NOT EXISTS (SELECT 1 FROM passkeys WHERE user_id = users.id) \
         AND NOT EXISTS (SELECT 1 FROM upstream_links JOIN upstream_providers ON upstream_providers.id = provider_id \
         WHERE user_id = users.id AND provider_id <> $1 AND upstream_providers.disabled_at IS NULL)",
    )
    .bind::<BigInt, _>(provider_id)
    .get_result(conn)?;
    Ok(counted.people)
}
