//! GET /: what a person sees who opens the issuer's address.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::page::Visit;
use super::pages::HomePage;
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
