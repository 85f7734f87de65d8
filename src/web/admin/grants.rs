//! `/admin/api/clients/{client_id}/grants` and `/admin/api/grants`.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::answer;
use super::authorize::By;
use super::clients::Answer;
use super::problem::{Problem, ProblemDetails};
use crate::flow::Means;
use crate::flow::administer::grants::{self, Grants, RevokedGrants};

/// Who allowed a client what, since when, and when it was last used.
#[utoipa::path(get, path = "/admin/api/clients/{client_id}/grants", tag = "grants",
    params(("client_id" = String, Path, description = "percent-encoded as one segment")),
    responses((status = 200, body = Grants), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn list(means: Data<Means>, client_id: Path<String>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &grants::list(&means, client_id.into_inner()).await?))
}

/// Takes back everything that anybody allowed a client.
#[utoipa::path(delete, path = "/admin/api/clients/{client_id}/grants", tag = "grants",
    params(("client_id" = String, Path, description = "percent-encoded as one segment")),
    responses((status = 200, body = RevokedGrants), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn revoke_all(means: Data<Means>, by: By, client_id: Path<String>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &grants::revoke_all(&means, client_id.into_inner(), by.0).await?))
}

/// Takes back one grant.
#[utoipa::path(delete, path = "/admin/api/grants/{id}", tag = "grants",
    params(("id" = i64, Path, description = "as listed")),
    responses((status = 200, body = RevokedGrants), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn revoke(means: Data<Means>, by: By, id: Path<String>) -> Answer {
    let id = number(&id)?;
    Ok(answer(HttpResponse::Ok(), &grants::revoke(&means, id, by.0).await?))
}

/// An id of the path; what is no number is the id of nothing.
pub fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::not_found("There is nothing with this id."))
}
