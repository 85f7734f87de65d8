//! Resource servers and the `resource` parameter. RFC 8707, RFC 9728.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::clock::Seconds;

/// A protected resource that the operator registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// An absolute URI without fragment: what a client sends as `resource` and what lands in `aud`. RFC 8707 §2.
    pub identifier: String,
    /// Other names under which clients may ask for it. Tokens have the identifier in `aud` whatever was asked for, as this
    /// is what the resource server knows itself by, and what its metadata tell clients to send. RFC 9728 §3.3.
    pub aliases: Vec<String>,
    /// For people.
    pub name: Option<String>,
    /// The scopes that make sense at this resource; empty = every scope.
    pub scopes: Vec<String>,
    /// Overrides the server's and the client's format.
    pub access_token_format: Option<AccessTokenFormat>,
    /// Overrides the server's lifetime, in seconds.
    pub access_token_lifetime: Option<Seconds>,
    /// `client_id`s of those that may introspect tokens for this resource.
    pub introspection_clients: Vec<String>,
}

impl Resource {
    /// A short name for paths: the same for this identifier on every server, and whether it stands in the settings or in
    /// the database. RFC 9728 §3 leaves the address of a copy of the metadata open.
    #[must_use]
    pub fn id(&self) -> String {
        let digest = Sha256::digest(self.identifier.as_bytes());
        digest.iter().take(8).fold(String::new(), |id, byte| format!("{id}{byte:02x}"))
    }

    /// Every name of it, the identifier first. RFC 8707 §2.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.identifier).chain(&self.aliases).map(String::as_str)
    }

    /// Whether this value of `resource` means it. RFC 8707 §2.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.names().any(|known| is_same_identifier(known, name))
    }
}

/// What an access token is to its bearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessTokenFormat {
    /// A signed JWT, RFC 9068.
    Jwt,
    /// 256 random bits.
    Opaque,
}

impl AccessTokenFormat {
    /// As it is written in settings and rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::Opaque => "opaque",
        }
    }

    /// The format of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "jwt" => Some(Self::Jwt),
            "opaque" => Some(Self::Opaque),
            _ => None,
        }
    }
}

/// Why a `resource` parameter is refused, in a sentence. `invalid_target`, RFC 8707 §2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidTarget(pub String);

/// The registered resources that the `resource` parameters name, by their registered identifiers. RFC 8707 §2.
///
/// A trailing slash more or less is the same resource: SDKs put one on identifiers that are an origin.
pub fn resolve<'r, 'p>(
    requested: impl Iterator<Item = &'p str>,
    registered: &'r [Resource],
) -> Result<Vec<&'r Resource>, InvalidTarget> {
    let mut found: Vec<&Resource> = Vec::new();
    for value in requested {
        let resource = registered
            .iter()
            .find(|resource| resource.is_called(value))
            .ok_or_else(|| InvalidTarget(unknown(value)))?;
        if !found.iter().any(|known| known.identifier == resource.identifier) {
            found.push(resource);
        }
    }
    Ok(found)
}

/// Whether two names mean the same: a slash at the end does not matter. RFC 8707 §2.
#[must_use]
pub fn is_same_identifier(registered: &str, requested: &str) -> bool {
    registered.strip_suffix('/').unwrap_or(registered) == requested.strip_suffix('/').unwrap_or(requested)
}

fn unknown(value: &str) -> String {
    let shown: String = value.chars().filter(|c| !c.is_control()).take(200).collect();
    // Somebody may paste the command into a shell: a value that could be more than one word there is not put into it.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/[]@%".contains(c);
    let word = if shown == value && value.chars().all(is_plain) { value } else { "IDENTIFIER" };
    format!(
        "the resource {shown} is not known here; an operator registers it with: grantor resource add {word}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(identifier: &str) -> Resource {
        Resource {
            identifier: identifier.to_owned(),
            aliases: Vec::new(),
            name: None,
            scopes: Vec::new(),
            access_token_format: None,
            access_token_lifetime: None,
            introspection_clients: Vec::new(),
        }
    }

    /// T04: an unknown resource, one with a fragment, and one that only begins like a known one are `invalid_target`.
    #[test]
    fn an_unknown_resource_is_an_invalid_target() {
        let known = [resource("https://mcp.example.com/mcp")];
        for bad in [
            "https://mcp.example.com/mcp#x",
            "https://mcp.example.com/mcp/admin",
            "https://mcp.example.com",
            "HTTPS://mcp.example.com/mcp",
            "https://mcp.example.com/mcp//",
            "x",
        ] {
            let refused = resolve([bad].into_iter(), &known).unwrap_err();
            assert!(refused.0.contains("grantor resource add"), "{}", refused.0);
        }
    }

    /// registration.md §6: with and without a trailing slash; named twice is once.
    #[test]
    fn a_trailing_slash_more_or_less_is_the_same_resource() {
        let known = [resource("https://mcp.example.com/"), resource("https://b.example/x")];
        let found =
            resolve(["https://mcp.example.com", "https://mcp.example.com/"].into_iter(), &known).unwrap();
        assert_eq!(found, [&known[0]]);
        assert_eq!(resolve(["https://b.example/x/"].into_iter(), &known).unwrap(), [&known[1]]);
    }

    /// registration.md §6: an alias is another name of one resource, with and without a trailing slash too.
    #[test]
    fn an_alias_is_another_name_of_one_resource() {
        let aliases = vec!["https://old.example/mcp".to_owned()];
        let known =
            [Resource { aliases, ..resource("https://mcp.example.com/mcp") }, resource("https://b.example")];
        let asked = ["https://old.example/mcp/", "https://mcp.example.com/mcp", "https://old.example/mcp"];
        assert_eq!(resolve(asked.into_iter(), &known).unwrap(), [&known[0]]);
        assert!(resolve(["https://old.example"].into_iter(), &known).is_err());
        assert_ne!(known[0].id(), known[1].id());
        assert_eq!(known[0].id(), resource("https://mcp.example.com/mcp").id());
    }
}
