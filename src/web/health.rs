//! GET /healthz and /readyz: for those who restart servers and those who send requests to them.

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Data;

use crate::flow::Means;

/// Set once, when the server begins to shut down.
#[derive(Debug, Default)]
pub struct Leaving(AtomicBool);

impl Leaving {
    /// From now on the server is not ready.
    pub fn begin(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// The process lives.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; charset=utf-8")).body("ok\n")
}

/// The server can do its work: it is not shutting down, and the database answers.
pub async fn readyz(means: Data<Means>, leaving: Data<Leaving>) -> HttpResponse {
    let reason = if leaving.0.load(Ordering::SeqCst) {
        Some("shutting down\n")
    } else if means.database.ping().await.is_err() {
        Some("the database does not answer\n")
    } else {
        None
    };
    let mut response = if reason.is_some() { HttpResponse::ServiceUnavailable() } else { HttpResponse::Ok() };
    response.insert_header((CONTENT_TYPE, "text/plain; charset=utf-8")).body(reason.unwrap_or("ready\n"))
}
