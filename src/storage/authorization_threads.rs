//! Authorization requests that wait for a person to sign in or consent.
//!
//! The stored parameters are driven again at every step: nothing that the browser sends back is believed.

use diesel::prelude::*;

use super::schema::authorization_threads as threads;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;

/// How long a request can still be begun again after its end, by the browser that it belongs to. WCAG 2.2.1.
pub const KEPT: Seconds = 1_800;

/// A waiting request.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = threads)]
pub struct AuthorizationThread {
    pub parameters: String,
    /// When somebody signed in to answer it.
    pub signed_in_at: Option<i64>,
    pub expires_at: i64,
    browser_digest: Option<Vec<u8>>,
}

impl AuthorizationThread {
    /// Whether a browser has loaded it, which then is the one that it was found for.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.browser_digest.is_some()
    }
}

/// Stores a request for `browser`, or for whichever browser loads it first.
pub fn insert(
    conn: &mut DbConnection,
    digest: &Digest,
    client_key: i64,
    parameters: &str,
    browser: Option<&Digest>,
    now: Seconds,
    expires_at: Seconds,
) -> Result<(), StorageError> {
    diesel::insert_into(threads::table)
        .values((
            threads::digest.eq(digest.as_bytes()),
            threads::client_key.eq(client_key),
            threads::parameters.eq(parameters),
            threads::browser_digest.eq(browser.map(Digest::as_bytes)),
            threads::created_at.eq(now),
            threads::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The request, if it is alive and belongs to this browser, or to none yet.
pub fn find(
    conn: &mut DbConnection,
    digest: &Digest,
    browser: &Digest,
    now: Seconds,
) -> Result<Option<AuthorizationThread>, StorageError> {
    Ok(threads::table
        .find(digest.as_bytes())
        .filter(threads::browser_digest.eq(browser.as_bytes()).or(threads::browser_digest.is_null()))
        .filter(threads::expires_at.gt(now))
        .select(AuthorizationThread::as_select())
        .first(conn)
        .optional()?)
}

/// Binds a request that no browser has loaded yet. `false` if another browser was first.
pub fn bind(
    conn: &mut DbConnection,
    digest: &Digest,
    browser: &Digest,
    now: Seconds,
) -> Result<bool, StorageError> {
    let bound = diesel::update(
        threads::table
            .find(digest.as_bytes())
            .filter(threads::browser_digest.is_null())
            .filter(threads::expires_at.gt(now)),
    )
    .set(threads::browser_digest.eq(browser.as_bytes()))
    .execute(conn)?;
    Ok(bound == 1)
}

/// Notes that somebody signed in to answer the request. `false` if it is not this browser's, or gone.
pub fn mark_signed_in(
    conn: &mut DbConnection,
    digest: &Digest,
    browser: &Digest,
    now: Seconds,
) -> Result<bool, StorageError> {
    let marked = diesel::update(
        threads::table
            .find(digest.as_bytes())
            .filter(threads::browser_digest.eq(browser.as_bytes()))
            .filter(threads::expires_at.gt(now)),
    )
    .set(threads::signed_in_at.eq(now))
    .execute(conn)?;
    Ok(marked == 1)
}

/// When the request was stored, and what it is, if it is this browser's and not gone for good.
pub fn life(
    conn: &mut DbConnection,
    digest: &Digest,
    browser: &Digest,
    now: Seconds,
) -> Result<Option<(Seconds, String)>, StorageError> {
    Ok(threads::table
        .find(digest.as_bytes())
        .filter(threads::browser_digest.eq(browser.as_bytes()))
        .filter(threads::expires_at.gt(now - KEPT))
        .select((threads::created_at, threads::parameters))
        .first(conn)
        .optional()?)
}

/// Gives the request another end. Who signed in for it before it had ended signs in once more.
pub fn extend(
    conn: &mut DbConnection,
    digest: &Digest,
    until: Seconds,
    now: Seconds,
) -> Result<(), StorageError> {
    let over = threads::table.find(digest.as_bytes()).filter(threads::expires_at.le(now));
    diesel::update(over).set(threads::signed_in_at.eq(None::<i64>)).execute(conn)?;
    diesel::update(threads::table.find(digest.as_bytes()))
        .set(threads::expires_at.eq(until))
        .execute(conn)?;
    Ok(())
}

/// Takes the request: it is answered once. `false` if it was answered or expired meanwhile.
pub fn take(
    conn: &mut DbConnection,
    digest: &Digest,
    browser: &Digest,
    now: Seconds,
) -> Result<bool, StorageError> {
    let taken = diesel::delete(
        threads::table
            .find(digest.as_bytes())
            .filter(threads::browser_digest.eq(browser.as_bytes()))
            .filter(threads::expires_at.gt(now)),
    )
    .execute(conn)?;
    Ok(taken == 1)
}
