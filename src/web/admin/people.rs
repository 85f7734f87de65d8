//! `/admin/api/users/{subject}` and `/admin/api/sessions`.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::answer;
use super::authorize::By;
use super::clients::Answer;
use super::problem::ProblemDetails;
use crate::flow::Means;
use crate::flow::administer::factors::{self, FactorsOf, Reset};
use crate::flow::administer::people::{self, Ended, Sessions, Who};

/// Where somebody is signed in.
#[utoipa::path(get, path = "/admin/api/users/{subject}/sessions", tag = "people",
    params(("subject" = String, Path, description = "the person's public sub")),
    responses((status = 200, body = Sessions), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn sessions(means: Data<Means>, subject: Path<String>) -> Answer {
    let found = people::sessions(&means, Who::Subject(subject.into_inner())).await?;
    Ok(answer(HttpResponse::Ok(), &found))
}

/// Signs somebody out everywhere.
#[utoipa::path(delete, path = "/admin/api/users/{subject}/sessions", tag = "people",
    params(("subject" = String, Path, description = "the person's public sub")),
    responses((status = 200, body = Ended), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn sign_out(means: Data<Means>, by: By, subject: Path<String>) -> Answer {
    let ended = people::sign_out(&means, Who::Subject(subject.into_inner()), None, by.0).await?;
    Ok(answer(HttpResponse::Ok(), &ended))
}

/// Ends one session of somebody.
#[utoipa::path(delete, path = "/admin/api/users/{subject}/sessions/{sid}", tag = "people",
    params(("subject" = String, Path, description = "the person's public sub"), ("sid" = String, Path, description = "as listed")),
    responses((status = 200, body = Ended), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn end_session(means: Data<Means>, by: By, path: Path<(String, String)>) -> Answer {
    let (subject, sid) = path.into_inner();
    let ended = people::sign_out(&means, Who::Subject(subject), Some(sid), by.0).await?;
    Ok(answer(HttpResponse::Ok(), &ended))
}

/// Signs everybody out.
#[utoipa::path(delete, path = "/admin/api/sessions", tag = "people",
    responses((status = 200, body = Ended)))]
pub async fn sign_everybody_out(means: Data<Means>, by: By) -> Answer {
    Ok(answer(HttpResponse::Ok(), &people::sign_everybody_out(&means, by.0).await?))
}

/// Switches somebody off: every session and every token is dead at once.
#[utoipa::path(post, path = "/admin/api/users/{subject}/disable", tag = "people",
    params(("subject" = String, Path, description = "the person's public sub")),
    responses((status = 200, body = Ended), (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn disable(means: Data<Means>, by: By, subject: Path<String>) -> Answer {
    let ended = people::disable(&means, Who::Subject(subject.into_inner()), by.0).await?;
    Ok(answer(HttpResponse::Ok(), &ended))
}

/// Lets somebody sign in again.
#[utoipa::path(post, path = "/admin/api/users/{subject}/enable", tag = "people",
    params(("subject" = String, Path, description = "the person's public sub")),
    responses((status = 204, description = "done"), (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn enable(means: Data<Means>, by: By, subject: Path<String>) -> Answer {
    people::enable(&means, Who::Subject(subject.into_inner()), by.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Lets somebody try to sign in at once, however often that failed.
#[utoipa::path(post, path = "/admin/api/users/{subject}/unblock", tag = "people",
    params(("subject" = String, Path, description = "the person's public sub")),
    responses((status = 204, description = "done"), (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn unblock(means: Data<Means>, by: By, subject: Path<String>) -> Answer {
    people::unblock(&means, Who::Subject(subject.into_inner()), by.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What somebody can prove who they are with, beside a password.
#[utoipa::path(get, path = "/admin/api/users/{subject}/factors", tag = "people",
    params(("subject" = String, Path, description = "the person's public sub")),
    responses((status = 200, body = FactorsOf), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn list_factors(means: Data<Means>, subject: Path<String>) -> Answer {
    let found = factors::list(&means, Who::Subject(subject.into_inner())).await?;
    Ok(answer(HttpResponse::Ok(), &found))
}

/// Removes every factor of somebody but the password, and signs them out everywhere: for whoever lost them.
#[utoipa::path(delete, path = "/admin/api/users/{subject}/factors", tag = "people",
    params(("subject" = String, Path, description = "the person's public sub")),
    responses((status = 200, body = Reset), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn reset_factors(means: Data<Means>, by: By, subject: Path<String>) -> Answer {
    let reset = factors::reset(&means, Who::Subject(subject.into_inner()), by.0).await?;
    Ok(answer(HttpResponse::Ok(), &reset))
}
