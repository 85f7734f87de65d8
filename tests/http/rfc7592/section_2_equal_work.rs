//! M02: nobody learns which client exists, not from the work that an answer takes either.

use reqwest::Method;
use serde_json::json;

use crate::support::{Server, watch_statements};

/// M02: an unknown client, a wrong one, a deleted one, a dead token and a made one take the same statements. What is noted
/// of a dead token is written beside the answer, once a minute.
#[actix_web::test]
async fn every_bad_token_takes_the_same_statements() {
    watch_statements();
    let server = Server::start().await;
    let (client, other, deleted) =
        (server.register_public().await, server.register_public().await, server.register_public().await);
    assert_eq!(server.delete_registration(&deleted).await.status(), 204);
    let dead = client.registration_access_token.as_str();
    server.replace_registration_access_token(&client).await;
    assert_eq!(server.read_registration(&client).await.status(), 401);
    server.until(|| !server.events("registration_access_token_reuse").is_empty()).await;

    let unknown = "c-unknown".to_owned();
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let mut works = Vec::new();
        for (client_id, token) in [
            (&client.client_id, "garbage"),
            (&client.client_id, dead),
            (&client.client_id, &other.registration_access_token),
            (&unknown, &other.registration_access_token),
            (&unknown, "garbage"),
            (&deleted.client_id, &deleted.registration_access_token),
        ] {
            let url = server.url(&format!("/register/{client_id}"));
            let request = server.http.request(method.clone(), url).bearer_auth(token);
            let request =
                request.json(&json!({"client_id": client_id, "redirect_uris": ["https://a.example"]}));
            let (answer, statements) = server.statements_during(request.send()).await;
            assert_eq!(answer.unwrap().status(), 401);
            works.push(statements);
        }
        assert_eq!(works[0].len(), 1, "one look-up: {:?}", works[0]);
        assert!(works.iter().all(|work| *work == works[0]), "{method}: {works:#?}");
    }
}
