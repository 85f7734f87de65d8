//! What is said about the commands is what clap knows of them.

use super::*;

/// Every command that does something, as it is typed.
fn leaves(command: &clap::Command, path: &str, found: &mut Vec<(String, clap::Command)>) {
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        let path = format!("{path} {}", inner.get_name());
        if inner.has_subcommands() {
            leaves(inner, &path, found);
        } else {
            found.push((path, inner.clone()));
        }
    }
}

fn all() -> Vec<(String, clap::Command)> {
    let mut found = Vec::new();
    leaves(&commands(), "grantor", &mut found);
    assert!(found.len() > 20);
    found
}

#[test]
fn clap_finds_no_fault_in_its_definitions() {
    commands().debug_assert();
}

/// Every command shows an example of itself, and every example is understood.
#[test]
fn every_command_has_an_example_that_is_understood() {
    for (path, command) in all() {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("  ")).collect();
        assert!(!examples.is_empty(), "{path}");
        for example in examples {
            assert!(example.starts_with(&path), "{path}: {example}");
            understood(example);
        }
    }
}

/// Identifiers are random: one in 64 begins like an option.
#[test]
fn an_identifier_may_begin_with_a_hyphen() {
    for words in [
        ["grantor", "user", "sign-out", "ada", "--session", "-JSZypI-J0rt_CEUcodLCQ"].as_slice(),
        &["grantor", "user", "revoke-invitation", "-JSZypI-J0rt_CEUcodLCQ"],
    ] {
        Cli::try_parse_from(words).map(drop).unwrap();
    }
}

/// What stands before a redirection is what the shell passes on.
fn understood(example: &str) {
    let words = example.split(['<', '>']).next().unwrap_or(example).split_whitespace();
    if let Err(error) = Cli::try_parse_from(words) {
        panic!("{example}: {error}");
    }
}

/// `docs/command-line.md` has one section for each command, with an example, and none for another.
#[test]
fn the_page_names_every_command_and_no_other() {
    let page = include_str!("../../docs/command-line.md");
    let mut documented: Vec<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'))
        .map(str::to_owned)
        .collect();
    let mut known: Vec<String> = all().into_iter().map(|(path, _)| path).collect();
    documented.sort();
    known.sort();
    assert_eq!(documented, known);
    let mut examples = 0;
    for example in page.lines().filter(|line| line.starts_with("grantor ")) {
        understood(example);
        examples += 1;
    }
    assert!(examples >= known.len(), "{examples} examples");
}
