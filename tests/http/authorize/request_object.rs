//! Request objects by value. OpenID Connect Core §6.1, RFC 9101.

use serde_json::{Value, json};

use super::{answer, error_to, refusal};
use crate::support::{
    Browser, ClientKey, Pkce, Registered, Server, assemble, metadata_of, parts, query_of, tokens,
};

/// A client with a key of its own.
struct Signer {
    server: Server,
    client: Registered,
    key: ClientKey,
}

impl Signer {
    async fn with(key: ClientKey, changes: Value) -> Self {
        let server = Server::start().await;
        server.add_user("ada").await;
        let mut metadata = json!({
            "redirect_uris": ["https://client.example/cb", "https://client.example/other"],
            "token_endpoint_auth_method": "none", "jwks": key.jwks(),
        });
        for (name, value) in changes.as_object().unwrap() {
            metadata[name] = value.clone();
        }
        let client = server.register(metadata).await;
        Self { server, client, key }
    }

    fn header(&self) -> Value {
        json!({"alg": self.key.alg(), "kid": self.key.kid()})
    }

    fn claims(&self, changes: &Value) -> Value {
        let mut claims = json!({"iss": self.client.client_id, "aud": self.server.issuer});
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    fn object(&self, changes: &Value) -> String {
        self.key.sign(&self.header(), &self.claims(changes))
    }

    /// The error and its description for a request with this object.
    async fn refused(&self, object: &str) -> (String, String) {
        refusal(&self.server, &self.client, &[("request", object)]).await
    }
}

/// OpenID Connect Core §6.1, §6.3.2: with every algorithm that is listed; what the object holds comes before the query, on the page
/// and in the answer, and the rest of the query counts.
#[actix_web::test]
async fn what_is_signed_comes_before_the_query() {
    for alg in ["RS256", "PS256", "ES256", "EdDSA"] {
        let signer = Signer::with(ClientKey::for_algorithm(alg), json!({})).await;
        let pkce = Pkce::new();
        let object = signer.object(&json!({
            "redirect_uri": "https://client.example/other", "state": "signed", "nonce": "n-1", "scope": "openid email",
            "max_age": 600, "exp": signer.server.clock.now() + 60,
        }));
        let extra = [("request", &*object), ("scope", "openid phone"), ("nonce", "of the query")];
        let url = signer.server.authorize_url(&signer.client, &pkce, &extra);
        let mut browser = Browser::new(&signer.server);
        let consent = browser.authorize(&url, "ada").await;
        assert!(consent.text().contains("e-mail address"), "{}", consent.text());
        // The object has done its work: that it expires while a person thinks spoils nothing.
        signer.server.advance(120);
        let answered = browser.submit(&consent.form("/consent").with("decision", "allow")).await;
        let location = answered.location.unwrap();
        assert!(location.starts_with("https://client.example/other?"), "{location}");
        assert_eq!(query_of(&location, "state").as_deref(), Some("signed"));
        let other =
            Registered { redirect_uri: "https://client.example/other".into(), ..signer.client.clone() };
        let code = query_of(&location, "code").unwrap();
        let issued = tokens(signer.server.exchange(&other, &code, &pkce).await).await;
        assert_eq!(issued.body["scope"], "email openid");
        assert_eq!(parts(&issued.id_token.unwrap()).1["nonce"], "n-1");
    }
}

/// OpenID Connect Core §6.1, T22: unsigned, symmetric, foreign, altered and encrypted ones are `invalid_request_object`.
#[actix_web::test]
async fn what_the_client_did_not_sign_is_refused() {
    let signer = Signer::with(ClientKey::es256(), json!({})).await;
    let claims = signer.claims(&json!({"scope": "openid"}));
    let good = signer.object(&json!({"scope": "openid"}));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let altered = assemble(&signer.header(), &json!({"scope": "openid email"}), b"");
    let stranger = ClientKey::es256();
    for object in [
        assemble(&json!({"alg": "none"}), &claims, b""),
        assemble(&json!({"alg": "none"}), &claims, b"x"),
        assemble(&json!({"alg": "HS256"}), &claims, &[7; 32]),
        assemble(&json!({"alg": "ES256", "jwk": stranger.jwk}), &claims, &[7; 64]),
        stranger.sign(&json!({"alg": "ES256"}), &claims),
        stranger.sign(&signer.header(), &claims),
        format!("{message}."),
        format!("{altered}{signature}"),
        format!("{good}.a.b"),
        "not a JWT".to_owned(),
    ] {
        assert_eq!(signer.refused(&object).await.0, "invalid_request_object", "{object}");
    }
    let keyless = signer.server.register_public().await;
    assert_eq!(refusal(&signer.server, &keyless, &[("request", &good)]).await.0, "invalid_request_object");
    assert!(answer(&signer.server, &signer.client, &[("request", &good)]).await.has_form("/login"));
}

/// OpenID Connect Core §6.1, RFC 9101 §4, §10.8: each claim is for this client, this server and this time; a client assertion, an
/// object within an object and another kind of JWT are none.
#[actix_web::test]
async fn every_claim_of_an_object_is_held_to() {
    let signer = Signer::with(ClientKey::ed25519(), json!({})).await;
    let (id, now) = (signer.client.client_id.clone(), signer.server.clock.now());
    for changes in [
        json!({"iss": "c-other"}),
        json!({"client_id": "c-other"}),
        json!({"aud": "https://other.example"}),
        json!({"aud": signer.server.url("/token")}),
        json!({"sub": id}),
        json!({"exp": now - 31}),
        json!({"nbf": now + 31}),
        json!({"exp": "soon"}),
        json!({"request": "x"}),
        json!({"request_uri": "https://client.example/r"}),
        json!({"response_type": "token"}),
        json!({"scope": ["openid"]}),
        json!({"claims": [1]}),
    ] {
        let (code, _) = signer.refused(&signer.object(&changes)).await;
        assert_eq!(code, "invalid_request_object", "{changes}");
    }
    let claims = signer.claims(&json!({}));
    for typ in ["client-authentication+jwt", "at+jwt", "logout+jwt"] {
        let object = signer.key.sign(&json!({"alg": "EdDSA", "typ": typ}), &claims);
        assert_eq!(signer.refused(&object).await.0, "invalid_request_object", "{typ}");
    }
    for typ in ["oauth-authz-req+jwt", "JWT"] {
        let object = signer.key.sign(&json!({"alg": "EdDSA", "typ": typ}), &claims);
        assert!(answer(&signer.server, &signer.client, &[("request", &object)]).await.has_form("/login"));
    }
    // A good object can ask for what is refused as in a query, and is answered where it says.
    let object = signer.object(&json!({"prompt": "none", "state": "inner"}));
    let page = answer(&signer.server, &signer.client, &[("request", &object)]).await;
    assert_eq!(error_to(&page, "https://client.example/cb", "inner", &signer.server).0, "login_required");
    // Nor does it bring in an address that was not registered.
    let object = signer.object(&json!({"redirect_uri": "https://evil.example/"}));
    let page = answer(&signer.server, &signer.client, &[("request", &object)]).await;
    assert_eq!((page.status, page.location), (400, None));
    let both = [("request", "a.b.c"), ("request_uri", "https://client.example/r")];
    assert_eq!(refusal(&signer.server, &signer.client, &both).await.0, "invalid_request");
}

/// OpenID Connect Dynamic Client Registration §2: `request_object_signing_alg` is exact, and `none` is no algorithm.
#[actix_web::test]
async fn a_registered_algorithm_is_the_only_one() {
    let (rs256, es256) = (ClientKey::rs256(), ClientKey::es256());
    let both = json!({"keys": [rs256.jwk, es256.jwk]});
    let signer = Signer::with(es256, json!({"jwks": both, "request_object_signing_alg": "RS256"})).await;
    assert_eq!(metadata_of(&signer.client.body)["request_object_signing_alg"], "RS256");
    let (code, description) = signer.refused(&signer.object(&json!({}))).await;
    assert_eq!(code, "invalid_request_object");
    assert!(description.contains("use RS256"), "{description}");
    let good = rs256.sign(&json!({"alg": "RS256", "kid": rs256.kid()}), &signer.claims(&json!({})));
    assert!(answer(&signer.server, &signer.client, &[("request", &good)]).await.has_form("/login"));
    let none = json!({"redirect_uris": ["https://client.example/cb"], "request_object_signing_alg": "none"});
    assert_eq!(signer.server.refused(none).await.0, "invalid_client_metadata");
}

/// RFC 9101 §10.5: of a client that promised to sign its requests nothing else counts, and no request without a signature.
#[actix_web::test]
async fn a_client_that_promised_to_sign_is_held_to_it() {
    let signer = Signer::with(ClientKey::es256(), json!({"require_signed_request_object": true})).await;
    let (code, description) = refusal(&signer.server, &signer.client, &[]).await;
    assert_eq!(code, "invalid_request");
    assert!(description.contains("require_signed_request_object"), "{description}");
    let pretended = [("request#signed", "true")];
    assert_eq!(refusal(&signer.server, &signer.client, &pretended).await.0, "invalid_request");
    let pkce = Pkce::new();
    let object = signer.object(&json!({
        "response_type": "code", "redirect_uri": "https://client.example/cb", "scope": "openid",
        "code_challenge": pkce.challenge, "code_challenge_method": "S256",
    }));
    let extra =
        [("request", &*object), ("scope", "openid email"), ("state", "unsigned"), ("nonce", "unsigned")];
    let url = signer.server.authorize_url(&signer.client, &Pkce::new(), &extra);
    let location = Browser::new(&signer.server).allow(&url, "ada").await;
    assert_eq!(query_of(&location, "state"), None);
    let code = query_of(&location, "code").unwrap();
    let issued = tokens(signer.server.exchange(&signer.client, &code, &pkce).await).await;
    assert_eq!(issued.body["scope"], "openid");
    assert_eq!(parts(&issued.id_token.unwrap()).1.get("nonce"), None);
}

/// OpenID Connect Core §3.1.2.1: an object comes by POST as well, and is driven again from what was stored.
#[actix_web::test]
async fn an_object_comes_by_post_as_well() {
    let signer = Signer::with(ClientKey::es256(), json!({})).await;
    let object = signer.object(&json!({"state": "signed"}));
    let url = signer.server.authorize_url(&signer.client, &Pkce::new(), &[("request", &object)]);
    let form: Vec<(String, String)> = url::Url::parse(&url).unwrap().query_pairs().into_owned().collect();
    let posted = signer.server.http.post(signer.server.url("/authorize")).form(&form).send().await.unwrap();
    assert_eq!(posted.status(), 303);
    let next = signer.server.url(posted.headers()["location"].to_str().unwrap());
    let location = Browser::new(&signer.server).allow(&next, "ada").await;
    assert_eq!(query_of(&location, "state").as_deref(), Some("signed"));
    let bad: Vec<_> = form
        .into_iter()
        .map(|(name, value)| if name == "request" { (name, "a.b.c".to_owned()) } else { (name, value) })
        .collect();
    let refused = signer.server.http.post(signer.server.url("/authorize")).form(&bad).send().await.unwrap();
    let location = refused.headers()["location"].to_str().unwrap();
    assert_eq!(query_of(location, "error").as_deref(), Some("invalid_request_object"));
}
