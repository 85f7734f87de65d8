//! `/admin/api/attributes`: what the operator knows of people beside the standard claims.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::authorize::By;
use super::clients::Answer;
use super::problem::ProblemDetails;
use super::{answer, request};
use crate::flow::Means;
use crate::flow::administer::attributes::{
    self, AttributeList, AttributeRequest, AttributeView, RemovedAttribute,
};

/// Every attribute.
#[utoipa::path(get, path = "/admin/api/attributes", tag = "attributes",
    responses((status = 200, body = AttributeList)))]
pub async fn list(means: Data<Means>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &attributes::list(&means).await?))
}

/// Adds an attribute.
#[utoipa::path(post, path = "/admin/api/attributes", tag = "attributes", request_body = AttributeRequest,
    responses((status = 201, body = AttributeView), (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn add(means: Data<Means>, by: By, request: HttpRequest, payload: Payload) -> Answer {
    let wanted: AttributeRequest = request::read(&request, payload).await?;
    Ok(answer(HttpResponse::Created(), &attributes::add(&means, wanted, by.0).await?))
}

/// Replaces what an attribute is, but for its name and its kind.
#[utoipa::path(put, path = "/admin/api/attributes/{name}", tag = "attributes", request_body = AttributeRequest,
    params(("name" = String, Path, description = "the name of the attribute")),
    responses((status = 200, body = AttributeView), (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn replace(
    means: Data<Means>,
    by: By,
    name: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    let wanted: AttributeRequest = request::read(&request, payload).await?;
    let attribute = attributes::replace(&means, name.into_inner(), wanted, by.0).await?;
    Ok(answer(HttpResponse::Ok(), &attribute))
}

/// Removes an attribute, and with it what was known by it of everybody.
#[utoipa::path(delete, path = "/admin/api/attributes/{name}", tag = "attributes",
    params(("name" = String, Path, description = "the name of the attribute")),
    responses((status = 200, body = RemovedAttribute), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn remove(
    means: Data<Means>,
    by: By,
    name: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    request::nothing(&request, payload).await?;
    let removed = attributes::remove(&means, name.into_inner(), by.0).await?;
    Ok(answer(HttpResponse::Ok(), &removed))
}
