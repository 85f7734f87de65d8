//! Which URLs may be asked at all, before any name is looked up.

use std::net::IpAddr;

use url::{Host, Url};

use super::FetchError;
use super::resolver::Reach;
use crate::protocol::uri::Uri;

/// The port of https.
const HTTPS: u16 = 443;

/// A URL that may be asked, if its name leads to nothing forbidden.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) url: Url,
    /// Whose budget the request spends.
    pub(super) host: String,
}

/// What a URL is held to.
pub(super) struct Terms<'a> {
    pub(super) reach: &'a Reach,
    /// Beside 443; `None` = any.
    pub(super) ports: Option<&'a [u16]>,
    /// Whether this server is known by a loopback name: then it may speak http to loopback.
    pub(super) loopback: bool,
}

impl Target {
    pub(super) fn check(text: &str, terms: &Terms<'_>) -> Result<Self, FetchError> {
        // Our own reader first: it refuses whatever two readers could take for two addresses.
        let written = Uri::parse(text).map_err(|_| FetchError::Address("is no plain https URL"))?;
        if written.has_fragment {
            return Err(FetchError::Address("has a fragment"));
        }
        if !(written.is_scheme("https") || terms.loopback && written.is_scheme("http")) {
            return Err(FetchError::Address("is no https URL"));
        }
        written
            .web_host(text)
            .map_err(|_| FetchError::Address("has a host that is written in an odd way"))?;
        let url = Url::parse(text).map_err(|_| FetchError::Address("is no plain https URL"))?;
        let port = url.port_or_known_default().unwrap_or(0);
        if port != HTTPS && terms.ports.is_some_and(|ports| !ports.contains(&port)) {
            return Err(FetchError::Address("has a port that this server does not call"));
        }
        let Some(host) = url.host() else { return Err(FetchError::Address("has no host")) };
        // A literal address never reaches the resolver that vets the others.
        let (literal, is_loopback) = match &host {
            Host::Domain(name) => (None, matches!(*name, "localhost" | "localhost.")),
            Host::Ipv4(address) => (Some(IpAddr::V4(*address)), address.is_loopback()),
            Host::Ipv6(address) => (Some(IpAddr::V6(*address)), address.is_loopback()),
        };
        if url.scheme() == "http" && !is_loopback {
            return Err(FetchError::Address("is no https URL"));
        }
        if literal.is_some_and(|address| !terms.reach.allows(address)) {
            return Err(FetchError::Forbidden);
        }
        let host = host.to_string().trim_end_matches('.').to_owned();
        Ok(Self { url, host })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn check(text: &str, loopback: bool) -> Result<Target, FetchError> {
        let reach = Reach::Public { loopback, networks: Arc::from([]) };
        Target::check(text, &Terms { reach: &reach, ports: Some(&[8443]), loopback })
    }

    /// Section 1.8: every way to write an address that is not public, and every URL that is no plain https one.
    #[test]
    fn only_plain_https_urls_of_public_hosts_pass() {
        for text in [
            "https://client.example/a?b",
            "https://client.example:8443/",
            "https://8.8.8.8/",
            "https://[2606:4700::1]/",
        ] {
            assert!(check(text, false).is_ok(), "{text}");
        }
        for text in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://017700000001/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:169.254.169.254]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1%25eth0]/",
            "https://[fe80::1]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://100.64.0.1/",
            "https://[fd00::1]/",
            "https://①②⑦.⓪.⓪.①/",
            "https://%31%32%37.0.0.1/",
            "https://@client.example/",
            "https://u:p@client.example/",
            "https://client.example\\@127.0.0.1/",
            "https://client.example#@127.0.0.1/",
            "https://client.example:8080/",
            "https://client.example:0/",
            "https:///client.example/",
            "https:client.example",
            "http://client.example/",
            "http://localhost/",
            "file:///etc/passwd",
            "gopher://client.example/",
            "unix:/run/socket",
            "data:application/json,{}",
            "ftp://client.example/",
            "//client.example/",
            "",
        ] {
            assert!(check(text, false).is_err(), "{text}");
        }
    }

    /// C04: the exception for loopback is for a server that is itself known by a loopback name.
    #[test]
    fn loopback_is_for_loopback() {
        for text in [
            "https://127.0.0.1:8443/",
            "https://[::1]:8443/",
            "http://localhost:8443/",
            "http://127.0.0.1:8443/",
        ] {
            assert!(check(text, true).is_ok(), "{text}");
            assert!(check(text, false).is_err(), "{text}");
        }
        for text in [
            "http://client.example:8443/",
            "http://10.0.0.1:8443/",
            "https://10.0.0.1/",
            "http://localhost:9/",
        ] {
            assert!(check(text, true).is_err(), "{text}");
        }
    }
}
