//! `docs/architecture.md`, rules 1 and 4: the same on both databases.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use diesel::Connection;
use diesel::prelude::*;
use grantor::storage::{Database, Failure, StorageError};

use crate::support::{Answer, TestDatabase, broken, insert, names, panic_quietly, write_name};

/// Each of these runs once per database.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                super::$name(&crate::support::sqlite()).await;
            })*
        }
        #[cfg(feature = "postgres")]
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                if let Some(postgres) = crate::support::postgres_with(4) {
                    super::$name(&postgres).await;
                }
            })*
        }
    };
}

on_both!(
    an_answer_is_kept,
    a_refusal_is_kept,
    a_break_keeps_nothing,
    a_panic_keeps_nothing,
    a_panic_in_a_nested_transaction_keeps_nothing,
    a_nested_transaction_that_fails_undoes_only_itself,
    a_foreign_key_violation_hurts_only_its_own_request,
    a_bad_closure_in_a_group_hurts_only_itself,
    what_is_answered_is_committed,
    a_conflict_is_a_row_count,
    a_panic_in_a_read_costs_one_read,
    the_same_statement_again_and_again,
    one_of_many_wins,
    it_can_be_pinged,
);

async fn an_answer_is_kept(test: &TestDatabase) {
    write_name(&test.database, "a").await.unwrap();
    assert_eq!(names(&test.database).await, ["a"]);
}

/// Refused is not broken: a reuse that revokes a family must not roll its own revocation back.
async fn a_refusal_is_kept(test: &TestDatabase) {
    let answer: Result<(), Failure<&str>> = test
        .database
        .write(|conn| {
            insert(conn, "a")?;
            Err(Failure::Refused("no"))
        })
        .await;
    assert!(matches!(answer, Err(Failure::Refused("no"))), "{answer:?}");
    assert_eq!(names(&test.database).await, ["a"]);
}

async fn a_break_keeps_nothing(test: &TestDatabase) {
    let answer = test
        .database
        .write(|conn| {
            insert(conn, "a")?;
            Answer::<()>::Err(StorageError::Corrupt("a row").into())
        })
        .await;
    assert!(matches!(broken(answer), Err(StorageError::Corrupt("a row"))));
    assert!(names(&test.database).await.is_empty());
    write_name(&test.database, "b").await.unwrap();
}

async fn a_panic_keeps_nothing(test: &TestDatabase) {
    let answer: Answer<()> = test
        .database
        .write(|conn| {
            insert(conn, "a")?;
            panic_quietly()
        })
        .await;
    assert!(matches!(broken(answer), Err(StorageError::Panicked)));
    assert!(names(&test.database).await.is_empty());
    write_name(&test.database, "b").await.unwrap();
    assert_eq!(names(&test.database).await, ["b"]);
}

async fn a_panic_in_a_nested_transaction_keeps_nothing(test: &TestDatabase) {
    let gate = Gate::close(&test.database);
    let before = spawn_name(&test.database, "before");
    let database = test.database.clone();
    let panics = tokio::spawn(async move {
        database
            .write(|conn| {
                insert(conn, "a")?;
                conn.transaction(|conn| -> Answer<()> {
                    insert(conn, "b")?;
                    panic_quietly()
                })
            })
            .await
    });
    let after = spawn_name(&test.database, "later");
    gate.open().await;
    assert!(matches!(broken(panics.await.unwrap()), Err(StorageError::Panicked)));
    before.await.unwrap().unwrap();
    after.await.unwrap().unwrap();
    assert_eq!(names(&test.database).await, ["before", "later"]);
}

async fn a_nested_transaction_that_fails_undoes_only_itself(test: &TestDatabase) {
    let answer = test.database.write(|conn| {
        insert(conn, "a")?;
        let nested = conn.transaction(|conn| -> Answer<()> {
            insert(conn, "b")?;
            Err(StorageError::Corrupt("a row").into())
        });
        assert!(nested.is_err());
        insert(conn, "c")?;
        Answer::Ok(())
    });
    answer.await.unwrap();
    assert_eq!(names(&test.database).await, ["a", "c"]);
}

/// Engine §4, 11: a token of a client that was deleted meanwhile.
async fn a_foreign_key_violation_hurts_only_its_own_request(test: &TestDatabase) {
    let gate = Gate::close(&test.database);
    let before = spawn_name(&test.database, "a");
    let database = test.database.clone();
    let orphan = tokio::spawn(async move {
        database
            .write(|conn| {
                use grantor::storage::schema::registration_access_tokens as tokens;
                insert(conn, "orphan")?;
                let row =
                    (tokens::digest.eq(vec![1; 32]), tokens::client_key.eq(77), tokens::issued_at.eq(1));
                diesel::insert_into(tokens::table).values(row).execute(conn)?;
                Answer::Ok(())
            })
            .await
    });
    let after = spawn_name(&test.database, "b");
    gate.open().await;
    let error = broken(orphan.await.unwrap()).unwrap_err();
    assert!(error.is_foreign_key_violation(), "{error:?}");
    before.await.unwrap().unwrap();
    after.await.unwrap().unwrap();
    assert_eq!(names(&test.database).await, ["a", "b"]);
}

async fn a_bad_closure_in_a_group_hurts_only_itself(test: &TestDatabase) {
    let gate = Gate::close(&test.database);
    let writes: Vec<_> = (0..40)
        .map(|number| {
            let database = test.database.clone();
            tokio::spawn(async move {
                let write = database.write(move |conn| {
                    insert(conn, &format!("{number:02}"))?;
                    match number % 4 {
                        0 => Ok(number),
                        1 => Err(Failure::Refused("no")),
                        2 => Err(StorageError::Corrupt("a row").into()),
                        _ => panic_quietly(),
                    }
                });
                (number, write.await)
            })
        })
        .collect();
    gate.open().await;
    for write in writes {
        let (number, answer) = write.await.unwrap();
        let fits = match number % 4 {
            0 => matches!(answer, Ok(same) if same == number),
            1 => matches!(answer, Err(Failure::Refused("no"))),
            2 => matches!(answer, Err(Failure::Broken(StorageError::Corrupt("a row")))),
            _ => matches!(answer, Err(Failure::Broken(StorageError::Panicked))),
        };
        assert!(fits, "{number}: {answer:?}");
    }
    let kept: Vec<String> =
        (0..40).filter(|number| number % 4 < 2).map(|number| format!("{number:02}")).collect();
    assert_eq!(names(&test.database).await, kept);
}

/// Rule 4: nothing is answered before COMMIT.
async fn what_is_answered_is_committed(test: &TestDatabase) {
    let other = Database::open(&test.settings).unwrap();
    for number in 0..20 {
        let name = format!("{number:02}");
        write_name(&test.database, &name).await.unwrap();
        assert_eq!(names(&other).await.last(), Some(&name));
    }
}

/// Rule 1: an expected conflict does not raise; the transaction goes on.
async fn a_conflict_is_a_row_count(test: &TestDatabase) {
    write_name(&test.database, "a").await.unwrap();
    let claim = "INSERT INTO server_state (name, value) VALUES ($1, 'mine') ON CONFLICT DO NOTHING";
    let inserted = test.database.write(move |conn| {
        let mut count = Vec::new();
        for name in ["a", "b"] {
            count.push(diesel::sql_query(claim).bind::<diesel::sql_types::Text, _>(name).execute(conn)?);
        }
        insert(conn, "c")?;
        Answer::Ok(count)
    });
    assert_eq!(inserted.await.unwrap(), [0, 1]);
    assert_eq!(names(&test.database).await, ["a", "b", "c"]);
}

async fn a_panic_in_a_read_costs_one_read(test: &TestDatabase) {
    for _ in 0..10 {
        let answer: Answer<()> = test.database.read(|_| panic_quietly()).await;
        assert!(matches!(broken(answer), Err(StorageError::Panicked)));
    }
    assert!(names(&test.database).await.is_empty());
}

/// Prepared statements outlive savepoints, rollbacks and other requests' errors.
async fn the_same_statement_again_and_again(test: &TestDatabase) {
    for number in 0..30 {
        let wanted = number % 3 != 0;
        let answer = test.database.write(move |conn| {
            insert(conn, &format!("{number:02}"))?;
            if wanted { Ok(()) } else { Err(StorageError::Corrupt("a row").into()) }
        });
        let answer: Answer<()> = answer.await;
        assert_eq!(answer.is_ok(), wanted);
    }
    assert_eq!(names(&test.database).await.len(), 20);
}

/// Rule 2: once means once.
async fn one_of_many_wins(test: &TestDatabase) {
    write_name(&test.database, "code").await.unwrap();
    let take = "UPDATE server_state SET value = 'used' WHERE name = 'code' AND value = 'here'";
    let takers: Vec<_> = (0..32)
        .map(|_| {
            let database = test.database.clone();
            tokio::spawn(async move {
                let taken = database.write(move |conn| Answer::Ok(diesel::sql_query(take).execute(conn)?));
                taken.await.unwrap()
            })
        })
        .collect();
    let mut winners = 0;
    for taker in takers {
        winners += taker.await.unwrap();
    }
    assert_eq!(winners, 1);
}

async fn it_can_be_pinged(test: &TestDatabase) {
    test.database.ping().await.unwrap();
}

/// R09: who finds no reader waits about half a second, not for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_used_up_pool_answers_busy() {
    let tests = [Some(crate::support::sqlite_with(1)), postgres_with_one()];
    for test in tests.into_iter().flatten() {
        let (release, released) = mpsc::channel::<()>();
        let (holding, held) = mpsc::channel();
        let database = test.database.clone();
        let holder = std::thread::spawn(move || {
            database.read_blocking(move |_| {
                holding.send(()).unwrap();
                released.recv().unwrap_or_default();
                Answer::Ok(())
            })
        });
        held.recv().unwrap();
        let begun = Instant::now();
        let answer = broken(test.database.read(|_| Answer::Ok(())).await);
        assert!(matches!(answer, Err(StorageError::Busy(_))), "{answer:?}");
        assert!(begun.elapsed() < Duration::from_secs(3));
        drop(release);
        holder.join().unwrap().unwrap();
        test.database.read(|_| Answer::Ok(())).await.unwrap();
    }
}

fn postgres_with_one() -> Option<TestDatabase> {
    #[cfg(feature = "postgres")]
    return crate::support::postgres_with(1);
    #[cfg(not(feature = "postgres"))]
    return None;
}

fn spawn_name(database: &Database, name: &'static str) -> tokio::task::JoinHandle<Result<(), StorageError>> {
    let database = database.clone();
    tokio::spawn(async move { write_name(&database, name).await })
}

/// Holds a write open, so that those after it gather behind it on `SQLite`.
pub struct Gate {
    release: mpsc::Sender<()>,
    holder: tokio::task::JoinHandle<()>,
}

impl Gate {
    pub fn close(database: &Database) -> Self {
        let (release, released) = mpsc::channel::<()>();
        let (holding, held) = mpsc::channel();
        let released = std::sync::Mutex::new(released);
        let database = database.clone();
        let holder = tokio::spawn(async move {
            let held = database.write(move |_| {
                holding.send(()).unwrap();
                released.lock().unwrap().recv().unwrap_or_default();
                Answer::Ok(())
            });
            held.await.unwrap();
        });
        held.recv().unwrap();
        Self { release, holder }
    }

    /// Opens it once the spawned writes had time to queue up.
    pub async fn open(self) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(self.release);
        self.holder.await.unwrap();
    }
}
