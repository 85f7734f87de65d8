//! What the authorization endpoint refuses, and whether the client may be told. RFC 6749 §4.1.2.1.

use std::borrow::Cow;

use super::response::Destination;
use crate::clock::Seconds;
use crate::protocol::client::document::DocumentFault;

/// The `error` codes. RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6, RFC 8707 §2, OpenID Connect Core Error Code
/// `unmet_authentication_requirements` 1.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorizationErrorCode {
    InvalidRequest,
    UnauthorizedClient,
    AccessDenied,
    UnsupportedResponseType,
    InvalidScope,
    InvalidTarget,
    LoginRequired,
    ConsentRequired,
    UnmetAuthenticationRequirements,
    InvalidRequestObject,
    InvalidRequestUri,
    RequestUriNotSupported,
    RegistrationNotSupported,
}

impl AuthorizationErrorCode {
    /// The value of the `error` parameter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
        }
    }
}

/// A refusal of the authorization endpoint.
#[derive(Clone, Debug)]
pub enum AuthorizationRefusal {
    /// The client or its redirect URI is not trusted: a page, and never a redirect. RFC 6749 §4.1.2.1.
    Page(PageReason),
    /// The client is told at its redirect URI.
    Redirect(ErrorResponse),
    /// The client would be told, but nobody vouches for it and nobody has signed in: a page with the way back to it.
    /// RFC 9700 §4.11.2.
    Aside(ErrorResponse),
}

/// Why a page is shown instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageReason {
    /// A parameter is missing, repeated or malformed, in a sentence.
    MalformedRequest(String),
    /// No client has this `client_id`: it was removed, or never was.
    UnknownClient,
    /// It was registered once, and its registration was removed.
    RemovedClient(RemovedClient),
    /// An operator has to approve it first.
    PendingClient {
        /// As the client calls itself; not yet made fit to be shown.
        name: Option<String>,
        since: Seconds,
    },
    /// The document behind its `client_id` cannot be used: its host, and what is wrong.
    /// draft-ietf-oauth-client-id-metadata-document-02 §5.1.
    ClientDocument { host: Option<String>, fault: DocumentFault },
    /// An operator disabled it.
    DisabledClient,
    /// The redirect URI is missing, or not one that the client registered.
    RedirectUri(Cow<'static, str>),
    /// The page was open for too long, was answered in another window, or belongs to another browser.
    ThreadGone,
    /// Too many requests from one address; seconds to wait.
    TooMany(Seconds),
}

/// What is still known of a client that is gone. RFC 7592 §2.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedClient {
    /// As the client called itself; not yet made fit to be shown.
    pub name: Option<String>,
    pub removed_at: Seconds,
    pub by: RemovedBy,
}

/// Who or what removed a client. RFC 7592 §2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovedBy {
    /// Itself.
    Client,
    /// An operator.
    Operator,
    /// The clean-up of those that nobody used.
    Disuse,
    /// Nobody vouches for it any more.
    LostTrust,
}

/// An error response. RFC 6749 §4.1.2.1, RFC 9207 §2.
#[derive(Clone, Debug)]
pub struct ErrorResponse {
    pub destination: Destination,
    pub code: AuthorizationErrorCode,
    pub description: Cow<'static, str>,
}
