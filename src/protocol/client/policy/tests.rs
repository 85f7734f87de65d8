use serde_json::json;

use super::*;

fn target(host: &str) -> RedirectTarget {
    host_for_display(&format!("https://{host}/cb"))
}

/// CVE row 27, fault "`*.example.com` matching `attackerexample.com`" of section 9: labels are compared, not letters.
#[test]
fn a_wildcard_stands_for_whole_labels() {
    let rule = HostRule::parse("*.example.com").unwrap();
    for good in ["a.example.com", "a.b.example.com", "A.EXAMPLE.com", "a.example.com:8443"] {
        assert!(rule.admits(&target(good)), "{good}");
    }
    for bad in [
        "attackerexample.com",
        "example.com",
        "example.com.evil.test",
        "a.example.com.evil.test",
        "xexample.com",
        "a.example.co",
        "aexample.com",
        "a.example.com.",
        "a-example.com",
        "localhost",
    ] {
        assert!(!rule.admits(&target(bad)), "{bad}");
    }
    assert!(!rule.admits(&RedirectTarget::Web { host: ".example.com".to_owned() }), "an empty label is none");
}

/// CVE row 28: an exact host is that host; loopback is a word of its own and no host is taken for it.
#[test]
fn an_exact_host_is_that_host_only() {
    let rule = HostRule::parse("example.com").unwrap();
    assert!(rule.admits(&target("example.com")) && rule.admits(&target("example.com:444")));
    for bad in ["a.example.com", "example.com.evil.test", "attackerexample.com"] {
        assert!(!rule.admits(&target(bad)), "{bad}");
    }
    let loopback = HostRule::parse("loopback").unwrap();
    for good in ["http://localhost:1/", "http://127.0.0.1/", "http://[::1]:9/cb"] {
        assert!(loopback.admits(&host_for_display(good)), "{good}");
    }
    for bad in ["https://localhost.evil.test/", "https://loopback/", "https://127.0.0.1.evil.test/"] {
        assert!(!loopback.admits(&host_for_display(bad)), "{bad}");
    }
}

#[test]
fn a_rule_that_could_never_match_is_no_rule() {
    for good in
        ["loopback", "example.com", "*.example.com", "xn--bcher-kva.example", "[2001:db8::1]", "192.0.2.1"]
    {
        assert_eq!(HostRule::parse(good).unwrap().to_string(), good);
    }
    for bad in [
        "",
        "*",
        "*.",
        "*.com",
        "a.*.com",
        "*example.com",
        "Example.com",
        "bücher.example",
        "a..b",
        "https://a.test",
        "a.test/",
        "a.test:443",
        ".a.test",
        "a.test.",
        "*.[::1]",
    ] {
        assert_eq!(HostRule::parse(bad), None, "{bad}");
    }
}

fn metadata(uris: &[&str]) -> ClientMetadata {
    let members = json!({"redirect_uris": uris, "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code"], "response_types": ["code"], "scope": "", "application_type": "web"});
    serde_json::from_value(members).unwrap()
}

/// Hosts say nothing about URIs without one: those need their scheme in the other list.
#[test]
fn a_private_scheme_is_no_way_around_the_hosts() {
    let hosts =
        Limits { redirect_hosts: Some(vec![HostRule::Below("example.com".into())]), ..Limits::default() };
    assert!(hosts.check(&metadata(&["https://a.example.com/cb"])).is_ok());
    for bad in ["cursor://anything/cb", "com.evil.app:/cb", "http://localhost/cb", "https://evil.test/cb"] {
        let refusal = hosts.check(&metadata(&["https://a.example.com/cb", bad])).unwrap_err();
        assert_eq!(refusal.code, RegistrationErrorCode::InvalidRedirectUri);
        assert!(refusal.description.starts_with("redirect_uris: the value '"), "{}", refusal.description);
    }
    let both = Limits { redirect_schemes: Some(vec!["https".into(), "cursor".into()]), ..hosts };
    assert!(both.check(&metadata(&["https://a.example.com/cb", "cursor://anything/cb"])).is_ok());
    assert!(both.check(&metadata(&["com.evil.app:/cb"])).is_err());
    assert!(both.check(&metadata(&["http://localhost/cb"])).is_err());
}

/// Fault "a policy evaded by leaving a field out" of section 9: the default of the member is judged.
#[test]
fn a_member_that_is_left_out_is_judged_by_its_default() {
    let limits = Limits { token_endpoint_auth_methods: Some(vec![AuthMethod::None]), ..Limits::default() };
    let refusal = limits.check(&metadata(&["https://a.test/cb"])).unwrap_err();
    assert!(refusal.description.starts_with("token_endpoint_auth_method"), "{}", refusal.description);
    let mut public = metadata(&["https://a.test/cb"]);
    public.token_endpoint_auth_method = AuthMethod::None;
    assert!(limits.check(&public).is_ok());
}

/// CVE row 93: of two policies the narrower holds.
#[test]
fn of_several_lifetimes_the_shortest_holds() {
    let snapshot = Limits {
        access_token_lifetime: Some(600),
        max_refresh_token_lifetime: Some(50),
        ..Limits::default()
    };
    let today = Limits { max_access_token_lifetime: Some(300), ..Limits::default() };
    let both = [snapshot.clone(), today];
    assert_eq!(access_token_lifetime([].iter(), None, 900), 900);
    assert_eq!(access_token_lifetime([].iter(), Some(1000), 900), 1000);
    assert_eq!(access_token_lifetime([snapshot].iter(), None, 900), 600);
    assert_eq!(access_token_lifetime(both.iter(), Some(1000), 900), 300);
    assert_eq!(refresh_token_lifetime(both.iter(), 900), 50);
}
