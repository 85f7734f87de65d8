//! The client information response. RFC 7591 §3.2.1, RFC 7592 §3.

use serde::Serialize;

use super::metadata::ClientMetadata;
use crate::clock::Seconds;

/// `client_status` of a client that waits for an operator's approval.
pub const PENDING: &str = "pending";

/// What a client is told about its registration.
#[derive(Serialize)]
pub struct ClientInformation<'a> {
    pub client_id: &'a str,
    pub client_id_issued_at: Seconds,
    /// Only when newly issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<&'a str>,
    /// For every client that has a secret; 0 = it does not expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret_expires_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_access_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_client_uri: Option<&'a str>,
    /// `pending` while the client waits for an operator; an extension, RFC 7591 §3.2.1 allows more members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_status: Option<&'static str>,
    #[serde(flatten)]
    pub metadata: &'a ClientMetadata,
}
