//! What a resource server says about itself, so that clients find this server. RFC 9728.

use serde::Serialize;
use url::Url;

use super::resource::Resource;

/// The document that a resource server serves. RFC 9728 §2.
#[derive(Serialize)]
pub struct ProtectedResourceMetadata<'a> {
    /// Byte for byte what clients send as `resource`. RFC 9728 §3.3.
    pub resource: &'a str,
    pub authorization_servers: [&'a str; 1],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub scopes_supported: &'a [String],
    pub bearer_methods_supported: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<&'a str>,
}

impl<'a> ProtectedResourceMetadata<'a> {
    /// The document of `resource`, whose tokens this issuer issues. RFC 9728 §2.
    #[must_use]
    pub fn new(resource: &'a Resource, issuer: &'a str) -> Self {
        Self {
            resource: &resource.identifier,
            authorization_servers: [issuer],
            scopes_supported: &resource.scopes,
            bearer_methods_supported: ["header"],
            resource_name: resource.name.as_deref(),
        }
    }
}

/// Where the document is served: the well-known part goes between host and path. `None` if the identifier is no http or
/// https URL. RFC 9728 §3.1.
#[must_use]
pub fn metadata_url(identifier: &str) -> Option<String> {
    let url = Url::parse(identifier).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let path = if url.path() == "/" { "" } else { url.path() };
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let origin = url.origin().ascii_serialization();
    Some(format!("{origin}/.well-known/oauth-protected-resource{path}{query}"))
}

/// The challenge with which a resource server answers 401 to whoever comes without a good token. RFC 9728 §5.1.
#[must_use]
pub fn challenge(metadata_url: &str) -> String {
    format!("WWW-Authenticate: {}", challenge_value(metadata_url))
}

/// The value of that header alone. RFC 9728 §5.1.
#[must_use]
pub fn challenge_value(metadata_url: &str) -> String {
    format!("Bearer resource_metadata=\"{metadata_url}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9728 §3.1, with its examples: a terminating slash after the host is removed, path and query come after.
    #[test]
    fn the_well_known_part_goes_between_host_and_path() {
        for (identifier, url) in [
            (
                "https://resource.example.com",
                "https://resource.example.com/.well-known/oauth-protected-resource",
            ),
            (
                "https://resource.example.com/",
                "https://resource.example.com/.well-known/oauth-protected-resource",
            ),
            (
                "https://resource.example.com/resource1",
                "https://resource.example.com/.well-known/oauth-protected-resource/resource1",
            ),
            (
                "http://localhost:3000/mcp?a=b",
                "http://localhost:3000/.well-known/oauth-protected-resource/mcp?a=b",
            ),
        ] {
            assert_eq!(metadata_url(identifier).as_deref(), Some(url));
        }
        assert_eq!(metadata_url("urn:example:api"), None);
    }

    /// RFC 9728 §5.1, the example's form.
    #[test]
    fn the_challenge_names_the_document() {
        let url = "https://resource.example.com/.well-known/oauth-protected-resource";
        let expected = format!("WWW-Authenticate: Bearer resource_metadata=\"{url}\"");
        assert_eq!(challenge(url), expected);
    }
}
