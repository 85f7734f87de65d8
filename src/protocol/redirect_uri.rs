//! Redirection URIs: which may be registered, and which request names one of them.
//! RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1 and §4.1.3.

use super::params::decode;
use super::uri::{Uri, UriFault, is_port};

/// A browser would run these, or read local files with them.
const DANGEROUS_SCHEMES: [&str; 6] = ["javascript", "data", "vbscript", "file", "blob", "about"];

/// What the authorization response adds to the query: a client that finds two of them may take the wrong one.
const RESPONSE_PARAMETERS: [&str; 6] = ["code", "state", "iss", "error", "access_token", "id_token"];

/// Why a redirection URI cannot be registered; completes "the value … ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriFault {
    #[error(transparent)]
    Uri(#[from] UriFault),
    #[error("has a scheme that a browser runs or reads files with")]
    DangerousScheme,
    #[error("has a fragment")]
    Fragment,
    #[error("holds '*': a redirection URI is compared character by character")]
    Wildcard,
    #[error("has a query that already holds '{0}', which the answer adds")]
    ResponseParameter(&'static str),
    #[error("uses http, which is allowed for 127.0.0.1, [::1] and localhost only: use https")]
    InsecureHttp,
    #[error(
        "has a private-use scheme without a dot that this server does not list: use a reversed domain name (RFC 8252 section 7.1)"
    )]
    UnlistedScheme,
}

/// Whether a redirection URI may be registered: https, http on loopback, or a private-use scheme with a dot or on the list;
/// without fragment, user information, `*`, and response parameters in its query. RFC 8252 §7, RFC 9700 §2.1.
pub fn check_registered(uri: &str, private_use_schemes: &[String]) -> Result<(), RedirectUriFault> {
    // First, so that ` javascript:` is told what it is and not that it holds a space.
    let scheme = uri.trim_start_matches(|c: char| c.is_whitespace() || c.is_control()).split(':').next();
    if scheme
        .is_some_and(|scheme| DANGEROUS_SCHEMES.iter().any(|bad| scheme.trim().eq_ignore_ascii_case(bad)))
    {
        return Err(RedirectUriFault::DangerousScheme);
    }
    let parts = Uri::parse(uri)?;
    if parts.has_fragment {
        return Err(RedirectUriFault::Fragment);
    }
    if uri.contains('*') {
        return Err(RedirectUriFault::Wildcard);
    }
    if let Some(name) = parts.query.and_then(response_parameter) {
        return Err(RedirectUriFault::ResponseParameter(name));
    }
    if parts.is_scheme("https") {
        parts.web_host(uri)?;
    } else if parts.is_scheme("http") {
        if !matches!(parts.web_host(uri)?, "127.0.0.1" | "[::1]" | "localhost") {
            return Err(RedirectUriFault::InsecureHttp);
        }
    } else if !parts.scheme.contains('.') && !private_use_schemes.iter().any(|listed| parts.is_scheme(listed))
    {
        return Err(RedirectUriFault::UnlistedScheme);
    }
    Ok(())
}

/// The response parameter that a query holds, in any letter case and any spelling.
fn response_parameter(query: &str) -> Option<&'static str> {
    query.split(['&', ';']).find_map(|pair| {
        let name = decode(pair.split('=').next().unwrap_or_default().as_bytes())?;
        RESPONSE_PARAMETERS.into_iter().find(|reserved| reserved.eq_ignore_ascii_case(name.trim()))
    })
}

/// Whether a requested redirection URI is the registered one: equal to the byte, or http on the same loopback host with only
/// the port differing. RFC 9700 §4.1.3, RFC 8252 §7.3.
#[must_use]
pub fn matches(registered: &str, requested: &str, localhost_any_port: bool) -> bool {
    if registered == requested {
        return true;
    }
    match (without_port(registered), without_port(requested)) {
        (Some(ours), Some(theirs)) => ours == theirs && (ours.0 != "localhost" || localhost_any_port),
        _ => false,
    }
}

/// The URI to answer at: the requested one if it is registered, or the only registered one if none was requested. RFC 6749 §3.1.2.3.
#[must_use]
pub fn find_registered<'a>(
    registered: &'a [String],
    requested: Option<&'a str>,
    localhost_any_port: bool,
) -> Option<&'a str> {
    match (requested, registered) {
        (Some(requested), _) => {
            registered.iter().any(|uri| matches(uri, requested, localhost_any_port)).then_some(requested)
        }
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

/// Host and what follows the port, of an http URI on loopback; nothing of either is normalised.
fn without_port(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let (host, after) = ["127.0.0.1", "[::1]", "localhost"]
        .into_iter()
        .find_map(|host| Some((host, rest.strip_prefix(host)?)))?;
    let path_at = after.find(['/', '?']).unwrap_or(after.len());
    let (port, path) = after.split_at_checked(path_at)?;
    match port.strip_prefix(':') {
        Some(digits) if is_port(digits) => Some((host, path)),
        None if port.is_empty() => Some((host, path)),
        _ => None,
    }
}

/// Where an answer goes, in the words of a consent page. RFC 7591 §5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectTarget {
    /// A web site, by its host name in A-label form.
    Web { host: String },
    /// This computer.
    Loopback,
    /// An application that has claimed a scheme.
    App { scheme: String },
}

/// Where a registered redirection URI leads, for the person who is asked. RFC 8252 §8.3.
#[must_use]
pub fn host_for_display(uri: &str) -> RedirectTarget {
    let app =
        || RedirectTarget::App { scheme: uri.split(':').next().unwrap_or_default().to_ascii_lowercase() };
    let Ok(url) = url::Url::parse(uri) else { return app() };
    if !matches!(url.scheme(), "http" | "https") {
        return app();
    }
    match url.host() {
        Some(url::Host::Domain("localhost")) => RedirectTarget::Loopback,
        Some(url::Host::Ipv4(address)) if address.is_loopback() => RedirectTarget::Loopback,
        Some(url::Host::Ipv6(address)) if address.is_loopback() => RedirectTarget::Loopback,
        Some(host) => RedirectTarget::Web { host: host.to_string() },
        None => app(),
    }
}

/// Where a redirection URI leads, for comparing two of them: a web origin, this computer, or a scheme. RFC 6454 §4.
#[must_use]
pub fn target(uri: &str) -> String {
    match host_for_display(uri) {
        RedirectTarget::Web { host } => {
            url::Url::parse(uri).map_or(host, |url| url.origin().ascii_serialization())
        }
        RedirectTarget::Loopback => "loopback".to_owned(),
        RedirectTarget::App { scheme } => format!("{scheme}:"),
    }
}

/// Whether this is an http URI on 127.0.0.1, `[::1]` or localhost. RFC 8252 §7.3.
#[must_use]
pub fn is_loopback(uri: &str) -> bool {
    Uri::parse(uri).is_ok_and(|parts| {
        parts.is_scheme("http")
            && parts.web_host(uri).is_ok_and(|host| matches!(host, "127.0.0.1" | "[::1]" | "localhost"))
    })
}

/// Whether this is a URI of a private-use scheme. RFC 8252 §7.1.
#[must_use]
pub fn is_private_use(uri: &str) -> bool {
    Uri::parse(uri).is_ok_and(|parts| !parts.is_scheme("http") && !parts.is_scheme("https"))
}

/// Appends parameters to the query as text, so that what was registered stays as it is. RFC 6749 §3.1.2.
#[must_use]
pub fn append_query(uri: &str, pairs: &[(&str, &str)]) -> String {
    let mut out = uri.to_owned();
    for (name, value) in pairs {
        out.push_str(match out.find('?') {
            None => "?",
            Some(_) if out.ends_with(['?', '&']) => "",
            Some(_) => "&",
        });
        encode_into(&mut out, name);
        out.push('=');
        encode_into(&mut out, value);
    }
    out
}

/// Percent-encodes all but unreserved characters. A space becomes `%20`, which every decoder reads; `+` is not read by all.
fn encode_into(out: &mut String, text: &str) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let digit = |value: u8| HEX.get(usize::from(value)).copied().unwrap_or('0');
            out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fault(uri: &str) -> Option<RedirectUriFault> {
        check_registered(uri, &["cursor".to_owned(), "vscode".to_owned()]).err()
    }

    /// What MCP clients of 2026 register, and RFC 8252 §7: all of it is accepted.
    #[test]
    fn redirect_uris_of_real_clients_are_accepted() {
        for uri in [
            "https://claude.ai/api/mcp/auth_callback",
            "https://app.test:8443/cb?tenant=7&codec=1",
            "https://medium.test/@someone/cb",
            "https://[2001:db8::1]/cb",
            "https://app.test",
            "HTTPS://app.test/",
            "http://localhost/callback",
            "http://localhost:6274/oauth/callback",
            "http://127.0.0.1:33418/",
            "http://[::1]:1/cb?x=%20y",
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "VSCode://host/cb",
            "com.example.app:/oauth2redirect",
            "com.example.app:///cb",
        ] {
            assert_eq!(fault(uri), None, "{uri}");
        }
    }

    /// A05: schemes that run or read are refused in any letter case, behind white space and controls, and even if listed.
    #[test]
    fn dangerous_schemes_are_refused_however_they_are_spelled() {
        for scheme in DANGEROUS_SCHEMES {
            let mixed: String = scheme
                .char_indices()
                .map(|(i, c)| if i % 2 == 0 { c.to_ascii_uppercase() } else { c })
                .collect();
            for before in ["", " ", "\t", "\n\r", "\0", "\u{1}", "\u{a0}", "\u{2028}"] {
                for uri in [format!("{before}{scheme}:x"), format!("{before}{mixed}://app.test/cb")] {
                    let listed = check_registered(&uri, &[scheme.to_owned()]);
                    assert_eq!(listed, Err(RedirectUriFault::DangerousScheme), "{uri:?}");
                }
            }
        }
        for uri in [
            "java\tscript:x",
            "java\nscript:alert(1)",
            "\u{200b}javascript:x",
            "java%73cript:x",
            "view-source:https://a.test",
        ] {
            assert!(fault(uri).is_some(), "{uri:?}");
        }
    }

    /// A05, A06, A07, rows 42, 71, 85 and 89 of the peers' faults.
    #[test]
    fn what_may_not_be_registered_is_refused_for_its_reason() {
        use RedirectUriFault::{Fragment, InsecureHttp, UnlistedScheme, Uri, Wildcard};
        for (uri, expected) in [
            ("http://app.test/cb", InsecureHttp),
            ("hTTp://app.test/cb", InsecureHttp),
            ("http://127.0.0.1.evil.test/cb", InsecureHttp),
            ("http://localhost.evil.test/cb", InsecureHttp),
            ("http://localhost./cb", InsecureHttp),
            ("http://127.0.0.2/cb", InsecureHttp),
            ("http://0.0.0.0/cb", InsecureHttp),
            ("http://[::ffff:127.0.0.1]/cb", InsecureHttp),
            ("http://2130706433/cb", Uri(UriFault::Host)),
            ("http://127.1/cb", Uri(UriFault::Host)),
            ("http://127.0.0.1@evil.test/cb", Uri(UriFault::Userinfo)),
            ("https://user:pw@app.test/cb", Uri(UriFault::Userinfo)),
            ("https://@app.test/cb", Uri(UriFault::Userinfo)),
            ("https://a@b@app.test/cb", Uri(UriFault::Userinfo)),
            ("https://app.test%40evil.test/cb", Uri(UriFault::Host)),
            ("cursor://a@b/cb", Uri(UriFault::Userinfo)),
            ("https://app.test\\@evil.test/cb", Uri(UriFault::Character)),
            ("https://app.test/cb#", Fragment),
            ("https://app.test/cb#a", Fragment),
            ("com.example.app:/cb#", Fragment),
            ("https://*.app.test/cb", Wildcard),
            ("https://app.test/*", Wildcard),
            ("com.example.app:/*", Wildcard),
            ("myapp:/cb", UnlistedScheme),
            ("cursors://x/cb", UnlistedScheme),
            ("urn:ietf:wg:oauth:2.0:oob", UnlistedScheme),
            ("ftp://app.test/cb", UnlistedScheme),
            ("", Uri(UriFault::NotAbsolute)),
            ("/cb", Uri(UriFault::NotAbsolute)),
            ("//app.test/cb", Uri(UriFault::NotAbsolute)),
            ("https:app.test/cb", Uri(UriFault::Host)),
            ("https:/app.test/cb", Uri(UriFault::Host)),
            ("https:///app.test/cb", Uri(UriFault::Host)),
            ("https://", Uri(UriFault::Host)),
            ("https://[::1", Uri(UriFault::Host)),
            ("https://[/cb", Uri(UriFault::Host)),
            ("https://[]/cb", Uri(UriFault::Host)),
            ("https://[::1]evil.test/cb", Uri(UriFault::Host)),
            ("https://[[::1]]/cb", Uri(UriFault::Host)),
            ("com.example.app://[::1", Uri(UriFault::Host)),
            (" https://app.test/cb", Uri(UriFault::Character)),
            ("https://app.test/cb ", Uri(UriFault::Character)),
            ("https://app.test/c\r\nb", Uri(UriFault::Character)),
            ("https://app.test/ü", Uri(UriFault::Character)),
            ("https://app.test/%4", Uri(UriFault::Character)),
            ("https://app.test:99999/cb", Uri(UriFault::Port)),
        ] {
            assert_eq!(fault(uri), Some(expected), "{uri:?}");
        }
        assert_eq!(fault(&format!("https://app.test/{}", "a".repeat(2031))), None);
        assert_eq!(fault(&format!("https://app.test/{}", "a".repeat(2032))), Some(Uri(UriFault::TooLong)));
    }

    /// A07: no parameter of the answer may stand in the query already, in any spelling.
    #[test]
    fn response_parameters_in_the_query_are_refused() {
        for (query, name) in [
            ("code=1", "code"),
            ("a=b&state", "state"),
            ("iss=", "iss"),
            ("%65rror=x", "error"),
            ("a=1;code=2", "code"),
            ("Code=1", "code"),
            ("+code=1", "code"),
            ("a=?&access%5Ftoken=1", "access_token"),
            ("id_token", "id_token"),
        ] {
            for base in ["https://app.test/cb", "com.example.app:/cb"] {
                let expected = Some(RedirectUriFault::ResponseParameter(name));
                assert_eq!(fault(&format!("{base}?{query}")), expected, "{query}");
            }
        }
        assert_eq!(fault("https://app.test/cb?barcode=1&error_page=2&x=code"), None);
    }

    /// A01: a redirection URI that differs by one byte is another one.
    #[test]
    fn a_uri_that_differs_by_a_byte_never_matches() {
        let registered = "https://app.test/cb";
        assert!(matches(registered, registered, true));
        for requested in [
            "https://app.test/CB",
            "https://APP.test/cb",
            "HTTPS://app.test/cb",
            "https://app.test/cb/",
            "https://app.test/cb?",
            "https://app.test/cb?a=b",
            "https://app.test/cb;p",
            "https://app.test/cb#",
            "https://app.test/c%62",
            "https://app.test/%2e/cb",
            "https://app.test/./cb",
            "https://app.test:443/cb",
            "https://a@app.test/cb",
            "https://app.test./cb",
            "http://app.test/cb",
            "https://app.test/cb\0",
            " https://app.test/cb",
            "https://app.test/cb%00",
            "",
        ] {
            assert!(!matches(registered, requested, true), "{requested:?}");
        }
    }

    /// A02: on loopback the port is free, with and without one in the registered URI, and nothing else is.
    #[test]
    fn only_the_port_is_free_on_loopback() {
        for host in ["127.0.0.1", "[::1]"] {
            for registered in [format!("http://{host}/cb?a=b"), format!("http://{host}:80/cb?a=b")] {
                for port in ["", ":1", ":80", ":65535"] {
                    let requested = format!("http://{host}{port}/cb?a=b");
                    assert!(matches(&registered, &requested, false), "{registered} {requested}");
                }
                for requested in [
                    format!("http://{host}:1/cb"),
                    format!("http://{host}:1/cb?a=c"),
                    format!("http://{host}:1/cb?a=b#"),
                    format!("http://{host}:/cb?a=b"),
                    format!("http://{host}:65536/cb?a=b"),
                    format!("http://{host}:1:2/cb?a=b"),
                    format!("http://{host}:+1/cb?a=b"),
                    format!("http://{host}:1@evil.test/cb?a=b"),
                    format!("http://{host}@evil.test/cb?a=b"),
                    format!("http://{host}.evil.test/cb?a=b"),
                    format!("http://{host}:1\\@evil.test/cb?a=b"),
                    format!("http://{host}:1#/cb?a=b"),
                    format!("https://{host}:1/cb?a=b"),
                    format!("HTTP://{host}:1/cb?a=b"),
                    format!("http:{host}:1/cb?a=b"),
                    "http://localhost:1/cb?a=b".to_owned(),
                ] {
                    assert!(!matches(&registered, &requested, true), "{registered} {requested}");
                }
            }
        }
        assert!(!matches("http://127.0.0.1/cb", "http://[::1]/cb", true));
        assert!(!matches("https://127.0.0.1:1/cb", "https://127.0.0.1:2/cb", true));
        assert!(matches("http://127.0.0.1", "http://127.0.0.1:7", true));
        assert!(!matches("http://127.0.0.1", "http://127.0.0.1:7/", true));
    }

    /// A03: for the name localhost the setting decides.
    #[test]
    fn the_port_is_free_for_localhost_if_the_setting_says_so() {
        let (registered, requested) = ("http://localhost/callback", "http://localhost:54321/callback");
        assert!(matches(registered, requested, true));
        assert!(!matches(registered, requested, false));
        assert!(matches(registered, registered, false));
        for requested in [
            "http://localhost.evil.test:1/callback",
            "http://LOCALHOST:1/callback",
            "http://127.0.0.1:1/callback",
        ] {
            assert!(!matches(registered, requested, true), "{requested}");
        }
    }

    /// RFC 6749 §3.1.2.3: without a parameter the only registered one is meant; of several none is.
    #[test]
    fn an_omitted_redirect_uri_is_the_only_registered_one() {
        let one = ["https://a.test/cb".to_owned()];
        let two = ["https://a.test/cb".to_owned(), "http://127.0.0.1/cb".to_owned()];
        assert_eq!(find_registered(&one, None, true), Some("https://a.test/cb"));
        assert_eq!(find_registered(&two, None, true), None);
        assert_eq!(find_registered(&[], None, true), None);
        assert_eq!(find_registered(&two, Some("http://127.0.0.1:9/cb"), true), Some("http://127.0.0.1:9/cb"));
        assert_eq!(find_registered(&one, Some("https://b.test/cb"), true), None);
    }

    /// RFC 7591 §5: the page tells where the answer goes.
    #[test]
    fn the_target_is_named_for_people() {
        let web = |host: &str| RedirectTarget::Web { host: host.to_owned() };
        for (uri, target) in [
            ("https://xn--bcher-kva.test:8443/cb", web("xn--bcher-kva.test")),
            ("https://Claude.AI/cb", web("claude.ai")),
            ("https://[2001:db8::1]/cb", web("[2001:db8::1]")),
            ("https://localhost.evil.test/", web("localhost.evil.test")),
            ("http://localhost:1/cb", RedirectTarget::Loopback),
            ("http://127.0.0.1:1/cb", RedirectTarget::Loopback),
            ("http://[::1]/cb", RedirectTarget::Loopback),
            ("Cursor://anysphere.cursor-mcp/cb", RedirectTarget::App { scheme: "cursor".to_owned() }),
            ("com.example.app:/cb", RedirectTarget::App { scheme: "com.example.app".to_owned() }),
        ] {
            assert_eq!(host_for_display(uri), target, "{uri}");
        }
        assert!(is_loopback("http://localhost:1/cb") && !is_loopback("https://localhost/cb"));
        assert!(
            is_private_use("com.example.app:/cb")
                && !is_private_use("https://a.test")
                && !is_private_use("/")
        );
    }

    /// A08, P1: the registered query stays as it is, character by character, and each parameter is appended once.
    #[test]
    fn parameters_are_appended_to_the_text() {
        let pairs = [("code", "a/b"), ("state", "x y+z&=\r\n\u{e9}")];
        let tail = "code=a%2Fb&state=x%20y%2Bz%26%3D%0D%0A%C3%A9";
        for (uri, separator) in [
            ("https://a.test/cb", "?"),
            ("https://a.test", "?"),
            ("https://a.test/cb?", ""),
            ("https://a.test/cb?a=%7e+b", "&"),
            ("https://a.test/cb?a&", ""),
            ("com.example.app:/cb", "?"),
        ] {
            assert_eq!(append_query(uri, &pairs), format!("{uri}{separator}{tail}"));
            assert_eq!(append_query(uri, &[]), uri);
        }
    }

    proptest! {
        /// A01, A02: whatever matches a registered URI leads to the same host by the same scheme.
        #[test]
        fn a_match_never_leads_to_another_host(
            registered in "(https?://(127\\.0\\.0\\.1|localhost|\\[::1\\]|app\\.test)(:[0-9]{1,5})?|com\\.a:)(/[a-c]{0,2})?(\\?a=b)?",
            change in "[:/?#@.\\[\\]\\\\a-c0-9]{0,4}",
            at in 0_usize..40,
        ) {
            prop_assume!(check_registered(&registered, &[]).is_ok());
            let at = at.min(registered.len());
            let requested = format!("{}{change}{}", &registered[..at], &registered[at..]);
            if matches(&registered, &requested, true) {
                let (ours, theirs) = (url::Url::parse(&registered).unwrap(), url::Url::parse(&requested).unwrap());
                prop_assert_eq!(ours.scheme(), theirs.scheme());
                prop_assert_eq!(ours.host_str(), theirs.host_str());
                prop_assert_eq!((ours.path(), ours.query()), (theirs.path(), theirs.query()));
                prop_assert_eq!(theirs.username(), "");
            }
        }

        /// Row 85 of the peers' faults: no text makes a function here panic.
        #[test]
        fn arbitrary_text_never_panics(
            one in prop_oneof![".{0,40}", "https?://[\\[\\]:@%a.0-9*\\\\/?#]{0,20}"],
            other in prop_oneof![".{0,40}", "http://(localhost|127\\.0\\.0\\.1|\\[::1\\])[\\[\\]:@%a.0-9é]{0,9}"],
        ) {
            let _ = (check_registered(&one, &[]), matches(&one, &other, true), matches(&other, &one, false));
            let _ = (host_for_display(&one), is_loopback(&one), is_private_use(&one), append_query(&one, &[(&other, &one)]));
        }

        /// A27, A08: what is appended is read back exactly.
        #[test]
        fn appended_values_are_read_back(state in ".{1,40}") {
            let location = append_query("https://a.test/cb?a=b", &[("state", &state)]);
            let url = url::Url::parse(&location).unwrap();
            let read: Vec<_> = url.query_pairs().into_owned().collect();
            prop_assert_eq!(read, [("a".to_owned(), "b".to_owned()), ("state".to_owned(), state)]);
        }
    }
}
