//! The back channel of clients: a listener that keeps what it is told.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Path};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde::Deserialize;
use serde_json::Value;

use crate::support::{Server, parts, verified};

#[derive(Deserialize)]
struct Told {
    logout_token: String,
}

pub struct Receiver {
    port: u16,
    state: Data<State>,
    server: actix_web::dev::ServerHandle,
}

struct State {
    status: AtomicU16,
    /// Path and logout token of every request.
    requests: Mutex<Vec<(String, String)>>,
}

async fn take(
    request: HttpRequest,
    path: Path<String>,
    form: Form<Told>,
    state: Data<State>,
) -> HttpResponse {
    assert_eq!(request.method(), "POST");
    state.requests.lock().unwrap().push((path.into_inner(), form.into_inner().logout_token));
    let status = StatusCode::from_u16(state.status.load(Ordering::Relaxed)).unwrap();
    let mut answer = HttpResponse::build(status);
    if status.is_redirection() {
        answer.insert_header(("location", "/elsewhere"));
    }
    answer.finish()
}

impl Receiver {
    pub fn start() -> Self {
        let state = Data::new(State { status: AtomicU16::new(200), requests: Mutex::default() });
        let shared = Data::clone(&state);
        let server = HttpServer::new(move || {
            App::new().app_data(Data::clone(&shared)).route("/{path}", web::to(take))
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
        let port = server.addrs()[0].port();
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { port, state, server: handle }
    }

    /// A `backchannel_logout_uri`.
    pub fn uri(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// The setting that lets a server on loopback ask this listener.
    pub fn ports(&self) -> String {
        self.port.to_string()
    }

    /// A server that may ask this listener.
    pub async fn server(&self) -> Server {
        let server = Server::with().set("GRANTOR_OUTBOUND__PORTS", &self.ports()).start().await;
        server.add_user("ada").await;
        server
    }

    /// Answers with this status from now on.
    pub fn answer(&self, status: u16) {
        self.state.status.store(status, Ordering::Relaxed);
    }

    /// Path and token of every request until now.
    pub fn requests(&self) -> Vec<(String, String)> {
        self.state.requests.lock().unwrap().clone()
    }

    /// The paths of every request until now, sorted.
    pub fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.requests().into_iter().map(|(path, _)| path).collect();
        paths.sort();
        paths
    }

    /// Header and verified claims of the request at this place, once it is there.
    pub async fn token(&self, server: &Server, at: usize) -> (Value, Value) {
        server.until(|| self.requests().len() > at).await;
        let (_, token) = self.requests().swap_remove(at);
        (parts(&token).0, verified(&token, &server.jwks().await).unwrap())
    }

    /// Waits longer than a server takes to look.
    pub async fn rest(&self) {
        tokio::time::sleep(std::time::Duration::from_millis(900)).await;
    }

    pub async fn stop(self) {
        self.server.stop(false).await;
    }
}
