//! A PostgreSQL that is restarted and stopped under the server: a cluster of the test's own, since nobody else may notice.

use std::cell::RefCell;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use reqwest::{RequestBuilder, Response};
use serde_json::Value;

use super::{Process, set};
use crate::support::{basic, on_postgres};

struct Cluster {
    folder: tempfile::TempDir,
    port: u16,
    /// PostgreSQL refuses to run as root.
    user: Option<&'static str>,
}

fn said(command: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(command).args(arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

impl Cluster {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let is_root = said("id", &["-u"]).as_deref() == Some("0");
        let user = is_root.then(|| said("id", &["-un", "postgres"]).map_or("nobody", |_| "postgres"));
        let cluster = Self { folder: tempfile::tempdir().unwrap(), port, user };
        if let Some(user) = user {
            assert!(Command::new("chown").arg(user).arg(cluster.folder.path()).status().unwrap().success());
        }
        cluster.run("initdb", &["-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C"]);
        cluster.control(&["start"]);
        cluster
    }

    /// A program of PostgreSQL on this cluster, found on the path or where Debian keeps it. Must succeed.
    fn run(&self, program: &str, arguments: &[&str]) {
        let mut words = Vec::new();
        if let Some(user) = self.user {
            words.extend(["runuser", "-u", user, "--"].map(str::to_owned));
        }
        let path = "for bin in /usr/lib/postgresql/*/bin; do PATH=\"$PATH:$bin\"; done; exec \"$@\"";
        words.extend(["sh", "-c", path, "sh", program, "-D"].map(str::to_owned));
        words.push(self.folder.path().join("data").display().to_string());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(arguments).current_dir(self.folder.path());
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
        assert!(status.success(), "{program} {arguments:?}");
    }

    fn control(&self, what: &[&str]) {
        let folder = self.folder.path().display();
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c logging_collector=off",
            self.port
        );
        let log = format!("{folder}/log");
        let mut arguments = vec!["-w", "-t", "60", "-l", &log, "-o", &options];
        arguments.extend(what);
        self.run("pg_ctl", &arguments);
    }

    fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.control(&["-m", "immediate", "stop"]);
    }
}

async fn serve(cluster: &Cluster) -> Process {
    Process::start(set(&[("GRANTOR_DATABASE_URL", &cluster.url())])).await
}

async fn until_ready(process: &Process) {
    let begun = Instant::now();
    while process.readiness().await != Some(200) {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not recover: {}", process.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A 503 that says when to come back and nothing of the database; anything else must be a success.
async fn check(cluster: &Cluster, answer: Response, what: &str) -> Option<Value> {
    let status = answer.status().as_u16();
    let retry_after = answer.headers().contains_key("retry-after");
    assert!(answer.headers().contains_key("x-request-id"), "{what}");
    let body = answer.text().await.unwrap();
    if status == 200 {
        return Some(serde_json::from_str(&body).unwrap());
    }
    assert_eq!(status, 503, "{what}: {body}");
    assert!(retry_after, "{what}: 503 without Retry-After");
    let said = body.to_lowercase();
    let port = cluster.port.to_string();
    for secret in ["postgres", "127.0.0.1", &port, "libpq", "refused", "select ", "terminating", "fatal"] {
        assert!(!said.contains(secret), "{what}: says {secret:?}: {body}");
    }
    None
}

/// R07: PostgreSQL is restarted at once under load, five times. What fails is a 503, what was acknowledged is there, and
/// the server recovers by itself.
#[actix_web::test]
async fn a_restart_of_postgres_costs_503_at_most() {
    if !on_postgres() {
        return;
    }
    let cluster = Arc::new(Cluster::start());
    let process = serve(&cluster).await;
    let (server, machine) = (&process.server, process.register_machine().await);
    let issued = RefCell::new(Vec::new());
    for round in 0..5 {
        let is_over = RefCell::new(false);
        let clients = join_all((0..8).map(|_| async {
            while !*is_over.borrow() {
                let request = server.token_request(&machine, &[("grant_type", "client_credentials")]);
                if let Some(body) = check(&cluster, request.send().await.unwrap(), "a token").await {
                    let token = body["access_token"].as_str().unwrap().to_owned();
                    let request = server.http.post(server.url("/introspect"));
                    let request = request.header("authorization", basic(&machine));
                    let request = request.form(&[("token", token.as_str())]);
                    if let Some(about) = check(&cluster, request.send().await.unwrap(), "introspection").await
                    {
                        assert_eq!(about["active"], true, "an acknowledged token is not there");
                    }
                    issued.borrow_mut().push(token);
                }
            }
        }));
        let operator = async {
            tokio::time::sleep(Duration::from_millis(300 + 70 * round)).await;
            let restarting = Arc::clone(&cluster);
            let restart = move || restarting.control(&["-m", "immediate", "restart"]);
            tokio::task::spawn_blocking(restart).await.unwrap();
            until_ready(&process).await;
            *is_over.borrow_mut() = true;
        };
        join(clients, operator).await;
        let acknowledged = issued.borrow().clone();
        for token in &acknowledged {
            assert_eq!(
                server.introspect(&machine, token).await["active"],
                true,
                "an acknowledged token is lost"
            );
        }
    }
    assert!(issued.borrow().len() > 5, "there was no load");
}

/// R07, U13 (Zitadel CVE-2024-32967): while the database is away, every endpoint says 503 and neither where it is nor what
/// was asked of it; what needs no database is served.
#[actix_web::test]
async fn a_stopped_database_is_not_described_to_anybody() {
    if !on_postgres() {
        return;
    }
    let cluster = Cluster::start();
    let process = serve(&cluster).await;
    process.add_user("ada").await;
    let (server, machine) = (&process.server, process.register_machine().await);
    let client = server.register_confidential().await;
    let issued = server.tokens(&client, "ada", "openid offline_access").await;
    cluster.control(&["-m", "fast", "stop"]);
    let form = |path: &str, fields: &[(&str, &str)]| {
        server.http.post(server.url(path)).header("authorization", basic(&client)).form(fields)
    };
    let pkce = crate::support::Pkce::new();
    let requests: Vec<(&str, RequestBuilder)> = vec![
        (
            "register",
            server.http.post(server.url("/register")).json(&serde_json::json!({
                "redirect_uris": ["https://client.example/cb"],
            })),
        ),
        (
            "read a registration",
            server.http.get(&client.registration_client_uri).bearer_auth(&client.registration_access_token),
        ),
        (
            "delete a registration",
            server
                .http
                .delete(&client.registration_client_uri)
                .bearer_auth(&client.registration_access_token),
        ),
        ("client_credentials", server.token_request(&machine, &[("grant_type", "client_credentials")])),
        ("refresh", form("/token", &[("grant_type", "refresh_token"), ("refresh_token", issued.refresh())])),
        (
            "exchange",
            form(
                "/token",
                &[("grant_type", "authorization_code"), ("code", "x"), ("code_verifier", &pkce.verifier)],
            ),
        ),
        ("introspect", form("/introspect", &[("token", &issued.access_token)])),
        ("revoke", form("/revoke", &[("token", issued.refresh())])),
        ("userinfo", server.http.get(server.url("/userinfo")).bearer_auth(&issued.access_token)),
        ("authorize", server.http.get(server.authorize_url(&client, &pkce, &[("scope", "openid")]))),
    ];
    for (what, request) in requests {
        let answer = request.send().await.unwrap();
        assert!(check(&cluster, answer, what).await.is_none(), "{what} was answered without a database");
    }
    assert_eq!(process.readiness().await, Some(503));
    for path in ["/healthz", "/jwks.json", "/.well-known/openid-configuration"] {
        assert_eq!(server.http.get(server.url(path)).send().await.unwrap().status(), 200, "{path}");
    }
    cluster.control(&["start"]);
    until_ready(&process).await;
    assert_eq!(server.introspect(&client, &issued.access_token).await["active"], true);
    assert_eq!(server.refresh(&client, issued.refresh()).await.status(), 200);
}
