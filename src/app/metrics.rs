//! The listener for Prometheus, apart from the one for the world.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{App, HttpResponse, HttpServer, web};

use super::StartError;
use crate::telemetry;

/// How often histograms are tidied; without it they grow between two scrapes.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Serves `GET /metrics` there until the process ends.
pub fn serve(address: SocketAddr) -> Result<impl Future<Output = ()>, StartError> {
    let fault = |error: std::io::Error| {
        StartError::Listen(format!("cannot listen on {address} (metrics.listen): {error}"))
    };
    let listener = TcpListener::bind(address).map_err(fault)?;
    let prometheus = telemetry::install_metrics();
    let rendered = prometheus.clone();
    let server = HttpServer::new(move || {
        let prometheus = rendered.clone();
        App::new().route(
            "/metrics",
            web::get().to(move || {
                let text = prometheus.render();
                async move {
                    HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; version=0.0.4")).body(text)
                }
            }),
        )
    })
    .workers(1)
    .disable_signals()
    .listen(listener)
    .map_err(fault)?
    .run();
    Ok(async move {
        let upkeep = async {
            loop {
                tokio::time::sleep(UPKEEP_INTERVAL).await;
                prometheus.run_upkeep();
            }
        };
        tokio::select! {
            ended = server => if let Err(error) = ended { tracing::error!(%error, "the metrics listener ended") },
            () = upkeep => {}
        }
    })
}
