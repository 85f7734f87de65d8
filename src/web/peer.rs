//! Where a request comes from. Forwarded headers count only if the peer is one of `trusted_proxies`.

use std::net::IpAddr;

use actix_web::http::header::HeaderMap;
use actix_web::{HttpMessage as _, HttpRequest};
use tracing_actix_web::RequestId;

use crate::config::Config;
use crate::flow::{Actor, Means, Origin};

/// Who asks, from where, and under which number the log has the request: for the events of the audit log.
#[must_use]
pub fn origin(request: &HttpRequest, means: &Means, actor: Actor) -> Origin {
    Origin {
        actor,
        address: address(request, &means.config),
        request_id: request.extensions().get::<RequestId>().map(ToString::to_string),
    }
}

/// The address of the caller: the peer, or behind trusted proxies the last address that is not one of them.
#[must_use]
pub fn address(request: &HttpRequest, config: &Config) -> Option<IpAddr> {
    let peer = request.peer_addr().map(|address| address.ip())?;
    if !is_trusted(config, peer) {
        return Some(peer);
    }
    let mut caller = peer;
    // The list grows to the right: what a caller wrote himself stands on the left of what the proxies added.
    for value in request.headers().get_all("x-forwarded-for").collect::<Vec<_>>().into_iter().rev() {
        for hop in value.to_str().unwrap_or_default().rsplit(',') {
            let Ok(address) = hop.trim().parse::<IpAddr>() else { return Some(caller) };
            caller = address;
            if !is_trusted(config, address) {
                return Some(caller);
            }
        }
    }
    Some(caller)
}

/// Whether the request came over TLS: our own, or a trusted proxy's that says so.
#[must_use]
pub fn is_secure(secure: bool, peer: Option<IpAddr>, headers: &HeaderMap, config: &Config) -> bool {
    secure
        || (peer.is_some_and(|peer| is_trusted(config, peer))
            // The last one is the proxy's own; what a caller sent stands before it.
            && headers
                .get_all("x-forwarded-proto")
                .last()
                .and_then(|value| value.to_str().ok()?.rsplit(',').next())
                .is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https")))
}

fn is_trusted(config: &Config, address: IpAddr) -> bool {
    config.trusted_proxies.iter().any(|network| network.contains(address))
}
