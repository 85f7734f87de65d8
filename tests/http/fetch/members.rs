//! Addresses in a registration: each through the same guard.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor::fetch::Resolver;
use serde_json::{Value, json};

use crate::support::{ALLOWED, Authority, Counter, Registered, Server, Stub, json_of, registered};

/// Known by a public name, so that loopback is forbidden; reached through a proxy.
async fn public_server(ports: &[u16], authority: &Authority, resolver: Resolver) -> Server {
    let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
    let mut server = Server::with()
        .issuer("https://auth.example")
        .set("GRANTOR_TRUSTED_PROXIES", "127.0.0.1")
        .set("GRANTOR_OUTBOUND__PORTS", &ports.join(","))
        .set("GRANTOR_OUTBOUND__NETWORKS", &ALLOWED.to_string())
        .set("GRANTOR_OUTBOUND__CA_FILE", authority.file().to_str().unwrap())
        .resolver(resolver)
        .start()
        .await;
    server.http = reqwest::Client::builder()
        .default_headers(
            [("x-forwarded-proto".parse().unwrap(), "https".parse().unwrap())].into_iter().collect(),
        )
        .no_proxy()
        .build()
        .unwrap();
    server
}

const PRIVATE: [&str; 8] = [
    "127.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "169.254.169.254",
    "10.0.0.1",
    "inside.example",
    "mixed.example",
    "nobody.example",
];

fn names() -> Resolver {
    let list = |texts: &[&str]| vec![texts.iter().map(|text| text.parse().unwrap()).collect()];
    Resolver::fixed([
        ("inside.example", list(&["127.0.0.1"])),
        ("mixed.example", list(&["8.8.8.8", "127.0.0.1"])),
        ("client.example", list(&["127.0.0.2"])),
    ])
}

fn with_sector(uri: &str) -> Value {
    json!({"redirect_uris": ["https://client.example/cb"], "token_endpoint_auth_method": "none", "sector_identifier_uri": uri})
}

/// CVE row 59: a sector identifier inside is not asked, and every failure reads the same.
#[actix_web::test]
async fn a_sector_identifier_inside_is_not_asked() {
    let (forbidden, authority) = (Counter::everywhere(), Authority::new());
    let server = public_server(&[forbidden.port], &authority, names()).await;
    let mut texts = Vec::new();
    for host in PRIVATE {
        let uri = format!("https://{host}:{}/sector.json", forbidden.port);
        let (status, body) = json_of(server.post_registration(&with_sector(&uri)).await).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_client_metadata")), "{host}");
        texts.push(body["error_description"].as_str().unwrap().replace(host, "HOST"));
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:#?}");
    assert_eq!(forbidden.connections(), 0);
}

/// CVE row 15: a redirect of a sector identifier is not followed.
#[actix_web::test]
async fn a_redirect_of_a_sector_identifier_is_not_followed() {
    let (forbidden, authority) = (Counter::everywhere(), Authority::new());
    let port = forbidden.port;
    let stub = Stub::start(&authority, ALLOWED, &["client.example"], move |_, out| {
        write!(out, "HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n")
    });
    let server = public_server(&[stub.port, port], &authority, names()).await;
    let uri = format!("https://client.example:{}/sector.json", stub.port);
    let (status, body) = json_of(server.post_registration(&with_sector(&uri)).await).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_client_metadata")));
    assert_eq!((stub.requests().len(), forbidden.connections()), (1, 0));
}

/// An assertion of this client that lacks nothing but a good signature.
fn assertion(client: &Registered, endpoint: &str, now: i64) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({
        "iss": client.client_id, "sub": client.client_id, "aud": endpoint, "jti": "one", "iat": now, "exp": now + 60,
    });
    format!("{}.{}.{}", part(json!({"alg": "ES256"})), part(claims), URL_SAFE_NO_PAD.encode([1; 64]))
}

/// CVE row 11: a key set inside is not asked for, at registration or when an assertion needs it.
#[actix_web::test]
async fn a_key_set_inside_is_not_asked_for() {
    let (forbidden, authority) = (Counter::everywhere(), Authority::new());
    let stub = Stub::start(&authority, ALLOWED, &["client.example"], |_, out| {
        out.write_all(crate::support::json_answer("", "{\"keys\":[]}").as_bytes())
    });
    let server = public_server(&[forbidden.port, stub.port], &authority, names()).await;
    let mut answers = Vec::new();
    let reachable = format!("https://client.example:{}/jwks.json", stub.port);
    let inside = PRIVATE.map(|host| format!("https://{host}:{}/jwks.json", forbidden.port));
    for uri in inside.into_iter().chain([reachable]) {
        let metadata = json!({"redirect_uris": ["https://client.example/cb"], "token_endpoint_auth_method": "none", "jwks_uri": uri});
        let client = registered(server.post_registration(&metadata).await).await;
        let path = format!("/register/{}/registration-access-token", client.client_id);
        let assertion = assertion(&client, &format!("{}{path}", server.issuer), server.clock.now());
        let form = [
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion.as_str()),
        ];
        let response = server.http.post(server.url(&path)).form(&form).send().await.unwrap();
        answers.push(json_of(response).await);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == 401), "{answers:#?}");
    assert_eq!((stub.requests().len(), forbidden.connections()), (1, 0));
}
