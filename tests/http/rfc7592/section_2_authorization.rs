//! RFC 7592 §2: who may call the client configuration endpoint. M01, M02, M03.

use std::collections::BTreeMap;

use grantor::web::routes::ROUTES;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::support::{Registered, Server, body_of, json_of};

const METHODS: [Method; 3] = [Method::GET, Method::PUT, Method::DELETE];

fn call(server: &Server, method: &Method, client_id: &str) -> RequestBuilder {
    let request = server.http.request(method.clone(), server.url(&format!("/register/{client_id}")));
    if *method == Method::PUT {
        let redirect_uris = ["https://client.example/cb"];
        return request.json(&json!({"client_id": client_id, "redirect_uris": redirect_uris}));
    }
    request
}

/// Everything of an answer that a stranger sees, but for what differs with every request.
async fn seen(response: Response) -> (u16, BTreeMap<String, String>, Value) {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in response.headers() {
        headers.insert(name.to_string(), value.to_str().unwrap().to_owned());
    }
    headers.remove("x-request-id");
    headers.remove("date");
    let (status, body) = json_of(response).await;
    (status, headers, body)
}

async fn is_intact(server: &Server, client: &Registered) -> bool {
    server.read_registration(client).await.status() == 200
}

/// M02: a bad token, the token of another client, an unknown client and a deleted one get the same answer, to the header:
/// nobody learns which client exists.
#[actix_web::test]
async fn every_token_that_is_not_good_gets_the_same_401() {
    let server = Server::start().await;
    let (client, other, deleted) =
        (server.register_public().await, server.register_public().await, server.register_public().await);
    assert_eq!(server.delete_registration(&deleted).await.status(), 204);
    let disabled = server.register_public().await;
    server.set_disabled(&disabled, true);
    let good = client.registration_access_token.as_str();
    let changed_case: String = good
        .chars()
        .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    for method in METHODS {
        let mut answers = Vec::new();
        for (client_id, token) in [
            (&client.client_id, "no-such-token"),
            (&client.client_id, &good[1..]),
            (&client.client_id, &format!("{good}A")),
            (&client.client_id, &changed_case),
            (&client.client_id, &other.registration_access_token),
            (&disabled.client_id, &other.registration_access_token),
            (&disabled.client_id, "no-such-token"),
            (&"c-unknown".to_owned(), good),
            (&deleted.client_id, good),
            (&deleted.client_id, &deleted.registration_access_token),
        ] {
            let request = call(&server, &method, client_id).bearer_auth(token);
            answers.push(seen(request.send().await.unwrap()).await);
        }
        let (status, headers, body) = &answers[0];
        assert_eq!(*status, 401, "{method}");
        assert_eq!(headers["www-authenticate"], "Bearer error=\"invalid_token\"");
        assert_eq!(
            (headers["cache-control"].as_str(), &body["error"]),
            ("no-store", &json!("invalid_token"))
        );
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{method}: {answers:#?}");
    }
    // M03: presenting a token at the wrong door does it no harm.
    assert!(is_intact(&server, &client).await && is_intact(&server, &other).await);
}

/// registration.md §4: no token at all is 401 with a challenge that names no error. CVE row 2: and no metadata.
#[actix_web::test]
async fn no_token_is_401_with_a_bare_challenge() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    for method in METHODS {
        for client_id in [&client.client_id, "c-unknown"] {
            for authorization in [None, Some("Basic eDp5"), Some("DPoP x")] {
                let mut request = call(&server, &method, client_id);
                if let Some(authorization) = authorization {
                    request = request.header("authorization", authorization);
                }
                let response = request.send().await.unwrap();
                assert_eq!(response.headers()["www-authenticate"], "Bearer", "{method}");
                assert_eq!(response.headers()["cache-control"], "no-store");
                let body = body_of(401, response).await;
                let names: Vec<&String> = body.as_object().unwrap().keys().collect();
                assert_eq!(names, ["error", "error_description"]);
            }
        }
    }
    assert!(is_intact(&server, &client).await);
}

/// M02, T21: the token counts in the Authorization header only.
#[actix_web::test]
async fn a_token_in_the_query_or_the_body_is_ignored() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let token = &client.registration_access_token;
    for name in ["access_token", "registration_access_token"] {
        let url = format!("{}?{name}={token}", client.registration_client_uri);
        assert_eq!(server.http.get(&url).send().await.unwrap().status(), 401);
        assert_eq!(server.http.delete(&url).send().await.unwrap().status(), 401);
        let body = json!({"client_id": client.client_id, "redirect_uris": ["https://client.example/cb"], name: token});
        let put = server.http.put(&client.registration_client_uri).json(&body);
        assert_eq!(put.send().await.unwrap().status(), 401);
    }
    assert!(is_intact(&server, &client).await);
}

/// M01: a registration access token opens nothing but its own configuration endpoint.
#[actix_web::test]
async fn the_token_is_good_nowhere_else() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    let token = client.registration_access_token.as_str();
    assert_eq!(server.userinfo(token).await.status(), 401);
    assert_eq!(server.introspect(&client, token).await, json!({"active": false}));
    assert_eq!(server.refresh(&client, token).await.status(), 400);
    let request = server.http.post(server.url("/register")).bearer_auth(token);
    let metadata = json!({"redirect_uris": ["https://client.example/cb"]});
    assert_eq!(request.json(&metadata).send().await.unwrap().status(), 401);
    // RFC 7009 §2.2: an unknown token is 200; it must not have been revoked by it.
    assert_eq!(server.revoke(&client, token).await.status(), 200);
    assert!(is_intact(&server, &client).await);
}

/// M01: at every endpoint that there is, it is as good as no token, but for its own configuration endpoint.
#[actix_web::test]
async fn at_every_other_endpoint_it_is_as_good_as_none() {
    let server = Server::start().await;
    let (client, other) = (server.register_confidential().await, server.register_confidential().await);
    for route in ROUTES {
        // RFC 7591 §3: a registration with a bad token is refused, and one without is not.
        if route.pattern == "/register" {
            continue;
        }
        let path = route.pattern.replace("{client_id}", &other.client_id).replace(['{', '}'], "");
        for method in route.methods {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let without = call_path(&server, &method, &path).send().await.unwrap().status();
            let request = call_path(&server, &method, &path).bearer_auth(&client.registration_access_token);
            let with = request.send().await.unwrap().status();
            assert!(with == without || with == 401, "{method} {path}: {without}, and with the token {with}");
        }
    }
    assert!(is_intact(&server, &client).await && is_intact(&server, &other).await);
}

fn call_path(server: &Server, method: &Method, path: &str) -> RequestBuilder {
    let request = server.http.request(method.clone(), server.url(path));
    if *method == Method::PUT { request.json(&json!({})) } else { request }
}

/// M01: and nothing else opens the configuration endpoint.
#[actix_web::test]
async fn no_other_token_opens_the_configuration_endpoint() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_confidential().await;
    let issued = server.tokens(&client, "ada", "openid offline_access").await;
    let initial = server.initial_access_token(None, None, None);
    let secret = client.client_secret.clone().unwrap();
    for token in [
        issued.access_token.as_str(),
        issued.refresh(),
        issued.id_token.as_deref().unwrap(),
        &initial,
        &secret,
    ] {
        for method in METHODS {
            let request = call(&server, &method, &client.client_id).bearer_auth(token);
            assert_eq!(request.send().await.unwrap().status(), 401, "{method}");
        }
    }
    let credentials =
        server.http.get(&client.registration_client_uri).basic_auth(&client.client_id, Some(secret));
    assert_eq!(credentials.send().await.unwrap().status(), 401);
    assert!(is_intact(&server, &client).await);
}

/// M01: the token does not end while the client lives, unless a lifetime is set.
#[actix_web::test]
async fn the_token_does_not_end_while_the_client_lives() {
    let server = Server::start().await;
    let client = server.register_public().await;
    server.advance(10 * 365 * 86_400);
    assert!(is_intact(&server, &client).await);

    let server = Server::with().set("GRANTOR_REGISTRATION_ACCESS_TOKEN__LIFETIME", "1d").start().await;
    let client = server.register_public().await;
    server.advance(86_399);
    assert!(is_intact(&server, &client).await);
    server.advance(1);
    assert_eq!(server.read_registration(&client).await.status(), 401);
}

/// registration.md §4: failed attempts count per address and end in 429; who has a good token has failed at nothing.
#[actix_web::test]
async fn guessing_is_429_with_retry_after() {
    let server = Server::with().set("GRANTOR_REGISTRATION__FAILURES_PER_MINUTE", "3").start().await;
    let client = server.register_public().await;
    for _ in 0..10 {
        assert!(is_intact(&server, &client).await);
    }
    for method in METHODS {
        let request = call(&server, &method, &client.client_id).bearer_auth("guess");
        assert_eq!(request.send().await.unwrap().status(), 401);
    }
    for method in METHODS {
        let response = call(&server, &method, &client.client_id).bearer_auth("guess").send().await.unwrap();
        let wait: i64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(body_of(429, response).await["error"], "slow_down");
    }
    server.advance(60);
    assert!(is_intact(&server, &client).await);
}

/// M06: what is not GET, PUT or DELETE is 405, with and without a token.
#[actix_web::test]
async fn other_methods_are_405() {
    let server = Server::start().await;
    let client = server.register_public().await;
    for method in ["POST", "PATCH", "HEAD", "TRACE"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        for token in [client.registration_access_token.as_str(), "guess"] {
            let request = call(&server, &method, &client.client_id).bearer_auth(token);
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 405, "{method}");
            assert_eq!(response.headers()["cache-control"], "no-store");
            let allow =
                response.headers().get("allow").map(|value| value.to_str().unwrap()).unwrap_or_default();
            for name in ["GET", "PUT", "DELETE"] {
                assert!(allow.split(", ").any(|allowed| allowed == name), "RFC 9110 §15.5.6: {allow:?}");
            }
        }
    }
    assert!(is_intact(&server, &client).await);
}
