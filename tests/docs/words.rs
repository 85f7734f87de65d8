//! The documents name no setting that does not exist, and their settings load.

use std::collections::BTreeSet;

use grantor::config::{Config, SETTINGS};

use crate::documents::{all, code_spans};

/// Ends of names that look like a key of a section and are files or the like.
const OTHER_ENDS: [&str; 8] = [".rs", ".md", ".toml", ".json", ".key", ".yml", ".db", ".sql"];

fn variables() -> BTreeSet<String> {
    SETTINGS
        .iter()
        .flat_map(|setting| {
            let names = [Some(setting.variable()), setting.short_variable().map(str::to_owned)];
            let names: Vec<String> = names.into_iter().flatten().collect();
            let files = names.iter().filter(|_| setting.secret).map(|name| format!("{name}_FILE"));
            files.chain(names.clone()).collect::<Vec<_>>()
        })
        .collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

#[test]
fn no_document_names_a_variable_that_does_not_exist() {
    let known = variables();
    let mut unknown = Vec::new();
    for document in all() {
        for (index, line) in document.text.lines().enumerate() {
            let named =
                words(line).filter(|word| word.starts_with("GRANTOR_") && word.len() > "GRANTOR_".len());
            for word in named.filter(|word| !word.starts_with("GRANTOR_TEST_") && !known.contains(*word)) {
                unknown.push(format!("{}:{}: {word}", document.path.display(), index + 1));
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn no_document_names_a_key_that_does_not_exist() {
    let sections: BTreeSet<&str> =
        SETTINGS.iter().filter_map(|s| s.key.split_once('.')).map(|(s, _)| s).collect();
    let mut unknown = Vec::new();
    for document in all() {
        for (line, text) in document.prose() {
            for span in code_spans(text) {
                let key = span.split([' ', '=']).next().unwrap_or(span);
                let in_section = key.split_once('.').is_some_and(|(section, name)| {
                    sections.contains(section) && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                });
                let is_other = OTHER_ENDS.iter().any(|end| key.ends_with(end));
                if in_section && !is_other && !SETTINGS.iter().any(|setting| setting.key == key) {
                    unknown.push(format!("{}:{line}: {key}", document.path.display()));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

/// The documents show no key that somebody could take for theirs.
const KEY: &str = "KioqKioqKioqKioqKioqKioqKioqKioqKioqKioqKio=";

/// Every TOML block is a whole file of settings that a server would take, once it has a master key.
#[test]
fn every_settings_file_in_the_documents_loads() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("grantor.toml");
    let mut tried = 0;
    for document in all() {
        for block in document.blocks().into_iter().filter(|block| block.info == "toml") {
            std::fs::write(&file, &block.text).unwrap();
            let key = ("GRANTOR_MASTER_KEY".to_owned(), KEY.to_owned());
            if let Err(problems) = Config::load(Some(&file), [key]) {
                panic!("{}:{}: {problems}", document.path.display(), block.line);
            }
            tried += 1;
        }
    }
    assert!(tried > 2, "the documents hold {tried} examples of settings");
}
