//! registration.md §4: a client that lost its registration access token proves with its key that it is the client.
//! RFC 7523 §3, T22–T24.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{
    Authority, ClientKey, Registered, Server, Stub, assemble, body_of, error_of, json_answer, json_of,
    metadata_of,
};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn register(server: &Server, jwks: Value) -> Registered {
    let metadata = json!({
        "client_name": "Has a key", "redirect_uris": ["https://client.example/cb"],
        "token_endpoint_auth_method": "none", "jwks": jwks,
    });
    server.register(metadata).await
}

fn audience(server: &Server, client: &Registered) -> String {
    format!("{}/register/{}/registration-access-token", server.issuer, client.client_id)
}

fn claims(server: &Server, client: &Registered, id: &str) -> Value {
    json!({
        "iss": client.client_id, "sub": client.client_id, "aud": audience(server, client),
        "exp": server.clock.now() + 60, "iat": server.clock.now(), "jti": id,
    })
}

fn good(server: &Server, client: &Registered, key: &ClientKey, id: &str) -> String {
    key.sign(&json!({"alg": key.alg(), "kid": key.kid()}), &claims(server, client, id))
}

async fn post(server: &Server, client_id: &str, form: &[(&str, &str)]) -> Response {
    let url = server.url(&format!("/register/{client_id}/registration-access-token"));
    server.http.post(url).form(form).send().await.unwrap()
}

async fn recover(server: &Server, client: &Registered, assertion: &str) -> Response {
    let form = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)];
    post(server, &client.client_id, &form).await
}

async fn get(server: &Server, client: &Registered, token: &str) -> u16 {
    let request = server.http.get(server.url(&format!("/register/{}", client.client_id)));
    request.bearer_auth(token).send().await.unwrap().status().as_u16()
}

/// The answer is the client information response with a new token, not stored; the old ones are dead; an event says so.
#[actix_web::test]
async fn a_good_assertion_gets_a_new_token() {
    let server = Server::start().await;
    for key in ["RS256", "PS256", "ES256", "EdDSA"].map(ClientKey::for_algorithm) {
        let client = register(&server, key.jwks()).await;
        let response = recover(&server, &client, &good(&server, &client, &key, "one")).await;
        assert_eq!(response.headers()["cache-control"], "no-store");
        let body = body_of(200, response).await;
        assert_eq!(metadata_of(&body), metadata_of(&client.body));
        assert_eq!(body["registration_client_uri"], client.registration_client_uri);
        let token = body["registration_access_token"].as_str().unwrap();
        assert_eq!(get(&server, &client, token).await, 200);
        assert_eq!(get(&server, &client, &client.registration_access_token).await, 401);
        let (client_id, details) = server.events("registration_access_token_recovered").pop().unwrap();
        assert_eq!((client_id, details), (client.client_id, json!({"by": "assertion"})));
    }
}

/// T22, T23, T24: whatever is not exactly right is one and the same 401, and the living token lives on.
#[actix_web::test]
async fn everything_else_is_the_same_401() {
    let server = Server::start().await;
    let (key, other_key) = (ClientKey::es256(), ClientKey::es256());
    let client = register(&server, key.jwks()).await;
    let other = register(&server, other_key.jwks()).await;
    let keyless = server.register_public().await;
    let header = json!({"alg": "ES256"});
    let with = |name: &str, value: Value| {
        let mut claims = claims(&server, &client, "bad");
        claims[name] = value;
        key.sign(&header, &claims)
    };
    let under = |header: Value| key.sign(&header, &claims(&server, &client, "bad"));
    let now = server.clock.now();
    let mut answers = Vec::new();
    for (what, assertion) in [
        ("nothing", String::new()),
        ("no JWT", "a.b.c".to_owned()),
        ("another's key", good(&server, &client, &other_key, "bad")),
        ("another client's", good(&server, &other, &other_key, "bad")),
        ("unsigned", assemble(&json!({"alg": "none"}), &claims(&server, &client, "bad"), b"x")),
        ("no signature", assemble(&json!({"alg": "none"}), &claims(&server, &client, "bad"), b"")),
        ("hmac", under(json!({"alg": "HS256"}))),
        ("another algorithm", under(json!({"alg": "RS256"}))),
        ("an unknown kid", under(json!({"alg": "ES256", "kid": "other"}))),
        ("its own key", under(json!({"alg": "ES256", "jwk": key.jwk}))),
        ("jku", under(json!({"alg": "ES256", "jku": "https://client.example/jwks"}))),
        ("x5u", under(json!({"alg": "ES256", "x5u": "https://client.example/x5u"}))),
        ("crit", under(json!({"alg": "ES256", "crit": ["exp"]}))),
        ("an access token", under(json!({"alg": "ES256", "typ": "at+jwt"}))),
        ("the issuer as audience", with("aud", json!(server.issuer))),
        ("the token endpoint", with("aud", json!(format!("{}/token", server.issuer)))),
        ("two audiences", with("aud", json!([audience(&server, &client), server.issuer]))),
        ("another issuer", with("iss", json!("c-other"))),
        ("another subject", with("sub", json!(other.client_id))),
        ("expired", with("exp", json!(now - 31))),
        ("too long", with("exp", json!(now + 3700))),
        ("exp as text", with("exp", json!((now + 60).to_string()))),
        ("nbf as text", with("nbf", json!("0"))),
        ("no id", with("jti", json!(null))),
    ] {
        let response = recover(&server, &client, &assertion).await;
        let challenge = response.headers().get("www-authenticate").cloned();
        let (status, body) = json_of(response).await;
        assert_eq!((status, body["error"].as_str()), (401, Some("invalid_client")), "{what}: {body}");
        answers.push((challenge, body));
    }
    for client in [&keyless, &Registered { client_id: "c-unknown".to_owned(), ..keyless.clone() }] {
        let response = recover(&server, client, &good(&server, client, &key, "bad")).await;
        let challenge = response.headers().get("www-authenticate").cloned();
        answers.push((challenge, body_of(401, response).await));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    let wrong_type =
        [("client_assertion_type", "jwt"), ("client_assertion", &*good(&server, &client, &key, "x"))];
    assert_eq!(post(&server, &client.client_id, &wrong_type).await.status(), 401);
    assert_eq!(get(&server, &client, &client.registration_access_token).await, 200);
    assert!(server.events("registration_access_token_recovered").is_empty());
}

/// T24: a `jti` is good once: on every server, after a restart, for as long as the assertion could live, leeway and all.
#[actix_web::test]
async fn an_assertion_is_good_once() {
    let mut server = Server::start().await;
    let mut twin = server.twin().await;
    let key = ClientKey::es256();
    let client = register(&server, key.jwks()).await;
    let assertion = good(&server, &client, &key, "once");
    assert_eq!(recover(&server, &client, &assertion).await.status(), 200);
    assert_eq!(recover(&server, &client, &assertion).await.status(), 401);
    assert_eq!(recover(&twin, &client, &assertion).await.status(), 401);
    twin.stop().await;
    server.restart().await;
    server.advance(89);
    grantor::flow::sweep::sweep(server.means()).await.unwrap();
    assert_eq!(recover(&server, &client, &assertion).await.status(), 401);
    assert_eq!(server.number("SELECT count(*) AS number FROM spent_assertions"), 1);
    server.advance(32);
    grantor::flow::sweep::sweep(server.means()).await.unwrap();
    assert_eq!(server.number("SELECT count(*) AS number FROM spent_assertions"), 0);
    assert_eq!(recover(&server, &client, &assertion).await.status(), 401, "it is dead by itself");
    // The same id of another client is another id.
    let other = register(&server, key.jwks()).await;
    for client in [&client, &other] {
        assert_eq!(recover(&server, client, &good(&server, client, &key, "shared")).await.status(), 200);
    }
}

/// T24: of 32 at once with one assertion, over two servers, one is answered, and its token is the one that lives.
#[actix_web::test]
async fn of_32_at_once_one_wins() {
    let server = Server::start().await;
    let mut twin = server.twin().await;
    let key = ClientKey::es256();
    let client = register(&server, key.jwks()).await;
    let assertion = good(&server, &client, &key, "race");
    let tries = (0..32).map(|n| {
        let (at, client, assertion) = (if n % 2 == 0 { &server } else { &twin }, &client, &assertion);
        async move { json_of(recover(at, client, assertion).await).await }
    });
    let answers = join_all(tries).await;
    assert!(answers.iter().all(|(status, _)| [200, 401].contains(status)), "{answers:?}");
    let won: Vec<&str> =
        answers.iter().filter_map(|(_, body)| body["registration_access_token"].as_str()).collect();
    assert_eq!(won.len(), 1);
    assert_eq!(get(&server, &client, won[0]).await, 200);
    twin.stop().await;
}

/// 32 recoveries at once with assertions of their own: all are answered, one token lives, and nobody else's.
#[actix_web::test]
async fn of_32_recoveries_one_token_lives() {
    let server = Server::start().await;
    let key = ClientKey::es256();
    let client = register(&server, key.jwks()).await;
    let tries = (0..32).map(|n| {
        let assertion = good(&server, &client, &key, &n.to_string());
        let (server, client) = (&server, &client);
        async move { body_of(200, recover(server, client, &assertion).await).await }
    });
    let tokens: BTreeSet<String> = join_all(tries)
        .await
        .iter()
        .map(|body| body["registration_access_token"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(tokens.len(), 32);
    let mut living = 0;
    for token in &tokens {
        living += usize::from(get(&server, &client, token).await == 200);
    }
    assert_eq!(living, 1);
}

/// M07, CVE row 20: a disabled client proves who it is and gets 403; its proof is not believed after an operator's switch.
#[actix_web::test]
async fn a_disabled_client_gets_403() {
    let server = Server::start().await;
    let key = ClientKey::es256();
    let client = register(&server, key.jwks()).await;
    server.set_disabled(&client, true);
    let refused = recover(&server, &client, &good(&server, &client, &key, "one")).await;
    assert_eq!(error_of(refused).await, (403, "access_denied".to_owned()));
    let stranger = good(&server, &client, &ClientKey::es256(), "two");
    assert_eq!(recover(&server, &client, &stranger).await.status(), 401, "without proof nobody learns it");
    assert!(server.client_row(&client.client_id).unwrap().is_disabled());
    assert!(server.events("registration_access_token_recovered").is_empty());
}

/// A key that the client replaced proves nothing any more.
#[actix_web::test]
async fn a_replaced_key_proves_nothing() {
    let server = Server::start().await;
    let (old, new) = (ClientKey::es256(), ClientKey::es256());
    let client = register(&server, old.jwks()).await;
    let update = json!({
        "client_id": client.client_id, "redirect_uris": ["https://client.example/cb"],
        "token_endpoint_auth_method": "none", "jwks": new.jwks(),
    });
    let token = &client.registration_access_token;
    assert_eq!(server.put_registration(&client, token, &update).await.status(), 200);
    assert_eq!(recover(&server, &client, &good(&server, &client, &old, "one")).await.status(), 401);
    assert_eq!(recover(&server, &client, &good(&server, &client, &new, "two")).await.status(), 200);
}

/// Too many attempts are 429 with `Retry-After`, before anything is verified; a minute later it goes on.
#[actix_web::test]
async fn too_many_attempts_are_429() {
    let server = Server::with().set("GRANTOR_REGISTRATION__FAILURES_PER_MINUTE", "3").start().await;
    let key = ClientKey::es256();
    let client = register(&server, key.jwks()).await;
    for _ in 0..3 {
        assert_eq!(recover(&server, &client, "a.b.c").await.status(), 401);
    }
    let response = recover(&server, &client, &good(&server, &client, &key, "one")).await;
    let wait: i64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    assert_eq!(error_of(response).await, (429, "slow_down".to_owned()));
    // Failures at other clients are counted where they come from.
    let other = register(&server, key.jwks()).await;
    assert_eq!(recover(&server, &other, "a.b.c").await.status(), 429);
    server.advance(61);
    assert_eq!(recover(&server, &client, &good(&server, &client, &key, "two")).await.status(), 200);
}

/// Failures from one place are counted for all servers on one database together.
#[actix_web::test]
async fn failures_count_on_all_servers_together() {
    let server = Server::with().set("GRANTOR_REGISTRATION__FAILURES_PER_MINUTE", "2").start().await;
    let twin = server.twin().await;
    let mut answers = Vec::new();
    for at in [&server, &twin, &server, &twin] {
        // Each at another client: what is counted for one client never stands in the way.
        let client = register(&server, ClientKey::es256().jwks()).await;
        answers.push(recover(at, &client, "a.b.c").await.status().as_u16());
    }
    assert_eq!(answers, [401, 401, 429, 429]);
}

/// Keys at a `jwks_uri` are fetched, and only for an assertion that could be good.
#[actix_web::test]
async fn keys_may_stand_at_a_jwks_uri() {
    let key = ClientKey::es256();
    let (authority, jwks) = (Authority::new(), key.jwks().to_string());
    let address = std::net::Ipv4Addr::LOCALHOST;
    let stub = Stub::start(&authority, address, &["localhost"], move |_, out| {
        out.write_all(json_answer("", &jwks).as_bytes())
    });
    let server = Server::with()
        .set("GRANTOR_OUTBOUND__PORTS", &stub.port.to_string())
        .set("GRANTOR_OUTBOUND__CA_FILE", authority.file().to_str().unwrap())
        .start()
        .await;
    let metadata = json!({
        "redirect_uris": ["https://client.example/cb"], "token_endpoint_auth_method": "none",
        "jwks_uri": format!("https://localhost:{}/jwks.json", stub.port),
    });
    let client = server.register(metadata).await;
    let mut claims = claims(&server, &client, "one");
    claims["aud"] = json!(server.issuer);
    let no_good = key.sign(&json!({"alg": "ES256"}), &claims);
    assert_eq!(recover(&server, &client, &no_good).await.status(), 401);
    assert_eq!(stub.connections(), 0, "nobody makes us fetch by what cannot be good");
    assert_eq!(recover(&server, &client, &good(&server, &client, &key, "two")).await.status(), 200);
    assert_eq!(stub.connections(), 1);
    let stranger = good(&server, &client, &ClientKey::es256(), "three");
    assert_eq!(recover(&server, &client, &stranger).await.status(), 401);
}

/// Other methods are 405, other bodies 415; two proofs at once are a mistake.
#[actix_web::test]
async fn what_is_no_request_for_a_token_is_refused() {
    let server = Server::start().await;
    let key = ClientKey::es256();
    let client = register(&server, key.jwks()).await;
    let url = format!("{}/registration-access-token", client.registration_client_uri);
    let token = &client.registration_access_token;
    assert_eq!(server.http.get(&url).bearer_auth(token).send().await.unwrap().status(), 405);
    assert_eq!(server.http.post(&url).json(&json!({})).send().await.unwrap().status(), 415);
    // M01: the token itself proves nothing here.
    let by_token = server.http.post(&url).bearer_auth(token).form(&[("a", "b")]).send().await.unwrap();
    assert_eq!(by_token.status(), 401);
    let assertion = good(&server, &client, &key, "one");
    let form = [
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", &*assertion),
        ("client_secret", "x"),
        ("client_id", &*client.client_id),
    ];
    assert_eq!(error_of(post(&server, &client.client_id, &form).await).await.0, 400);
}

/// X07: a text that no database holds names no client, and breaks nothing; no key is needed to send it.
#[actix_web::test]
async fn an_id_with_a_nul_is_unknown() {
    let server = Server::start().await;
    let (key, id) = (ClientKey::es256(), "c-\0");
    let claims = json!({
        "iss": id, "sub": id, "aud": format!("{}/register/{id}/registration-access-token", server.issuer),
        "exp": server.clock.now() + 60, "jti": "one",
    });
    let assertion = key.sign(&json!({"alg": "ES256"}), &claims);
    let form = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str())];
    assert_eq!(post(&server, "c-%00", &form).await.status(), 401);
}
