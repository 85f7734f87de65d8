//! URIs of every member. RFC 7591 §5, RFC 8252 §7.

use serde_json::json;

use super::*;

/// D05: a redirect grant needs a redirection URI, and one bad URI refuses the request by its name.
#[test]
fn one_bad_redirect_uri_refuses_the_request_and_is_named() {
    for nothing in [json!(null), json!([]), json!("")] {
        let (error, description) = refused(&json!({ "redirect_uris": nothing }));
        assert_eq!(
            (error, description.starts_with("redirect_uris is missing")),
            ("invalid_redirect_uri", true)
        );
    }
    let (error, description) =
        refused(&json!({"redirect_uris": ["https://a.test/cb", "myapp:/cb", "http://localhost/cb"]}));
    assert_eq!(error, "invalid_redirect_uri");
    assert!(
        description.starts_with("redirect_uris: the value 'myapp:/cb' has a private-use scheme"),
        "{description}"
    );
    let (_, description) =
        refused(&json!({"redirect_uris": [format!("https://a.test/\u{7}\u{e9}{}", "x".repeat(3000))]}));
    assert!(description.len() < 200 && description.contains("'https://a.test/??xxx"), "{description}");
    let uris = [
        "https://a.test/cb",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "http://localhost:8787/callback",
    ];
    assert_eq!(accepted(&json!({"redirect_uris": uris})).redirect_uris, uris);
    let twice = json!({"redirect_uris": ["https://a.test/cb", "https://a.test/cb"]});
    assert_eq!(accepted(&twice).redirect_uris, ["https://a.test/cb"]);
    let numbered = |most: usize| json!((0..most).map(|n| format!("https://a.test/{n}")).collect::<Vec<_>>());
    assert_eq!(accepted(&json!({"redirect_uris": numbered(10)})).redirect_uris.len(), 10);
    all_refused("invalid_redirect_uri", &[("redirect_uris", numbered(11))]);
}

/// RFC 8252 §7: redirects that only a native application can have make it one.
#[test]
fn application_type_is_read_from_the_redirects() {
    for (uris, expected) in [
        (json!(["http://localhost:1/cb"]), ApplicationType::Native),
        (json!(["com.example.app:/cb", "http://[::1]/cb"]), ApplicationType::Native),
        (json!(["https://a.test/cb", "http://127.0.0.1/cb"]), ApplicationType::Web),
    ] {
        assert_eq!(accepted(&json!({"redirect_uris": uris})).application_type, expected, "{uris}");
    }
    let said = json!({"redirect_uris": ["http://localhost/cb"], "application_type": "web"});
    assert_eq!(accepted(&said).application_type, ApplicationType::Web);
}

/// RFC 7591 §5: pages and documents are https, or http on loopback.
#[test]
fn uris_of_pages_are_https() {
    let too_long = format!("https://a.test/{}", "a".repeat(2048));
    let bad = [
        "http://a.test/",
        "javascript:alert(1)",
        " JavaScript:x",
        "data:text/html,x",
        "ftp://a.test/",
        "a.test",
        "//a.test/",
        "https://",
        "https://a@b.test/",
        "https://a.test/ x",
        "https:/a.test",
        "http://localhost.evil.test/",
        &too_long,
    ];
    for name in ["client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri", "initiate_login_uri"] {
        all_refused("invalid_client_metadata", &bad.map(|uri| (name, json!(uri))));
        assert!(Rules::open().with(&json!({ name: "https://a.test:8443/x?y#z" })).is_ok(), "{name}");
        let loopback = Rules::open().with(&json!({ name: "http://localhost:3000/x" }));
        assert_eq!(loopback.is_ok(), name != "initiate_login_uri", "{name}");
    }
    all_refused(
        "invalid_client_metadata",
        &[("post_logout_redirect_uris", json!(["https://a.test/out", "javascript:x"]))],
    );
}

/// CVE row 18, A05: no member of any kind takes a URI that a browser runs or reads files with, in any spelling, in any language.
#[test]
fn dangerous_schemes_are_refused_in_every_member_that_holds_a_uri() {
    let mut uris = Vec::new();
    for scheme in ["javascript", "data", "vbscript", "file", "blob", "about"] {
        let mixed = format!("{}{}", scheme[..1].to_uppercase(), &scheme[1..]);
        for before in ["", " ", "\t", "\n", "\u{1}", "\u{a0}"] {
            uris.push(format!("{before}{scheme}:x"));
            uris.push(format!("{before}{}://a.test/%0ax", scheme.to_uppercase()));
            uris.push(format!("{before}{mixed}:https://a.test/"));
        }
    }
    uris.extend(["java\tscript:x", "java%73cript:x", "\u{200b}javascript:x"].map(str::to_owned));
    let single = [
        "client_uri",
        "logo_uri",
        "tos_uri",
        "policy_uri",
        "jwks_uri",
        "initiate_login_uri",
        "sector_identifier_uri",
        "backchannel_logout_uri",
        "frontchannel_logout_uri",
        "client_uri#ja",
        "logo_uri#ja",
        "tos_uri#ja",
        "policy_uri#ja",
    ];
    for uri in uris {
        for door in [Door::Client, Door::Operator, Door::Document] {
            let rules = Rules::of(door);
            for name in single {
                let refusal = rules.with(&json!({ name: uri })).expect_err(name);
                assert!(refusal.description.starts_with(name), "{name}: {uri:?}: {refusal}");
            }
            for name in ["redirect_uris", "post_logout_redirect_uris", "request_uris"] {
                let refusal = rules.with(&json!({ name: ["https://a.test/cb", uri] })).expect_err(name);
                assert!(refusal.description.starts_with(name), "{name}: {uri:?}: {refusal}");
            }
        }
    }
}

/// OpenID Connect Dynamic Client Registration 1.0 §2: it uses https, on loopback as well.
#[test]
fn a_sector_identifier_is_https() {
    let uri = json!({"sector_identifier_uri": "https://a.test/sector.json"});
    assert_eq!(accepted(&uri).sector_identifier_uri.as_deref(), Some("https://a.test/sector.json"));
    all_refused(
        "invalid_client_metadata",
        &["http://localhost/x", "http://a.test/x", "a.test", "com.a:/x"]
            .map(|uri| ("sector_identifier_uri", json!(uri))),
    );
}

/// OpenID Connect Back-Channel Logout 1.0 §2.2 and Front-Channel Logout 1.0 §2: no fragment, and frames only of where the
/// answers go.
#[test]
fn logout_uris_have_no_fragment_and_frames_are_of_a_redirection_uri() {
    all_refused(
        "invalid_client_metadata",
        &[
            ("backchannel_logout_uri", json!("https://a.test/out#a")),
            ("backchannel_logout_uri", json!("http://a.test/out")),
            ("frontchannel_logout_uri", json!("https://a.test/out#")),
            ("frontchannel_logout_uri", json!("http://a.test/out")),
            ("frontchannel_logout_uri", json!("https://a.test:8443/out")),
            ("frontchannel_logout_uri", json!("https://sub.a.test/out")),
            ("frontchannel_logout_uri", json!("https://b.test/out")),
        ],
    );
    for uri in ["https://a.test/out", "https://A.test:443/out?a=b"] {
        assert_eq!(
            accepted(&json!({ "frontchannel_logout_uri": uri })).frontchannel_logout_uri.unwrap(),
            uri
        );
    }
    let app =
        json!({"redirect_uris": ["com.example.app:/cb"], "frontchannel_logout_uri": "https://a.test/out"});
    all_refused("invalid_client_metadata", &[("frontchannel_logout_uri", json!("com.example.app:/out"))]);
    assert!(Rules::of(Door::Client).with(&app).is_err());
}
