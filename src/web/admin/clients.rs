//! `/admin/api/clients`.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::answer;
use super::authorize::By;
use super::problem::{Problem, ProblemDetails};
use super::request::{self, Query};
use crate::flow::administer::apply::{self, Applied, Document, Existing};
use crate::flow::administer::clients::{
    self, ClientDetails, ClientPage, ClientWithSecret, Filter, Removal, State,
};
use crate::flow::administer::lifecycle::{
    self, NewRegistrationAccessToken, NewSecret, RestoredClient, Sweep,
};
use crate::flow::{Means, Source};

/// What a handler ends with.
pub type Answer = Result<HttpResponse, Problem>;

/// A client to make, or what an existing one shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientRequest {
    /// Client metadata. RFC 7591 §2.
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
}

/// Why a client is switched off.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisableRequest {
    /// One line, for other operators.
    #[serde(default)]
    reason: Option<String>,
}

/// What became of the clients of a document.
#[derive(Serialize, ToSchema)]
pub struct Imported {
    /// `false` = nothing was done yet.
    is_done: bool,
    clients: Vec<Applied>,
}

/// The largest file of clients, in bytes.
const MAX_IMPORT: usize = 4 * 1024 * 1024;
/// A year.
const MAX_OVERLAP: i64 = 365 * 86_400;

const FILTERS: [&str; 10] = [
    "source",
    "state",
    "used_before",
    "used_after",
    "never_used",
    "redirect_host",
    "product",
    "text",
    "page_size",
    "page_token",
];

/// Clients, newest first, a page at a time.
#[utoipa::path(get, path = "/admin/api/clients", tag = "clients",
    params(
        ("source" = Option<String>, Query, description = "operator, dynamic, initial_access_token, user or document"),
        ("state" = Option<String>, Query, description = "pending, active, disabled, verified or unverified"),
        ("used_before" = Option<i64>, Query, description = "last used before this second since 1970"),
        ("used_after" = Option<i64>, Query, description = "last used at this second since 1970 or later"),
        ("never_used" = Option<bool>, Query, description = "true = only those that were never used"),
        ("redirect_host" = Option<String>, Query, description = "one of its redirect hosts, exactly"),
        ("product" = Option<String>, Query, description = "what the client calls itself, exactly as listed"),
        ("text" = Option<String>, Query, description = "part of the name or of the client_id"),
        ("page_size" = Option<i64>, Query, description = "1 to 500; 50 if it is not given"),
        ("page_token" = Option<String>, Query, description = "next_page_token of the page before"),
    ),
    responses((status = 200, body = ClientPage), (status = 400, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn list(means: Data<Means>, request: HttpRequest) -> Answer {
    let query = Query::of(&request, &FILTERS)?;
    let (size, filter) = (query.page_size()?, filter(&query)?);
    let page = clients::list(&means, filter, size, query.text("page_token")).await?;
    Ok(answer(HttpResponse::Ok(), &page))
}

fn source(query: &Query) -> Result<Option<Source>, Problem> {
    let Some(name) = query.text("source") else { return Ok(None) };
    let names = || Source::ALL.map(Source::as_str).join(", ");
    let wrong = || Problem::invalid(format!("source must be one of {}.", names()));
    Source::from_name(name).map(Some).ok_or_else(wrong)
}

fn filter(query: &Query) -> Result<Filter, Problem> {
    let source = source(query)?;
    let (state, is_verified) = match query.text("state") {
        None => (None, None),
        Some("pending") => (Some(State::Pending), None),
        Some("active") => (Some(State::Active), None),
        Some("disabled") => (Some(State::Disabled), None),
        Some("verified") => (None, Some(true)),
        Some("unverified") => (None, Some(false)),
        Some(_) => {
            return Err(Problem::invalid(
                "state must be one of pending, active, disabled, verified, unverified.",
            ));
        }
    };
    Ok(Filter {
        source,
        state,
        is_verified,
        used_before: query.time("used_before")?,
        used_after: query.time("used_after")?,
        is_never_used: query.flag("never_used")?.unwrap_or_default(),
        redirect_host: query.text("redirect_host").map(str::to_owned),
        product: query.text("product").map(str::to_owned),
        text: query.text("text").map(str::to_owned),
        before_key: None,
    })
}

/// Makes a client.
#[utoipa::path(post, path = "/admin/api/clients", tag = "clients", request_body = ClientRequest,
    responses((status = 201, body = ClientWithSecret), (status = 400, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn create(means: Data<Means>, by: By, request: HttpRequest, payload: Payload) -> Answer {
    let ClientRequest { metadata } = request::read(&request, payload).await?;
    let client = clients::create(&means, metadata, by.0).await?;
    Ok(answer(HttpResponse::Created(), &client))
}

/// A client, and how much hangs on it.
#[utoipa::path(get, path = "/admin/api/clients/{client_id}", tag = "clients",
    params(("client_id" = String, Path, description = "percent-encoded as one segment")),
    responses((status = 200, body = ClientDetails), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn show(means: Data<Means>, client_id: Path<String>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &clients::show(&means, client_id.into_inner()).await?))
}

/// Replaces the metadata of a client; omitted members go back to their defaults.
#[utoipa::path(put, path = "/admin/api/clients/{client_id}", tag = "clients", request_body = ClientRequest,
    params(("client_id" = String, Path, description = "percent-encoded as one segment")),
    responses((status = 200, body = ClientWithSecret), (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn replace(
    means: Data<Means>,
    by: By,
    client_id: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    let ClientRequest { metadata } = request::read(&request, payload).await?;
    let client = clients::replace(&means, client_id.into_inner(), metadata, by.0).await?;
    Ok(answer(HttpResponse::Ok(), &client))
}

/// Removes a client with everything that hangs on it, or says what would go.
#[utoipa::path(delete, path = "/admin/api/clients/{client_id}", tag = "clients",
    params(("client_id" = String, Path, description = "percent-encoded as one segment"),
        ("dry_run" = Option<bool>, Query, description = "true = nothing is done")),
    responses((status = 200, body = Removal), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn remove(
    means: Data<Means>,
    by: By,
    client_id: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    request::nothing(&request, payload).await?;
    let is_dry = Query::of(&request, &["dry_run"])?.flag("dry_run")?.unwrap_or_default();
    let client_id = client_id.into_inner();
    let removal = if is_dry {
        clients::preview_removal(&means, client_id).await?
    } else {
        clients::remove(&means, client_id, by.0).await?
    };
    Ok(answer(HttpResponse::Ok(), &removal))
}

/// Switches a client off.
#[utoipa::path(post, path = "/admin/api/clients/{client_id}/disable", tag = "clients", request_body = DisableRequest,
    params(("client_id" = String, Path, description = "percent-encoded as one segment")),
    responses((status = 200, body = ClientDetails), (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn disable(
    means: Data<Means>,
    by: By,
    client_id: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    let DisableRequest { reason } = request::read(&request, payload).await?;
    let client = clients::disable(&means, client_id.into_inner(), reason, by.0).await?;
    Ok(answer(HttpResponse::Ok(), &client))
}

/// The clients of a door as a document, which can be imported; never a secret.
#[utoipa::path(get, path = "/admin/api/clients/export", tag = "clients",
    params(("source" = Option<String>, Query, description = "operator, dynamic, initial_access_token or user; operator if it is not given")),
    responses((status = 200, body = Document), (status = 400, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn export(means: Data<Means>, request: HttpRequest) -> Answer {
    let source = source(&Query::of(&request, &["source"])?)?.unwrap_or(Source::Operator);
    Ok(answer(HttpResponse::Ok(), &apply::export(&means, source).await?))
}

/// Brings the clients of a document in: all of them, or none.
#[utoipa::path(post, path = "/admin/api/clients/import", tag = "clients", request_body = Document,
    params(
        ("existing" = Option<String>, Query, description = "what to do if a client is there: refuse (if it is not given), or change those that operators made"),
        ("dry_run" = Option<bool>, Query, description = "true = nothing is done"),
    ),
    responses((status = 200, body = Imported), (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn import(means: Data<Means>, by: By, request: HttpRequest, payload: Payload) -> Answer {
    let query = Query::of(&request, &["existing", "dry_run"])?;
    let is_dry = query.flag("dry_run")?.unwrap_or_default();
    let existing = match query.text("existing") {
        None | Some("refuse") => Existing::Refuse,
        Some("change") => Existing::Change,
        Some(_) => return Err(Problem::invalid("existing must be refuse or change.")),
    };
    let document: Document = request::parse(&request::object_up_to(MAX_IMPORT, &request, payload).await?)?;
    let clients = apply::apply(&means, &document, existing, is_dry, by.0).await?;
    Ok(answer(HttpResponse::Ok(), &Imported { is_done: !is_dry, clients }))
}

/// Removes the clients that nobody uses, or says which.
#[utoipa::path(post, path = "/admin/api/clients/sweep", tag = "clients",
    params(("dry_run" = Option<bool>, Query, description = "true = nothing is done")),
    responses((status = 200, body = Sweep), (status = 400, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn sweep(means: Data<Means>, by: By, request: HttpRequest, payload: Payload) -> Answer {
    request::nothing(&request, payload).await?;
    let is_dry = Query::of(&request, &["dry_run"])?.flag("dry_run")?.unwrap_or_default();
    let swept = if is_dry {
        lifecycle::preview_sweep(&means).await?
    } else {
        lifecycle::sweep(&means, &by.0).await?
    };
    Ok(answer(HttpResponse::Ok(), &swept))
}

/// Lets a pending client work.
#[utoipa::path(post, path = "/admin/api/clients/{client_id}/approve", tag = "clients",
    params(("client_id" = String, Path, description = "percent-encoded as one segment")),
    responses((status = 200, body = ClientDetails), (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn approve(means: Data<Means>, by: By, client_id: Path<String>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &lifecycle::approve(&means, client_id.into_inner(), by.0).await?))
}

/// Undoes the removal of a client.
#[utoipa::path(post, path = "/admin/api/clients/{client_id}/restore", tag = "clients",
    params(("client_id" = String, Path, description = "percent-encoded as one segment")),
    responses((status = 200, body = RestoredClient), (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn restore(means: Data<Means>, by: By, client_id: Path<String>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &lifecycle::restore(&means, client_id.into_inner(), by.0).await?))
}

/// Gives a client a new secret.
#[utoipa::path(post, path = "/admin/api/clients/{client_id}/secret", tag = "clients",
    params(("client_id" = String, Path, description = "percent-encoded as one segment"),
        ("overlap" = Option<i64>, Query, description = "seconds for which the old one works on; as the settings say if it is not given")),
    responses((status = 200, body = NewSecret), (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn rotate_secret(
    means: Data<Means>,
    by: By,
    client_id: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    request::nothing(&request, payload).await?;
    let overlap = Query::of(&request, &["overlap"])?.seconds("overlap", MAX_OVERLAP)?;
    let secret = lifecycle::rotate_secret(&means, client_id.into_inner(), overlap, by.0).await?;
    Ok(answer(HttpResponse::Ok(), &secret))
}

/// Gives a client a new registration access token; all before it are dead.
#[utoipa::path(post, path = "/admin/api/clients/{client_id}/registration-access-token", tag = "clients",
    params(("client_id" = String, Path, description = "percent-encoded as one segment")),
    responses((status = 200, body = NewRegistrationAccessToken), (status = 404, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn recover(means: Data<Means>, by: By, client_id: Path<String>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &lifecycle::recover(&means, client_id.into_inner(), by.0).await?))
}

/// Switches a client on again.
#[utoipa::path(post, path = "/admin/api/clients/{client_id}/enable", tag = "clients",
    params(("client_id" = String, Path, description = "percent-encoded as one segment")),
    responses((status = 200, body = ClientDetails), (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json")))]
pub async fn enable(means: Data<Means>, by: By, client_id: Path<String>) -> Answer {
    Ok(answer(HttpResponse::Ok(), &clients::enable(&means, client_id.into_inner(), by.0).await?))
}
