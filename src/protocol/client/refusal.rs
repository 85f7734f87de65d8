//! The error answers of client registration. RFC 7591 §3.2.2.

use crate::protocol::text::quoted;

/// The values of `error` in an answer of the registration and configuration endpoints. RFC 7591 §3.2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationErrorCode {
    /// A redirection URI is not acceptable. 400.
    InvalidRedirectUri,
    /// Another member is not acceptable. 400.
    InvalidClientMetadata,
    /// A software statement came, and it cannot be believed. 400.
    InvalidSoftwareStatement,
    /// A software statement came, and its issuer is not trusted here. 400.
    UnapprovedSoftwareStatement,
}

impl RegistrationErrorCode {
    /// The code as it is written in the answer. RFC 7591 §3.2.2.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidSoftwareStatement => "invalid_software_statement",
            Self::UnapprovedSoftwareStatement => "unapproved_software_statement",
        }
    }
}

/// A registration that is not accepted: the code for the client, and words that name the member and its fault. RFC 7591 §3.2.2.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {description}", code.as_str())]
pub struct RegistrationRefusal {
    pub code: RegistrationErrorCode,
    /// Printable ASCII, a sentence; values that were sent are shortened in it.
    pub description: String,
}

impl RegistrationRefusal {
    /// A member other than a redirection URI, and its fault: "`member` `fault`." RFC 7591 §3.2.2.
    pub(crate) fn metadata(member: &str, fault: impl std::fmt::Display) -> Self {
        let description = format!("{member} {fault}.");
        Self { code: RegistrationErrorCode::InvalidClientMetadata, description }
    }

    /// As [`Self::metadata`], with the value: "`member`: the value '…' `fault`." RFC 7591 §3.2.2.
    pub(crate) fn value(member: &str, value: &str, fault: impl std::fmt::Display) -> Self {
        let description = format!("{member}: the value {} {fault}.", quoted(value));
        Self { code: RegistrationErrorCode::InvalidClientMetadata, description }
    }

    /// The same refusal under another code. RFC 7591 §3.2.2.
    pub(crate) fn with_code(self, code: RegistrationErrorCode) -> Self {
        Self { code, ..self }
    }
}
