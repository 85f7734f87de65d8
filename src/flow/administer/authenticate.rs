//! Who may use the admin API: an administrator or an operator's client with an access token for this server itself, or
//! whoever holds an API key. Never the cookie of a browser.

use std::net::IpAddr;

use super::api_keys::{PREFIX, Rights};
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::Means;
use crate::flow::attempts::{Guess, place};
use crate::protocol::bearer::BearerRefusal;
use crate::protocol::scope::{ADMIN, Scopes};
use crate::storage::access_tokens::{self, AccessToken};
use crate::storage::clients::{self, Source};
use crate::storage::{DbConnection, Failure, StorageError, api_keys, users};

/// What a route of the admin API asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    Read,
    Write,
}

/// Why somebody may not.
#[derive(Debug, PartialEq, Eq)]
pub enum AdminRefusal {
    /// RFC 6750 §3.1.
    Bearer(BearerRefusal),
    /// The API key is good, but only for reading.
    ReadOnly,
}

/// Who administers, for the audit log: the `sub`, the `client_id` or the name of the API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administrator(pub String);

type Authenticated<T> = Result<T, Failure<AdminRefusal>>;

/// The administrator whose token or key this is. Each bad one counts where it came from; a good one is let in all the
/// same, because others may share the address.
pub async fn authenticate(
    means: &Means,
    presented: Token,
    from: Option<IpAddr>,
    needed: Right,
) -> Authenticated<Administrator> {
    let now = means.clock.now();
    let issuer = means.config.issuer.as_str().to_owned();
    let found = means
        .database
        .read(move |conn| {
            if presented.expose().starts_with(PREFIX) {
                by_key(conn, &presented, needed, now)
            } else {
                by_token(conn, &presented, &issuer, now)
            }
        })
        .await;
    match found {
        Err(Failure::Refused(AdminRefusal::Bearer(BearerRefusal::InvalidToken))) => {
            let (place, limit) = (place(from), means.config.registration.failures_per_minute);
            let wait = means.attempts.wait(Guess::Administrator, &place, limit, now);
            means.attempts.failed(Guess::Administrator, &place, now);
            bearer(wait.map_or(BearerRefusal::InvalidToken, BearerRefusal::TooMany))
        }
        answer => answer,
    }
}

fn bearer<T>(refusal: BearerRefusal) -> Authenticated<T> {
    Err(Failure::Refused(AdminRefusal::Bearer(refusal)))
}

fn by_key(
    conn: &mut DbConnection,
    presented: &Token,
    needed: Right,
    now: Seconds,
) -> Authenticated<Administrator> {
    let Some(key) = api_keys::find_live(conn, &presented.digest(), now)? else {
        return bearer(BearerRefusal::InvalidToken);
    };
    if needed == Right::Write && key.rights == Rights::Read {
        return Err(Failure::Refused(AdminRefusal::ReadOnly));
    }
    Ok(Administrator(format!("api_key:{}:{}", key.id, key.name)))
}

/// The token lives, is for this server and no resource, has the scope, and is one of somebody who still may.
fn by_token(
    conn: &mut DbConnection,
    presented: &Token,
    issuer: &str,
    now: Seconds,
) -> Authenticated<Administrator> {
    let Some(token) = access_tokens::find_live(conn, &presented.digest(), now)? else {
        return bearer(BearerRefusal::InvalidToken);
    };
    if token.audiences != [issuer] {
        return bearer(BearerRefusal::InvalidToken);
    }
    let scopes = Scopes::parse(&token.scopes).map_err(|_| StorageError::Corrupt("access_tokens.scopes"))?;
    if !scopes.contains(ADMIN) || !is_administrator(conn, &token)? {
        return bearer(BearerRefusal::InsufficientScope(ADMIN));
    }
    Ok(Administrator(token.user_subject.unwrap_or(token.subject)))
}

/// Somebody may have ceased to be one since the token was issued.
fn is_administrator(conn: &mut DbConnection, token: &AccessToken) -> Result<bool, StorageError> {
    match (token.grant_id, token.user_id) {
        (Some(_), Some(user)) => {
            Ok(users::find(conn, user)?
                .is_some_and(|user| user.is_administrator && user.disabled_at.is_none()))
        }
        (None, None) => Ok(clients::find_by_key(conn, token.client_key)?
            .is_some_and(|client| client.source == Source::Operator)),
        _ => Ok(false),
    }
}
