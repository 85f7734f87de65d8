//! Section 5: an undo makes a new row with the same `client_id`, a new secret and a new registration access token.

use futures_util::future::join_all;
use grantor::flow::restore_client::{RestoreRefusal, restore};
use grantor::flow::{Actor, Failure, Origin};
use serde_json::{Value, json};

use super::{DAY, events, lives, sweep};
use crate::support::{Browser, Pkce, Registered, Server, error_of, query_of, tokens};

async fn server() -> Server {
    let server = Server::start().await;
    server.add_user("ada").await;
    server
}

async fn deleted(server: &Server) -> (Registered, Registered) {
    let client = server.register_confidential().await;
    server.tokens(&client, "ada", "openid email").await;
    server.command(&["client", "delete", &client.client_id]).await;
    let text = server.command(&["client", "restore", &client.client_id, "--json"]).await;
    let body: Value = serde_json::from_str(&text).unwrap();
    let mut back = Registered { body: client.body.clone(), ..clone(&client) };
    back.client_secret = body["client_secret"].as_str().map(str::to_owned);
    body["registration_access_token"].as_str().unwrap().clone_into(&mut back.registration_access_token);
    assert_eq!(body["consents"], 1);
    (client, back)
}

fn clone(client: &Registered) -> Registered {
    Registered {
        client_id: client.client_id.clone(),
        client_secret: client.client_secret.clone(),
        registration_access_token: client.registration_access_token.clone(),
        registration_client_uri: client.registration_client_uri.clone(),
        redirect_uri: client.redirect_uri.clone(),
        body: client.body.clone(),
    }
}

async fn refusal(server: &Server, client_id: &str) -> &'static str {
    match restore(server.means(), client_id, &Origin::local(Actor::Server)).await {
        Err(Failure::Refused(RestoreRefusal::NotRestorable)) => "not restorable",
        Err(Failure::Refused(RestoreRefusal::IsThere)) => "is there",
        Err(Failure::Refused(RestoreRefusal::Registration(_))) => "metadata",
        Err(Failure::Broken(error)) => panic!("{error}"),
        Ok(_) => "none",
    }
}

/// The metadata is back, the consent is remembered, and nothing that was secret before works.
#[actix_web::test]
async fn a_restored_client_is_the_same_with_new_secrets() {
    let server = server().await;
    let (before, back) = deleted(&server).await;
    assert_eq!(server.read_registration(&before).await.status(), 401, "the token did not outlive its client");
    let (status, body) = crate::support::json_of(server.read_registration(&back).await).await;
    assert_eq!(status, 200);
    let metadata = crate::support::metadata_of;
    assert_eq!(metadata(&body), metadata(&before.body));
    assert_eq!(body["client_id_issued_at"], before.body["client_id_issued_at"]);
    let old = error_of(server.refresh(&before, "x").await).await;
    assert_eq!(old, (401, "invalid_client".to_owned()));
    assert_ne!(before.client_secret, back.client_secret);

    // Signed in anew, the person is not asked again.
    let pkce = Pkce::new();
    let url = server.authorize_url(&back, &pkce, &[("scope", "openid email")]);
    let page = Browser::new(&server).authorize(&url, "ada").await;
    let code = query_of(page.location.as_deref().unwrap(), "code").unwrap();
    tokens(server.exchange(&back, &code, &pkce).await).await;
    assert_eq!(events(&server, "client_restored", &back.client_id), 1);
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM tombstones"), 0);
}

/// A consent of somebody who is gone is not given to anybody; the rest is back.
#[actix_web::test]
async fn consents_come_back_for_those_who_are_there() {
    let server = server().await;
    server.add_user("eve").await;
    let client = server.register_public().await;
    server.tokens(&client, "ada", "openid").await;
    server.tokens(&client, "eve", "openid").await;
    server.command(&["client", "delete", &client.client_id]).await;
    assert_eq!(server.execute("DELETE FROM users WHERE name = 'eve'"), 1);
    let text = server.command(&["client", "restore", &client.client_id, "--json"]).await;
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["consents"], 1);
}

/// Once means once: of 32 at the same time one makes the client.
#[actix_web::test]
async fn of_32_restores_one_makes_the_client() {
    let server = Server::with().set("GRANTOR_DATABASE__POOL_SIZE", "32").start().await;
    let client = server.register_confidential().await;
    server.command(&["client", "delete", &client.client_id]).await;
    let answers = join_all((0..32).map(|_| refusal(&server, &client.client_id))).await;
    let won = answers.iter().filter(|answer| **answer == "none").count();
    assert_eq!(won, 1, "{answers:?}");
    assert!(lives(&server, &client.client_id));
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM registration_access_tokens"), 1);
    assert_eq!(events(&server, "client_restored", &client.client_id), 1);
}

/// No undo after its time, after the client's own wish, for nobody, or with undo off.
#[actix_web::test]
async fn what_cannot_be_undone() {
    let server = server().await;
    let (own, old) = (server.register_public().await, server.register_public().await);
    assert_eq!(refusal(&server, &old.client_id).await, "is there");
    server.delete_registration(&own).await;
    server.command(&["client", "delete", &old.client_id]).await;
    assert_eq!(refusal(&server, &own.client_id).await, "not restorable");
    assert_eq!(refusal(&server, "c-nobody").await, "not restorable");
    // The command line has the clock of the machine.
    server.advance(31 * DAY);
    assert_eq!(refusal(&server, &old.client_id).await, "not restorable");
    let off = Server::with().set("GRANTOR_REGISTRATION__UNDO", "0").start().await;
    let client = off.register_public().await;
    off.command(&["client", "delete", &client.client_id]).await;
    assert_eq!(refusal(&off, &client.client_id).await, "not restorable");
    assert_eq!(off.number("SELECT COUNT(*) AS number FROM tombstones WHERE snapshot IS NOT NULL"), 0);
}

/// C01: the one validation judges an undo as well: what is not allowed any more does not come back by it.
#[actix_web::test]
async fn an_undo_is_validated_as_a_registration_is() {
    let server = server().await;
    let metadata = json!({"redirect_uris": ["cursor://anysphere.cursor-mcp/oauth/callback"], "token_endpoint_auth_method": "none"});
    let client = server.register(metadata).await;
    server.command(&["client", "delete", &client.client_id]).await;
    let mut strict = server.twin_with("GRANTOR_REGISTRATION__PRIVATE_USE_SCHEMES", "vscode").await;
    assert_eq!(refusal(&strict, &client.client_id).await, "metadata");
    assert!(!lives(&server, &client.client_id));
    strict.stop().await;
    assert_eq!(refusal(&server, &client.client_id).await, "none");
}

/// A disabled client comes back disabled, and a restored one is not swept away a moment later.
#[actix_web::test]
async fn an_undo_switches_nothing_on_and_lasts() {
    let server = server().await;
    let client = server.register_public().await;
    server.set_disabled(&client, true);
    server.advance(DAY);
    assert_eq!(sweep(&server).await.never_used, 1);
    assert_eq!(refusal(&server, &client.client_id).await, "none");
    assert!(server.client_row(&client.client_id).unwrap().is_disabled());
    server.advance(2 * DAY);
    assert_eq!(sweep(&server).await.clients(), 0);
    server.advance(90 * DAY);
    assert_eq!(sweep(&server).await.idle, 1);
}
