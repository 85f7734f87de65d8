//! Keys of the admin API. Only digests are kept.

use diesel::prelude::*;
use serde::Serialize;

use super::schema::api_keys as keys;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;

/// What a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rights {
    Read,
    ReadWrite,
}

impl Rights {
    /// As they are stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadWrite => "read write",
        }
    }

    /// The rights that are stored as this.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Read, Self::ReadWrite].into_iter().find(|rights| rights.as_str() == name)
    }
}

/// A stored key.
#[derive(Clone, Debug, Serialize)]
pub struct ApiKey {
    pub id: i64,
    pub name: String,
    pub rights: Rights,
    pub created_at: Seconds,
    /// `None` = it does not expire.
    pub expires_at: Option<Seconds>,
    pub revoked_at: Option<Seconds>,
}

/// A key about to be inserted.
pub struct NewApiKey<'a> {
    pub digest: &'a Digest,
    pub name: &'a str,
    pub rights: Rights,
    pub expires_at: Option<Seconds>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = keys)]
struct Row {
    id: i64,
    name: String,
    rights: String,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl TryFrom<Row> for ApiKey {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            id: row.id,
            name: row.name,
            rights: Rights::from_name(&row.rights).ok_or(StorageError::Corrupt("api_keys.rights"))?,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        })
    }
}

/// Adds a key and returns its id.
pub fn insert(conn: &mut DbConnection, key: &NewApiKey<'_>, now: Seconds) -> Result<i64, StorageError> {
    Ok(diesel::insert_into(keys::table)
        .values((
            keys::digest.eq(key.digest.as_bytes()),
            keys::name.eq(key.name),
            keys::rights.eq(key.rights.as_str()),
            keys::created_at.eq(now),
            keys::expires_at.eq(key.expires_at),
        ))
        .returning(keys::id)
        .get_result(conn)?)
}

/// The key, if it is neither expired nor revoked.
pub fn find_live(
    conn: &mut DbConnection,
    digest: &Digest,
    now: Seconds,
) -> Result<Option<ApiKey>, StorageError> {
    keys::table
        .filter(keys::digest.eq(digest.as_bytes()))
        .filter(keys::revoked_at.is_null())
        .filter(keys::expires_at.is_null().or(keys::expires_at.gt(now)))
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(ApiKey::try_from)
        .transpose()
}

/// All keys, oldest first, dead ones too.
pub fn list(conn: &mut DbConnection) -> Result<Vec<ApiKey>, StorageError> {
    let rows: Vec<Row> = keys::table.order(keys::id).select(Row::as_select()).load(conn)?;
    rows.into_iter().map(ApiKey::try_from).collect()
}

/// Revokes a key; `false` if there is none with this id that is not revoked yet.
pub fn revoke(conn: &mut DbConnection, id: i64, now: Seconds) -> Result<bool, StorageError> {
    let revoked = diesel::update(keys::table.find(id).filter(keys::revoked_at.is_null()))
        .set(keys::revoked_at.eq(now))
        .execute(conn)?;
    Ok(revoked == 1)
}
