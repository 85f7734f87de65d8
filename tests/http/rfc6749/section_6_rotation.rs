//! Rotation of refresh tokens: one living token a family, reuse ends it, a lost answer does not.

use futures_util::future::join_all;

use crate::support::{Registered, Server, Tokens, error_of, json_of, tokens};

async fn start(grace: &str) -> (Server, Registered) {
    let server = Server::with().set("GRANTOR_REFRESH__GRACE", grace).start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    (server, client)
}

async fn is_dead(server: &Server, client: &Registered, refresh_token: &str) {
    let refused = error_of(server.refresh(client, refresh_token).await).await;
    assert_eq!(refused, (400, "invalid_grant".to_owned()));
}

fn living(server: &Server) -> i64 {
    server.number(
        "SELECT count(*) AS number FROM refresh_tokens JOIN grants ON grants.id = grant_id \
         WHERE used_at IS NULL AND revoked_at IS NULL",
    )
}

/// The same refresh 32 times at once, by turns at two servers.
async fn at_once(
    server: &Server,
    twin: &Server,
    client: &Registered,
    refresh_token: &str,
) -> Vec<(u16, serde_json::Value)> {
    let turns = (0..32).map(|n| if n % 2 == 0 { server } else { twin });
    let answers = join_all(turns.map(|server| server.refresh(client, refresh_token))).await;
    join_all(answers.into_iter().map(json_of)).await
}

/// T10: each use gives another token.
#[actix_web::test]
async fn each_use_rotates() {
    let (server, client) = start("10s").await;
    let mut seen = vec![server.tokens(&client, "ada", "profile").await];
    for _ in 0..5 {
        let next = tokens(server.refresh(&client, seen.last().unwrap().refresh()).await).await;
        assert!(
            seen.iter().all(|old| old.refresh() != next.refresh() && old.access_token != next.access_token)
        );
        seen.push(next);
    }
    assert_eq!(living(&server), 1);
}

/// T11, T13, CVE row 10: without a grace, of 32 uses at once over two servers one succeeds; the others are reuse, and the
/// family is dead with its access tokens.
#[actix_web::test]
async fn without_grace_a_race_has_one_winner_and_ends_the_family() {
    let (server, client) = start("0").await;
    let twin = server.twin().await;
    let issued = server.tokens(&client, "ada", "openid offline_access").await;
    let answers = at_once(&server, &twin, &client, issued.refresh()).await;
    let won: Vec<_> = answers.iter().filter(|(status, _)| *status == 200).collect();
    assert_eq!(won.len(), 1);
    for (status, body) in answers.iter().filter(|(status, _)| *status != 200) {
        assert_eq!((*status, body["error"].as_str()), (400, Some("invalid_grant")), "{body}");
    }
    assert_eq!(living(&server), 0);
    is_dead(&server, &client, won[0].1["refresh_token"].as_str().unwrap()).await;
    assert_eq!(server.userinfo(won[0].1["access_token"].as_str().unwrap()).await.status(), 401);
    assert_eq!(server.userinfo(&issued.access_token).await.status(), 401);
}

/// T11, T13: with the grace, 32 uses at once over two servers all succeed with one identical refresh token, and one row lives.
#[actix_web::test]
async fn within_the_grace_a_race_has_one_successor() {
    let (server, client) = start("10s").await;
    let twin = server.twin().await;
    let issued = server.tokens(&client, "ada", "openid offline_access").await;
    let answers = at_once(&server, &twin, &client, issued.refresh()).await;
    for (status, body) in &answers {
        assert_eq!(*status, 200, "{body}");
        assert_eq!(body["refresh_token"], answers[0].1["refresh_token"]);
    }
    assert_eq!(living(&server), 1);
    tokens(server.refresh(&client, answers[0].1["refresh_token"].as_str().unwrap()).await).await;
}

/// T13, R02: a lost answer is given again within the grace: the same refresh token and a fresh access token, on another
/// server too, and after a restart.
#[actix_web::test]
async fn a_lost_answer_is_given_again() {
    let (mut server, client) = start("10s").await;
    let issued = server.tokens(&client, "ada", "profile").await;
    let lost = tokens(server.refresh(&client, issued.refresh()).await).await;
    server.advance(9);
    let twin = server.twin().await;
    let again = tokens(twin.refresh(&client, issued.refresh()).await).await;
    assert_eq!(again.refresh(), lost.refresh());
    assert_ne!(again.access_token, lost.access_token);
    server.restart().await;
    let again = tokens(server.refresh(&client, issued.refresh()).await).await;
    assert_eq!(again.refresh(), lost.refresh());
    tokens(server.refresh(&client, again.refresh()).await).await;
}

/// T11, T13: after the grace the same repeat is reuse and ends the family.
#[actix_web::test]
async fn after_the_grace_a_repeat_ends_the_family() {
    let (server, client) = start("10s").await;
    let issued = server.tokens(&client, "ada", "profile").await;
    let next = tokens(server.refresh(&client, issued.refresh()).await).await;
    server.advance(10);
    is_dead(&server, &client, issued.refresh()).await;
    is_dead(&server, &client, next.refresh()).await;
    assert_eq!(living(&server), 0);
}

/// T11, T13: within the grace, but the successor was used: no answer was lost.
#[actix_web::test]
async fn a_repeat_after_the_successor_was_used_ends_the_family() {
    let (server, client) = start("10s").await;
    let issued = server.tokens(&client, "ada", "profile").await;
    let second = tokens(server.refresh(&client, issued.refresh()).await).await;
    let third = tokens(server.refresh(&client, second.refresh()).await).await;
    is_dead(&server, &client, issued.refresh()).await;
    is_dead(&server, &client, third.refresh()).await;
}

/// T13, CVE row 83: what was revoked on purpose is not healed, whichever token of the family was named.
#[actix_web::test]
async fn a_revoked_family_is_never_healed() {
    let (server, client) = start("10s").await;
    for name in [0, 1] {
        let issued = server.tokens(&client, "ada", "profile").await;
        let next = tokens(server.refresh(&client, issued.refresh()).await).await;
        let named = [issued.refresh(), next.refresh()][name];
        assert_eq!(server.revoke(&client, named).await.status(), 200);
        is_dead(&server, &client, issued.refresh()).await;
        is_dead(&server, &client, next.refresh()).await;
    }
    assert_eq!(living(&server), 0);
}

/// T13: only the client that the token belongs to is healed.
#[actix_web::test]
async fn another_client_is_not_healed() {
    let (server, client) = start("10s").await;
    let other = server.register_public().await;
    let issued = server.tokens(&client, "ada", "profile").await;
    let next = tokens(server.refresh(&client, issued.refresh()).await).await;
    is_dead(&server, &other, issued.refresh()).await;
    tokens(server.refresh(&client, next.refresh()).await).await;
}

async fn rotate(server: &Server, client: &Registered, first: Tokens, times: usize) -> Vec<Tokens> {
    let mut chain = vec![first];
    for _ in 0..times {
        let next = tokens(server.refresh(client, chain.last().unwrap().refresh()).await).await;
        chain.push(next);
    }
    chain
}

/// T12, CVE row 23: a hundred rotations in one second leave one living token, and each of the others is reuse.
#[actix_web::test]
async fn a_hundred_rotations_in_a_second_leave_one() {
    let (server, client) = start("10s").await;
    let first = server.tokens(&client, "ada", "profile").await;
    let chain = rotate(&server, &client, first, 100).await;
    assert_eq!(living(&server), 1);
    // The newest but one is the only one that may be a lost answer; all before it are not.
    for old in [&chain[0], &chain[50], &chain[98]] {
        assert_eq!(server.number("SELECT count(*) AS number FROM grants WHERE revoked_at IS NULL"), 1);
        is_dead(&server, &client, old.refresh()).await;
        assert_eq!(living(&server), 0);
        server.execute("UPDATE grants SET revoked_at = NULL");
    }
    tokens(server.refresh(&client, chain[100].refresh()).await).await;
}

/// T12, CVE row 22: neither a restart nor a clock that was set back brings an old token to life; the living one goes on.
#[actix_web::test]
async fn a_restart_and_a_clock_set_back_revive_nothing() {
    for grace in ["0", "10s"] {
        let (mut server, client) = start(grace).await;
        let first = server.tokens(&client, "ada", "profile").await;
        let chain = rotate(&server, &client, first, 3).await;
        server.restart().await;
        server.advance(-3_600);
        let chain_after = rotate(&server, &client, chain[3].clone(), 2).await;
        for old in [&chain[0], &chain[2], &chain[3]] {
            is_dead(&server, &client, old.refresh()).await;
            assert_eq!(living(&server), 0, "grace {grace}");
            server.execute("UPDATE grants SET revoked_at = NULL");
        }
        tokens(server.refresh(&client, chain_after[2].refresh()).await).await;
    }
}

/// T12, T13: with grace 0 a repeat is reuse even where the clock says that the rotation is yet to come.
#[actix_web::test]
async fn without_grace_a_clock_set_back_heals_nothing() {
    let (server, client) = start("0").await;
    let issued = server.tokens(&client, "ada", "profile").await;
    let next = tokens(server.refresh(&client, issued.refresh()).await).await;
    server.advance(-30);
    is_dead(&server, &client, issued.refresh()).await;
    is_dead(&server, &client, next.refresh()).await;
}

/// T18, CVE row 83: a revocation against 31 refreshes at once: whatever order they came in, nothing of the family lives.
#[actix_web::test]
async fn a_revocation_beats_concurrent_refreshes() {
    let (server, client) = start("10s").await;
    for _ in 0..3 {
        let issued = server.tokens(&client, "ada", "openid offline_access").await;
        let refreshes = join_all((0..31).map(|_| server.refresh(&client, issued.refresh())));
        let (answers, revoked) =
            futures_util::future::join(refreshes, server.revoke(&client, issued.refresh())).await;
        assert_eq!(revoked.status(), 200);
        assert_eq!(living(&server), 0);
        for answer in answers {
            let (status, body) = json_of(answer).await;
            assert!(status == 200 || status == 400, "{status} {body}");
            if status == 200 {
                assert_eq!(server.userinfo(body["access_token"].as_str().unwrap()).await.status(), 401);
                is_dead(&server, &client, body["refresh_token"].as_str().unwrap()).await;
            }
        }
    }
}

/// T12, security statement R20: a spent token is still known as spent after a sweep, while its family lives.
#[actix_web::test]
async fn a_sweep_does_not_forget_reuse() {
    let (server, client) = start("0").await;
    let first = server.tokens(&client, "ada", "profile").await;
    let mut chain = vec![first];
    for _ in 0..3 {
        server.advance(20 * 86_400);
        grantor::flow::sweep::sweep(server.means()).await.unwrap();
        chain = rotate(&server, &client, chain.last().unwrap().clone(), 1).await;
    }
    server.advance(2 * 86_400);
    grantor::flow::sweep::sweep(server.means()).await.unwrap();
    is_dead(&server, &client, chain[0].refresh()).await;
    is_dead(&server, &client, chain[1].refresh()).await;
    assert_eq!(living(&server), 0);
}
