//! E-mails that wait to be sent, and that were. What they say is sealed, and gone once they are sent.

use diesel::prelude::*;

use super::schema::emails;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// An e-mail about to wait.
pub struct NewEmail<'a> {
    pub user_id: Option<i64>,
    pub recipient: &'a str,
    pub kind: &'a str,
    pub locale: &'a str,
    pub sealed: &'a [u8],
}

/// An e-mail that is to be sent now.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = emails)]
pub struct DueEmail {
    pub id: i64,
    pub recipient: String,
    pub kind: String,
    pub sealed: Option<Vec<u8>>,
    pub created_at: Seconds,
    pub attempts: i64,
}

/// An e-mail as operators see it: what it says is not among it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = emails)]
pub struct EmailRow {
    pub id: i64,
    pub recipient: String,
    pub kind: String,
    pub locale: String,
    pub created_at: Seconds,
    pub attempts: i64,
    pub next_attempt_at: Option<Seconds>,
    pub sent_at: Option<Seconds>,
    pub failed_at: Option<Seconds>,
    pub last_error: Option<String>,
}

/// Adds an e-mail that is due at once.
pub fn insert(conn: &mut DbConnection, email: &NewEmail<'_>, now: Seconds) -> Result<(), StorageError> {
    diesel::insert_into(emails::table)
        .values((
            emails::user_id.eq(email.user_id),
            emails::recipient.eq(email.recipient),
            emails::kind.eq(email.kind),
            emails::locale.eq(email.locale),
            emails::sealed.eq(Some(email.sealed)),
            emails::created_at.eq(now),
            emails::next_attempt_at.eq(Some(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// What is due, oldest first.
pub fn due(conn: &mut DbConnection, now: Seconds, limit: i64) -> Result<Vec<i64>, StorageError> {
    Ok(emails::table
        .filter(emails::next_attempt_at.is_not_null())
        .filter(emails::next_attempt_at.le(now))
        .order((emails::next_attempt_at, emails::id))
        .limit(limit)
        .select(emails::id)
        .load(conn)?)
}

/// Which of these are due still.
pub fn still_due(conn: &mut DbConnection, ids: &[i64], now: Seconds) -> Result<Vec<DueEmail>, StorageError> {
    Ok(emails::table
        .filter(emails::id.eq_any(ids))
        .filter(emails::next_attempt_at.le(now))
        .order(emails::id)
        .select(DueEmail::as_select())
        .load(conn)?)
}

/// Notes that it was sent: what it said is forgotten.
pub fn mark_sent(conn: &mut DbConnection, id: i64, now: Seconds) -> Result<(), StorageError> {
    diesel::update(emails::table.find(id))
        .set((
            emails::sealed.eq(None::<Vec<u8>>),
            emails::attempts.eq(emails::attempts + 1),
            emails::next_attempt_at.eq(None::<i64>),
            emails::sent_at.eq(Some(now)),
            emails::last_error.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes an attempt that failed, and when the next one is; `None` = it is given up.
pub fn mark_failed(
    conn: &mut DbConnection,
    id: i64,
    error: &str,
    next: Option<Seconds>,
    now: Seconds,
) -> Result<(), StorageError> {
    diesel::update(emails::table.find(id))
        .set((
            emails::attempts.eq(emails::attempts + 1),
            emails::next_attempt_at.eq(next),
            emails::failed_at.eq(next.is_none().then_some(now)),
            emails::last_error.eq(Some(error)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Makes an unsent e-mail due again. `false` if there is none with this id.
pub fn retry(conn: &mut DbConnection, id: i64, now: Seconds) -> Result<bool, StorageError> {
    let unsent =
        emails::table.find(id).filter(emails::sent_at.is_null()).filter(emails::sealed.is_not_null());
    let changed = diesel::update(unsent)
        .set((emails::next_attempt_at.eq(Some(now)), emails::failed_at.eq(None::<i64>)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Which e-mails are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailState {
    Waiting,
    Sent,
    Failed,
}

/// The newest, newest first; the next page begins before the last id.
pub fn list(
    conn: &mut DbConnection,
    state: Option<EmailState>,
    before_id: Option<i64>,
    limit: i64,
) -> Result<Vec<EmailRow>, StorageError> {
    let mut query = emails::table.into_boxed();
    query = match state {
        None => query,
        Some(EmailState::Waiting) => query.filter(emails::next_attempt_at.is_not_null()),
        Some(EmailState::Sent) => query.filter(emails::sent_at.is_not_null()),
        Some(EmailState::Failed) => query.filter(emails::failed_at.is_not_null()),
    };
    if let Some(id) = before_id {
        query = query.filter(emails::id.lt(id));
    }
    Ok(query.order(emails::id.desc()).limit(limit).select(EmailRow::as_select()).load(conn)?)
}
