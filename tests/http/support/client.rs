//! A client's side of the protocol: registers, exchanges, refreshes, manages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use super::{Browser, Pkce, Server};

/// What a registration gave.
#[derive(Clone, Debug)]
pub struct Registered {
    pub client_id: String,
    pub client_secret: Option<String>,
    pub registration_access_token: String,
    pub registration_client_uri: String,
    pub redirect_uri: String,
    pub body: Value,
}

/// What the token endpoint gave.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access_token: String,
    pub refresh_token: Option<String>,
    pub id_token: Option<String>,
    pub body: Value,
}

impl Tokens {
    fn of(body: Value) -> Self {
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        Self {
            access_token: text("access_token").unwrap_or_else(|| panic!("no access_token in {body}")),
            refresh_token: text("refresh_token"),
            id_token: text("id_token"),
            body,
        }
    }

    /// The refresh token, which must be there.
    pub fn refresh(&self) -> &str {
        self.refresh_token.as_deref().unwrap()
    }
}

/// `Authorization: Basic` of a client that has a secret.
pub fn basic(client: &Registered) -> String {
    let secret = client.client_secret.as_deref().unwrap();
    format!("Basic {}", STANDARD.encode(format!("{}:{secret}", client.client_id)))
}

/// Status and JSON body.
pub async fn json_of(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} without JSON: {text}"));
    (status, body)
}

/// Status and `error` of a refusal.
pub async fn error_of(response: Response) -> (u16, String) {
    let (status, body) = json_of(response).await;
    (status, body["error"].as_str().unwrap_or_else(|| panic!("no error in {body}")).to_owned())
}

/// One parameter of a URL's query.
pub fn query_of(url: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(url).unwrap();
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The tokens of a successful answer.
pub async fn tokens(response: Response) -> Tokens {
    let (status, body) = json_of(response).await;
    assert_eq!(status, 200, "{body}");
    Tokens::of(body)
}

/// The registration of a successful answer.
pub async fn registered(response: Response) -> Registered {
    let (status, body) = json_of(response).await;
    assert_eq!(status, 201, "{body}");
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    Registered {
        client_id: text("client_id").unwrap(),
        client_secret: text("client_secret"),
        registration_access_token: text("registration_access_token").unwrap(),
        registration_client_uri: text("registration_client_uri").unwrap(),
        redirect_uri: body["redirect_uris"][0].as_str().unwrap_or_default().to_owned(),
        body,
    }
}

/// An authorization request with PKCE at the server behind this address. `extra` replaces what is there by default; an
/// empty value leaves the parameter out; a name may be repeated.
pub fn authorize_url_at(address: &str, client: &Registered, pkce: &Pkce, extra: &[(&str, &str)]) -> String {
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", client.client_id.as_str()),
        ("redirect_uri", client.redirect_uri.as_str()),
        ("state", "a-state"),
        ("code_challenge", pkce.challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    for (name, _) in extra {
        parameters.retain(|(known, _)| known != name);
    }
    parameters.extend(extra.iter().filter(|(_, value)| !value.is_empty()));
    url::Url::parse_with_params(&format!("{address}/authorize"), parameters).unwrap().to_string()
}

impl Server {
    /// POST /register.
    pub async fn post_registration(&self, metadata: &Value) -> Response {
        self.http.post(self.url("/register")).json(metadata).send().await.unwrap()
    }

    /// Registers a client, which must succeed.
    pub async fn register(&self, metadata: Value) -> Registered {
        registered(self.post_registration(&metadata).await).await
    }

    /// A public client with PKCE, code and refresh.
    pub async fn register_public(&self) -> Registered {
        self.register(json!({
            "client_name": "A public client",
            "redirect_uris": ["https://client.example/cb"],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
        }))
        .await
    }

    /// A confidential client (`client_secret_basic`) with code and refresh.
    pub async fn register_confidential(&self) -> Registered {
        self.register(json!({
            "client_name": "A confidential client",
            "redirect_uris": ["https://client.example/cb"],
            "grant_types": ["authorization_code", "refresh_token"],
        }))
        .await
    }

    /// An initial access token with these limits, made as an operator would.
    pub fn initial_access_token(
        &self,
        grant_types: Option<&[&str]>,
        scopes: Option<&str>,
        uses: Option<i64>,
    ) -> String {
        use grantor::protocol::client::metadata::GrantType;
        use grantor::protocol::scope::Scopes;
        use grantor::storage::Failure;
        use grantor::storage::initial_access_tokens::{self, NewInitialAccessToken};
        let token = self.means().entropy.token();
        let (digest, now) = (token.digest(), self.clock.now());
        let scopes = scopes.map(|text| Scopes::parse(text).unwrap());
        let types: Option<Vec<GrantType>> =
            grant_types.map(|names| names.iter().map(|name| GrantType::from_name(name).unwrap()).collect());
        self.means()
            .database
            .write_blocking(move |conn| {
                let new = NewInitialAccessToken {
                    digest: &digest,
                    name: "test",
                    scopes: scopes.as_ref(),
                    grant_types: types.as_deref(),
                    policy: None,
                    issued_by: None,
                    uses,
                    expires_at: Some(now + 3600),
                };
                Ok::<_, Failure<()>>(initial_access_tokens::insert(conn, &new, now)?)
            })
            .unwrap();
        token.expose().to_owned()
    }

    /// A client that gets tokens for itself.
    pub async fn register_machine(&self) -> Registered {
        let token = self.initial_access_token(Some(&["client_credentials"]), None, None);
        let request = self.http.post(self.url("/register")).bearer_auth(token);
        let metadata = json!({"client_name": "A machine", "grant_types": ["client_credentials"]});
        registered(request.json(&metadata).send().await.unwrap()).await
    }

    /// The URL of an authorization request with PKCE; see [`authorize_url_at`].
    pub fn authorize_url(&self, client: &Registered, pkce: &Pkce, extra: &[(&str, &str)]) -> String {
        authorize_url_at(&self.address, client, pkce, extra)
    }

    /// Signs `user` in (made before), in a browser of its own, and allows what the client asks for; the code.
    pub async fn code_for(
        &self,
        client: &Registered,
        user: &str,
        pkce: &Pkce,
        extra: &[(&str, &str)],
    ) -> String {
        let url = self.authorize_url(client, pkce, extra);
        let location = Browser::new(self).allow(&url, user).await;
        query_of(&location, "code").unwrap_or_else(|| panic!("no code in {location}"))
    }

    /// POST /token with the client's own authentication.
    pub fn token_request(&self, client: &Registered, parameters: &[(&str, &str)]) -> RequestBuilder {
        let mut form: Vec<(&str, &str)> = parameters.to_vec();
        let mut request = self.http.post(self.url("/token"));
        match client.body["token_endpoint_auth_method"].as_str() {
            Some("none") => form.push(("client_id", &client.client_id)),
            Some("client_secret_post") => {
                form.push(("client_id", &client.client_id));
                form.push(("client_secret", client.client_secret.as_deref().unwrap()));
            }
            _ => request = request.header("authorization", basic(client)),
        }
        request.form(&form)
    }

    pub async fn token(&self, client: &Registered, parameters: &[(&str, &str)]) -> Response {
        self.token_request(client, parameters).send().await.unwrap()
    }

    pub async fn exchange(&self, client: &Registered, code: &str, pkce: &Pkce) -> Response {
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", client.redirect_uri.as_str()),
            ("code_verifier", pkce.verifier.as_str()),
        ];
        self.token(client, &parameters).await
    }

    pub async fn refresh(&self, client: &Registered, refresh_token: &str) -> Response {
        self.token(client, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// The whole code flow for a person made before; an empty `scope` is left out.
    pub async fn tokens(&self, client: &Registered, user: &str, scope: &str) -> Tokens {
        let pkce = Pkce::new();
        let code = self.code_for(client, user, &pkce, &[("scope", scope)]).await;
        tokens(self.exchange(client, &code, &pkce).await).await
    }

    /// A token for a machine.
    pub async fn machine_token(&self, client: &Registered) -> Tokens {
        tokens(self.token(client, &[("grant_type", "client_credentials")]).await).await
    }

    /// POST /introspect by this client, which must be let in.
    pub async fn introspect(&self, caller: &Registered, token: &str) -> Value {
        let request = self.http.post(self.url("/introspect")).header("authorization", basic(caller));
        let (status, body) = json_of(request.form(&[("token", token)]).send().await.unwrap()).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// POST /revoke by this client.
    pub async fn revoke(&self, client: &Registered, token: &str) -> Response {
        let mut form = vec![("token", token)];
        let mut request = self.http.post(self.url("/revoke"));
        if client.client_secret.is_some() {
            request = request.header("authorization", basic(client));
        } else {
            form.push(("client_id", &client.client_id));
        }
        request.form(&form).send().await.unwrap()
    }

    pub async fn userinfo(&self, access_token: &str) -> Response {
        self.http.get(self.url("/userinfo")).bearer_auth(access_token).send().await.unwrap()
    }

    /// GET of the configuration endpoint with the token of the registration.
    pub async fn read_registration(&self, client: &Registered) -> Response {
        let request = self.http.get(&client.registration_client_uri);
        request.bearer_auth(&client.registration_access_token).send().await.unwrap()
    }

    pub async fn put_registration(&self, client: &Registered, token: &str, metadata: &Value) -> Response {
        let request = self.http.put(&client.registration_client_uri).bearer_auth(token);
        request.json(metadata).send().await.unwrap()
    }

    /// DELETE of the configuration endpoint with the token of the registration.
    pub async fn delete_registration(&self, client: &Registered) -> Response {
        let request = self.http.delete(&client.registration_client_uri);
        request.bearer_auth(&client.registration_access_token).send().await.unwrap()
    }
}
