//! What a client gets from the token endpoint. RFC 6749 §5.1.

use serde::Serialize;

use crate::clock::Seconds;

/// A successful answer. RFC 6749 §5.1, OpenID Connect Core §3.1.3.3.
#[derive(Serialize)]
pub struct TokenResponse {
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Seconds that the access token lives.
    pub expires_in: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
}
