//! Section 5: when a client was last used costs nothing where tokens are issued.

use grantor::flow::last_used::flush;

use super::lives;
use crate::support::{Registered, Server};

async fn server() -> Server {
    let server = Server::start().await;
    server.add_user("ada").await;
    server
}

/// A time of a client's row; 0 = never.
fn time(server: &Server, client: &Registered, column: &str) -> i64 {
    server.number(&format!(
        "SELECT COALESCE({column}, 0) AS number FROM clients WHERE client_id = '{}'",
        client.client_id
    ))
}

/// A token request writes nothing to the client's row; one write tells of many requests.
#[actix_web::test]
async fn uses_are_written_together_and_later() {
    let server = server().await;
    let (machine, app) = (server.register_machine().await, server.register_public().await);
    for _ in 0..5 {
        server.machine_token(&machine).await;
    }
    server.tokens(&app, "ada", "openid").await;
    let used = "SELECT COUNT(*) AS number FROM clients WHERE last_used_at IS NOT NULL \
                OR last_token_at IS NOT NULL OR last_authorized_at IS NOT NULL";
    assert_eq!(server.number(used), 0, "nothing was written for each request");
    assert_eq!(flush(server.means()).await.unwrap(), 2, "one note for each client");
    let now = server.clock.now();
    assert_eq!(time(&server, &machine, "last_token_at"), now);
    assert_eq!(time(&server, &machine, "last_authorized_at"), 0);
    for column in ["last_token_at", "last_authorized_at", "last_used_at"] {
        assert_eq!(time(&server, &app, column), now, "{column}");
    }
    assert_eq!(flush(server.means()).await.unwrap(), 0);
}

/// Of two servers' notes the later one stays, whoever writes last.
#[actix_web::test]
async fn a_time_goes_only_forward() {
    let server = server().await;
    let mut twin = server.twin().await;
    let machine = server.register_machine().await;
    server.machine_token(&machine).await;
    server.advance(100);
    twin.machine_token(&machine).await;
    assert_eq!(flush(twin.means()).await.unwrap(), 1);
    assert_eq!(flush(server.means()).await.unwrap(), 1, "an older note, written later");
    assert_eq!(time(&server, &machine, "last_token_at"), server.clock.now());
    assert_eq!(time(&server, &machine, "last_used_at"), server.clock.now());
    twin.stop().await;
}

/// A note of a client that was removed meanwhile brings nothing back.
#[actix_web::test]
async fn a_late_note_does_not_bring_a_removed_client_back() {
    let server = server().await;
    let machine = server.register_machine().await;
    server.machine_token(&machine).await;
    server.delete_registration(&machine).await;
    flush(server.means()).await.unwrap();
    assert!(!lives(&server, &machine.client_id));
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM clients"), 0);
}

/// What a failing database does not take is written later.
#[actix_web::test]
async fn notes_survive_a_failing_database() {
    let server = server().await;
    let machine = server.register_machine().await;
    server.machine_token(&machine).await;
    server.execute("ALTER TABLE clients RENAME TO clients_hidden");
    assert!(flush(server.means()).await.is_err());
    server.execute("ALTER TABLE clients_hidden RENAME TO clients");
    assert_eq!(flush(server.means()).await.unwrap(), 1);
    assert_eq!(time(&server, &machine, "last_token_at"), server.clock.now());
}

/// A server that is told to stop writes what it has noted.
#[actix_web::test]
async fn a_stop_writes_what_was_noted() {
    let mut server = server().await;
    let machine = server.register_machine().await;
    server.machine_token(&machine).await;
    server.restart().await;
    assert_eq!(time(&server, &machine, "last_token_at"), server.clock.now());
}
