//! Keys of the admin API, for programs that an operator trusts.

use serde_json::json;

use super::{Administered, Refusal, invalid, not_found, record};
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::Means;
use crate::storage::Failure;
use crate::storage::api_keys::{self, NewApiKey};
use crate::storage::audit_events::{EventKind, Origin};
use crate::texts::say;

pub use crate::storage::api_keys::{ApiKey, Rights};

/// What every key begins with, so that tools which look for secrets in repositories find one.
pub const PREFIX: &str = "grantor_key_";

/// The longest name of a key, in characters.
const MAX_NAME: usize = 128;

/// A new key in clear, this once.
pub struct Issued {
    pub id: i64,
    pub key: Token,
    /// `None` = until it is revoked.
    pub expires_at: Option<Seconds>,
}

/// Makes a key.
pub fn issue(
    means: &Means,
    name: String,
    rights: Rights,
    lifetime: Option<Seconds>,
    origin: Origin,
) -> Administered<Issued> {
    if name.trim().is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return invalid(say("refused-line").with("most", MAX_NAME).about("name"));
    }
    let now = means.clock.now();
    let key = Token::presented(format!("{PREFIX}{}", means.entropy.token().expose()));
    let (digest, expires_at) = (key.digest(), lifetime.map(|seconds| now + seconds));
    let id = means.database.write_blocking(move |conn| {
        let new = NewApiKey { digest: &digest, name: &name, rights, expires_at };
        let id = api_keys::insert(conn, &new, now)?;
        let details = json!({ "id": id, "name": name, "rights": rights, "expires_at": expires_at });
        record(conn, EventKind::ApiKeyIssued, &origin, details, now)?;
        Ok::<_, Failure<Refusal>>(id)
    })?;
    Ok(Issued { id, key, expires_at })
}

/// Every key, dead ones too.
pub fn list(means: &Means) -> Administered<Vec<ApiKey>> {
    means.database.read_blocking(|conn| Ok(api_keys::list(conn)?))
}

/// Ends a key, from the next request on.
pub fn revoke(means: &Means, id: i64, origin: Origin) -> Administered<()> {
    let now = means.clock.now();
    means.database.write_blocking(move |conn| {
        if !api_keys::revoke(conn, id, now)? {
            return not_found(say("refused-no-api-key").with("id", id));
        }
        Ok(record(conn, EventKind::ApiKeyRevoked, &origin, json!({ "id": id }), now)?)
    })
}
