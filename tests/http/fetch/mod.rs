//! Section 1.8: what this server asks others for, and what nobody can make it ask.

mod addresses;
mod answers;
mod members;
mod redirects;

use std::net::IpAddr;

use grantor::clock::Clock;
use grantor::config::Config;
use grantor::fetch::{Fetcher, Resolver};

use crate::support::{ALLOWED, Authority};

/// The fetcher of a public server, which may reach 127.0.0.2 beside the internet, at these ports.
fn fetcher(ports: &[u16], authority: &Authority, resolver: &Resolver) -> Fetcher {
    fetcher_of("https://auth.example", ports, authority, resolver)
}

fn fetcher_of(issuer: &str, ports: &[u16], authority: &Authority, resolver: &Resolver) -> Fetcher {
    let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
    let settings = [
        ("GRANTOR_ISSUER", issuer.to_owned()),
        ("GRANTOR_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ("GRANTOR_OUTBOUND__PORTS", ports.join(",")),
        ("GRANTOR_OUTBOUND__NETWORKS", ALLOWED.to_string()),
        ("GRANTOR_OUTBOUND__CA_FILE", authority.file().display().to_string()),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value));
    let config = Config::load(None, settings).unwrap_or_else(|problems| panic!("{problems}"));
    Fetcher::new(&config, resolver.clone(), Clock::system())
}

/// A resolver that knows one name.
fn knows(name: &str, addresses: &[&str]) -> Resolver {
    Resolver::fixed([(name, vec![addresses.iter().map(|text| text.parse::<IpAddr>().unwrap()).collect()])])
}
