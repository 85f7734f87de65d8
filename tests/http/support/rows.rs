//! What has no HTTP door yet: rows that an operator or a later feature would change, and all of them at once.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use grantor::protocol::resource::Resource;
use grantor::storage::{DbConnection, Failure, clients, resources, server_state};

use super::{Registered, Server};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

fn lines(conn: &mut DbConnection, query: &str) -> Vec<String> {
    let lines: Vec<Line> = diesel::sql_query(query).load(conn).unwrap();
    lines.into_iter().map(|line| line.line).collect()
}

impl Server {
    /// One statement; the number of rows that it changed.
    pub fn execute(&self, statement: &str) -> usize {
        let statement = statement.to_owned();
        self.means()
            .database
            .write_blocking(move |conn| {
                Ok::<_, Failure<()>>(diesel::sql_query(statement.as_str()).execute(conn).unwrap())
            })
            .unwrap()
    }

    /// The number that a query calls `number`.
    pub fn number(&self, query: &str) -> i64 {
        let query = query.to_owned();
        self.means()
            .database
            .read_blocking(move |conn| {
                let row: Number = diesel::sql_query(query).get_result(conn).unwrap();
                Ok::<_, Failure<()>>(row.number)
            })
            .unwrap()
    }

    /// What the events of this kind say, oldest first: the client and the details.
    pub fn events(&self, kind: &str) -> Vec<(String, serde_json::Value)> {
        let query = format!(
            "SELECT client_id || ' ' || details AS line FROM audit_events WHERE kind = '{kind}' ORDER BY id"
        );
        let found = self
            .means()
            .database
            .read_blocking(move |conn| Ok::<_, Failure<()>>(lines(conn, &query)))
            .unwrap();
        let split = |line: String| {
            let (client_id, details) = line.split_once(' ').unwrap();
            (client_id.to_owned(), serde_json::from_str(details).unwrap())
        };
        found.into_iter().map(split).collect()
    }

    /// The details of the events of this kind, oldest first, whatever they are about.
    pub fn audit(&self, kind: &str) -> Vec<serde_json::Value> {
        let query = format!("SELECT details AS line FROM audit_events WHERE kind = '{kind}' ORDER BY id");
        let found = self
            .means()
            .database
            .read_blocking(move |conn| Ok::<_, Failure<()>>(lines(conn, &query)))
            .unwrap();
        found.iter().map(|details| serde_json::from_str(details).unwrap()).collect()
    }

    /// Every column of every row of every table, one row a line. Bytes are in hex.
    pub fn dump(&self) -> Vec<String> {
        self.means()
            .database
            .read_blocking(|conn| {
                let is_sqlite = matches!(conn, DbConnection::Sqlite(_));
                Ok::<_, Failure<()>>(if is_sqlite { dump_sqlite(conn) } else { dump_postgres(conn) })
            })
            .unwrap()
    }

    /// Registers a resource as `grantor resource add` does, and waits until this server has seen it.
    pub async fn publish_resource(
        &self,
        identifier: &str,
        scopes: &[&str],
        introspector: Option<&Registered>,
    ) {
        let resource = Resource {
            identifier: identifier.to_owned(),
            aliases: Vec::new(),
            name: None,
            scopes: scopes.iter().map(|name| (*name).to_owned()).collect(),
            access_token_format: None,
            access_token_lifetime: None,
            introspection_clients: Vec::new(),
        };
        let (client_id, now) = (introspector.map(|client| client.client_id.clone()), self.clock.now());
        self.means()
            .database
            .write_blocking(move |conn| {
                let key = match &client_id {
                    None => None,
                    Some(client_id) => clients::find(conn, client_id)?.map(|client| client.key),
                };
                assert!(resources::insert(conn, &resource, key, now)?);
                Ok::<_, Failure<()>>(server_state::bump(conn, server_state::RESOURCES_VERSION)?)
            })
            .unwrap();
        self.until(|| self.means().published().resource(identifier).is_some()).await;
    }

    /// Deletes a resource as `grantor resource delete` does.
    pub async fn delete_resource(&self, identifier: &str) {
        let name = identifier.to_owned();
        self.means()
            .database
            .write_blocking(move |conn| {
                assert!(resources::delete(conn, &name)?);
                Ok::<_, Failure<()>>(server_state::bump(conn, server_state::RESOURCES_VERSION)?)
            })
            .unwrap();
        self.until(|| self.means().published().resource(identifier).is_none()).await;
    }

    /// Waits for what a server sees "within a second"; thirty are given to a busy machine.
    pub async fn until(&self, condition: impl Fn() -> bool) {
        for _ in 0..600 {
            if condition() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("it did not happen");
    }
}

fn dump_sqlite(conn: &mut DbConnection) -> Vec<String> {
    let tables = lines(conn, "SELECT name AS line FROM sqlite_master WHERE type = 'table'");
    let mut all = Vec::new();
    for table in tables {
        let columns = lines(conn, &format!("SELECT name AS line FROM pragma_table_info('{table}')"));
        let members: Vec<String> = columns
            .iter()
            .map(|column| {
                format!("'{column}=' || CASE typeof({column}) WHEN 'blob' THEN hex({column}) ELSE ifnull({column}, '') END")
            })
            .collect();
        let row = format!("SELECT '{table}: ' || {} AS line FROM {table}", members.join(" || ' ' || "));
        all.extend(lines(conn, &row));
    }
    all
}

fn dump_postgres(conn: &mut DbConnection) -> Vec<String> {
    let query = "SELECT tablename::text AS line FROM pg_tables WHERE schemaname = 'public'";
    let mut all = Vec::new();
    for table in lines(conn, query) {
        let row = format!("SELECT '{table}: ' || row_to_json(t)::text AS line FROM {table} t");
        all.extend(lines(conn, &row));
    }
    all
}
