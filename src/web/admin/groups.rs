//! `/admin/api/groups`, and for whom a client is.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::answer;
use super::authorize::By;
use super::clients::Answer;
use super::problem::ProblemDetails;
use super::request::{self, Query};
use crate::flow::Means;
use crate::flow::administer::client_access::{self, Access};
use crate::flow::administer::groups::{
    self, GroupChange, GroupList, GroupRequest, GroupView, MemberPage, Withdrawn,
};
use crate::flow::administer::people::Who;

/// Every group.
#[utoipa::path(get, path = "/admin/api/groups", tag = "groups",
    responses((status = 200, body = GroupList)))]
pub async fn list(means: Data<Means>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &groups::list(&means).await?))
}

/// Makes a group.
#[utoipa::path(post, path = "/admin/api/groups", tag = "groups", request_body = GroupRequest,
    responses((status = 201, body = GroupView), (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn add(means: Data<Means>, by: By, request: HttpRequest, payload: Payload) -> Answer {
    let wanted: GroupRequest = request::read(&request, payload).await?;
    Ok(answer(HttpResponse::Created(), &groups::add(&means, wanted, by.0).await?))
}

/// A group.
#[utoipa::path(get, path = "/admin/api/groups/{name}", tag = "groups",
    params(("name" = String, Path, description = "percent-encoded as one segment")),
    responses((status = 200, body = GroupView), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn show(means: Data<Means>, name: Path<String>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &groups::show(&means, name.into_inner()).await?))
}

/// Replaces what a group is beside its name.
#[utoipa::path(put, path = "/admin/api/groups/{name}", tag = "groups", request_body = GroupChange,
    params(("name" = String, Path, description = "percent-encoded as one segment")),
    responses((status = 200, body = GroupView), (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn change(
    means: Data<Means>,
    by: By,
    name: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    let wanted: GroupChange = request::read(&request, payload).await?;
    Ok(answer(HttpResponse::Ok(), &groups::change(&means, name.into_inner(), wanted, by.0).await?))
}

/// Removes a group. Clients that were for its members alone are then for nobody.
#[utoipa::path(delete, path = "/admin/api/groups/{name}", tag = "groups",
    params(("name" = String, Path, description = "percent-encoded as one segment")),
    responses((status = 200, body = Withdrawn), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn remove(
    means: Data<Means>,
    by: By,
    name: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    request::nothing(&request, payload).await?;
    Ok(answer(HttpResponse::Ok(), &groups::remove(&means, name.into_inner(), by.0).await?))
}

/// Who is in a group, a page at a time.
#[utoipa::path(get, path = "/admin/api/groups/{name}/members", tag = "groups",
    params(("name" = String, Path, description = "percent-encoded as one segment"),
        ("page_size" = Option<i64>, Query, description = "1 to 500; 50 if it is not given"),
        ("page_token" = Option<String>, Query, description = "next_page_token of the page before")),
    responses((status = 200, body = MemberPage), (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn members(means: Data<Means>, name: Path<String>, request: HttpRequest) -> Answer {
    let query = Query::of(&request, &["page_size", "page_token"])?;
    let (size, token) = (query.page_size()?, query.text("page_token"));
    Ok(answer(HttpResponse::Ok(), &groups::members(&means, name.into_inner(), size, token).await?))
}

/// Puts somebody into a group.
#[utoipa::path(put, path = "/admin/api/groups/{name}/members/{subject}", tag = "groups",
    params(("name" = String, Path, description = "percent-encoded as one segment"), ("subject" = String, Path, description = "the person's public sub")),
    responses((status = 204, description = "done"), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn add_member(means: Data<Means>, by: By, path: Path<(String, String)>) -> Answer {
    let (name, subject) = path.into_inner();
    groups::add_member(&means, name, Who::Subject(subject), by.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes somebody out of a group.
#[utoipa::path(delete, path = "/admin/api/groups/{name}/members/{subject}", tag = "groups",
    params(("name" = String, Path, description = "percent-encoded as one segment"), ("subject" = String, Path, description = "the person's public sub")),
    responses((status = 200, body = Withdrawn), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn remove_member(means: Data<Means>, by: By, path: Path<(String, String)>) -> Answer {
    let (name, subject) = path.into_inner();
    let withdrawn = groups::remove_member(&means, name, Who::Subject(subject), by.0).await?;
    Ok(answer(HttpResponse::Ok(), &withdrawn))
}

/// For whom a client is, and how sure a sign-in to it must be.
#[utoipa::path(get, path = "/admin/api/clients/{client_id}/access", tag = "clients",
    params(("client_id" = String, Path, description = "percent-encoded as one segment")),
    responses((status = 200, body = Access), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn access(means: Data<Means>, client_id: Path<String>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &client_access::show(&means, client_id.into_inner()).await?))
}

/// Says for whom a client is. The grants of people who may not use it any more are dead at once.
#[utoipa::path(put, path = "/admin/api/clients/{client_id}/access", tag = "clients", request_body = Access,
    params(("client_id" = String, Path, description = "percent-encoded as one segment")),
    responses((status = 200, body = Access), (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn change_access(
    means: Data<Means>,
    by: By,
    client_id: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    let wanted: Access = request::read(&request, payload).await?;
    let access = client_access::change(&means, client_id.into_inner(), wanted, by.0).await?;
    Ok(answer(HttpResponse::Ok(), &access))
}
