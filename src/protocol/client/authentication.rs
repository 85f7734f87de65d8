//! How a client says who it is. RFC 6749 §2.3.1, RFC 7591 §2 `token_endpoint_auth_method`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::assertion::{AssertionAlgorithm, AssertionFault, JWT_BEARER, check_header};
use super::metadata::AuthMethod;
use crate::entropy::Token;
use crate::protocol::jwt;
use crate::protocol::params::{self, Params};
use crate::protocol::token::refusal::{TokenErrorCode, TokenRefusal};

/// What the request offered. Nothing of it is verified.
#[derive(Clone)]
pub struct PresentedCredentials {
    pub client_id: String,
    pub method: AuthMethod,
    pub proof: PresentedProof,
}

/// By what the client says that it is the client. RFC 6749 §2.3.
#[derive(Clone)]
pub enum PresentedProof {
    /// Exactly if the method is `none`.
    Nothing,
    Secret(Token),
    Assertion(PresentedAssertion),
}

/// A client assertion as it was sent. RFC 7523 §2.2.
#[derive(Clone)]
pub struct PresentedAssertion {
    pub jwt: String,
    pub algorithm: AssertionAlgorithm,
    /// Not verified.
    pub claims: Map<String, Value>,
}

/// Reads the one method that the request uses. Two at once are an `invalid_request`. RFC 6749 §2.3.
pub fn read(authorization: Option<&str>, params: &Params) -> Result<PresentedCredentials, TokenRefusal> {
    if params.get("client_assertion").is_some() || params.get("client_assertion_type").is_some() {
        return from_assertion(authorization, params);
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
            proof: PresentedProof::Secret(Token::presented(secret)),
        }),
        (None, None) => Ok(PresentedCredentials {
            client_id: required_id(body_id)?,
            method: AuthMethod::None,
            proof: PresentedProof::Nothing,
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
        proof: PresentedProof::Secret(Token::presented(secret)),
    })
}

/// The client is the one that the assertion names; `client_id` may be sent as well. RFC 7521 §4.2, RFC 7523 §2.2.
fn from_assertion(
    authorization: Option<&str>,
    params: &Params,
) -> Result<PresentedCredentials, TokenRefusal> {
    if authorization.is_some() || params.get("client_secret").is_some() {
        return Err(TokenRefusal::invalid_request(
            "the client authenticated twice: with client_assertion and with a secret",
        ));
    }
    let missing = |name: &str| TokenRefusal::invalid_request(format!("{name} is missing"));
    let kind = params.get("client_assertion_type").ok_or_else(|| missing("client_assertion_type"))?;
    let jwt = params.get("client_assertion").ok_or_else(|| missing("client_assertion"))?;
    if kind != JWT_BEARER {
        let text = format!("client_assertion_type is not {JWT_BEARER}");
        return Err(TokenRefusal::new(TokenErrorCode::InvalidClient, text));
    }
    let header = jwt::header(jwt).map_err(|fault| refused_assertion(&fault))?;
    let claims = jwt::unverified_claims(jwt).map_err(|fault| refused_assertion(&fault))?;
    check_header(&header).map_err(|fault| refused_assertion(&fault))?;
    let algorithm = AssertionAlgorithm::from_name(&header.alg)
        .ok_or_else(|| refused_assertion(&"its alg is not one that this server accepts"))?;
    let subject = claims.get("sub").and_then(Value::as_str);
    let client_id = subject.ok_or_else(|| refused_assertion(&AssertionFault::Client))?.to_owned();
    if params.get("client_id").is_some_and(|id| id != client_id) {
        return Err(TokenRefusal::invalid_request("client_id is not the sub of client_assertion"));
    }
    Ok(PresentedCredentials {
        client_id,
        method: algorithm.method(),
        proof: PresentedProof::Assertion(PresentedAssertion { jwt: jwt.to_owned(), algorithm, claims }),
    })
}

/// Of an assertion that is no good whoever sent it: its developer may know why. RFC 7521 §4.2.1.
#[must_use]
pub fn refused_assertion(fault: &dyn std::fmt::Display) -> TokenRefusal {
    TokenRefusal::new(TokenErrorCode::InvalidClient, format!("client_assertion: {fault}"))
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
