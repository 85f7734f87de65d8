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
mod tests;
