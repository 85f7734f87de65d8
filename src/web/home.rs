//! GET /: what a person sees who opens the issuer's address.

use actix_web::dev::ServiceResponse;
use actix_web::http::header::{ACCEPT, ALLOW};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::page::Visit;
use super::pages::HomePage;
use super::routes;
use crate::flow::Failure;
use crate::flow::{Means, log_out};

/// Who is signed in, and where machines find the metadata.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let session = match log_out::who(&means, visit.browser.session.clone()).await {
        Ok(session) => session,
        Err(Failure::Broken(error)) => return visit.broken(&error),
        Err(Failure::Refused(never)) => match never {},
    };
    visit.speak(None, session.as_ref().and_then(|session| session.user.locale.as_deref()));
    let page = HomePage {
        chrome: visit.chrome(),
        issuer: means.config.issuer.as_str().to_owned(),
        signed_in_as: session.map(|session| session.user.name),
        sign_in_href: visit.path("/login"),
        sign_out_href: visit.path("/logout"),
        metadata_href: visit.path("/.well-known/openid-configuration"),
    };
    visit.show_own(StatusCode::OK, &page, None)
}

/// Any other address.
pub async fn not_found(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    Visit::new(&means, &request).nothing_here()
}

/// The answer; or, to a person who opens an address that is there for forms alone, a page that says so. It keeps what it allows.
/// RFC 9110 §15.5.6. Programs get no page, and no cookie with it, where they are the ones who call.
pub fn told_to_people(answered: ServiceResponse) -> ServiceResponse {
    if answered.status() != StatusCode::METHOD_NOT_ALLOWED || !is_opened(answered.request()) {
        return answered;
    }
    let request = answered.request().clone();
    let Some(means) = request.app_data::<Data<Means>>() else { return answered };
    let route = routes::of_path(request.path(), means.config.issuer.path());
    if route.is_cross_origin || route.rule.is_api() {
        return answered;
    }
    let mut page = Visit::new(means, &request).nothing_here_with(StatusCode::METHOD_NOT_ALLOWED);
    for allowed in answered.headers().get_all(ALLOW) {
        page.headers_mut().append(ALLOW, allowed.clone());
    }
    answered.into_response(page)
}

/// Whether a browser asks for it, to show it.
fn is_opened(request: &HttpRequest) -> bool {
    let accepts = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    request.method() == Method::GET && accepts.contains("text/html")
}
