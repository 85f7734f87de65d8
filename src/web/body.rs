//! Bodies: bounded in size and in time, read once.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, Payload};
use serde::Serialize;

use super::error::ApiError;
use crate::protocol::params::Params;
use crate::protocol::token::refusal::TokenRefusal;

/// The largest body of any endpoint, in bytes. Security statement D15.
pub const MAX_BODY: usize = 64 * 1024;
/// A body that takes longer is given up.
const DEADLINE: Duration = Duration::from_secs(10);

/// The whole body.
pub async fn read(request: &HttpRequest, payload: Payload) -> Result<Bytes, ApiError> {
    read_up_to(MAX_BODY, request, payload).await
}

/// The whole body, where another limit than [`MAX_BODY`] is due.
pub async fn read_up_to(limit: usize, request: &HttpRequest, payload: Payload) -> Result<Bytes, ApiError> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > limit) {
        return Err(ApiError::TooLarge(limit));
    }
    match tokio::time::timeout(DEADLINE, payload.to_bytes_limited(limit)).await {
        Err(_) => Err(ApiError::TooSlow),
        Ok(Err(_)) => Err(ApiError::TooLarge(limit)),
        Ok(Ok(Err(_))) => Err(ApiError::BadBody("the body could not be read".to_owned())),
        Ok(Ok(Ok(bytes))) => Ok(bytes),
    }
}

/// The parameters of a form body. RFC 6749 §3.2, appendix B.
pub async fn form(request: &HttpRequest, payload: Payload) -> Result<Params, ApiError> {
    let bytes = form_bytes(request, payload).await?;
    Params::parse(&bytes).map_err(|fault| TokenRefusal::invalid_request(fault.to_string()).into())
}

/// A form body as sent.
pub async fn form_bytes(request: &HttpRequest, payload: Payload) -> Result<Bytes, ApiError> {
    let expected = "application/x-www-form-urlencoded";
    if !is_of_type(request, expected) {
        return Err(ApiError::UnsupportedMediaType(expected));
    }
    read(request, payload).await
}

/// Whether the Content-Type is this media type, whatever its parameters.
#[must_use]
pub fn is_of_type(request: &HttpRequest, expected: &str) -> bool {
    request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(expected))
}

/// `value` as JSON text. Only maps with keys that are no strings have none, and there are none here.
#[must_use]
pub fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
