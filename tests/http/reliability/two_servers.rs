//! Two servers on one database, with a load balancer that sends each request to the other one.

use std::time::Duration;

use futures_util::future::join_all;
use grantor::storage::Failure;
use reqwest::Response;
use serde_json::json;

use crate::support::{
    Browser, Pkce, Registered, Server, Tokens, authorize_url_at, error_of, json_of, query_of, tokens,
};

/// Enough that both servers work on the same row at the same time.
const TASKS: usize = 32;
/// A change is seen within a second; a busy machine gets more.
const PATIENCE: Duration = Duration::from_secs(20);

async fn two() -> (Server, Server) {
    let one = Server::with().set("GRANTOR_REFRESH__GRACE", "0").start().await;
    let other = one.twin().await;
    one.add_user("ada").await;
    (one, other)
}

fn in_turn<'a>(one: &'a Server, other: &'a Server, number: usize) -> &'a Server {
    if number.is_multiple_of(2) { one } else { other }
}

async fn successes(answers: Vec<Response>) -> Vec<Tokens> {
    let mut successes = Vec::new();
    for answer in answers {
        if answer.status() == 200 {
            successes.push(tokens(answer).await);
        } else {
            assert_eq!(error_of(answer).await, (400, "invalid_grant".to_owned()));
        }
    }
    successes
}

/// R20, X04, A18, A19: a code is spent once whichever servers get it, and a second valid use takes the grant with it.
#[actix_web::test]
async fn a_code_is_spent_once_on_two_servers() {
    let (one, other) = two().await;
    let client = one.register_confidential().await;
    let pkce = Pkce::new();
    let code = one.code_for(&client, "ada", &pkce, &[("scope", "openid")]).await;
    let uses = (0..TASKS).map(|number| in_turn(&one, &other, number).exchange(&client, &code, &pkce));
    let won = successes(join_all(uses).await).await;
    assert!(won.len() <= 1, "{} of {TASKS} won", won.len());
    for tokens in won {
        for server in [&one, &other] {
            let about = server.introspect(&client, &tokens.access_token).await;
            assert_eq!(about, json!({"active": false}), "a replay revokes the grant");
        }
    }
}

/// R20, X04, T11: a refresh token is rotated once whichever servers get it; without grace the family dies of the reuse.
#[actix_web::test]
async fn a_refresh_token_is_rotated_once_on_two_servers() {
    let (one, other) = two().await;
    let client = one.register_confidential().await;
    let issued = one.tokens(&client, "ada", "offline_access").await;
    let uses = (0..TASKS).map(|number| in_turn(&one, &other, number).refresh(&client, issued.refresh()));
    let won = successes(join_all(uses).await).await;
    assert!(won.len() <= 1, "{} of {TASKS} won", won.len());
    for tokens in won {
        for server in [&one, &other] {
            let refused = error_of(server.refresh(&client, tokens.refresh()).await).await;
            assert_eq!(refused, (400, "invalid_grant".to_owned()), "the family is dead");
        }
    }
}

/// R20, T13: within the grace, every server gives the same successor, and there is one live row.
#[actix_web::test]
async fn a_repeated_refresh_has_one_successor_on_two_servers() {
    let one = Server::start().await;
    let other = one.twin().await;
    one.add_user("ada").await;
    let client = one.register_public().await;
    let issued = one.tokens(&client, "ada", "offline_access").await;
    let uses = (0..TASKS).map(|number| in_turn(&one, &other, number).refresh(&client, issued.refresh()));
    let won = successes(join_all(uses).await).await;
    assert_eq!(won.len(), TASKS);
    assert!(won.iter().all(|tokens| tokens.refresh() == won[0].refresh()));
    assert_eq!(other.refresh(&client, won[0].refresh()).await.status(), 200);
}

/// R20, X04, D12: an initial access token for three clients makes three.
#[actix_web::test]
async fn an_initial_access_token_is_counted_on_two_servers() {
    let one = Server::with().set("GRANTOR_REGISTRATION__MODE", "initial_access_token").start().await;
    let other = one.twin().await;
    let token = one.initial_access_token(None, None, Some(3));
    let registrations = (0..TASKS).map(|number| {
        let server = in_turn(&one, &other, number);
        let request = server.http.post(server.url("/register")).bearer_auth(&token);
        request.json(&json!({"redirect_uris": ["https://client.example/cb"]})).send()
    });
    let mut made = 0;
    for answer in join_all(registrations).await {
        match answer.unwrap().status().as_u16() {
            201 => made += 1,
            status => assert_eq!(status, 401),
        }
    }
    assert_eq!(made, 3);
}

/// R20, X04, U04: a consent page answered many times, at two servers, gives one code.
#[actix_web::test]
async fn a_consent_thread_is_taken_once_on_two_servers() {
    let (one, other) = two().await;
    let client = one.register_public().await;
    let mut browser = Browser::new(&one);
    let page =
        browser.authorize(&one.authorize_url(&client, &Pkce::new(), &[("scope", "profile")]), "ada").await;
    let form = page.form("/consent").with("decision", "allow");
    let cookies: Vec<String> =
        browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let answers = (0..TASKS).map(|number| {
        let server = in_turn(&one, &other, number);
        let request = server.http.post(server.url("/consent")).header("cookie", cookies.join("; "));
        request.form(&form.fields).send()
    });
    let mut codes = 0;
    for answer in join_all(answers).await {
        let answer = answer.unwrap();
        let location = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        if location.is_some_and(|location| query_of(&location, "code").is_some()) {
            codes += 1;
        } else {
            assert!(answer.status().is_client_error(), "{}", answer.status());
        }
    }
    assert_eq!(codes, 1);
}

/// R20: a flow that changes the server at every step ends like one that stays.
#[actix_web::test]
async fn a_flow_may_change_the_server_at_every_step() {
    let (one, other) = two().await;
    let client = one.register_confidential().await;
    let pkce = Pkce::new();
    let mut browser = Browser::new(&other);
    let url = authorize_url_at(&other.address, &client, &pkce, &[("scope", "openid offline_access")]);
    let page = browser.open(&url).await;
    let mut elsewhere = Browser::new(&one);
    elsewhere.cookies = browser.cookies;
    let page = elsewhere.sign_in(&page, "ada").await;
    let mut back = Browser::new(&other);
    back.cookies = elsewhere.cookies;
    let page = back.submit(&page.form("/consent").with("decision", "allow")).await;
    let code = query_of(&page.location.unwrap(), "code").unwrap();
    let issued = tokens(one.exchange(&client, &code, &pkce).await).await;
    let refreshed = tokens(other.refresh(&client, issued.refresh()).await).await;
    assert_eq!(one.userinfo(&refreshed.access_token).await.status(), 200);
    assert_eq!(other.introspect(&client, &issued.access_token).await["active"], true);
}

async fn live(server: &Server) -> (Registered, Tokens) {
    let client = server.register_confidential().await;
    let issued = server.tokens(&client, "ada", "openid offline_access").await;
    (client, issued)
}

/// R20, T17, T18, M06: what one server revoked, disabled or deleted is dead on the other one with the next request.
#[actix_web::test]
async fn a_revocation_is_seen_by_the_other_server_at_once() {
    let (one, other) = two().await;
    let witness = one.register_confidential().await;

    let (client, issued) = live(&one).await;
    assert_eq!(other.introspect(&client, &issued.access_token).await["active"], true);
    assert_eq!(one.revoke(&client, issued.refresh()).await.status(), 200);
    assert_eq!(other.introspect(&client, &issued.access_token).await, json!({"active": false}));
    assert_eq!(other.userinfo(&issued.access_token).await.status(), 401);
    let refused = error_of(other.refresh(&client, issued.refresh()).await).await;
    assert_eq!(refused, (400, "invalid_grant".to_owned()));

    let (client, issued) = live(&one).await;
    assert_eq!(one.delete_registration(&client).await.status(), 204);
    assert_eq!(other.introspect(&witness, &issued.access_token).await, json!({"active": false}));
    assert_eq!(other.userinfo(&issued.access_token).await.status(), 401);
    let refused = error_of(other.refresh(&client, issued.refresh()).await).await;
    assert_eq!(refused, (401, "invalid_client".to_owned()));
    assert_eq!(other.read_registration(&client).await.status(), 401);

    let (client, issued) = live(&one).await;
    disable(&one, "clients", "client_id", &client.client_id);
    assert_eq!(other.userinfo(&issued.access_token).await.status(), 401);
    assert!(other.refresh(&client, issued.refresh()).await.status().is_client_error());

    let (client, issued) = live(&one).await;
    disable(&one, "users", "name", "ada");
    assert_eq!(other.userinfo(&issued.access_token).await.status(), 401);
    assert_eq!(other.introspect(&client, &issued.access_token).await, json!({"active": false}));
    assert!(other.refresh(&client, issued.refresh()).await.status().is_client_error());
}

/// As an operator will: there is no door for it yet.
fn disable(server: &Server, table: &'static str, column: &'static str, value: &str) {
    use diesel::prelude::*;
    let (value, now) = (value.to_owned(), server.clock.now());
    server
        .means()
        .database
        .write_blocking(move |conn| {
            let statement = format!("UPDATE {table} SET disabled_at = $1 WHERE {column} = $2");
            let statement = diesel::sql_query(statement).bind::<diesel::sql_types::BigInt, _>(now);
            let done = statement.bind::<diesel::sql_types::Text, _>(value.clone()).execute(conn)?;
            assert_eq!(done, 1);
            Ok::<_, Failure<()>>(())
        })
        .unwrap();
}

/// Asks again and again until `wanted` holds of the document.
async fn until(server: &Server, path: &str, wanted: impl Fn(&serde_json::Value) -> bool) {
    let begun = std::time::Instant::now();
    loop {
        let (status, document) = json_of(server.http.get(server.url(path)).send().await.unwrap()).await;
        assert_eq!(status, 200);
        if wanted(&document) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{path} stays as it was: {document}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// R20, T26: keys that the command line makes are published by both servers without a restart.
#[actix_web::test]
async fn a_key_rotation_by_the_command_line_is_seen_by_both_servers() {
    let (one, other) = two().await;
    let (_, before) = json_of(one.http.get(one.url("/jwks.json")).send().await.unwrap()).await;
    let made = one.command(&["key", "rotate", "--algorithm", "ES256", "--json"]).await;
    for server in [&one, &other] {
        until(server, "/jwks.json", |document| {
            let keys = document["keys"].as_array().unwrap();
            keys.len() == before["keys"].as_array().unwrap().len() + 1
                && keys.iter().any(|key| made.contains(key["kid"].as_str().unwrap()))
        })
        .await;
    }
}

/// R20: a resource that the command line adds is known to both servers without a restart.
#[actix_web::test]
async fn a_resource_of_the_command_line_is_seen_by_both_servers() {
    let (one, other) = two().await;
    let scope = "notes.read";
    one.command(&["resource", "add", "https://notes.example/mcp", "--scope", scope]).await;
    for server in [&one, &other] {
        until(server, "/.well-known/oauth-authorization-server", |document| {
            document["scopes_supported"].as_array().unwrap().iter().any(|known| known == scope)
        })
        .await;
    }
}

/// R20, M06: a client that the command line deletes is gone from both servers with the next request.
#[actix_web::test]
async fn a_client_deleted_by_the_command_line_is_gone_from_both_servers() {
    let (one, other) = two().await;
    let witness = one.register_confidential().await;
    let (client, issued) = live(&one).await;
    one.command(&["client", "delete", &client.client_id]).await;
    for server in [&one, &other] {
        assert_eq!(server.introspect(&witness, &issued.access_token).await, json!({"active": false}));
        let refused = error_of(server.refresh(&client, issued.refresh()).await).await;
        assert_eq!(refused, (401, "invalid_client".to_owned()));
    }
}
