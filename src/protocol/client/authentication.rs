//! How a client says who it is. RFC 6749 §2.3.1, RFC 7591 §2 `token_endpoint_auth_method`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::metadata::AuthMethod;
use crate::entropy::Token;
use crate::protocol::params::{self, Params};
use crate::protocol::token::refusal::{TokenErrorCode, TokenRefusal};

/// What the request offered. Nothing of it is verified.
#[derive(Clone)]
pub struct PresentedCredentials {
    pub client_id: String,
    pub method: AuthMethod,
    /// `None` exactly if the method is `none`.
    pub client_secret: Option<Token>,
}

/// Reads the one method that the request uses. Two at once are an `invalid_request`. RFC 6749 §2.3.
pub fn read(authorization: Option<&str>, params: &Params) -> Result<PresentedCredentials, TokenRefusal> {
    if params.get("client_assertion").is_some() || params.get("client_assertion_type").is_some() {
        return Err(TokenRefusal::new(
            TokenErrorCode::InvalidClient,
            "client_assertion: authentication by a signed assertion is not offered",
        ));
    }
    let body_id = params.get("client_id");
    let body_secret = params.get("client_secret");
    match (authorization, body_secret) {
        (Some(_), Some(_)) => Err(TokenRefusal::invalid_request(
            "the client authenticated twice: with the Authorization header and with client_secret",
        )),
        (Some(header), None) => from_header(header, body_id),
        (None, Some(secret)) => Ok(PresentedCredentials {
            client_id: required_id(body_id)?,
            method: AuthMethod::ClientSecretPost,
            client_secret: Some(Token::presented(secret)),
        }),
        (None, None) => Ok(PresentedCredentials {
            client_id: required_id(body_id)?,
            method: AuthMethod::None,
            client_secret: None,
        }),
    }
}

fn required_id(client_id: Option<&str>) -> Result<String, TokenRefusal> {
    client_id
        .map(str::to_owned)
        .ok_or_else(|| TokenRefusal::new(TokenErrorCode::InvalidClient, "client_id is missing"))
}

fn from_header(header: &str, body_id: Option<&str>) -> Result<PresentedCredentials, TokenRefusal> {
    let (client_id, secret) = basic(header).ok_or_else(|| {
        TokenRefusal::new(
            TokenErrorCode::InvalidClient,
            "the Authorization header is not Basic with form-encoded client_id and client_secret",
        )
    })?;
    if body_id.is_some_and(|id| id != client_id) {
        return Err(TokenRefusal::invalid_request(
            "client_id in the body is not the one in the Authorization header",
        ));
    }
    Ok(PresentedCredentials {
        client_id,
        method: AuthMethod::ClientSecretBasic,
        client_secret: Some(Token::presented(secret)),
    })
}

/// Both halves are form-encoded before they are joined. RFC 6749 §2.3.1. Loose encodings are refused.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, credentials) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (client_id, secret) = decoded.split_once(':')?;
    if client_id.is_empty() || secret.is_empty() {
        return None;
    }
    Some((params::decode(client_id.as_bytes())?, params::decode(secret.as_bytes())?))
}
