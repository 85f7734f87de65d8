//! X05: a changed, removed, inserted or moved event shows, however many wrote at once and whichever server sealed.

use futures_util::future::join_all;
use grantor::flow::audit_seal;
use grantor::flow::audit_verify::Fault;
use grantor::storage::audit_chain::{Link, hexadecimal};

use super::{fault, seal_all, sealed, verify};
use crate::support::{Server, on_postgres};

const COLUMNS: &str = "at, kind, actor, client_id, address, request_id, details, sequence, hash";

/// A server with eight sealed events at least, and their number.
async fn with_a_chain() -> (Server, i64) {
    let server = Server::start().await;
    server.add_user("ada").await;
    for _ in 0..7 {
        server.register_public().await;
    }
    seal_all(&server).await;
    let events = sealed(&server).await.len();
    assert!(events >= 8, "{events}");
    (server, i64::try_from(events).unwrap())
}

/// Bytes as this database writes them in a statement.
fn bytes(of: &[u8]) -> String {
    if on_postgres() { format!("'\\x{}'::bytea", hexadecimal(of)) } else { format!("X'{}'", hexadecimal(of)) }
}

/// Each of these is done to a whole chain and undone afterwards.
#[actix_web::test]
async fn a_changed_chain_names_its_first_broken_event() {
    let (server, last) = with_a_chain().await;
    let events = sealed(&server).await;
    let end = events.last().unwrap();
    let next = end.link().unwrap().followed_by(end);
    let insert = |sequence: i64, hash: &[u8; 32]| {
        let copied = "at, kind, actor, client_id, address, request_id, details";
        let hash = bytes(hash);
        format!(
            "INSERT INTO audit_events ({COLUMNS}) SELECT {copied}, {sequence}, {hash} FROM audit_events WHERE sequence = {last}"
        )
    };
    let edit = |change: &str| format!("UPDATE audit_events SET {change} WHERE sequence = 3");
    let swap = "UPDATE audit_events SET sequence = 1000 WHERE sequence = 3; \
        UPDATE audit_events SET sequence = 3 WHERE sequence = 4; UPDATE audit_events SET sequence = 4 WHERE sequence = 1000";
    let cases = [
        (edit("details = '{}'"), Fault::Changed(3)),
        (edit("details = details || ' '"), Fault::Changed(3)),
        (edit("at = at + 1"), Fault::Changed(3)),
        (edit("kind = 'client_deleted'"), Fault::Changed(3)),
        (edit("actor = 'server'"), Fault::Changed(3)),
        (edit("client_id = NULL"), Fault::Changed(3)),
        (edit("address = '192.0.2.1'"), Fault::Changed(3)),
        (edit("request_id = 'another'"), Fault::Changed(3)),
        (edit("hash = NULL"), Fault::Changed(3)),
        (edit(&format!("hash = {}", bytes(&[7; 32]))), Fault::Changed(3)),
        (swap.to_owned(), Fault::Changed(3)),
        ("DELETE FROM audit_events WHERE sequence = 3".to_owned(), Fault::Missing(3, 3)),
        ("DELETE FROM audit_events WHERE sequence IN (1, 2)".to_owned(), Fault::Missing(1, 2)),
        ("DELETE FROM audit_events WHERE sequence BETWEEN 3 AND 5".to_owned(), Fault::Missing(3, 5)),
        (format!("DELETE FROM audit_events WHERE sequence = {last}"), Fault::MissingAtEnd(last, last)),
        ("DELETE FROM audit_events".to_owned(), Fault::MissingAtEnd(1, last)),
        (insert(last + 1, &next.hash), Fault::Unknown(last + 1)),
        (insert(last + 1, &[7; 32]), Fault::Changed(last + 1)),
        (insert(0, &[7; 32]), Fault::BeforeBeginning),
        ("DELETE FROM server_state WHERE name = 'audit_head'".to_owned(), Fault::Unknown(1)),
        (
            format!(
                "UPDATE server_state SET value = '{}' WHERE name = 'audit_head'",
                Link { sequence: last, hash: [7; 32] }
            ),
            Fault::OtherHead(last),
        ),
    ];
    let head = end.link().unwrap();
    server.database.execute(
        "CREATE TABLE kept_events AS SELECT * FROM audit_events; CREATE TABLE kept_state AS SELECT * FROM server_state",
    );
    for (tampering, expected) in cases {
        assert_eq!(fault(&server, None).await, None, "before {tampering}");
        server.database.execute(&tampering);
        assert_eq!(fault(&server, None).await, Some(expected), "{tampering}");
        server.database.execute(&format!(
            "DELETE FROM audit_events; INSERT INTO audit_events ({COLUMNS}) SELECT {COLUMNS} FROM kept_events ORDER BY sequence; \
             DELETE FROM server_state WHERE name LIKE 'audit%'; \
             INSERT INTO server_state SELECT * FROM kept_state WHERE name LIKE 'audit%'"
        ));
    }
    let found = verify(&server, Some(head)).await;
    assert_eq!((found.fault, found.head, found.unsealed), (None, head, 0));
}

/// A chain alone cannot show that all of it was made anew: what was kept outside does.
#[actix_web::test]
async fn a_head_kept_outside_shows_a_log_that_was_made_anew() {
    let (server, last) = with_a_chain().await;
    let head = verify(&server, None).await.head;
    server.database.execute(
        "BEGIN; UPDATE audit_events SET details = '{}' WHERE sequence = 3; \
         UPDATE audit_events SET sequence = NULL, hash = NULL; DELETE FROM server_state WHERE name = 'audit_head'; COMMIT",
    );
    seal_all(&server).await;
    assert_eq!(fault(&server, None).await, None);
    assert_eq!(fault(&server, Some(head)).await, Some(Fault::NotAsKept(last)));
    server.database.execute(
        "BEGIN; DELETE FROM audit_events WHERE sequence > 2; \
         UPDATE audit_events SET sequence = NULL, hash = NULL; DELETE FROM server_state WHERE name = 'audit_head'; COMMIT",
    );
    seal_all(&server).await;
    assert_eq!(fault(&server, None).await, None);
    assert_eq!(fault(&server, Some(head)).await, Some(Fault::EndsBefore(last)));
}

/// R21: two hundred writers and two servers that seal at the same time make one chain without a gap.
#[actix_web::test]
async fn many_writers_on_two_servers_make_one_chain_without_a_gap() {
    let one = Server::start().await;
    let other = one.twin().await;
    let writers = async {
        let servers = [&one, &other];
        for round in 0..5 {
            let writes = (0..40).map(|number| {
                let server: &Server = servers[(number + round) % 2];
                server.register_public()
            });
            join_all(writes).await;
        }
    };
    let sealers = async {
        for _ in 0..40 {
            let (first, second) =
                tokio::join!(audit_seal::seal(one.means()), audit_seal::seal(other.means()));
            first.unwrap();
            second.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::join!(writers, sealers);
    seal_all(&one).await;
    let found = verify(&one, None).await;
    assert_eq!((found.fault, found.unsealed), (None, 0));
    assert!(found.events >= 200, "{}", found.events);
    assert_eq!(one.number("SELECT max(sequence) - count(*) AS number FROM audit_events"), 0);
    assert_eq!(i64::try_from(found.events).unwrap(), found.head.sequence);
}

/// An event that nobody has sealed is none that is missing: it is named.
#[actix_web::test]
async fn unsealed_events_are_named_and_a_server_at_rest_writes_nothing() {
    let (server, last) = with_a_chain().await;
    let at = server.clock.now() - 5;
    // Both in one transaction with the look, so that the job does not seal it before.
    server.database.execute(&format!(
        "INSERT INTO audit_events (at, kind, actor, details, sequence) VALUES ({at}, 'client_registered', 'server', '{{}}', NULL)"
    ));
    let found = verify(&server, None).await;
    if found.unsealed > 0 {
        assert_eq!((found.unsealed, found.oldest_unsealed, found.fault), (1, Some(at), None));
    }
    seal_all(&server).await;
    let found = verify(&server, None).await;
    assert_eq!((found.unsealed, found.oldest_unsealed, found.fault), (0, None, None));
    assert_eq!(found.head.sequence, last + 1);
    assert_eq!(audit_seal::seal(server.means()).await.unwrap(), 0);
}

/// What retention removes goes from the beginning, and the rest still verifies from there.
#[actix_web::test]
async fn what_retention_leaves_can_still_be_verified() {
    let server = Server::with().set("GRANTOR_AUDIT__RETENTION", "1d").start().await;
    server.register_public().await;
    server.register_public().await;
    seal_all(&server).await;
    let early = verify(&server, None).await.head;
    server.advance(86_401);
    server.register_public().await;
    seal_all(&server).await;
    let head = verify(&server, None).await.head;
    assert!(audit_seal::remove_old(server.means()).await.unwrap() >= 2);
    let found = verify(&server, Some(head)).await;
    assert_eq!((found.fault, found.checkpoint, found.head), (None, early, head));
    assert_eq!(fault(&server, Some(early)).await, None, "the checkpoint itself is known");
    let older = Link { sequence: early.sequence - 1, hash: [0; 32] };
    assert_eq!(fault(&server, Some(older)).await, Some(Fault::NoLongerKept(older.sequence)));
    server.database.execute(&format!("DELETE FROM audit_events WHERE sequence = {}", early.sequence + 1));
    assert!(fault(&server, None).await.is_some());
    assert_eq!(audit_seal::remove_old(server.means()).await.unwrap(), 0);
}

/// R30: an event that cannot be written takes its change with it, and says nothing of the database.
#[actix_web::test]
async fn a_change_whose_event_cannot_be_written_does_not_happen() {
    let (server, last) = with_a_chain().await;
    let client = server.register_confidential().await;
    let clients = server.count_clients();
    server.database.execute("ALTER TABLE audit_events RENAME TO set_aside");
    let redirect = serde_json::json!({"redirect_uris": ["https://client.example/cb"]});
    assert_eq!(server.post_registration(&redirect).await.status(), 500);
    assert_eq!(server.delete_registration(&client).await.status(), 500);
    assert_eq!(server.count_clients(), clients);
    server.database.execute("ALTER TABLE set_aside RENAME TO audit_events");
    assert_eq!(server.post_registration(&redirect).await.status(), 201);
    assert_eq!(server.delete_registration(&client).await.status(), 204);
    assert_eq!(server.count_clients(), clients);
    seal_all(&server).await;
    assert!(verify(&server, None).await.head.sequence >= last + 2);
}
