//! `/admin/api/upstream-providers`: OpenID providers by which people sign in.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::authorize::By;
use super::clients::Answer;
use super::problem::ProblemDetails;
use super::{answer, request};
use crate::flow::Means;
use crate::flow::administer::upstream::{self, ProviderChange, ProviderRequest, ProviderView, Providers};

/// Every provider.
#[utoipa::path(get, path = "/admin/api/upstream-providers", tag = "upstream",
    responses((status = 200, body = Providers)))]
pub async fn list(means: Data<Means>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &upstream::list(&means).await?))
}

/// Adds a provider whose metadata and keys can be read.
#[utoipa::path(post, path = "/admin/api/upstream-providers", tag = "upstream", request_body = ProviderRequest,
    responses((status = 201, body = ProviderView),
        (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn add(means: Data<Means>, by: By, request: HttpRequest, payload: Payload) -> Answer {
    let wanted: ProviderRequest = request::read(&request, payload).await?;
    Ok(answer(HttpResponse::Created(), &upstream::add(&means, wanted, by.0).await?))
}

/// A provider.
#[utoipa::path(get, path = "/admin/api/upstream-providers/{name}", tag = "upstream",
    params(("name" = String, Path, description = "as in paths")),
    responses((status = 200, body = ProviderView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn show(means: Data<Means>, name: Path<String>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &upstream::show(&means, name.into_inner()).await?))
}

/// Replaces everything of a provider but its name, its issuer and, without a new one, its secret.
#[utoipa::path(put, path = "/admin/api/upstream-providers/{name}", tag = "upstream", request_body = ProviderChange,
    params(("name" = String, Path, description = "as in paths")),
    responses((status = 200, body = ProviderView),
        (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn replace(
    means: Data<Means>,
    by: By,
    name: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    let wanted: ProviderChange = request::read(&request, payload).await?;
    Ok(answer(HttpResponse::Ok(), &upstream::replace(&means, name.into_inner(), wanted, by.0).await?))
}

/// Removes a provider and everybody's links to it; the accounts stay.
#[utoipa::path(delete, path = "/admin/api/upstream-providers/{name}", tag = "upstream",
    params(("name" = String, Path, description = "as in paths")),
    responses((status = 200, body = ProviderView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn remove(means: Data<Means>, by: By, name: Path<String>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &upstream::remove(&means, name.into_inner(), by.0).await?))
}

/// Switches a provider off: nobody signs in by it.
#[utoipa::path(post, path = "/admin/api/upstream-providers/{name}/disable", tag = "upstream",
    params(("name" = String, Path, description = "as in paths")),
    responses((status = 200, body = ProviderView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn disable(means: Data<Means>, by: By, name: Path<String>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &upstream::set_enabled(&means, name.into_inner(), false, by.0).await?))
}

/// Switches a provider on again.
#[utoipa::path(post, path = "/admin/api/upstream-providers/{name}/enable", tag = "upstream",
    params(("name" = String, Path, description = "as in paths")),
    responses((status = 200, body = ProviderView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn enable(means: Data<Means>, by: By, name: Path<String>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &upstream::set_enabled(&means, name.into_inner(), true, by.0).await?))
}
