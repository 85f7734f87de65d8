//! OpenID Connect Dynamic Client Registration 1.0 §5: the one thing that a registration has the server fetch. D20.

use std::net::Ipv4Addr;

use grantor::fetch::Resolver;
use serde_json::{Value, json};

use crate::support::{Authority, Counter, Server, Stub, json_answer, json_of};

async fn server_that_trusts(authority: &Authority, port: u16) -> Server {
    Server::with()
        .set("GRANTOR_OUTBOUND__CA_FILE", &authority.file().display().to_string())
        .set("GRANTOR_OUTBOUND__PORTS", &port.to_string())
        .start()
        .await
}

fn metadata(port: u16, uris: &Value) -> Value {
    json!({"redirect_uris": uris, "sector_identifier_uri": format!("https://localhost:{port}/sector.json")})
}

/// §5: every redirect URI stands in the document; then the member is kept. On POST and on PUT.
#[actix_web::test]
async fn the_document_must_hold_every_redirect_uri() {
    let authority = Authority::new();
    let stub = Stub::start(&authority, Ipv4Addr::LOCALHOST, &["localhost"], |_, out| {
        out.write_all(json_answer("", r#"["https://a.example/cb","https://b.example/cb"]"#).as_bytes())
    });
    let server = server_that_trusts(&authority, stub.port).await;
    let good = metadata(stub.port, &json!(["https://a.example/cb", "https://b.example/cb"]));
    let kept = server.accepted(good.clone()).await;
    assert_eq!(kept["sector_identifier_uri"], good["sector_identifier_uri"]);
    assert_eq!(stub.requests().len(), 2, "one request for the POST and one for the PUT");
    assert!(stub.requests().iter().all(|request| request.starts_with("GET /sector.json HTTP/1.1")));
    let other = metadata(stub.port, &json!(["https://a.example/cb", "https://c.example/cb"]));
    let (error, words) = server.refused(other).await;
    assert_eq!(error, "invalid_client_metadata");
    assert!(words.starts_with("sector_identifier_uri") && words.contains("https://c.example/cb"), "{words}");
}

/// Section 1.8: the budget of a host is none for whoever has hosts without end; the place they come from has one.
#[actix_web::test]
async fn one_place_has_no_more_than_600_documents_fetched_in_a_minute() {
    let resolver = Resolver::fixed([("a.example", Vec::new())]);
    let server = Server::with().resolver(resolver.clone()).start().await;
    let status = async |number: usize| {
        let uri = format!("https://h{number}.evil.example/");
        let sent = json!({"redirect_uris": ["https://a.example/cb"], "sector_identifier_uri": uri});
        server.post_registration(&sent).await.status().as_u16()
    };
    for number in 0..600 {
        assert_eq!(status(number).await, 400, "{number}");
    }
    assert_eq!((status(600).await, resolver.lookups()), (429, 600));
    let client = server.register_public().await;
    assert!(client.client_secret.is_none(), "who names no document registers");
    let update = json!({"client_id": client.client_id, "redirect_uris": ["https://a.example/cb"],
        "sector_identifier_uri": "https://update.evil.example/"});
    let updated = server.put_registration(&client, &client.registration_access_token, &update).await;
    assert_eq!(
        (updated.status().as_u16(), resolver.lookups()),
        (429, 600),
        "an update counts as a registration"
    );
    server.advance(60);
    assert_eq!(status(601).await, 400);
}

/// D20: what cannot be fetched, or is no array of strings, refuses the registration, and nothing is written.
#[actix_web::test]
async fn a_document_that_is_not_there_refuses_the_registration() {
    let authority = Authority::new();
    let stub = Stub::start(&authority, Ipv4Addr::LOCALHOST, &["localhost"], |request, out| {
        let body = if request.starts_with("GET /object") { "{}" } else { "[1]" };
        let answer = match request.split(' ').nth(1) {
            Some("/missing") => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
            Some("/moved") => {
                "HTTP/1.1 302 Found\r\nLocation: /sector.json\r\nContent-Length: 0\r\n\r\n".to_owned()
            }
            _ => json_answer("", body),
        };
        out.write_all(answer.as_bytes())
    });
    let server = server_that_trusts(&authority, stub.port).await;
    for path in ["missing", "moved", "object", "numbers"] {
        let uri = format!("https://localhost:{}/{path}", stub.port);
        let sent = json!({"redirect_uris": ["https://a.example/cb"], "sector_identifier_uri": uri});
        let (status, body) = json_of(server.post_registration(&sent).await).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_client_metadata")), "{path}");
        let words = body["error_description"].as_str().unwrap();
        assert!(words.starts_with("sector_identifier_uri"), "{path}: {words}");
    }
    assert_eq!(server.count_clients(), 0);
}

/// D20: nothing else that a registration names is asked for: not keys, not logos, not pages, not redirects; and no sector
/// identifier of a registration that is refused for something else.
#[actix_web::test]
async fn nothing_but_a_sector_identifier_is_fetched() {
    let counter = Counter::everywhere();
    let server = Server::with().set("GRANTOR_OUTBOUND__PORTS", &counter.port.to_string()).start().await;
    let at = |path: &str| format!("https://localhost:{}/{path}", counter.port);
    let sent = json!({
        "redirect_uris": [at("cb")], "client_uri": at("home"), "logo_uri": at("logo.png"), "tos_uri": at("tos"), "policy_uri": at("policy"),
        "jwks_uri": at("jwks"), "initiate_login_uri": at("login"), "post_logout_redirect_uris": [at("out")], "logo_uri#de": at("de.png"),
        "client_uri#de": at("de"),
    });
    server.accepted(sent).await;
    for refused in [
        json!({"redirect_uris": ["http://a.example/cb"], "sector_identifier_uri": at("sector")}),
        json!({"redirect_uris": ["https://a.example/cb"], "sector_identifier_uri": at("sector"), "client_name": 1}),
        json!({"redirect_uris": ["https://a.example/cb"], "sector_identifier_uri": at("sector"), "subject_type": "ephemeral"}),
    ] {
        server.refused(refused).await;
    }
    assert_eq!(counter.connections(), 0);
    // The counter counts: a good registration with a sector identifier comes.
    server
        .refused(json!({"redirect_uris": ["https://a.example/cb"], "sector_identifier_uri": at("sector")}))
        .await;
    assert!(counter.connections() > 0);
}
