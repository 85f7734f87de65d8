//! RFC 7592 §5 MAY rotate: by read, by age and by number of uses. M05, R02.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{Registered, Server, body_of, json_of};

const ROTATION: &str = "GRANTOR_REGISTRATION_ACCESS_TOKEN__ROTATION";
const AFTER: &str = "GRANTOR_REGISTRATION_ACCESS_TOKEN__ROTATE_AFTER";
const AFTER_USES: &str = "GRANTOR_REGISTRATION_ACCESS_TOKEN__ROTATE_AFTER_USES";

/// The token of the answer to a GET by this one; `None` for a refusal, which must be a 401.
async fn get(server: &Server, client: &Registered, token: &str) -> Option<String> {
    let url = server.url(&format!("/register/{}", client.client_id));
    let (status, body) = json_of(server.http.get(url).bearer_auth(token).send().await.unwrap()).await;
    assert!([200, 401].contains(&status), "{status} {body}");
    body["registration_access_token"].as_str().map(str::to_owned)
}

async fn put(server: &Server, client: &Registered, token: &str) -> String {
    let update = json!({
        "client_id": client.client_id, "redirect_uris": ["https://client.example/cb"], "token_endpoint_auth_method": "none",
    });
    let answer = body_of(200, server.put_registration(client, token, &update).await).await;
    answer["registration_access_token"].as_str().unwrap().to_owned()
}

/// `on_read`: every read and every update answers with another token, and the use of one ends those before it.
#[actix_web::test]
async fn on_read_every_answer_has_a_new_token() {
    let server = Server::with().set(ROTATION, "on_read").start().await;
    let client = server.register_public().await;
    let first = client.registration_access_token.clone();
    let second = get(&server, &client, &first).await.unwrap();
    let third = get(&server, &client, &second).await.unwrap();
    let fourth = put(&server, &client, &third).await;
    let all: BTreeSet<&String> = [&first, &second, &third, &fourth].into_iter().collect();
    assert_eq!(all.len(), 4);
    assert_eq!(get(&server, &client, &first).await, None);
    assert!(get(&server, &client, &fourth).await.is_some());
    assert_eq!(get(&server, &client, &third).await, None);
}

/// M05, R02: a read by the previous token gives the lost answer again, until the new token is used.
#[actix_web::test]
async fn a_read_by_the_previous_token_gives_the_lost_answer_again() {
    for rotation in ["on_read", "on_update"] {
        let server = Server::with().set(ROTATION, rotation).start().await;
        let client = server.register_public().await;
        let first = &client.registration_access_token;
        let lost = put(&server, &client, first).await;
        for _ in 0..3 {
            assert_eq!(get(&server, &client, first).await.as_ref(), Some(&lost), "{rotation}");
        }
        let again = put(&server, &client, first).await;
        assert_eq!(get(&server, &client, first).await.as_ref(), Some(&again), "{rotation}");
        assert_ne!(lost, again);
        server.advance(3601);
        assert_eq!(get(&server, &client, first).await, None, "{rotation}: its grace is over");
        assert!(get(&server, &client, &again).await.is_some(), "{rotation}");
        assert_eq!(get(&server, &client, &lost).await, None, "{rotation}");
    }
}

/// M05: of 32 reads at once by one token, over two servers, none is refused, and each got a token that works.
#[actix_web::test]
async fn of_32_reads_at_once_nobody_is_locked_out() {
    let server = Server::with().set(ROTATION, "on_read").start().await;
    let mut twin = server.twin().await;
    let client = server.register_public().await;
    let first = client.registration_access_token.clone();
    let reads = (0..32).map(|n| get(if n % 2 == 0 { &server } else { &twin }, &client, &first));
    let tokens: Option<BTreeSet<String>> = join_all(reads).await.into_iter().collect();
    let tokens: Vec<String> = tokens.unwrap().into_iter().collect();
    assert_eq!(tokens.len(), 1, "all were given the same");
    assert_ne!(tokens[0], first);
    let next = get(&server, &client, &tokens[0]).await.unwrap();
    assert_eq!(get(&server, &client, &first).await, None);
    assert!(get(&server, &client, &next).await.is_some());
    twin.stop().await;
}

/// M05: reads and updates at once by one token: whoever is left with the first token still has one that works.
#[actix_web::test]
async fn reads_and_updates_at_once_leave_a_token_that_works() {
    let server = Server::with().set(ROTATION, "on_read").start().await;
    let client = server.register_public().await;
    let first = client.registration_access_token.clone();
    let both = (0..32).map(|n| {
        let (server, client, first) = (&server, &client, &first);
        async move {
            if n % 4 == 0 { Some(put(server, client, first).await) } else { get(server, client, first).await }
        }
    });
    let answers = join_all(both).await;
    assert!(answers.iter().all(Option::is_some), "nobody was refused");
    let newest = get(&server, &client, &first).await.unwrap();
    assert!(answers.contains(&Some(newest.clone())), "the one that lives was handed out");
    assert!(get(&server, &client, &newest).await.is_some());
}

/// By age: the first read or update after it, whatever the mode; the new token is as young as its issue.
#[actix_web::test]
async fn by_age_at_the_next_read_or_update() {
    let server = Server::with().set(ROTATION, "off").set(AFTER, "30d").start().await;
    let client = server.register_public().await;
    let first = client.registration_access_token.clone();
    server.advance(30 * 86_400 - 1);
    assert_eq!(get(&server, &client, &first).await.as_ref(), Some(&first));
    assert_eq!(put(&server, &client, &first).await, first);
    server.advance(1);
    let second = get(&server, &client, &first).await.unwrap();
    assert_ne!(second, first);
    assert_eq!(get(&server, &client, &second).await.as_ref(), Some(&second));
    server.advance(30 * 86_400);
    assert_ne!(put(&server, &client, &second).await, second);
}

/// By number of uses: a token that was used so often is replaced by the next read or update.
#[actix_web::test]
async fn by_number_of_uses_at_the_next_read_or_update() {
    let server = Server::with().set(ROTATION, "off").set(AFTER_USES, "3").start().await;
    let client = server.register_public().await;
    let first = client.registration_access_token.clone();
    assert_eq!(get(&server, &client, &first).await.as_ref(), Some(&first));
    assert_eq!(put(&server, &client, &first).await, first);
    assert_eq!(get(&server, &client, &first).await.as_ref(), Some(&first));
    let second = put(&server, &client, &first).await;
    assert_ne!(second, first);
    for _ in 0..3 {
        assert_eq!(get(&server, &client, &second).await.as_ref(), Some(&second));
    }
    assert_ne!(get(&server, &client, &second).await.as_ref(), Some(&second));
}

/// By number of uses, 32 at once: each counts, and nobody is locked out.
#[actix_web::test]
async fn uses_at_once_are_all_counted() {
    let server = Server::with().set(ROTATION, "off").set(AFTER_USES, "16").start().await;
    let client = server.register_public().await;
    let first = client.registration_access_token.clone();
    let answers = join_all((0..32).map(|_| get(&server, &client, &first))).await;
    let kept = answers.iter().filter(|token| token.as_ref() == Some(&first)).count();
    let new: BTreeSet<&String> = answers.iter().flatten().filter(|token| **token != first).collect();
    assert_eq!((kept, new.len()), (16, 1), "{answers:?}");
}

/// T02: the derived token is stored as a digest, and another server without the master key could not derive it.
#[actix_web::test]
async fn the_new_token_is_nowhere_in_the_database() {
    let server = Server::with().set(ROTATION, "on_read").start().await;
    let client = server.register_public().await;
    let second = get(&server, &client, &client.registration_access_token).await.unwrap();
    assert!(server.dump().iter().all(|row| !row.contains(&second)));
    assert!(second.len() >= 43, "256 bits");
}
