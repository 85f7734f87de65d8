//! The grants of a client as an operator looks at them: who allowed what, since when, and when it was last used.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::schema::{consents, grants};
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// A grant that stands.
#[derive(QueryableByName)]
pub struct StandingGrant {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Text)]
    pub user_name: String,
    #[diesel(sql_type = Text)]
    pub subject: String,
    #[diesel(sql_type = Text)]
    pub scopes: String,
    #[diesel(sql_type = Text)]
    pub resources: String,
    #[diesel(sql_type = BigInt)]
    pub created_at: i64,
    #[diesel(sql_type = BigInt)]
    pub expires_at: i64,
    /// When the newest access token of it was issued that is still known.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub access_token_at: Option<i64>,
    /// When the newest refresh token of it was issued.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub refresh_token_at: Option<i64>,
}

/// The newest grants of a client that are neither revoked nor expired, at most `limit`.
pub fn standing(
    conn: &mut DbConnection,
    client_key: i64,
    now: Seconds,
    limit: i64,
) -> Result<Vec<StandingGrant>, StorageError> {
    Ok(diesel::sql_query(
        "SELECT g.id, u.name AS user_name, u.subject, g.scopes, g.resources, g.created_at, g.expires_at, \
         (SELECT MAX(a.issued_at) FROM access_tokens a WHERE a.grant_id = g.id) AS access_token_at, \
         (SELECT MAX(r.issued_at) FROM refresh_tokens r WHERE r.grant_id = g.id) AS refresh_token_at \
         FROM grants g JOIN users u ON u.id = g.user_id \
         WHERE g.client_key = $1 AND g.revoked_at IS NULL AND g.expires_at > $2 \
         ORDER BY g.id DESC LIMIT $3",
    )
    .bind::<BigInt, _>(client_key)
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(limit)
    .load(conn)?)
}

/// Revokes every grant of a client, and with it its codes and tokens; how many.
pub fn revoke_all(conn: &mut DbConnection, client_key: i64, now: Seconds) -> Result<usize, StorageError> {
    Ok(diesel::update(
        grants::table.filter(grants::client_key.eq(client_key)).filter(grants::revoked_at.is_null()),
    )
    .set(grants::revoked_at.eq(now))
    .execute(conn)?)
}

/// Client and person of a grant.
pub fn parties(conn: &mut DbConnection, id: i64) -> Result<Option<(i64, i64)>, StorageError> {
    Ok(grants::table.find(id).select((grants::client_key, grants::user_id)).first(conn).optional()?)
}

/// Forgets what people allowed a client, or one person: they are asked again. How many consents that were.
pub fn forget_consents(
    conn: &mut DbConnection,
    client_key: i64,
    user_id: Option<i64>,
) -> Result<usize, StorageError> {
    let of_client = consents::table.filter(consents::client_key.eq(client_key));
    Ok(match user_id {
        None => diesel::delete(of_client).execute(conn)?,
        Some(user) => diesel::delete(of_client.filter(consents::user_id.eq(user))).execute(conn)?,
    })
}
