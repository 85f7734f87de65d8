//! Whether a client's links lead where its answers go. RFC 7591 §5.

use url::Url;

use super::metadata::ClientMetadata;

/// Hosts of the client's own links that are no host of its redirect URIs: a stranger may have borrowed a good name.
#[must_use]
pub fn foreign_hosts(metadata: &ClientMetadata) -> Vec<String> {
    let own: Vec<String> = metadata.redirect_uris.iter().filter_map(|uri| host(uri)).collect();
    let links = ["client_uri", "logo_uri", "policy_uri", "tos_uri"];
    let mut foreign: Vec<String> = Vec::new();
    for link in links.into_iter().flat_map(|name| metadata.in_all_languages(name)).filter_map(host) {
        if !own.contains(&link) && !foreign.contains(&link) {
            foreign.push(link);
        }
    }
    foreign
}

/// The host of a web address in A-label form.
#[must_use]
pub fn host(uri: &str) -> Option<String> {
    Url::parse(uri).ok()?.host().map(|host| host.to_string())
}
