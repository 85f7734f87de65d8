//! The statements that a server's database gets, for claims about equal work.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

use super::Server;

/// By a part of the database's address.
static WATCHED: LazyLock<Mutex<HashMap<String, Vec<String>>>> = LazyLock::new(Mutex::default);

/// What one connection knows of itself.
#[derive(Default)]
struct Watcher {
    url: String,
}

impl Instrumentation for Watcher {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => url.clone_into(&mut self.url),
            InstrumentationEvent::StartQuery { query, .. } => {
                let mut watched = WATCHED.lock().unwrap();
                let seen = watched.iter_mut().find(|(part, _)| self.url.contains(part.as_str()));
                if let Some((_, statements)) = seen {
                    let text = query.to_string();
                    statements.push(text.split(" -- binds").next().unwrap_or_default().to_owned());
                }
            }
            _ => {}
        }
    }
}

/// Watches the connections that are made from now on.
pub fn watch_statements() {
    set_default_instrumentation(|| Some(Box::new(Watcher::default()))).unwrap();
}

impl Server {
    fn part_of_url(&self) -> String {
        let url = self.database.url.split('?').next().unwrap_or_default();
        match url.strip_prefix("sqlite://") {
            Some(path) => path.to_owned(),
            None => url.rsplit('/').next().unwrap_or_default().to_owned(),
        }
    }

    /// The statements that name a client's or a token's table, from the start of `work` to its end.
    pub async fn statements_during<T>(&self, work: impl Future<Output = T>) -> (T, Vec<String>) {
        WATCHED.lock().unwrap().insert(self.part_of_url(), Vec::new());
        let answer = work.await;
        let mut statements = WATCHED.lock().unwrap().remove(&self.part_of_url()).unwrap_or_default();
        statements.retain(|text| text.contains("registration_access_tokens") || text.contains("clients"));
        (answer, statements)
    }
}
