//! The limit: a bare actix-web server that answers every request with one small JSON document.
//!
//! `scripts/bench` drives it with the same load generator as Grantor, in the same run, because no server built on
//! actix-web can be faster than this one on the same machine.
//! Usage: `hello PORT`.

use actix_web::{App, HttpResponse, HttpServer, web};

// As Grantor itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

async fn hello() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "message": "hello" }))
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|text| text.parse::<u16>().ok());
    let Some(port) = port else {
        return Err(std::io::Error::other("usage: hello PORT"));
    };
    HttpServer::new(|| App::new().route("/", web::get().to(hello)).route("/healthz", web::get().to(hello)))
        .workers(2)
        .bind(("127.0.0.1", port))?
        .run()
        .await
}
