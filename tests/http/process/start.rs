//! What stands in the way of a start is said in one line, and the exit code tells what kind it is.

use std::process::Output;

use super::{Process, grantor, set};
use crate::support::{Browser, Pkce, Server, on_postgres};

const KEY: &str = "KioqKioqKioqKioqKioqKioqKioqKioqKioqKioqKio=";

/// The last line on standard error, which must be the only one of its kind: no panic, no trace.
fn reason(output: &Output) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!said.contains("panicked") && !said.contains("RUST_BACKTRACE"), "{said}");
    assert!(output.stdout.is_empty(), "{:?}", output.stdout);
    said.lines().last().unwrap_or_default().to_owned()
}

fn settings_of(server: &Server, pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut settings = server.settings();
    for (name, value) in pairs {
        settings.retain(|(known, _)| known != name);
        settings.push(((*name).to_owned(), (*value).to_owned()));
    }
    settings.retain(|(_, value)| !value.is_empty());
    settings
}

/// R05: a folder that cannot be written is one clear line and exit code 1.
#[test]
fn a_read_only_folder_is_said_in_one_line() {
    // Not even a superuser makes a file there.
    let url = "sqlite:///sys/kernel/grantor.db";
    let output =
        grantor(&["serve"], set(&[("GRANTOR_DATABASE_URL", url), ("GRANTOR_LISTEN", "127.0.0.1:0")]));
    let said = reason(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("/sys/kernel/grantor.db") && said.ends_with('.'), "{said}");
    assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
}

/// R31: a wrong master key refuses to start, names the setting, and changes nothing.
#[actix_web::test]
async fn a_wrong_master_key_is_refused_by_name() {
    let mut process = Process::start(Vec::new()).await;
    let machine = process.register_machine().await;
    let issued = process.server.machine_token(&machine).await;
    process.terminate();
    process.exit_code().await;
    for wrong in ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "short", "!"] {
        let output = grantor(&["serve"], settings_of(&process.server, &[("GRANTOR_MASTER_KEY", wrong)]));
        let said = reason(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("master_key"), "{said}");
        assert!(!said.contains(wrong) || wrong.len() < 2, "a secret is said: {said}");
    }
    process.launch().await;
    assert_eq!(process.server.introspect(&machine, &issued.access_token).await["active"], true);
}

/// R31: without a master key PostgreSQL refuses to start; SQLite refuses if the one it made is gone, and makes no other.
#[actix_web::test]
async fn a_missing_master_key_is_refused_by_name() {
    if on_postgres() {
        let server = Server::elsewhere(Vec::new());
        let output = grantor(&["serve"], settings_of(&server, &[("GRANTOR_MASTER_KEY", "")]));
        assert_eq!(output.status.code(), Some(2));
        assert!(reason(&output).contains("master_key"), "{}", reason(&output));
        return;
    }
    let mut process = Process::start(set(&[("GRANTOR_MASTER_KEY", "")])).await;
    process.terminate();
    process.exit_code().await;
    let file = process.server.database.folder.path().join("master.key");
    std::fs::remove_file(&file).unwrap();
    let output = grantor(&["serve"], settings_of(&process.server, &[]));
    let said = reason(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("master_key") || said.contains("master.key"), "{said}");
    assert!(!file.exists(), "a new key would orphan what the old one sealed");
}

/// A port in use, a certificate that is none: one line and an exit code, before anything is changed.
#[actix_web::test]
async fn what_cannot_be_listened_on_is_said_in_one_line() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let server = Server::elsewhere(Vec::new());
    let output = grantor(&["serve"], settings_of(&server, &[("GRANTOR_LISTEN", &address)]));
    let said = reason(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(&address), "{said}");
    let no_certificate = [("GRANTOR_TLS__CERT_FILE", "/dev/null"), ("GRANTOR_TLS__KEY_FILE", "/dev/null")];
    let output = grantor(&["serve"], settings_of(&server, &no_certificate));
    let said = reason(&output);
    assert_ne!(output.status.code(), Some(0));
    assert!(said.contains("tls.cert_file"), "{said}");
}

/// A database that is down is waited for, for 30 seconds; then one line and exit code 1. The password is not in it.
#[cfg(feature = "postgres")]
#[test]
fn a_database_that_stays_down_is_one_line_in_the_end() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgres://grantor:planted-secret@{nobody}/grantor");
    let begun = std::time::Instant::now();
    let settings = [
        ("GRANTOR_DATABASE_URL", url.as_str()),
        ("GRANTOR_MASTER_KEY", KEY),
        ("GRANTOR_LISTEN", "127.0.0.1:0"),
    ];
    let output = grantor(&["serve"], set(&settings));
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(begun.elapsed().as_secs() >= 20, "it was not waited for: {said}");
    assert!(!said.contains("planted-secret"), "{said}");
    let (last, before): (&str, Vec<&str>) = {
        let mut lines: Vec<&str> = said.lines().collect();
        (lines.pop().unwrap(), lines)
    };
    assert!(before.iter().all(|line| line.contains("WARN") && line.contains("Trying again")), "{said}");
    assert!(last.starts_with("The database is unavailable: "), "{said}");
}

/// docs/conformance.toml as `./grantor.toml` starts a server, and is obeyed: a client with a secret needs no challenge.
#[actix_web::test]
async fn the_settings_for_the_plans_start_a_server() {
    let mut process = Process::prepare(Vec::new());
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/conformance.toml");
    let settings = std::fs::read_to_string(file).unwrap();
    // The port of this test: the file's may be taken here.
    let own = process.server.address.strip_prefix("http://localhost:").unwrap();
    let moved = settings.replace("127.0.0.1:8080", &format!("127.0.0.1:{own}"));
    assert_ne!(moved, settings);
    std::fs::write(process.server.database.folder.path().join("grantor.toml"), moved).unwrap();
    process.launch().await;
    let client = process.server.register_confidential().await;
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let url = process.server.authorize_url(&client, &Pkce::new(), &without);
    let page = Browser::new(&process.server).open(&url).await;
    assert!(page.has_form("/login"), "{:?} {}", page.location, page.text());
}
