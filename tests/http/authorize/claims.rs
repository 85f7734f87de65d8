//! The `claims` parameter, and `acr_values`. OpenID Connect Core §5.5.

use serde_json::{Value, json};

use super::{refusal, refused_as};
use crate::support::{Browser, Page, Pkce, Registered, Server, parts, query_of, tokens};

async fn with_ada() -> (Server, Registered) {
    let server = Server::start().await;
    server.add_user("ada").await;
    server.add_user("bob").await;
    let client = server.register_public().await;
    (server, client)
}

fn url(server: &Server, client: &Registered, pkce: &Pkce, claims: &Value) -> String {
    server.authorize_url(client, pkce, &[("scope", "openid"), ("claims", &claims.to_string())])
}

async fn ask(server: &Server, browser: &mut Browser, client: &Registered, claims: &Value) -> Page {
    browser.open(&url(server, client, &Pkce::new(), claims)).await
}

/// U01, U02: a claim that is asked for one by one is allowed as its scope is: the page shows that scope, remembers it, and without
/// it nothing is had; the token has no more scopes for it.
#[actix_web::test]
async fn a_person_allows_what_a_claim_opens() {
    let (server, client) = with_ada().await;
    let mut browser = Browser::new(&server);
    browser.allow(&server.authorize_url(&client, &Pkce::new(), &[("scope", "openid")]), "ada").await;
    let asked = json!({"userinfo": {"email": {"essential": true}}});
    let pkce = Pkce::new();
    let consent = browser.open(&url(&server, &client, &pkce, &asked)).await;
    assert!(consent.text().contains("e-mail address"), "{}", consent.text());
    let answered = browser.submit(&consent.form("/consent").with("decision", "allow")).await;
    let code = query_of(answered.location.as_deref().unwrap(), "code").unwrap();
    let issued = tokens(server.exchange(&client, &code, &pkce).await).await;
    assert_eq!(issued.body["scope"], "openid");
    let told: Value = server.userinfo(&issued.access_token).await.json().await.unwrap();
    assert_eq!(told["email"], "ada@example.com");
    // Allowed once, it is not asked again; what another claim opens is.
    assert!(ask(&server, &mut browser, &client, &asked).await.location.is_some());
    let more = json!({"id_token": {"preferred_username": null}});
    assert!(ask(&server, &mut browser, &client, &more).await.has_form("/consent"));
}

/// D16: a client gets no claim of a scope that it may not have, and none without `openid`; what is not understood is ignored.
#[actix_web::test]
async fn no_claim_goes_beyond_the_scopes_of_the_client() {
    let (server, _) = with_ada().await;
    let client = server
        .register(json!({
            "redirect_uris": ["https://client.example/cb"], "token_endpoint_auth_method": "none",
            "scope": "openid phone",
        }))
        .await;
    let asked = json!({
        "userinfo": {"email": {"essential": true}, "https://x.example/claim": null}, "id_token": {"email": null, "grade": null},
    });
    let pkce = Pkce::new();
    for scope in ["openid", "phone"] {
        let extra = [("scope", scope), ("claims", &*asked.to_string())];
        let mut browser = Browser::new(&server);
        let consent = browser.authorize(&server.authorize_url(&client, &pkce, &extra), "ada").await;
        assert!(!consent.text().contains("e-mail address"), "{}", consent.text());
        let answered = browser.submit(&consent.form("/consent").with("decision", "allow")).await;
        let code = query_of(answered.location.as_deref().unwrap(), "code").unwrap();
        let issued = tokens(server.exchange(&client, &code, &pkce).await).await;
        if scope == "openid" {
            let told: Value = server.userinfo(&issued.access_token).await.json().await.unwrap();
            assert_eq!(told.get("email"), None);
            assert_eq!(parts(&issued.id_token.unwrap()).1.get("email"), None);
        }
    }
    assert_eq!(server.execute("UPDATE grants SET claims = NULL WHERE claims IS NOT NULL"), 0);
}

/// A26: what cannot be read is `invalid_request`.
#[actix_web::test]
async fn a_claims_parameter_that_cannot_be_read_is_refused() {
    let (server, client) = with_ada().await;
    let long = json!({"userinfo": {"x".repeat(8192): null}}).to_string();
    for claims in [
        "email",
        "[]",
        "{",
        r#"{"userinfo":[]}"#,
        r#"{"userinfo":{"email":true}}"#,
        r#"{"id_token":{"acr":{"values":"1"}}}"#,
        r#"{"userinfo":{"email":null,"email":null}}"#,
        &long,
    ] {
        let (code, description) = refusal(&server, &client, &[("scope", "openid"), ("claims", claims)]).await;
        assert_eq!(code, "invalid_request", "{claims}");
        assert!(description.starts_with("claims "), "{description}");
    }
}

/// S05, OpenID Connect Core §5.5.1.1: an essential `acr` that is not to be had is no sign-in; a wish is none to fail for.
#[actix_web::test]
async fn an_essential_acr_that_is_not_had_is_refused() {
    let (server, client) = with_ada().await;
    let acr = |asked: Value| json!({"id_token": {"acr": asked}}).to_string();
    for unmet in
        [json!({"essential": true, "value": "3"}), json!({"essential": true, "values": ["urn:mfa", 1]})]
    {
        let extra = [("scope", "openid"), ("claims", &*acr(unmet))];
        assert_eq!(refused_as(&server, &client, &extra).await, "unmet_authentication_requirements");
    }
    for met in [
        acr(json!({"essential": true, "values": ["2", "1"]})),
        acr(json!({"essential": true})),
        acr(json!({"values": ["urn:mfa"]})),
        acr(Value::Null),
    ] {
        let pkce = Pkce::new();
        let extra = [("scope", "openid"), ("claims", &*met), ("acr_values", "urn:mfa 2")];
        let code = server.code_for(&client, "ada", &pkce, &extra).await;
        let issued = tokens(server.exchange(&client, &code, &pkce).await).await;
        assert_eq!(parts(&issued.id_token.unwrap()).1["acr"], "1", "{met}");
    }
    let metadata = server.well_known("openid-configuration").await;
    assert_eq!(metadata["claims_parameter_supported"], true);
    assert_eq!(metadata["acr_values_supported"], json!(["1", "2", "phr"]));
}

/// OpenID Connect Core §5.5.1: a value of `sub` is the one person who may answer.
#[actix_web::test]
async fn a_subject_that_is_asked_for_is_the_only_one_to_answer() {
    let (server, client) = with_ada().await;
    let issued = server.tokens(&client, "ada", "openid").await;
    let sub = parts(&issued.id_token.unwrap()).1["sub"].clone();
    let asked = json!({"id_token": {"sub": {"value": sub}}});
    let mut ada = Browser::new(&server);
    let consent = ada.authorize(&url(&server, &client, &Pkce::new(), &asked), "ada").await;
    assert!(consent.location.is_some() || consent.has_form("/consent"), "{}", consent.text());
    let mut bob = Browser::new(&server);
    let page = bob.authorize(&url(&server, &client, &Pkce::new(), &asked), "bob").await;
    let location = page.location.unwrap();
    assert_eq!(query_of(&location, "error").as_deref(), Some("login_required"), "{location}");
    // Signed in as bob, ada is asked for.
    assert!(ask(&server, &mut bob, &client, &asked).await.has_form("/login"));
}

/// OpenID Connect Core §5.5.1: a `sub` that nobody has, or that is another one in each place, is nobody's to answer.
#[actix_web::test]
async fn a_subject_that_nobody_has_is_nobodys_to_answer() {
    let (server, client) = with_ada().await;
    let mut ada = Browser::new(&server);
    let everybody = json!({"id_token": {"sub": null}, "userinfo": {"sub": {"essential": true}}});
    let location = ada.allow(&url(&server, &client, &Pkce::new(), &everybody), "ada").await;
    assert!(query_of(&location, "code").is_some(), "{location}");
    let issued = server.tokens(&client, "ada", "openid").await;
    let sub = parts(&issued.id_token.unwrap()).1["sub"].clone();
    for asked in [
        json!({"id_token": {"sub": {"value": 7}}}),
        json!({"id_token": {"sub": {"value": null}}}),
        json!({"userinfo": {"sub": {"values": [{}, true]}}}),
        json!({"id_token": {"sub": {"value": sub}}, "userinfo": {"sub": {"value": "u-other"}}}),
    ] {
        let page = ask(&server, &mut ada, &client, &asked).await;
        assert!(page.has_form("/login"), "{asked}: {:?}", page.location);
    }
    let both =
        json!({"id_token": {"sub": {"value": sub}}, "userinfo": {"sub": {"values": ["u-other", sub]}}});
    assert!(ask(&server, &mut ada, &client, &both).await.location.is_some());
}

/// OpenID Connect Core §3.1.2.1: wishes about pages and languages, and what nobody knows, are tolerated; so are registered wishes.
#[actix_web::test]
async fn wishes_are_tolerated() {
    let server = Server::start().await;
    let client = server
        .register(json!({
            "redirect_uris": ["https://client.example/cb"], "token_endpoint_auth_method": "none",
            "default_acr_values": ["urn:mfa", "1"], "require_auth_time": true,
        }))
        .await;
    assert_eq!(client.body["default_acr_values"], json!(["urn:mfa", "1"]));
    for wish in [
        ("display", "popup"),
        ("display", "hologram"),
        ("ui_locales", "se fr-CA de"),
        ("claims_locales", "se"),
        ("acr_values", "urn:mace:incommon:iap:silver"),
        ("login_hint", "ada"),
        ("extra", "foobar"),
    ] {
        assert!(
            super::answer(&server, &client, &[("scope", "openid"), wish]).await.has_form("/login"),
            "{wish:?}"
        );
    }
}
