//! What only SQLite does: group commit, locks of other processes, a full disk.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};
use grantor::config::{self, Synchronous};
use grantor::storage::{Database, DbConnection, StorageError};

use crate::contract::Gate;
use crate::support::{Answer, broken, insert, names, panic_quietly, sqlite, sqlite_settings, write_name};

fn number(conn: &mut DbConnection, pragma: &str) -> i32 {
    sql::<Integer>(pragma).get_result(conn).unwrap()
}

fn pragmas(conn: &mut DbConnection) -> (String, [i32; 4]) {
    let mode = sql::<Text>("PRAGMA journal_mode").get_result(conn).unwrap();
    let all = ["PRAGMA foreign_keys", "PRAGMA busy_timeout", "PRAGMA synchronous", "PRAGMA query_only"];
    (mode, all.map(|pragma| number(conn, pragma)))
}

#[tokio::test]
async fn every_connection_has_its_settings() {
    let test = sqlite();
    let writer = test.database.write(|conn| Answer::Ok(pragmas(conn))).await.unwrap();
    assert_eq!(writer, ("wal".to_owned(), [1, 5000, 2, 0]));
    let reader = test.database.read(|conn| Answer::Ok(pragmas(conn))).await.unwrap();
    assert_eq!(reader, ("wal".to_owned(), [1, 5000, 2, 1]));
    let settings = config::Database { synchronous: Synchronous::Normal, ..test.settings.clone() };
    let normal = Database::open(&settings).unwrap();
    let writer = normal.write(|conn| Answer::Ok(pragmas(conn))).await.unwrap();
    assert_eq!(writer.1, [1, 5000, 1, 0]);
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let test = sqlite();
    let answer = test.database.read(|conn| Answer::Ok(insert(conn, "a")?)).await;
    assert!(broken(answer).is_err());
    assert!(names(&test.database).await.is_empty());
}

#[tokio::test]
async fn the_file_and_its_folder_are_for_this_user_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new/deep/grantor.db");
    drop(Database::open(&sqlite_settings(file.clone())).unwrap());
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
}

/// R05: one clear sentence. (A superuser may write everywhere, so the folder here is a file.)
#[test]
fn what_cannot_be_opened_is_said_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(
        &file,
        "not a database, but longer than the header of one, which has one hundred bytes".repeat(9),
    )
    .unwrap();
    for path in [file.join("grantor.db"), file.clone(), ":memory:".into(), folder.path().to_owned()] {
        let Err(StorageError::Unavailable(text)) = Database::open(&sqlite_settings(path.clone())) else {
            panic!("{} was opened", path.display());
        };
        assert!(
            text.starts_with(&format!("The database file {} cannot be used: ", path.display())),
            "{text}"
        );
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}

/// Rule 4: nothing is answered before COMMIT, not even what has run already.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_in_a_group_is_answered_before_its_commit() {
    let test = sqlite();
    let gate = Gate::close(&test.database);
    let database = test.database.clone();
    let ran = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&ran);
    let early = tokio::spawn(async move {
        let write = database.write(move |conn| {
            insert(conn, "early")?;
            mark.store(true, Ordering::SeqCst);
            Answer::Ok(())
        });
        write.await
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let (release, released) = std::sync::mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let database = test.database.clone();
    let late = tokio::spawn(async move {
        let write = database.write(move |_| {
            released.lock().unwrap().recv().unwrap_or_default();
            Answer::Ok(())
        });
        write.await
    });
    gate.open().await;
    while !ran.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!early.is_finished());
    assert!(names(&test.database).await.is_empty());
    drop(release);
    broken(early.await.unwrap()).unwrap();
    broken(late.await.unwrap()).unwrap();
    assert_eq!(names(&test.database).await, ["early"]);
}

/// R04: who was answered Ok is kept, who was not is not; reads go on; the writer recovers by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_disk_that_fills_up_in_the_middle_of_a_group() {
    let test = sqlite();
    let limit = test.database.write(|conn| {
        let pages: i64 = sql::<BigInt>("PRAGMA page_count").get_result(conn)?;
        conn.batch_execute(&format!("PRAGMA max_page_count = {}", pages + 4))?;
        Answer::Ok(())
    });
    limit.await.unwrap();
    let gate = Gate::close(&test.database);
    let mut writes = Vec::new();
    for index in 0..9 {
        let database = test.database.clone();
        writes.push(tokio::spawn(async move {
            let write = database.write(move |conn| {
                insert(conn, &format!("{index}"))?;
                if index == 4 {
                    diesel::sql_query("INSERT INTO server_state VALUES ('large', hex(zeroblob(100000)))")
                        .execute(conn)?;
                }
                Answer::Ok(())
            });
            (index, broken(write.await))
        }));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    gate.open().await;
    let mut kept = Vec::new();
    for write in writes {
        let (index, answer) = write.await.unwrap();
        match answer {
            Ok(()) => kept.push(index.to_string()),
            Err(error) => assert!(matches!(error, StorageError::Unavailable(_)), "{index}: {error:?}"),
        }
        assert!(index != 4 || kept.last().is_none_or(|last| last != "4"));
    }
    assert_eq!(names(&test.database).await, kept);
    write_name(&test.database, "again").await.unwrap();
    test.database.ping().await.unwrap();
}

struct Bomb(Arc<AtomicBool>);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0.swap(false, Ordering::SeqCst) {
            panic_quietly();
        }
    }
}

/// A panic that no guard around a closure catches: the writer must survive that too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_dies_is_replaced() {
    let test = sqlite();
    let bomb = Bomb(Arc::new(AtomicBool::new(true)));
    let armed = Arc::clone(&bomb.0);
    let killing = test.database.write(move |conn| {
        let _ = &bomb;
        Answer::Ok(insert(conn, "last words")?)
    });
    killing.await.unwrap();
    for name in ["a", "b", "c"] {
        write_name(&test.database, name).await.unwrap();
    }
    assert!(!armed.load(Ordering::SeqCst), "the writer did not die");
    test.database.ping().await.unwrap();
    assert_eq!(names(&test.database).await, ["a", "b", "c", "last words"]);
}

fn hold_the_lock(test: &crate::support::TestDatabase, how_long: Duration) -> std::thread::JoinHandle<()> {
    let config::DatabaseUrl::Sqlite(file) = &test.settings.url else { panic!("not SQLite") };
    let mut other = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    other.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE").unwrap();
    std::thread::spawn(move || {
        std::thread::sleep(how_long);
        other.batch_execute("COMMIT").unwrap();
    })
}

async fn storm(database: &Database) -> Vec<Result<(), StorageError>> {
    let writes: Vec<_> = (0..100)
        .map(|number| {
            let database = database.clone();
            tokio::spawn(async move { write_name(&database, &format!("{number:03}")).await })
        })
        .collect();
    let mut answers = Vec::new();
    for write in writes {
        answers.push(write.await.unwrap());
    }
    answers
}

/// R10: another process holds the write lock for less than two seconds, and no client notices more than the wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_of_another_process_is_waited_for() {
    let test = sqlite();
    let holder = hold_the_lock(&test, Duration::from_millis(1800));
    for answer in storm(&test.database).await {
        answer.unwrap();
    }
    holder.join().unwrap();
    assert_eq!(names(&test.database).await.len(), 100);
}

/// R10: held for longer, everybody is told to come back, and nothing of theirs is written later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_stays_is_told_as_busy() {
    let test = sqlite();
    let holder = hold_the_lock(&test, Duration::from_secs(4));
    tokio::time::sleep(Duration::from_millis(100)).await;
    for answer in storm(&test.database).await {
        assert!(matches!(answer, Err(StorageError::Busy(_) | StorageError::Unavailable(_))), "{answer:?}");
    }
    assert!(names(&test.database).await.is_empty(), "reads go on");
    holder.join().unwrap();
    write_name(&test.database, "later").await.unwrap();
    assert_eq!(names(&test.database).await, ["later"]);
}

/// The queue is bounded: beyond it, 503 at once instead of memory without end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_is_answered_busy_and_nothing_of_it_is_written_later() {
    let test = sqlite();
    let gate = Gate::close(&test.database);
    let writes: Vec<_> = (0..3000)
        .map(|number| {
            let database = test.database.clone();
            tokio::spawn(async move { (number, write_name(&database, &format!("{number:04}")).await) })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(800)).await;
    gate.open().await;
    let mut kept = Vec::new();
    for write in writes {
        match write.await.unwrap() {
            (number, Ok(())) => kept.push(format!("{number:04}")),
            (_, Err(error)) => assert!(matches!(error, StorageError::Busy(_)), "{error:?}"),
        }
    }
    assert!(kept.len() < 3000);
    assert_eq!(names(&test.database).await, kept);
}

/// A caller that is gone before its turn: its write is not made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_goes_away_takes_the_request_along() {
    let test = sqlite();
    let gate = Gate::close(&test.database);
    let database = test.database.clone();
    let gone = tokio::spawn(async move { write_name(&database, "gone").await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    gone.abort();
    gate.open().await;
    write_name(&test.database, "here").await.unwrap();
    assert_eq!(names(&test.database).await, ["here"]);
}

/// R25: what was taken is finished, what comes later is refused, and the log is in the file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_finishes_what_was_taken() {
    let test = sqlite();
    let gate = Gate::close(&test.database);
    let database = test.database.clone();
    let taken = tokio::spawn(async move { write_name(&database, "taken").await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let database = test.database.clone();
    let closing = tokio::task::spawn_blocking(move || database.close());
    gate.open().await;
    taken.await.unwrap().unwrap();
    closing.await.unwrap();
    assert!(matches!(write_name(&test.database, "late").await, Err(StorageError::Unavailable(_))));
    assert!(matches!(test.database.ping().await, Err(StorageError::Unavailable(_))));
    assert_eq!(names(&test.database).await, ["taken"]);
    let config::DatabaseUrl::Sqlite(file) = &test.settings.url else { panic!("not SQLite") };
    let log = Path::new(&format!("{}-wal", file.display())).metadata().map_or(0, |log| log.len());
    assert_eq!(log, 0);
}

#[tokio::test]
async fn a_backup_is_a_database() {
    let test = sqlite();
    write_name(&test.database, "a").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy of today's.db");
    test.database.backup_to(&copy).unwrap();
    assert!(test.database.backup_to(&copy).is_err(), "it must not overwrite");
    let opened = Database::open(&sqlite_settings(copy)).unwrap();
    assert!(opened.migrate().unwrap().is_empty());
    assert_eq!(names(&opened).await, ["a"]);
}

#[test]
fn the_command_line_reads_and_writes_without_a_runtime() {
    let test = sqlite();
    test.database.write_blocking(|conn| Answer::Ok(insert(conn, "a")?)).unwrap();
    let found = test.database.read_blocking(|conn| Answer::Ok(crate::support::select_names(conn)?));
    assert_eq!(found.unwrap(), ["a"]);
}

/// R04, on a real small disk: a folder of about one megabyte that `GRANTOR_TEST_SMALL_DISK` names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "a test is told about its disk by the environment")]
async fn a_full_disk_fails_writes_and_the_ping_until_there_is_room() {
    let Ok(disk) = std::env::var("GRANTOR_TEST_SMALL_DISK") else { return };
    let folder = tempfile::tempdir_in(disk).unwrap();
    let database = Database::open(&sqlite_settings(folder.path().join("grantor.db"))).unwrap();
    database.migrate().unwrap();
    write_name(&database, "before").await.unwrap();
    let filler = folder.path().join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while std::io::Write::write_all(&mut file, &[0; 4096]).is_ok() {}
    let mut kept = vec!["before".to_owned()];
    let mut refused = 0;
    while refused < 20 {
        let name = format!("during {:05}", kept.len());
        match write_name(&database, &name).await {
            Ok(()) => kept.push(name),
            Err(StorageError::Unavailable(_)) => {
                refused += 1;
                assert!(matches!(database.ping().await, Err(StorageError::Unavailable(_))));
            }
            Err(other) => panic!("{other:?}"),
        }
        assert_eq!(names(&database).await.len(), kept.len(), "reads go on, and nothing is half written");
    }
    drop(file);
    std::fs::remove_file(&filler).unwrap();
    database.ping().await.unwrap();
    write_name(&database, "later").await.unwrap();
    assert_eq!(names(&database).await.len(), kept.len() + 1);
}
