//! What every request passes: the span of its log lines, and one guard around its handler.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE,
    HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpResponse};
use futures_util::FutureExt as _;
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder};

use super::error::Counted;
use super::routes::{self, Route};
use super::{home, peer};
use crate::flow::Means;
use crate::protocol::server_metadata::paths::TOKEN;
use crate::telemetry;

/// The span of a request: its id, its method and its path. Queries hold codes and states and never get here.
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().copied();
        if let Some(id) = id {
            tracing::info_span!("request", request_id = %id, method = %request.method(), path = request.path())
        } else {
            tracing::info_span!("request", method = %request.method(), path = request.path())
        }
    }

    fn on_request_end<B: MessageBody>(_: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        match outcome {
            Ok(response) => tracing::debug!(status = response.status().as_u16(), "answered"),
            Err(error) => tracing::warn!(%error, "not answered"),
        }
    }
}

/// More than this is no honest request's. Security statement R15.
const MAX_HEADER_BYTES: usize = 32 * 1024;

/// Refuses oversized headers and plain requests where TLS is due, and puts the common headers on every answer.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let means = request.app_data::<Data<Means>>().cloned();
    let route =
        routes::of_path(request.path(), means.as_ref().map_or("", |means| means.config.issuer.path()));
    let id = request.extensions().get::<RequestId>().copied();
    let method = request.method().clone();
    let has_authorization = request.headers().contains_key(AUTHORIZATION);
    let is_oversized = header_bytes(request.headers()) > MAX_HEADER_BYTES;
    let needs_tls = means.as_ref().is_some_and(|means| !may_be_plain(&request, means, route));
    let mut response = if is_oversized {
        request.into_response(headers_refused())
    } else if needs_tls {
        request.into_response(plain_http_refused())
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    if let Some(means) = &means {
        count(means, route, &response);
    }
    let is_https = means.is_some_and(|means| means.config.issuer.is_https());
    if has_authorization && response.status() == StatusCode::UNAUTHORIZED {
        challenge(response.headers_mut());
    }
    add_headers(response.headers_mut(), route, is_https, id);
    telemetry::count_request(route.pattern, method.as_str(), response.status().as_u16(), began.elapsed());
    Ok(response)
}

/// Refusals, and reads of a registration, are no events of the audit log: they are counted. Security statement X05.
fn count(means: &Means, route: &'static Route, response: &ServiceResponse) {
    let refused = response.response().extensions().get::<Counted>().map(|counted| counted.0);
    let read = || {
        let is_read = response.request().method() == Method::GET && route.pattern == "/register/{client_id}";
        (is_read && response.status() == StatusCode::OK).then_some("read")
    };
    if let Some(what) = refused {
        telemetry::count_refusal(route.pattern, what);
    }
    if route.pattern == TOKEN && response.status() == StatusCode::OK {
        // Without the network that it came from: tokens are no refusals, and the rows would be too many.
        means.counts.add(route.pattern, "issued", None, means.clock.now());
    }
    if let Some(what) = refused.or_else(read) {
        let from = peer::address(response.request(), &means.config);
        means.counts.add(route.pattern, what, from, means.clock.now());
    }
}

/// A client that failed to authenticate by the header is told how to use it. RFC 6749 §5.2. One that used the body or
/// no secret is not: clients in the wild then report the challenge and never read `error`.
fn challenge(headers: &mut HeaderMap) {
    if !headers.contains_key(WWW_AUTHENTICATE) {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"grantor\""));
    }
}

/// With an https issuer, only a TLS connection or a trusted proxy that says https; health checks come from within.
/// RFC 7591 §5, security statement M08.
fn may_be_plain(request: &ServiceRequest, means: &Means, route: &Route) -> bool {
    if !means.config.issuer.is_https() || route.is_internal {
        return true;
    }
    let peer = request.peer_addr().map(|address| address.ip());
    peer::is_secure(request.app_config().secure(), peer, request.headers(), &means.config)
}

/// The size of all headers, names and values. RFC 6585 §5.
fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

fn headers_refused() -> HttpResponse {
    HttpResponse::build(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(r#"{"error":"invalid_request","error_description":"the headers are larger than 32 KiB"}"#)
}

fn plain_http_refused() -> HttpResponse {
    HttpResponse::build(StatusCode::FORBIDDEN).insert_header((CONTENT_TYPE, "application/json")).body(
        r#"{"error":"invalid_request","error_description":"this server answers https only; behind a proxy, the proxy must be one of trusted_proxies and send X-Forwarded-Proto: https"}"#,
    )
}

/// Turns a panic of a handler into a 500, so that it ends neither the connection nor the process. Security statement X07.
///
/// Around each resource and not around the application: the router must be the only owner of a request.
pub async fn catch(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let kept = request.request().clone();
    if let Ok(answered) = AssertUnwindSafe(next.call(request)).catch_unwind().await {
        return Ok(home::told_to_people(answered?.map_into_boxed_body()));
    }
    telemetry::count_panic();
    tracing::error!("a handler panicked");
    let body = r#"{"error":"server_error","error_description":"something broke here; the log has it under the request id"}"#;
    let response =
        HttpResponse::InternalServerError().insert_header((CONTENT_TYPE, "application/json")).body(body);
    Ok(ServiceResponse::new(kept, response))
}

fn add_headers(headers: &mut HeaderMap, route: &Route, is_https: bool, id: Option<RequestId>) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if is_https {
        let value = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, value);
    }
    if route.is_cross_origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        let exposed = HeaderValue::from_static("WWW-Authenticate, Retry-After, X-Request-Id");
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    if let Some(id) = id.and_then(|id| HeaderValue::try_from(id.to_string()).ok()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpResponse, test, web};

    use super::catch;
    use crate::telemetry;

    async fn fragile(path: web::Path<String>) -> HttpResponse {
        assert!(path.as_str() != "bad", "planted-secret");
        if path.as_str() == "worse" {
            actix_web::rt::task::yield_now().await;
            panic!("planted-secret");
        }
        HttpResponse::Ok().finish()
    }

    fn panics() -> u64 {
        let numbers = telemetry::install_metrics().render();
        let line = numbers.lines().find(|line| line.starts_with(telemetry::PANICS_TOTAL)).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// X07, R33: a panic of a handler is one 500 that says nothing of it, is counted, and the next request is served.
    #[actix_web::test]
    async fn a_panic_costs_one_request() {
        let resource = web::resource("/{path}").wrap(from_fn(catch)).route(web::get().to(fragile));
        let app = test::init_service(App::new().service(resource)).await;
        let before = panics();
        for (path, wanted) in [("/good", 200), ("/bad", 500), ("/good", 200), ("/worse", 500), ("/good", 200)]
        {
            let answer = test::call_service(&app, test::TestRequest::with_uri(path).to_request()).await;
            assert_eq!(answer.status(), StatusCode::from_u16(wanted).unwrap(), "{path}");
            let body = test::read_body(answer).await;
            let said = String::from_utf8(body.to_vec()).unwrap();
            assert!(!said.contains("planted-secret") && said.contains("server_error") == (wanted == 500));
        }
        assert_eq!(panics(), before + 2);
    }
}
