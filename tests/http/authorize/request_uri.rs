//! Request objects by reference. OpenID Connect Core §6.2.

use std::sync::{Arc, Mutex};

use grantor::fetch::Resolver;
use serde_json::{Value, json};

use super::{answer, refusal};
use crate::support::{
    Authority, Browser, ClientKey, Counter, Pkce, Registered, Server, Stub, metadata_of, query_of,
};

const HOST: &str = "client.example";

/// A client, and the web site where its request objects are.
struct Site {
    server: Server,
    stub: Stub,
    key: ClientKey,
    answer: Arc<Mutex<String>>,
    _authority: Authority,
}

impl Site {
    async fn start(setting: &str) -> Self {
        let authority = Authority::new();
        let answer = Arc::new(Mutex::new(String::new()));
        let published = Arc::clone(&answer);
        let stub = Stub::start(&authority, [127, 0, 0, 1], &[HOST], move |_, out| {
            let text = published.lock().unwrap().clone();
            out.write_all(text.as_bytes())
        });
        let server = Server::with()
            .set("GRANTOR_REQUEST_URI", setting)
            .set("GRANTOR_OUTBOUND__PORTS", &stub.port.to_string())
            .set("GRANTOR_OUTBOUND__NETWORKS", "127.0.0.1/32")
            .set("GRANTOR_OUTBOUND__CA_FILE", authority.file().to_str().unwrap())
            .resolver(Resolver::fixed([(HOST, vec![vec!["127.0.0.1".parse().unwrap()]])]))
            .start()
            .await;
        server.add_user("ada").await;
        Self { server, stub, key: ClientKey::es256(), answer, _authority: authority }
    }

    fn uri(&self, path: &str) -> String {
        format!("https://{HOST}:{}{path}", self.stub.port)
    }

    async fn client(&self, uris: &[&str]) -> Registered {
        let metadata = json!({
            "redirect_uris": ["https://client.example/cb"], "token_endpoint_auth_method": "none",
            "jwks": self.key.jwks(), "request_uris": uris,
        });
        self.server.register(metadata).await
    }

    /// What stands behind every address of the site.
    fn publish(&self, media_type: &str, body: &str) {
        let length = body.len();
        *self.answer.lock().unwrap() = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
    }

    fn sign(&self, claims: &Value) -> String {
        self.key.sign(&json!({"alg": "ES256", "kid": self.key.kid()}), claims)
    }
}

/// CVE row 1: without the setting nothing is fetched, whatever was registered, and the metadata says so.
#[actix_web::test]
async fn without_the_setting_nothing_is_fetched() {
    let site = Site::start("off").await;
    let uri = site.uri("/request.jwt");
    let client = site.client(&[&uri]).await;
    assert_eq!(metadata_of(&client.body)["request_uris"], json!([uri]));
    site.publish("application/jwt", &site.sign(&json!({})));
    for sent in [&*uri, "urn:ietf:params:oauth:request_uri:x", "http://127.0.0.1/"] {
        let (code, _) = refusal(&site.server, &client, &[("request_uri", sent)]).await;
        assert_eq!(code, "request_uri_not_supported", "{sent}");
    }
    assert_eq!(site.stub.connections(), 0);
    let metadata = site.server.well_known("openid-configuration").await;
    assert_eq!(metadata["request_uri_parameter_supported"], false);
    assert_eq!(metadata["request_parameter_supported"], true);
}

/// OpenID Connect Core §6.2: what stands behind a registered address is the request, and it is fetched for each one.
#[actix_web::test]
async fn the_object_behind_a_registered_address_is_the_request() {
    let site = Site::start("registered").await;
    let metadata = site.server.well_known("openid-configuration").await;
    assert_eq!(metadata["request_uri_parameter_supported"], true);
    assert_eq!(metadata["require_request_uri_registration"], true);
    let plain = site.uri("/request.jwt");
    let versioned = site.uri("/other.jwt#GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM");
    let client = site.client(&[&plain, &versioned]).await;
    let fragment = format!("{plain}#any");
    for (number, uri) in [&plain, &versioned, &fragment].into_iter().enumerate() {
        let media_type = ["application/oauth-authz-req+jwt", "application/jwt"][number % 2];
        site.publish(media_type, &site.sign(&json!({"state": number.to_string()})));
        let extra = [("request_uri", &**uri), ("scope", "openid")];
        let url = site.server.authorize_url(&client, &Pkce::new(), &extra);
        let location = Browser::new(&site.server).allow(&url, "ada").await;
        assert!(query_of(&location, "code").is_some(), "{location}");
        assert_eq!(query_of(&location, "state"), Some(number.to_string()));
        // Once: the pages after it are driven from what was stored.
        assert_eq!(site.stub.connections(), number + 1);
    }
    assert!(site.stub.requests()[0].starts_with("GET /request.jwt HTTP/1.1"), "{:?}", site.stub.requests());
}

/// Section 1.8, CVE row 1: nothing else is asked for, and what is no signed JWT of the client is no request.
#[actix_web::test]
async fn no_other_address_is_asked_and_no_other_answer_taken() {
    let site = Site::start("registered").await;
    let uri = site.uri("/request.jwt");
    let forbidden = Counter::everywhere();
    let inside = format!("https://127.0.0.1:{}/", forbidden.port);
    let client = site.client(&[&uri, &inside]).await;
    let good = site.sign(&json!({}));
    site.publish("application/jwt", &good);
    let long = site.uri(&format!("/request.jwt?{}", "x".repeat(512)));
    for unknown in [&*site.uri("/other"), &site.uri("/request.jwt?x"), "urn:x", "javascript:1", &long] {
        let (code, _) = refusal(&site.server, &client, &[("request_uri", unknown)]).await;
        assert_eq!(code, "invalid_request_uri", "{unknown}");
    }
    let (code, _) = refusal(&site.server, &client, &[("request_uri", &inside)]).await;
    assert_eq!((code.as_str(), forbidden.connections()), ("invalid_request_uri", 0));
    assert_eq!(site.stub.connections(), 0);
    for media_type in ["text/plain", "application/json", "text/html"] {
        site.publish(media_type, &good);
        let (code, _) = refusal(&site.server, &client, &[("request_uri", &uri)]).await;
        assert_eq!(code, "invalid_request_uri", "{media_type}");
    }
    site.publish("application/jwt", &"a".repeat(17 * 1024));
    assert_eq!(refusal(&site.server, &client, &[("request_uri", &uri)]).await.0, "invalid_request_uri");
    for body in ["a.b.c", "e30.e30.", &ClientKey::es256().sign(&json!({"alg": "ES256"}), &json!({}))] {
        site.publish("application/jwt", body);
        let (code, _) = refusal(&site.server, &client, &[("request_uri", &uri)]).await;
        assert_eq!(code, "invalid_request_object", "{body}");
    }
    site.publish("application/jwt", &format!("{good}\n"));
    assert!(answer(&site.server, &client, &[("request_uri", &uri)]).await.has_form("/login"));
}

/// OpenID Connect Core §6.2: an address is https and has at most 512 characters.
#[actix_web::test]
async fn an_address_that_is_none_is_not_registered() {
    let server = Server::start().await;
    for uri in [
        "http://client.example/request.jwt",
        "ftp://client.example/",
        "request.jwt",
        "javascript:alert(1)",
        &format!("https://client.example/{}", "x".repeat(512)),
    ] {
        let metadata = json!({"redirect_uris": ["https://client.example/cb"], "request_uris": [uri]});
        let (code, description) = server.refused(metadata).await;
        assert_eq!(code, "invalid_client_metadata", "{uri}");
        assert!(description.contains("request_uris"), "{description}");
    }
}
