//! The only files that name oxide-auth. Each drives one of its sans-IO state machines to the point where a token or a
//! code would be issued; minting, rows and answers are ours.
//!
//! What the machines give: the order of the checks, the response and grant type, the syntax and algebra of scopes, the
//! binding of a grant to its client and redirect URI, and the comparison of PKCE in constant time. What we keep from
//! them is in ADR 0002: they never see a secret (clients are authenticated before), never a clock (expiry is decided
//! by our own), and never write an answer.

pub mod authorization;
pub mod client_credentials;
pub mod code_exchange;
pub mod refresh;

use chrono::{DateTime, Utc};
use oxide_auth::endpoint::Scope;
use oxide_auth::primitives::grant::{Extensions, Grant};

use crate::protocol::scope::Scopes;

/// The machines did something that their documentation excludes: a fault of ours or theirs, never of the client.
pub const MACHINE_STOPPED: &str = "the protocol engine stopped";

/// `None` if the engine refuses a token of it, which [`Scopes`] would have refused before.
fn to_engine(scopes: &Scopes) -> Option<Scope> {
    scopes.to_string().parse().ok()
}

/// The engine keeps scopes in a hash set: sorted again before anything is written.
fn from_engine(scope: &Scope) -> Scopes {
    scope.iter().map(str::to_owned).collect()
}

/// A grant as the engine wants it. Its redirect URI is a parsed `Url`, with which no string of ours is ever compared.
fn engine_grant(client_id: &str, scopes: &Scopes, extensions: Extensions) -> Option<Grant> {
    Some(Grant {
        owner_id: String::new(),
        client_id: client_id.to_owned(),
        scope: to_engine(scopes)?,
        redirect_uri: PLACEHOLDER_URI.parse().ok()?,
        until: DateTime::<Utc>::MAX_UTC,
        extensions,
    })
}

/// Stands where the engine insists on a redirect URI: the real one is compared as a string, RFC 9700 §4.1.3.
const PLACEHOLDER_URI: &str = "http://invalid.invalid/";
