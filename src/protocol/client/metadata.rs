//! What is kept of a client and returned to it. RFC 7591 §2, OpenID Connect Dynamic Client Registration 1.0 §2.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::assertion::AssertionAlgorithm;
use super::languages::Localized;
use crate::keys::Algorithm;
use crate::protocol::resource::AccessTokenFormat;
use crate::protocol::scope::Scopes;

/// How a client proves itself at the token endpoint. RFC 7591 §2, `token_endpoint_auth_method`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A public client.
    None,
    /// `Authorization: Basic`, RFC 6749 §2.3.1.
    ClientSecretBasic,
    /// Parameters of the body, RFC 6749 §2.3.1.
    ClientSecretPost,
    /// A JWT that is signed with the secret, OpenID Connect Core 1.0 §9.
    ClientSecretJwt,
    /// A JWT that is signed with a key of the client, OpenID Connect Core 1.0 §9, RFC 7523 §2.2.
    PrivateKeyJwt,
}

/// A way to get tokens. RFC 7591 §2, `grant_types`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 6749 §4.4.
    ClientCredentials,
}

/// `application_type`, OpenID Connect Dynamic Client Registration 1.0 §2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// Runs at a web server, or in a browser.
    Web,
    /// Runs on a person's computer or phone, RFC 8252.
    Native,
}

/// `subject_type`, OpenID Connect Core 1.0 §8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// Every client sees the same `sub`.
    Public,
    /// The clients of a sector see one that no others see.
    Pairwise,
}

/// The registered metadata of a client, as kept and as returned: nothing in it is null or empty. RFC 7591 §2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a member of its own in the specifications")]
pub struct ClientMetadata {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    pub token_endpoint_auth_method: AuthMethod,
    /// Absent means each that goes with the method. OpenID Connect Dynamic Client Registration 1.0 §2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<AssertionAlgorithm>,
    pub grant_types: Vec<GrantType>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response_types: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// What the client may ask for.
    #[serde(default, skip_serializing_if = "Scopes::is_empty")]
    pub scope: Scopes,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// Exactly as it was sent. RFC 7591 §3.2.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_statement: Option<String>,
    pub application_type: ApplicationType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_type: Option<SubjectType>,
    /// Names every redirection URI. OpenID Connect Dynamic Client Registration 1.0 §5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    /// Absent means RS256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<Algorithm>,
    /// Absent means JSON that is not signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<Algorithm>,
    /// What its request objects are signed with; absent means any of ours. OpenID Connect Core §6.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<Algorithm>,
    /// Whether nothing counts but what is signed. RFC 9101 §10.5.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_signed_request_object: bool,
    /// Where its request objects may be. OpenID Connect Core §6.2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_uris: Vec<String>,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_auth_time: bool,
    /// Wishes: there is one `acr` here, and every sign-in has it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<String>,
    /// Where the client is told of sign-outs by this server. OpenID Connect Back-Channel Logout 1.0 §2.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// Whether it wants `sid`, which is sent in any case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backchannel_logout_session_required: bool,
    /// What the browser of the person loads in a frame at a sign-out. OpenID Connect Front-Channel Logout 1.0 §2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_uri: Option<String>,
    /// Whether it wants `iss` and `sid`, which are sent in any case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub frontchannel_logout_session_required: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    /// Set by operators only; overrides the server's format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token_format: Option<AccessTokenFormat>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcp_version: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mcp_capabilities: Vec<String>,
    /// `client_name#ja` and its like. RFC 7591 §2.2.
    #[serde(flatten)]
    pub tagged: Localized,
}

impl AuthMethod {
    /// Every method, in the order in which they are advertised. RFC 8414 §2.
    pub const ALL: [Self; 5] = [
        Self::None,
        Self::ClientSecretBasic,
        Self::ClientSecretPost,
        Self::ClientSecretJwt,
        Self::PrivateKeyJwt,
    ];

    /// The registered name. RFC 7591 §2.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// The method of a registered name. RFC 7591 §2.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }
}

impl GrantType {
    /// Every grant type, in the order in which they are advertised. RFC 8414 §2.
    pub const ALL: [Self; 3] = [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials];

    /// The registered name. RFC 7591 §2.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }

    /// The grant type of a registered name. RFC 7591 §2.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant_type| grant_type.as_str() == name)
    }
}

impl ClientMetadata {
    /// Whether the client proves itself with a `client_secret`. RFC 7591 §3.2.1.
    #[must_use]
    pub fn needs_secret(&self) -> bool {
        !matches!(self.token_endpoint_auth_method, AuthMethod::None | AuthMethod::PrivateKeyJwt)
    }

    /// Whether the server must be able to read the secret: the client signs with it. OpenID Connect Core 1.0 §9.
    #[must_use]
    pub fn needs_readable_secret(&self) -> bool {
        self.token_endpoint_auth_method == AuthMethod::ClientSecretJwt
    }

    /// Whether the client proves itself by nothing. RFC 6749 §2.1.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == AuthMethod::None
    }

    /// Whether the client may use this grant. RFC 7591 §2.
    #[must_use]
    pub fn allows(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    /// The algorithm that its ID tokens are signed with. OpenID Connect Dynamic Client Registration 1.0 §2.
    #[must_use]
    pub fn id_token_algorithm(&self) -> Algorithm {
        self.id_token_signed_response_alg.unwrap_or(Algorithm::RS256)
    }
}
