//! A disk that is full, and a lock that another process holds. SQLite only: PostgreSQL keeps its own files.

use std::process::Command;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use futures_util::future::join_all;
use serde_json::json;

use super::Process;
use crate::support::{on_postgres, tokens};

/// Lets the process write files of so many bytes and no more: to SQLite, what is beyond is a disk that fails.
fn limit(process: &Process, bytes: &str) {
    let id = process.id().to_string();
    let limit = format!("--fsize={bytes}:unlimited");
    assert!(Command::new("prlimit").args(["--pid", &id, &limit]).status().unwrap().success());
}

/// R04, R05: without room, writes are 503 with Retry-After, reads go on, /readyz is 503; with room again, everything works
/// without a restart, and nothing half was kept.
#[actix_web::test]
async fn without_room_reads_go_on_and_with_room_everything_does() {
    if on_postgres() {
        return;
    }
    let mut process = Process::prepare(Vec::new());
    // The signal that goes with the limit is ignored, as the kernel sends none for a full disk.
    process.wrapper = ["bash", "-c", "trap '' XFSZ; exec \"$@\"", "bash"].map(str::to_owned).to_vec();
    process.launch().await;
    let server = &process.server;
    let machine = process.register_machine().await;
    let issued = server.machine_token(&machine).await;
    let metadata = json!({"redirect_uris": ["https://client.example/cb"]});

    limit(&process, "400000");
    let mut acknowledged = Vec::new();
    let refused = loop {
        let answer = server.post_registration(&metadata).await;
        if answer.status() != 201 {
            break answer;
        }
        acknowledged.push(crate::support::registered(answer).await);
        assert!(acknowledged.len() < 2000, "the limit is never reached");
    };
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    let said = refused.text().await.unwrap();
    assert!(
        said.contains("temporarily_unavailable") && !said.contains("disk") && !said.contains("I/O"),
        "{said}"
    );

    // From here on not one byte, and none for the log file either.
    limit(&process, "1");
    assert_eq!(server.token(&machine, &[("grant_type", "client_credentials")]).await.status(), 503);
    assert_eq!(server.revoke(&machine, &issued.access_token).await.status(), 503, "no 200 for a revocation");
    assert_eq!(process.readiness().await, Some(503));
    for path in ["/healthz", "/jwks.json", "/.well-known/openid-configuration"] {
        assert_eq!(server.http.get(server.url(path)).send().await.unwrap().status(), 200, "{path}");
    }
    assert_eq!(server.introspect(&machine, &issued.access_token).await["active"], true);

    limit(&process, "unlimited");
    let begun = Instant::now();
    while process.readiness().await != Some(200) {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not recover: {}", process.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(server.post_registration(&metadata).await.status(), 201);
    assert_eq!(server.revoke(&machine, &issued.access_token).await.status(), 200);
    for client in &acknowledged {
        assert_eq!(server.read_registration(client).await.status(), 200, "an acknowledged client is lost");
    }
    // The machine, those, and the one after.
    assert_eq!(
        server.database.count("SELECT count(*) AS n FROM clients"),
        i64::try_from(acknowledged.len()).unwrap() + 2
    );
    assert!(!process.log().contains("panicked"), "{}", process.log());
}

/// R10: another process holds the write lock again and again, each time for a second: no client notices more than the wait.
#[actix_web::test]
async fn a_lock_of_another_process_is_waited_for() {
    if on_postgres() {
        return;
    }
    let process = Process::start(Vec::new()).await;
    let machine = process.register_machine().await;
    let file = process.server.database.url.strip_prefix("sqlite://").unwrap().to_owned();
    let (done, over) = std::sync::mpsc::channel::<()>();
    let holder = std::thread::spawn(move || {
        let mut conn = SqliteConnection::establish(&file).unwrap();
        conn.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
        for _ in 0..3 {
            conn.batch_execute("BEGIN IMMEDIATE").unwrap();
            std::thread::sleep(Duration::from_secs(1));
            conn.batch_execute("ROLLBACK").unwrap();
            std::thread::sleep(Duration::from_millis(100));
        }
        drop(done);
    });
    while over.try_recv() != Err(std::sync::mpsc::TryRecvError::Disconnected) {
        let server = &process.server;
        join_all((0..8).map(|_| async {
            let issued = server.token(&machine, &[("grant_type", "client_credentials")]).await;
            let issued = tokens(issued).await;
            assert_eq!(server.introspect(&machine, &issued.access_token).await["active"], true);
        }))
        .await;
    }
    holder.join().unwrap();
}
