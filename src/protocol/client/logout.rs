//! Where a client is told that a person signed out. OpenID Connect Back-Channel Logout 1.0 §2.2, Front-Channel Logout 1.0 §2.

use url::Url;

use super::members::Members;
use super::refusal::RegistrationRefusal;
use crate::protocol::uri::Uri;

type Read<T> = Result<T, RegistrationRefusal>;

/// The address that this server posts logout tokens to. OpenID Connect Back-Channel Logout 1.0 §2.2.
pub(super) fn backchannel_logout_uri(submitted: Members<'_>) -> Read<Option<String>> {
    without_fragment(submitted, "backchannel_logout_uri")
}

/// The address that browsers load in a frame: at the origin of a redirection URI, so that nobody is made to visit others.
/// OpenID Connect Front-Channel Logout 1.0 §2.
pub(super) fn frontchannel_logout_uri(
    submitted: Members<'_>,
    redirect_uris: &[String],
) -> Read<Option<String>> {
    let name = "frontchannel_logout_uri";
    let Some(uri) = without_fragment(submitted, name)? else { return Ok(None) };
    let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin()).filter(url::Origin::is_tuple);
    let own = origin(&uri);
    if own.is_some() && redirect_uris.iter().any(|redirect_uri| origin(redirect_uri) == own) {
        return Ok(Some(uri));
    }
    Err(RegistrationRefusal::value(
        name,
        &uri,
        "has not the scheme, host and port of one of the redirect_uris",
    ))
}

fn without_fragment(submitted: Members<'_>, name: &str) -> Read<Option<String>> {
    let uri = submitted.web_uri(name)?;
    if let Some(uri) = &uri
        && Uri::parse(uri).is_ok_and(|parts| parts.has_fragment)
    {
        return Err(RegistrationRefusal::value(name, uri, "has a fragment"));
    }
    Ok(uri)
}
