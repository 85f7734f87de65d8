//! What the audit log says of a change, and its events for whoever reads them. No secret is ever among it: security
//! statement X05.

use std::convert::Infallible;

use serde_json::{Map, Value, json};
use url::Url;

use super::Means;
use super::rotate_secret::Secrets;
use crate::clock::Seconds;
use crate::protocol::client::metadata::ClientMetadata;
use crate::storage::audit_chain::{self, hexadecimal};
use crate::storage::audit_counts;
use crate::storage::audit_events::{self, StoredEvent};
use crate::storage::clients::NewClient;
use crate::storage::{Failure, StorageError};

pub use crate::storage::audit_chain::Link;
pub use crate::storage::audit_counts::Count;
pub use crate::storage::audit_events::Filter;

/// No page holds more.
pub const LONGEST_PAGE: i64 = 1000;

/// The newest events that the filter lets through, newest first, sealed or not. The next page begins with
/// `Filter::before_id`, the `id` of the last one.
pub async fn list(means: &Means, filter: Filter, limit: i64) -> Result<Vec<StoredEvent>, StorageError> {
    let limit = limit.clamp(1, LONGEST_PAGE);
    means.database.read(move |conn| Ok(audit_events::list(conn, &filter, limit)?)).await.map_err(broken)
}

/// The sealed events behind a place in the chain, oldest first.
pub async fn export_page(means: &Means, after: i64, limit: i64) -> Result<Vec<StoredEvent>, StorageError> {
    let limit = limit.clamp(1, LONGEST_PAGE);
    means.database.read(move |conn| Ok(audit_chain::after(conn, after, limit)?)).await.map_err(broken)
}

/// The newest counts of reads and refusals since a time.
pub async fn counts(means: &Means, since: Seconds, limit: i64) -> Result<Vec<Count>, StorageError> {
    let limit = limit.clamp(1, LONGEST_PAGE);
    means.database.read(move |conn| Ok(audit_counts::list(conn, since, limit)?)).await.map_err(broken)
}

fn broken(failure: Failure<Infallible>) -> StorageError {
    match failure {
        Failure::Broken(error) => error,
        Failure::Refused(never) => match never {},
    }
}

/// An event for programs: what exports, the webhook and the admin API give. `sequence` and `hash` are null until it is
/// sealed.
#[must_use]
pub fn as_json(event: &StoredEvent) -> Value {
    json!({
        "id": event.id,
        "sequence": event.sequence,
        "at": event.at,
        "kind": event.kind,
        "actor": event.actor,
        "client_id": event.client_id,
        "address": event.address,
        "request_id": event.request_id,
        // What is no JSON was changed by somebody: the chain shows it.
        "details": serde_json::from_str(&event.details).unwrap_or(Value::String(event.details.clone())),
        "hash": event.hash.as_deref().map(hexadecimal),
    })
}

/// Whether an operator did it. Operators have no name for the people of whom it is: those ask whoever runs the server, and not one of them.
#[must_use]
pub fn is_of_operator(actor: &str) -> bool {
    actor.starts_with("administrator:") || actor.starts_with("command_line:")
}

/// The columns of [`as_csv`].
pub const CSV_HEAD: &str = "sequence,at,kind,actor,client_id,address,request_id,details,hash\r\n";

/// An event as one line of CSV. RFC 4180. Whatever a client sent, no cell is a formula for a spreadsheet, and no event is
/// more than one line.
#[must_use]
pub fn as_csv(event: &StoredEvent) -> String {
    let text = |cell: &Option<String>| cell.clone().unwrap_or_default();
    let cells = [
        event.sequence.map_or_else(String::new, |sequence| sequence.to_string()),
        moment(event.at),
        event.kind.clone(),
        event.actor.clone(),
        text(&event.client_id),
        text(&event.address),
        text(&event.request_id),
        event.details.clone(),
        event.hash.as_deref().map_or_else(String::new, hexadecimal),
    ];
    cells.map(|cell| quoted(&cell)).join(",") + "\r\n"
}

fn quoted(cell: &str) -> String {
    let mut safe = String::with_capacity(cell.len() + 2);
    safe.push('"');
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        safe.push('\'');
    }
    for character in cell.chars() {
        match character {
            '"' => safe.push_str("\"\""),
            odd if odd.is_control() || is_line_or_direction(odd) => safe.extend(odd.escape_unicode()),
            plain => safe.push(plain),
        }
    }
    safe.push('"');
    safe
}

/// What some programs take for the end of a line, or for a change of direction.
fn is_line_or_direction(character: char) -> bool {
    matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn moment(seconds: Seconds) -> String {
    chrono::DateTime::from_timestamp(seconds, 0)
        .map_or_else(|| seconds.to_string(), |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn event(client_id: &str) -> StoredEvent {
        StoredEvent {
            id: 1,
            at: 0,
            kind: "client_registered".to_owned(),
            actor: "anonymous".to_owned(),
            client_id: Some(client_id.to_owned()),
            address: None,
            request_id: None,
            details: r#"{"client_name":"a \"quoted\" name"}"#.to_owned(),
            sequence: Some(1),
            hash: Some(vec![0xab; 2]),
        }
    }

    /// X06: neither a spreadsheet nor a terminal runs what a client sent.
    #[test]
    fn a_cell_is_no_formula_and_no_second_line() {
        for (sent, cell) in [
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@x", "\"'@x\""),
            ("\t=1", "\"'\\u{9}=1\""),
            ("a\r\nb", "\"a\\u{d}\\u{a}b\""),
            ("\u{1b}[2J\u{202e}", "\"\\u{1b}[2J\\u{202e}\""),
            ("a\"b,c", "\"a\"\"b,c\""),
        ] {
            assert_eq!(quoted(sent), cell);
            let line = as_csv(&event(sent));
            assert!(line.contains(cell) && line.ends_with("\r\n") && line.lines().count() == 1, "{line}");
        }
        let line = as_csv(&event("c-1"));
        let expected = "\"1\",\"1970-01-01T00:00:00Z\",\"client_registered\",\"anonymous\",\"c-1\",\"\",\"\",\"{\"\"client_name\"\":\"\"a \\\"\"quoted\\\"\" name\"\"}\",\"abab\"\r\n";
        assert_eq!(line, expected);
    }

    #[test]
    fn details_are_json_in_json() {
        let value = as_json(&event("c-1"));
        assert_eq!(value["details"]["client_name"], "a \"quoted\" name");
        assert_eq!(value["hash"], "abab");
        let odd = as_json(&StoredEvent { details: "no json".to_owned(), ..event("c-1") });
        assert_eq!(odd["details"], "no json");
    }
}
