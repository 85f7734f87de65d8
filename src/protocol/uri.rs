//! Taking a URI apart by its characters, RFC 3986. A value that two parsers could read differently is refused here, so that
//! what was checked is what a browser will follow.

use std::net::Ipv6Addr;

use url::Url;

/// Longer URIs are refused everywhere.
pub(crate) const MAX_URI: usize = 2048;

/// The parts of a URI, each as it was written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Uri<'a> {
    pub scheme: &'a str,
    /// What stands between `//` and the next `/`, `?` or `#`.
    pub authority: Option<Authority<'a>>,
    pub query: Option<&'a str>,
    pub has_fragment: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Authority<'a> {
    /// With brackets if it is an IPv6 address.
    pub host: &'a str,
    pub port: Option<&'a str>,
}

/// Why a text is not taken for a URI; completes "the value … ".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriFault {
    #[error("is longer than {MAX_URI} characters")]
    TooLong,
    #[error("holds white space, a control character or another character that a URI cannot have")]
    Character,
    #[error("is not an absolute URI")]
    NotAbsolute,
    #[error("holds user information ('@' before the host)")]
    Userinfo,
    #[error("has no valid host")]
    Host,
    #[error("has no valid port")]
    Port,
}

impl<'a> Uri<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, UriFault> {
        if text.len() > MAX_URI {
            return Err(UriFault::TooLong);
        }
        if !has_uri_characters(text) {
            return Err(UriFault::Character);
        }
        let (scheme, rest) = text.split_once(':').ok_or(UriFault::NotAbsolute)?;
        if !is_scheme(scheme) {
            return Err(UriFault::NotAbsolute);
        }
        let (before_fragment, has_fragment) =
            rest.split_once('#').map_or((rest, false), |(before, _)| (before, true));
        let (hierarchy, query) = match before_fragment.split_once('?') {
            Some((before, query)) => (before, Some(query)),
            None => (before_fragment, None),
        };
        let authority = match hierarchy.strip_prefix("//") {
            Some(after) => Some(Authority::parse(after.split('/').next().unwrap_or_default())?),
            None => None,
        };
        Ok(Self { scheme, authority, query, has_fragment })
    }

    pub(crate) fn is_scheme(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The host if this is an http or https URL that a browser reads as the same host.
    pub(crate) fn web_host(&self, text: &str) -> Result<&'a str, UriFault> {
        let host = self.authority.as_ref().ok_or(UriFault::Host)?.host;
        let url = Url::parse(text).map_err(|_| UriFault::Host)?;
        let browser_host = url.host_str().ok_or(UriFault::Host)?;
        // `0x7f.1` and `127.1` are 127.0.0.1 to a browser: refused, because they are not to us.
        let same = browser_host.eq_ignore_ascii_case(host)
            || matches!((ipv6(browser_host), ipv6(host)), (Some(theirs), Some(ours)) if theirs == ours);
        // Browsers take more than names have, and `;` and `,` would end a directive of a Content-Security-Policy.
        let is_plain =
            browser_host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte));
        if same && is_plain { Ok(host) } else { Err(UriFault::Host) }
    }
}

impl<'a> Authority<'a> {
    fn parse(text: &'a str) -> Result<Self, UriFault> {
        if text.contains('@') {
            return Err(UriFault::Userinfo);
        }
        let (host, port) = if text.starts_with('[') {
            let (address, after) = text.split_once(']').ok_or(UriFault::Host)?;
            let host = text.get(..=address.len()).ok_or(UriFault::Host)?;
            ipv6(host).ok_or(UriFault::Host)?;
            match after.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if after.is_empty() => (host, None),
                None => return Err(UriFault::Host),
            }
        } else {
            match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            }
        };
        if !host.starts_with('[') && host.contains(['%', '[', ']']) {
            return Err(UriFault::Host);
        }
        if port.is_some_and(|port| !is_port(port)) {
            return Err(UriFault::Port);
        }
        Ok(Self { host, port })
    }
}

pub(crate) fn is_port(port: &str) -> bool {
    (1..=5).contains(&port.len())
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && port.parse::<u16>().is_ok()
}

fn ipv6(bracketed: &str) -> Option<Ipv6Addr> {
    bracketed.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// RFC 3986 §3.1.
fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// RFC 3986 §2: unreserved, reserved, and `%` with two hex digits.
fn has_uri_characters(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let good = match byte {
            b'%' => {
                bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit())
                    && bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit())
            }
            other => other.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&other),
        };
        if !good {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3986 §3: the parts are found where a browser finds them, or the text is refused.
    #[test]
    fn a_uri_is_taken_apart_or_refused() {
        let uri = Uri::parse("https://[2001:db8::1]:8443/a?b=c?d#e").unwrap();
        assert_eq!((uri.scheme, uri.query, uri.has_fragment), ("https", Some("b=c?d"), true));
        assert_eq!(uri.authority, Some(Authority { host: "[2001:db8::1]", port: Some("8443") }));
        assert_eq!(Uri::parse("urn:a:b").unwrap().authority, None);
        for (text, fault) in [
            ("", UriFault::NotAbsolute),
            ("/cb", UriFault::NotAbsolute),
            ("1a:b", UriFault::NotAbsolute),
            (":b", UriFault::NotAbsolute),
            ("https://a.test/%4", UriFault::Character),
            ("https://a.test/\\b", UriFault::Character),
            ("https://é.test/", UriFault::Character),
            ("https://a@b@c.test/", UriFault::Userinfo),
            ("https://@a.test/", UriFault::Userinfo),
            ("https://[::1/", UriFault::Host),
            ("https://[::1]x/", UriFault::Host),
            ("https://::1]/", UriFault::Port),
            ("https://[]/", UriFault::Host),
            ("https://[v1.a]/", UriFault::Host),
            ("https://[fe80::1%25eth0]/", UriFault::Host),
            ("https://a[::1]/", UriFault::Host),
            ("https://a%2eb/", UriFault::Host),
            ("https://a:/", UriFault::Port),
            ("https://a:65536/", UriFault::Port),
            ("https://a:+80/", UriFault::Port),
            ("https://a:1:2/", UriFault::Port),
        ] {
            assert_eq!(Uri::parse(text), Err(fault), "{text}");
        }
    }

    /// A host that the browser's parser would rewrite is refused.
    #[test]
    fn a_host_that_a_browser_reads_differently_is_refused() {
        let host = |text| Uri::parse(text).unwrap().web_host(text).is_ok();
        assert!(
            host("https://EXAMPLE.test/") && host("https://[0:0::1]/") && host("https://xn--bcher-kva.test/")
        );
        for text in [
            "https://0x7f.1/",
            "https://2130706433/",
            "https://127.1/",
            "https:///evil.test/",
            "https:evil.test",
            // U06: a header names it.
            "https://a;sandbox/",
            "https://a,default-src/",
            "https://'self'/",
            "https://a$b.test/",
        ] {
            assert!(!host(text), "{text}");
        }
    }
}
