//! A refresh: bound, narrowing, and only while everything behind it stands.

use serde_json::json;

use crate::support::{Browser, Pkce, Registered, Server, error_of, json_of, parts, query_of, tokens};

const INVALID_GRANT: &str = "invalid_grant";
const DAY: i64 = 86_400;

async fn server() -> Server {
    let server = Server::start().await;
    server.add_user("ada").await;
    server
}

async fn is_dead(server: &Server, client: &Registered, refresh_token: &str) {
    let refused = error_of(server.refresh(client, refresh_token).await).await;
    assert_eq!(refused, (400, INVALID_GRANT.to_owned()));
}

/// T09: the scope may shrink and never grows; the next refresh has the whole scope again, because the new refresh token is
/// for all of it. RFC 6749 §6.
#[actix_web::test]
async fn the_scope_shrinks_for_one_token_and_never_grows() {
    let server = server().await;
    let client = server.register_confidential().await;
    let first = server.tokens(&client, "ada", "openid profile").await;
    let ask = async |token: &str, scope: &str| {
        let parameters = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
        server.token(&client, &parameters).await
    };
    for wider in ["openid profile email", "email", "bad\"scope"] {
        let refused = error_of(ask(first.refresh(), wider).await).await;
        assert_eq!(refused, (400, "invalid_scope".to_owned()), "{wider}");
    }
    let narrow = tokens(ask(first.refresh(), "profile").await).await;
    assert_eq!((narrow.body["scope"].as_str(), &narrow.id_token), (Some("profile"), &None));
    assert_eq!(parts(&narrow.access_token).1["scope"], "profile");
    assert_eq!(server.userinfo(&narrow.access_token).await.status(), 403);
    let whole = tokens(server.refresh(&client, narrow.refresh()).await).await;
    assert_eq!(whole.body["scope"], "openid profile");
    assert_eq!(server.introspect(&client, whole.refresh()).await["scope"], "openid profile");
}

/// T08: a scope that the client unregistered in the meantime is not given any more, by exchange or refresh.
#[actix_web::test]
async fn a_scope_that_is_no_longer_registered_is_not_given() {
    let server = server().await;
    let client = server.register_confidential().await;
    let issued = server.tokens(&client, "ada", "profile email").await;
    let pkce = Pkce::new();
    let code = server.code_for(&client, "ada", &pkce, &[("scope", "profile email")]).await;
    let update = json!({
        "client_id": client.client_id, "redirect_uris": [client.redirect_uri], "scope": "profile",
        "grant_types": ["authorization_code", "refresh_token"],
    });
    let (status, body) =
        json_of(server.put_registration(&client, &client.registration_access_token, &update).await).await;
    assert_eq!(status, 200, "{body}");
    let refreshed = tokens(server.refresh(&client, issued.refresh()).await).await;
    assert_eq!(refreshed.body["scope"], "profile");
    let exchanged = tokens(server.exchange(&client, &code, &pkce).await).await;
    assert_eq!(exchanged.body["scope"], "profile");
    let parameters =
        [("grant_type", "refresh_token"), ("refresh_token", exchanged.refresh()), ("scope", "email")];
    let refused = error_of(server.token(&client, &parameters).await).await;
    assert_eq!(refused, (400, "invalid_scope".to_owned()));
}

/// T15, CVE row 64, P11: another client, public or not, gets nothing for it and revokes nothing.
#[actix_web::test]
async fn another_clients_token_is_refused_and_stays_alive() {
    let server = server().await;
    let (public, confidential) = (server.register_public().await, server.register_confidential().await);
    let (stranger, thief) = (server.register_public().await, server.register_confidential().await);
    for owner in [&public, &confidential] {
        let issued = server.tokens(owner, "ada", "profile").await;
        let rotated = tokens(server.refresh(owner, issued.refresh()).await).await;
        let current = tokens(server.refresh(owner, rotated.refresh()).await).await;
        for other in [&stranger, &thief] {
            is_dead(&server, other, current.refresh()).await;
            // Not even a rotated one, whose reuse by the owner would end the family.
            is_dead(&server, other, issued.refresh()).await;
        }
        tokens(server.refresh(owner, current.refresh()).await).await;
    }
}

/// T14: 30 days idle, 180 in all, to the second.
#[actix_web::test]
async fn a_refresh_token_ends_idle_and_absolutely() {
    let server = server().await;
    let client = server.register_public().await;
    let idle = server.tokens(&client, "ada", "profile").await;
    let mut used = server.tokens(&client, "ada", "profile").await;
    let mut at_the_end = used.clone();
    for _ in 0..6 {
        server.advance(30 * DAY - 1);
        used = tokens(server.refresh(&client, used.refresh()).await).await;
    }
    is_dead(&server, &client, idle.refresh()).await;
    server.advance(5);
    at_the_end.refresh_token =
        Some(tokens(server.refresh(&client, used.refresh()).await).await.refresh().to_owned());
    server.advance(1);
    is_dead(&server, &client, at_the_end.refresh()).await;
    // One second before its idle end it lives, at the end it does not.
    let issued = server.tokens(&client, "ada", "profile").await;
    server.advance(30 * DAY - 1);
    let issued = tokens(server.refresh(&client, issued.refresh()).await).await;
    server.advance(30 * DAY);
    is_dead(&server, &client, issued.refresh()).await;
}

/// T16, T17, CVE rows 12 and 73: the person disabled, the consent gone, the grant revoked: refresh refuses, and access
/// tokens of the first and last are dead at introspection and userinfo.
#[actix_web::test]
async fn a_refresh_needs_person_consent_and_grant() {
    let server = server().await;
    let client = server.register_confidential().await;
    let issued = server.tokens(&client, "ada", "openid").await;
    let changes = [
        ("UPDATE users SET disabled_at = 1", Some("UPDATE users SET disabled_at = NULL")),
        ("UPDATE clients SET disabled_at = 1", Some("UPDATE clients SET disabled_at = NULL")),
        ("UPDATE grants SET revoked_at = 1", Some("UPDATE grants SET revoked_at = NULL")),
        ("DELETE FROM consents", None),
    ];
    for (change, back) in changes {
        server.execute(change);
        let (status, body) = json_of(server.refresh(&client, issued.refresh()).await).await;
        let expected =
            if change.contains("clients") { (401, "invalid_client") } else { (400, INVALID_GRANT) };
        assert_eq!((status, body["error"].as_str().unwrap()), expected, "{change}");
        if let Some(back) = back {
            assert_eq!(server.userinfo(&issued.access_token).await.status(), 401, "{change}");
            server.execute(back);
            assert_eq!(server.userinfo(&issued.access_token).await.status(), 200, "{back}");
        }
    }
}

/// T16, T17: an operator takes the grant or everything of the client back, or the person is removed: each refresh is refused
/// from then on, within the grace of the last rotation too, and comes back with nothing.
#[actix_web::test]
async fn a_refresh_dies_with_its_consent_and_its_person() {
    let server = server().await;
    let client = server.register_confidential().await;
    let asks_again = async || {
        let url = server.authorize_url(&client, &Pkce::new(), &[("scope", "openid offline_access")]);
        Browser::new(&server).authorize(&url, "ada").await.has_form("/consent")
    };
    let offline = async || {
        let first = server.tokens(&client, "ada", "openid offline_access").await;
        let second = tokens(server.refresh(&client, first.refresh()).await).await;
        (first, second)
    };
    let (first, second) = offline().await;
    assert!(!asks_again().await, "it was remembered");
    let client_id = client.client_id.clone();
    let taken = grantor::flow::administer::grants::revoke_all(
        server.means(),
        client_id,
        grantor::flow::Origin::local(grantor::flow::Actor::CommandLine("test".to_owned())),
    );
    assert!(taken.await.is_ok());
    for token in [&second, &first] {
        is_dead(&server, &client, token.refresh()).await;
        assert_eq!(server.userinfo(&token.access_token).await.status(), 401);
    }
    assert!(asks_again().await);
    let (first, second) = offline().await;
    server.execute("DELETE FROM users WHERE name = 'ada'");
    for token in [&second, &first] {
        is_dead(&server, &client, token.refresh()).await;
        assert_eq!(server.userinfo(&token.access_token).await.status(), 401);
        assert_eq!(server.introspect(&client, &token.access_token).await, json!({"active": false}));
    }
}

/// T17: a grant of `openid` without `offline_access` ends with the browser session that it came from; one with it, and one
/// without `openid`, does not.
#[actix_web::test]
async fn signing_out_ends_what_was_to_end_with_the_session() {
    let server = server().await;
    let client = server.register_confidential().await;
    for (scope, outlives) in [("openid", false), ("openid offline_access", true), ("profile", true)] {
        let (mut browser, pkce) = (Browser::new(&server), Pkce::new());
        let location = browser.allow(&server.authorize_url(&client, &pkce, &[("scope", scope)]), "ada").await;
        let issued =
            tokens(server.exchange(&client, &query_of(&location, "code").unwrap(), &pkce).await).await;
        let page = browser.open(&server.url("/logout")).await;
        browser.submit(&page.form("/logout")).await;
        let status = server.refresh(&client, issued.refresh()).await.status();
        assert_eq!(status, if outlives { 200 } else { 400 }, "{scope}");
        assert_eq!(server.introspect(&client, &issued.access_token).await["active"], outlives, "{scope}");
    }
}

/// T17: a session that runs out (24 h) ends them, too.
#[actix_web::test]
async fn the_end_of_a_session_ends_its_grants() {
    let server = server().await;
    let client = server.register_confidential().await;
    let bound = server.tokens(&client, "ada", "openid").await;
    let free = server.tokens(&client, "ada", "openid offline_access").await;
    server.advance(DAY - 1);
    let bound = tokens(server.refresh(&client, bound.refresh()).await).await;
    server.advance(1);
    is_dead(&server, &client, bound.refresh()).await;
    tokens(server.refresh(&client, free.refresh()).await).await;
}

/// M06, T17: with the client, everything that it was issued is gone.
#[actix_web::test]
async fn deleting_the_client_deletes_its_tokens() {
    let server = server().await;
    let (client, other) = (server.register_confidential().await, server.register_confidential().await);
    let issued = server.tokens(&client, "ada", "openid").await;
    assert_eq!(server.delete_registration(&client).await.status(), 204);
    for table in ["grants", "authorization_codes", "access_tokens", "refresh_tokens", "consents"] {
        assert_eq!(server.number(&format!("SELECT count(*) AS number FROM {table}")), 0, "{table}");
    }
    assert_eq!(server.introspect(&other, &issued.access_token).await, json!({"active": false}));
}

/// OpenID Connect Core §12.2: the ID token of a refresh has the same `sub`, `aud` and `auth_time`, a new `iat`, and no nonce.
#[actix_web::test]
async fn the_id_token_of_a_refresh_keeps_the_sign_in() {
    let server = server().await;
    let client = server.register_confidential().await;
    let pkce = Pkce::new();
    let extra = [("scope", "openid offline_access"), ("nonce", "n-1")];
    let code = server.code_for(&client, "ada", &pkce, &extra).await;
    let first = tokens(server.exchange(&client, &code, &pkce).await).await;
    server.advance(500);
    let second = tokens(server.refresh(&client, first.refresh()).await).await;
    let (_, before) = parts(first.id_token.as_deref().unwrap());
    let (_, after) = parts(second.id_token.as_deref().unwrap());
    for same in ["iss", "sub", "aud", "auth_time"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_eq!(before["nonce"], "n-1");
    assert_eq!(after.get("nonce"), None);
    assert_eq!(after["iat"].as_i64(), before["iat"].as_i64().map(|iat| iat + 500));
}
