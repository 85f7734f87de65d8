//! What a release is made of: its licences, where it comes from, and the list of it. Security statement X12.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::{BTreeSet, HashMap};
use std::process::Command;

use serde_json::Value;

#[path = "../examples/sbom/cyclonedx.rs"]
mod cyclonedx;

use cyclonedx::{by_id, shipped};

/// X12: the list names every package that is shipped and no other, with licence and checksum, and what needs which.
#[test]
fn x12_the_sbom_names_what_is_shipped() {
    let (metadata, lock) = (metadata(), read("Cargo.lock"));
    let bom = cyclonedx::bom(&metadata, &lock).unwrap();
    assert_eq!((bom["bomFormat"].as_str(), bom["specVersion"].as_str()), (Some("CycloneDX"), Some("1.6")));
    assert_eq!(bom["metadata"]["component"]["name"], env!("CARGO_PKG_NAME"));
    let packages = by_id(metadata.get("packages"));
    let expected: BTreeSet<_> = shipped(&metadata["resolve"])
        .into_iter()
        .filter(|id| metadata["resolve"]["root"] != **id)
        .map(|id| {
            format!(
                "{} {}",
                packages[id]["name"].as_str().unwrap(),
                packages[id]["version"].as_str().unwrap()
            )
        })
        .collect();
    let components = bom["components"].as_array().unwrap();
    let named: BTreeSet<_> = components
        .iter()
        .map(|component| {
            format!("{} {}", component["name"].as_str().unwrap(), component["version"].as_str().unwrap())
        })
        .collect();
    assert_eq!(named, expected);
    for development in ["scraper", "openidconnect"] {
        assert!(
            components.iter().all(|component| component["name"] != development),
            "{development} is not shipped"
        );
    }
    let references: BTreeSet<_> =
        bom["dependencies"].as_array().unwrap().iter().map(|entry| entry["ref"].as_str().unwrap()).collect();
    for component in components {
        assert_eq!(component["hashes"][0]["content"].as_str().unwrap().len(), 64, "{component}");
        assert!(component["licenses"][0]["expression"].is_string(), "{component}");
        assert!(references.contains(component["bom-ref"].as_str().unwrap()), "{component}");
    }
    let needs = |name: &str| {
        let own = format!("pkg:cargo/{name}@");
        let entries = bom["dependencies"].as_array().unwrap().iter();
        let found: Vec<_> =
            entries.filter(|entry| entry["ref"].as_str().unwrap().starts_with(&own)).collect();
        assert_eq!(found.len(), 1, "{name}");
        found[0]["dependsOn"].to_string()
    };
    assert!(needs("grantor").contains("pkg:cargo/actix-web@"));
    assert!(!needs("grantor").contains("pkg:cargo/scraper@"));
}

/// X12: every package comes from crates.io with its checksum, and none that `deny.toml` bans.
#[test]
fn x12_nothing_comes_from_elsewhere_and_nothing_banned_comes_at_all() {
    let lock: toml::Table = read("Cargo.lock").parse().unwrap();
    let deny: toml::Table = read("deny.toml").parse().unwrap();
    let banned: BTreeSet<_> =
        deny["bans"]["deny"].as_array().unwrap().iter().map(|ban| ban["crate"].as_str().unwrap()).collect();
    assert!(!banned.is_empty());
    for package in lock["package"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        assert!(!banned.contains(name), "{name} is banned");
        if name != env!("CARGO_PKG_NAME") {
            let source = package.get("source").and_then(toml::Value::as_str);
            assert_eq!(source, Some("registry+https://github.com/rust-lang/crates.io-index"), "{name}");
            assert!(package.get("checksum").is_some(), "{name} has no checksum");
        }
    }
    for kind in ["unknown-registry", "unknown-git"] {
        assert_eq!(deny["sources"][kind].as_str(), Some("deny"), "{kind}");
    }
    assert_eq!(deny["advisories"]["yanked"].as_str(), Some("deny"));
}

/// X12: CI checks advisories, bans, licences and sources and writes the list; how soon a fault is mended is written down.
#[test]
fn x12_ci_checks_the_supply_chain_and_fix_times_are_documented() {
    assert!(read(".ci/run").lines().any(|line| line.trim_start().starts_with("scripts/supply-chain")));
    let script = read("scripts/supply-chain");
    for part in ["check advisories", "check bans licenses sources", "--example sbom"] {
        assert!(script.contains(part), "{part}");
    }
    let policy = read("SECURITY.md");
    let (_, times) = policy.split_once("## How soon it is fixed\n").unwrap();
    let times = times.split("\n## ").next().unwrap();
    for severity in ["critical", "high", "medium", "low"] {
        let row = times.lines().find(|line| line.starts_with(&format!("| {severity} |"))).unwrap();
        assert!(row.contains(" days |"), "{row}");
    }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn every_package_that_is_shipped_has_a_licence_on_the_list() {
    let allowed = allowed();
    let metadata = metadata();
    let packages: HashMap<&str, &Value> = by_id(metadata.get("packages"));
    let shipped = shipped(&metadata["resolve"]);
    assert!(shipped.len() > 100, "only {} packages were found", shipped.len());
    let refused: Vec<_> = shipped
        .iter()
        .map(|id| packages[id])
        .filter(|package| !package["license"].as_str().is_some_and(|licence| satisfies(licence, &allowed)))
        .map(|package| format!("{} {}: {}", package["name"], package["version"], package["license"]))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn a_licence_expression_is_read_as_spdx_says() {
    let allowed =
        BTreeSet::from(["MIT".to_owned(), "ISC".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()]);
    for good in [
        "MIT",
        "MIT OR GPL-3.0-only",
        "GPL-3.0-only/MIT",
        "ISC AND (AGPL-3.0-only OR MIT)",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(satisfies(good, &allowed), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "(MIT OR ISC) AND (GPL-3.0-only OR Apache-2.0)",
        "Apache-2.0",
    ] {
        assert!(!satisfies(bad, &allowed), "{bad}");
    }
}

fn allowed() -> BTreeSet<String> {
    let file: toml::Table = read("deny.toml").parse().unwrap();
    file["licenses"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

/// What cargo resolved for the machine that this test was built for; nothing is downloaded for others.
fn metadata() -> Value {
    let rustc = Command::new(option_env!("RUSTC").unwrap_or("rustc")).arg("-vV").output().unwrap();
    let rustc = String::from_utf8(rustc.stdout).unwrap();
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Whether one of the choices that an SPDX expression leaves is on the list. SPDX specification, annex D.
fn satisfies(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (met, rest) = any_of(&words, allowed);
    met && rest.is_empty()
}

fn any_of<'a>(words: &'a [&'a str], allowed: &BTreeSet<String>) -> (bool, &'a [&'a str]) {
    let (mut met, mut rest) = all_of(words, allowed);
    while let Some(("OR", after)) = rest.split_first().map(|(word, after)| (*word, after)) {
        let (also, after) = all_of(after, allowed);
        (met, rest) = (met || also, after);
    }
    (met, rest)
}

fn all_of<'a>(words: &'a [&'a str], allowed: &BTreeSet<String>) -> (bool, &'a [&'a str]) {
    let (mut met, mut rest) = one(words, allowed);
    while let Some(("AND", after)) = rest.split_first().map(|(word, after)| (*word, after)) {
        let (also, after) = one(after, allowed);
        (met, rest) = (met && also, after);
    }
    (met, rest)
}

fn one<'a>(words: &'a [&'a str], allowed: &BTreeSet<String>) -> (bool, &'a [&'a str]) {
    match words {
        ["(", rest @ ..] => {
            let (met, rest) = any_of(rest, allowed);
            (met, rest.strip_prefix(&[")"]).unwrap_or(rest))
        }
        [name, "WITH", exception, rest @ ..] => (allowed.contains(&format!("{name} WITH {exception}")), rest),
        [name, rest @ ..] => (allowed.contains(*name), rest),
        [] => (false, words),
    }
}
