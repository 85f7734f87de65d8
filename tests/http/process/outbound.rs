//! What the environment can and cannot do to requests that the server makes.

use serde_json::json;

use super::{Process, grantor, set};
use crate::support::{Authority, Browser, Counter, Pkce, Registered, Stub, authorize_url_at, json_answer};

/// Section 1.8: a proxy that the environment names gets none of the requests.
#[actix_web::test]
async fn a_proxy_of_the_environment_is_not_used() {
    let (proxy, authority) = (Counter::everywhere(), Authority::new());
    let stub = Stub::start(&authority, [127, 0, 0, 1], &["localhost"], |request, out| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let document = json!({
            "client_id": format!("https://{host}/client.json"),
            "redirect_uris": ["https://client.example/callback"],
            "token_endpoint_auth_method": "none",
        });
        out.write_all(json_answer("", &document.to_string()).as_bytes())
    });
    let address = format!("http://127.0.0.1:{}", proxy.port);
    let process = Process::start(set(&[
        ("GRANTOR_OUTBOUND__PORTS", &stub.port.to_string()),
        ("GRANTOR_OUTBOUND__CA_FILE", authority.file().to_str().unwrap()),
        ("HTTPS_PROXY", &address),
        ("https_proxy", &address),
        ("ALL_PROXY", &address),
        ("all_proxy", &address),
    ]))
    .await;
    let client = Registered {
        client_id: format!("https://localhost:{}/client.json", stub.port),
        client_secret: None,
        registration_access_token: String::new(),
        registration_client_uri: String::new(),
        redirect_uri: "https://client.example/callback".to_owned(),
        body: json!({}),
    };
    let url = authorize_url_at(&process.server.address, &client, &Pkce::new(), &[]);
    let page = Browser::new(&process.server).open(&url).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!((stub.requests().len(), proxy.connections()), (1, 0));
}

/// A machine without certificate authorities serves, and says at its start what it cannot do.
#[actix_web::test]
async fn a_machine_without_authorities_serves() {
    let process =
        Process::start(set(&[("SSL_CERT_FILE", "/nowhere/ca.pem"), ("SSL_CERT_DIR", "/nowhere")])).await;
    assert_eq!(process.readiness().await, Some(200));
    assert!(process.log().contains("no certificate authorities"), "{}", process.log());
}

/// A file of authorities that cannot be used is the operator's to set right: exit code 2.
#[actix_web::test]
async fn a_bad_file_of_authorities_is_reported_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    for file in ["/nowhere/ca.pem", empty.to_str().unwrap()] {
        let database = format!("sqlite://{}/grantor.db", folder.path().display());
        let settings = set(&[
            ("GRANTOR_LISTEN", "127.0.0.1:0"),
            ("GRANTOR_DATABASE_URL", &database),
            ("GRANTOR_OUTBOUND__CA_FILE", file),
        ]);
        let output = grantor(&["serve"], settings);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("outbound.ca_file") && said.contains(file), "{said}");
    }
}
