//! M06: a deletion at the same time as everything else that a client does. No fault, and nothing survives.

use std::pin::Pin;

use futures_util::future::join_all;
use grantor::storage::clients::Belongings;
use reqwest::Response;
use serde_json::json;

use crate::support::{Browser, Pkce, Registered, Server, query_of, registered, tokens};

const TIMES: usize = 32;
const RESOURCE: &str = "https://notes.example";

type Call<'a> = Pin<Box<dyn Future<Output = Response> + 'a>>;

/// What a client holds that may do everything.
struct Holdings {
    client: Registered,
    codes: Vec<(String, Pkce)>,
    refresh_tokens: Vec<String>,
}

async fn code(server: &Server, browser: &mut Browser, client: &Registered) -> (String, Pkce) {
    let pkce = Pkce::new();
    let wanted = [("scope", "openid offline_access"), ("resource", RESOURCE)];
    let location = browser.allow(&server.authorize_url(client, &pkce, &wanted), "ada").await;
    (query_of(&location, "code").unwrap(), pkce)
}

async fn holdings(server: &Server, browser: &mut Browser) -> Holdings {
    let grant_types = ["authorization_code", "refresh_token", "client_credentials"];
    let initial = server.initial_access_token(Some(&grant_types), None, None);
    let metadata = json!({"redirect_uris": ["https://client.example/cb"], "grant_types": grant_types});
    let request = server.http.post(server.url("/register")).bearer_auth(initial).json(&metadata);
    let client = registered(request.send().await.unwrap()).await;
    let (mut codes, mut refresh_tokens) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        codes.push(code(server, browser, &client).await);
        let (code, pkce) = code(server, browser, &client).await;
        let issued = tokens(server.exchange(&client, &code, &pkce).await).await;
        refresh_tokens.push(issued.refresh().to_owned());
    }
    Holdings { client, codes, refresh_tokens }
}

/// Deletes the client after `ahead` of each kind of call were sent; every answer but that of the deletion.
async fn race(server: &Server, held: &Holdings, ahead: usize) -> Vec<Response> {
    let client = &held.client;
    let update = json!({
        "client_id": client.client_id, "redirect_uris": ["https://client.example/cb"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
    });
    let mut calls: Vec<Call<'_>> = Vec::new();
    let mut deletion = 0;
    for (n, ((code, pkce), refresh_token)) in held.codes.iter().zip(&held.refresh_tokens).enumerate() {
        if n == ahead {
            deletion = calls.len();
            calls.push(Box::pin(server.delete_registration(client)));
        }
        calls.push(Box::pin(server.exchange(client, code, pkce)));
        calls.push(Box::pin(server.refresh(client, refresh_token)));
        calls.push(Box::pin(
            server.token(client, &[("grant_type", "client_credentials"), ("resource", RESOURCE)]),
        ));
        calls.push(Box::pin(server.put_registration(client, &client.registration_access_token, &update)));
        calls.push(Box::pin(server.read_registration(client)));
    }
    let mut answers = join_all(calls).await;
    assert_eq!(answers.remove(deletion).status(), 204, "the deletion itself");
    answers
}

/// DELETE against 32 × {exchange, refresh, `client_credentials`, PUT, GET}: no 5xx, nothing survives, and every token that
/// was answered is inactive for the resource that it was for.
#[actix_web::test]
async fn nothing_survives_a_deletion_that_races_everything() {
    let server = Server::with().set("GRANTOR_DATABASE__POOL_SIZE", "32").start().await;
    server.add_user("ada").await;
    let watcher = server.register_confidential().await;
    server.publish_resource(RESOURCE, &[], Some(&watcher)).await;
    let mut browser = Browser::new(&server);
    for ahead in [2, 12] {
        let held = holdings(&server, &mut browser).await;
        let key = server.client_row(&held.client.client_id).unwrap().key;
        let mut statuses = Vec::new();
        let mut issued = Vec::new();
        for answer in race(&server, &held, ahead).await {
            let status = answer.status().as_u16();
            let is_token_endpoint = answer.url().path() == "/token";
            let body = answer.text().await.unwrap();
            // Many refusals of one client in a minute are a 429 in the end.
            assert!([200, 400, 401, 429].contains(&status), "{status}: {body}");
            if status == 200 && is_token_endpoint {
                issued.push(tokens_in(&body));
            }
            statuses.push(status);
        }
        assert!(statuses.contains(&401), "the deletion came last: the race proves nothing");
        assert!(server.client_row(&held.client.client_id).is_none());
        assert_eq!(server.belongings(key), Belongings::default(), "{ahead} ahead");
        for token in issued.iter().flatten() {
            assert_eq!(server.introspect(&watcher, token).await, json!({"active": false}));
        }
        assert_eq!(server.number("SELECT COUNT(*) AS number FROM access_tokens"), 0);
        assert_eq!(server.number("SELECT COUNT(*) AS number FROM refresh_tokens"), 0);
    }
}

fn tokens_in(body: &str) -> Vec<String> {
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    [text("access_token"), text("refresh_token")].into_iter().flatten().collect()
}

/// Of 32 deletions at once one is answered 204; the others find an unknown client.
#[actix_web::test]
async fn of_32_deletions_one_deletes() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let answers = join_all((0..32).map(|_| server.delete_registration(&client))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status().as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![204], vec![401; 31]].concat());
}
