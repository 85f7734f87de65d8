//! The plan for Dynamic: what a client chooses when it registers. OpenID Connect Dynamic Client Registration 1.0, Core 1.0 §6, §8, §9.

use serde_json::{Value, json};

use super::Suite;
use super::suite::{CALLBACK, assert_page, error_at, request};
use crate::support::{ClientKey, Party, error_of, json_of, parts, query_of, tokens, verified};

/// Core §9: `private_key_jwt` with RS256; `aud` may be the issuer or the token endpoint.
#[actix_web::test]
async fn private_key_jwt_takes_both_audiences() {
    let suite = Suite::start().await;
    let party =
        suite.register(ClientKey::rs256(), json!({"token_endpoint_auth_method": "private_key_jwt"})).await;
    assert_eq!(party.client.client_secret, None, "a secret only where one is due");
    let server = &suite.server;
    for audience in [server.issuer.clone(), format!("{}/token", server.issuer)] {
        let code = suite.code(&party, &[]).await;
        let assertion = party.assertion(&audience, server.clock.now());
        let issued = tokens(exchange_with(&suite, &code, &assertion).await).await;
        suite.id_token(&party, &issued).await;
        // T24: once is once.
        let again = suite.code(&party, &[]).await;
        let refused = error_of(exchange_with(&suite, &again, &assertion).await).await;
        assert_eq!(refused, (401, "invalid_client".to_owned()));
    }
    let code = suite.code(&party, &[]).await;
    let elsewhere = party.assertion("https://elsewhere.example", server.clock.now());
    let refused = error_of(exchange_with(&suite, &code, &elsewhere).await).await;
    assert_eq!(refused, (401, "invalid_client".to_owned()));
}

async fn exchange_with(suite: &Suite, code: &str, assertion: &str) -> reqwest::Response {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ];
    suite.server.http.post(suite.server.url("/token")).form(&form).send().await.unwrap()
}

/// Core §10.1.1: keys behind a `jwks_uri`; a new `kid` there is fetched again, and the old key is good no more.
#[actix_web::test]
async fn a_client_may_rotate_its_key() {
    let suite = Suite::start().await;
    let old = ClientKey::rs256();
    let uri = suite.publish("/jwks.json", "application/json", old.jwks().to_string().as_bytes());
    let changes = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": null, "jwks_uri": uri});
    let mut party = suite.register(old, changes).await;
    assert_eq!(party.client.body["jwks_uri"], json!(uri));
    suite.tokens(&party, &[]).await;
    suite.server.advance(30);
    let mut new = ClientKey::rs256();
    new.jwk["kid"] = json!("rotated");
    suite.publish("/jwks.json", "application/json", new.jwks().to_string().as_bytes());
    let old = std::mem::replace(&mut party.key, new);
    suite.tokens(&party, &[]).await;
    let code = suite.code(&party, &[]).await;
    party.key = old;
    let refused = error_of(party.exchange(&suite.server, &code).await).await;
    assert_eq!(refused, (401, "invalid_client".to_owned()));
}

/// Registration §2: `userinfo_signed_response_alg` makes userinfo a JWT with issuer and audience.
#[actix_web::test]
async fn userinfo_comes_signed() {
    let suite = Suite::start().await;
    let party = suite.register(ClientKey::rs256(), json!({"userinfo_signed_response_alg": "RS256"})).await;
    let issued = suite.tokens(&party, &[("scope", "openid email")]).await;
    let answer = suite.server.userinfo(&issued.access_token).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"application/jwt".parse().unwrap())
    );
    let claims = verified(&answer.text().await.unwrap(), &suite.server.jwks().await).unwrap();
    let id_token = suite.id_token(&party, &issued).await;
    assert_eq!((&claims["sub"], &claims["email"]), (&id_token["sub"], &json!("ada@example.com")));
    assert_eq!((&claims["iss"], &claims["aud"]), (&id_token["iss"], &id_token["aud"]));
}

/// Core §3.1.2.1: a redirect URI with a query is exact, and its query comes back beside the answer.
#[actix_web::test]
async fn a_query_in_a_redirect_uri_is_kept_and_exact() {
    let suite = Suite::start().await;
    let uri = format!("{CALLBACK}?foo=bar");
    let party = suite.register(ClientKey::es256(), json!({"redirect_uris": [uri]})).await;
    let callback = suite.browser().allow(&suite.url(&party, &[]), "ada").await;
    assert_eq!(query_of(&callback, "foo").as_deref(), Some("bar"));
    party.tokens_for(&suite.server, &query_of(&callback, "code").unwrap()).await;
    for other in [CALLBACK.to_owned(), format!("{CALLBACK}?foo=baz"), format!("{uri}&more=x")] {
        assert_page(&suite.browser().open(&suite.url(&party, &[("redirect_uri", &other)])).await, "redirect");
    }
    let plain = suite.client().await;
    let added = suite.url(&plain, &[("redirect_uri", &uri)]);
    assert_page(&suite.browser().open(&added).await, "redirect");
}

/// Registration §2, RFC 6749 §3.1.2: a fragment is refused at registration.
#[actix_web::test]
async fn a_fragment_is_refused_at_registration() {
    let suite = Suite::start().await;
    let metadata = request(&ClientKey::es256(), json!({"redirect_uris": [format!("{CALLBACK}#foobar")]}));
    let refused = error_of(suite.server.post_registration(&metadata).await).await;
    assert_eq!(refused, (400, "invalid_redirect_uri".to_owned()));
}

/// Core §3.1.2.1: of two redirect URIs one must be sent.
#[actix_web::test]
async fn of_two_redirect_uris_one_must_be_sent() {
    let suite = Suite::start().await;
    let uris = json!([CALLBACK, "https://client.example/second"]);
    let party = suite.register(ClientKey::es256(), json!({"redirect_uris": uris})).await;
    assert_page(&suite.browser().open(&suite.url(&party, &[("redirect_uri", "")])).await, "redirect");
}

/// Registration §2: policy and terms are linked on the sign-in page.
#[actix_web::test]
async fn policy_and_terms_are_on_the_sign_in_page() {
    let suite = Suite::start().await;
    let (policy, terms) = ("https://client.example/policy", "https://client.example/terms");
    let party = suite.register(ClientKey::es256(), json!({"policy_uri": policy, "tos_uri": terms})).await;
    let page = suite.browser().open(&suite.url(&party, &[])).await;
    assert!(page.has_form("/login"), "{}", page.text());
    for uri in [policy, terms] {
        assert!(page.html.contains(&format!("href=\"{uri}\"")), "{uri}: {}", page.html);
    }
}

/// Registration §2: the logo is on the sign-in page, from this server and as large as it says.
#[actix_web::test]
async fn the_logo_is_on_the_sign_in_page() {
    let suite = Suite::start().await;
    let mut picture = std::io::Cursor::new(Vec::new());
    image::RgbaImage::new(64, 64).write_to(&mut picture, image::ImageFormat::Png).unwrap();
    let logo = suite.publish("/logo.png", "image/png", picture.get_ref());
    let party = suite.register(ClientKey::es256(), json!({"logo_uri": logo})).await;
    for _ in 0..100 {
        let page = suite.browser().open(&suite.url(&party, &[])).await;
        assert!(page.has_form("/login") && !page.html.contains(&logo), "{}", page.html);
        if page.html.contains("/pictures/") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no logo came");
}

/// Core §8.1: pairwise subjects are the same for all of a sector, other than the public one, and other in another sector.
#[actix_web::test]
async fn subjects_are_pairwise_by_sector() {
    let suite = Suite::start().await;
    let (one, two) = ("https://one.example/cb", "https://two.example/cb");
    let sector =
        suite.publish("/sector.json", "application/json", json!([one, two, CALLBACK]).to_string().as_bytes());
    let mut subjects = Vec::new();
    for changes in [
        json!({"subject_type": "pairwise", "sector_identifier_uri": sector, "redirect_uris": [one]}),
        json!({"subject_type": "pairwise", "sector_identifier_uri": sector, "redirect_uris": [two]}),
        json!({"subject_type": "pairwise", "redirect_uris": [one]}),
        json!({"subject_type": "public", "redirect_uris": [one]}),
    ] {
        let party = suite.register(ClientKey::es256(), changes).await;
        let issued = suite.tokens(&party, &[]).await;
        let subject = suite.id_token(&party, &issued).await["sub"].clone();
        assert_eq!(suite.userinfo(&issued).await["sub"], subject);
        subjects.push(subject);
    }
    assert_eq!(subjects[0], subjects[1], "one sector");
    assert!(
        subjects[0] != subjects[2] && subjects[0] != subjects[3] && subjects[2] != subjects[3],
        "{subjects:?}"
    );
}

/// Registration §5: a sector identifier that does not name every redirect URI, or is not to be had, is refused.
#[actix_web::test]
async fn a_bad_sector_identifier_is_refused() {
    let suite = Suite::start().await;
    let bad = suite.publish("/bad.json", "application/json", b"[\"https://other.example/cb\"]");
    for uri in [bad, suite.site("/nothing-here.json")] {
        let metadata =
            request(&ClientKey::es256(), json!({"subject_type": "pairwise", "sector_identifier_uri": uri}));
        let refused = error_of(suite.server.post_registration(&metadata).await).await;
        assert_eq!(refused, (400, "invalid_client_metadata".to_owned()), "{uri}");
    }
    let two_hosts =
        json!({"subject_type": "pairwise", "redirect_uris": [CALLBACK, "https://two.example/cb"]});
    let refused =
        error_of(suite.server.post_registration(&request(&ClientKey::es256(), two_hosts)).await).await;
    assert_eq!(refused, (400, "invalid_client_metadata".to_owned()), "two hosts and no sector identifier");
}

fn object(suite: &Suite, party: &Party, state: &str) -> String {
    let claims = json!({"response_type": "code", "redirect_uri": CALLBACK, "scope": "openid", "state": state, "nonce": "of the object"});
    party.request_object(&suite.server.issuer, suite.server.clock.now(), &claims)
}

/// Core §6.2: a request object by reference, signed with RS256, behind a registered `request_uri`.
#[actix_web::test]
async fn a_request_comes_by_reference() {
    let suite = Suite::start().await;
    let uri = suite.site("/request.jwt");
    let changes = json!({"request_uris": [uri], "request_object_signing_alg": "RS256"});
    let party = suite.register(ClientKey::rs256(), changes).await;
    // No type is named by Core; these are those of RFC 9101 §10.2 and of any JWS.
    for kind in ["application/oauth-authz-req+jwt", "application/jose"] {
        let signed = object(&suite, &party, kind);
        suite.publish("/request.jwt", kind, signed.as_bytes());
        let url = suite.url(&party, &[("request_uri", &uri), ("state", ""), ("nonce", "")]);
        let callback = suite.browser().allow(&url, "ada").await;
        assert_eq!(query_of(&callback, "state").as_deref(), Some(kind), "{callback}");
        let issued = party.tokens_for(&suite.server, &query_of(&callback, "code").unwrap()).await;
        assert_eq!(suite.id_token(&party, &issued).await["nonce"], "of the object");
    }
}

/// Core §6.1, §6.3: a signed request object by value comes before the query; one that is not signed, or by another, is refused.
#[actix_web::test]
async fn a_request_object_must_be_signed() {
    let suite = Suite::start().await;
    let party = suite.register(ClientKey::rs256(), json!({})).await;
    let signed = object(&suite, &party, "of the object");
    let callback = suite
        .browser()
        .allow(&suite.url(&party, &[("request", &signed), ("state", "of the query")]), "ada")
        .await;
    assert_eq!(query_of(&callback, "state").as_deref(), Some("of the object"), "{callback}");
    let (_, claims) = parts(&signed);
    let unsigned = crate::support::assemble(&json!({"alg": "none"}), &claims, &[]);
    let foreign = ClientKey::rs256().sign(&parts(&signed).0, &claims);
    for bad in [unsigned, foreign] {
        let page = suite.browser().open(&suite.url(&party, &[("request", &bad)])).await;
        assert_eq!(error_at(&page), "invalid_request_object");
    }
}

/// Core §10.1.1: after a rotation there is a key that was not there before, and what it signs can be verified.
#[actix_web::test]
async fn the_provider_may_rotate_its_keys() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let first = suite.tokens(&party, &[]).await;
    let before = suite.server.jwks().await;
    suite.server.command(&["key", "rotate"]).await;
    for _ in 0..100 {
        if suite.server.jwks().await != before {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let after = suite.server.jwks().await;
    let names = |jwks: &Value| -> Vec<String> {
        jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    };
    assert!(names(&after).iter().any(|kid| !names(&before).contains(kid)), "{after}");
    let next = suite.tokens(&party, &[]).await;
    for issued in [&first, &next] {
        suite.id_token(&party, issued).await;
    }
}

/// Registration §3.2, RFC 7592 §2.3: the answer has no empty member, and every plan can deregister its client by https.
#[actix_web::test]
async fn a_client_can_deregister() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    assert!(party.client.registration_client_uri.starts_with("https://"));
    assert_eq!(party.client.body["client_secret_expires_at"], json!(0));
    assert!(
        party.client.body.as_object().unwrap().values().all(|value| !value.is_null() && *value != json!(""))
    );
    assert_eq!(suite.server.delete_registration(&party.client).await.status(), 204);
    let refused = error_of(party.exchange(&suite.server, "any").await).await;
    assert_eq!(refused, (401, "invalid_client".to_owned()));
}

/// Core §4, third-party initiated login: `initiate_login_uri` is registered and echoed, and must be https.
#[actix_web::test]
async fn initiate_login_uri_is_https_and_echoed() {
    let suite = Suite::start().await;
    let uri = "https://client.example/initiate";
    let party = suite.register(ClientKey::es256(), json!({"initiate_login_uri": uri})).await;
    assert_eq!(party.client.body["initiate_login_uri"], uri);
    let metadata =
        request(&ClientKey::es256(), json!({"initiate_login_uri": "http://client.example/initiate"}));
    let (status, body) = json_of(suite.server.post_registration(&metadata).await).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_client_metadata")));
}
