//! What only PostgreSQL does: deadlocks, statement limits, connections that die.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use grantor::config::{self, DatabaseUrl, Secret};
use grantor::storage::{Database, DbConnection, Failure, StorageError};

use crate::support::{
    Answer, TestDatabase, broken, empty_postgres, insert, names, postgres_url, postgres_with, write_name,
};

fn touch(conn: &mut DbConnection, name: &str) -> Result<(), StorageError> {
    let sql = "UPDATE server_state SET value = value || '.' WHERE name = $1";
    diesel::sql_query(sql).bind::<Text, _>(name).execute(conn)?;
    Ok(())
}

/// Rule 4: a cascade and a refresh may lock rows in opposite order; one is rolled back and made again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_is_resolved_by_making_the_write_again() {
    let Some(test) = postgres_with(4) else { return };
    for name in ["a", "b"] {
        write_name(&test.database, name).await.unwrap();
    }
    let runs = Arc::new(AtomicU32::new(0));
    let both_hold_one = Arc::new(Barrier::new(2));
    let writes: Vec<_> = [["a", "b"], ["b", "a"]]
        .into_iter()
        .map(|order| {
            let (database, runs, both) =
                (test.database.clone(), Arc::clone(&runs), Arc::clone(&both_hold_one));
            tokio::spawn(async move {
                let write = database.write(move |conn| {
                    let run = runs.fetch_add(1, Ordering::SeqCst);
                    touch(conn, order[0])?;
                    if run < 2 {
                        both.wait();
                    }
                    touch(conn, order[1])?;
                    Answer::Ok(())
                });
                write.await
            })
        })
        .collect();
    for write in writes {
        broken(write.await.unwrap()).unwrap();
    }
    assert_eq!(runs.load(Ordering::SeqCst), 3, "one of the two ran twice");
    let values = test.database.read(|conn| {
        use grantor::storage::schema::server_state;
        Answer::Ok(server_state::table.select(server_state::value).load::<String>(conn)?)
    });
    assert_eq!(values.await.unwrap(), ["here..", "here.."]);
}

/// Rule 4: three times, then the client is told to come back.
#[tokio::test]
async fn a_conflict_that_stays_is_told_as_busy() {
    let Some(test) = postgres_with(2) else { return };
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let write = test.database.write(move |conn| {
        counted.fetch_add(1, Ordering::SeqCst);
        Answer::Ok(conn.batch_execute("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$")?)
    });
    let answer = broken(write.await);
    assert!(matches!(answer, Err(StorageError::Busy(_))), "{answer:?}");
    assert_eq!(runs.load(Ordering::SeqCst), 4);
}

/// Rule 1: PostgreSQL answers the COMMIT of a failed transaction with a silent rollback. We do not.
#[tokio::test]
async fn a_swallowed_error_is_not_taken_for_a_commit() {
    let Some(test) = postgres_with(2) else { return };
    let answer: Result<(), Failure<&str>> = test
        .database
        .write(|conn| {
            insert(conn, "a")?;
            assert!(insert(conn, "a").is_err());
            Err(Failure::Refused("no"))
        })
        .await;
    assert!(matches!(answer, Err(Failure::Broken(_))), "{answer:?}");
    assert!(names(&test.database).await.is_empty());
    write_name(&test.database, "b").await.unwrap();
}

/// R08: the server ends a statement that takes longer than two seconds.
#[tokio::test]
async fn a_statement_has_two_seconds() {
    let Some(test) = postgres_with(2) else { return };
    let begun = Instant::now();
    let answer =
        broken(test.database.read(|conn| Answer::Ok(conn.batch_execute("SELECT pg_sleep(30)")?)).await);
    assert!(matches!(answer, Err(StorageError::Busy(_))), "{answer:?}");
    assert!(begun.elapsed() < Duration::from_secs(10));
    test.database.ping().await.unwrap();
}

fn end_all_connections(test: &TestDatabase) {
    let mut admin = diesel::pg::PgConnection::establish(&postgres_url().unwrap()).unwrap();
    let DatabaseUrl::Postgres(url) = &test.settings.url else { panic!("not PostgreSQL") };
    let name = url.expose().rsplit('/').next().unwrap().to_owned();
    diesel::sql_query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1")
        .bind::<Text, _>(name)
        .execute(&mut admin)
        .unwrap();
}

async fn use_all_connections(test: &TestDatabase) {
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let database = test.database.clone();
            tokio::spawn(async move {
                database.read(|conn| Answer::Ok(conn.batch_execute("SELECT pg_sleep(0.2)")?)).await
            })
        })
        .collect();
    for reader in readers {
        broken(reader.await.unwrap()).unwrap();
    }
}

/// A wire to the server that can stop carrying anything, in both directions, without breaking.
struct Wire {
    port: u16,
    stalled: Arc<AtomicBool>,
}

impl Wire {
    fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let stalled = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(&stalled);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(&server).unwrap());
                carry(client.try_clone().unwrap(), server.try_clone().unwrap(), Arc::clone(&shared));
                carry(server, client, Arc::clone(&shared));
            }
        });
        Self { port, stalled }
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, stalled: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            while stalled.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(10));
            }
            if to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        // The other side is gone already when this fails.
        to.shutdown(Shutdown::Both).unwrap_or_default();
    });
}

/// R08: a network that swallows everything costs a caller seconds, not for ever, and is over when it is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_network_is_answered_in_time() {
    let Some((settings, url, _home)) = empty_postgres(4) else { return };
    let mut url = url::Url::parse(&url).unwrap();
    let wire = Wire::to(format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432)));
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(wire.port)).unwrap();
    let settings = config::Database { url: DatabaseUrl::Postgres(Secret::new(url.to_string())), ..settings };
    let database = Database::open(&settings).unwrap();
    database.migrate().unwrap();
    write_name(&database, "before").await.unwrap();
    wire.stalled.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        let begun = Instant::now();
        let answer = write_name(&database, "during").await;
        assert!(matches!(answer, Err(StorageError::Unavailable(_) | StorageError::Busy(_))), "{answer:?}");
        assert!(database.ping().await.is_err());
        assert!(begun.elapsed() < Duration::from_secs(12));
    }
    wire.stalled.store(false, Ordering::SeqCst);
    let over = Instant::now();
    while write_name(&database, "later").await.is_err() {
        assert!(over.elapsed() < Duration::from_secs(5));
    }
}

/// R07: after a restart the first write finds a dead connection, and makes itself again on a living one.
#[tokio::test]
async fn a_write_survives_the_loss_of_every_connection() {
    let Some(test) = postgres_with(4) else { return };
    for name in ["a", "b", "c"] {
        use_all_connections(&test).await;
        end_all_connections(&test);
        write_name(&test.database, name).await.unwrap();
    }
    assert_eq!(names(&test.database).await, ["a", "b", "c"]);
}

/// R07: of several dead connections one read pays, not each of them.
#[tokio::test]
async fn one_lost_connection_has_the_others_tested() {
    let Some(test) = postgres_with(4) else { return };
    use_all_connections(&test).await;
    end_all_connections(&test);
    let mut failed = 0;
    for _ in 0..8 {
        match broken(test.database.read(|conn| Answer::Ok(crate::support::select_names(conn)?)).await) {
            Ok(_) => {}
            Err(StorageError::Unavailable(_)) => failed += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(failed <= 1, "{failed} reads failed");
}

/// A connection that dies inside the transaction: nothing is kept of the first run, and the second one is whole.
#[tokio::test]
async fn a_connection_lost_in_a_write_costs_nothing() {
    let Some(test) = postgres_with(2) else { return };
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let write = test.database.write(move |conn| {
        insert(conn, "a")?;
        if counted.fetch_add(1, Ordering::SeqCst) == 0 {
            conn.batch_execute("SELECT pg_terminate_backend(pg_backend_pid())")?;
        }
        Answer::Ok(())
    });
    broken(write.await).unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert_eq!(names(&test.database).await, ["a"]);
}

#[tokio::test]
async fn a_backup_is_left_to_pg_dump() {
    let Some(test) = postgres_with(1) else { return };
    let folder = tempfile::tempdir().unwrap();
    let error = test.database.backup_to(&folder.path().join("copy")).unwrap_err().to_string();
    assert!(error.contains("pg_dump"), "{error}");
}

fn settings(url: &str) -> config::Database {
    let url = DatabaseUrl::Postgres(Secret::new(url));
    config::Database { url, ca_file: None, pool_size: 2, synchronous: config::Synchronous::Full }
}

/// Nothing listens there: the answer comes quickly, in one line, without the password.
#[test]
fn a_server_that_is_down_is_said_without_its_password() {
    for url in [
        "postgres://someone:hunter2@127.0.0.1:1/grantor",
        "postgres://someone:hunter2@127.0.0.1:1/grantor?nonsense=hunter2",
        "postgres://someone:hunter2%zz@127.0.0.1:1/grantor",
    ] {
        let begun = Instant::now();
        let Err(error) = Database::open(&settings(url)) else { panic!("opened {url}") };
        assert!(matches!(error, StorageError::Unavailable(_)), "{error:?}");
        let text = format!("{error} {error:?}");
        assert!(!text.contains("hunter2"), "{text}");
        assert_eq!(error.to_string().lines().count(), 1, "{text}");
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn patience_has_an_end() {
    let url = "postgres://someone@127.0.0.1:1/grantor";
    let begun = Instant::now();
    assert!(Database::open_with_patience(&settings(url), Duration::from_secs(1)).is_err());
    assert!(begun.elapsed() > Duration::from_millis(500));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

/// R07, on a real server: `GRANTOR_TEST_POSTGRES_RESTART` is the shell command that restarts it at once. Run it alone,
/// for it ends the other tests' connections too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "a test is told about its server by the environment")]
async fn a_restart_of_the_server_is_over_within_five_seconds() {
    let (Some(test), Ok(restart)) = (postgres_with(4), std::env::var("GRANTOR_TEST_POSTGRES_RESTART")) else {
        return;
    };
    for round in 0..3 {
        use_all_connections(&test).await;
        let database = test.database.clone();
        let clients = tokio::spawn(async move {
            let (mut kept, mut failed) = (Vec::new(), 0);
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_secs(6) {
                let name = format!("{round} {:06}", kept.len() + failed);
                match write_name(&database, &name).await {
                    Ok(()) => kept.push(name),
                    Err(StorageError::Unavailable(_) | StorageError::Busy(_)) => failed += 1,
                    Err(other) => panic!("{other:?}"),
                }
            }
            kept
        });
        tokio::time::sleep(Duration::from_millis(500)).await;
        let status = std::process::Command::new("sh").args(["-c", &restart]).status().unwrap();
        assert!(status.success());
        let accepts = Instant::now();
        while test.database.ping().await.is_err() {
            assert!(accepts.elapsed() < Duration::from_secs(5));
        }
        let kept = clients.await.unwrap();
        let found: HashSet<_> = names(&test.database).await.into_iter().collect();
        assert!(kept.iter().all(|name| found.contains(name)), "what was answered is kept");
        write_name(&test.database, &format!("{round} later")).await.unwrap();
    }
}

/// R08: deleting a client has a minute, however many rows go with it; what comes after it on the same connection has the
/// usual two seconds.
#[test]
fn a_deletion_has_a_longer_limit_and_only_the_deletion() {
    #[derive(QueryableByName)]
    struct Limit {
        #[diesel(sql_type = Text)]
        statement_timeout: String,
    }
    fn limit(conn: &mut DbConnection) -> Result<String, StorageError> {
        let row: Limit = diesel::sql_query("SHOW statement_timeout").get_result(conn)?;
        Ok(row.statement_timeout)
    }
    let Some(test) = postgres_with(1) else { return };
    let during = test.database.write_blocking(|conn| {
        assert!(!grantor::storage::clients::delete(conn, 1)?, "there is none");
        Answer::Ok(limit(conn)?)
    });
    assert_eq!(during.unwrap(), "1min");
    let after = test.database.write_blocking(|conn| Answer::Ok(limit(conn)?));
    assert_eq!(after.unwrap(), "2s");
}
