//! Which addresses can be a `client_id`, and what is asked for them.

use crate::support::{Counter, Server};

use super::{HOST, Site};

/// C01: an address that cannot be a client identifier is refused by its rule, and nothing is asked.
#[actix_web::test]
async fn only_a_plain_https_url_with_a_path_is_an_identifier() {
    let site = Site::start().await;
    let base = format!("https://{HOST}:{}", site.stub.port);
    for (client_id, fault) in [
        (base.clone(), "has no path"),
        (format!("{base}/a#b"), "has a fragment"),
        (format!("{base}/a?b=c"), "has a query"),
        (format!("{base}/a/../client.json"), "has a dot segment"),
        (format!("{base}/./client.json"), "has a dot segment"),
        (format!("{base}/a/%2e%2E/client.json"), "has a dot segment"),
        (format!("{base}/a%2f..%5cclient.json"), "has a dot segment"),
        (format!("https://user@{HOST}:{}/client.json", site.stub.port), "is no plain https URL"),
        (format!("https://@{HOST}:{}/client.json", site.stub.port), "is no plain https URL"),
        (format!("https://{HOST}.:{}/client.json", site.stub.port), "ends with a dot"),
        ("https://127.1/client.json".to_owned(), "written in an odd way"),
        (format!("{base}/{}", "a".repeat(2048)), "is no plain https URL"),
    ] {
        site.refused(&client_id, fault).await;
    }
    // These are ids of no client at all.
    for client_id in [format!("http://{HOST}:{}/client.json", site.stub.port), base.replace("https", "HTTPS")]
    {
        site.refused(&client_id, "not registered").await;
    }
    assert_eq!(site.stub.connections(), 0);
}

/// C01: a query may be allowed by the operator.
#[actix_web::test]
async fn a_query_is_for_the_operator_to_allow() {
    let site = Site::with(Server::with().set("GRANTOR_CLIENT_DOCUMENTS__ALLOW_QUERY", "true")).await;
    let client_id = format!("{}?v=1", site.client_id());
    site.publish("", &site.document(&serde_json::json!({"client_id": client_id})));
    assert_eq!(site.open(&client_id).await.status, 200);
    assert!(site.stub.requests()[0].starts_with("GET /client.json?v=1 "), "{:?}", site.stub.requests());
}

/// C04, CVE rows 11 and 59: whatever the address, nothing inside is connected to, and every failure reads the same.
#[actix_web::test]
async fn a_private_address_is_never_asked() {
    let forbidden = Counter::everywhere();
    let server = Server::with()
        .issuer("https://auth.example")
        .set("GRANTOR_TRUSTED_PROXIES", "127.0.0.1")
        .set("GRANTOR_OUTBOUND__PORTS", &forbidden.port.to_string());
    let site = Site::with(server).await;
    let mut texts = Vec::new();
    for host in [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "10.0.0.1",
        "localhost",
        HOST,
        "nobody.example",
    ] {
        let client_id = format!("https://{host}:{}/client.json", forbidden.port);
        let url = site.server.authorize_url(&super::client_of(&client_id), &crate::support::Pkce::new(), &[]);
        let request = site.server.http.get(url).header("x-forwarded-proto", "https");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 400, "{host}");
        let text = response.text().await.unwrap();
        let sentence = text.split("The document ").nth(1).unwrap_or_else(|| panic!("{host}: {text}"));
        texts.push(sentence.split("</p>").next().unwrap().to_owned());
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    assert_eq!(forbidden.connections(), 0);
}

/// C06: the operator's lists decide before anything is asked.
#[actix_web::test]
async fn hosts_are_allowed_and_denied_by_lists() {
    for (name, value, expected) in [
        ("ALLOW_HOSTS", "client.example", 200),
        ("ALLOW_HOSTS", "other.example", 400),
        ("ALLOW_HOSTS", "*.client.example", 400),
        ("DENY_HOSTS", "client.example", 400),
        ("DENY_HOSTS", "other.example", 200),
    ] {
        let setting = format!("GRANTOR_CLIENT_DOCUMENTS__{name}");
        let site = Site::with(Server::with().set(&setting, value)).await;
        let page = site.open(&site.client_id()).await;
        assert_eq!(page.status, expected, "{name} = {value}: {}", page.text());
        assert_eq!(site.stub.connections(), usize::from(expected == 200), "{name} = {value}");
    }
}

/// D11, section 7.1: no client that the server makes looks like an address.
#[actix_web::test]
async fn no_minted_id_is_an_address() {
    let site = Site::start().await;
    assert!(!site.server.register_public().await.client_id.starts_with("https://"));
}
