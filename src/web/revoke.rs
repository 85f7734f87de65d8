//! POST /revoke. RFC 7009 §2.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::error::ApiError;
use super::token;
use crate::flow::{Means, revoke};

/// 200 for a token that was revoked, and for one that is unknown. RFC 7009 §2.2.
pub async fn post(
    means: Data<Means>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let (presented, wanted) = token::asked_about(&means, &request, payload).await?;
    let attempt = presented.clone();
    let outcome = revoke::revoke(&means, presented, wanted).await;
    token::note(&means, &request, &attempt, outcome)?;
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).finish())
}
