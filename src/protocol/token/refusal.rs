//! What the token, introspection and revocation endpoints refuse. RFC 6749 §5.2, RFC 7009 §2.2.1, RFC 7662 §2.3.

use std::borrow::Cow;

use crate::clock::Seconds;

/// The `error` codes of the token endpoint. RFC 6749 §5.2, RFC 8707 §2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
    InvalidTarget,
    /// Too many failures from one place; with 429.
    SlowDown,
}

impl TokenErrorCode {
    /// The value of the `error` member.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::SlowDown => "slow_down",
        }
    }
}

/// A refusal of the token endpoint. RFC 6749 §5.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRefusal {
    pub code: TokenErrorCode,
    /// A sentence for the client's developer that names the parameter.
    pub description: Cow<'static, str>,
    /// With `SlowDown`: seconds to wait.
    pub retry_after: Option<Seconds>,
}

impl TokenRefusal {
    /// A refusal with this code and sentence.
    #[must_use]
    pub fn new(code: TokenErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self { code, description: description.into(), retry_after: None }
    }

    /// A parameter is missing, repeated or malformed.
    #[must_use]
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(TokenErrorCode::InvalidRequest, description)
    }

    /// The client did not prove who it is: one sentence for every reason.
    #[must_use]
    pub fn invalid_client() -> Self {
        Self::new(
            TokenErrorCode::InvalidClient,
            "the client is unknown, or it did not authenticate with the method and secret that it registered",
        )
    }

    /// The code or refresh token is not good, or not this client's.
    #[must_use]
    pub fn invalid_grant(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(TokenErrorCode::InvalidGrant, description)
    }

    /// Too many failures; try again after so many seconds.
    #[must_use]
    pub fn slow_down(retry_after: Seconds) -> Self {
        Self {
            code: TokenErrorCode::SlowDown,
            description: "too many failed attempts from this address".into(),
            retry_after: Some(retry_after),
        }
    }
}
