//! A folder and a database for one test, and the binary run in it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// The base64 of 32 bytes.
pub const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub const OTHER_KEY: &str = "HxIdHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";

/// Where commands run: a folder, which holds the SQLite database unless there is another.
pub struct Place {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
    #[cfg(feature = "postgres")]
    _postgres: Option<postgres::Home>,
}

/// What a command left.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Place {
    /// A folder without anything: SQLite and its key are made by the first command.
    pub fn sqlite() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            environment: Vec::new(),
            #[cfg(feature = "postgres")]
            _postgres: None,
        }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_grantor"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Done {
        self.run_with_input(arguments, "")
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Done {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that does not read its input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        done(child)
    }

    /// Runs a command that must succeed, and gives what it prints.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert_eq!(done.code, 0, "{arguments:?}: {done:?}");
        done.out
    }

    /// Runs a command that must succeed with `--json`.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let out = self.ok(&[arguments, &["--json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|_| panic!("no JSON: {out}"))
    }

    /// Runs a command that must fail with one sentence and this exit code, and gives the sentence.
    pub fn refused(&self, code: i32, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert_eq!(done.code, code, "{arguments:?}: {done:?}");
        assert_eq!(done.out, "", "{arguments:?}");
        let sentence = done.err.trim_end();
        assert!(sentence.ends_with(['.', '?']) && sentence.lines().count() == 1, "{sentence}");
        sentence.to_owned()
    }
}

fn done(child: Child) -> Done {
    let output = child.wait_with_output().unwrap();
    Done {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs a test on SQLite and, where there is one, on PostgreSQL.
pub fn on_both(test: impl Fn(&Place)) {
    test(&Place::sqlite());
    #[cfg(feature = "postgres")]
    if let Some(place) = postgres::place() {
        test(&place);
    }
}

/// A member that must be a text.
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// The ids of the clients that are listed.
pub fn client_ids(place: &Place) -> Vec<String> {
    let list = place.json(&["client", "list"]);
    list.as_array().unwrap().iter().map(|client| text(client, "client_id").to_owned()).collect()
}

#[cfg(feature = "postgres")]
pub mod postgres {
    use std::sync::atomic::{AtomicU32, Ordering};

    use diesel::Connection as _;
    use diesel::connection::SimpleConnection as _;

    use super::{KEY, Place};

    /// Drops the database with the test.
    pub struct Home {
        admin: String,
        name: String,
    }

    impl Drop for Home {
        fn drop(&mut self) {
            let mut conn = diesel::pg::PgConnection::establish(&self.admin).unwrap();
            conn.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).unwrap();
        }
    }

    #[expect(clippy::disallowed_methods, reason = "a test is told about its server by the environment")]
    pub fn place() -> Option<Place> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let admin = std::env::var("GRANTOR_TEST_POSTGRES_URL").ok()?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("grantor_cli_{}_{number}", std::process::id());
        let mut conn = diesel::pg::PgConnection::establish(&admin).unwrap();
        conn.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        let mut url = url::Url::parse(&admin).unwrap();
        url.set_path(&name);
        let place = Place { _postgres: Some(Home { admin, name }), ..Place::sqlite() };
        Some(place.with("GRANTOR_DATABASE_URL", url.as_str()).with("GRANTOR_MASTER_KEY", KEY))
    }
}
