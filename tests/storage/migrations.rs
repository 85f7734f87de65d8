//! Migrations: the same tables in both databases, whole after every kill.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use grantor::config::{DatabaseUrl, Secret};
use grantor::storage::{Database, DbConnection, schema};

use crate::support::{Answer, names, sqlite, sqlite_settings, write_name};

/// How a test tells its child process which database to migrate.
const CHILD: &str = "GRANTOR_TEST_MIGRATE";

/// Not a test of its own: the process that others start, and kill.
#[test]
#[expect(clippy::disallowed_methods, reason = "a child process is told by its environment")]
fn as_a_child_process() {
    let Ok(target) = std::env::var(CHILD) else { return };
    let mut settings = sqlite_settings(target.clone().into());
    if target.starts_with("postgres") {
        settings.url = DatabaseUrl::Postgres(Secret::new(target));
    }
    Database::open(&settings).unwrap().migrate().unwrap();
}

fn migrate_in_a_process(target: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "migrations::as_a_child_process"])
        .env(CHILD, target)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

fn migrate_in_processes(target: &str) {
    let children: Vec<_> = (0..6).map(|_| migrate_in_a_process(target)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
}

/// R23, and R20 for PostgreSQL.
#[tokio::test]
async fn several_processes_may_start_at_once_on_sqlite() {
    for _ in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data/grantor.db");
        migrate_in_processes(file.to_str().unwrap());
        let database = Database::open(&sqlite_settings(file)).unwrap();
        assert!(database.migrate().unwrap().is_empty());
        write_name(&database, "a").await.unwrap();
    }
}

/// R23: killed at any moment, the next run completes it.
#[tokio::test]
async fn a_killed_migration_is_completed_on_sqlite() {
    for delay in 0..25 {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("grantor.db");
        let mut child = migrate_in_a_process(file.to_str().unwrap());
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        let database = Database::open(&sqlite_settings(file)).unwrap();
        database.migrate().unwrap();
        write_name(&database, "a").await.unwrap();
        assert!(database.migrate().unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_migrations_that_ran_are_named_once() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&sqlite_settings(folder.path().join("grantor.db"))).unwrap();
    let first = database.migrate().unwrap();
    assert_eq!(first.first().map(String::as_str), Some("00000000000001_foundation"));
    assert!(database.migrate().unwrap().is_empty());
}

/// R23: rows that exist are copied before tables change. Here the last migration is made to look new.
#[tokio::test]
async fn a_file_with_rows_is_copied_before_its_tables_change() {
    let test = sqlite();
    write_name(&test.database, "a").await.unwrap();
    let undo = test.database.write(|conn| {
        diesel::sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000000')")
            .execute(conn)?;
        diesel::sql_query("DELETE FROM __diesel_schema_migrations WHERE version > '00000000000000'")
            .execute(conn)?;
        Answer::Ok(())
    });
    undo.await.unwrap();
    // The tables are there already, so this migration fails, and must leave everything as it was.
    assert!(test.database.migrate().is_err());
    assert_eq!(names(&test.database).await, ["a"]);
    let DatabaseUrl::Sqlite(file) = &test.settings.url else { panic!("not SQLite") };
    let copy = Path::new(&format!("{}.before-00000000000001", file.display())).to_owned();
    let copy = Database::open(&sqlite_settings(copy)).unwrap();
    assert_eq!(names(&copy).await, ["a"]);
}

/// P09: who signed in by name before goes on doing so, though it is the address of somebody else.
async fn a_name_that_is_an_address_stays_a_name(database: &Database) {
    use diesel::connection::SimpleConnection as _;
    let before = database.write(|conn| {
        let down = match conn {
            DbConnection::Sqlite(_) => {
                include_str!("../../migrations/sqlite/00000000000004_people/down.sql")
            }
            #[cfg(feature = "postgres")]
            DbConnection::Postgres(_) => {
                include_str!("../../migrations/postgres/00000000000004_people/down.sql")
            }
        };
        conn.batch_execute(down)?;
        conn.batch_execute("DELETE FROM __diesel_schema_migrations WHERE version = '00000000000004'")?;
        conn.batch_execute(
            "INSERT INTO users (subject, name, email, email_verified, is_administrator, claims, created_at, \
             updated_at) VALUES ('u-1', 'ada@example.com', 'ada@example.com', TRUE, FALSE, '{}', 1, 1), \
             ('u-2', 'bob', 'Eve@example.com', TRUE, FALSE, '{}', 1, 1), \
             ('u-3', 'eve@example.com', NULL, FALSE, FALSE, '{}', 1, 1), \
             ('u-4', 'carl', 'Carl@example.com', TRUE, FALSE, '{}', 1, 1), \
             ('u-5', 'dan', 'both@example.com', TRUE, FALSE, '{}', 1, 1), \
             ('u-6', 'fay', 'Both@example.com', TRUE, FALSE, '{}', 1, 1)",
        )?;
        Answer::Ok(())
    });
    before.await.unwrap();
    assert_eq!(database.migrate().unwrap(), ["00000000000004_people"]);
    let read = database.read(|conn| {
        let found = schema::users::table.filter(schema::users::sign_in_email.is_not_null());
        let columns = (schema::users::name, schema::users::sign_in_email.assume_not_null());
        Answer::Ok(found.order(schema::users::id).select(columns).load::<(String, String)>(conn)?)
    });
    let expected = [("ada@example.com", "ada@example.com"), ("carl", "carl@example.com")];
    assert_eq!(read.await.unwrap(), expected.map(|(name, email)| (name.to_owned(), email.to_owned())));
}

#[tokio::test]
async fn a_name_that_is_an_address_stays_a_name_on_sqlite() {
    a_name_that_is_an_address_stays_a_name(&sqlite().database).await;
}

#[derive(QueryableByName, Debug, PartialEq)]
struct Column {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    required: i64,
}

const COLUMNS_ON_SQLITE: &str = "SELECT t.name AS \"table\", c.name AS name, c.\"notnull\" AS required \
        FROM sqlite_master t, pragma_table_info(t.name) c \
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite~_%' ESCAPE '~' AND t.name NOT LIKE '~_~_%' ESCAPE '~' \
        ORDER BY t.name, c.cid";

#[cfg(feature = "postgres")]
const COLUMNS_ON_POSTGRES: &str = "SELECT table_name::text AS \"table\", \
        column_name::text AS name, (is_nullable = 'NO')::int::bigint AS required \
        FROM information_schema.columns \
        WHERE table_schema = 'public' AND table_name NOT LIKE '~_~_%' ESCAPE '~' \
        ORDER BY table_name COLLATE \"C\", ordinal_position";

async fn columns(database: &Database) -> Vec<Column> {
    let read = database.read(|conn| {
        let sql = match conn {
            DbConnection::Sqlite(_) => COLUMNS_ON_SQLITE,
            #[cfg(feature = "postgres")]
            DbConnection::Postgres(_) => COLUMNS_ON_POSTGRES,
        };
        Answer::Ok(diesel::sql_query(sql).load::<Column>(conn)?)
    });
    read.await.unwrap()
}

/// Every table of `schema.rs` answers a query for all of its columns. Gives how many tables that is.
macro_rules! select_all {
    ($conn:expr, $($table:ident),* $(,)?) => {
        [$({
            let rows = schema::$table::table.count().get_result::<i64>($conn);
            assert_eq!(rows.unwrap(), 0);
            let all = schema::$table::table.select(schema::$table::all_columns);
            let all = diesel::debug_query::<diesel::sqlite::Sqlite, _>(&all).to_string();
            let all = all.split(" -- binds").next().unwrap().replace('`', "\"");
            diesel::sql_query(all).execute($conn).unwrap();
        }),*]
        .len()
    };
}

async fn holds_the_schema(database: &Database) {
    let read = database.read(|conn| {
        Answer::Ok(select_all!(
            conn,
            access_tokens,
            api_keys,
            audit_counts,
            audit_events,
            authorization_codes,
            authorization_threads,
            browser_sessions,
            budgets,
            client_documents,
            clients,
            consents,
            grants,
            initial_access_tokens,
            leases,
            session_clients,
            client_keys,
            client_pictures,
            logout_deliveries,
            refresh_tokens,
            registration_access_tokens,
            resource_aliases,
            resource_introspectors,
            resources,
            server_state,
            setup_links,
            signing_keys,
            spent_assertions,
            tombstones,
            users,
            account_links,
            client_groups,
            emails,
            group_members,
            groups_of_people,
            known_devices,
            passkey_ceremonies,
            passkeys,
            recovery_codes,
            sign_in_failures,
            sign_ins,
            totp_secrets,
            upstream_links,
            upstream_providers,
            upstream_requests,
            user_attributes,
        ))
    });
    let checked = read.await.unwrap();
    let mut tables: Vec<_> = columns(database).await.into_iter().map(|column| column.table).collect();
    tables.dedup();
    assert_eq!(tables.len(), checked, "a table is missing in this test or in schema.rs: {tables:?}");
}

#[tokio::test]
async fn sqlite_has_every_column_of_the_schema() {
    holds_the_schema(&sqlite().database).await;
}

#[cfg(feature = "postgres")]
mod on_postgres {
    use super::*;
    use crate::support::{empty_postgres, postgres_with};

    #[tokio::test]
    async fn both_databases_have_the_same_tables_and_columns() {
        let Some(postgres) = postgres_with(2) else { return };
        let sqlite = sqlite();
        assert_eq!(columns(&sqlite.database).await, columns(&postgres.database).await);
        holds_the_schema(&postgres.database).await;
    }

    #[tokio::test]
    async fn a_name_that_is_an_address_stays_a_name() {
        let Some(postgres) = postgres_with(2) else { return };
        super::a_name_that_is_an_address_stays_a_name(&postgres.database).await;
    }

    /// R20, R23.
    #[tokio::test]
    async fn several_processes_may_start_at_once() {
        let Some((settings, url, _home)) = empty_postgres(2) else { return };
        migrate_in_processes(&url);
        let database = Database::open(&settings).unwrap();
        assert!(database.migrate().unwrap().is_empty());
        write_name(&database, "a").await.unwrap();
    }

    /// R23.
    #[tokio::test]
    async fn a_killed_migration_is_completed() {
        for delay in [5, 10, 15, 20, 25, 30, 40, 50, 60] {
            let Some((settings, url, _home)) = empty_postgres(2) else { return };
            let mut child = migrate_in_a_process(&url);
            std::thread::sleep(Duration::from_millis(delay));
            child.kill().unwrap();
            child.wait().unwrap();
            let database = Database::open(&settings).unwrap();
            database.migrate().unwrap();
            write_name(&database, "a").await.unwrap();
        }
    }
}
