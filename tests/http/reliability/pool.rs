//! R09: more clients than connections.

use std::time::Duration;

use futures_util::future::join_all;
use grantor::storage::Failure;
use reqwest::Response;

use crate::support::{Server, basic};

async fn check(answer: Response) -> bool {
    let status = answer.status().as_u16();
    if status == 503 {
        assert!(answer.headers().contains_key("retry-after"), "503 without Retry-After");
        assert!(answer.text().await.unwrap().contains("temporarily_unavailable"));
        return false;
    }
    assert_eq!(status, 200);
    true
}

/// R09: 200 clients on one connection get 200 or 503 with Retry-After, and the health checks do not notice.
#[actix_web::test]
async fn two_hundred_clients_share_one_connection() {
    let server =
        Server::with().set("GRANTOR_DATABASE__POOL_SIZE", "1").set("GRANTOR_WORKERS", "4").start().await;
    let machine = server.register_machine().await;
    let token = server.machine_token(&machine).await;
    let introspection = async || {
        let request = server.http.post(server.url("/introspect")).header("authorization", basic(&machine));
        check(request.form(&[("token", &token.access_token)]).send().await.unwrap()).await
    };
    let issue = async || check(server.token(&machine, &[("grant_type", "client_credentials")]).await).await;
    let clients = join_all((0..200).map(|number| {
        let (introspection, issue) = (&introspection, &issue);
        async move { if number % 2 == 0 { introspection().await } else { issue().await } }
    }));
    let health = async {
        for path in ["/healthz", "/readyz", "/jwks.json"].iter().cycle().take(30) {
            let answer = server.http.get(server.url(path)).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}: {}", answer.text().await.unwrap());
        }
    };
    let (answered, ()) = futures_util::future::join(clients, health).await;
    assert!(answered.contains(&true), "somebody is served");
    assert!(check(server.token(&machine, &[("grant_type", "client_credentials")]).await).await);
}

/// R09: while the only connection is in use, a request is turned away in about half a second, not kept for ever, and the
/// process says that it lives.
#[actix_web::test]
async fn who_finds_no_connection_is_told_to_come_back() {
    let server =
        Server::with().set("GRANTOR_DATABASE__POOL_SIZE", "1").set("GRANTOR_WORKERS", "2").start().await;
    let machine = server.register_machine().await;
    let token = server.machine_token(&machine).await;
    let database = server.means().database.clone();
    let (release, held) = std::sync::mpsc::channel::<()>();
    let holder = std::thread::spawn(move || {
        database.read_blocking(move |_| {
            // Ends at the latest with its sender.
            let _ = held.recv_timeout(Duration::from_secs(30));
            Ok::<_, Failure<()>>(())
        })
    });
    let request = server.http.post(server.url("/introspect")).header("authorization", basic(&machine));
    let mut turned_away = false;
    for _ in 0..20 {
        let attempt = request.try_clone().unwrap().form(&[("token", &token.access_token)]);
        if !check(attempt.send().await.unwrap()).await {
            turned_away = true;
            break;
        }
    }
    assert!(turned_away);
    assert_eq!(server.http.get(server.url("/healthz")).send().await.unwrap().status(), 200);
    release.send(()).unwrap();
    holder.join().unwrap().unwrap();
    let attempt = request.form(&[("token", &token.access_token)]);
    assert!(check(attempt.send().await.unwrap()).await, "and then served");
}
