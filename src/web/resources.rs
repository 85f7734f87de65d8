//! GET `/resources/{id}/metadata`: what a resource server has to serve, ready to be copied. RFC 9728.

use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, VARY};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::body;
use crate::flow::Means;
use crate::flow::administer::resources;

/// The document of RFC 9728 §2 as JSON; for `Accept: text/plain`, the header of RFC 9728 §5.1 with which the resource
/// server answers 401.
pub async fn metadata(means: Data<Means>, request: HttpRequest, id: Path<String>) -> HttpResponse {
    let Some(resource) = resources::published(&means, &id) else {
        return HttpResponse::NotFound()
            .insert_header((CONTENT_TYPE, "application/json"))
            .body(r#"{"error":"not_found","error_description":"there is no such resource"}"#);
    };
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "public, max-age=60")).insert_header((VARY, "Accept"));
    match resource.www_authenticate {
        Some(challenge) if accept.trim().starts_with("text/plain") => response
            .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
            .body(format!("WWW-Authenticate: {challenge}\n")),
        _ => response
            .insert_header((CONTENT_TYPE, "application/json"))
            .body(body::json(&resource.protected_resource_metadata)),
    }
}
