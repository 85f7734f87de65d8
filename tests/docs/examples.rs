//! Every block marked `sh test` is run by bash against a fresh server, document by document, from top to bottom.
//!
//! A `text` block behind it holds lines that it must have printed, in this order; `…` stands for anything within a line.

use std::fs::{self, File};
use std::io::Read as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::documents::{Block, Document, all, read, root};

const BINARY: &str = env!("CARGO_BIN_EXE_grantor");

/// What stands before a document's blocks. Where a document has the reader open a link and paste a code (`read`), this
/// plays the reader: it signs in as alice and allows, on the real pages.
const READER: &str = r#"
set -euo pipefail
hidden() { sed -n "s/.*name=\"$1\" value=\"\([^\"]*\)\".*/\1/p" page | head -n 1; }
read() {
    origin=$(echo "$link" | sed 's,\(http://[^/]*\)/.*,\1,')
    curl -sS -L -c cookies -b cookies -o page "$link"
    curl -sS -L -c cookies -b cookies -o signed_in "$origin/login" --data-urlencode "csrf=$(hidden csrf)" \
        --data-urlencode "thread=$(hidden thread)" -d name=alice --data-urlencode 'password=correct horse battery staple'
    mv signed_in page
    curl -sS -c cookies -b cookies -o /dev/null -D answer "$origin/consent" --data-urlencode "csrf=$(hidden csrf)" \
        --data-urlencode "shown=$(hidden shown)" \
        --data-urlencode "thread=$(hidden thread)" -d decision=allow
    code=$(sed -n 's/^location: .*[?&]code=\([^&]*\).*/\1/p' answer | tr -d '\r')
    test -n "$code" || { echo 'the pages gave no code' >&2; cat page answer >&2; exit 1; }
}
"#;

/// A server with a folder and a database of its own, ended with the value.
struct Server {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn need(program: &str, argument: &str) {
    let found = Command::new(program).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(
        found.is_ok_and(|status| status.success()),
        "The examples in the documents are run with {program}, and there is none here: install {program}."
    );
}

/// The binary without the settings of whoever runs the tests.
fn grantor(folder: &Path, port: u16) -> Command {
    let mut command = Command::new(BINARY);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GRANTOR_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).env("GRANTOR_ISSUER", format!("http://localhost:{port}"));
    command
}

impl Server {
    fn start() -> Self {
        for program in ["bash", "curl"] {
            need(program, "--version");
        }
        need("openssl", "version");
        // Somebody else may take the port between the look and the start.
        (0..3)
            .find_map(|_| Self::try_start())
            .unwrap_or_else(|| panic!("the server did not start three times"))
    }

    fn try_start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = |name: &str| File::create(folder.path().join(name)).unwrap();
        let child = grantor(folder.path(), port)
            .env("GRANTOR_WORKERS", "1")
            .stdin(Stdio::null())
            .stdout(file("server.out"))
            .stderr(file("server.err"))
            .spawn()
            .unwrap();
        let mut server = Self { child, folder, port };
        let begun = Instant::now();
        while server.printed().matches("grant_type").count() == 0 {
            if server.child.try_wait().unwrap().is_some() {
                return None;
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "the server printed nothing in a minute");
            sleep(Duration::from_millis(20));
        }
        Some(server)
    }

    fn printed(&self) -> String {
        fs::read_to_string(self.folder.path().join("server.out")).unwrap()
    }

    /// Without an administrator the server prints a token; documents write `INITIAL_ACCESS_TOKEN` in its place.
    fn initial_access_token(&self) -> String {
        let printed = self.printed();
        printed.split("Bearer ").nth(1).and_then(|rest| rest.split('\'').next()).unwrap().to_owned()
    }

    fn add_alice(&self) {
        let mut command = grantor(self.folder.path(), self.port);
        command.args(["user", "add", "alice", "--email", "alice@example.com", "--password-stdin"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"correct horse battery staple\n")
            .unwrap();
        assert!(child.wait().unwrap().success(), "alice could not be added");
    }

    /// As a document writes it, made fit for this server.
    fn adapt(&self, text: &str) -> String {
        text.replace("localhost:8080", &format!("localhost:{}", self.port))
            .replace("localhost%3A8080", &format!("localhost%3A{}", self.port))
            .replace("INITIAL_ACCESS_TOKEN", &self.initial_access_token())
            .replace("cargo run -q --release --", "grantor")
    }

    fn bash(&self, script: &str) -> (bool, String) {
        let folder = self.folder.path();
        let path = [Path::new(BINARY).parent().unwrap().to_owned()];
        let outer = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(path.into_iter().chain(std::env::split_paths(&outer))).unwrap();
        fs::write(folder.join("script"), script).unwrap();
        let mut bash = Command::new("bash");
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GRANTOR_"))
        {
            bash.env_remove(name);
        }
        let output = File::create(folder.join("output")).unwrap();
        let status = bash
            .arg("script")
            .current_dir(folder)
            .env("PATH", path)
            .env("NO_PROXY", "localhost")
            .env("no_proxy", "localhost")
            .env("GRANTOR_ISSUER", format!("http://localhost:{}", self.port))
            .stdin(Stdio::null())
            .stderr(output.try_clone().unwrap())
            .stdout(output)
            .status()
            .unwrap();
        let mut printed = String::new();
        File::open(folder.join("output")).unwrap().read_to_string(&mut printed).unwrap();
        (status.success(), printed)
    }
}

fn marker(line: usize) -> String {
    format!("@@ block of line {line} @@")
}

/// A block of commands, and what it must print.
struct Example<'a> {
    block: Block<'a>,
    expected: String,
}

fn examples(document: &Document) -> Vec<Example<'_>> {
    let mut examples: Vec<Example<'_>> = Vec::new();
    for block in document.blocks() {
        match (block.info, examples.last_mut()) {
            ("sh test", _) => examples.push(Example { block, expected: String::new() }),
            ("text", Some(example)) => example.expected.push_str(&block.text),
            _ => {}
        }
    }
    examples
}

fn run(document: &Document) {
    let examples = examples(document);
    let server = Server::start();
    server.add_alice();
    let mut script = READER.to_owned();
    for Example { block, .. } in &examples {
        let text = server.adapt(&block.text);
        script.extend(["echo; echo '", &marker(block.line), "'\n", &text]);
        if text.contains("grantor ") {
            // What the command line changes, the server sees within a second.
            script.extend(["sleep 2\n"]);
        }
    }
    let (is_success, printed) = server.bash(&script);
    let path = document.path.display();
    assert!(is_success, "{path}: a block failed, the last one below:\n{printed}");
    for Example { block, expected } in &examples {
        let after = printed.split(&marker(block.line)).nth(1).unwrap();
        let printed = after.split("@@ block of line").next().unwrap();
        let mut lines = printed.lines();
        for expected in server.adapt(expected).lines() {
            assert!(
                lines.any(|line| holds(line, expected)),
                "{path}:{}: there is no line with\n  {expected}\nin\n{printed}",
                block.line
            );
        }
    }
}

/// Whether the parts between the dots stand in the line, in order.
fn holds(line: &str, expected: &str) -> bool {
    let mut rest = line;
    expected.split('…').all(|part| match rest.split_once(part) {
        None => false,
        Some((_, after)) => {
            rest = after;
            true
        }
    })
}

/// The README's first commands are the ones that a new server prints.
#[test]
fn the_readme_shows_what_a_new_server_prints() {
    let server = Server::start();
    let readme = read("README.md");
    let block =
        readme.blocks().into_iter().find(|block| block.text.contains("INITIAL_ACCESS_TOKEN")).unwrap();
    let printed = server.printed();
    for line in server.adapt(&block.text).lines().filter(|line| !line.starts_with('#')) {
        assert!(
            printed.lines().any(|printed| printed.trim() == line),
            "the server does not print\n{line}\nbut\n{printed}"
        );
    }
}

macro_rules! examples {
    ($($name:ident: $path:literal),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                run(&read($path));
            }
        )*
        const TESTED: &[&str] = &[$($path),*];
    };
}

examples! {
    the_examples_of_the_readme_work: "README.md",
    the_examples_of_the_endpoints_work: "docs/endpoints.md",
    the_examples_of_registration_work: "docs/registration.md",
    the_examples_of_operations_work: "docs/operations.md",
    the_examples_of_the_admin_api_work: "docs/admin-api.md",
    the_examples_of_the_operators_guide_work: "docs/operators-guide.md",
}

/// A marked block in another document would be run by nobody.
#[test]
fn every_document_with_examples_is_run() {
    for document in all() {
        let has_examples = document.blocks().iter().any(|block| block.info == "sh test");
        let is_run = TESTED.iter().any(|path| root().join(path) == root().join(&document.path));
        assert_eq!(has_examples, is_run, "{}", document.path.display());
    }
}
