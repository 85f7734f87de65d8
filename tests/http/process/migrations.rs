//! R23 with the binary: migrations that are killed, and several that begin at once.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::Server;

fn migrate(server: &Server) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grantor"));
    command.arg("migrate").env_clear().envs(server.settings()).current_dir(server.database.folder.path());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn must_succeed(server: &Server) {
    let output = migrate(server).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// R23: killed at any moment, the next run completes it.
#[actix_web::test]
async fn a_killed_migration_is_completed() {
    for delay in [0, 2, 4, 6, 8, 11, 15, 20, 30, 45] {
        let server = Server::elsewhere(Vec::new());
        let mut child = migrate(&server).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        // It may have ended by itself.
        drop(child.kill());
        child.wait().unwrap();
        must_succeed(&server);
        assert_eq!(server.database.count("SELECT count(*) AS n FROM clients"), 0);
    }
}

/// R20, R23: two processes that begin at once both succeed.
#[actix_web::test]
async fn two_migrations_may_begin_at_once() {
    for _ in 0..3 {
        let server = Server::elsewhere(Vec::new());
        let children = [migrate(&server).spawn().unwrap(), migrate(&server).spawn().unwrap()];
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        assert_eq!(server.database.count("SELECT count(*) AS n FROM clients"), 0);
    }
}
