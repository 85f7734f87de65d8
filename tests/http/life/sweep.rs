//! D14: never-used clients go after a day, idle ones after ninety, never while something of them lives.

use grantor::flow::client_sweep::{self, Pace};
use grantor::flow::{Actor, Origin};
use serde_json::{Value, json};

use super::{DAY, FAST, HOUR, events, lives, sweep};
use crate::support::{Pkce, Server, tokens};

async fn server() -> Server {
    let server = Server::start().await;
    server.add_user("ada").await;
    server
}

/// Copies of the only client that registered itself, each with a registration access token; on both databases.
fn copies(server: &Server, number: i64) {
    let columns =
        "source, metadata, policy, secret_expires_at, created_at, updated_at, product, redirect_hosts";
    server.execute(&format!(
        "INSERT INTO clients (client_id, {columns}) \
         WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {number}) \
         SELECT 'c-copy-' || number, {columns} FROM numbers, clients WHERE source = 'dynamic'"
    ));
    let digest = if crate::support::on_postgres() { "sha256(client_id::bytea)" } else { "randomblob(32)" };
    server.execute(&format!(
        "INSERT INTO registration_access_tokens (digest, client_key, issued_at) \
         SELECT {digest}, id, created_at FROM clients WHERE client_id LIKE 'c-copy-%'"
    ));
}

/// D14; fault of section 9: minutes taken from a seconds timestamp in clean-up.
#[actix_web::test]
async fn a_client_that_nobody_authorized_goes_after_a_day_and_not_before() {
    let server = server().await;
    let client = server.register_public().await;
    server.advance(DAY - 1);
    assert_eq!(sweep(&server).await.clients(), 0);
    server.advance(1);
    assert_eq!(sweep(&server).await.never_used, 1);
    assert!(!lives(&server, &client.client_id));
    assert_eq!(events(&server, "client_removed", &client.client_id), 1);
}

/// D14: ninety days after the last token, once nothing of it lives. A consent alone keeps a client for ever.
#[actix_web::test]
async fn a_used_client_goes_when_it_is_idle_and_nothing_of_it_lives() {
    let server = server().await;
    let (consented, revoked) = (server.register_public().await, server.register_public().await);
    for client in [&consented, &revoked] {
        server.tokens(client, "ada", "openid").await;
    }
    let key = server.client_row(&revoked.client_id).unwrap().key;
    server.execute(&format!("DELETE FROM consents WHERE client_key = {key}"));
    server.execute(&format!("UPDATE grants SET revoked_at = created_at WHERE client_key = {key}"));
    sweep(&server).await;
    server.advance(90 * DAY - 1);
    assert_eq!(sweep(&server).await.clients(), 0);
    server.advance(1);
    assert_eq!(sweep(&server).await.idle, 1);
    assert!(lives(&server, &consented.client_id) && !lives(&server, &revoked.client_id));
    server.advance(5 * 365 * DAY);
    assert_eq!(sweep(&server).await.clients(), 0);
}

/// D14: a live refresh token keeps its client, even without a remembered consent; so do a code, a token, an open request.
#[actix_web::test]
async fn whatever_lives_keeps_its_client() {
    let server = Server::with()
        .set("GRANTOR_REGISTRATION__NEVER_USED_LIFETIME", "1")
        .set("GRANTOR_REGISTRATION__IDLE_LIFETIME", "1")
        .start()
        .await;
    server.add_user("ada").await;
    let (pkce, scope) = (Pkce::new(), [("scope", "openid offline_access")]);
    let (code, refresh, open) =
        (server.register_public().await, server.register_public().await, server.register_public().await);
    let machine = server.register_machine().await;
    let unredeemed = server.code_for(&code, "ada", &pkce, &scope).await;
    let issued = server.tokens(&refresh, "ada", "openid offline_access").await;
    crate::support::Browser::new(&server).open(&server.authorize_url(&open, &pkce, &scope)).await;
    server.machine_token(&machine).await;
    server.execute("DELETE FROM consents");
    server.advance(5);
    assert_eq!(
        sweep(&server).await.clients(),
        0,
        "a code, a refresh token, an open request, an access token"
    );
    tokens(server.exchange(&code, &unredeemed, &pkce).await).await;
    server.execute("UPDATE grants SET revoked_at = 1 WHERE client_key <> 0 AND id < 0");
    server.advance(2 * HOUR);
    assert_eq!(sweep(&server).await.clients(), 2, "the open request and the machine are over");
    assert!(lives(&server, &code.client_id) && lives(&server, &refresh.client_id), "refresh tokens live");
    assert_ne!(issued.refresh(), "");
}

/// D14: an operator's clients are never swept; one that was let in has the longer time; 0 switches a rule off.
#[actix_web::test]
async fn whom_a_sweep_passes_over() {
    let server = server().await;
    let made = server
        .command(&["client", "add", "--name", "Reports", "--grant", "client_credentials", "--json"])
        .await;
    let operator = serde_json::from_str::<Value>(&made).unwrap()["client_id"].as_str().unwrap().to_owned();
    let let_in = server.register_machine().await;
    server.advance(2 * DAY);
    assert_eq!(sweep(&server).await.clients(), 0);
    server.advance(88 * DAY);
    assert_eq!(sweep(&server).await.never_used, 1);
    assert!(lives(&server, &operator) && !lives(&server, &let_in.client_id));

    let off = Server::with()
        .set("GRANTOR_REGISTRATION__NEVER_USED_LIFETIME", "0")
        .set("GRANTOR_REGISTRATION__IDLE_LIFETIME", "0")
        .start()
        .await;
    off.register_public().await;
    off.advance(5 * 365 * DAY);
    assert_eq!(sweep(&off).await.clients(), 0);
}

/// Section 5: `grantor client sweep --dry-run` says who would go and why, and nobody goes; the sweep by hand is those.
#[actix_web::test]
async fn a_dry_run_names_what_the_sweep_takes() {
    // The command line has the clock of the machine.
    let server = Server::start().await;
    let (gone, stays) = (server.register_public().await, server.register_public().await);
    server.execute(&format!(
        "UPDATE clients SET created_at = created_at - {} WHERE client_id = '{}'",
        DAY + 60,
        gone.client_id
    ));
    let read = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    let preview = read(server.command(&["client", "sweep", "--dry-run", "--json"]).await);
    assert_eq!((&preview["never_used"], &preview["idle"]), (&json!(1), &json!(0)));
    assert_eq!(preview["clients"][0]["client_id"], gone.client_id);
    assert_eq!(preview["clients"][0]["reason"], "never_used");
    assert!(lives(&server, &gone.client_id), "a dry run");
    assert!(server.command(&["client", "sweep", "--dry-run"]).await.contains(&gone.client_id));
    let swept = read(server.command(&["client", "sweep", "--json"]).await);
    assert_eq!(swept["never_used"], 1);
    assert!(!lives(&server, &gone.client_id) && lives(&server, &stays.client_id));
    assert!(server.command(&["client", "sweep", "--dry-run"]).await.starts_with("There is no client"));
}

/// D14, R27: thousands go in transactions of at most 1,000 rows; those that live are passed over, once.
#[actix_web::test]
async fn thousands_go_in_small_transactions() {
    const COPIES: i64 = 3_000;
    let server = server().await;
    let kept = server.register_public().await;
    copies(&server, COPIES);
    server.tokens(&kept, "ada", "openid").await;
    server.advance(DAY);
    let preview = client_sweep::preview(server.means(), 10).await.unwrap();
    assert_eq!((preview.never_used, preview.clients.len()), (3_000, 10));
    let swept = sweep(&server).await;
    assert_eq!(swept.never_used, 3_000);
    // Each is two rows: the client and its registration access token.
    assert!(swept.transactions >= 6, "{} transactions for 6,000 rows", swept.transactions);
    assert_eq!(server.count_clients(), 1);
    assert!(lives(&server, &kept.client_id));
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM tombstones"), COPIES);
    assert_eq!(
        server.number("SELECT COUNT(*) AS number FROM audit_events WHERE kind = 'client_removed'"),
        COPIES
    );
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM registration_access_tokens"), 1);
}

/// R27: a transaction that has used up its time begins no other client.
#[actix_web::test]
async fn a_transaction_ends_when_its_time_is_up() {
    let server = server().await;
    server.register_public().await;
    copies(&server, 20);
    server.advance(DAY);
    let one_each = Pace { transaction: std::time::Duration::ZERO, rest: 0 };
    let swept = client_sweep::sweep(server.means(), &Origin::local(Actor::Server), one_each).await.unwrap();
    assert_eq!((swept.never_used, swept.transactions), (21, 21));
}

/// D14: a client with thousands of dead rows goes in pieces, and in the end whole.
#[actix_web::test]
async fn a_client_with_thousands_of_dead_tokens_goes_in_pieces() {
    let server = server().await;
    let client = server.register_public().await;
    server.tokens(&client, "ada", "offline_access").await;
    let key = server.client_row(&client.client_id).unwrap().key;
    let digest = if crate::support::on_postgres() { "sha256(number::text::bytea)" } else { "randomblob(32)" };
    server.execute(&format!(
        "INSERT INTO refresh_tokens (digest, grant_id, issued_at, expires_at, used_at) \
         WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 2500) \
         SELECT {digest}, grants.id, 1, 2, 2 FROM numbers, grants WHERE client_key = {key}"
    ));
    server.execute("DELETE FROM consents");
    server.execute("UPDATE grants SET revoked_at = created_at");
    sweep(&server).await;
    server.advance(90 * DAY);
    let swept = sweep(&server).await;
    assert_eq!(swept.idle, 1);
    assert!(swept.transactions >= 3, "{}", swept.transactions);
    assert!(!lives(&server, &client.client_id));
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM refresh_tokens"), 0);
}

/// R21: one server at a time sweeps; the next turn is anybody's; one that died is replaced when its lease is over.
#[actix_web::test]
async fn one_server_at_a_time_sweeps() {
    let server = server().await;
    let mut twin = server.twin().await;
    let first = client_sweep::sweep_if_due(server.means()).await.unwrap();
    assert!(first.is_some());
    assert!(client_sweep::sweep_if_due(twin.means()).await.unwrap().is_none());
    assert!(client_sweep::sweep_if_due(server.means()).await.unwrap().is_none(), "it has just been");
    server.advance(600);
    assert!(client_sweep::sweep_if_due(twin.means()).await.unwrap().is_some(), "whoever looks first");

    // A leader that died in the middle of its work holds the lease for twenty seconds; a look is due every ten.
    let now = server.clock.now();
    server.execute(&format!(
        "UPDATE leases SET holder = 'dead', expires_at = {} WHERE name = 'client_sweep'",
        now + 20
    ));
    server.advance(19);
    assert!(client_sweep::sweep_if_due(twin.means()).await.unwrap().is_none());
    server.advance(1);
    assert!(client_sweep::sweep_if_due(twin.means()).await.unwrap().is_some());
    twin.stop().await;
}

/// D14, R20: two sweeps at once, by hand beside the job, remove each client once.
#[actix_web::test]
async fn two_sweeps_at_once_remove_each_client_once() {
    let server = server().await;
    let mut twin = server.twin().await;
    server.register_public().await;
    copies(&server, 400);
    server.advance(DAY);
    let (origin, small) =
        (Origin::local(Actor::Server), Pace { transaction: std::time::Duration::from_millis(5), ..FAST });
    let (one, other) = futures_util::future::join(
        client_sweep::sweep(server.means(), &origin, small),
        client_sweep::sweep(twin.means(), &origin, small),
    )
    .await;
    let (one, other) = (one.unwrap(), other.unwrap());
    // What one of them had in its hands the other passed over; nothing is left, and nothing was counted twice.
    assert_eq!(one.clients() + other.clients() + sweep(&server).await.clients(), 401);
    assert_eq!(
        server.number("SELECT COUNT(*) AS number FROM audit_events WHERE kind = 'client_removed'"),
        401
    );
    assert_eq!(server.count_clients(), 0);
    twin.stop().await;
}
