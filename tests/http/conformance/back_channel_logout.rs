//! The plan for Back-Channel Logout. OpenID Connect Back-Channel Logout 1.0 §2.

use serde_json::{Value, json};

use super::Suite;
use crate::support::{Browser, ClientKey, Party, Tokens, parts, verified};

const PATH: &str = "/test/a/grantor/backchannel_logout";

async fn party(suite: &Suite, changes: Value) -> Party {
    let uri = suite.publish(PATH, "text/plain", b"");
    let mut all = json!({"backchannel_logout_uri": uri, "backchannel_logout_session_required": true});
    for (name, value) in changes.as_object().unwrap() {
        all[name] = value.clone();
    }
    suite.register(ClientKey::rs256(), all).await
}

async fn sign_out(suite: &Suite, browser: &mut Browser, issued: &Tokens) {
    let hint = [("id_token_hint", issued.id_token.as_deref().unwrap())];
    let url = url::Url::parse_with_params(&suite.server.url("/logout"), hint).unwrap();
    let page = browser.open(url.as_str()).await;
    if page.has_form("/logout") {
        browser.submit(&page.form("/logout")).await;
    }
}

/// §2.1, §2.2: both flags are in the metadata, and both members in the registration.
#[actix_web::test]
async fn metadata_and_registration_say_so() {
    let suite = Suite::start().await;
    let document = suite.server.well_known("openid-configuration").await;
    for flag in ["backchannel_logout_supported", "backchannel_logout_session_supported"] {
        assert_eq!(document[flag], json!(true), "{flag}");
    }
    let party = party(&suite, json!({})).await;
    assert_eq!(party.client.body["backchannel_logout_uri"], json!(suite.site(PATH)));
    assert_eq!(party.client.body["backchannel_logout_session_required"], json!(true));
}

/// §2.4, §2.5: the token is posted as a form, is signed as the ID token is, and has every claim that it must and none that it must not.
#[actix_web::test]
async fn the_logout_token_has_the_right_claims() {
    let suite = Suite::start().await;
    for algorithm in ["RS256", "ES256"] {
        let party = party(&suite, json!({"id_token_signed_response_alg": algorithm})).await;
        let mut browser = suite.browser();
        let issued = suite.tokens_in(&mut browser, &party, &[]).await;
        let id_token = suite.id_token(&party, &issued).await;
        let before = suite.requests_for(PATH).len();
        sign_out(&suite, &mut browser, &issued).await;
        let token = suite.logout_token(PATH, before).await;
        let claims = verified(&token, &suite.server.jwks().await).unwrap();
        let header = parts(&token).0;
        assert_eq!((&header["typ"], &header["alg"]), (&json!("logout+jwt"), &json!(algorithm)));
        for same in ["iss", "aud", "sub", "sid"] {
            assert!(!claims[same].is_null() && claims[same] == id_token[same], "{same}: {claims} {id_token}");
        }
        let event = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
        assert_eq!((&claims["events"], claims.get("nonce")), (&event, None));
        let now = suite.server.clock.now();
        assert!(claims["iat"].as_i64().unwrap() <= now && claims["jti"].is_string(), "{claims}");
        assert!((now..=now + 120).contains(&claims["exp"].as_i64().unwrap()), "{claims}");
    }
}

/// §2.5: each client of the session is told, once, and no client of another session.
#[actix_web::test]
async fn the_clients_of_the_session_are_told_and_no_others() {
    let suite = Suite::start().await;
    let (one, two) = (party(&suite, json!({})).await, party(&suite, json!({})).await);
    let (mut browser, mut other) = (suite.browser(), suite.browser());
    let issued = suite.tokens_in(&mut browser, &one, &[]).await;
    suite.tokens_in(&mut browser, &two, &[]).await;
    let stays = suite.tokens_in(&mut other, &one, &[]).await;
    sign_out(&suite, &mut browser, &issued).await;
    let mut told = Vec::new();
    for index in 0..2 {
        let claims = parts(&suite.logout_token(PATH, index).await).1;
        assert_eq!(claims["sid"], suite.id_token(&one, &issued).await["sid"]);
        told.push(claims["aud"].as_str().unwrap().to_owned());
    }
    let mut expected = [one.client.client_id.clone(), two.client.client_id.clone()];
    told.sort_unstable();
    expected.sort_unstable();
    assert_eq!(told, expected);
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    assert_eq!(suite.requests_for(PATH).len(), 2);
    assert_ne!(suite.id_token(&one, &stays).await["sid"], suite.id_token(&one, &issued).await["sid"]);
    assert_eq!(suite.server.userinfo(&stays.access_token).await.status(), 200);
}
