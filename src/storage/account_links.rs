//! Links that work once: to make an account, to have a new password, to show that somebody reads an address.

use diesel::prelude::*;
use serde_json::Value;

use super::schema::account_links as links;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;

/// What a link is for. A link for one purpose is no good for another: security statement P18.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody wants an account for an address.
    SignUp,
    /// An operator wants somebody to have an account.
    Invitation,
    /// A new password, asked for by whoever knows the name or the address.
    Reset,
    /// The person reads an address that is to be theirs.
    Email,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::Invitation => "invitation",
            Self::Reset => "reset",
            Self::Email => "email",
        }
    }
}

/// A link about to be stored.
pub struct NewLink<'a> {
    pub digest: &'a Digest,
    /// By which operators name it: no secret.
    pub id: &'a str,
    pub purpose: Purpose,
    /// `None`: nobody, yet or at all.
    pub user_id: Option<i64>,
    pub email: Option<&'a str>,
    /// An object.
    pub details: &'a Value,
    /// Who made it, as in the audit log.
    pub created_by: &'a str,
    pub expires_at: Seconds,
}

/// A stored link.
#[derive(Clone, Debug)]
pub struct AccountLink {
    pub id: String,
    pub user_id: Option<i64>,
    pub email: Option<String>,
    pub details: Value,
    pub created_by: String,
    pub created_at: Seconds,
    pub expires_at: Seconds,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = links)]
struct Row {
    id: String,
    user_id: Option<i64>,
    email: Option<String>,
    details: String,
    created_by: String,
    created_at: i64,
    expires_at: i64,
}

/// In the order of [`Row`].
const COLUMNS: (
    links::id,
    links::user_id,
    links::email,
    links::details,
    links::created_by,
    links::created_at,
    links::expires_at,
) = (
    links::id,
    links::user_id,
    links::email,
    links::details,
    links::created_by,
    links::created_at,
    links::expires_at,
);

impl TryFrom<Row> for AccountLink {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let corrupt = |_| StorageError::Corrupt("account_links.details");
        Ok(Self {
            details: serde_json::from_str(&row.details).map_err(corrupt)?,
            id: row.id,
            user_id: row.user_id,
            email: row.email,
            created_by: row.created_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }
}

/// Adds a link.
pub fn insert(conn: &mut DbConnection, link: &NewLink<'_>, now: Seconds) -> Result<(), StorageError> {
    diesel::insert_into(links::table)
        .values((
            links::digest.eq(link.digest.as_bytes()),
            links::id.eq(link.id),
            links::purpose.eq(link.purpose.as_str()),
            links::user_id.eq(link.user_id),
            links::email.eq(link.email),
            links::details.eq(link.details.to_string()),
            links::created_by.eq(link.created_by),
            links::created_at.eq(now),
            links::expires_at.eq(link.expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The link for this purpose, if it still works.
pub fn find(
    conn: &mut DbConnection,
    digest: &Digest,
    purpose: Purpose,
    now: Seconds,
) -> Result<Option<AccountLink>, StorageError> {
    links::table
        .find(digest.as_bytes())
        .filter(links::purpose.eq(purpose.as_str()))
        .filter(links::expires_at.gt(now))
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(AccountLink::try_from)
        .transpose()
}

/// Takes the link: of any number of uses at once, one.
pub fn take(
    conn: &mut DbConnection,
    digest: &Digest,
    purpose: Purpose,
    now: Seconds,
) -> Result<Option<AccountLink>, StorageError> {
    let live = links::table
        .find(digest.as_bytes())
        .filter(links::purpose.eq(purpose.as_str()))
        .filter(links::expires_at.gt(now));
    diesel::delete(live)
        .returning(COLUMNS)
        .get_result::<Row>(conn)
        .optional()?
        .map(AccountLink::try_from)
        .transpose()
}

/// Removes the links of a person for this purpose: one of them was used.
pub fn remove_of_user(conn: &mut DbConnection, user_id: i64, purpose: Purpose) -> Result<(), StorageError> {
    let theirs = links::table.filter(links::user_id.eq(user_id)).filter(links::purpose.eq(purpose.as_str()));
    diesel::delete(theirs).execute(conn)?;
    Ok(())
}

/// Removes the links of a purpose to an address: one of them was used.
pub fn remove_to(conn: &mut DbConnection, email: &str, purpose: Purpose) -> Result<(), StorageError> {
    let theirs = links::table
        .filter(links::email.eq(email))
        .filter(links::purpose.eq(purpose.as_str()))
        .filter(links::user_id.is_null());
    diesel::delete(theirs).execute(conn)?;
    Ok(())
}

/// How many links for this purpose were sent to an address since then and still work.
pub fn count_to(
    conn: &mut DbConnection,
    email: &str,
    purpose: Purpose,
    since: Seconds,
) -> Result<i64, StorageError> {
    Ok(links::table
        .filter(links::email.eq(email))
        .filter(links::purpose.eq(purpose.as_str()))
        .filter(links::created_at.gt(since))
        .count()
        .get_result(conn)?)
}

/// How many of them somebody asked for.
pub fn count_of_user(
    conn: &mut DbConnection,
    user_id: i64,
    email: &str,
    purpose: Purpose,
    since: Seconds,
) -> Result<i64, StorageError> {
    Ok(links::table
        .filter(links::user_id.eq(user_id))
        .filter(links::email.eq(email))
        .filter(links::purpose.eq(purpose.as_str()))
        .filter(links::created_at.gt(since))
        .count()
        .get_result(conn)?)
}

/// The invitations that still work, newest first.
pub fn invitations(
    conn: &mut DbConnection,
    now: Seconds,
    limit: i64,
) -> Result<Vec<AccountLink>, StorageError> {
    links::table
        .filter(links::purpose.eq(Purpose::Invitation.as_str()))
        .filter(links::expires_at.gt(now))
        .order((links::created_at.desc(), links::id))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?
        .into_iter()
        .map(AccountLink::try_from)
        .collect()
}

/// Takes an invitation back; what it was.
pub fn revoke_invitation(
    conn: &mut DbConnection,
    id: &str,
    now: Seconds,
) -> Result<Option<AccountLink>, StorageError> {
    // PostgreSQL holds no such text, and refuses to look for it.
    if id.contains('\0') {
        return Ok(None);
    }
    let live = links::table
        .filter(links::id.eq(id))
        .filter(links::purpose.eq(Purpose::Invitation.as_str()))
        .filter(links::expires_at.gt(now));
    diesel::delete(live)
        .returning(COLUMNS)
        .get_result::<Row>(conn)
        .optional()?
        .map(AccountLink::try_from)
        .transpose()
}
