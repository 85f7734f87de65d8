//! `Server::start()`: the real server, its own database, a clock to move.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use grantor::app;
use grantor::app::server::Running;
use grantor::clock::{Clock, Seconds};
use grantor::config::Config;
use grantor::entropy::{Entropy, Token};
use grantor::fetch::{Fetcher, Resolver};
use grantor::flow::set_up::{self, NewPerson};
use grantor::flow::{Actor, Means, Origin};

use super::Authority;
use super::database::TestDatabase;

/// A password that the rules accept.
pub const PASSWORD: &str = "correct horse battery staple";

/// A running server.
pub struct Server {
    /// `http://localhost:PORT` and the issuer's path.
    pub issuer: String,
    /// Where this server is reached: the issuer, but for a twin.
    pub address: String,
    pub clock: Clock,
    pub http: reqwest::Client,
    pub database: TestDatabase,
    running: Option<Running>,
    resolver: Option<Resolver>,
    environment: Vec<(String, String)>,
    file: Option<PathBuf>,
}

/// Settings of a server that is about to start, as environment variables.
#[derive(Default)]
pub struct ServerBuilder {
    environment: Vec<(String, String)>,
    path: String,
    issuer: Option<String>,
    resolver: Option<Resolver>,
    file: Option<PathBuf>,
    tls: Option<(String, PathBuf)>,
}

impl ServerBuilder {
    /// Sets `GRANTOR_…`.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Gives the issuer a path, for example `/auth`.
    pub fn path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Gives the server another issuer than where it listens, as behind a proxy.
    pub fn issuer(mut self, issuer: &str) -> Self {
        self.issuer = Some(issuer.to_owned());
        self
    }

    /// Lets the server look names up here instead of at the system.
    pub fn resolver(mut self, resolver: Resolver) -> Self {
        self.resolver = Some(resolver);
        self
    }

    /// Lets the server read this file of settings; what a test sets comes before it.
    pub fn file(mut self, path: &Path) -> Self {
        self.file = Some(path.to_owned());
        self
    }

    /// Lets the server speak TLS under this name, which its client knows.
    pub fn tls(mut self, authority: &Authority, name: &str) -> Self {
        let (certificate, key) = authority.pair_for(name);
        self.tls = Some((name.to_owned(), authority.file()));
        self.set("GRANTOR_TLS__CERT_FILE", certificate.to_str().unwrap())
            .set("GRANTOR_TLS__KEY_FILE", key.to_str().unwrap())
    }

    #[expect(clippy::unused_async, reason = "tests wait for whatever a server does")]
    pub async fn start(self) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (address, http) = match &self.tls {
            None => (format!("http://localhost:{port}{}", self.path), http_client()),
            Some((name, authority)) => {
                (format!("https://{name}:{port}{}", self.path), https_client(name, port, authority))
            }
        };
        let mut server = Server {
            issuer: self.issuer.unwrap_or_else(|| address.clone()),
            address,
            clock: Clock::manual(Clock::system().now()),
            http,
            database: TestDatabase::new(),
            running: None,
            resolver: self.resolver,
            environment: self.environment,
            file: self.file,
        };
        server.run(listener);
        server
    }
}

/// Follows no redirects and keeps no cookies.
pub fn http_client() -> reqwest::Client {
    client_builder().build().unwrap()
}

fn client_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_mins(1))
        .no_proxy()
}

/// Knows the name of a server on this machine, and trusts this authority.
fn https_client(name: &str, port: u16, authority: &Path) -> reqwest::Client {
    let authority = reqwest::Certificate::from_pem(&std::fs::read(authority).unwrap()).unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    client_builder().tls_certs_only([authority]).resolve(name, address).build().unwrap()
}

impl Server {
    /// A server with default settings.
    pub async fn start() -> Self {
        Self::with().start().await
    }

    /// A server with other settings.
    pub fn with() -> ServerBuilder {
        ServerBuilder::default()
    }

    fn run(&mut self, listener: TcpListener) {
        let mut opened = app::open(self.config(), self.clock.clone(), Entropy).unwrap();
        if let Some(resolver) = &self.resolver {
            let config = &opened.means.config;
            opened.means.fetcher = Fetcher::new(config, resolver.clone(), self.clock.clone());
        }
        self.running = Some(app::server::start(opened, vec![listener]).unwrap());
    }

    fn config(&self) -> Config {
        Config::load(self.file.as_deref(), self.settings()).unwrap_or_else(|problems| panic!("{problems}"))
    }

    /// The `GRANTOR_…` variables of this server.
    pub fn settings(&self) -> Vec<(String, String)> {
        let mut environment = vec![
            ("GRANTOR_ISSUER".to_owned(), self.issuer.clone()),
            ("GRANTOR_DATABASE_URL".to_owned(), self.database.url.clone()),
            ("GRANTOR_DATABASE__POOL_SIZE".to_owned(), "8".to_owned()),
            // 32 bytes of 0x2a, so that servers on one database agree.
            ("GRANTOR_MASTER_KEY".to_owned(), "KioqKioqKioqKioqKioqKioqKioqKioqKioqKioqKio=".to_owned()),
            ("GRANTOR_WORKERS".to_owned(), "1".to_owned()),
            ("GRANTOR_REGISTRATION__FAILURES_PER_MINUTE".to_owned(), "1000".to_owned()),
            // Most tests look at what the client is told; those of A30 set it back.
            ("GRANTOR_AUTHORIZATION__ERROR_PAGE".to_owned(), "never".to_owned()),
        ];
        for (name, value) in &self.environment {
            environment.retain(|(known, _)| known != name);
            environment.push((name.clone(), value.clone()));
        }
        environment
    }

    /// Runs the command line beside this server, which must succeed; what it printed.
    pub async fn command(&self, arguments: &[&str]) -> String {
        self.command_with(arguments, "").await
    }

    /// As [`Self::command`], with this on its standard input.
    pub async fn command_with(&self, arguments: &[&str], input: &str) -> String {
        use tokio::io::AsyncWriteExt as _;
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_grantor"));
        command.args(arguments).env_clear().envs(self.settings()).current_dir(self.database.folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
        let output = child.wait_with_output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "grantor {}: {said}", arguments.join(" "));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A server that is to run in a process of its own: everything works but [`Self::means`] and the clock.
    pub fn elsewhere(environment: Vec<(String, String)>) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let issuer = format!("http://localhost:{port}");
        Self {
            address: issuer.clone(),
            issuer,
            clock: Clock::system(),
            http: http_client(),
            database: TestDatabase::new(),
            running: None,
            resolver: None,
            environment,
            file: None,
        }
    }

    /// What the flows work with, for what has no HTTP door.
    pub fn means(&self) -> &Means {
        &self.running.as_ref().unwrap().means
    }

    /// An address of this server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Where the last of its listeners is: that of the desk, if it has one of its own.
    pub fn last_address(&self) -> SocketAddr {
        *self.running.as_ref().unwrap().addresses.last().unwrap()
    }

    /// Moves the clock of this server (and of its twins).
    pub fn advance(&self, by: Seconds) {
        self.clock.advance(by);
    }

    /// Makes a person with [`PASSWORD`] and the e-mail address `NAME@example.com`.
    #[expect(clippy::unused_async, reason = "tests wait for whatever a server does")]
    pub async fn add_user(&self, name: &str) {
        let person = NewPerson {
            name: name.to_owned(),
            email: Some(format!("{name}@example.com")),
            email_verified: false,
            claims: serde_json::Map::new(),
            password: PASSWORD.to_owned(),
            is_administrator: false,
        };
        set_up::add_person(self.means(), person, Origin::local(Actor::Server)).unwrap();
    }

    /// A second server on the same database with the same issuer: what a load balancer would reach. `url` is its own.
    #[expect(clippy::unused_async, reason = "tests wait for whatever a server does")]
    pub async fn twin(&self) -> Server {
        self.twin_in(self.environment.clone())
    }

    /// A twin with one setting of its own.
    #[expect(clippy::unused_async, reason = "tests wait for whatever a server does")]
    pub async fn twin_with(&self, name: &str, value: &str) -> Server {
        let mut environment = self.environment.clone();
        environment.push((name.to_owned(), value.to_owned()));
        self.twin_in(environment)
    }

    fn twin_in(&self, environment: Vec<(String, String)>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let mut twin = Server {
            issuer: self.issuer.clone(),
            address,
            clock: self.clock.clone(),
            http: http_client(),
            database: self.database.clone(),
            running: None,
            resolver: self.resolver.clone(),
            environment,
            file: self.file.clone(),
        };
        twin.run(listener);
        twin
    }

    /// Stops as SIGTERM does.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await.unwrap();
        }
    }

    /// Stops and starts again on the same database, port and clock.
    pub async fn restart(&mut self) {
        let port = url::Url::parse(&self.address).unwrap().port().unwrap();
        self.stop().await;
        self.run(TcpListener::bind(("127.0.0.1", port)).unwrap());
    }

    /// As [`Self::digest`], in hexadecimal.
    pub fn hex_digest(secret: &str) -> String {
        Self::digest(secret).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    }

    /// What a row holds of a secret.
    pub fn digest(secret: &str) -> Vec<u8> {
        Token::presented(secret).digest().as_bytes().to_vec()
    }
}
