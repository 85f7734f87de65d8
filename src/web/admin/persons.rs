//! `/admin/api/users`: people as they are made, looked for and changed.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::answer;
use super::authorize::By;
use super::clients::Answer;
use super::problem::ProblemDetails;
use super::request::{self, Query};
use crate::flow::Means;
use crate::flow::administer::grants::RevokedGrants;
use crate::flow::administer::people::Who;
use crate::flow::administer::persons::{
    self, Filter, PersonDetails, PersonPage, PersonPatch, PersonRequest, PersonView, RemovedPerson,
};
use crate::flow::administer::standing::{self, GrantPage, SessionPage};

/// People, newest first, a page at a time.
#[utoipa::path(get, path = "/admin/api/users", tag = "people",
    params(
        ("text" = Option<String>, Query, description = "part of the name, the e-mail address or the sub"),
        ("disabled" = Option<bool>, Query, description = "true = only those who are switched off"),
        ("administrator" = Option<bool>, Query, description = "true = only administrators"),
        ("group" = Option<String>, Query, description = "only those in this group"),
        ("page_size" = Option<i64>, Query, description = "1 to 500; 50 if it is not given"),
        ("page_token" = Option<String>, Query, description = "next_page_token of the page before"),
    ),
    responses((status = 200, body = PersonPage), (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn list(means: Data<Means>, request: HttpRequest) -> Answer {
    let known = ["text", "disabled", "administrator", "group", "page_size", "page_token"];
    let query = Query::of(&request, &known)?;
    let filter = Filter {
        text: query.text("text").map(str::to_owned),
        is_disabled: query.flag("disabled")?,
        is_administrator: query.flag("administrator")?,
        group: query.text("group").map(str::to_owned),
    };
    let page = persons::list(&means, filter, query.page_size()?, query.text("page_token")).await?;
    Ok(answer(HttpResponse::Ok(), &page))
}

/// Makes a person.
#[utoipa::path(post, path = "/admin/api/users", tag = "people", request_body = PersonRequest,
    responses((status = 201, body = PersonView), (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn create(means: Data<Means>, by: By, request: HttpRequest, payload: Payload) -> Answer {
    let wanted: PersonRequest = request::read(&request, payload).await?;
    Ok(answer(HttpResponse::Created(), &persons::create(&means, wanted, by.0).await?))
}

/// Everything that is known of a person but their secrets.
#[utoipa::path(get, path = "/admin/api/users/{subject}", tag = "people",
    params(("subject" = String, Path, description = "the person's public sub")),
    responses((status = 200, body = PersonDetails), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn show(means: Data<Means>, subject: Path<String>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &persons::show(&means, Who::Subject(subject.into_inner())).await?))
}

/// Changes what is known of a person, and what they may; what is not named stays. RFC 7396.
#[utoipa::path(patch, path = "/admin/api/users/{subject}", tag = "people", request_body = PersonPatch,
    params(("subject" = String, Path, description = "the person's public sub")),
    responses((status = 200, body = PersonView), (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn change(
    means: Data<Means>,
    by: By,
    subject: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    let patch: PersonPatch = request::read(&request, payload).await?;
    let person = persons::change(&means, Who::Subject(subject.into_inner()), patch, by.0).await?;
    Ok(answer(HttpResponse::Ok(), &person))
}

/// Removes a person with everything that is theirs.
#[utoipa::path(delete, path = "/admin/api/users/{subject}", tag = "people",
    params(("subject" = String, Path, description = "the person's public sub")),
    responses((status = 200, body = RemovedPerson), (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn remove(
    means: Data<Means>,
    by: By,
    subject: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    request::nothing(&request, payload).await?;
    let removed = persons::remove(&means, Who::Subject(subject.into_inner()), by.0).await?;
    Ok(answer(HttpResponse::Ok(), &removed))
}

/// What somebody allows clients, newest first, a page at a time.
#[utoipa::path(get, path = "/admin/api/users/{subject}/grants", tag = "people",
    params(("subject" = String, Path, description = "the person's public sub"),
        ("page_size" = Option<i64>, Query, description = "1 to 500; 50 if it is not given"),
        ("page_token" = Option<String>, Query, description = "next_page_token of the page before")),
    responses((status = 200, body = GrantPage), (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn grants(means: Data<Means>, subject: Path<String>, request: HttpRequest) -> Answer {
    let who = Some(Who::Subject(subject.into_inner()));
    grant_page(&means, who, &request).await
}

/// Takes back everything that somebody allowed.
#[utoipa::path(delete, path = "/admin/api/users/{subject}/grants", tag = "people",
    params(("subject" = String, Path, description = "the person's public sub")),
    responses((status = 200, body = RevokedGrants), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn withdraw(means: Data<Means>, by: By, subject: Path<String>) -> Answer {
    let revoked = standing::withdraw_all(&means, Who::Subject(subject.into_inner()), by.0).await?;
    Ok(answer(HttpResponse::Ok(), &revoked))
}

/// What everybody allows, newest first, a page at a time.
#[utoipa::path(get, path = "/admin/api/grants", tag = "people",
    params(("page_size" = Option<i64>, Query, description = "1 to 500; 50 if it is not given"),
        ("page_token" = Option<String>, Query, description = "next_page_token of the page before")),
    responses((status = 200, body = GrantPage), (status = 400, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn all_grants(means: Data<Means>, request: HttpRequest) -> Answer {
    grant_page(&means, None, &request).await
}

async fn grant_page(means: &Means, who: Option<Who>, request: &HttpRequest) -> Answer {
    let query = Query::of(request, &["page_size", "page_token"])?;
    let page = standing::grants(means, who, query.page_size()?, query.text("page_token")).await?;
    Ok(answer(HttpResponse::Ok(), &page))
}

/// Who is signed in, the newest session first, a page at a time.
#[utoipa::path(get, path = "/admin/api/sessions", tag = "people",
    params(("page_size" = Option<i64>, Query, description = "1 to 500; 50 if it is not given"),
        ("page_token" = Option<String>, Query, description = "next_page_token of the page before")),
    responses((status = 200, body = SessionPage), (status = 400, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn all_sessions(means: Data<Means>, request: HttpRequest) -> Answer {
    let query = Query::of(&request, &["page_size", "page_token"])?;
    let page = standing::sessions(&means, None, query.page_size()?, query.text("page_token")).await?;
    Ok(answer(HttpResponse::Ok(), &page))
}
