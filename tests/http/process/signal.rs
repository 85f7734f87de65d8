//! R25: told to stop under load.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Process;
use crate::support::Registered;

/// R25: a load balancer sees /readyz turn 503 and sends nobody any more; nobody who was sent before is let down.
#[actix_web::test]
async fn sigterm_under_load_aborts_no_request() {
    let mut process = Process::start(Vec::new()).await;
    let machine = process.register_machine().await;
    let (away, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let clients = join_all((0..8).map(|_| async {
        while !away.load(Ordering::SeqCst) {
            let answer = process.server.token(&machine, &[("grant_type", "client_credentials")]).await;
            assert_eq!(answer.status(), 200);
            answer.text().await.unwrap();
            answered.fetch_add(1, Ordering::SeqCst);
        }
    }));
    let balancer = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        process.terminate();
        loop {
            match process.readiness().await {
                Some(200) => tokio::time::sleep(Duration::from_millis(10)).await,
                Some(503) => break,
                other => panic!("/readyz answered {other:?} before it ever was 503"),
            }
        }
        away.store(true, Ordering::SeqCst);
    };
    futures_util::future::join(clients, balancer).await;
    assert!(answered.load(Ordering::SeqCst) > 8, "there was no load");
    assert_eq!(process.exit_code().await, Some(0), "{}", process.log());
}

/// R25: a request that is on its way when the signal comes is answered, new connections are refused, and the exit code
/// is 0.
#[actix_web::test]
async fn a_request_in_flight_is_finished() {
    let mut process = Process::start(Vec::new()).await;
    let machine = process.register_machine().await;
    let port = url::Url::parse(&process.server.address).unwrap().port().unwrap();
    let (begin, rest) = token_request(&machine);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(begin.as_bytes()).await.unwrap();
    // Answered after what was sent before it was read.
    assert_eq!(process.readiness().await, Some(200));
    process.terminate();
    let mut refused = false;
    for _ in 0..400 {
        if TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            refused = true;
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(refused, "new connections are still taken");
    stream.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(30), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("access_token"), "{answer}");
    assert_eq!(process.exit_code().await, Some(0), "{}", process.log());
}

/// The head with half of the body, and the other half.
fn token_request(machine: &Registered) -> (String, String) {
    let body = "grant_type=client_credentials";
    let (first, second) = body.split_at(10);
    let head = format!(
        "POST /token HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n",
        crate::support::basic(machine),
        body.len()
    );
    (format!("{head}{first}"), second.to_owned())
}
