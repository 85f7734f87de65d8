//! Databases for one test each, and the few queries that the tests share.

use std::convert::Infallible;
use std::path::PathBuf;

use diesel::prelude::*;
use grantor::config::{self, DatabaseUrl, Synchronous};
use grantor::storage::schema::server_state;
use grantor::storage::{Database, DbConnection, Failure, StorageError};

/// A database that disappears with the test.
pub struct TestDatabase {
    pub settings: config::Database,
    pub database: Database,
    _home: Home,
}

/// What removes a test's database.
pub enum Home {
    Folder {
        _folder: tempfile::TempDir,
    },
    #[cfg(feature = "postgres")]
    Server {
        admin: String,
        name: String,
    },
}

#[cfg(feature = "postgres")]
impl Drop for Home {
    fn drop(&mut self) {
        if let Self::Server { admin, name } = self {
            let mut conn = diesel::pg::PgConnection::establish(admin).unwrap();
            diesel::sql_query(format!("DROP DATABASE {name} WITH (FORCE)")).execute(&mut conn).unwrap();
        }
    }
}

/// What a write that nothing refuses answers.
pub type Answer<T> = Result<T, Failure<Infallible>>;

pub fn sqlite_settings(file: PathBuf) -> config::Database {
    config::Database {
        url: DatabaseUrl::Sqlite(file),
        ca_file: None,
        pool_size: 4,
        synchronous: Synchronous::Full,
    }
}

pub fn sqlite_with(pool_size: u32) -> TestDatabase {
    let folder = tempfile::tempdir().unwrap();
    let settings = config::Database { pool_size, ..sqlite_settings(folder.path().join("data/grantor.db")) };
    open(settings, Home::Folder { _folder: folder })
}

pub fn sqlite() -> TestDatabase {
    sqlite_with(4)
}

#[cfg(feature = "postgres")]
#[expect(clippy::disallowed_methods, reason = "a test is told about its server by the environment")]
pub fn postgres_url() -> Option<String> {
    std::env::var("GRANTOR_TEST_POSTGRES_URL").ok()
}

#[cfg(feature = "postgres")]
pub fn postgres_with(pool_size: u32) -> Option<TestDatabase> {
    let (settings, _, home) = empty_postgres(pool_size)?;
    Some(open(settings, home))
}

/// A database without tables, its URL, and what drops it.
#[cfg(feature = "postgres")]
pub fn empty_postgres(pool_size: u32) -> Option<(config::Database, String, Home)> {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let admin = postgres_url()?;
    let name = format!("grantor_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut conn = diesel::pg::PgConnection::establish(&admin).unwrap();
    diesel::sql_query(format!("CREATE DATABASE {name}")).execute(&mut conn).unwrap();
    let mut url = url::Url::parse(&admin).unwrap();
    url.set_path(&name);
    let url = url.to_string();
    let setting = DatabaseUrl::Postgres(config::Secret::new(url.clone()));
    let settings =
        config::Database { url: setting, ca_file: None, pool_size, synchronous: Synchronous::Full };
    Some((settings, url, Home::Server { admin, name }))
}

fn open(settings: config::Database, home: Home) -> TestDatabase {
    let database = Database::open(&settings).unwrap();
    database.migrate().unwrap();
    TestDatabase { settings, database, _home: home }
}

pub fn insert(conn: &mut DbConnection, name: &str) -> Result<(), StorageError> {
    let row = (server_state::name.eq(name), server_state::value.eq("here"));
    diesel::insert_into(server_state::table).values(row).execute(conn)?;
    Ok(())
}

/// The names in `server_state`, in order.
pub async fn names(database: &Database) -> Vec<String> {
    database.read(|conn| Answer::Ok(select_names(conn)?)).await.unwrap()
}

pub fn select_names(conn: &mut DbConnection) -> Result<Vec<String>, StorageError> {
    Ok(server_state::table.select(server_state::name).order(server_state::name).load(conn)?)
}

/// A write that inserts one name.
pub async fn write_name(database: &Database, name: &str) -> Result<(), StorageError> {
    let name = name.to_owned();
    broken(database.write(move |conn| Answer::Ok(insert(conn, &name)?)).await)
}

pub fn broken<T>(answer: Answer<T>) -> Result<T, StorageError> {
    answer.map_err(|failure| match failure {
        Failure::Refused(never) => match never {},
        Failure::Broken(error) => error,
    })
}

/// A panic without the hook: it prints a backtrace, and whoever waits behind it may be told that the queue is too long.
pub fn panic_quietly() -> ! {
    std::panic::resume_unwind(Box::new("of the test"))
}
