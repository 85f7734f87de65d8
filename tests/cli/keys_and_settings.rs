//! `grantor key`, `migrate`, `config`, and settings with which no command works.

use serde_json::{Value, json};

use super::support::{KEY, OTHER_KEY, Place, on_both, text};

fn keys(place: &Place) -> Vec<Value> {
    place.json(&["key", "list"]).as_array().unwrap().clone()
}

/// T26: the new key waits until every cached key set holds it; the old one signs until that moment and stays published.
#[test]
fn a_rotated_key_waits_and_its_predecessor_is_kept() {
    on_both(|place| {
        assert_eq!(keys(place).len(), 4);
        let rotated = place.json(&["key", "rotate", "--algorithm", "ES256"]);
        assert_eq!((rotated.as_array().unwrap().len(), text(&rotated[0], "state")), (1, "waits"));
        let all = keys(place);
        assert_eq!(all.len(), 5);
        let old = all.iter().find(|key| key["algorithm"] == "ES256" && key["state"] == "signs").unwrap();
        assert_eq!(old["retired_at"], rotated[0]["signs_from"]);
        assert!(old["removed_after"].as_i64().unwrap() > old["retired_at"].as_i64().unwrap() + 900);
        let table = place.ok(&["key", "list"]);
        assert!(table.contains("waits") && !table.contains("\"d\"") && !table.contains("private"), "{table}");

        place.ok(&["key", "rotate"]);
        assert_eq!(keys(place).len(), 9);
        assert_eq!(place.run(&["key", "rotate", "--algorithm", "HS256"]).code, 2);
    });
}

/// R23: what was applied is named once.
#[test]
fn migrate_names_what_it_applied() {
    on_both(|place| {
        let applied = place.json(&["migrate"]);
        assert!(text(&json!({ "first": applied[0] }), "first").contains("foundation"), "{applied}");
        assert_eq!(place.ok(&["migrate"]), "The tables are up to date.\n");
        assert_eq!(place.json(&["migrate"]), json!([]));
    });
}

/// R31: another master key is refused by the name of the setting; nothing is made anew.
#[test]
fn a_wrong_master_key_is_refused_by_name_and_nothing_is_made_anew() {
    on_both(|place| {
        let before = keys(place);
        for (key, said) in [(OTHER_KEY, "master_key is not the one"), ("c2hvcnQ=", "master_key")] {
            let mut command = place.command(&["key", "list"]);
            let output = command.env("GRANTOR_MASTER_KEY", key).output().unwrap();
            let sentence = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{sentence}");
            assert!(sentence.contains(said) && !sentence.contains(key), "{sentence}");
            assert!(output.stdout.is_empty());
        }
        assert_eq!(keys(place), before);
    });
}

/// R31: without its file, a SQLite database is not given a new key.
#[test]
fn a_missing_master_key_is_refused_and_not_replaced() {
    let place = Place::sqlite();
    let before = keys(&place);
    std::fs::rename(place.file("data/master.key"), place.file("kept.key")).unwrap();
    let sentence = place.refused(2, &["key", "list"]);
    assert!(sentence.contains("data/master.key is gone") && sentence.contains("master_key"), "{sentence}");
    assert!(!place.file("data/master.key").exists());
    std::fs::rename(place.file("kept.key"), place.file("data/master.key")).unwrap();
    assert_eq!(keys(&place), before);
}

/// R31: PostgreSQL has no place for a key file.
#[cfg(feature = "postgres")]
#[test]
fn postgres_without_a_master_key_is_refused_before_it_is_asked() {
    let place = Place::sqlite().with("GRANTOR_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
    let sentence = place.refused(2, &["migrate"]);
    assert!(sentence.contains("master_key"), "{sentence}");
}

/// Everything that is wrong is said at once, a line each.
#[test]
fn wrong_settings_are_all_reported_at_once_with_exit_code_2() {
    let place = Place::sqlite().with("GRANTOR_WORKERS", "many");
    std::fs::write(place.file("grantor.toml"), "isuer = 'x'\n[session]\nidle_lifetime = 'soon'\n").unwrap();
    for arguments in
        [["config", "check"].as_slice(), &["config", "print"], &["user", "list"], &["serve"], &[]]
    {
        let done = place.run(arguments);
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{arguments:?}: {done:?}");
        assert_eq!(done.err.lines().count(), 3, "{arguments:?}: {}", done.err);
        for key in ["isuer", "session.idle_lifetime", "workers"] {
            assert!(done.err.contains(key), "{key}: {}", done.err);
        }
    }
    assert!(!place.file("data").exists());
    let missing = place.run(&["config", "check", "--config", "missing.toml"]);
    assert!(missing.code == 2 && missing.err.contains("missing.toml"), "{missing:?}");
}

#[test]
fn config_says_what_holds_without_secrets() {
    let place = Place::sqlite().with("GRANTOR_MASTER_KEY", KEY);
    std::fs::write(place.file("other.toml"), "workers = 3\n").unwrap();
    assert!(place.ok(&["config", "check"]).contains("The issuer is http://localhost:8080."));
    let printed = place.ok(&["config", "print", "--config", "other.toml"]);
    assert!(printed.contains("workers = 3 # file") && !printed.contains(KEY), "{printed}");
    let entries = place.json(&["config", "print"]);
    assert!(entries.as_array().unwrap().iter().any(|entry| entry["key"] == "issuer"));
    assert!(place.ok(&["config", "reference"]).contains("`GRANTOR_ISSUER`"));
}

/// Each command and group explains itself, and a command that is none is refused.
#[test]
fn help_is_there_and_an_unknown_command_is_refused() {
    let place = Place::sqlite();
    for arguments in [["--help"].as_slice(), &["client", "--help"], &["restore", "--help"], &["--version"]] {
        assert!(place.ok(arguments).contains("rantor"), "{arguments:?}");
    }
    assert!(place.ok(&["restore", "--help"]).contains("Example:"));
    for arguments in [["clients"].as_slice(), &["client"], &["client", "ad"], &["key", "list", "--jsn"]] {
        let done = place.run(arguments);
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{arguments:?}: {done:?}");
    }
}

#[test]
fn a_database_that_cannot_be_is_one_sentence() {
    let place = Place::sqlite().with("GRANTOR_MASTER_KEY", KEY);
    std::fs::create_dir(place.file("data")).unwrap();
    std::fs::write(place.file("data/grantor.db"), "this is not a database, however long it is").unwrap();
    // It may be a database that is just being made: a start waits for it.
    let sentence = place.refused(1, &["user", "list"]);
    assert!(sentence.contains("data/grantor.db"), "{sentence}");
}
