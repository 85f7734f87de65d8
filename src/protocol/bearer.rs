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

impl BearerRefusal {
    /// Its word in counts. On the wire no token has no `error`, and one refusal has the word of a token. RFC 6750 §3.1.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NoToken => "no_token",
            Self::InvalidToken => "invalid_token",
            Self::InvalidRequest(_) => "invalid_request",
            Self::InsufficientScope(_) => "insufficient_scope",
            Self::Disabled | Self::Pending => "access_denied",
            Self::TooMany(_) => "slow_down",
        }
    }
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
