//! RFC 7591 §2 `jwks_uri`: keys that stand behind an address. T24, section 1.8.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{good, is_let_in, put, register};
use crate::support::{Authority, ClientKey, Registered, Server, Stub, json_answer};

/// A client whose keys are at an address, and what is served there.
struct Site {
    server: Server,
    client: Registered,
    stub: Stub,
    served: Arc<Mutex<String>>,
    uri: String,
    _authority: Authority,
}

impl Site {
    async fn start(keys: &[&ClientKey]) -> Self {
        let authority = Authority::new();
        let text = Arc::new(Mutex::new(String::new()));
        let answer = Arc::clone(&text);
        let stub = Stub::start(&authority, Ipv4Addr::LOCALHOST, &["localhost"], move |_, out| {
            let answer = answer.lock().unwrap().clone();
            if answer == "hang" {
                std::thread::sleep(Duration::from_secs(20));
            }
            out.write_all(answer.as_bytes())
        });
        let server = Server::with()
            .set("GRANTOR_OUTBOUND__PORTS", &stub.port.to_string())
            .set("GRANTOR_OUTBOUND__CA_FILE", authority.file().to_str().unwrap())
            .start()
            .await;
        let uri = format!("https://localhost:{}/jwks.json", stub.port);
        let client = register(&server, "private_key_jwt", json!({"jwks_uri": uri})).await;
        let site = Self { server, client, stub, served: text, uri, _authority: authority };
        site.publish("Cache-Control: max-age=600\r\n", keys);
        site
    }

    fn publish(&self, headers: &str, keys: &[&ClientKey]) {
        let keys: Vec<&Value> = keys.iter().map(|key| &key.jwk).collect();
        *self.served.lock().unwrap() = json_answer(headers, &json!({ "keys": keys }).to_string());
    }

    fn answer(&self, text: &str) {
        text.clone_into(&mut self.served.lock().unwrap());
    }

    async fn lets_in(&self, key: &ClientKey) -> bool {
        let id = grantor::entropy::Entropy.identifier();
        is_let_in(&self.server, "/revoke", &good(&self.server, &self.client, key, &id)).await
    }
}

fn named(kid: &str) -> ClientKey {
    let mut key = ClientKey::es256();
    key.jwk["kid"] = json!(kid);
    key
}

/// The conformance plan's rotation, R18: a new kid at the same address is fetched at once, and the one that is gone is no good.
#[actix_web::test]
async fn a_client_rotates_its_keys() {
    let (old, new) = (named("1"), named("2"));
    let site = Site::start(&[&old]).await;
    assert_eq!(site.stub.connections(), 0, "a registration fetches nothing");
    assert!(site.lets_in(&old).await && site.lets_in(&old).await);
    assert_eq!(site.stub.connections(), 1);
    site.server.advance(10);
    site.publish("", &[&new]);
    assert!(site.lets_in(&new).await);
    assert_eq!(site.stub.connections(), 2);
    assert!(!site.lets_in(&old).await, "it stands there no more");
    assert_eq!(site.stub.connections(), 2);
    // With the same kid as well: what fails is asked for again.
    let same_name = named("2");
    site.server.advance(10);
    site.publish("", &[&same_name]);
    assert!(site.lets_in(&same_name).await && !site.lets_in(&new).await);
}

/// T24, 1.8: however many unknown kids come, the address is asked once in ten seconds, by all servers together and after a restart.
#[actix_web::test]
async fn unknown_kids_make_one_fetch_in_ten_seconds() {
    let key = named("1");
    let mut site = Site::start(&[&key]).await;
    let mut twin = site.server.twin().await;
    let tries = (0..16).map(|n| {
        let stranger = named(&format!("x{n}"));
        let at = if n % 2 == 0 { &site.server } else { &twin };
        let assertion = good(&site.server, &site.client, &stranger, "x");
        async move { is_let_in(at, "/revoke", &assertion).await }
    });
    assert!(join_all(tries).await.into_iter().all(|let_in| !let_in));
    assert_eq!(site.stub.connections(), 1);
    assert!(site.lets_in(&key).await, "nobody is locked out by it");
    twin.stop().await;
    site.server.restart().await;
    site.server.advance(9);
    assert!(!site.lets_in(&named("y")).await);
    assert_eq!(site.stub.connections(), 1);
    site.server.advance(1);
    assert!(!site.lets_in(&named("y")).await && !site.lets_in(&named("z")).await);
    assert_eq!(site.stub.connections(), 2);
}

/// 32 first requests at once, on two servers, make one fetch, and all are let in.
#[actix_web::test]
async fn first_requests_at_once_wait_for_one_fetch() {
    let key = named("1");
    let site = Site::start(&[&key]).await;
    let mut twin = site.server.twin().await;
    let tries = (0..32).map(|n| {
        let at = if n % 2 == 0 { &site.server } else { &twin };
        let assertion = good(&site.server, &site.client, &key, &n.to_string());
        async move { is_let_in(at, "/revoke", &assertion).await }
    });
    assert!(join_all(tries).await.into_iter().all(|let_in| let_in));
    assert_eq!(site.stub.connections(), 1);
    twin.stop().await;
}

/// RFC 9111 §4.2: the headers say how long, within bounds of ours.
#[actix_web::test]
async fn freshness_is_as_the_headers_say_within_bounds() {
    for (headers, fresh_for) in [
        ("Cache-Control: max-age=600\r\n", 600),
        ("Cache-Control: no-store\r\n", 60),
        ("Cache-Control: max-age=1000000\r\n", 3600),
        ("", 300),
    ] {
        let (old, new) = (named("1"), named("2"));
        let site = Site::start(&[]).await;
        site.publish(headers, &[&old]);
        assert!(site.lets_in(&old).await);
        site.publish(headers, &[&new]);
        site.server.advance(fresh_for - 1);
        assert!(site.lets_in(&old).await, "{headers}");
        site.server.advance(1);
        assert!(!site.lets_in(&old).await, "{headers}");
        assert_eq!(site.stub.connections(), 2, "{headers}");
    }
}

/// An address that is away locks nobody out until its keys are an hour old; one that says something else does at once.
#[actix_web::test]
async fn an_address_may_be_away_for_an_hour() {
    let key = named("1");
    let site = Site::start(&[&key]).await;
    assert!(site.lets_in(&key).await);
    site.answer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    for _ in 0..3 {
        site.server.advance(900);
        assert!(site.lets_in(&key).await && site.lets_in(&key).await);
    }
    site.server.advance(900);
    assert!(!site.lets_in(&key).await);
    site.publish("", &[&key]);
    site.server.advance(10);
    assert!(site.lets_in(&key).await);
    for gone in [
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        &json_answer("", "{\"keys\":1}"),
        &json_answer("", "[]"),
    ] {
        site.answer(gone);
        site.server.advance(3600);
        assert!(!site.lets_in(&key).await, "{gone}");
        site.publish("", &[&key]);
        site.server.advance(10);
        assert!(site.lets_in(&key).await);
    }
}

/// R29: an address that hangs is given up after five seconds, and the answer is a plain 401.
#[actix_web::test]
async fn an_address_that_hangs_is_given_up() {
    let key = named("1");
    let site = Site::start(&[&key]).await;
    site.answer("hang");
    let began = Instant::now();
    let answers = join_all((0..4).map(|_| site.lets_in(&key))).await;
    assert!(answers.into_iter().all(|let_in| !let_in));
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    assert_eq!(site.stub.connections(), 1);
}

/// Keys of the address that was registered before count no more, and the new address is asked at once.
#[actix_web::test]
async fn another_address_has_other_keys() {
    let (old, new) = (named("1"), named("1"));
    let site = Site::start(&[&old]).await;
    assert!(site.lets_in(&old).await);
    site.publish("", &[&new]);
    put(&site.server, &site.client, "private_key_jwt", &json!({"jwks_uri": format!("{}?2", site.uri)})).await;
    assert!(!site.lets_in(&old).await && site.lets_in(&new).await);
    assert_eq!(site.stub.connections(), 2);
}

/// 1.8, M07: nobody fetches anything for a client that is disabled or unknown, or by an assertion that cannot be good.
#[actix_web::test]
async fn nothing_is_fetched_for_what_cannot_be_good() {
    let key = named("1");
    let site = Site::start(&[&key]).await;
    let (server, client) = (&site.server, &site.client);
    let mut expired = super::claims(server, client, "x");
    expired["exp"] = json!(server.clock.now() - 60);
    assert!(!is_let_in(server, "/revoke", &super::signed(&key, &expired)).await);
    let unknown = Registered { client_id: "c-unknown".to_owned(), ..client.clone() };
    assert!(!is_let_in(server, "/revoke", &good(server, &unknown, &key, "x")).await);
    server.set_disabled(client, true);
    assert!(!site.lets_in(&key).await);
    assert_eq!(site.stub.connections(), 0);
    server.set_disabled(client, false);
    assert!(site.lets_in(&key).await);
    assert_eq!(site.stub.connections(), 1);
}

/// Two clients with one address have a row each, and both go with their client.
#[actix_web::test]
async fn kept_keys_go_with_their_client() {
    let key = named("1");
    let site = Site::start(&[&key]).await;
    assert!(site.lets_in(&key).await);
    assert_eq!(site.server.number("SELECT count(*) AS number FROM client_keys"), 1);
    assert_eq!(site.server.delete_registration(&site.client).await.status(), 204);
    assert_eq!(site.server.number("SELECT count(*) AS number FROM client_keys"), 0);
}
