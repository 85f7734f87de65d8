//! What the audit log says of a change. It never holds a secret. Specification: security statement X05.

use serde_json::{Map, Value, json};
use url::Url;

use super::rotate_secret::Secrets;
use crate::protocol::client::metadata::ClientMetadata;
use crate::storage::clients::NewClient;

/// A new client, as its registration event tells of it. RFC 7591 §2.
#[must_use]
pub fn of_new_client(client: &NewClient) -> Value {
    let metadata = &client.metadata;
    json!({
        "source": client.source.as_str(),
        "initial_access_token_id": client.initial_access_token_id,
        "is_pending": client.is_pending,
        "verified_by": client.verified_by,
        "client_name": metadata.client_name,
        "software_id": metadata.software_id,
        "redirect_hosts": redirect_hosts(metadata),
        "grant_types": metadata.grant_types.iter().map(|grant| grant.as_str()).collect::<Vec<_>>(),
        "token_endpoint_auth_method": metadata.token_endpoint_auth_method.as_str(),
        "user_agent": client.user_agent,
    })
}

/// The longest text of a value that an event holds: an update must not write the same long list again and again.
const LONGEST_VALUE: usize = 1024;

/// What an update changed: each member with what it was and what it is. RFC 7592 §2.2.
#[must_use]
pub fn of_changes(before: &ClientMetadata, after: &ClientMetadata) -> Value {
    let (before, after) = (members(before), members(after));
    let mut changes = Map::new();
    for name in before.keys().chain(after.keys()) {
        let (from, to) = (before.get(name), after.get(name));
        if from != to {
            changes.insert(name.clone(), json!({ "from": shortened(from), "to": shortened(to) }));
        }
    }
    json!({ "changes": changes })
}

fn members(metadata: &ClientMetadata) -> Map<String, Value> {
    match serde_json::to_value(metadata) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

fn shortened(value: Option<&Value>) -> Value {
    let length = value.map_or(0, |value| value.to_string().len());
    if length > LONGEST_VALUE {
        return json!(format!("{length} bytes, too long for this log"));
    }
    value.cloned().unwrap_or(Value::Null)
}

/// A new secret, by its ends alone. RFC 7591 §3.2.1.
#[must_use]
pub fn of_rotated_secret(secrets: &Secrets) -> Value {
    json!({
        "expires_at": secrets.secret.as_ref().map(|secret| secret.expires_at),
        "previous_expires_at": secrets.previous_secret.as_ref().map(|secret| secret.expires_at),
    })
}

/// Where the client's codes go: each host once, or the scheme where there is no host. Paths and queries may hold what is
/// nobody's business.
#[must_use]
pub fn redirect_hosts(metadata: &ClientMetadata) -> Vec<String> {
    let mut hosts: Vec<String> = metadata.redirect_uris.iter().map(|uri| host_of(uri)).collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

fn host_of(uri: &str) -> String {
    match Url::parse(uri) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url.host_str().unwrap_or_default().to_owned(),
        Ok(url) => format!("{}:", url.scheme()),
        Err(_) => String::new(),
    }
}
