//! `Dockerfile` and `docker-compose.yml`, read as an engine reads them: where none can be had, this is what holds them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use grantor::config::{Config, DatabaseUrl, MasterKeySource};
use saphyr::{LoadableYamlNode, Yaml};

/// One instruction of a Dockerfile, and the stage that it is in.
struct Instruction {
    stage: usize,
    name: String,
    argument: String,
}

#[test]
fn the_image_is_built_from_the_lock_file_by_the_declared_rust() {
    let instructions = dockerfile();
    let images: Vec<_> = arguments(&instructions, "FROM").collect();
    assert_eq!(images.len(), 2, "{images:?}");
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let rust = manifest["package"]["rust-version"].as_str().unwrap();
    assert!(images[0].starts_with(&format!("rust:{rust}-")), "{}", images[0]);
    assert!(images.iter().all(|image| image.contains(':') && !image.contains(":latest")), "{images:?}");
    assert!(arguments(&instructions, "RUN").any(|run| run.contains("cargo build --release --locked")));
}

/// No engine sees what the build lacks before it fails, so the test looks.
#[test]
fn the_build_is_sent_every_file_that_the_sources_include() {
    let instructions = dockerfile();
    let build =
        instructions.iter().filter(|instruction| instruction.stage == 1 && instruction.name == "COPY");
    let copied: Vec<_> = build
        .flat_map(|copy| {
            let words: Vec<_> = copy.argument.split_whitespace().collect();
            words[..words.len() - 1].iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()
        })
        .collect();
    let ignored = read(".dockerignore");
    assert!(ignored.lines().any(|line| line == "*"));
    for source in &copied {
        assert!(root().join(source).exists(), "{source} is copied and not there");
        assert!(ignored.lines().any(|line| line == format!("!{source}")), "{source} is copied and kept out");
    }
    for sent in ignored.lines().filter_map(|line| line.strip_prefix('!')) {
        assert!(copied.iter().any(|source| source == sent), "{sent} is sent and not copied");
    }
    for path in rust_files(&root().join("src")).into_iter().filter(|path| !path.ends_with("tests.rs")) {
        let text = fs::read_to_string(&path).unwrap();
        let shipped = text.split("#[cfg(test)]\nmod ").next().unwrap();
        // Of a name that is put together the first part is the folder.
        for include in ["include_str!(\"", "include_bytes!(\"", "include_str!(concat!(\""] {
            for rest in shipped.split(include).skip(1) {
                let file =
                    path.parent().unwrap().join(rest.split('"').next().unwrap()).canonicalize().unwrap();
                let inside = file.strip_prefix(root()).unwrap();
                assert!(
                    copied.iter().any(|source| inside.starts_with(source)),
                    "{} is not sent",
                    inside.display()
                );
            }
        }
    }
}

#[test]
fn the_image_runs_the_server_as_an_unprivileged_user_and_asks_after_its_health() {
    let instructions = dockerfile();
    let last = |name: &str| {
        let of_the_last_stage = instructions.iter().filter(|instruction| instruction.stage == 2);
        of_the_last_stage
            .filter(|instruction| instruction.name == name)
            .map(|found| found.argument.as_str())
            .next_back()
    };
    assert_unprivileged(last("USER").unwrap());
    assert_eq!(last("ENTRYPOINT"), Some("[\"/usr/local/bin/grantor\"]"));
    assert_eq!(last("CMD"), Some("[\"serve\"]"));
    assert!(last("HEALTHCHECK").unwrap().ends_with("CMD [\"/usr/local/bin/grantor\", \"healthcheck\"]"));
    assert!(last("RUN").is_none(), "there is no shell in the last stage");
    for instruction in
        instructions.iter().filter(|instruction| ["ENV", "ARG"].contains(&instruction.name.as_str()))
    {
        for assignment in instruction.argument.split_whitespace() {
            assert!(!names_a_secret(assignment.split('=').next().unwrap()), "{assignment}");
        }
    }
}

/// X14: no key, certificate or password lies in the project, from which the image is built.
#[test]
fn x14_no_key_or_secret_is_in_the_tree() {
    let listed = Command::new("git").current_dir(root()).args(["ls-files", "-z"]).output().unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).unwrap();
    let files: Vec<_> = listed.split_terminator('\0').filter(|file| root().join(file).is_file()).collect();
    assert!(files.len() > 300, "only {} files were found", files.len());
    let found: Vec<_> = files
        .into_iter()
        .filter_map(|file| {
            let bytes = fs::read(root().join(file)).unwrap();
            Some((file, secret_in(file, &String::from_utf8_lossy(&bytes))?))
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
    // What a server and its operator make beside the sources is kept out of it.
    let ignored = read(".gitignore");
    for made in ["/data/", "/secrets/", "/.env", "/grantor.toml"] {
        assert!(ignored.lines().any(|line| line == made), "{made}");
    }
}

/// X14: what the search looks for, it finds.
#[test]
fn x14_the_search_finds_what_it_looks_for() {
    let dashes = "-".repeat(5);
    for (file, text) in [
        ("a.txt", format!("{dashes}BEGIN PRIVATE KEY{dashes}")),
        ("src/a.rs", format!("\"{dashes}BEGIN EC PRIVATE KEY{dashes}\\n\"")),
        ("docs/a.md", format!("{dashes}BEGIN CERTIFICATE{dashes}")),
        ("server.key", String::new()),
        ("data/grantor.db", String::new()),
        ("a.json", format!("{{\"kty\":\"EC\", \"d\" : \"{}\"}}", "aB3_".repeat(11))),
        ("docs/a.md", format!("master_key = \"{}=\"", "aB3/".repeat(11))),
        ("a.yml", format!("GRANTOR_MASTER_KEY: {}", "aB3/".repeat(11))),
        ("a.sh", format!("AWS=AKIA{}", "ABCDEFGH".repeat(2))),
    ] {
        assert!(secret_in(file, &text).is_some(), "{file}: {text}");
    }
    for text in
        ["\"d\": \"ZA\"", "GRANTOR_MASTER_KEY_FILE: /run/secrets/master_key", "a master key of 32 bytes"]
    {
        assert_eq!(secret_in("docs/a.md", text), None, "{text}");
    }
}

/// Why a file looks as if it held a secret. Tests have keys of their own, which open nothing.
fn secret_in(file: &str, text: &str) -> Option<&'static str> {
    let kept = ["key", "pem", "p12", "pfx", "jks", "der", "crt", "cer", "db", "sqlite", "env"];
    if file.rsplit_once('.').is_some_and(|(_, end)| kept.contains(&end)) {
        return Some("its name");
    }
    let begin = format!("{}BEGIN ", "-".repeat(5));
    for block in text.split(&begin).skip(1) {
        let label = block.split('-').next().unwrap();
        if label.ends_with("PRIVATE KEY") || label == "CERTIFICATE" {
            return Some("a PEM block");
        }
    }
    let run = |text: &str, of: fn(char) -> bool| text.chars().take_while(|c| of(*c)).count();
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
    for rest in text.split("\"d\"").skip(1) {
        let value = rest.trim_start().strip_prefix(':').map_or("", str::trim_start);
        if run(value.strip_prefix('"').unwrap_or_default(), is_base64) >= 40 {
            return Some("a private JWK");
        }
    }
    if text
        .split("AKIA")
        .skip(1)
        .any(|rest| run(rest, |c| c.is_ascii_uppercase() || c.is_ascii_digit()) >= 16)
    {
        return Some("a key of a cloud");
    }
    let is_of_a_test = file.starts_with("tests/") || file.contains("/tests");
    let master = text.lines().filter(|line| line.to_lowercase().contains("master_key"));
    let mut words = master.flat_map(|line| line.split(|c| !is_base64(c)));
    // 32 bytes, whichever way they are written.
    let is_key = |word: &str| (43..=44).contains(&word.len()) && word.chars().any(|c| c.is_ascii_uppercase());
    (!is_of_a_test && words.any(is_key)).then_some("a master key")
}

#[test]
fn every_service_is_confined() {
    let compose = compose();
    assert_eq!(keys(&compose["services"]), ["grantor", "postgres"]);
    for name in keys(&compose["services"]) {
        let service = &compose["services"][name.as_str()];
        assert_eq!(service["read_only"].as_bool(), Some(true), "{name}");
        assert_eq!(strings(&service["cap_drop"]), ["ALL"], "{name}");
        assert_eq!(strings(&service["security_opt"]), ["no-new-privileges:true"], "{name}");
        assert!(strings(&service["tmpfs"]).contains(&"/tmp".to_owned()), "{name}");
        for key in ["privileged", "cap_add", "network_mode", "pid", "ipc", "devices", "env_file"] {
            assert!(service.as_mapping_get(key).is_none(), "{name} has {key}");
        }
        if let Some(user) = service.as_mapping_get("user") {
            assert_unprivileged(user.as_str().unwrap());
        } else {
            assert_eq!(service["build"].as_str(), Some("."), "{name} runs as whoever its image says");
        }
        for port in service.as_mapping_get("ports").map(strings).unwrap_or_default() {
            assert!(port.starts_with("127.0.0.1:"), "{name} is published to everybody: {port}");
        }
    }
    assert!(compose["services"]["postgres"].as_mapping_get("ports").is_none());
    let dependency = &compose["services"]["grantor"]["depends_on"]["postgres"];
    assert_eq!(dependency["condition"].as_str(), Some("service_healthy"));
    assert!(compose["services"]["postgres"].as_mapping_get("healthcheck").is_some());
}

#[test]
fn no_secret_is_written_down_and_every_one_comes_by_file() {
    let compose = compose();
    for name in keys(&compose["services"]) {
        let service = &compose["services"][name.as_str()];
        let mounted = strings(&service["secrets"]);
        for (variable, value) in environment(service) {
            if let Some(secret) = value.strip_prefix("/run/secrets/") {
                assert!(variable.ends_with("_FILE"), "{variable}");
                assert!(mounted.iter().any(|name| name == secret), "{name} is not given {secret}");
            } else {
                assert!(!names_a_secret(&variable), "{variable} is a secret in the open");
                assert!(!value.contains('@'), "{variable} holds a login");
            }
        }
        for secret in mounted {
            let file = compose["secrets"][secret.as_str()]["file"].as_str().unwrap();
            assert_eq!(file, format!("./secrets/{secret}"));
            assert!(
                read("scripts/make-secrets").contains(&file[2..]),
                "scripts/make-secrets does not make {file}"
            );
        }
    }
    assert!(read(".gitignore").lines().any(|line| line == "/secrets/"));
}

/// What the two files and `scripts/make-secrets` hand to Grantor is a configuration that it starts with: every variable is
/// a setting, every value is one that the setting takes, and both secrets arrive.
#[test]
fn grantor_takes_the_environment_that_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("scripts/make-secrets");
    fs::create_dir(folder.path().join("scripts")).unwrap();
    fs::copy(root().join("scripts/make-secrets"), &script).unwrap();
    let made = Command::new("bash").arg(&script).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let again = Command::new("bash").arg(&script).output().unwrap();
    assert!(!again.status.success(), "a master key that is in use was replaced");

    let instructions = dockerfile();
    let image = arguments(&instructions, "ENV").flat_map(str::split_whitespace).map(|assignment| {
        let (name, value) = assignment.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    });
    let service = environment(&compose()["services"]["grantor"]).into_iter().map(|(name, value)| {
        let secrets = folder.path().join("secrets").display().to_string();
        (name, value_without_substitution(&value).replace("/run/secrets", &secrets))
    });
    let config = Config::load(None, image.chain(service)).unwrap();
    assert_eq!(config.listen, ["0.0.0.0:8080".parse().unwrap()]);
    let DatabaseUrl::Postgres(url) = &config.database.url else { panic!("{:?}", config.database.url) };
    let password = fs::read_to_string(folder.path().join("secrets/postgres_password")).unwrap();
    assert!(url.expose().contains(&format!("grantor:{password}@postgres/grantor?sslmode=disable")));
    assert!(matches!(config.master_key, Some(MasterKeySource::Given(_))));
}

/// `${NAME:-value}` where nobody set NAME.
fn value_without_substitution(value: &str) -> &str {
    value
        .strip_prefix("${")
        .and_then(|rest| rest.split_once(":-"))
        .map_or(value, |(_, rest)| rest.trim_end_matches('}'))
}

fn environment(service: &Yaml) -> Vec<(String, String)> {
    let entries = service["environment"].as_mapping().unwrap().iter();
    entries
        .map(|(name, value)| (name.as_str().unwrap().to_owned(), value.as_str().unwrap().to_owned()))
        .collect()
}

fn names_a_secret(variable: &str) -> bool {
    let secret =
        ["PASSWORD", "SECRET", "KEY", "TOKEN", "DATABASE_URL"].iter().any(|word| variable.contains(word));
    secret && !variable.ends_with("_FILE")
}

fn assert_unprivileged(user: &str) {
    let user = user.split(':').next().unwrap();
    assert!(!["", "0", "root"].contains(&user), "{user} is root");
}

fn dockerfile() -> Vec<Instruction> {
    let text = read("Dockerfile").replace("\\\n", " ");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut stage = 0;
    lines
        .map(|line| {
            let (name, argument) = line.split_once(' ').unwrap();
            stage += usize::from(name == "FROM");
            Instruction { stage, name: name.to_owned(), argument: argument.trim().to_owned() }
        })
        .collect()
}

fn arguments<'a>(instructions: &'a [Instruction], name: &'a str) -> impl Iterator<Item = &'a str> {
    instructions.iter().filter(move |found| found.name == name).map(|found| found.argument.as_str())
}

fn compose() -> Yaml<'static> {
    let text: &'static str = Box::leak(read("docker-compose.yml").into_boxed_str());
    let mut documents = Yaml::load_from_str(text).unwrap();
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

fn keys(mapping: &Yaml) -> Vec<String> {
    mapping.as_mapping().unwrap().keys().map(|key| key.as_str().unwrap().to_owned()).collect()
}

fn strings(sequence: &Yaml) -> Vec<String> {
    sequence.as_sequence().unwrap().iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
