//! Sign-ins at other OpenID providers that are under way. Each is answered once, in the browser that began it.

use diesel::prelude::*;

use super::schema::upstream_requests as requests;
use super::{DbConnection, StorageError};
use crate::clock::Seconds;
use crate::entropy::Digest;

/// A request about to be sent, or one that is answered.
#[derive(Clone)]
pub struct UpstreamRequest {
    pub provider_id: i64,
    /// Who wants to link an account; `None` = somebody signs in.
    pub user_id: Option<i64>,
    /// A path of ours.
    pub return_to: Option<String>,
    /// What nobody else may know of it.
    pub sealed: Vec<u8>,
}

/// Keeps a request until then.
pub fn insert(
    conn: &mut DbConnection,
    state: &Digest,
    browser: &Digest,
    request: &UpstreamRequest,
    expires_at: Seconds,
) -> Result<(), StorageError> {
    diesel::insert_into(requests::table)
        .values((
            requests::digest.eq(state.as_bytes()),
            requests::provider_id.eq(request.provider_id),
            requests::browser_digest.eq(browser.as_bytes()),
            requests::user_id.eq(request.user_id),
            requests::return_to.eq(request.return_to.as_deref()),
            requests::sealed.eq(&request.sealed),
            requests::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes the request of this state, if this browser began it at this provider: of any number of answers, one.
pub fn take(
    conn: &mut DbConnection,
    state: &Digest,
    browser: &Digest,
    provider_id: i64,
    now: Seconds,
) -> Result<Option<UpstreamRequest>, StorageError> {
    type Taken = (i64, Option<i64>, Option<String>, Vec<u8>);
    let own = requests::table
        .find(state.as_bytes())
        .filter(requests::browser_digest.eq(browser.as_bytes()))
        .filter(requests::provider_id.eq(provider_id))
        .filter(requests::expires_at.gt(now));
    let taken: Option<Taken> = diesel::delete(own)
        .returning((requests::provider_id, requests::user_id, requests::return_to, requests::sealed))
        .get_result(conn)
        .optional()?;
    Ok(taken.map(|(provider_id, user_id, return_to, sealed)| UpstreamRequest {
        provider_id,
        user_id,
        return_to,
        sealed,
    }))
}
