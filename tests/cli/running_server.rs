//! Commands beside a running server on the same database.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::support::{Place, client_ids, on_both, text};

/// A server that ends with the test.
pub struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

impl Server {
    /// Starts a server at this address and waits until it says that it runs.
    fn start(place: &Place, arguments: &[&str], address: &str) -> Self {
        Self::start_with(place, arguments, address, &[])
    }

    /// As [`Self::start`], with more settings.
    pub fn start_with(
        place: &Place,
        arguments: &[&str],
        address: &str,
        environment: &[(String, String)],
    ) -> Self {
        let mut child = place.command(arguments);
        child.envs(environment.iter().map(|(name, value)| (name, value)));
        child.env("GRANTOR_LISTEN", address).stdout(std::process::Stdio::piped());
        let mut child = child.stderr(std::process::Stdio::null()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let server = Self { child, address: address.to_owned() };
        assert!(first.contains("is running"), "{first:?}");
        server
    }

    /// One request; status and body.
    pub fn ask(&self, head: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let (address, length) = (&self.address, body.len());
        write!(
            stream,
            "{head}\r\nHost: {address}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// The status of a token request by client credentials.
    fn token(&self, id: &str, secret: &str) -> u16 {
        let basic = STANDARD.encode(format!("{id}:{secret}"));
        let head = format!(
            "POST /token HTTP/1.1\r\nAuthorization: Basic {basic}\r\nContent-Type: application/x-www-form-urlencoded"
        );
        self.ask(&head, "grant_type=client_credentials").0
    }

    /// Waits until the document satisfies the test: a second, and what a busy machine adds.
    fn sees(&self, path: &str, what: impl Fn(&Value) -> bool) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(5) {
            let (_, body) = self.ask(&format!("GET {path} HTTP/1.1"), "");
            if serde_json::from_str(&body).is_ok_and(|value| what(&value)) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        false
    }

    fn terminate(&mut self) -> i32 {
        let id = self.child.id().to_string();
        assert!(Command::new("sh").args(["-c", &format!("kill -TERM {id}")]).status().unwrap().success());
        self.child.wait().unwrap().code().unwrap()
    }
}

fn machine(place: &Place) -> (String, String) {
    let made = place.json(&["client", "add", "--name", "Reports", "--grant", "client_credentials"]);
    (text(&made, "client_id").to_owned(), text(&made, "client_secret").to_owned())
}

/// The command line and two servers see each other's rows at once, and keys and resources within a second.
#[test]
fn what_a_command_changes_running_servers_obey() {
    on_both(|place| {
        let address = free_address();
        let mut server = Server::start(place, &["serve"], &address);
        let second = Server::start(place, &[], &free_address());
        let servers = [&server, &second];
        let (id, secret) = machine(place);
        assert_eq!(server.token(&id, &secret), 200);

        let fresh = place.json(&["client", "rotate-secret", &id, "--overlap", "0"]);
        let fresh = text(&fresh, "client_secret");
        assert_eq!((server.token(&id, &secret), server.token(&id, fresh)), (401, 200));
        place.ok(&["client", "disable", &id]);
        assert_ne!(server.token(&id, fresh), 200);
        place.ok(&["client", "enable", &id]);
        assert_eq!(server.token(&id, fresh), 200);

        let rotated = place.json(&["key", "rotate", "--algorithm", "ES256"]);
        let is_new = |key: &Value| key["kid"] == rotated[0]["kid"];
        let has_new = |set: &Value| set["keys"].as_array().unwrap().iter().any(is_new);
        assert!(servers.iter().all(|server| server.sees("/jwks.json", has_new)));
        place.ok(&["resource", "add", "https://api.example.com", "--scope", "api.read"]);
        let knows = |metadata: &Value| metadata["scopes_supported"].to_string().contains("api.read");
        let path = "/.well-known/oauth-authorization-server";
        assert!(servers.iter().all(|server| server.sees(path, knows)));

        // Three tokens were issued: announced, deleted, and refused from then on.
        let announced = place.json(&["client", "delete", &id, "--dry-run"]);
        assert_eq!(announced["belongings"]["access_tokens"], 3);
        assert_eq!(place.json(&["client", "delete", &id])["belongings"], announced["belongings"]);
        assert_eq!((server.token(&id, fresh), second.token(&id, fresh)), (401, 401));
        assert_eq!(server.terminate(), 0);
    });
}

/// A backup waits for nobody; a restore does not pull the database from under a server.
#[test]
fn a_backup_is_made_beside_a_server_and_a_restore_is_refused() {
    let place = Place::sqlite();
    let address = free_address();
    let mut server = Server::start(&place, &[], &address);
    let (id, secret) = machine(&place);
    place.ok(&["backup", "copy.db"]);
    let sentence = place.refused(1, &["restore", "copy.db"]);
    assert!(sentence.contains("A server or command is working on data/grantor.db"), "{sentence}");
    assert_eq!(server.token(&id, &secret), 200, "the server was not harmed");
    assert!(!place.file("data/grantor.db-before-restore").exists());
    assert_eq!(server.terminate(), 0);
    place.ok(&["restore", "copy.db"]);
    let again = Server::start(&place, &[], &address);
    assert_eq!(again.token(&id, &secret), 200);
}

/// What a killed server left in the log is in the database that a restore keeps aside.
#[test]
fn a_restore_after_a_crash_keeps_what_was_committed() {
    let place = Place::sqlite();
    let mut server = Server::start(&place, &[], &free_address());
    place.ok(&["backup", "empty.db"]);
    // By the server and not by a command, which would move the write-ahead log into the database when it ends.
    let head = "POST /register HTTP/1.1\r\nContent-Type: application/json";
    let (status, registered) = server.ask(head, r#"{"redirect_uris":["https://client.example/cb"]}"#);
    assert_eq!(status, 201, "{registered}");
    let registered: Value = serde_json::from_str(&registered).unwrap();
    let id = text(&registered, "client_id").to_owned();
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    assert!(place.file("data/grantor.db-wal").metadata().unwrap().len() > 0);

    place.ok(&["restore", "empty.db"]);
    assert_eq!(client_ids(&place), [""; 0]);
    assert!(!place.file("data/grantor.db-before-restore-wal").exists());
    std::fs::rename(place.file("data/grantor.db-before-restore"), place.file("kept.db")).unwrap();
    place.ok(&["restore", "kept.db"]);
    assert_eq!(client_ids(&place), [id]);
}

#[test]
fn the_health_check_tells_a_live_server_from_none() {
    let address = free_address();
    let place =
        Place::sqlite().with("GRANTOR_LISTEN", &address).with("GRANTOR_ISSUER", "http://localhost:8080/auth");
    assert!(place.refused(1, &["healthcheck"]).contains(&format!("The server at {address} does not answer")));
    let _server = Server::start(&place, &["serve"], &address);
    assert_eq!(place.ok(&["healthcheck"]), "");
    // A second server on the same port changes nothing and says why.
    let second = place.refused(1, &["serve"]);
    assert!(second.contains(&format!("Cannot listen on {address}")), "{second}");
}

#[test]
fn the_health_check_takes_no_other_service_for_the_server() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let other = std::thread::spawn(move || {
        for answer in ["SSH-2.0-something\r\n", "HTTP/1.1 503 Service Unavailable\r\n\r\n"] {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]);
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    let place = Place::sqlite().with("GRANTOR_LISTEN", &address);
    assert!(place.refused(1, &["healthcheck"]).contains("does not speak HTTP"));
    assert!(place.refused(1, &["healthcheck"]).contains("answers 503"));
    other.join().unwrap();
}
