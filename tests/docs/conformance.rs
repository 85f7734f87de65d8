//! The table of conditions names tests that exist, and every test of the plans; the settings for the plans load.

use std::collections::BTreeSet;

use grantor::config::Config;

use crate::documents::{code_spans, read, root};

/// The text of the module of a test, `folder::module::name`.
fn source(path: &str) -> Option<(String, &str)> {
    let (module, name) = path.rsplit_once("::")?;
    let file = root().join("tests/http").join(module.replace("::", "/"));
    let text = std::fs::read_to_string(file.with_extension("rs"))
        .or_else(|_| std::fs::read_to_string(file.join("mod.rs")));
    Some((text.ok()?, name))
}

#[test]
fn every_condition_has_tests_that_exist() {
    let rows = read("docs/openid.md").table("| plan | condition | tests |");
    assert!(rows.len() > 40, "{} rows", rows.len());
    let mut missing = Vec::new();
    for row in &rows {
        let tests: Vec<&str> = code_spans(&row[2]).collect();
        assert!(!tests.is_empty(), "{row:?}");
        for test in tests {
            if !source(test).is_some_and(|(text, name)| text.contains(&format!("\nasync fn {name}("))) {
                missing.push(test.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "no test is called {missing:#?}");
}

#[test]
fn every_test_of_the_plans_is_in_the_table() {
    let rows = read("docs/openid.md").table("| plan | condition | tests |");
    let named: BTreeSet<&str> = rows.iter().flat_map(|row| code_spans(&row[2])).collect();
    let mut silent = Vec::new();
    for entry in std::fs::read_dir(root().join("tests/http/conformance")).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        for test in text.split("#[actix_web::test]\nasync fn ").skip(1) {
            let name = format!("conformance::{module}::{}", test.split('(').next().unwrap());
            if !named.contains(name.as_str()) {
                silent.push(name);
            }
        }
    }
    assert!(silent.is_empty(), "docs/openid.md does not name {silent:#?}");
}

#[test]
fn the_settings_for_the_plans_load() {
    let file = root().join("docs/conformance.toml");
    if let Err(problems) = Config::load(Some(&file), Vec::new()) {
        panic!("{problems}");
    }
}

/// What stands there as a comment, for a suite in a private network, is taken as it is.
#[test]
fn the_settings_for_a_private_suite_load() {
    let text = read("docs/conformance.toml").text;
    let (settings, private) = text.split_once("# [outbound]\n").unwrap();
    let private: Vec<&str> = private.lines().filter_map(|line| line.strip_prefix("# ")).collect();
    assert_eq!(private.len(), 3, "{private:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("grantor.toml");
    std::fs::write(&file, format!("{settings}[outbound]\n{}\n", private.join("\n"))).unwrap();
    if let Err(problems) = Config::load(Some(&file), Vec::new()) {
        panic!("{problems}");
    }
}
