//! Every trick with redirection URIs that is known.

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

/// A05, CVE rows 18 and 89: schemes that run or read are refused in any letter case, behind white space and controls, and even if listed.
#[test]
fn dangerous_schemes_are_refused_however_they_are_spelled() {
    for scheme in DANGEROUS_SCHEMES {
        let mixed: String =
            scheme.char_indices().map(|(i, c)| if i % 2 == 0 { c.to_ascii_uppercase() } else { c }).collect();
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

/// A05, A06, A07, CVE rows 6, 16, 27, 28, 36, 42, 71, 84, 85 and 89, and faults "`http://localhost.evil.test` passing a prefix check" and
/// "`*.example.com` matching" of section 9: several `@`, wildcards, look-alikes of loopback, brackets, fragments.
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
        ("https://app.test@evil.test@app.test/cb", Uri(UriFault::Userinfo)),
        ("http://localhost:1@evil.test/cb", Uri(UriFault::Userinfo)),
        ("https://*.example.com/cb", Wildcard),
        ("https://a.test/cb?x=*", Wildcard),
        ("http://localhost.evil.test:80/cb", InsecureHttp),
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

/// A07, CVE row 19: no parameter of the answer may stand in the query already, in any spelling.
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

/// A01, CVE rows 13, 37, 47 and 84: a redirection URI that differs by one byte is another one; nothing is a pattern.
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
        "https://app.test/cb;/",
        "https://app.test/cb/..;/evil",
        "https://app.test/x/..;/cb",
        "https://app.test/x/../cb",
        "https://appxtest/cb",
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

/// A02, CVE rows 6, 28 and 36: on loopback the port is free, with and without one in the registered URI, and nothing else is.
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
        is_private_use("com.example.app:/cb") && !is_private_use("https://a.test") && !is_private_use("/")
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
