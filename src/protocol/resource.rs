//! Resource servers and the `resource` parameter. RFC 8707, RFC 9728.

use serde::{Deserialize, Serialize};

use crate::clock::Seconds;

/// A protected resource that the operator registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// An absolute URI without fragment: what a client sends as `resource` and what lands in `aud`. RFC 8707 §2.
    pub identifier: String,
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

/// What an access token is to its bearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessTokenFormat {
    /// A signed JWT, RFC 9068.
    Jwt,
    /// 256 random bits.
    Opaque,
}
