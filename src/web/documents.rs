//! Documents served from memory: metadata, JWKS, static files.

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::assets;
use crate::flow::Means;
use crate::flow::settings::Document;

/// `/.well-known/oauth-authorization-server`. RFC 8414 §3.
pub async fn authorization_server_metadata(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    serve(&means, &request, &means.published().authorization_server_metadata)
}

/// `/.well-known/openid-configuration`. OpenID Connect Discovery 1.0 §4.
pub async fn openid_configuration(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    serve(&means, &request, &means.published().openid_configuration)
}

/// `/jwks.json`. RFC 7517 §5.
pub async fn jwks(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    serve(&means, &request, &means.published().jwks)
}

fn serve(means: &Means, request: &HttpRequest, document: &Document) -> HttpResponse {
    let max_age = format!("public, max-age={}", means.config.keys.jwks_max_age);
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|tags| names(tags, &document.etag)) {
        return HttpResponse::NotModified()
            .insert_header((ETAG, document.etag.as_str()))
            .insert_header((CACHE_CONTROL, max_age))
            .finish();
    }
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, max_age))
        .insert_header((ETAG, document.etag.as_str()))
        .body(document.body.clone())
}

/// RFC 9110 §13.1.2: weak comparison.
fn names(tags: &str, etag: &str) -> bool {
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// `/static/{file}`: built in or of the operator, and cached for ever because its address changes with it.
pub async fn asset(means: Data<Means>, path: Path<String>) -> HttpResponse {
    let branding = &means.config.branding;
    let own = match path.as_str() {
        "brand.css" => branding.style_sheet().map(|sheet| ("text/css; charset=utf-8", Bytes::from(sheet))),
        "brand.png" => branding.logo.as_ref().map(|logo| ("image/png", Bytes::copy_from_slice(&logo.png))),
        file => assets::find(&format!("/static/{file}"))
            .map(|asset| (asset.content_type, Bytes::from_static(asset.bytes))),
    };
    match own {
        None => HttpResponse::NotFound().finish(),
        Some((content_type, bytes)) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, content_type))
            .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .insert_header(("Cross-Origin-Resource-Policy", "same-origin"))
            .body(bytes),
    }
}

/// The answer to a browser that asks before a cross-origin request. Only endpoints that take no cookie are open so.
pub async fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header(("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE"))
        .insert_header(("Access-Control-Allow-Headers", "Authorization, Content-Type, MCP-Protocol-Version"))
        .insert_header(("Access-Control-Max-Age", "600"))
        .finish()
}
