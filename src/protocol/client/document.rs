//! Client id metadata documents: a `client_id` that is the https address of the client's metadata.
//! draft-ietf-oauth-client-id-metadata-document-02.

use serde_json::{Map, Value};
use url::Url;

use super::policy::HostRule;
use crate::protocol::json::parse_object;
use crate::protocol::redirect_uri::host_for_display;
use crate::protocol::uri::Uri;

/// Why a document is not used; completes "the document …". Never holds anything of an answer that is no document of this
/// client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentFault {
    #[error("has an address that cannot be a client_id: it {0}")]
    Url(&'static str),
    #[error("is on a host that the operator of this server does not allow")]
    Host,
    #[error("could not be fetched: {0}")]
    Fetch(String),
    #[error("is no JSON object without repeated members")]
    NotJson,
    #[error("does not name its own address as client_id, character for character")]
    OtherClient,
    #[error("holds metadata that this server does not take: {0}")]
    Metadata(String),
    #[error("is new here, and this server takes no more new ones at this moment")]
    Crowded,
}

/// Whether this `client_id` can only be that of a document: no server mints such a one. Section 7.1.
#[must_use]
pub fn is_document_url(client_id: &str) -> bool {
    client_id.starts_with("https://")
}

/// Whether the address may be a client identifier: https with a path; no user information, no fragment, no dot segments, not
/// even encoded ones; a query only where the operator allows it. Section 3.
pub fn check_url(client_id: &str, query_allowed: bool) -> Result<(), DocumentFault> {
    let uri = Uri::parse(client_id).map_err(|_| DocumentFault::Url("is no plain https URL"))?;
    if !is_document_url(client_id) {
        return Err(DocumentFault::Url("is no plain https URL"));
    }
    let host = uri.web_host(client_id).map_err(|_| DocumentFault::Url("has a host written in an odd way"))?;
    if host.ends_with('.') {
        return Err(DocumentFault::Url("has a host that ends with a dot"));
    }
    if uri.has_fragment {
        return Err(DocumentFault::Url("has a fragment"));
    }
    if uri.query.is_some() && !query_allowed {
        return Err(DocumentFault::Url("has a query, which this server does not allow"));
    }
    let path = path(client_id);
    if path.is_empty() {
        return Err(DocumentFault::Url("has no path"));
    }
    if has_dot_segment(path) {
        return Err(DocumentFault::Url("has a dot segment in its path"));
    }
    Ok(())
}

/// What stands between the authority and the query.
fn path(client_id: &str) -> &str {
    let behind_scheme = client_id.split_once("://").map_or("", |(_, rest)| rest);
    let before_query = behind_scheme.split(['?', '#']).next().unwrap_or_default();
    before_query.find('/').and_then(|at| before_query.get(at..)).unwrap_or_default()
}

/// With everything that some server along the way may decode: `%2e` is a dot, `%2f` and `%5c` separate segments.
fn has_dot_segment(path: &str) -> bool {
    let decoded = path.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/");
    decoded.split('/').any(|segment| segment == "." || segment == "..")
}

/// Whether the operator takes documents of this host: on no deny list, and on the allow list if there is one. Section 8.9.
pub fn check_host(client_id: &str, allowed: &[HostRule], denied: &[HostRule]) -> Result<(), DocumentFault> {
    let target = host_for_display(client_id);
    let is_on = |rules: &[HostRule]| rules.iter().any(|rule| rule.admits(&target));
    if is_on(denied) || !(allowed.is_empty() || is_on(allowed)) {
        return Err(DocumentFault::Host);
    }
    Ok(())
}

/// The host of a client identifier, which people are shown. Section 8.5.
#[must_use]
pub fn host(client_id: &str) -> Option<String> {
    Url::parse(client_id).ok()?.host_str().map(str::to_owned)
}

/// The members of a document that is this client's own. Section 4.
pub fn read(body: &[u8], client_id: &str) -> Result<Map<String, Value>, DocumentFault> {
    let mut members = parse_object(body).map_err(|_| DocumentFault::NotJson)?;
    match members.remove("client_id") {
        Some(Value::String(named)) if named == client_id => Ok(members),
        _ => Err(DocumentFault::OtherClient),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C01: which addresses can be a client identifier.
    #[test]
    fn a_client_identifier_is_a_plain_https_url_with_a_path() {
        for good in [
            "https://client.example/",
            "https://client.example/client.json",
            "https://client.example:8443/a/b",
            "https://client.example:443/a",
            "https://client.example/a..b/.well-known/c.",
            "https://client.example/%7Euser",
            "https://xn--bcher-kva.example/c",
        ] {
            assert_eq!(check_url(good, false), Ok(()), "{good}");
        }
        for bad in [
            "https://client.example",
            "https://client.example?a=/b",
            "http://client.example/a",
            "HTTPS://client.example/a",
            "https://client.example/a#b",
            "https://client.example/a#",
            "https://user@client.example/a",
            "https://@client.example/a",
            "https://client.example/a/../b",
            "https://client.example/a/./b",
            "https://client.example/..",
            "https://client.example/%2e%2e/a",
            "https://client.example/%2E./a",
            "https://client.example/a/%2e",
            "https://client.example/a%2f..%2fb",
            "https://client.example/a%5C..%5Cb",
            "https://client.example/a\\..\\b",
            "https://client.example./a",
            "https://client%2eexample/a",
            "https://127.1/a",
            "https:///a",
            "https://client.example/ a",
            "https://client.example/é",
            "https:client.example/a",
            "ftp://client.example/a",
            "",
        ] {
            assert!(check_url(bad, true).is_err(), "{bad}");
        }
        assert!(check_url("https://client.example/a?b", false).is_err());
        assert_eq!(check_url("https://client.example/a?b=../c", true), Ok(()));
        let long = format!("https://client.example/{}", "a".repeat(2048));
        assert!(check_url(&long, false).is_err());
    }

    /// C01: `client_id` is the address by simple string comparison, and no reader can disagree about it.
    #[test]
    fn a_document_names_its_own_address() {
        const URL: &str = "https://client.example/a";
        let members = read(br#"{"client_id":"https://client.example/a","x":1}"#, URL).unwrap();
        assert_eq!(Value::from(members), serde_json::json!({"x": 1}));
        for other in [
            r#"{"client_id":"https://client.example/b"}"#,
            r#"{"client_id":"https://client.example:443/a"}"#,
            r#"{"client_id":"https://CLIENT.example/a"}"#,
            r#"{"client_id":"https://client.example/a/"}"#,
            r#"{"client_id":"https://client.example/%61"}"#,
            r#"{"client_id":["https://client.example/a"]}"#,
            r#"{"client_id":null}"#,
            "{}",
        ] {
            assert_eq!(read(other.as_bytes(), URL), Err(DocumentFault::OtherClient), "{other}");
        }
        for not_json in [
            "",
            "[]",
            "\"https://client.example/a\"",
            "<html>",
            r#"{"client_id":"https://client.example/b","client_id":"https://client.example/a"}"#,
            r#"{"client_id":"https://client.example/a"} {}"#,
        ] {
            assert_eq!(read(not_json.as_bytes(), URL), Err(DocumentFault::NotJson), "{not_json}");
        }
    }

    /// C06, CVE row 27: hosts are matched label by label; denied goes before allowed.
    #[test]
    fn hosts_are_allowed_and_denied_by_label() {
        let rules =
            |texts: &[&str]| texts.iter().map(|text| HostRule::parse(text).unwrap()).collect::<Vec<_>>();
        let check = |host: &str, allowed: &[&str], denied: &[&str]| {
            check_host(&format!("https://{host}/a"), &rules(allowed), &rules(denied)).is_ok()
        };
        assert!(check("claude.ai", &[], &[]));
        assert!(check("claude.ai", &["claude.ai"], &[]) && check("CLAUDE.ai:8443", &["claude.ai"], &[]));
        assert!(!check("notclaude.ai", &["claude.ai"], &[]) && !check("a.claude.ai", &["claude.ai"], &[]));
        assert!(check("a.b.example.com", &["*.example.com"], &[]));
        for host in ["example.com", "attackerexample.com", "example.com.evil.test"] {
            assert!(!check(host, &["*.example.com"], &[]), "{host}");
        }
        assert!(!check("a.example.com", &["*.example.com"], &["a.example.com"]));
        assert!(!check("evil.test", &[], &["evil.test"]) && check("good.test", &[], &["evil.test"]));
    }
}
