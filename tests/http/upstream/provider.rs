//! An OpenID provider that says what a test tells it to, honest or not, and a server whose people sign in by it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor::fetch::Resolver;
use grantor::flow::administer::upstream::{self, ProviderChange, ProviderRequest};
use grantor::flow::upstream::Rules;
use serde_json::{Value, json};

use super::{onward, operator};
use crate::support::{
    Authority, Browser, ClientKey, Page, Server, ServerBuilder, Stub, json_answer, query_of,
};

const HOST: &str = "login.example";
pub const CLIENT_ID: &str = "grantor at its provider";
pub const SECRET: &str = "what only both of them know: +/%&=";

/// What is answered, by path.
type Answers = Arc<Mutex<BTreeMap<String, String>>>;

pub struct Provider {
    pub here: Server,
    /// One key for each algorithm; the first signs what is honest.
    pub keys: Vec<ClientKey>,
    stub: Stub,
    answers: Answers,
    /// Its file is read at the first request.
    _authority: Authority,
}

/// A browser on its way there.
pub struct Departed {
    pub browser: Browser,
    /// The address of the provider that it was sent to.
    pub href: String,
    pub state: String,
    pub nonce: String,
}

impl Provider {
    pub async fn start() -> Self {
        Self::with(Server::with()).await
    }

    /// A provider, and a server with these settings that does not know it yet.
    pub async fn with(server: ServerBuilder) -> Self {
        let authority = Authority::new();
        let answers = Answers::default();
        let known = Arc::clone(&answers);
        let stub = Stub::start(&authority, [127, 0, 0, 1], &[HOST], move |request, out| {
            let path = request.split([' ', '?']).nth(1).unwrap_or_default();
            let answer = known.lock().unwrap().get(path).cloned();
            let nothing = || "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned();
            out.write_all(answer.unwrap_or_else(nothing).as_bytes())
        });
        let here = server
            .set("GRANTOR_OUTBOUND__CA_FILE", authority.file().to_str().unwrap())
            .resolver(Resolver::fixed([(HOST, vec![vec!["127.0.0.1".parse().unwrap()]])]))
            .start()
            .await;
        let keys = ["RS256", "ES256", "EdDSA"].map(ClientKey::for_algorithm).into();
        let provider = Self { here, keys, stub, answers, _authority: authority };
        provider.publish("login", &json!({}));
        provider
    }

    /// As [`Self::start`], and people get accounts by it.
    pub async fn added() -> Self {
        let provider = Self::start().await;
        provider.add("login", Rules { create_accounts: true, ..Rules::default() }).await;
        provider
    }

    /// One server can be several providers: each has a name, which is the path of its issuer.
    pub fn issuer(&self, name: &str) -> String {
        format!("https://{HOST}:{}/{name}", self.stub.port)
    }

    /// Publishes good metadata with these changes, and the keys.
    pub fn publish(&self, name: &str, changes: &Value) {
        let issuer = self.issuer(name);
        let mut metadata = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/jwks"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "authorization_response_iss_parameter_supported": true,
        });
        for (member, value) in changes.as_object().unwrap() {
            metadata[member] = value.clone();
        }
        let keys: Vec<Value> = self.keys.iter().map(|key| key.jwk.clone()).collect();
        self.answer_json(&format!("/{name}/.well-known/openid-configuration"), &metadata);
        self.answer_json(&format!("/{name}/jwks"), &json!({ "keys": keys }));
    }

    pub fn answer_json(&self, path: &str, value: &Value) {
        self.answer(path, json_answer("", &value.to_string()));
    }

    pub fn answer(&self, path: &str, text: String) {
        self.answers.lock().unwrap().insert(path.to_owned(), text);
    }

    /// The requests for this path so far.
    pub fn asked(&self, path: &str) -> Vec<String> {
        let is_for = |request: &String| request.split([' ', '?']).nth(1) == Some(path);
        self.stub.requests().into_iter().filter(is_for).collect()
    }

    pub async fn add(&self, name: &str, rules: Rules) {
        let request =
            ProviderRequest { name: name.to_owned(), issuer: self.issuer(name), details: details(rules) };
        upstream::add(self.here.means(), request, operator()).await.map_err(|_| "not added").unwrap();
    }

    /// A new browser leaves for the provider.
    pub async fn depart(&self, name: &str) -> Departed {
        let mut browser = Browser::new(&self.here);
        let page = browser.open(&self.here.url("/login")).await;
        let href = onward(&mut browser, &page, name).await;
        let of = |name: &str| query_of(&href, name).unwrap();
        Departed { state: of("state"), nonce: of("nonce"), browser, href }
    }

    /// What an honest provider says of Ada to who asked with this nonce.
    pub fn claims(&self, nonce: &str) -> Value {
        let now = self.here.clock.now();
        json!({
            "iss": self.issuer("login"), "aud": CLIENT_ID, "sub": "ada at the provider", "nonce": nonce,
            "iat": now, "exp": now + 300, "email": "ada@example.com", "email_verified": true,
        })
    }

    /// Signed with the key of this number.
    pub fn signed(&self, key: usize, claims: &Value) -> String {
        let key = &self.keys[key];
        key.sign(&json!({"alg": key.alg(), "kid": key.kid(), "typ": "JWT"}), claims)
    }

    /// Answers every code with this ID token.
    pub fn answer_code(&self, id_token: &str) {
        let tokens = json!({"access_token": "at-1", "token_type": "Bearer", "id_token": id_token});
        self.answer_json("/login/token", &tokens);
    }

    /// The browser comes back as an honest provider would send it.
    pub async fn back(&self, departed: &mut Departed) -> Page {
        let issuer = self.issuer("login");
        let answer = [("code", "c-1"), ("state", departed.state.as_str()), ("iss", issuer.as_str())];
        let url = self.callback("login", &answer);
        departed.browser.open(&url).await
    }

    /// The address that a provider sends browsers to, with this answer.
    pub fn callback(&self, name: &str, answer: &[(&str, &str)]) -> String {
        let url = self.here.url(&format!("/upstream/{name}/callback"));
        url::Url::parse_with_params(&url, answer).unwrap().into()
    }

    /// A whole sign-in with an ID token that is made for it.
    pub async fn attempt(&self, id_token: impl FnOnce(&Value) -> String) -> Page {
        let mut departed = self.depart("login").await;
        self.answer_code(&id_token(&self.claims(&departed.nonce)));
        self.back(&mut departed).await
    }

    /// Nobody was let in, and nobody made.
    pub fn assert_nobody(&self, what: &str) {
        for table in ["users", "browser_sessions", "upstream_links"] {
            assert_eq!(
                self.here.number(&format!("SELECT count(*) AS number FROM {table}")),
                0,
                "{what}: {table}"
            );
        }
    }
}

/// What an operator says of it.
pub fn details(rules: Rules) -> ProviderChange {
    ProviderChange {
        label: "Login".to_owned(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: Some(SECRET.to_owned()),
        scopes: ["openid", "email"].map(str::to_owned).to_vec(),
        rules,
    }
}

/// Base64url of some bytes.
pub fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
