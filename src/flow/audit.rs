//! What the audit log says of a change. It never holds a secret. Specification: security statement X05.

use serde_json::{Value, json};
use url::Url;

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
