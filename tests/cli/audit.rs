//! `grantor audit`: what it prints, and what its exit code says.

use serde_json::Value;

use crate::support::{Place, on_both, text};

const HOSTILE: &str = "=cmd|' /C calc'!A0 \u{1b}[2J\u{202e}\nforged";

fn with_a_client(place: &Place) -> String {
    let metadata =
        serde_json::json!({"client_name": "Reports", "redirect_uris": ["https://client.example/cb"]});
    std::fs::write(place.file("client.json"), metadata.to_string()).unwrap();
    text(&place.json(&["client", "add", "client.json"]), "client_id").to_owned()
}

/// X05: without a server nobody seals; events are there, named, and no fault.
#[test]
fn unsealed_events_are_named_and_no_fault() {
    on_both(|place| {
        let client = with_a_client(place);
        let listed = place.json(&["audit", "list", "--client", &client]);
        assert_eq!(listed.as_array().unwrap().len(), 1);
        let event = &listed[0];
        assert_eq!(
            (text(event, "kind"), &event["sequence"], &event["hash"]),
            ("client_registered", &Value::Null, &Value::Null)
        );
        assert_eq!(text(event, "actor"), "command_line:unknown");
        let found = place.json(&["audit", "verify"]);
        assert_eq!((&found["is_whole"], &found["fault"]), (&Value::Bool(true), &Value::Null));
        assert_eq!(found["unsealed"], 1);
        assert!(found["oldest_unsealed_at"].is_i64());
        assert_eq!(place.ok(&["audit", "export"]), "");
    });
}

/// The account of whoever runs the command is the actor.
#[test]
fn the_actor_is_the_account_at_the_command_line() {
    let place = Place::sqlite().with("USER", "root").with("SUDO_USER", "alice");
    with_a_client(&place);
    let listed = place.json(&["audit", "list", "--actor", "command_line:alice"]);
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(place.ok(&["audit", "list", "--actor", "command_line:root"]), "There is no such event.\n");
}

/// X06: a name is neither a line of its own nor a command for the terminal.
#[test]
fn nothing_that_a_client_sent_moves_the_cursor_or_begins_a_line() {
    on_both(|place| {
        place.ok(&["initial-access-token", "issue", "--name", HOSTILE]);
        for arguments in [&["audit", "list"][..], &["audit", "list", "--json"]] {
            let out = place.ok(arguments);
            let odd = |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{2028}'..='\u{202e}'));
            assert!(!out.contains(odd), "{out:?}");
            assert!(out.contains("calc"), "{out}");
        }
        assert_eq!(place.ok(&["audit", "list"]).lines().count(), 2);
    });
}

#[test]
fn filters_hold_together_and_say_what_is_wrong() {
    on_both(|place| {
        let client = with_a_client(place);
        place.ok(&["client", "disable", &client]);
        let count = |arguments: &[&str]| {
            place.json(&[&["audit", "list"][..], arguments].concat()).as_array().unwrap().len()
        };
        assert_eq!(count(&[]), 2);
        assert_eq!(count(&["--kind", "client_disabled"]), 1);
        assert_eq!(count(&["--kind", "client_disabled", "--client", "c-another"]), 0);
        assert_eq!(count(&["--since", "1h"]), 2);
        assert_eq!(count(&["--until", "2020-01-31"]), 0);
        assert_eq!(count(&["--since", "2020-01-31T12:00:00Z", "--limit", "1"]), 1);
        let newest = place.json(&["audit", "list", "--limit", "1"]);
        assert_eq!(text(&newest[0], "kind"), "client_disabled");
        for wrong in [&["--kind", "client_eaten"][..], &["--since", "yesterday"], &["--limit", "0"]] {
            assert_eq!(place.run(&[&["audit", "list"][..], wrong].concat()).code, 2, "{wrong:?}");
        }
        assert_eq!(place.run(&["audit", "verify", "--head", "1:zz"]).code, 2);
    });
}

/// A head that this log never had: exit code 1, and what is wrong on standard output.
#[test]
fn a_broken_log_is_exit_code_1() {
    on_both(|place| {
        with_a_client(place);
        let head = format!("7:{}", "0".repeat(64));
        let done = place.run(&["audit", "verify", "--head", &head]);
        assert_eq!(done.code, 1, "{done:?}");
        assert!(done.out.starts_with("The audit log is broken: the log ends before event 7"), "{}", done.out);
        let done = place.run(&["audit", "verify", "--head", &head, "--json"]);
        let found: Value = serde_json::from_str(&done.out).unwrap();
        assert_eq!((done.code, &found["is_whole"]), (1, &Value::Bool(false)));
    });
}
