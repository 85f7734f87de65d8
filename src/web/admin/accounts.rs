//! Links that operators make for people, and the e-mails that wait.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer;
use super::authorize::By;
use super::clients::Answer;
use super::problem::{Problem, ProblemDetails};
use super::request::{self, Query};
use crate::flow::Means;
use crate::flow::administer::accounts::{self, Invitation, IssuedLink, NewInvitation};
use crate::flow::administer::emails::{self, QueuedEmail};
use crate::flow::administer::people::Who;

/// Makes a link by which somebody chooses a new password; it is mailed if it can be, and otherwise in the answer.
#[utoipa::path(post, path = "/admin/api/users/{subject}/reset-link", tag = "people",
    params(("subject" = String, Path, description = "the person's public sub"),
        ("show" = Option<bool>, Query, description = "true: do not mail it")),
    responses((status = 201, body = IssuedLink), (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn reset_link(
    means: Data<Means>,
    by: By,
    subject: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    let show = Query::of(&request, &["show"])?.flag("show")?.unwrap_or_default();
    request::nothing(&request, payload).await?;
    let link = accounts::reset_link(&means, Who::Subject(subject.into_inner()), show, by.0).await?;
    Ok(answer(HttpResponse::Created(), &link))
}

/// Invitations.
#[derive(Serialize, ToSchema)]
pub struct InvitationList {
    /// The newest first.
    invitations: Vec<Invitation>,
}

/// The invitations that still work.
#[utoipa::path(get, path = "/admin/api/invitations", tag = "people",
    responses((status = 200, body = InvitationList)))]
pub async fn invitations(means: Data<Means>) -> Answer {
    let invitations = accounts::invitations(&means).await?;
    Ok(answer(HttpResponse::Ok(), &InvitationList { invitations }))
}

/// Invites somebody to make an account; the link is mailed if it can be, and otherwise in the answer.
#[utoipa::path(post, path = "/admin/api/invitations", tag = "people", request_body = NewInvitation,
    responses((status = 201, body = IssuedLink), (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn invite(means: Data<Means>, by: By, request: HttpRequest, payload: Payload) -> Answer {
    let wanted: NewInvitation = request::read(&request, payload).await?;
    Ok(answer(HttpResponse::Created(), &accounts::invite(&means, wanted, by.0).await?))
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/admin/api/invitations/{id}", tag = "people",
    params(("id" = String, Path, description = "as listed")),
    responses((status = 204, description = "done"), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn revoke_invitation(means: Data<Means>, by: By, id: Path<String>) -> Answer {
    accounts::revoke_invitation(&means, id.into_inner(), by.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// E-mails.
#[derive(Serialize, ToSchema)]
pub struct EmailList {
    /// The newest first.
    emails: Vec<QueuedEmail>,
    /// Begins the next page, if there is one.
    before: Option<i64>,
}

/// The e-mails of the last thirty days, without what they say.
#[utoipa::path(get, path = "/admin/api/emails", tag = "e-mails",
    params(("state" = Option<String>, Query, description = "waiting, sent or failed"),
        ("before" = Option<i64>, Query, description = "the last id of the page before"),
        ("page_size" = Option<i64>, Query, description = "1 to 500")),
    responses((status = 200, body = EmailList), (status = 400, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn list_emails(means: Data<Means>, request: HttpRequest) -> Answer {
    let query = Query::of(&request, &["state", "before", "page_size"])?;
    let wrong = |what: &str| Problem::invalid(what.to_owned());
    let state = query
        .text("state")
        .map(|name| emails::state(name).ok_or_else(|| wrong("state must be waiting, sent or failed.")))
        .transpose()?;
    let before = query
        .text("before")
        .map(|id| id.parse().map_err(|_| wrong("before must be the id of an e-mail.")))
        .transpose()?;
    let size = query.page_size()?;
    let emails = emails::list(&means, state, before, size).await?;
    let is_full = i64::try_from(emails.len()).is_ok_and(|count| count == size);
    let before = emails.last().map(|email| email.id).filter(|_| is_full);
    Ok(answer(HttpResponse::Ok(), &EmailList { emails, before }))
}

/// Sends an e-mail again that could not be sent.
#[utoipa::path(post, path = "/admin/api/emails/{id}/retry", tag = "e-mails",
    params(("id" = i64, Path, description = "as listed")),
    responses((status = 204, description = "it is due now"), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn retry_email(means: Data<Means>, by: By, id: Path<String>) -> Answer {
    let id = id.parse().map_err(|_| Problem::not_found("There is no such e-mail."))?;
    emails::retry(&means, id, by.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Whom to try the mail server with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestEmail {
    to: String,
}

/// Sends a message to try the mail server, at once.
#[utoipa::path(post, path = "/admin/api/emails/test", tag = "e-mails", request_body = TestEmail,
    responses((status = 204, description = "the mail server took it"),
        (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn test_email(means: Data<Means>, request: HttpRequest, payload: Payload) -> Answer {
    let TestEmail { to } = request::read(&request, payload).await?;
    emails::test(&means, &to).await?;
    Ok(HttpResponse::NoContent().finish())
}
