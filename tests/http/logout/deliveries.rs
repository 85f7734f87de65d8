//! Who is told that a session ended, and until when it is tried. OpenID Connect Back-Channel Logout 1.0 §2.

use serde_json::json;

use super::receiver::Receiver;
use super::{client_with, sign_out, tokens_in};
use crate::support::{Browser, Registered, Server, parts};

async fn told(server: &Server, receiver: &Receiver, path: &str) -> Registered {
    client_with(server, json!({"backchannel_logout_uri": receiver.uri(path)})).await
}

fn waiting(server: &Server) -> i64 {
    server.number("SELECT count(*) AS number FROM logout_deliveries")
}

/// S04, §2.4, §2.6: what the token says, signed as the client's ID tokens are; the person by the name that the client knows.
#[actix_web::test]
async fn the_logout_token_is_of_this_client() {
    let receiver = Receiver::start();
    let server = receiver.server().await;
    for (place, (algorithm, subject_type)) in
        [("RS256", "public"), ("ES256", "pairwise"), ("EdDSA", "public"), ("PS256", "pairwise")]
            .into_iter()
            .enumerate()
    {
        let client = client_with(
            &server,
            json!({
                "backchannel_logout_uri": receiver.uri("a"), "backchannel_logout_session_required": true,
                "id_token_signed_response_alg": algorithm, "subject_type": subject_type,
            }),
        )
        .await;
        let mut browser = Browser::new(&server);
        let issued = tokens_in(&server, &mut browser, &client, "openid").await;
        let of_id_token = parts(issued.id_token.as_deref().unwrap()).1;
        sign_out(&server, &mut browser).await;
        let (header, claims) = receiver.token(&server, place).await;
        assert_eq!((&header["typ"], &header["alg"]), (&json!("logout+jwt"), &json!(algorithm)));
        for name in ["iss", "sub", "aud", "sid"] {
            assert_eq!(claims[name], of_id_token[name], "{name}");
            assert!(claims[name].is_string(), "{name}");
        }
        assert_eq!(claims["sub"].as_str().unwrap().starts_with("u-"), subject_type == "public");
        assert_eq!(claims["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 120);
        assert!(claims["jti"].as_str().unwrap().len() >= 22 && claims.get("nonce").is_none());
    }
    server.until(|| waiting(&server) == 0).await;
    receiver.stop().await;
}

/// S04, R21: a client that is away is told later and not before its time, by a token made anew; a restart forgets nothing.
#[actix_web::test]
async fn a_client_that_was_away_is_told_later() {
    let receiver = Receiver::start();
    let mut server = receiver.server().await;
    let client = told(&server, &receiver, "a").await;
    let mut browser = Browser::new(&server);
    tokens_in(&server, &mut browser, &client, "openid").await;
    // A redirect is no success, and nobody follows it.
    receiver.answer(302);
    sign_out(&server, &mut browser).await;
    let attempts =
        |number| format!("SELECT count(*) AS number FROM logout_deliveries WHERE attempts = {number}");
    server.until(|| server.number(&attempts(1)) == 1).await;
    receiver.answer(503);
    receiver.rest().await;
    assert_eq!(receiver.paths(), ["a"], "asked once, and not before its time");
    server.advance(10);
    server.until(|| server.number(&attempts(2)) == 1).await;
    server.restart().await;
    receiver.answer(204);
    receiver.rest().await;
    assert_eq!(receiver.requests().len(), 2);
    server.advance(20);
    server.until(|| waiting(&server) == 0).await;
    let sent = receiver.requests();
    assert_eq!(receiver.paths(), ["a", "a", "a"]);
    let claims: Vec<_> = sent.iter().map(|(_, token)| parts(token).1).collect();
    assert_ne!(claims[0]["jti"], claims[2]["jti"]);
    assert_eq!(claims[2]["exp"].as_i64().unwrap(), server.clock.now() + 120);
    assert_eq!(claims[0]["sid"], claims[2]["sid"]);
    receiver.stop().await;
}

/// §2.5: after a day a client that never answered is given up.
#[actix_web::test]
async fn after_a_day_a_client_is_given_up() {
    let receiver = Receiver::start();
    receiver.answer(500);
    let server = receiver.server().await;
    let client = told(&server, &receiver, "a").await;
    let mut browser = Browser::new(&server);
    tokens_in(&server, &mut browser, &client, "openid").await;
    sign_out(&server, &mut browser).await;
    // The failure is written down after the answer: the day may pass only then, or this attempt is the last one.
    let failed_once = "SELECT count(*) AS number FROM logout_deliveries WHERE attempts = 1";
    server.until(|| server.number(failed_once) == 1).await;
    server.advance(86_400);
    server.until(|| waiting(&server) == 0).await;
    assert_eq!(receiver.requests().len(), 2);
    receiver.stop().await;
}

/// R21: of two servers one tells a client, once for each session.
#[actix_web::test]
async fn of_two_servers_one_tells() {
    let receiver = Receiver::start();
    let server = receiver.server().await;
    let other = server.twin().await;
    let client = told(&server, &receiver, "a").await;
    for place in [&server, &other, &server, &other] {
        let mut browser = Browser::new(place);
        tokens_in(place, &mut browser, &client, "openid").await;
        sign_out(place, &mut browser).await;
    }
    server.until(|| waiting(&server) == 0).await;
    receiver.rest().await;
    let mut sids: Vec<String> =
        receiver.requests().iter().map(|(_, token)| parts(token).1["sid"].to_string()).collect();
    sids.sort();
    sids.dedup();
    assert_eq!((sids.len(), receiver.requests().len()), (4, 4));
    receiver.stop().await;
}

/// M06: a client that is removed is told of the sessions that it had, although it is gone.
#[actix_web::test]
async fn a_removed_client_is_told() {
    let receiver = Receiver::start();
    let server = receiver.server().await;
    let (client, other) = (told(&server, &receiver, "a").await, told(&server, &receiver, "b").await);
    let mut browser = Browser::new(&server);
    let issued = tokens_in(&server, &mut browser, &client, "openid").await;
    tokens_in(&server, &mut browser, &other, "openid").await;
    assert_eq!(server.delete_registration(&client).await.status(), 204);
    let (_, claims) = receiver.token(&server, 0).await;
    assert_eq!((&claims["aud"], receiver.paths()), (&json!(client.client_id), vec!["a".to_owned()]));
    assert_eq!(claims["sid"], parts(issued.id_token.as_deref().unwrap()).1["sid"]);
    assert!(super::is_signed_in(&server, &mut browser).await, "the person stays signed in");
    receiver.stop().await;
}

/// Section 1.8: an address inside our own network is never asked, whoever signs out.
#[actix_web::test]
async fn a_private_address_is_not_asked() {
    let receiver = Receiver::start();
    let server = receiver.server().await;
    let client = client_with(&server, json!({"backchannel_logout_uri": "https://10.0.0.1/out"})).await;
    let mut browser = Browser::new(&server);
    tokens_in(&server, &mut browser, &client, "openid").await;
    sign_out(&server, &mut browser).await;
    let failed = "SELECT count(*) AS number FROM logout_deliveries WHERE attempts = 1 AND last_error = 'it could not be reached'";
    server.until(|| server.number(failed) == 1).await;
    receiver.stop().await;
}

/// R29: however many sign-outs wait for one address, those at another are told in the first round.
#[actix_web::test]
async fn a_flood_for_one_address_stands_in_nobodys_way() {
    let receiver = Receiver::start();
    let server = receiver.server().await;
    let row = |number: i64, path: &str| {
        format!("('c-{path}', '{}', 'RS256', 'u-1', 's-{number}', 0, {number})", receiver.uri(path))
    };
    let mut rows: Vec<String> = (0..300).map(|number| row(number, "flood")).collect();
    rows.push(row(300, "other"));
    let into = "INSERT INTO logout_deliveries (client_id, uri, algorithm, subject, sid, created_at, next_attempt_at)";
    server.execute(&format!("{into} VALUES {}", rows.join(", ")));
    server.until(|| receiver.requests().iter().any(|(path, _)| path == "other")).await;
    let before = receiver.requests().iter().position(|(path, _)| path == "other").unwrap();
    assert!(before <= 2, "{before} requests came first");
    receiver.stop().await;
}
