//! GET and POST /authorize. RFC 6749 §3.1.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::page::Visit;
use super::{body, peer};
use crate::flow::Failure;
use crate::flow::Means;
use crate::flow::authorize::{self, Progress};
use crate::protocol::authorization::refusal::{AuthorizationRefusal, PageReason};
use crate::protocol::params::Params;

/// An authorization request in the query.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let from = peer::address(&request, &means.config);
    match Params::parse_whole(request.query_string().as_bytes()) {
        Err(faulty) => {
            let session = visit.browser.session.as_ref();
            visit.fail(authorize::refuse_faulty(&means, &faulty, session).await)
        }
        Ok(params) => {
            visit.speak(params.get("ui_locales"), None);
            let progress = authorize::start(&means, params, &visit.browser, from).await;
            follow(&visit, progress)
        }
    }
}

/// An authorization request in a form. OpenID Connect Core §3.1.2.1. The browser sends no cookies with a form of another
/// site; it does with the redirect that follows.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let from = peer::address(&request, &means.config);
    let Ok(form) = body::form_bytes(&request, payload).await else { return visit.fail(unreadable()) };
    let params = match Params::parse_whole(&form) {
        Ok(params) => params,
        Err(faulty) => return visit.fail(authorize::refuse_faulty(&means, &faulty, None).await),
    };
    match authorize::start_by_post(&means, params, from).await {
        Err(failure) => visit.fail(failure),
        Ok(thread) => redirect_without_cookies(&visit, thread.expose()),
    }
}

/// No cookie is set: this answer goes to a request that could not show the one there may be.
fn redirect_without_cookies(visit: &Visit<'_>, thread: &str) -> HttpResponse {
    let location = visit.path(&format!("/consent?thread={thread}"));
    HttpResponse::SeeOther().insert_header((actix_web::http::header::LOCATION, location)).finish()
}

fn unreadable() -> Failure<AuthorizationRefusal> {
    let text = "the form could not be read".to_owned();
    Failure::Refused(AuthorizationRefusal::Page(PageReason::MalformedRequest(text)))
}

/// To the client, or to the page where a person is asked.
#[must_use]
pub fn follow(visit: &Visit<'_>, progress: Result<Progress, Failure<AuthorizationRefusal>>) -> HttpResponse {
    match progress {
        Err(failure) => visit.fail(failure),
        Ok(Progress::Answered(delivery)) => visit.deliver(delivery),
        Ok(Progress::SignIn { thread }) => visit.go(&format!("/login?thread={}", thread.expose())),
        Ok(Progress::Consent { thread }) => visit.go(&format!("/consent?thread={}", thread.expose())),
    }
}
