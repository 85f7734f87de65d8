//! `/admin/api/initial-access-tokens`, `/admin/api/policies` and `/admin/api/registration/dry-run`. RFC 7591 §1.2, §3.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::authorize::By;
use super::clients::Answer;
use super::grants::number;
use super::problem::ProblemDetails;
use super::{answer, request};
use crate::flow::Means;
use crate::flow::administer::registration::{
    self, DryRunRequest, InitialAccessTokenRequest, InitialAccessTokens, IssuedInitialAccessToken, Policies,
};

/// Every initial access token, dead ones too. None is shown.
#[utoipa::path(get, path = "/admin/api/initial-access-tokens", tag = "registration",
    responses((status = 200, body = InitialAccessTokens)))]
pub async fn tokens(means: Data<Means>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &registration::tokens(&means).await?))
}

/// Issues an initial access token; it is shown this once.
#[utoipa::path(post, path = "/admin/api/initial-access-tokens", tag = "registration", request_body = InitialAccessTokenRequest,
    responses((status = 201, body = IssuedInitialAccessToken), (status = 400, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn issue_token(means: Data<Means>, by: By, request: HttpRequest, payload: Payload) -> Answer {
    let wanted: InitialAccessTokenRequest = request::read(&request, payload).await?;
    Ok(answer(HttpResponse::Created(), &registration::issue_token(&means, wanted, by.0).await?))
}

/// Revokes an initial access token. Clients that came with it stay.
#[utoipa::path(delete, path = "/admin/api/initial-access-tokens/{id}", tag = "registration",
    params(("id" = i64, Path, description = "as listed")),
    responses((status = 204, description = "It is revoked."), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn revoke_token(means: Data<Means>, by: By, id: Path<String>) -> Answer {
    registration::revoke_token(&means, number(&id)?, by.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The policies that the settings declare, that of open registration first, with what each comes to.
#[utoipa::path(get, path = "/admin/api/policies", tag = "registration", responses((status = 200, body = Policies)))]
pub async fn policies(means: Data<Means>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &registration::policies(&means)))
}

/// Says what a registration with these metadata would come to: accepted, changed or refused, and why. Nothing is written.
#[utoipa::path(post, path = "/admin/api/registration/dry-run", tag = "registration", request_body = DryRunRequest,
    responses((status = 200, description = "policy, accepted, approval_required, refusals, changes and metadata", body = Object),
        (status = 400, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn dry_run(means: Data<Means>, request: HttpRequest, payload: Payload) -> Answer {
    let wanted: DryRunRequest = request::read(&request, payload).await?;
    Ok(answer(HttpResponse::Ok(), &registration::dry_run(&means, wanted).await?))
}
