//! The plan for Basic: `prompt`, `max_age`, hints, the claims parameter and request objects. OpenID Connect Core 1.0 §3.1.2.1, §5.5, §6.

use serde_json::{Value, json};

use super::Suite;
use super::suite::error_at;
use crate::support::{Browser, Party, Tokens, query_of};

/// Ada is signed in and has allowed the client to know who she is.
async fn signed_in() -> (Suite, Party, Browser, Tokens) {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let mut browser = suite.browser();
    let issued = suite.tokens_in(&mut browser, &party, &[]).await;
    (suite, party, browser, issued)
}

/// `prompt=login`: the person signs in again, and `auth_time` moves.
#[actix_web::test]
async fn prompt_login_moves_auth_time() {
    let (suite, party, mut browser, first) = signed_in().await;
    let before = suite.id_token(&party, &first).await["auth_time"].as_i64();
    suite.server.advance(10);
    let page = browser.open(&suite.url(&party, &[("prompt", "login")])).await;
    assert!(page.has_form("/login"), "{}", page.text());
    let callback = browser.sign_in(&page, "ada").await.location.unwrap();
    let issued = party.tokens_for(&suite.server, &query_of(&callback, "code").unwrap()).await;
    let claims = suite.id_token(&party, &issued).await;
    assert!(before.is_none() || claims["auth_time"].as_i64() > before, "{claims}");
    assert_eq!(claims["auth_time"], json!(suite.server.clock.now()));
}

/// `prompt=none` of somebody who is not signed in: `login_required`, with no page.
#[actix_web::test]
async fn prompt_none_without_a_session_is_login_required() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let page = suite.browser().open(&suite.url(&party, &[("prompt", "none")])).await;
    assert_eq!(error_at(&page), "login_required");
}

/// `prompt=none` with a session and remembered consent: a code at once, for the same person and the same `auth_time`.
#[actix_web::test]
async fn prompt_none_is_silent_with_session_and_consent() {
    let (suite, party, mut browser, first) = signed_in().await;
    let before = suite.id_token(&party, &first).await;
    suite.server.advance(10);
    let page = browser.open(&suite.url(&party, &[("prompt", "none")])).await;
    let code =
        query_of(page.location.as_deref().unwrap(), "code").unwrap_or_else(|| panic!("{:?}", page.location));
    let after = suite.id_token(&party, &party.tokens_for(&suite.server, &code).await).await;
    assert_eq!((&after["sub"], &after["auth_time"]), (&before["sub"], &before["auth_time"]));
}

/// `prompt=none` for more than was allowed: `consent_required` or `interaction_required`.
#[actix_web::test]
async fn prompt_none_without_consent_says_so() {
    let (suite, _, mut browser, _) = signed_in().await;
    let other = suite.client().await;
    let page = browser.open(&suite.url(&other, &[("prompt", "none")])).await;
    assert!(["consent_required", "interaction_required"].contains(&error_at(&page).as_str()));
}

/// `max_age`: who signed in longer ago signs in again, who did not goes on; `auth_time` is in the ID token.
#[actix_web::test]
async fn max_age_signs_in_again_when_it_is_over() {
    let (suite, party, mut browser, _) = signed_in().await;
    let begun = suite.server.clock.now();
    suite.server.advance(2);
    let page = browser.open(&suite.url(&party, &[("max_age", "10000")])).await;
    let code = query_of(page.location.as_deref().unwrap(), "code").unwrap();
    let issued = party.tokens_for(&suite.server, &code).await;
    assert_eq!(suite.id_token(&party, &issued).await["auth_time"], json!(begun));
    let page = browser.open(&suite.url(&party, &[("max_age", "1")])).await;
    assert!(page.has_form("/login"), "{}", page.text());
    let callback = browser.sign_in(&page, "ada").await.location.unwrap();
    let issued = party.tokens_for(&suite.server, &query_of(&callback, "code").unwrap()).await;
    assert_eq!(suite.id_token(&party, &issued).await["auth_time"], json!(suite.server.clock.now()));
}

/// `id_token_hint` with `prompt=none`: a code for that person; `login_required` if another is signed in.
#[actix_web::test]
async fn a_hint_with_prompt_none_is_for_that_person_only() {
    let (suite, party, mut browser, first) = signed_in().await;
    let hint = first.id_token.as_deref().unwrap();
    let silent = suite.url(&party, &[("prompt", "none"), ("id_token_hint", hint)]);
    let page = browser.open(&silent).await;
    let code =
        query_of(page.location.as_deref().unwrap(), "code").unwrap_or_else(|| panic!("{:?}", page.location));
    let issued = party.tokens_for(&suite.server, &code).await;
    assert_eq!(suite.id_token(&party, &issued).await["sub"], suite.id_token(&party, &first).await["sub"]);
    suite.server.add_user("bob").await;
    let mut other = suite.browser();
    other.allow(&suite.url(&party, &[]), "bob").await;
    assert_eq!(error_at(&other.open(&silent).await), "login_required");
}

/// §5.5: `name` as an essential claim is given at userinfo without its scope, and nothing else is.
#[actix_web::test]
async fn an_essential_claim_is_given_at_userinfo() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let claims = json!({"userinfo": {"name": {"essential": true}}}).to_string();
    let issued = suite.tokens(&party, &[("claims", &claims)]).await;
    let person: Value = suite.userinfo(&issued).await;
    assert_eq!(person, json!({"sub": person["sub"], "name": "Ada Lovelace"}));
    assert_eq!(suite.id_token(&party, &issued).await.get("name"), None);
}

/// §6.1: an unsigned request object is refused by its own error.
#[actix_web::test]
async fn an_unsigned_request_object_is_refused_by_its_own_error() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let object = crate::support::assemble(
        &json!({"alg": "none"}),
        &json!({"client_id": party.client.client_id, "response_type": "code", "scope": "openid", "iss": party.client.client_id, "aud": suite.server.issuer}),
        &[],
    );
    let page = suite.browser().open(&suite.url(&party, &[("request", &object)])).await;
    assert!(["invalid_request_object", "request_not_supported"].contains(&error_at(&page).as_str()));
}

/// §6.2: a `request_uri` that was not registered is refused by its own error, and nobody is asked for it.
#[actix_web::test]
async fn an_unregistered_request_uri_is_refused_by_its_own_error() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let uri = suite.publish("/request.jwt", "application/oauth-authz-req+jwt", b"");
    let page = suite.browser().open(&suite.url(&party, &[("request_uri", &uri)])).await;
    assert!(["invalid_request_uri", "request_uri_not_supported"].contains(&error_at(&page).as_str()));
    assert_eq!(suite.requests_for("/request.jwt").len(), 0);
}
