//! M03, M05: rotations at the same time as each other, as a first use, and as a revocation.

use futures_util::future::{join, join_all};
use serde_json::json;

use crate::support::{Registered, Server, json_of};

/// PUT by this token; the status, and the token of the answer.
async fn put(server: &Server, client: &Registered, token: &str) -> (u16, Option<String>) {
    let update = json!({
        "client_id": client.client_id, "redirect_uris": ["https://client.example/cb"], "token_endpoint_auth_method": "none",
    });
    let (status, body) = json_of(server.put_registration(client, token, &update).await).await;
    (status, body["registration_access_token"].as_str().map(str::to_owned))
}

async fn get(server: &Server, client: &Registered, token: &str) -> u16 {
    let request = server.http.get(&client.registration_client_uri).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

async fn how_many_live(server: &Server, client: &Registered, tokens: &[String]) -> usize {
    let mut live = 0;
    for token in tokens {
        live += usize::from(get(server, client, token).await == 200);
    }
    live
}

/// M05: without grace, 32 updates at once by one token: one is answered 200, the others 401, and one token lives.
#[actix_web::test]
async fn without_grace_one_of_32_updates_rotates() {
    let server = Server::with().set("GRANTOR_REGISTRATION_ACCESS_TOKEN__GRACE", "0").start().await;
    let client = server.register_public().await;
    let first = &client.registration_access_token;
    let answers = join_all((0..32).map(|_| put(&server, &client, first))).await;
    assert!(answers.iter().all(|(status, _)| [200, 401].contains(status)), "{answers:?}");
    let issued: Vec<String> = answers.into_iter().filter_map(|(_, token)| token).collect();
    assert_eq!(issued.len(), 1);
    assert_eq!(how_many_live(&server, &client, &issued).await, 1);
}

/// M05: within the grace period all 32 are answered 200, and exactly one of the tokens lives.
#[actix_web::test]
async fn within_grace_32_updates_leave_one_new_token() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let first = &client.registration_access_token;
    let answers = join_all((0..32).map(|_| put(&server, &client, first))).await;
    let issued: Vec<String> = answers.iter().filter_map(|(_, token)| token.clone()).collect();
    assert_eq!(issued.len(), 32, "{answers:?}");
    assert_eq!(how_many_live(&server, &client, &issued).await, 1);
    assert_eq!(get(&server, &client, first).await, 401, "the new token was used");
}

/// M05: the first use of a new token races an update by the previous one: the client always has one token that works.
#[actix_web::test]
async fn a_first_use_racing_an_update_leaves_one_token() {
    let server = Server::start().await;
    for round in 0..16 {
        let client = server.register_public().await;
        let first = &client.registration_access_token;
        let (_, second) = put(&server, &client, first).await;
        let second = second.unwrap();
        let (read, (status, third)) = if round % 2 == 0 {
            join(get(&server, &client, &second), put(&server, &client, first)).await
        } else {
            let (put, get) = join(put(&server, &client, first), get(&server, &client, &second)).await;
            (get, put)
        };
        assert!([200, 401].contains(&read) && [200, 401].contains(&status), "{read} {status}");
        assert!(read == 200 || status == 200, "both were refused");
        let tokens: Vec<String> = [Some(second), third].into_iter().flatten().collect();
        assert_eq!(how_many_live(&server, &client, &tokens).await, 1, "round {round}: {read} {status}");
    }
}

/// M03: an operator's revocation races a rotation: the operator's new token is not wiped, and no other is left.
#[actix_web::test]
async fn a_revocation_racing_a_rotation_keeps_the_new_token() {
    let server = Server::start().await;
    for round in 0..16 {
        let client = server.register_public().await;
        let first = client.registration_access_token.clone();
        let rotations = join_all((0..4).map(|_| put(&server, &client, &first)));
        let (answers, operators) = join(rotations, server.replace_registration_access_token(&client)).await;
        assert!(answers.iter().all(|(status, _)| [200, 401].contains(status)), "{answers:?}");
        let mut others: Vec<String> = answers.into_iter().filter_map(|(_, token)| token).collect();
        others.push(first);
        assert_eq!(how_many_live(&server, &client, &others).await, 0, "round {round}");
        assert_eq!(get(&server, &client, &operators).await, 200, "round {round}");
    }
}
