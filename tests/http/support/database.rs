//! A database for one test, gone with it.

use std::sync::Arc;

use diesel::prelude::*;

/// Where the server of one test keeps its rows. Clones are the same database.
#[derive(Clone)]
pub struct TestDatabase {
    pub url: String,
    pub folder: Arc<tempfile::TempDir>,
    _postgres: Option<Arc<Postgres>>,
}

/// Dropped with the last server on it.
struct Postgres {
    superuser: String,
    name: String,
}

/// Whether this run is on PostgreSQL.
pub fn on_postgres() -> bool {
    variable("GRANTOR_TEST_DATABASE").is_some_and(|value| value == "postgres")
}

#[expect(clippy::disallowed_methods, reason = "the tests are told by their environment where PostgreSQL is")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl TestDatabase {
    pub fn new() -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        if !on_postgres() {
            let url = format!("sqlite://{}/grantor.db", folder.path().display());
            return Self { url, folder, _postgres: None };
        }
        let superuser = variable("GRANTOR_TEST_POSTGRES_URL")
            .unwrap_or_else(|| panic!("GRANTOR_TEST_POSTGRES_URL is needed for PostgreSQL"));
        let unique = grantor::entropy::Entropy.bytes::<8>().map(|byte| format!("{byte:02x}")).concat();
        let name = format!("http_{unique}");
        execute(&superuser, &format!("CREATE DATABASE {name}"));
        let (server, _) = superuser.rsplit_once('/').unwrap();
        let url = format!("{server}/{name}");
        Self { url, folder, _postgres: Some(Arc::new(Postgres { superuser, name })) }
    }
}

impl TestDatabase {
    /// Runs statements on a connection of their own, as an administrator of the database would.
    pub fn execute(&self, statements: &str) {
        use diesel::connection::SimpleConnection as _;
        if let Some(file) = self.url.strip_prefix("sqlite://") {
            let mut conn = SqliteConnection::establish(file).unwrap();
            conn.batch_execute(&format!("PRAGMA busy_timeout = 5000; {statements}")).unwrap();
        } else {
            execute(&self.url, statements);
        }
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

impl TestDatabase {
    /// The number that a query gives as `n`.
    pub fn count(&self, query: &str) -> i64 {
        let query = diesel::sql_query(query);
        if let Some(file) = self.url.strip_prefix("sqlite://") {
            let mut conn = SqliteConnection::establish(file).unwrap();
            return query.get_result::<Count>(&mut conn).unwrap().n;
        }
        count(&self.url, query)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        execute(&self.superuser, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

#[cfg(feature = "postgres")]
fn execute(url: &str, statement: &str) {
    use diesel::connection::SimpleConnection as _;
    PgConnection::establish(url).unwrap().batch_execute(statement).unwrap();
}

#[cfg(feature = "postgres")]
fn count(url: &str, query: diesel::query_builder::SqlQuery) -> i64 {
    query.get_result::<Count>(&mut PgConnection::establish(url).unwrap()).unwrap().n
}

#[cfg(not(feature = "postgres"))]
fn count(_: &str, _: diesel::query_builder::SqlQuery) -> i64 {
    panic!("this build has no PostgreSQL");
}

#[cfg(not(feature = "postgres"))]
fn execute(_: &str, _: &str) {
    panic!("this build has no PostgreSQL");
}
