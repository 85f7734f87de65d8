//! `grantor serve` as a child process.

use std::fs::File;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{PASSWORD, Registered, Server, registered};

/// How long a start or an end may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server in a process of its own, on the same port whenever it is launched. Killed when dropped.
pub struct Process {
    pub server: Server,
    child: Option<Child>,
    /// A command that runs the rest of its arguments, if the server is to start in other circumstances.
    pub wrapper: Vec<String>,
}

/// Settings from pairs.
pub fn set(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Runs the binary with these settings and nothing else, to its end.
pub fn grantor(arguments: &[&str], settings: Vec<(String, String)>) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_grantor"));
    command.args(arguments).env_clear().envs(settings).current_dir(folder.path());
    command.stdin(Stdio::null()).output().unwrap()
}

impl Process {
    /// A server that answers.
    pub async fn start(environment: Vec<(String, String)>) -> Self {
        let mut process = Self::prepare(environment);
        process.launch().await;
        process
    }

    /// A server that is not started yet.
    pub fn prepare(environment: Vec<(String, String)>) -> Self {
        Self { server: Server::elsewhere(environment), child: None, wrapper: Vec::new() }
    }

    /// Starts it, and waits until it is ready.
    pub async fn launch(&mut self) {
        self.spawn();
        self.until_ready().await;
    }

    pub fn spawn(&mut self) {
        let folder = self.server.database.folder.path();
        let log = File::options().create(true).append(true).open(folder.join("log")).unwrap();
        let printed = File::options().create(true).append(true).open(folder.join("printed")).unwrap();
        let mut words = self.wrapper.clone();
        words.push(env!("CARGO_BIN_EXE_grantor").to_owned());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg("serve").env_clear().envs(self.server.settings());
        command.current_dir(folder).stdin(Stdio::null()).stdout(printed).stderr(log);
        self.child = Some(command.spawn().unwrap());
    }

    pub async fn until_ready(&mut self) {
        let begun = Instant::now();
        while self.readiness().await != Some(200) {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none() && begun.elapsed() < PATIENCE, "{ended:?}: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What /readyz answers; `None` if nobody is there.
    pub async fn readiness(&self) -> Option<u16> {
        let answer = self.server.http.get(self.server.url("/readyz")).send().await;
        answer.ok().map(|answer| answer.status().as_u16())
    }

    pub fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// SIGKILL: no chance to do anything.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        let done = Command::new("kill").args(["-TERM", &self.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// Waits for the end; the exit code.
    pub async fn exit_code(&mut self) -> Option<i32> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.as_mut().unwrap().try_wait().unwrap() {
                self.child = None;
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What it has written to standard error.
    pub fn log(&self) -> String {
        self.read("log")
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.server.database.folder.path().join(name)).unwrap()
    }

    /// Makes a person with the password of the tests.
    pub async fn add_user(&self, name: &str) {
        let email = format!("{name}@example.com");
        let arguments = ["user", "add", name, "--email", &email, "--password-stdin"];
        self.server.command_with(&arguments, &format!("{PASSWORD}\n")).await;
    }

    /// A client that gets tokens for itself.
    pub async fn register_machine(&self) -> Registered {
        let arguments = ["initial-access-token", "issue", "--grant", "client_credentials", "--json"];
        let issued: Value = serde_json::from_str(&self.server.command(&arguments).await).unwrap();
        let token = issued["initial_access_token"].as_str().unwrap_or_else(|| panic!("{issued}"));
        let request = self.server.http.post(self.server.url("/register")).bearer_auth(token);
        let metadata = json!({"client_name": "A machine", "grant_types": ["client_credentials"]});
        registered(request.json(&metadata).send().await.unwrap()).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            drop(child.kill());
            drop(child.wait());
        }
    }
}
