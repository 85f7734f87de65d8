//! The Rust crate `openidconnect`: a relying party that others wrote, through the whole life of its registration.

use openidconnect::core::{
    CoreClient, CoreClientAuthMethod, CoreClientRegistrationRequest, CoreClientRegistrationResponse,
    CoreGrantType, CoreIdToken, CoreIdTokenClaims, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreResponseType,
};
use openidconnect::registration::EmptyAdditionalClientMetadata;
use openidconnect::{
    AccessToken, AccessTokenHash, AuthType, AuthenticationFlow, AuthorizationCode, ClientId, ClientName,
    ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    IssuerUrl, Nonce, NonceVerifier, OAuth2TokenResponse as _, PkceCodeChallenge, RedirectUrl,
    RequestTokenError, Scope, TokenResponse as _,
};
use serde_json::{Value, json};

use crate::support::{self, Browser, ClientKey, Registered, Server, json_of, query_of};

const REDIRECT_URI: &str = "https://client.example/cb";

/// A client of a discovered provider.
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The crate's own view of a server.
struct Party<'a> {
    server: &'a Server,
    provider: CoreProviderMetadata,
    client: Client,
    /// Of a client that registered itself.
    registration: Option<CoreClientRegistrationResponse>,
    algorithm: CoreJwsSigningAlgorithm,
    /// What the crate leaves to its user: assertions.
    own: support::Party,
}

/// Sends what the crate asks for.
async fn send(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let response = http.execute(request.try_into()?).await?;
    let mut answer = HttpResponse::default();
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    *answer.body_mut() = response.bytes().await?.to_vec();
    Ok(answer)
}

/// The name of an algorithm or a method, as the protocol spells it.
fn name(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

async fn discover(server: &Server) -> CoreProviderMetadata {
    let http = |request| send(server.http.clone(), request);
    let issuer = IssuerUrl::new(server.issuer.clone()).unwrap();
    CoreProviderMetadata::discover_async(issuer, &http).await.unwrap()
}

impl<'a> Party<'a> {
    /// Discovers and registers. OpenID Connect Discovery §4, Dynamic Client Registration §3.
    async fn register(
        server: &'a Server,
        algorithm: CoreJwsSigningAlgorithm,
        method: CoreClientAuthMethod,
    ) -> Self {
        let http = |request| send(server.http.clone(), request);
        let provider = discover(server).await;
        let key = ClientKey::for_algorithm(&name(&algorithm));
        let by_key = method == CoreClientAuthMethod::PrivateKeyJwt;
        // RS256 is what a registration that names none gets.
        let named = (algorithm != CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256).then(|| algorithm.clone());
        let request = CoreClientRegistrationRequest::new(
            vec![RedirectUrl::new(REDIRECT_URI.to_owned()).unwrap()],
            EmptyAdditionalClientMetadata::default(),
        )
        .set_client_name(Some([(None, ClientName::new("openidconnect".to_owned()))].into_iter().collect()))
        .set_grant_types(Some(vec![CoreGrantType::AuthorizationCode, CoreGrantType::RefreshToken]))
        .set_token_endpoint_auth_method(Some(method.clone()))
        .set_jwks(by_key.then(|| serde_json::from_value(key.jwks()).unwrap()))
        .set_token_endpoint_auth_signing_alg(by_key.then(|| algorithm.clone()))
        .set_id_token_signed_response_alg(named);
        let endpoint = provider.registration_endpoint().unwrap();
        let registration = request.register_async(endpoint, &http).await.unwrap();
        let has_secret = method != CoreClientAuthMethod::None && !by_key;
        assert_eq!(registration.client_secret().is_some(), has_secret);
        let client = Registered {
            client_id: registration.client_id().to_string(),
            client_secret: registration.client_secret().map(|secret| secret.secret().clone()),
            registration_access_token: String::new(),
            registration_client_uri: String::new(),
            redirect_uri: REDIRECT_URI.to_owned(),
            body: json!({"token_endpoint_auth_method": name(&method)}),
        };
        let own = support::Party { client, key };
        Self::of(server, provider, own, algorithm, Some(registration))
    }

    /// A client that an operator made, with the same metadata; its credentials are told once. RFC 6749 §2.
    async fn by_operator(
        server: &'a Server,
        algorithm: CoreJwsSigningAlgorithm,
        method: CoreClientAuthMethod,
    ) -> Self {
        let key = ClientKey::for_algorithm(&name(&algorithm));
        let mut metadata = json!({
            "client_name": "openidconnect", "redirect_uris": [REDIRECT_URI],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": name(&method), "id_token_signed_response_alg": name(&algorithm),
        });
        if method == CoreClientAuthMethod::PrivateKeyJwt {
            metadata["jwks"] = key.jwks();
        }
        let file = server.database.folder.path().join("client.json");
        std::fs::write(&file, metadata.to_string()).unwrap();
        let printed = server.command(&["client", "add", file.to_str().unwrap(), "--json"]).await;
        let body: Value = serde_json::from_str(&printed).unwrap();
        let client = Registered {
            client_id: body["client_id"].as_str().unwrap().to_owned(),
            client_secret: body["client_secret"].as_str().map(str::to_owned),
            registration_access_token: String::new(),
            registration_client_uri: String::new(),
            redirect_uri: REDIRECT_URI.to_owned(),
            body,
        };
        Self::of(server, discover(server).await, support::Party { client, key }, algorithm, None)
    }

    fn of(
        server: &'a Server,
        provider: CoreProviderMetadata,
        own: support::Party,
        algorithm: CoreJwsSigningAlgorithm,
        registration: Option<CoreClientRegistrationResponse>,
    ) -> Self {
        let (id, secret) = (own.client.client_id.clone(), own.client.client_secret.clone());
        // A secret that signs is not sent.
        let sent = secret.filter(|_| !own.method().ends_with("_jwt")).map(ClientSecret::new);
        let client = CoreClient::from_provider_metadata(provider.clone(), ClientId::new(id), sent)
            .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.to_owned()).unwrap())
            .set_auth_type(match own.method() {
                "client_secret_basic" | "none" => AuthType::BasicAuth,
                _ => AuthType::RequestBody,
            });
        Self { server, provider, client, registration, algorithm, own }
    }

    /// The parameters of an assertion, for a client that signs one: openidconnect leaves them to its user. RFC 7523 §2.2.
    fn assertion(&self) -> Vec<(&'static str, String)> {
        if !self.own.method().ends_with("_jwt") {
            return Vec::new();
        }
        let endpoint = self.provider.token_endpoint().unwrap().as_str();
        let assertion = self.own.assertion(endpoint, self.server.clock.now());
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned();
        vec![("client_assertion_type", kind), ("client_assertion", assertion)]
    }

    /// Verifies with the keys that were discovered, by the one algorithm that was registered.
    fn verify<'t>(
        &self,
        token: &'t CoreIdToken,
        access_token: &AccessToken,
        nonce: impl NonceVerifier,
    ) -> &'t CoreIdTokenClaims {
        let verifier = self.client.id_token_verifier().set_allowed_algs([self.algorithm.clone()]);
        let claims = token.claims(&verifier, nonce).unwrap();
        if let Some(expected) = claims.access_token_hash() {
            let (signed_by, key) = (token.signing_alg().unwrap(), token.signing_key(&verifier).unwrap());
            assert_eq!(&AccessTokenHash::from_token(access_token, signed_by, key).unwrap(), expected);
        }
        claims
    }

    async fn configuration(
        &self,
        method: reqwest::Method,
        token: &str,
        body: Option<&Value>,
    ) -> reqwest::Response {
        let uri = self.registration.as_ref().unwrap().registration_client_uri().unwrap().url().clone();
        let mut request = self.server.http.request(method, uri).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.unwrap()
    }

    /// Authorizes with PKCE and nonce, exchanges, reads the userinfo and refreshes; the last refresh token.
    async fn use_it(&self) -> (AccessToken, openidconnect::RefreshToken) {
        let http = |request| send(self.server.http.clone(), request);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = self
            .client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(["profile", "email", "offline_access"].map(|name| Scope::new(name.to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        let callback = Browser::new(self.server).allow(url.as_str(), "ada").await;
        assert_eq!(query_of(&callback, "state").as_ref(), Some(state.secret()));
        assert_eq!(query_of(&callback, "iss").as_deref(), Some(self.server.issuer.as_str()));

        let code = AuthorizationCode::new(query_of(&callback, "code").unwrap());
        let mut exchange = self.client.exchange_code(code).unwrap().set_pkce_verifier(verifier);
        for (name, value) in self.assertion() {
            exchange = exchange.add_extra_param(name, value);
        }
        let tokens = exchange.request_async(&http).await.unwrap();
        let claims = self.verify(tokens.id_token().unwrap(), tokens.access_token(), &nonce);
        let subject = claims.subject().clone();
        let userinfo = self.client.user_info(tokens.access_token().clone(), Some(subject.clone())).unwrap();
        let person: openidconnect::core::CoreUserInfoClaims = userinfo.request_async(&http).await.unwrap();
        assert_eq!(person.email().map(|email| email.as_str()), Some("ada@example.com"));

        let mut refresh = self.client.exchange_refresh_token(tokens.refresh_token().unwrap()).unwrap();
        for (name, value) in self.assertion() {
            refresh = refresh.add_extra_param(name, value);
        }
        let refreshed = refresh.request_async(&http).await.unwrap();
        assert_ne!(refreshed.access_token().secret(), tokens.access_token().secret());
        if let Some(token) = refreshed.id_token() {
            // OpenID Connect Core §12.2: the same subject; a nonce need not be there.
            let any = |_: Option<&Nonce>| Ok::<(), String>(());
            assert_eq!(self.verify(token, refreshed.access_token(), any).subject(), &subject);
        }
        (refreshed.access_token().clone(), refreshed.refresh_token().unwrap().clone())
    }

    /// Reads, renames and deletes the registration. RFC 7592 §2.
    async fn rename_and_delete(&self) {
        use reqwest::Method;
        let registration = self.registration.as_ref().unwrap();
        let token = registration.registration_access_token().unwrap().secret();
        let (status, mut metadata) = json_of(self.configuration(Method::GET, token, None).await).await;
        assert_eq!((status, &metadata["client_name"]), (200, &json!("openidconnect")), "{metadata}");

        let members = metadata.as_object_mut().unwrap();
        for name in [
            "registration_access_token",
            "registration_client_uri",
            "client_secret_expires_at",
            "client_id_issued_at",
        ] {
            members.remove(name);
        }
        members.insert("client_name".to_owned(), json!("renamed"));
        let (status, updated) = json_of(self.configuration(Method::PUT, token, Some(&metadata)).await).await;
        assert_eq!((status, &updated["client_name"]), (200, &json!("renamed")), "{updated}");

        let token = updated["registration_access_token"].as_str().unwrap_or(token);
        assert_eq!(self.configuration(Method::DELETE, token, None).await.status(), 204);
        assert_eq!(self.configuration(Method::GET, token, None).await.status(), 401);
    }

    /// A whole life, and nothing works after it.
    async fn live_and_die(&self) {
        let (access_token, refresh_token) = self.use_it().await;
        self.rename_and_delete().await;
        let http = |request| send(self.server.http.clone(), request);
        let mut refresh = self.client.exchange_refresh_token(&refresh_token).unwrap();
        for (name, value) in self.assertion() {
            refresh = refresh.add_extra_param(name, value);
        }
        let refused = refresh.request_async(&http).await.unwrap_err();
        let RequestTokenError::ServerResponse(refusal) = &refused else { panic!("{refused:?}") };
        assert_eq!(refusal.error().as_ref(), "invalid_client");
        assert_eq!(self.server.userinfo(access_token.secret()).await.status(), 401);
    }
}

const METHODS: [CoreClientAuthMethod; 5] = [
    CoreClientAuthMethod::None,
    CoreClientAuthMethod::ClientSecretBasic,
    CoreClientAuthMethod::ClientSecretPost,
    CoreClientAuthMethod::ClientSecretJwt,
    CoreClientAuthMethod::PrivateKeyJwt,
];

/// A client with each method of authentication that registers itself: discover, register, authorize, verify, refresh, update,
/// delete. A client that signs assertions does so with the algorithm of its ID tokens, or with its secret.
async fn live(algorithm: CoreJwsSigningAlgorithm) {
    let server = Server::start().await;
    server.add_user("ada").await;
    for method in METHODS {
        let party = Party::register(&server, algorithm.clone(), method).await;
        assert!(party.provider.id_token_signing_alg_values_supported().contains(&algorithm));
        party.live_and_die().await;
    }
}

/// `openidconnect`, with RS256 by default: dynamic clients of every method.
#[actix_web::test]
async fn dynamic_clients_live_with_rs256() {
    live(CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256).await;
}

/// The same with PS256.
#[actix_web::test]
async fn dynamic_clients_live_with_ps256() {
    live(CoreJwsSigningAlgorithm::RsaSsaPssSha256).await;
}

/// The same with ES256.
#[actix_web::test]
async fn dynamic_clients_live_with_es256() {
    live(CoreJwsSigningAlgorithm::EcdsaP256Sha256).await;
}

/// The same with `EdDSA`.
#[actix_web::test]
async fn dynamic_clients_live_with_eddsa() {
    live(CoreJwsSigningAlgorithm::EdDsa).await;
}

/// `openidconnect` as clients that an operator made, of every method and with every algorithm.
#[actix_web::test]
async fn static_clients_work_with_every_method_and_algorithm() {
    let server = Server::start().await;
    server.add_user("ada").await;
    for algorithm in [
        CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        CoreJwsSigningAlgorithm::EdDsa,
    ] {
        for method in METHODS {
            Party::by_operator(&server, algorithm.clone(), method).await.use_it().await;
        }
    }
}
