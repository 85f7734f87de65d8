//! What is over goes, and what shows a replay stays.

use diesel::prelude::*;
use grantor::flow::sweep::sweep;
use grantor::storage::sweep::{Cutoffs, STEPS};
use grantor::storage::{DbConnection, Failure};
use serde_json::json;

use crate::support::{Pkce, Server, error_of, json_of, tokens};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

fn rows(server: &Server, table: &'static str) -> i64 {
    server
        .means()
        .database
        .read_blocking(move |conn| {
            let query = diesel::sql_query(format!("SELECT count(*) AS n FROM {table}"));
            Ok::<_, Failure<()>>(query.get_result::<Count>(conn)?.n)
        })
        .unwrap()
}

async fn server() -> Server {
    let server = Server::start().await;
    server.add_user("ada").await;
    server
}

/// A19: a code that was spent stays while its grant can have a live token, so that a replay revokes it days later.
#[actix_web::test]
async fn a_replayed_code_is_seen_after_a_sweep() {
    let server = server().await;
    let client = server.register_confidential().await;
    let pkce = Pkce::new();
    let code = server.code_for(&client, "ada", &pkce, &[("scope", "offline_access")]).await;
    let issued = tokens(server.exchange(&client, &code, &pkce).await).await;
    server.advance(20 * DAY);
    sweep(server.means()).await.unwrap();
    let next = tokens(server.refresh(&client, issued.refresh()).await).await;
    let replay = error_of(server.exchange(&client, &code, &pkce).await).await;
    assert_eq!(replay, (400, "invalid_grant".to_owned()));
    assert_eq!(server.introspect(&client, &next.access_token).await, json!({"active": false}));
    let refused = error_of(server.refresh(&client, next.refresh()).await).await;
    assert_eq!(refused, (400, "invalid_grant".to_owned()));
}

/// T11: a refresh token that was rotated stays while its grant lives, whatever its own idle end was.
#[actix_web::test]
async fn a_reused_refresh_token_is_seen_after_a_sweep() {
    let server = server().await;
    let client = server.register_public().await;
    let first = server.tokens(&client, "ada", "offline_access").await;
    let mut live = tokens(server.refresh(&client, first.refresh()).await).await;
    // Past the idle lifetime of the first one, by way of its successors.
    for _ in 0..4 {
        server.advance(20 * DAY);
        sweep(server.means()).await.unwrap();
        live = tokens(server.refresh(&client, live.refresh()).await).await;
    }
    let reuse = error_of(server.refresh(&client, first.refresh()).await).await;
    assert_eq!(reuse, (400, "invalid_grant".to_owned()));
    let refused = error_of(server.refresh(&client, live.refresh()).await).await;
    assert_eq!(refused, (400, "invalid_grant".to_owned()), "the family is dead");
}

/// A19: at least 24 hours, even if nothing of the grant lives any more.
#[actix_web::test]
async fn what_ended_stays_for_a_day() {
    let server = server().await;
    let client = server
        .register(
            json!({"redirect_uris": ["https://client.example/cb"], "grant_types": ["authorization_code"]}),
        )
        .await;
    let pkce = Pkce::new();
    let code = server.code_for(&client, "ada", &pkce, &[("scope", "profile")]).await;
    tokens(server.exchange(&client, &code, &pkce).await).await;
    server.advance(DAY - HOUR);
    sweep(server.means()).await.unwrap();
    assert_eq!((rows(&server, "authorization_codes"), rows(&server, "grants")), (1, 1));
    server.advance(2 * HOUR);
    sweep(server.means()).await.unwrap();
    assert_eq!((rows(&server, "authorization_codes"), rows(&server, "grants")), (0, 0));
}

/// The session in which an offline grant was made is swept, and the grant lives on.
#[actix_web::test]
async fn an_offline_grant_outlives_its_swept_session() {
    let server = server().await;
    let client = server.register_confidential().await;
    let issued = server.tokens(&client, "ada", "openid offline_access").await;
    assert_eq!(rows(&server, "browser_sessions"), 1);
    server.advance(3 * DAY);
    sweep(server.means()).await.unwrap();
    assert_eq!(rows(&server, "browser_sessions"), 0);
    let next = tokens(server.refresh(&client, issued.refresh()).await).await;
    assert_eq!(json_of(server.userinfo(&next.access_token).await).await.0, 200);
    server.advance(HOUR);
    let reuse = error_of(server.refresh(&client, issued.refresh()).await).await;
    assert_eq!(reuse, (400, "invalid_grant".to_owned()));
    assert_eq!(server.introspect(&client, &next.access_token).await, json!({"active": false}));
}

/// A grant without a session (a client that did not ask for openid) lives on after the sweep of sessions, too.
#[actix_web::test]
async fn a_grant_without_openid_outlives_its_swept_session() {
    let server = server().await;
    let client = server.register_confidential().await;
    let issued = server.tokens(&client, "ada", "profile").await;
    server.advance(3 * DAY);
    sweep(server.means()).await.unwrap();
    assert_eq!(rows(&server, "browser_sessions"), 0);
    assert_eq!(server.refresh(&client, issued.refresh()).await.status(), 200);
}

/// Everything that is over goes, in batches, and what lives stays.
#[actix_web::test]
async fn what_is_over_goes_and_what_lives_stays() {
    let server = server().await;
    let client = server.register_confidential().await;
    // Never redeemed, never answered, and spent with nothing left.
    server.code_for(&client, "ada", &Pkce::new(), &[("scope", "openid")]).await;
    server
        .http
        .get(server.authorize_url(&client, &Pkce::new(), &[("scope", "openid")]))
        .send()
        .await
        .unwrap();
    let gone = server.tokens(&client, "ada", "openid").await;
    server.revoke(&client, gone.refresh()).await;
    let machine = server.register_machine().await;
    for _ in 0..450 {
        server.machine_token(&machine).await;
    }
    server.advance(2 * DAY);
    let live = server.tokens(&client, "ada", "openid offline_access").await;
    let cutoffs = Cutoffs { now: server.clock.now(), retained_since: server.clock.now() - DAY };
    for step in STEPS {
        let work = move |conn: &mut DbConnection| Ok::<_, Failure<()>>(step(conn, &cutoffs, 3)?);
        assert!(server.means().database.write_blocking(work).unwrap() <= 3, "a batch is bounded");
    }
    let swept = sweep(server.means()).await.unwrap();
    assert!(swept >= 440, "{swept}");
    assert_eq!(rows(&server, "access_tokens"), 1);
    assert_eq!(rows(&server, "refresh_tokens"), 1);
    assert_eq!(rows(&server, "authorization_codes"), 1);
    assert_eq!(rows(&server, "grants"), 1);
    assert_eq!(rows(&server, "authorization_threads"), 0);
    assert_eq!(server.userinfo(&live.access_token).await.status(), 200);
    assert_eq!(server.read_registration(&client).await.status(), 200);
    assert_eq!(sweep(server.means()).await.unwrap(), 0, "nothing is left to do");
}

/// T26: a key that was rotated out leaves the key set once no token of it can live, and not before.
#[actix_web::test]
async fn a_retired_key_leaves_when_its_last_token_is_over() {
    let server = server().await;
    let keys = async || {
        // What another server would read after this change.
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        let (_, set) = json_of(server.http.get(server.url("/jwks.json")).send().await.unwrap()).await;
        set["keys"].as_array().unwrap().len()
    };
    let before = keys().await;
    server.command(&["key", "rotate", "--algorithm", "ES256"]).await;
    sweep(server.means()).await.unwrap();
    assert_eq!(keys().await, before + 1);
    server.advance(10 * 60);
    sweep(server.means()).await.unwrap();
    assert_eq!(keys().await, before + 1, "tokens of the old key are alive");
    server.advance(2 * DAY);
    sweep(server.means()).await.unwrap();
    assert_eq!(keys().await, before);
}

/// Rows of the tables that a grant's end can take with it.
fn family_rows(server: &Server) -> i64 {
    ["refresh_tokens", "access_tokens", "grants", "browser_sessions"]
        .into_iter()
        .map(|table| rows(server, table))
        .sum()
}

/// A family that holds more tokens than a batch goes in several transactions, none of which removes more than a batch:
/// whether it was revoked, left idle, reached its absolute end or ended with its session.
#[actix_web::test]
async fn a_family_larger_than_a_batch_goes_in_several_transactions() {
    const LIMIT: i64 = 3;
    for (end, scope) in [
        ("UPDATE grants SET revoked_at = 1", "openid offline_access"),
        ("UPDATE refresh_tokens SET expires_at = 1", "openid offline_access"),
        ("UPDATE grants SET expires_at = 1", "openid offline_access"),
        ("UPDATE browser_sessions SET expires_at = 1", "openid"),
    ] {
        let server = server().await;
        let client = server.register_confidential().await;
        let mut issued = server.tokens(&client, "ada", scope).await;
        for _ in 0..8 {
            issued = tokens(server.refresh(&client, issued.refresh()).await).await;
        }
        assert_eq!((rows(&server, "refresh_tokens"), rows(&server, "access_tokens")), (9, 9), "{end}");
        server.execute(end);
        let cutoffs = Cutoffs { now: server.clock.now(), retained_since: server.clock.now() - DAY };
        let mut transactions = 0;
        for step in STEPS {
            loop {
                let before = family_rows(&server);
                let work = move |conn: &mut DbConnection| Ok::<_, Failure<()>>(step(conn, &cutoffs, LIMIT)?);
                let removed = i64::try_from(server.means().database.write_blocking(work).unwrap()).unwrap();
                assert!(before - family_rows(&server) <= LIMIT, "{end}: a batch is bounded");
                transactions += i64::from(removed > 0);
                if removed < LIMIT {
                    break;
                }
            }
        }
        for table in ["grants", "refresh_tokens", "access_tokens", "authorization_codes"] {
            assert_eq!(rows(&server, table), 0, "{end}: {table}");
        }
        assert!(transactions >= 7, "{end}: {transactions}");
    }
}

/// An initial access token goes a month after its end, unless a client that it let in is still there.
#[actix_web::test]
async fn an_initial_access_token_goes_a_month_after_its_end() {
    let server = server().await;
    server.command(&["initial-access-token", "issue", "--name", "unused", "--expires-in", "1h"]).await;
    server.command(&["initial-access-token", "issue", "--name", "kept", "--expires-in", "1h"]).await;
    let client = server.register_confidential().await;
    server.execute(&format!(
        "UPDATE clients SET initial_access_token_id = (SELECT id FROM initial_access_tokens WHERE name = 'kept') \
         WHERE client_id = '{}'",
        client.client_id
    ));
    let named = |name: &str| {
        server.number(&format!("SELECT count(*) AS number FROM initial_access_tokens WHERE name = '{name}'"))
    };
    server.advance(30 * DAY);
    sweep(server.means()).await.unwrap();
    assert_eq!((named("unused"), named("kept")), (1, 1), "its use is still noticed");
    server.advance(2 * HOUR);
    sweep(server.means()).await.unwrap();
    assert_eq!((named("unused"), named("kept")), (0, 1));
}
