//! The webhook gets every sealed event in order, signed, at least once, and nothing waits for it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use aws_lc_rs::hmac;
use grantor::flow::audit_webhook;
use grantor::storage::audit_chain::hexadecimal;
use serde_json::Value;

use super::{seal_all, sealed};
use crate::support::Server;

pub const SECRET: &str = "a webhook secret of enough characters";

/// A listener that keeps what it gets.
pub struct Receiver {
    pub url: String,
    state: Data<State>,
    server: actix_web::dev::ServerHandle,
}

struct State {
    status: AtomicU16,
    /// Signature and body of every request.
    requests: Mutex<Vec<(String, String)>>,
}

async fn take(request: HttpRequest, body: Bytes, state: Data<State>) -> HttpResponse {
    let signature = request.headers().get("grantor-signature").unwrap().to_str().unwrap().to_owned();
    assert_eq!(request.headers().get("content-type").unwrap(), "application/json");
    state.requests.lock().unwrap().push((signature, String::from_utf8(body.to_vec()).unwrap()));
    HttpResponse::build(StatusCode::from_u16(state.status.load(Ordering::Relaxed)).unwrap()).finish()
}

impl Receiver {
    pub fn start() -> Self {
        let state = Data::new(State { status: AtomicU16::new(204), requests: Mutex::default() });
        let shared = Data::clone(&state);
        let server = HttpServer::new(move || {
            let limit = web::PayloadConfig::new(1 << 20);
            App::new().app_data(Data::clone(&shared)).app_data(limit).default_service(web::to(take))
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
        let url = format!("http://127.0.0.1:{}/audit", server.addrs()[0].port());
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { url, state, server: handle }
    }

    fn answer(&self, status: u16) {
        self.state.status.store(status, Ordering::Relaxed);
    }

    /// The bodies of every request until now, and that each is signed.
    pub fn bodies(&self) -> Vec<String> {
        let requests = self.state.requests.lock().unwrap();
        for (signature, body) in requests.iter() {
            let (time, tag) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
            let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
            let expected = hmac::sign(&key, format!("{time}.{body}").as_bytes());
            assert_eq!(tag, hexadecimal(expected.as_ref()), "{body}");
        }
        requests.iter().map(|(_, body)| body.clone()).collect()
    }

    /// The events of every request until now, in the order in which they came.
    fn events(&self) -> Vec<Value> {
        let bodies = self.bodies();
        bodies.iter().flat_map(|body| serde_json::from_str::<Vec<Value>>(body).unwrap()).collect()
    }

    fn sequences(&self) -> Vec<i64> {
        self.events().iter().map(|event| event["sequence"].as_i64().unwrap()).collect()
    }
}

async fn server_for(receiver: &Receiver) -> Server {
    let settings = Server::with().set("GRANTOR_AUDIT__WEBHOOK__URL", &receiver.url);
    settings.set("GRANTOR_AUDIT__WEBHOOK__SECRET", SECRET).start().await
}

/// Waits until the receiver has seen so many events.
async fn until(receiver: &Receiver, server: &Server, events: usize) {
    server.until(|| receiver.events().len() >= events).await;
}

#[actix_web::test]
async fn every_sealed_event_arrives_once_in_order_and_signed() {
    let receiver = Receiver::start();
    let server = server_for(&receiver).await;
    let client = server.register_confidential().await;
    for _ in 0..4 {
        server.register_public().await;
    }
    seal_all(&server).await;
    let stored = sealed(&server).await;
    until(&receiver, &server, stored.len()).await;
    let expected: Vec<i64> = (1..=i64::try_from(stored.len()).unwrap()).collect();
    assert_eq!(receiver.sequences(), expected);
    let events = receiver.events();
    let registered = events.iter().find(|event| event["client_id"] == client.client_id.as_str()).unwrap();
    assert_eq!(registered["kind"], "client_registered");
    let secret = client.client_secret.as_deref().unwrap();
    assert!(receiver.bodies().iter().all(|body| !body.contains(secret)));
    // Nothing new: no request.
    let requests = receiver.bodies().len();
    assert_eq!(audit_webhook::deliver(server.means()).await.unwrap(), 0);
    assert_eq!(receiver.bodies().len(), requests);
    receiver.server.stop(false).await;
}

/// A receiver that is away holds up nothing, is asked again after a while and not before, and misses nothing.
#[actix_web::test]
async fn a_receiver_that_was_away_gets_everything_later() {
    let receiver = Receiver::start();
    receiver.answer(503);
    let server = server_for(&receiver).await;
    server.register_public().await;
    seal_all(&server).await;
    server.until(|| receiver.bodies().len() == 1).await;
    // The failure is noted after the answer.
    server
        .until(|| {
            server.number("SELECT count(*) AS number FROM server_state WHERE name = 'audit_webhook'") == 1
        })
        .await;
    assert!(!server.register_public().await.client_id.is_empty(), "registration goes on");
    seal_all(&server).await;
    assert_eq!(audit_webhook::deliver(server.means()).await.unwrap(), 0);
    assert_eq!(receiver.bodies().len(), 1, "not asked again before its time");
    receiver.answer(204);
    server.advance(30);
    let stored = sealed(&server).await.len();
    until(&receiver, &server, stored + receiver.events().len()).await;
    let mut sequences = receiver.sequences();
    sequences.sort_unstable();
    sequences.dedup();
    assert_eq!(sequences.len(), stored);
    receiver.server.stop(false).await;
}

/// R21: of two servers one delivers, and the other one takes over within half a minute.
#[actix_web::test]
async fn another_server_takes_over() {
    let receiver = Receiver::start();
    let mut one = server_for(&receiver).await;
    let other = one.twin().await;
    one.register_public().await;
    seal_all(&one).await;
    let stored = sealed(&one).await.len();
    until(&receiver, &one, stored).await;
    assert_eq!(receiver.events().len(), stored, "not from both");
    one.stop().await;
    other.register_public().await;
    seal_all(&other).await;
    other.advance(30);
    until(&receiver, &other, stored + 1).await;
    assert_eq!(receiver.events().len(), stored + 1);
    receiver.server.stop(false).await;
}
