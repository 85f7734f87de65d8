//! What a document may say.

use std::time::{Duration, Instant};

use grantor::flow::{Actor, Origin, recover_client};
use serde_json::{Value, json};

use super::Site;
use crate::support::{Browser, ClientKey, Pkce, Server, Stub};

/// C01: `client_id` is the address by simple string comparison.
#[actix_web::test]
async fn a_document_names_its_own_address() {
    let site = Site::start().await;
    let id = site.client_id();
    for other in [
        Value::Null,
        json!("https://client.example/client.json"),
        json!(format!("{id}/")),
        json!(id.replace("client.example", "CLIENT.example")),
        json!(id.replace("/client.json", "/%63lient.json")),
        json!([id]),
    ] {
        site.publish("", &site.document(&json!({"client_id": other})));
        site.refused(&id, "does not name its own address").await;
    }
    for body in ["", "[]", "null", "<html>", "{", &format!("{{\"client_id\":\"x\",\"client_id\":\"{id}\"}}")]
    {
        site.answer_with(crate::support::json_answer("", body));
        site.refused(&id, "is no JSON object").await;
    }
}

/// C03: nothing that two sides would have to keep secret, and no private key.
#[actix_web::test]
async fn a_document_holds_no_secret() {
    let site = Site::start().await;
    let private = json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "eA", "y": "eQ", "d": "ZA"}]});
    for (change, member) in [
        (json!({"token_endpoint_auth_method": "client_secret_basic"}), "token_endpoint_auth_method"),
        (json!({"token_endpoint_auth_method": "client_secret_post"}), "token_endpoint_auth_method"),
        (json!({"token_endpoint_auth_method": "client_secret_jwt"}), "token_endpoint_auth_method"),
        (json!({"client_secret": "secret"}), "client_secret"),
        (json!({"client_secret_expires_at": 0}), "client_secret_expires_at"),
        (json!({"jwks": private}), "jwks"),
        (json!({"jwks": {"keys": [{"kty": "oct", "k": "a2V5"}]}}), "jwks"),
    ] {
        site.publish("", &site.document(&change));
        site.refused(&site.client_id(), member).await;
    }
    // Without a method it has none: the default of a registration needs a secret.
    site.publish("", &site.document(&json!({"token_endpoint_auth_method": null})));
    assert!(site.is_taken().await);
    assert!(site.server.client_row(&site.client_id()).unwrap().metadata.is_public());
}

/// C02, D05: a document is held to the rules of a registration, and gets no more than an open one.
#[actix_web::test]
async fn a_document_is_judged_as_a_registration() {
    let site = Site::with(Server::with().set("GRANTOR_REGISTRATION__MODE", "off")).await;
    for (change, member) in [
        (json!({"redirect_uris": null}), "redirect_uris"),
        (json!({"redirect_uris": ["http://client.example/callback"]}), "redirect_uris"),
        (json!({"redirect_uris": ["javascript:alert(1)"]}), "redirect_uris"),
        (json!({"redirect_uris": ["https://client.example/callback#a"]}), "redirect_uris"),
        (json!({"grant_types": ["client_credentials"]}), "grant_types"),
        (json!({"client_name": 1}), "client_name"),
        (json!({"logo_uri": "data:image/png;base64,AA"}), "logo_uri"),
    ] {
        site.publish("", &site.document(&change));
        site.refused(&site.client_id(), member).await;
    }
    let more = json!({"grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "scope": "openid email grantor:admin", "access_token_format": "opaque"});
    site.publish("", &site.document(&more));
    assert!(site.is_taken().await);
    let kept = site.server.client_row(&site.client_id()).unwrap().metadata;
    assert_eq!((kept.grant_types.len(), kept.scope.to_string().as_str()), (2, "email openid"));
    assert!(kept.access_token_format.is_none());
}

/// C02: 200 with JSON of up to 5 KiB; the page says what it was, and never what the answer held.
#[actix_web::test]
async fn only_a_short_json_answer_of_status_200_is_a_document() {
    let site = Site::start().await;
    let good = site.document(&json!({})).to_string();
    let typed = |media_type: &str, body: &str| {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let json = |status: &str, headers: &str| {
        let length = good.len();
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n{good}"
        )
    };
    let padded =
        |length: usize| typed("application/json", &format!("{good}{}", " ".repeat(length - good.len())));
    for (answer, fault) in [
        (json("201 Created", ""), "the status 201"),
        (json("302 Found", "Location: https://client.example/other.json\r\n"), "the status 302"),
        (json("404 Not Found", ""), "the status 404"),
        (json("500 Oh", ""), "the status 500"),
        (json("304 Not Modified", ""), "the status 304"),
        (json("200 OK", "Content-Encoding: gzip\r\n"), "compressed"),
        (typed("text/html", &good), "not JSON by its Content-Type"),
        (typed("text/plain", "a secret of the inside"), "not JSON by its Content-Type"),
        (padded(5 * 1024 + 1), "too long"),
        ("not HTTP at all, a secret of the inside".to_owned(), "could not be reached"),
    ] {
        site.answer_with(answer);
        let page = site.refused(&site.client_id(), fault).await;
        assert!(!page.html.contains("secret of the inside"), "{}", page.html);
    }
    for answer in [padded(5 * 1024), typed("application/cimd+json; charset=utf-8", &good)] {
        site.answer_with(answer);
        assert!(site.is_taken().await);
        site.server.execute("DELETE FROM clients");
    }
}

/// R29: a host that hangs costs its own request five seconds and a page, and no other request anything.
#[actix_web::test]
async fn a_host_that_hangs_holds_up_nobody_else() {
    let authority = crate::support::Authority::new();
    let stub = Stub::start(&authority, [127, 0, 0, 1], &["client.example"], |_, _| {
        std::thread::sleep(Duration::from_secs(12));
        Ok(())
    });
    let resolver =
        grantor::fetch::Resolver::fixed([("client.example", vec![vec!["127.0.0.1".parse().unwrap()]])]);
    let server = Server::with()
        .set("GRANTOR_OUTBOUND__PORTS", &stub.port.to_string())
        .set("GRANTOR_OUTBOUND__CA_FILE", authority.file().to_str().unwrap())
        .resolver(resolver)
        .start()
        .await;
    server.add_user("ada").await;
    let other = server.register_public().await;
    let hanging = async |path: usize| {
        let begun = Instant::now();
        let client_id = format!("https://client.example:{}/{}", stub.port, path % 15);
        let mut client = other.clone();
        client.client_id = client_id;
        let page = Browser::new(&server).open(&server.authorize_url(&client, &Pkce::new(), &[])).await;
        assert_eq!(page.status, 400);
        assert!(page.text().contains("could not be reached"), "{}", page.text());
        assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", begun.elapsed());
    };
    let all = futures_util::future::join_all((0..20).map(hanging));
    let meanwhile = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let begun = Instant::now();
        server.tokens(&other, "ada", "openid").await;
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    };
    futures_util::future::join(all, meanwhile).await;
    assert_eq!(server.count_clients(), 1);
}

/// C03: only its document changes a client that has one: it gets no registration access token for a proof with its key, nor
/// does an operator get one for it, so that nothing gives it a secret or another return address.
#[actix_web::test]
async fn only_its_document_changes_a_client() {
    let site = Site::start().await;
    let (key, id) = (ClientKey::es256(), site.client_id());
    site.publish("", &site.document(&json!({"jwks": key.jwks()})));
    assert!(site.is_taken().await);
    let now = site.server.clock.now();
    let claims = json!({
        "iss": id, "sub": id, "aud": format!("{}/register/{id}/registration-access-token", site.server.issuer),
        "exp": now + 60, "jti": "one",
    });
    let assertion = key.sign(&json!({"alg": "ES256"}), &claims);
    let path = format!("/register/{}/registration-access-token", id.replace(':', "%3A").replace('/', "%2F"));
    let form = [
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &assertion),
    ];
    let response = site.server.http.post(site.server.url(&path)).form(&form).send().await.unwrap();
    assert_eq!(response.status(), 401, "{}", response.text().await.unwrap());
    let (means, origin) = (site.server.means(), Origin::local(Actor::CommandLine("test".to_owned())));
    assert!(recover_client::by_operator(means, &id, origin).await.is_err());
    assert_eq!(site.server.number("SELECT count(*) AS number FROM registration_access_tokens"), 0);
}
