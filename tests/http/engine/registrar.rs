//! P1, P10, P15 to P18: redirect URIs and scopes.

use std::borrow::Cow;

use oxide_auth::primitives::registrar::{
    BoundClient, Client, ClientMap, ClientUrl, ExactUrl, IgnoreLocalPortUrl, RegisteredUrl, Registrar,
};
use oxide_auth::primitives::scope::Scope;

fn exact(uri: &str) -> ExactUrl {
    ExactUrl::new(uri.to_owned()).unwrap()
}

/// P1: as a parsed URL, `https://app.example` becomes `https://app.example/`, which was never registered.
#[test]
fn a_parsed_uri_is_another_string() {
    let registered = RegisteredUrl::Exact(exact("https://app.example"));
    assert_eq!(registered.to_url().as_str(), "https://app.example/");
    assert_eq!(registered.to_string(), "https://app.example/", "not even when it is written out");
}

/// P15: `localhost` is the only loopback host whose port is free, and the port is lost on the way.
#[test]
fn the_port_is_free_for_the_name_localhost_only() {
    let any_port = |uri: &str| IgnoreLocalPortUrl::new(uri).unwrap();
    assert_eq!(any_port("http://localhost/cb"), any_port("http://localhost:4711/cb"));
    for host in ["127.0.0.1", "[::1]"] {
        assert_ne!(any_port(&format!("http://{host}/cb")), any_port(&format!("http://{host}:4711/cb")));
    }
    assert_eq!(any_port("http://localhost:4711/cb").to_url().port(), None);
}

/// P16: scripts and fragments are good redirect URIs to it.
#[test]
fn a_script_and_a_fragment_are_accepted() {
    for uri in ["javascript:alert(1)", "data:text/html,x", "https://app.example/cb#fragment"] {
        assert!(ExactUrl::new(uri.to_owned()).is_ok(), "{uri}");
    }
}

/// P17: semantic comparison takes different strings for the same URI.
#[test]
fn a_semantic_comparison_is_loose() {
    let semantic = |uri: &str| RegisteredUrl::Semantic(uri.parse().unwrap());
    let registered = semantic("https://a.example/x");
    assert_eq!(registered, exact("https://A.example:443/y/../x"));
    assert_ne!(RegisteredUrl::Exact(exact("https://a.example/x")), exact("https://A.example:443/y/../x"));
}

/// P10: the negotiation of the map in memory grants the default, whatever was asked for.
#[test]
fn the_map_grants_its_default_whatever_is_asked() {
    let mut map = ClientMap::new();
    let client = Client::public("a", exact("https://a.example").into(), "default".parse().unwrap());
    map.register_client(client);
    let bound = map.bound_redirect(ClientUrl { client_id: Cow::Borrowed("a"), redirect_uri: None });
    let bound: BoundClient = bound.unwrap();
    let granted = map.negotiate(bound, Some("asked".parse().unwrap())).unwrap();
    assert_eq!(granted.scope, "default".parse::<Scope>().unwrap());
}

/// P18: a scope cannot be read from an owned JSON value.
#[test]
fn a_scope_deserializes_from_borrowed_text_only() {
    assert!(serde_json::from_str::<Scope>("\"a b\"").is_ok());
    assert!(serde_json::from_value::<Scope>(serde_json::json!("a b")).is_err());
}
