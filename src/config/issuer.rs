//! The issuer identifier: the one name of this server, to which every URL, token and cookie goes back.

use url::{Host, Url};

use super::problems::Wrong;

/// The issuer identifier, RFC 8414 §2: no query, no fragment, no trailing slash; https unless its host is loopback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    origin: String,
    path: String,
    host: String,
    port: u16,
    https: bool,
    loopback: bool,
}

const EXAMPLE: &str = "write it like https://auth.example.com or https://example.com/auth";

impl Issuer {
    /// Takes exactly the spelling that every parser agrees on: clients compare issuers byte by byte. RFC 8414 §3.3.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::checked(text).map_err(|wrong| format!("{}; {}", wrong.what, wrong.right))
    }

    pub(super) fn checked(text: &str) -> Result<Self, Wrong> {
        let url = Url::parse(text).map_err(|_| Wrong::new("this is not an absolute URL", EXAMPLE))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Wrong::new("its scheme is neither https nor http", EXAMPLE));
        }
        // Before anything that quotes the value: it may hold a password.
        if text.contains('@') {
            return Err(Wrong::new(
                "it holds a user name or an @",
                "leave out everything up to and with the @",
            ));
        }
        if text.contains(['?', '#']) {
            return Err(Wrong::new("it has a query or a fragment", "leave out the ? or # and what follows"));
        }
        if text.ends_with('/') {
            return Err(Wrong::new("it ends with a slash", "leave out the slash at the end"));
        }
        Self::check_characters(text, &url)?;
        let issuer = Self::assemble(text, &url)?;
        if !issuer.https && !issuer.loopback {
            return Err(Wrong::new(
                "it is http and its host is not loopback: passwords and tokens would travel in clear",
                format!("use https://{}", text.trim_start_matches("http://")),
            ));
        }
        Ok(issuer)
    }

    fn check_characters(text: &str, url: &Url) -> Result<(), Wrong> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/:[]".contains(c);
        if let Some(odd) = text.chars().find(|c| !plain(*c)) {
            return Err(Wrong::new(
                format!("it has the character {odd:?}"),
                "use only letters, digits and - . _ ~ in host and path",
            ));
        }
        if url.path().contains("//") || url.path().contains([':', '[', ']']) {
            return Err(Wrong::new("its path has an empty segment, a colon or a bracket", EXAMPLE));
        }
        let canonical = url.as_str().trim_end_matches('/');
        if canonical != text || url.host_str().is_some_and(|host| host.ends_with('.')) {
            return Err(Wrong::new(
                "it is not in its normal form (lower-case host, no default port, no dot segments)",
                format!("write {}", canonical.replace("./", "/").trim_end_matches('.')),
            ));
        }
        Ok(())
    }

    fn assemble(text: &str, url: &Url) -> Result<Self, Wrong> {
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(Wrong::new("it has no host", EXAMPLE));
        };
        let loopback = match &host {
            Host::Domain(name) => *name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let path = url.path().trim_end_matches('/').to_owned();
        Ok(Self {
            origin: text.strip_suffix(path.as_str()).unwrap_or(text).to_owned(),
            text: text.to_owned(),
            path,
            host: host.to_string(),
            port,
            https: url.scheme() == "https",
            loopback,
        })
    }

    /// The identifier, byte for byte as configured.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its path: empty, or like `/auth`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Scheme, host and port, as a browser sends it in `Origin`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The host without port; an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, written or implied by the scheme.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether browsers must come over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Whether it is reachable from this machine only: `localhost`, 127.0.0.0/8 or `[::1]`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// The URL of an endpoint whose path, with its leading slash, is below the issuer's.
    #[must_use]
    pub fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_parts_are_those_of_the_url() {
        let issuer = Issuer::parse("https://example.com:8443/auth/one").unwrap();
        assert_eq!(issuer.as_str(), "https://example.com:8443/auth/one");
        assert_eq!(issuer.origin(), "https://example.com:8443");
        assert_eq!((issuer.path(), issuer.host(), issuer.port()), ("/auth/one", "example.com", 8443));
        assert_eq!(issuer.endpoint("/token"), "https://example.com:8443/auth/one/token");
        assert!(issuer.is_https() && !issuer.is_loopback());

        let local = Issuer::parse("http://[::1]:9000").unwrap();
        assert_eq!((local.origin(), local.path(), local.host()), ("http://[::1]:9000", "", "[::1]"));
        assert!(!local.is_https() && local.is_loopback());
        assert!(Issuer::parse("http://127.0.0.1").unwrap().is_loopback());
        assert_eq!(Issuer::parse("https://example.com").unwrap().port(), 443);
    }

    #[test]
    fn rfc8414_section_2_has_no_query_fragment_userinfo_or_other_spelling() {
        for bad in [
            "",
            "auth.example.com",
            "ftp://example.com",
            "https://",
            "https://example.com/",
            "https://example.com/auth/",
            "https://example.com?",
            "https://example.com?a=b",
            "https://example.com#",
            "https://user@example.com",
            "https://user:word@example.com",
            "https://example.com:443",
            "https://EXAMPLE.com",
            "https://example.com.",
            "https://example.com/a//b",
            "https://example.com/a/../b",
            "https://example.com/a%2fb",
            "https://example.com/a b",
            "https://example.com/a;b",
            "https://exämple.com",
            "https://example.com/\u{202e}",
            "https://example.com\n",
            "https:example.com",
            "https:\\\\example.com",
            "http://127.1",
            "https://example.com/a:b",
        ] {
            assert!(Issuer::parse(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        assert!(Issuer::parse("http://auth.example.com").unwrap_err().contains("https://auth.example.com"));
        assert!(Issuer::parse("http://10.0.0.1:8080").is_err());
        assert!(Issuer::parse("http://localhost.example.com").is_err());
        assert!(Issuer::parse("http://localhost:8080").is_ok());
    }

    #[test]
    fn a_password_in_it_is_not_repeated() {
        let message = Issuer::parse("http://user:hunter2@example.com/?x").unwrap_err();
        assert!(!message.contains("hunter2"), "{message}");
    }
}
