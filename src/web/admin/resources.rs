//! `/admin/api/resources`. RFC 8707, RFC 9728.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::authorize::By;
use super::clients::Answer;
use super::problem::ProblemDetails;
use super::{answer, request};
use crate::flow::Means;
use crate::flow::administer::resources::{self, AddedResource, ResourceList, ResourceRequest, ResourceView};

/// Every resource, of the configuration and of the database.
#[utoipa::path(get, path = "/admin/api/resources", tag = "resources",
    responses((status = 200, body = ResourceList)))]
pub async fn list(means: Data<Means>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &resources::list(&means).await?))
}

/// Registers a resource, and makes the client by which it may introspect its tokens.
#[utoipa::path(post, path = "/admin/api/resources", tag = "resources", request_body = ResourceRequest,
    responses((status = 201, body = AddedResource),
        (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn add(means: Data<Means>, by: By, request: HttpRequest, payload: Payload) -> Answer {
    let wanted: ResourceRequest = request::read(&request, payload).await?;
    Ok(answer(HttpResponse::Created(), &resources::add(&means, wanted, by.0).await?))
}

/// A resource, with what its server has to serve.
#[utoipa::path(get, path = "/admin/api/resources/{id}", tag = "resources",
    params(("id" = String, Path, description = "its id; or its identifier, percent-encoded as one segment")),
    responses((status = 200, body = ResourceView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn show(means: Data<Means>, id: Path<String>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &resources::show(&means, id.into_inner()).await?))
}

/// Replaces everything of a resource but its identifier.
#[utoipa::path(put, path = "/admin/api/resources/{id}", tag = "resources", request_body = ResourceRequest,
    params(("id" = String, Path, description = "its id; or its identifier, percent-encoded as one segment")),
    responses((status = 200, body = ResourceView),
        (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn replace(
    means: Data<Means>,
    by: By,
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    let wanted: ResourceRequest = request::read(&request, payload).await?;
    Ok(answer(HttpResponse::Ok(), &resources::replace(&means, id.into_inner(), wanted, by.0).await?))
}

/// Deletes a resource; its introspection clients stay.
#[utoipa::path(delete, path = "/admin/api/resources/{id}", tag = "resources",
    params(("id" = String, Path, description = "its id; or its identifier, percent-encoded as one segment")),
    responses((status = 200, body = ResourceView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn remove(means: Data<Means>, by: By, id: Path<String>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &resources::remove(&means, id.into_inner(), by.0).await?))
}
