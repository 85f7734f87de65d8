//! POST /introspect. RFC 7662 §2.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::error::ApiError;
use super::{body, token};
use crate::flow::{Means, introspect};

/// What the token is, for those whom it concerns.
pub async fn post(
    means: Data<Means>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let (presented, wanted) = token::asked_about(&means, &request, payload).await?;
    let attempt = presented.clone();
    let outcome = introspect::introspect(&means, presented, wanted).await;
    let answer = token::note(&means, &request, &attempt, outcome)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(body::json(&answer)))
}
