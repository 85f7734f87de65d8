//! POST /introspect. RFC 7662 §2.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::error::ApiError;
use super::{body, token};
use crate::entropy::Token;
use crate::flow::{Means, introspect};
use crate::protocol::token::refusal::TokenRefusal;

/// What the token is, for those whom it concerns. `token_type_hint` is a hint that no look-up here needs.
pub async fn post(
    means: Data<Means>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let params = body::form(&request, payload).await?;
    let presented = token::credentials(&means, &request, &params)?;
    let wanted = params
        .get("token")
        .ok_or_else(|| TokenRefusal::invalid_request("token is missing"))
        .map(Token::presented)?;
    let attempt = presented.clone();
    let outcome = introspect::introspect(&means, presented, wanted).await;
    let answer = token::note(&means, &request, &attempt, outcome)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(body::json(&answer)))
}
