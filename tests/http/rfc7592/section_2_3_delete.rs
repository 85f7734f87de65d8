//! RFC 7592 §2.3: the client delete request. M06.

use grantor::storage::clients::Belongings;
use serde_json::json;

use crate::support::{Browser, Pkce, Server, error_of, on_postgres};

/// M06: 204 without a body, not stored; a second time it is the 401 of an unknown client.
#[actix_web::test]
async fn success_is_204_without_a_body() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    let response = server.delete_registration(&client).await;
    assert_eq!(response.status(), 204);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.text().await.unwrap(), "");
    assert_eq!(server.delete_registration(&client).await.status(), 401);
    assert!(server.client_row(&client.client_id).is_none(), "deleted, not hidden");
}

/// M06, faults: registration tokens that outlive their client, DELETE that only hides.
/// RFC 7592 §5: everything that was issued to the client goes with it, row by row, and nothing of others.
#[actix_web::test]
async fn everything_that_was_issued_goes_with_the_client() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let (client, other) = (server.register_confidential().await, server.register_confidential().await);
    let mut keys = Vec::new();
    for client in [&client, &other] {
        server.tokens(client, "ada", "openid offline_access").await;
        let (pkce, scope) = (Pkce::new(), [("scope", "openid")]);
        server.code_for(client, "ada", &pkce, &scope).await;
        let page = Browser::new(&server).open(&server.authorize_url(client, &pkce, &scope)).await;
        assert!(page.has_form("/login"));
        keys.push(server.client_row(&client.client_id).unwrap().key);
    }
    let before = server.belongings(keys[0]);
    for count in [
        before.registration_access_tokens,
        before.authorization_requests,
        before.authorization_codes,
        before.grants,
        before.access_tokens,
        before.refresh_tokens,
        before.consents,
    ] {
        assert!(count > 0, "the test proves nothing without rows: {before:?}");
    }
    let of_other = server.belongings(keys[1]);
    assert_eq!(server.delete_registration(&client).await.status(), 204);
    assert_eq!(server.belongings(keys[0]), Belongings::default());
    assert_eq!(server.belongings(keys[1]), of_other);
}

/// M06: the next introspection by the resource that the token was for is inactive; nothing that the client held works.
#[actix_web::test]
async fn nothing_that_the_client_held_works() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let watcher = server.register_confidential().await;
    server.publish_resource("https://notes.example", &[], Some(&watcher)).await;
    let client = server.register_confidential().await;
    let (pkce, for_notes) = (Pkce::new(), [("scope", "openid email"), ("resource", "https://notes.example")]);
    let code = server.code_for(&client, "ada", &pkce, &for_notes).await;
    let issued = crate::support::tokens(server.exchange(&client, &code, &pkce).await).await;
    let at_home = server.tokens(&client, "ada", "openid email").await;
    let unused = server.code_for(&client, "ada", &pkce, &for_notes).await;
    assert_eq!(server.introspect(&watcher, &issued.access_token).await["active"], true);

    assert_eq!(server.delete_registration(&client).await.status(), 204);
    for token in [issued.access_token.as_str(), issued.refresh(), &at_home.access_token] {
        assert_eq!(server.introspect(&watcher, token).await, json!({"active": false}));
    }
    assert_eq!(server.userinfo(&at_home.access_token).await.status(), 401);
    let gone = (401, "invalid_client".to_owned());
    assert_eq!(error_of(server.refresh(&client, issued.refresh()).await).await, gone);
    assert_eq!(error_of(server.exchange(&client, &unused, &pkce).await).await, gone);
    assert_eq!(error_of(server.token(&client, &[("grant_type", "client_credentials")]).await).await, gone);
    assert_eq!(server.revoke(&client, issued.refresh()).await.status(), 401);
    assert_eq!(server.read_registration(&client).await.status(), 401);
    let page = Browser::new(&server).open(&server.authorize_url(&client, &pkce, &for_notes)).await;
    assert_eq!((page.status, page.location), (410, None), "a page, and no redirect");
    assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
}

/// A person who is about to consent when the client goes gets a page, not a fault and not a redirect.
#[actix_web::test]
async fn a_consent_to_a_client_that_is_gone_is_a_page() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let mut browser = Browser::new(&server);
    let url = server.authorize_url(&client, &Pkce::new(), &[("scope", "openid")]);
    let page = browser.authorize(&url, "ada").await;
    let allow = page.form("/consent").with("decision", "allow");
    assert_eq!(server.delete_registration(&client).await.status(), 204);
    let page = browser.submit(&allow).await;
    assert!((400..500).contains(&page.status), "{}", page.status);
    assert_eq!(page.location, None);
}

/// M05: within the grace period the previous token deletes as well: a lost answer locks nobody out.
#[actix_web::test]
async fn the_previous_token_deletes_within_the_grace_period() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let update = json!({"client_id": client.client_id, "redirect_uris": ["https://client.example/cb"]});
    let token = &client.registration_access_token;
    assert_eq!(server.put_registration(&client, token, &update).await.status(), 200);
    let key = server.client_row(&client.client_id).unwrap().key;
    assert_eq!(server.belongings(key).registration_access_tokens, 2);
    assert_eq!(server.delete_registration(&client).await.status(), 204);
    assert_eq!(server.belongings(key).registration_access_tokens, 0);
}

/// A resource's own client goes like any other; then nobody may introspect the resource's tokens.
#[actix_web::test]
async fn a_resources_client_may_go_too() {
    let server = Server::start().await;
    let watcher = server.register_confidential().await;
    server.publish_resource("https://notes.example", &[], Some(&watcher)).await;
    let key = server.client_row(&watcher.client_id).unwrap().key;
    assert_eq!(server.belongings(key).resource_introspectors, 1);
    assert_eq!(server.delete_registration(&watcher).await.status(), 204);
    assert_eq!(server.belongings(key), Belongings::default());
}

/// A client that a second server deleted is gone here with the next request.
#[actix_web::test]
async fn a_deletion_counts_on_every_server_at_once() {
    let server = Server::start().await;
    let machine = server.register_machine().await;
    let mut twin = server.twin().await;
    let issued = server.machine_token(&machine).await;
    let url = twin.url(&format!("/register/{}", machine.client_id));
    let delete = twin.http.delete(url).bearer_auth(&machine.registration_access_token);
    assert_eq!(delete.send().await.unwrap().status(), 204);
    let refused = error_of(server.token(&machine, &[("grant_type", "client_credentials")]).await).await;
    assert_eq!(refused, (401, "invalid_client".to_owned()));
    let other = server.register_confidential().await;
    assert_eq!(server.introspect(&other, &issued.access_token).await, json!({"active": false}));
    twin.stop().await;
}

/// M06: a client that holds thousands of tokens can be deleted as well.
#[actix_web::test]
async fn a_client_with_thousands_of_tokens_can_be_deleted() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_confidential().await;
    server.tokens(&client, "ada", "openid offline_access").await;
    let digest = if on_postgres() { "sha256(i::text::bytea)" } else { "randomblob(32)" };
    let added = server.execute(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) \
         INSERT INTO refresh_tokens (digest, grant_id, issued_at, expires_at, used_at) \
         SELECT {digest}, (SELECT id FROM grants), 1, 2, 1 FROM n"
    ));
    assert_eq!(added, 4000);
    assert_eq!(server.delete_registration(&client).await.status(), 204);
    assert_eq!(server.number("SELECT count(*) AS number FROM refresh_tokens"), 0);
    assert_eq!(server.delete_registration(&client).await.status(), 401);
}
