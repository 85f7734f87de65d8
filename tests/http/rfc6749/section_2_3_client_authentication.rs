//! How a client proves who it is, at every endpoint that asks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{RequestBuilder, Response};
use serde_json::json;

use crate::support::{Registered, Server, basic, error_of, json_of};

const ENDPOINTS: [&str; 3] = ["/token", "/introspect", "/revoke"];

/// A request that is good but for what the caller adds.
fn request(server: &Server, path: &str) -> RequestBuilder {
    server.http.post(server.url(path))
}

fn form<'a>(extra: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", "unknown"), ("token", "unknown")];
    form.extend(extra);
    form
}

/// What the endpoint says to a client that is let in: the token is unknown.
async fn is_let_in(response: Response) -> bool {
    match response.status().as_u16() {
        200 => true,
        400 => {
            assert_eq!(json_of(response).await.1["error"], "invalid_grant");
            true
        }
        status => {
            assert_eq!(status, 401);
            assert_eq!(json_of(response).await.1["error"], "invalid_client");
            false
        }
    }
}

/// RFC 6749 §5.2: due to a client that used the header. Others are spared it, since clients report a challenge in place
/// of the error.
fn is_challenged(response: &Response) -> bool {
    response.headers().get("www-authenticate").is_some_and(|value| value == "Basic realm=\"grantor\"")
}

async fn clients(server: &Server) -> [Registered; 3] {
    let with = |method: &str| {
        json!({"redirect_uris": ["https://client.example/cb"], "token_endpoint_auth_method": method,
               "grant_types": ["authorization_code", "refresh_token"]})
    };
    [
        server.register(with("client_secret_basic")).await,
        server.register(with("client_secret_post")).await,
        server.register(with("none")).await,
    ]
}

/// T28: the registered method, exactly, at every endpoint: the right secret in the other place is no proof, nor is none.
#[actix_web::test]
async fn the_registered_method_is_enforced_exactly() {
    let server = Server::start().await;
    let [by_header, by_body, public] = clients(&server).await;
    for path in ENDPOINTS {
        for (client, good) in [(&by_header, 0), (&by_body, 1), (&public, 2)] {
            let id = client.client_id.as_str();
            let secret = client.client_secret.as_deref().unwrap_or("anything");
            let mut with_secret = client.clone();
            with_secret.client_secret = Some(secret.to_owned());
            let ways = [
                request(&server, path).header("authorization", basic(&with_secret)).form(&form(&[])),
                request(&server, path).form(&form(&[("client_id", id), ("client_secret", secret)])),
                request(&server, path).form(&form(&[("client_id", id)])),
            ];
            for (way, request) in ways.into_iter().enumerate() {
                let expected = way == good && !(path == "/introspect" && good == 2);
                let response = request.send().await.unwrap();
                assert_eq!(is_challenged(&response), !expected && way == 0, "{path} {good} {way}");
                assert_eq!(is_let_in(response).await, expected, "{path} {good} {way}");
            }
        }
    }
}

/// T28: two methods at once are an `invalid_request`, even if both are right; so is a second `client_id` that differs.
#[actix_web::test]
async fn two_methods_at_once_are_refused() {
    let server = Server::start().await;
    let [by_header, by_body, public] = clients(&server).await;
    for path in ENDPOINTS {
        let secret = by_header.client_secret.as_deref().unwrap();
        let both = form(&[("client_id", &by_header.client_id), ("client_secret", secret)]);
        let answer = request(&server, path).header("authorization", basic(&by_header)).form(&both);
        assert_eq!(
            error_of(answer.send().await.unwrap()).await,
            (400, "invalid_request".to_owned()),
            "{path}"
        );
        for other in [&by_body, &public] {
            let other = form(&[("client_id", &other.client_id)]);
            let answer = request(&server, path).header("authorization", basic(&by_header)).form(&other);
            assert_eq!(
                error_of(answer.send().await.unwrap()).await,
                (400, "invalid_request".to_owned()),
                "{path}"
            );
        }
        let same = form(&[("client_id", &by_header.client_id)]);
        let answer = request(&server, path).header("authorization", basic(&by_header)).form(&same);
        assert!(
            is_let_in(answer.send().await.unwrap()).await,
            "{path}: its own client_id beside it is common"
        );
        let assertion = form(&[
            ("client_id", &by_header.client_id),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", "e30.e30.e30"),
        ]);
        let answer = request(&server, path).form(&assertion).send().await.unwrap();
        assert_eq!(error_of(answer).await, (401, "invalid_client".to_owned()), "{path}");
    }
}

/// T30: both halves of Basic are form-decoded once and exactly; what is loosely encoded is no proof.
#[actix_web::test]
async fn basic_is_decoded_exactly() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    // A secret as an operator might bring it from another server.
    let secret = "a+b c%41:ü/=&";
    let digest = Server::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let literal =
        if crate::support::on_postgres() { format!("'\\x{digest}'") } else { format!("x'{digest}'") };
    let statement =
        format!("UPDATE clients SET secret_digest = {literal} WHERE client_id = '{}'", client.client_id);
    assert_eq!(server.execute(&statement), 1);
    let id = client.client_id.as_str();
    let header = |id: &str, secret: &str| format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let encoded = "a%2Bb+c%2541%3A%C3%BC%2F%3D%26";
    let percent_id = id.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    let good = [
        header(id, encoded),
        header(id, "a%2bb%20c%2541%3a%c3%bc%2f%3d%26"),
        header(id, "a%2Bb c%2541:ü/=&"),
        header(&percent_id, encoded),
        header(id, encoded).replacen("Basic", "bAsIc", 1),
    ];
    let sent = |value: &[u8]| {
        let value = reqwest::header::HeaderValue::from_bytes(value).unwrap();
        request(&server, "/token").header("authorization", value).form(&form(&[])).send()
    };
    for value in good {
        assert!(is_let_in(sent(value.as_bytes()).await.unwrap()).await, "{value}");
    }
    let bad = [
        header(id, secret),
        header(id, "a%2Bb+c%41%3A%C3%BC%2F%3D%26"),
        header(id, &format!("{encoded}%")),
        header(id, &format!("{encoded}%4")),
        header(id, &format!("{encoded}%zz")),
        header(id, "%FF"),
        header(id, ""),
        header("", encoded),
        header(id, encoded).replacen("Basic", "Bearer", 1),
        format!("Basic {id}:{encoded}"),
        format!("Basic {}", STANDARD.encode(id)),
        "Basic".to_owned(),
        "Basic ".to_owned(),
        "Basic ====".to_owned(),
        "Basic !!!!".to_owned(),
        format!("{}x", header(id, encoded)),
    ];
    for value in bad {
        let response = sent(value.as_bytes()).await.unwrap();
        assert!(is_challenged(&response), "{value}");
        assert!(!is_let_in(response).await, "{value}");
    }
    assert!(!is_let_in(sent(b"Basic \xff\xfe").await.unwrap()).await);
}

/// T29: guessing is slowed down to 429 with Retry-After, at every endpoint together; the rightful client is served from
/// elsewhere all the while, and here again after the minute.
#[actix_web::test]
async fn guessing_a_secret_is_throttled_by_place() {
    let server = Server::with().set("GRANTOR_TRUSTED_PROXIES", "127.0.0.1/32").start().await;
    let client = server.register_confidential().await;
    let mut guess = client.clone();
    guess.client_secret = Some("guess".to_owned());
    let sent = async |path: &str, client: &Registered, from: &str| {
        let request = request(&server, path).header("authorization", basic(client));
        request.header("x-forwarded-for", from).form(&form(&[])).send().await.unwrap()
    };
    for n in 0..20 {
        let answer = sent(ENDPOINTS[n % 3], &guess, "203.0.113.7").await;
        assert_eq!(answer.status(), 401, "guess {n}");
    }
    for path in ENDPOINTS {
        let answer = sent(path, &guess, "203.0.113.7").await;
        let wait: i64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(error_of(answer).await, (429, "slow_down".to_owned()), "{path}");
        assert_ne!(sent(path, &client, "203.0.113.8").await.status(), 429, "elsewhere: {path}");
    }
    server.advance(60);
    assert_ne!(sent("/token", &client, "203.0.113.7").await.status(), 429);
}

/// T29: one place cannot go on by changing the client that it guesses at; and requests that present no secret, which
/// guess nothing, neither count nor fill the counters.
#[actix_web::test]
async fn guessing_at_many_clients_is_throttled_too() {
    let server = Server::start().await;
    for n in 0..120 {
        let id = format!("nobody-{n}");
        let answer = request(&server, "/token").form(&form(&[("client_id", &id)])).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{n}");
    }
    for n in 0..100 {
        let id = format!("client-{n}");
        let guess = form(&[("client_id", &id), ("client_secret", "guess")]);
        assert_eq!(request(&server, "/token").form(&guess).send().await.unwrap().status(), 401, "{n}");
    }
    let guess = form(&[("client_id", "another"), ("client_secret", "guess")]);
    assert_eq!(request(&server, "/token").form(&guess).send().await.unwrap().status(), 429);
}

/// T16: a client that an operator disabled, or whose secret has expired, proves nothing any more.
#[actix_web::test]
async fn a_disabled_client_and_an_expired_secret_are_refused() {
    let server = Server::with().set("GRANTOR_REGISTRATION__CLIENT_SECRET_LIFETIME", "1h").start().await;
    let [by_header, by_body, public] = clients(&server).await;
    for path in ENDPOINTS {
        let answer = request(&server, path).header("authorization", basic(&by_header)).form(&form(&[]));
        assert!(is_let_in(answer.send().await.unwrap()).await, "{path}");
    }
    server.execute("UPDATE clients SET disabled_at = 1");
    for client in [&by_header, &by_body, &public] {
        assert_eq!(error_of(server.refresh(client, "x").await).await, (401, "invalid_client".to_owned()));
    }
    server.execute("UPDATE clients SET disabled_at = NULL");
    server.advance(3_600);
    assert_eq!(error_of(server.refresh(&by_header, "x").await).await, (401, "invalid_client".to_owned()));
    assert_eq!(error_of(server.refresh(&public, "x").await).await, (400, "invalid_grant".to_owned()));
}
