//! RFC 7523 §3, T24, CVE row 34: the `jti` of an assertion is good once.

use futures_util::future::join_all;
use serde_json::json;

use super::{ENDPOINTS, ask, by_secret, claims, good, is_let_in, register, signed, spent, with_key};
use crate::support::{ClientKey, Server};

/// T24, R20: at every endpoint, on every server, after a restart, and for as long as the assertion could live, leeway and all.
#[actix_web::test]
async fn an_assertion_is_good_once() {
    let mut server = Server::start().await;
    let mut twin = server.twin().await;
    let key = ClientKey::es256();
    let client = with_key(&server, &key).await;
    let assertion = good(&server, &client, &key, "once");
    assert!(is_let_in(&server, "/token", &assertion).await);
    for path in ENDPOINTS {
        let (status, body) = ask(&server, path, &assertion, &[]).await;
        assert_eq!((status, &body["error"]), (401, &json!("invalid_client")), "{path}");
        assert!(!is_let_in(&twin, path, &assertion).await, "{path} on another server");
    }
    let mut longer = claims(&server, &client, "once");
    longer["exp"] = json!(server.clock.now() + 3_000);
    assert!(!is_let_in(&server, "/token", &signed(&key, &longer)).await, "the same jti in another assertion");
    twin.stop().await;
    server.restart().await;
    assert!(!is_let_in(&server, "/token", &assertion).await, "after a restart");
    server.advance(89);
    grantor::flow::sweep::sweep(server.means()).await.unwrap();
    assert!(!is_let_in(&server, "/token", &assertion).await, "within the leeway");
    assert_eq!(spent(&server), 1);
    // R13: another server's clock may be behind by as much again.
    server.advance(30);
    grantor::flow::sweep::sweep(server.means()).await.unwrap();
    assert_eq!(spent(&server), 1);
    server.advance(1);
    grantor::flow::sweep::sweep(server.means()).await.unwrap();
    assert_eq!(spent(&server), 0);
    assert!(!is_let_in(&server, "/token", &assertion).await, "it is dead by itself");
}

/// T24: the same id of another client is another id.
#[actix_web::test]
async fn an_id_is_one_clients_own() {
    let server = Server::start().await;
    let key = ClientKey::es256();
    for client in [with_key(&server, &key).await, with_key(&server, &key).await] {
        assert!(is_let_in(&server, "/revoke", &good(&server, &client, &key, "shared")).await);
    }
}

/// Engine rule 1: a request that is refused for anything else has spent it all the same.
#[actix_web::test]
async fn a_refused_request_gives_nothing_back() {
    let server = Server::start().await;
    let key = ClientKey::es256();
    let client = with_key(&server, &key).await;
    let assertion = good(&server, &client, &key, "one");
    let (status, body) = ask(&server, "/token", &assertion, &[]).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")));
    assert_eq!(ask(&server, "/token", &assertion, &[]).await.0, 401);
    assert_eq!(spent(&server), 1);
}

/// T24, R20: of 32 at once with one assertion, over two servers, one is let in.
#[actix_web::test]
async fn of_32_at_once_one_is_let_in() {
    let server = Server::start().await;
    let mut twin = server.twin().await;
    let key = ClientKey::es256();
    let client = with_key(&server, &key).await;
    let shared = register(&server, "client_secret_jwt", json!({})).await;
    let secret = shared.client_secret.as_deref().unwrap();
    for assertion in
        [good(&server, &client, &key, "race"), by_secret(secret, &claims(&server, &shared, "race"))]
    {
        let tries = (0..32).map(|n| {
            let (at, assertion) = (if n % 2 == 0 { &server } else { &twin }, &assertion);
            async move { ask(at, "/revoke", assertion, &[]).await.0 }
        });
        let answers = join_all(tries).await;
        assert!(answers.iter().all(|status| [200, 401, 429].contains(status)), "{answers:?}");
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    }
    twin.stop().await;
}

/// 32 assertions of one client at once are 32 authentications.
#[actix_web::test]
async fn different_ids_do_not_stand_in_each_others_way() {
    let server = Server::start().await;
    let key = ClientKey::ed25519();
    let client = with_key(&server, &key).await;
    let tries = (0..32).map(|n| {
        let assertion = good(&server, &client, &key, &n.to_string());
        let server = &server;
        async move { is_let_in(server, "/revoke", &assertion).await }
    });
    assert!(join_all(tries).await.into_iter().all(|let_in| let_in));
    assert_eq!(spent(&server), 32);
}
