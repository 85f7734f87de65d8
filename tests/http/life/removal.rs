//! M06: a removal takes everything, in one transaction, and leaves a tombstone that heals clients.

use serde_json::{Value, json};

use super::{DAY, HOUR, events, lives, sweep};
use crate::support::{Browser, Pkce, Registered, Server, body_of, error_of, json_of};

/// Every table with rows of a client.
const TABLES: [&str; 9] = [
    "registration_access_tokens",
    "resource_introspectors",
    "authorization_threads",
    "consents",
    "grants",
    "access_tokens",
    "client_documents",
    "spent_assertions",
    "clients",
];

async fn server() -> Server {
    let server = Server::start().await;
    server.add_user("ada").await;
    server
}

fn rows_of(server: &Server, key: i64) -> i64 {
    let of = |table: &str| {
        let column = if table == "clients" { "id" } else { "client_key" };
        server.number(&format!("SELECT COUNT(*) AS number FROM {table} WHERE {column} = {key}"))
    };
    TABLES.iter().map(|table| of(table)).sum()
}

fn orphans(server: &Server) -> i64 {
    ["authorization_codes", "refresh_tokens"]
        .iter()
        .map(|table| {
            server.number(&format!(
                "SELECT COUNT(*) AS number FROM {table} WHERE grant_id NOT IN (SELECT id FROM grants)"
            ))
        })
        .sum()
}

/// A client with something in every table that its life fills.
async fn holder(server: &Server) -> Registered {
    let client = server.register_confidential().await;
    server.tokens(&client, "ada", "openid offline_access").await;
    let pkce = Pkce::new();
    server.code_for(&client, "ada", &pkce, &[("scope", "openid")]).await;
    Browser::new(server).open(&server.authorize_url(&client, &pkce, &[("scope", "openid")])).await;
    let key = server.client_row(&client.client_id).unwrap().key;
    server.execute(&format!(
        "INSERT INTO spent_assertions (client_key, digest, expires_at) SELECT {key}, digest, 9999999999 \
         FROM registration_access_tokens WHERE client_key = {key}"
    ));
    client
}

/// The snapshot of the tombstone, or "" without one.
fn snapshot(server: &Server, client_id: &str) -> String {
    let lines = server.dump();
    let line =
        lines.iter().find(|line| line.starts_with("tombstones: ") && line.contains(client_id)).unwrap();
    line.split_once("snapshot").unwrap().1.to_owned()
}

/// M06; fault of section 9: DELETE that only hides. No table has a row of the client any more.
#[actix_web::test]
async fn a_deletion_leaves_no_row_of_the_client_in_any_table() {
    let server = server().await;
    let client = holder(&server).await;
    let key = server.client_row(&client.client_id).unwrap().key;
    assert!(rows_of(&server, key) >= 8, "the test proves nothing without rows");
    assert_eq!(server.delete_registration(&client).await.status(), 204);
    assert_eq!((rows_of(&server, key), orphans(&server)), (0, 0));
    assert_eq!(events(&server, "client_deleted", &client.client_id), 1);
}

/// M06: tombstone, audit event and deletion are one transaction. If one fails, nothing happened.
#[actix_web::test]
async fn a_deletion_that_cannot_be_written_down_does_not_happen() {
    let server = server().await;
    let client = holder(&server).await;
    let key = server.client_row(&client.client_id).unwrap().key;
    let before = rows_of(&server, key);
    for (table, hidden) in [("audit_events", "events_hidden"), ("tombstones", "tombstones_hidden")] {
        server.execute(&format!("ALTER TABLE {table} RENAME TO {hidden}"));
        assert_eq!(server.delete_registration(&client).await.status(), 500, "{table}");
        server.execute(&format!("ALTER TABLE {hidden} RENAME TO {table}"));
        assert_eq!(rows_of(&server, key), before, "{table}");
        assert_eq!(server.number("SELECT COUNT(*) AS number FROM tombstones"), 0, "{table}");
    }
    assert_eq!(server.delete_registration(&client).await.status(), 204);
}

/// Section 5: after the client's own DELETE only id, name, when and why remain, and no undo.
#[actix_web::test]
async fn after_its_own_deletion_only_a_name_is_left_of_a_client() {
    let server = server().await;
    let client = holder(&server).await;
    server.delete_registration(&client).await;
    let left = "SELECT COUNT(*) AS number FROM tombstones WHERE reason = 'deleted_by_client' \
                AND name = 'A confidential client' AND snapshot IS NULL AND restorable_until IS NULL";
    assert_eq!(server.number(left), 1);
}

/// Section 5: what an undo needs holds no token, no digest and no secret.
#[actix_web::test]
async fn a_tombstone_holds_no_secret_and_no_digest() {
    let server = server().await;
    let client = holder(&server).await;
    server.command(&["client", "delete", &client.client_id]).await;
    let snapshot = snapshot(&server, &client.client_id);
    assert!(
        snapshot.contains("https://client.example/cb") && snapshot.contains("offline_access"),
        "{snapshot}"
    );
    let secrets = [client.client_secret.clone().unwrap(), client.registration_access_token.clone()];
    for secret in secrets {
        let hex = Server::hex_digest(&secret);
        for form in [&secret, &hex, &hex.to_uppercase()] {
            assert!(!snapshot.contains(form.as_str()), "{snapshot}");
        }
    }
}

async fn heals(server: &Server, client: &Registered) {
    let response = server.token(client, &[("grant_type", "refresh_token"), ("refresh_token", "x")]).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("application/json"));
    assert_eq!(error_of(response).await, (401, "invalid_client".to_owned()));
    let response = server.read_registration(client).await;
    assert!(response.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));
    assert_eq!(response.status(), 401);
    let page = Browser::new(server).open(&server.authorize_url(client, &Pkce::new(), &[])).await;
    assert_eq!(page.location, None, "no redirect for a client that is gone");
    assert!(
        (400..500).contains(&page.status)
            && page.headers["content-type"].to_str().unwrap().contains("text/html")
    );
    let text = page.text();
    assert!(text.contains(client.body["client_name"].as_str().unwrap()), "{text}");
    assert!(text.contains("no longer registered"), "{text}");
}

/// Section 5: a removed client hears 401 `invalid_client` at the token endpoint and 401 at the configuration endpoint, and
/// the person reads which application it was. Faults of section 9: 400 instead of 401 for an unknown client at the token
/// endpoint; raw JSON in the browser for an unknown client; registration tokens that outlive their client.
#[actix_web::test]
async fn whoever_uses_a_removed_client_is_told() {
    let server = server().await;
    let (own, by_operator, swept) = (
        server.register_public().await,
        server.register_confidential().await,
        server.register_public().await,
    );
    server.delete_registration(&own).await;
    server.command(&["client", "delete", &by_operator.client_id]).await;
    server.advance(DAY);
    assert_eq!(sweep(&server).await.never_used, 1);
    for client in [&own, &by_operator, &swept] {
        heals(&server, client).await;
    }
}

/// Section 5: the tombstone is forgotten after its time, what the undo needs after that of the undo.
#[actix_web::test]
async fn a_tombstone_ends() {
    let server = server().await;
    let client = holder(&server).await;
    server.command(&["client", "delete", &client.client_id]).await;
    let count =
        |what: &str| server.number(&format!("SELECT COUNT(*) AS number FROM tombstones WHERE {what}"));
    server.advance(30 * DAY - HOUR);
    grantor::flow::sweep::sweep(server.means()).await.unwrap();
    assert_eq!(count("snapshot IS NOT NULL"), 1);
    server.advance(2 * HOUR);
    grantor::flow::sweep::sweep(server.means()).await.unwrap();
    assert_eq!((count("snapshot IS NOT NULL"), count("1 = 1")), (0, 1));
    server.advance(150 * DAY);
    grantor::flow::sweep::sweep(server.means()).await.unwrap();
    assert_eq!(count("1 = 1"), 0);
}

/// Section 5: a preview, the receipt and the audit event tell the same numbers, and the preview deletes nothing.
#[actix_web::test]
async fn a_receipt_has_the_numbers_of_its_preview() {
    let server = server().await;
    let client = holder(&server).await;
    let read = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    let id = client.client_id.as_str();
    let preview = read(server.command(&["client", "delete", id, "--dry-run", "--json"]).await);
    assert_eq!(preview["deleted"], false);
    assert!(lives(&server, id));
    let receipt = read(server.command(&["client", "delete", id, "--json"]).await);
    assert_eq!(receipt["deleted"], true);
    assert_eq!(receipt["belongings"], preview["belongings"]);
    assert_eq!(receipt["belongings"]["consents"], json!(1));
    let lines = server.dump();
    let event = lines.iter().find(|line| line.contains("client_deleted")).unwrap();
    let counts = receipt["belongings"].as_object().unwrap();
    assert!(!counts.is_empty());
    for (name, count) in counts {
        let told = [format!("\"{name}\":{count}"), format!("\\\"{name}\\\":{count}")];
        assert!(told.iter().any(|told| event.contains(told.as_str())), "{name}: {event}");
    }
}

/// A client id that was given out is never given out again: a client that registers anew is another one.
#[actix_web::test]
async fn a_client_that_registers_again_is_another_one() {
    let server = server().await;
    let first = server.register_public().await;
    server.delete_registration(&first).await;
    let (status, body) =
        json_of(server.post_registration(&super::super::support::metadata_of(&first.body)).await).await;
    assert_eq!(status, 201, "{body}");
    assert_ne!(body["client_id"], first.body["client_id"]);
    let (status, _) = json_of(server.read_registration(&first).await).await;
    assert_eq!(status, 401);
    body_of(401, server.delete_registration(&first).await).await;
}
