//! The arrows between the folders of `src`, which Rust does not check inside one crate, and other rules of the house
//! that a look at the files can hold. `docs/architecture.md` draws them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fs;
use std::path::{Path, PathBuf};

/// A folder of `src`, and what no file in it may name.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("src/protocol", &["crate::storage", "crate::flow", "crate::web", "actix_web", "std::env", "Utc::now"]),
    ("src/storage", &["crate::flow", "crate::web", "actix_web"]),
    ("src/flow", &["crate::web", "actix_web", "askama"]),
    ("src/fetch", &["crate::storage", "crate::flow", "crate::web", "actix_web"]),
    ("src/mail", &["crate::flow", "crate::web", "actix_web"]),
    ("src/web", &["crate::storage"]),
];

/// A name, and the only place under `src` that may use it.
const ONLY_IN: &[(&str, &str)] = &[
    ("diesel", "src/storage"),
    ("diesel_migrations", "src/storage"),
    ("sql_query", "src/storage"),
    ("oxide_auth", "src/protocol/engine"),
    ("reqwest", "src/fetch"),
];

/// What no page may hold: unescaped values, and script or style that the content security policy would have to let in.
const FORBIDDEN_IN_TEMPLATES: &[&str] = &[
    "|safe",
    "|escape(\"none\")",
    "{%autoescape",
    "<style",
    "style=",
    "javascript:",
    "onclick=",
    "onload=",
    "onsubmit=",
];

#[test]
fn no_layer_names_what_it_may_not() {
    let mut found = Vec::new();
    for (folder, names) in FORBIDDEN {
        for (path, text) in rust_files(folder) {
            let used = names.iter().filter(|name| uses(&text, name));
            found.extend(used.map(|name| format!("{} names {name}", path.display())));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn diesel_and_oxide_auth_stay_in_their_rooms() {
    let mut found = Vec::new();
    for (path, text) in rust_files("src") {
        let outside = ONLY_IN.iter().filter(|(_, home)| !path.starts_with(home));
        let used = outside.filter(|(name, _)| uses(&text, name));
        found.extend(
            used.map(|(name, home)| format!("{} names {name}, which belongs to {home}", path.display())),
        );
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// What a request brings reaches SQL as a bound value only.
#[test]
fn every_sql_query_is_a_literal() {
    let mut found = Vec::new();
    for (path, text) in rust_files("src/storage") {
        found.extend(made_queries(&text).map(|query| format!("{}: sql_query({query}…", path.display())));
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// Fault "a statement with one placeholder too few on one database only" of section 9: as many values are bound as the statement
/// has places for, in each spelling of it. Where a function binds for many statements, they have the same number.
#[test]
fn every_placeholder_has_its_value() {
    let (mut found, mut seen) = (Vec::new(), 0);
    for (path, text) in rust_files("src/storage") {
        let mut elsewhere = Vec::new();
        for rest in text.split("sql_query(").skip(1) {
            let function = rest.split("\n}\n").next().unwrap_or(rest);
            let literal = function.trim_start().trim_start_matches('"').split('"').next().unwrap_or_default();
            let (places, bound) = (placeholders(literal), function.matches(".bind::<").count());
            seen += places;
            if bound == 0 && places > 0 {
                elsewhere.push(places);
            } else if bound != places {
                found.push(format!("{}: {places} places, {bound} values: {literal}", path.display()));
            }
        }
        if elsewhere.windows(2).any(|pair| pair[0] != pair[1]) {
            found.push(format!("{}: {elsewhere:?} places for the same values", path.display()));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    assert!(seen > 60, "the statements are not found any more: {seen} places");
}

/// A lint is lifted by `#[expect(…, reason = "…")]`, which complains when it is no longer needed.
#[test]
fn no_lint_is_lifted_in_silence() {
    let mut found = Vec::new();
    for (path, text) in rust_files("src") {
        for attribute in ["[allow(", "[expect("] {
            let lifted = text.split(attribute).skip(1).map(|rest| rest.split(")]").next().unwrap_or(rest));
            let silent = lifted.filter(|inner| attribute == "[allow(" || !inner.contains("reason"));
            found.extend(silent.map(|inner| format!("{}: #{attribute}{inner})]", path.display())));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn templates_escape_every_value_and_hold_no_inline_script_or_style() {
    let mut found = Vec::new();
    for path in files("templates") {
        let page = read(&path);
        found.extend(unsafe_markup(&page).map(|what| format!("{}: {what}", path.display())));
    }
    for (path, text) in rust_files("src") {
        if text.contains("escape = \"none\"") || text.contains("MarkupDisplay") {
            found.push(format!("{} turns escaping off", path.display()));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_migration_of_one_database_has_its_twin_in_the_other() {
    let relative = |folder: &str| -> Vec<PathBuf> {
        let mut names: Vec<_> =
            files(folder).iter().map(|path| path.strip_prefix(folder).unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let sqlite = relative("migrations/sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, relative("migrations/postgres"));
    for folder in fs::read_dir(root().join("migrations/sqlite")).unwrap() {
        let folder = folder.unwrap().path();
        assert!(folder.join("up.sql").is_file() && folder.join("down.sql").is_file(), "{}", folder.display());
    }
}

/// The rules above can fail.
#[test]
fn what_is_forbidden_is_found() {
    assert!(uses("use crate::storage::clients;", "crate::storage"));
    assert!(uses("use crate::{flow::authorize, storage::{clients, grants}};", "crate::storage"));
    assert!(uses("use super::storage;", "crate::storage"));
    assert!(uses("fn f() -> diesel::QueryResult<()>", "diesel"));
    assert!(!uses("use diesel_migrations::embed_migrations;", "diesel"));
    assert!(!uses("use crate::storage_room;", "crate::storage"));
    assert_eq!(code("let a = 1; // diesel\n/// diesel\nlet b;\n"), "let a = 1; \n\nlet b;\n");
    assert_eq!(code("let u = \"http://host\";\n"), "let u = \"http://host\";\n");
    assert_eq!(made_queries("sql_query(\"a\") sql_query(r#\"b\"#) sql_query(\n  SWEEP)").count(), 0);
    assert_eq!(made_queries("sql_query(format!(\"a {b}\")) sql_query(text)").count(), 2);
    assert_eq!(unsafe_markup("{{ name | safe }}").count(), 1);
    assert_eq!(unsafe_markup("<script>alert(1)</script>").count(), 1);
    assert_eq!(unsafe_markup("<script src=\"/static/a.js\" defer></script>{{ name }}").count(), 0);
}

/// Whether code uses a name as a whole word, through `crate::{…}` and `super::` too.
fn uses(text: &str, name: &str) -> bool {
    let Some(module) = name.strip_prefix("crate::") else { return has_word(text, name) };
    let grouped = text.split("crate::{").skip(1).any(|rest| {
        let mut depth = 0_i32;
        let group = rest.split_inclusive(['{', '}', ',']).take_while(|piece| {
            let inside = depth >= 0;
            depth += i32::from(piece.ends_with('{')) - i32::from(piece.ends_with('}'));
            inside
        });
        group.into_iter().any(|piece| piece.trim_start().starts_with(module) && has_word(piece, module))
    });
    grouped || has_word(text, name) || has_word(text, &format!("super::{module}"))
}

fn has_word(text: &str, word: &str) -> bool {
    let part_of_a_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(part_of_a_word) && !text[at + word.len()..].starts_with(part_of_a_word)
    })
}

/// The arguments of `sql_query` that are neither a string literal nor a constant.
fn made_queries(text: &str) -> impl Iterator<Item = &str> {
    let arguments =
        text.split("sql_query(").skip(1).filter_map(|rest| rest.trim_start().split([',', ')', '\n']).next());
    arguments.filter(|argument| !is_literal(argument) && !is_constant(argument))
}

/// The highest number of `$1`, `$2`, …, or how many `?` there are.
fn placeholders(statement: &str) -> usize {
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    let numbered = statement.split('$').skip(1).filter_map(|rest| digits(rest).parse().ok());
    numbered.max().unwrap_or_else(|| statement.matches('?').count())
}

fn is_literal(argument: &str) -> bool {
    ["\"", "r\"", "r#\"", "concat!(", "include_str!("].iter().any(|start| argument.starts_with(start))
}

fn is_constant(argument: &str) -> bool {
    !argument.is_empty() && argument.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn unsafe_markup(page: &str) -> impl Iterator<Item = &'static str> {
    let dense: String = page.chars().filter(|c| !c.is_whitespace()).collect();
    let inline_script = dense.split("<script").skip(1).any(|rest| !rest.starts_with("src="));
    let named = FORBIDDEN_IN_TEMPLATES.iter().copied().filter(move |what| dense.contains(what));
    named.chain(inline_script.then_some("a script without src"))
}

/// A file's code: comments name what they like, and tests may reach for what they need.
fn code(text: &str) -> String {
    let tested = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    let without_comment = |line: &str| -> String {
        let comment = line.match_indices("//").find(|(at, _)| !line[..*at].ends_with(':')).map(|(at, _)| at);
        line[..comment.unwrap_or(line.len())].to_owned()
    };
    tested.lines().map(|line| without_comment(line) + "\n").collect::<String>()
}

fn rust_files(folder: &str) -> Vec<(PathBuf, String)> {
    let rust = files(folder).into_iter().filter(|path| {
        path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs")
    });
    rust.map(|path| {
        let text = code(&read(&path));
        (path, text)
    })
    .collect()
}

/// Every file below a folder of the project, by its path from the top.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
