//! What a client asks the token endpoint for. RFC 6749 §4.1.3, §4.4.2, §6.

use super::refusal::{TokenErrorCode, TokenRefusal};
use crate::protocol::client::metadata::GrantType;
use crate::protocol::params::Params;
use crate::protocol::pkce;
use crate::protocol::scope::Scopes;

/// A token request: one variant per grant type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenRequest {
    AuthorizationCode(CodeExchange),
    RefreshToken(RefreshRequest),
    ClientCredentials(ClientCredentialsRequest),
}

/// RFC 6749 §4.1.3, RFC 7636 §4.5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeExchange {
    pub code: String,
    pub redirect_uri: Option<String>,
    pub code_verifier: Option<String>,
    pub resources: Vec<String>,
}

/// RFC 6749 §6.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshRequest {
    pub refresh_token: String,
    pub scope: Option<Scopes>,
    pub resources: Vec<String>,
}

/// RFC 6749 §4.4.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCredentialsRequest {
    pub scope: Option<Scopes>,
    pub resources: Vec<String>,
}

impl TokenRequest {
    /// Reads the request by its `grant_type`.
    pub fn read(params: &Params) -> Result<Self, TokenRefusal> {
        let grant_type =
            params.get("grant_type").ok_or_else(|| TokenRefusal::invalid_request("grant_type is missing"))?;
        match GrantType::from_name(grant_type) {
            Some(GrantType::AuthorizationCode) => code_exchange(params).map(Self::AuthorizationCode),
            Some(GrantType::RefreshToken) => refresh(params).map(Self::RefreshToken),
            Some(GrantType::ClientCredentials) => client_credentials(params).map(Self::ClientCredentials),
            None => Err(TokenRefusal::new(
                TokenErrorCode::UnsupportedGrantType,
                "grant_type must be authorization_code, refresh_token or client_credentials",
            )),
        }
    }

    /// The grant type that the client must have registered.
    #[must_use]
    pub fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode(_) => GrantType::AuthorizationCode,
            Self::RefreshToken(_) => GrantType::RefreshToken,
            Self::ClientCredentials(_) => GrantType::ClientCredentials,
        }
    }
}

fn code_exchange(params: &Params) -> Result<CodeExchange, TokenRefusal> {
    let code_verifier = params.get("code_verifier");
    if code_verifier.is_some_and(|verifier| !pkce::is_valid_verifier(verifier)) {
        return Err(TokenRefusal::invalid_request(
            "code_verifier must be 43 to 128 letters, digits, hyphens, periods, underscores or tildes",
        ));
    }
    Ok(CodeExchange {
        code: required(params, "code")?,
        redirect_uri: params.get("redirect_uri").map(str::to_owned),
        code_verifier: code_verifier.map(str::to_owned),
        resources: resources(params),
    })
}

fn refresh(params: &Params) -> Result<RefreshRequest, TokenRefusal> {
    Ok(RefreshRequest {
        refresh_token: required(params, "refresh_token")?,
        scope: scope(params)?,
        resources: resources(params),
    })
}

fn client_credentials(params: &Params) -> Result<ClientCredentialsRequest, TokenRefusal> {
    Ok(ClientCredentialsRequest { scope: scope(params)?, resources: resources(params) })
}

fn required(params: &Params, name: &'static str) -> Result<String, TokenRefusal> {
    params
        .get(name)
        .map(str::to_owned)
        .ok_or_else(|| TokenRefusal::invalid_request(format!("{name} is missing")))
}

fn scope(params: &Params) -> Result<Option<Scopes>, TokenRefusal> {
    params
        .get("scope")
        .map(Scopes::parse)
        .transpose()
        .map_err(|fault| TokenRefusal::new(TokenErrorCode::InvalidScope, fault.to_string()))
}

fn resources(params: &Params) -> Vec<String> {
    params.all("resource").map(str::to_owned).collect()
}
