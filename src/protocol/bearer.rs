//! Bearer tokens in the Authorization header. RFC 6750.

use crate::clock::Seconds;
use crate::entropy::Token;

/// What an endpoint that is called with a bearer token refuses. RFC 6750 §3.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BearerRefusal {
    /// No token: 401 with a challenge that names no error.
    NoToken,
    /// Expired, revoked, malformed, somebody else's: 401, one answer for all of them.
    InvalidToken,
    /// Two tokens, or one in a place where none is taken: 400.
    InvalidRequest(&'static str),
    /// The token lacks this scope: 403.
    InsufficientScope(&'static str),
    /// An operator disabled the client: 403.
    Disabled,
    /// The client waits for an operator's approval and may not change itself before: 403.
    Pending,
    /// Too many failures from one address: 429, with the seconds to wait.
    TooMany(Seconds),
}

/// The token of `Authorization: Bearer …`. RFC 6750 §2.1. The scheme is compared without regard to case.
pub fn read(authorization: Option<&str>) -> Result<Token, BearerRefusal> {
    let header = authorization.ok_or(BearerRefusal::NoToken)?;
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(BearerRefusal::NoToken);
    }
    let token = token.trim();
    if token.is_empty() || token.contains(char::is_whitespace) {
        return Err(BearerRefusal::InvalidToken);
    }
    Ok(Token::presented(token))
}
