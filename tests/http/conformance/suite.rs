//! The other side of the plans: the server under a public name behind TLS with the settings of docs/conformance.toml, and a web site
//! that the server may fetch from.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use grantor::fetch::Resolver;
use serde_json::{Value, json};

use crate::support::{
    ALLOWED, Authority, Browser, ClientKey, Page, Party, Server, Stub, Tokens, query_of, registered,
};

/// The name of the server.
const PROVIDER: &str = "op.example";
/// The name of the clients' web site.
pub const SITE: &str = "client.example";
/// Where the clients of the plans want their answers.
pub const CALLBACK: &str = "https://client.example/test/a/grantor/callback";

type Files = HashMap<String, (String, Vec<u8>)>;

/// A server as it is run against the plans.
pub struct Suite {
    pub server: Server,
    stub: Stub,
    files: Arc<Mutex<Files>>,
    /// Its file is read at the first request.
    _authority: Authority,
}

impl Suite {
    /// With the settings of docs/conformance.toml; the person is `ada`.
    pub async fn start() -> Self {
        Self::with(Some("docs/conformance.toml")).await
    }

    /// With the settings of a file, or the defaults.
    pub async fn with(file: Option<&str>) -> Self {
        let authority = Authority::new();
        let files = Arc::new(Mutex::new(Files::new()));
        let published = Arc::clone(&files);
        let stub = Stub::start(&authority, ALLOWED, &[SITE], move |request, out| {
            let path = request.split(' ').nth(1).unwrap_or_default();
            let found = published.lock().unwrap().get(path).cloned();
            let (status, (kind, body)) = match found {
                Some(file) => ("200 OK", file),
                None => ("404 Not Found", ("text/plain".to_owned(), Vec::new())),
            };
            let length = body.len();
            write!(out, "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n")?;
            out.write_all(&body)
        });
        let address = |text: &str| vec![vec![text.parse().unwrap()]];
        let mut builder = Server::with()
            .tls(&authority, PROVIDER)
            .set("GRANTOR_OUTBOUND__PORTS", &stub.port.to_string())
            .set("GRANTOR_OUTBOUND__NETWORKS", &ALLOWED.to_string())
            .set("GRANTOR_OUTBOUND__CA_FILE", authority.file().to_str().unwrap())
            .resolver(Resolver::fixed([(SITE, address(&ALLOWED.to_string()))]));
        if let Some(file) = file {
            builder = builder.file(&Path::new(env!("CARGO_MANIFEST_DIR")).join(file));
        }
        let server = builder.start().await;
        let suite = Self { server, stub, files, _authority: authority };
        suite.add_ada().await;
        suite
    }

    /// A person of whom every standard claim of the four scopes is known.
    async fn add_ada(&self) {
        self.server.add_user("ada").await;
        let claims = json!({
            "name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace", "middle_name": "King", "nickname": "A",
            "profile": "https://example.com/ada", "picture": "https://example.com/ada.png", "website": "https://example.com",
            "gender": "female", "birthdate": "1815-12-10", "zoneinfo": "Europe/London", "locale": "en-GB",
            "phone_number": "+44 20 7946 0018", "phone_number_verified": true,
            "address": {"formatted": "12 St James's Square, London", "country": "GB"},
        });
        let claims = claims.to_string().replace('\'', "''");
        assert_eq!(self.server.execute(&format!("UPDATE users SET claims = '{claims}'")), 1);
    }

    /// Serves this at a path of the web site.
    pub fn publish(&self, path: &str, kind: &str, body: &[u8]) -> String {
        self.files.lock().unwrap().insert(path.to_owned(), (kind.to_owned(), body.to_vec()));
        self.site(path)
    }

    /// An address of the web site.
    pub fn site(&self, path: &str) -> String {
        format!("https://{SITE}:{}{path}", self.stub.port)
    }

    /// What came for a path of the web site: heads and bodies.
    pub fn requests_for(&self, path: &str) -> Vec<String> {
        let is_for = |request: &String| request.split(' ').nth(1) == Some(path);
        self.stub.requests().into_iter().filter(is_for).collect()
    }

    /// The logout token that is posted to a path of the web site, after so many others.
    pub async fn logout_token(&self, path: &str, before: usize) -> String {
        self.server.until(|| self.requests_for(path).len() > before).await;
        let request = self.requests_for(path).swap_remove(before);
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST "), "{head}");
        assert!(
            head.to_ascii_lowercase().contains("content-type: application/x-www-form-urlencoded"),
            "{head}"
        );
        let fields: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let token = fields.iter().find(|(name, _)| name == "logout_token");
        token.unwrap_or_else(|| panic!("no logout_token in {body}")).1.clone()
    }

    /// Registers as the plans do: with a key whatever the method, one redirect URI and contacts; then these changes.
    pub async fn register(&self, key: ClientKey, changes: Value) -> Party {
        let metadata = request(&key, changes);
        let client = registered(self.server.post_registration(&metadata).await).await;
        Party { client, key }
    }

    /// A client that proves itself by its secret.
    pub async fn client(&self) -> Party {
        self.register(ClientKey::es256(), json!({})).await
    }

    /// An authorization request as the plans make it: no code challenge, `state` and `nonce`, the scope openid.
    pub fn url(&self, party: &Party, extra: &[(&str, &str)]) -> String {
        let mut parameters = vec![
            ("client_id", party.client.client_id.as_str()),
            ("redirect_uri", party.client.redirect_uri.as_str()),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", "Uq3b0Zk1nA"),
            ("nonce", "yKq7Rf0mXc"),
        ];
        for (name, _) in extra {
            parameters.retain(|(known, _)| known != name);
        }
        parameters.extend(extra.iter().filter(|(_, value)| !value.is_empty()));
        url::Url::parse_with_params(&self.server.url("/authorize"), parameters).unwrap().to_string()
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.server)
    }

    /// Ada goes the whole way in a browser of her own; the code.
    pub async fn code(&self, party: &Party, extra: &[(&str, &str)]) -> String {
        self.code_in(&mut self.browser(), party, extra).await
    }

    /// Ada goes the whole way in this browser; the code.
    pub async fn code_in(&self, browser: &mut Browser, party: &Party, extra: &[(&str, &str)]) -> String {
        let callback = browser.allow(&self.url(party, extra), "ada").await;
        assert_eq!(query_of(&callback, "iss").as_ref(), Some(&self.server.issuer), "{callback}");
        query_of(&callback, "code").unwrap_or_else(|| panic!("no code in {callback}"))
    }

    /// Ada goes the whole way in a browser of her own; the tokens.
    pub async fn tokens(&self, party: &Party, extra: &[(&str, &str)]) -> Tokens {
        self.tokens_in(&mut self.browser(), party, extra).await
    }

    /// Ada goes the whole way in this browser; the tokens.
    pub async fn tokens_in(&self, browser: &mut Browser, party: &Party, extra: &[(&str, &str)]) -> Tokens {
        let code = self.code_in(browser, party, extra).await;
        party.tokens_for(&self.server, &code).await
    }

    /// The verified claims of an ID token, which must be one for this client.
    pub async fn id_token(&self, party: &Party, issued: &Tokens) -> Value {
        let id_token = issued.id_token.as_deref().unwrap_or_else(|| panic!("no ID token in {}", issued.body));
        let claims = crate::support::verified(id_token, &self.server.jwks().await).unwrap();
        assert_eq!(
            (&claims["iss"], &claims["aud"]),
            (&json!(self.server.issuer), &json!(party.client.client_id))
        );
        claims
    }

    /// What userinfo says to the holder of a token, as JSON.
    pub async fn userinfo(&self, issued: &Tokens) -> Value {
        let (status, claims) =
            crate::support::json_of(self.server.userinfo(&issued.access_token).await).await;
        assert_eq!(status, 200, "{claims}");
        claims
    }
}

/// The registration request that the plans send, with these changes.
pub fn request(key: &ClientKey, changes: Value) -> Value {
    let mut metadata = json!({
        "client_name": "Conformance suite", "contacts": ["conformance@client.example"],
        "grant_types": ["authorization_code"], "response_types": ["code"],
        "redirect_uris": [CALLBACK], "jwks": key.jwks(), "token_endpoint_auth_method": "client_secret_basic",
    });
    let Value::Object(changes) = changes else { panic!("{changes} is no metadata") };
    for (name, value) in changes {
        metadata[name] = value;
    }
    metadata.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    metadata
}

/// The error that the client was sent, which must have come to its redirect URI.
#[track_caller]
pub fn error_at(page: &Page) -> String {
    let location = page.location.as_deref().unwrap_or_else(|| panic!("{} {}", page.status, page.text()));
    assert!(location.starts_with(CALLBACK), "{location}");
    assert_eq!(query_of(location, "state").as_deref(), Some("Uq3b0Zk1nA"), "{location}");
    query_of(location, "error").unwrap_or_else(|| panic!("no error in {location}"))
}

/// Nobody was sent anywhere: a page says what was wrong.
#[track_caller]
pub fn assert_page(page: &Page, says: &str) {
    assert_eq!((page.status / 100, page.location.as_deref()), (4, None), "{}", page.text());
    assert!(page.text().contains(says), "{says:?} is not in {}", page.text());
}
