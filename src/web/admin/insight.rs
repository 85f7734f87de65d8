//! `/admin/api/statistics`, `/admin/api/tombstones` and `/admin/api/audit`.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::answer;
use super::clients::Answer;
use super::problem::{Problem, ProblemDetails};
use super::request::Query;
use crate::flow::administer::insight::{
    self, Counts, EventFilter, Events, Statistics, Tombstones, Verification,
};
use crate::flow::{EventKind, Means};

/// Clients by state, door and product, and registrations by day.
#[utoipa::path(get, path = "/admin/api/statistics", tag = "insight", responses((status = 200, body = Statistics)))]
pub async fn statistics(means: Data<Means>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &insight::statistics(&means).await?))
}

/// Clients that are gone, the latest first.
#[utoipa::path(get, path = "/admin/api/tombstones", tag = "insight",
    params(("page_size" = Option<i64>, Query, description = "1 to 500; 50 if it is not given")),
    responses((status = 200, body = Tombstones), (status = 400, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn tombstones(means: Data<Means>, request: HttpRequest) -> Answer {
    let size = Query::of(&request, &["page_size"])?.page_size()?;
    Ok(answer(HttpResponse::Ok(), &insight::tombstones(&means, size).await?))
}

/// Events of the audit log, newest first.
#[utoipa::path(get, path = "/admin/api/audit", tag = "insight",
    params(
        ("client_id" = Option<String>, Query, description = "about this client"),
        ("kind" = Option<String>, Query, description = "of this kind"),
        ("actor" = Option<String>, Query, description = "by this actor, exactly as listed"),
        ("since" = Option<i64>, Query, description = "not before this second since 1970"),
        ("until" = Option<i64>, Query, description = "before this second since 1970"),
        ("before_id" = Option<i64>, Query, description = "next_before_id of the page before"),
        ("page_size" = Option<i64>, Query, description = "1 to 500; 50 if it is not given"),
    ),
    responses((status = 200, body = Events), (status = 400, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn audit(means: Data<Means>, request: HttpRequest) -> Answer {
    let known = ["client_id", "kind", "actor", "since", "until", "before_id", "page_size"];
    let query = Query::of(&request, &known)?;
    let text = |name: &str| query.text(name).map(str::to_owned);
    let before_id = query
        .text("before_id")
        .map(|id| id.parse().map_err(|_| Problem::invalid("before_id must be the id of an event.")))
        .transpose()?;
    let filter = EventFilter {
        client_id: text("client_id"),
        kind: text("kind").map(kind).transpose()?,
        actor: text("actor"),
        since: query.time("since")?,
        until: query.time("until")?,
        before_id,
    };
    Ok(answer(HttpResponse::Ok(), &insight::events(&means, filter, query.page_size()?).await?))
}

/// Verifies the hash chain of the audit log.
#[utoipa::path(get, path = "/admin/api/audit/verify", tag = "insight",
    params(("head" = Option<String>, Query, description = "head of an earlier verification: the log must still hold it")),
    responses((status = 200, body = Verification), (status = 400, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn verify(means: Data<Means>, request: HttpRequest) -> Answer {
    let query = Query::of(&request, &["head"])?;
    Ok(answer(HttpResponse::Ok(), &insight::verify(&means, query.text("head")).await?))
}

/// Sealed events of the audit log, oldest first, one a line.
#[utoipa::path(get, path = "/admin/api/audit/export", tag = "insight",
    params(
        ("format" = Option<String>, Query, description = "ndjson (if it is not given) or csv"),
        ("after" = Option<i64>, Query, description = "the last sequence of the page before; a page without events is the end"),
        ("page_size" = Option<i64>, Query, description = "1 to 500; 50 if it is not given"),
    ),
    responses(
        (status = 200, content((String = "application/x-ndjson"), (String = "text/csv"))),
        (status = 400, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn export(means: Data<Means>, request: HttpRequest) -> Answer {
    let query = Query::of(&request, &["format", "after", "page_size"])?;
    let (as_csv, kind) = match query.text("format") {
        None | Some("ndjson") => (false, "application/x-ndjson"),
        Some("csv") => (true, "text/csv; charset=utf-8"),
        Some(_) => return Err(Problem::invalid("format must be ndjson or csv.")),
    };
    let wrong = || Problem::invalid("after must be the sequence of an event.");
    let after = query.text("after").map_or(Ok(0), |after| after.parse().map_err(|_| wrong()))?;
    let text = insight::export(&means, after, query.page_size()?, as_csv).await?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, kind)).body(text))
}

/// Counts of reads and refusals, by minute, reason and network, the newest first.
#[utoipa::path(get, path = "/admin/api/audit/counts", tag = "insight",
    params(
        ("since" = Option<i64>, Query, description = "not before this second since 1970"),
        ("page_size" = Option<i64>, Query, description = "1 to 500; 50 if it is not given"),
    ),
    responses((status = 200, body = Counts), (status = 400, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn counts(means: Data<Means>, request: HttpRequest) -> Answer {
    let query = Query::of(&request, &["since", "page_size"])?;
    let since = query.time("since")?.unwrap_or_default();
    Ok(answer(HttpResponse::Ok(), &insight::counts(&means, since, query.page_size()?).await?))
}

/// A kind that there is: what nobody ever writes down is a slip, and no empty log.
fn kind(name: String) -> Result<String, Problem> {
    match EventKind::from_name(&name) {
        Some(_) => Ok(name),
        None => Err(Problem::invalid(format!("kind must be one of {}.", EventKind::names()))),
    }
}
