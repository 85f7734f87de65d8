//! POST /token. RFC 6749 §3.2.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::error::ApiError;
use super::{body, peer};
use crate::entropy::Token;
use crate::flow::Failure;
use crate::flow::authenticate_client::{check_attempts, note_failure};
use crate::flow::{Means, client_credentials, exchange_code, refresh};
use crate::protocol::client::authentication::{self, PresentedCredentials};
use crate::protocol::params::Params;
use crate::protocol::token::refusal::{TokenErrorCode, TokenRefusal};
use crate::protocol::token::request::TokenRequest;

/// Reads the request, authenticates the client and runs the grant.
pub async fn post(
    means: Data<Means>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let params = body::form(&request, payload).await?;
    let presented = credentials(&means, &request, &params)?;
    let attempt = presented.clone();
    let outcome = match TokenRequest::read(&params)? {
        TokenRequest::AuthorizationCode(code) => exchange_code::exchange(&means, presented, code).await,
        TokenRequest::RefreshToken(token) => refresh::refresh(&means, presented, token).await,
        TokenRequest::ClientCredentials(wish) => client_credentials::issue(&means, presented, wish).await,
    };
    let response = note(&means, &request, &attempt, outcome)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .body(body::json(&response)))
}

/// The one method with which the client says who it is, unless this caller has failed too often.
pub fn credentials(
    means: &Means,
    request: &HttpRequest,
    params: &Params,
) -> Result<PresentedCredentials, ApiError> {
    let header = request.headers().get(actix_web::http::header::AUTHORIZATION);
    let header = match header.map(|value| value.to_str()) {
        None => None,
        Some(Ok(text)) => Some(text),
        Some(Err(_)) => return Err(TokenRefusal::invalid_client().into()),
    };
    let presented = authentication::read(header, params)?;
    check_attempts(means, &presented, peer::address(request, &means.config))?;
    Ok(presented)
}

/// A request about a token: who asks, and which token. RFC 7009 §2.1, RFC 7662 §2.1. `token_type_hint` is a hint that no
/// look-up here needs.
pub async fn asked_about(
    means: &Means,
    request: &HttpRequest,
    payload: Payload,
) -> Result<(PresentedCredentials, Token), ApiError> {
    let params = body::form(request, payload).await?;
    let presented = credentials(means, request, &params)?;
    let token = params.get("token").ok_or_else(|| TokenRefusal::invalid_request("token is missing"))?;
    Ok((presented, Token::presented(token)))
}

/// Counts a failed authentication.
pub fn note<T>(
    means: &Means,
    request: &HttpRequest,
    attempt: &PresentedCredentials,
    outcome: Result<T, Failure<TokenRefusal>>,
) -> Result<T, ApiError> {
    if let Err(Failure::Refused(refusal)) = &outcome
        && refusal.code == TokenErrorCode::InvalidClient
        && let Some(too_many) = note_failure(means, attempt, peer::address(request, &means.config))
    {
        return Err(too_many.into());
    }
    Ok(outcome?)
}
