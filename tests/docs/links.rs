//! No link and no path leads nowhere.

use std::collections::BTreeSet;
use std::path::Path;

use crate::documents::{Document, all, code_spans, root};

/// Where code lives: a path that begins so is one of this repository.
const FOLDERS: [&str; 7] = ["src/", "tests/", "docs/", "scripts/", "migrations/", "templates/", "static/"];

fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// The anchors that a document's headings make, as forges spell them.
fn anchors(document: &Document) -> BTreeSet<String> {
    let headings = document.prose().filter_map(|(_, line)| line.strip_prefix('#'));
    headings
        .map(|heading| {
            let text = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = text.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn no_link_between_documents_is_dead() {
    let documents = all();
    let mut dead = Vec::new();
    for document in &documents {
        for (line, text) in document.prose() {
            for target in
                targets(text).filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
            {
                let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
                let path = match file {
                    "" => document.path.clone(),
                    file => normal(&document.path.parent().unwrap().join(file)),
                };
                let leads_to = documents.iter().find(|other| other.path == path);
                let is_good = root().join(&path).exists()
                    && (anchor.is_empty() || leads_to.is_some_and(|other| anchors(other).contains(anchor)));
                if !is_good {
                    dead.push(format!("{}:{line}: {target}", document.path.display()));
                }
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

/// `docs/adr/../x.md` is `docs/x.md`.
fn normal(path: &Path) -> std::path::PathBuf {
    let mut parts = Vec::new();
    for part in path.components() {
        if part.as_os_str() == ".." {
            parts.pop();
        } else if part.as_os_str() != "." {
            parts.push(part.as_os_str().to_owned());
        }
    }
    parts.iter().collect()
}

#[test]
fn no_document_names_a_file_that_is_not_there() {
    let mut missing = Vec::new();
    for document in all() {
        for (line, text) in document.prose() {
            for span in code_spans(text).filter(|span| FOLDERS.iter().any(|folder| span.starts_with(folder)))
            {
                let is_pattern = span.contains(['{', '*', '…', '<', ' ']) || span.contains("NNNN");
                if !is_pattern && !root().join(span).exists() {
                    missing.push(format!("{}:{line}: {span}", document.path.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
