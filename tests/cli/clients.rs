//! `grantor client`.

use serde_json::json;

use super::running_server::{Server, free_address};
use super::support::{Place, client_ids, on_both, text};

const MACHINE: [&str; 6] = ["client", "add", "--name", "Reports", "--grant", "client_credentials"];
const NOBODY: &str = "c-3q2-7wAAAAAAAAAAAAAAAA";

#[test]
fn a_client_is_made_listed_and_shown_without_its_secret() {
    on_both(|place| {
        let made = place.json(&MACHINE);
        let (id, secret) = (text(&made, "client_id"), text(&made, "client_secret"));
        assert_eq!(made["grant_types"], json!(["client_credentials"]));
        assert_eq!(made["client_secret_expires_at"], 0);
        assert_eq!(made.get("registration_access_token"), None);
        let plain = place.ok(&MACHINE);
        assert!(plain.contains("client_id: ") && plain.contains("client_secret: "), "{plain}");

        assert_eq!(client_ids(place).len(), 2);
        let shown = place.json(&["client", "show", id]);
        assert_eq!((text(&shown, "client_name"), text(&shown, "source")), ("Reports", "operator"));
        assert_eq!(shown["belongings"]["access_tokens"], 0);
        for out in [
            shown.to_string(),
            place.ok(&["client", "show", id]),
            place.ok(&["client", "list"]),
            place.json(&["client", "list"]).to_string(),
        ] {
            assert!(out.contains(id) && !out.contains(secret), "{out}");
            assert!(!out.contains("digest") && !out.contains("\"client_secret\""), "{out}");
        }
    });
}

/// RFC 7592 §2.2, by an operator: what is left out goes back to its default, the secret stays, and what is refused changes nothing.
#[test]
fn the_metadata_of_a_client_are_replaced() {
    on_both(|place| {
        let made = place.json(&[&MACHINE[..], &["--scope", "openid"]].concat());
        let id = text(&made, "client_id");
        let set = |text: &str| {
            std::fs::write(place.file("client.json"), text).unwrap();
            place.run(&["client", "set", id, "client.json"])
        };
        let done = set(r#"{"client_name": "Nightly", "grant_types": ["client_credentials"]}"#);
        assert_eq!((done.code, done.out), (0, format!("The client {id} is changed.\n")), "{}", done.err);
        let shown = place.json(&["client", "show", id]);
        assert_eq!(text(&shown, "client_name"), "Nightly");
        assert_ne!(shown["scope"], "openid");
        let done = set(r#"{"client_name": "Odd", "redirect_uris": ["javascript:x"]}"#);
        assert!(done.code == 1 && done.err.contains("redirect_uris"), "{done:?}");
        assert_eq!(text(&place.json(&["client", "show", id]), "client_name"), "Nightly");
        assert!(place.refused(1, &["client", "set", NOBODY, "client.json"]).contains(NOBODY));
    });
}

/// RFC 7591 §2: the metadata of a file passes the validation of every registration.
#[test]
fn a_client_is_made_from_a_file_or_refused_by_the_member_at_fault() {
    let place = Place::sqlite();
    let add = |text: &str| {
        std::fs::write(place.file("client.json"), text).unwrap();
        place.run(&["client", "add", "client.json", "--json"])
    };
    let good = add(
        r#"{"client_name":"App","redirect_uris":["https://app.example.com/cb"],"scope":"openid nonsense"}"#,
    );
    assert_eq!(good.code, 0, "{good:?}");
    assert!(good.err.contains("does not know them: nonsense."), "{}", good.err);
    let made: serde_json::Value = serde_json::from_str(&good.out).unwrap();
    assert_eq!((text(&made, "scope"), &made["response_types"]), ("openid", &json!(["code"])));

    for (text, named) in [
        (r#"{"client_name":"App"}"#, "redirect_uris"),
        (r#"{"redirect_uris":["https://app.example.com/cb#x"]}"#, "redirect_uris"),
        (r#"{"grant_types":["client_credentials"],"token_endpoint_auth_method":"none"}"#, "grant_types"),
        ("[]", "one JSON object"),
        ("{", "is not JSON"),
    ] {
        let bad = add(text);
        assert_eq!((bad.code, bad.out.as_str()), (1, ""), "{text}: {bad:?}");
        assert!(bad.err.contains(named) && bad.err.trim_end().ends_with('.'), "{text}: {}", bad.err);
    }
    assert!(place.refused(1, &["client", "add", "missing.json"]).contains("missing.json cannot be read"));
    assert_eq!(client_ids(&place).len(), 1);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let place = Place::sqlite();
    assert_eq!(place.run(&["client", "add"]).code, 2);
    assert_eq!(place.run(&["client", "add", "a.json", "--name", "x"]).code, 2);
    let unknown = place.run(&["client", "add", "--name", "x", "--grant", "password"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("authorization_code or refresh_token or client_credentials"), "{unknown:?}");
    let scope = place.refused(1, &[MACHINE.as_slice(), &["--scope", "openid nonsense"]].concat());
    assert!(scope.contains("The scope nonsense is not known here. Known are: address email"), "{scope}");
}

#[test]
fn a_client_that_is_not_there_is_refused_by_every_command() {
    on_both(|place| {
        for command in ["show", "delete", "rotate-secret", "registration-access-token", "disable", "enable"] {
            let sentence = place.refused(1, &["client", command, NOBODY]);
            assert_eq!(sentence, format!("There is no client {NOBODY}."));
        }
        assert_eq!(
            place.refused(1, &["client", "delete", NOBODY, "--dry-run"]),
            format!("There is no client {NOBODY}.")
        );
    });
}

#[test]
fn a_new_secret_or_token_is_printed_once_and_replaces_the_old() {
    on_both(|place| {
        let made = place.json(&MACHINE);
        let id = text(&made, "client_id");
        let fresh = place.json(&["client", "rotate-secret", id]);
        assert_ne!(fresh["client_secret"], made["client_secret"]);
        let tokens = [
            place.json(&["client", "registration-access-token", id]),
            place.json(&["client", "registration-access-token", id]),
        ];
        assert_ne!(tokens[0]["registration_access_token"], tokens[1]["registration_access_token"]);
        assert_eq!(
            text(&tokens[0], "registration_client_uri"),
            format!("http://localhost:8080/register/{id}")
        );
        let shown = place.ok(&["client", "show", id]);
        assert!(shown.contains("everybody") && shown.contains("least acr"), "{shown}");
        place.ok(&["group", "add", "staff"]);
        place.ok(&["client", "access", id, "--group", "staff", "--least-acr", "2"]);
        let access = &place.json(&["client", "show", id])["access"];
        assert_eq!(*access, serde_json::json!({"groups": ["staff"], "least_acr": "2"}));
        assert!(place.ok(&["client", "show", id]).contains("staff"));
        assert!(!shown.contains(text(&fresh, "client_secret")));
        assert!(!shown.contains(text(&tokens[1], "registration_access_token")));
    });
}

#[test]
fn a_public_client_has_no_secret_to_replace() {
    let place = Place::sqlite();
    let public =
        ["client", "add", "--name", "App", "--redirect-uri", "http://127.0.0.1/cb", "--auth-method", "none"];
    let made = place.json(&public);
    assert_eq!(made.get("client_secret"), None);
    let refused = place.refused(1, &["client", "rotate-secret", text(&made, "client_id")]);
    assert!(refused.contains("its token_endpoint_auth_method needs none"), "{refused}");
}

#[test]
fn a_client_is_disabled_and_enabled_and_keeps_what_it_has() {
    on_both(|place| {
        let made = place.json(&MACHINE);
        let id = text(&made, "client_id");
        place.ok(&["client", "registration-access-token", id]);
        let before = place.json(&["client", "show", id]);
        assert_eq!(before["disabled_at"], json!(null));
        assert_eq!(place.ok(&["client", "disable", id]), format!("The client {id} is disabled.\n"));
        assert!(place.json(&["client", "show", id])["disabled_at"].is_i64());
        assert!(place.refused(1, &["client", "disable", id]).contains("disabled already"));
        assert_eq!(place.ok(&["client", "enable", id]), format!("The client {id} is enabled.\n"));
        assert_eq!(place.json(&["client", "show", id]), before);
        assert!(place.refused(1, &["client", "enable", id]).contains("enabled already"));
    });
}

/// registration.md §4: an operator sees who waits for an approval, and whom it was given to.
#[test]
fn a_client_that_waits_for_approval_is_seen() {
    let place = Place::sqlite();
    let address = free_address();
    let policy = ("GRANTOR_REGISTRATION__POLICY".to_owned(), r#"{"approval_required": true}"#.to_owned());
    let server = Server::start_with(&place, &[], &address, &[policy]);
    let head = "POST /register HTTP/1.1\r\nContent-Type: application/json";
    let (status, body) = server.ask(head, r#"{"redirect_uris": ["https://client.example/cb"]}"#);
    assert_eq!(status, 201, "{body}");
    let ids = client_ids(&place);
    let id = ids.first().unwrap();
    assert!(place.ok(&["client", "list"]).contains(" pending "));
    assert!(place.ok(&["client", "show", id]).contains("waits for approval: since "));
    assert!(place.json(&["client", "show", id])["pending_since"].is_i64());
    place.ok(&["client", "approve", id]);
    assert!(place.ok(&["client", "list"]).contains(" active "));
    assert!(place.ok(&["client", "show", id]).contains("waits for approval: no"));
}

/// Point 12: the command line finds clients as the admin API does, and tells what it tells.
#[test]
fn clients_are_found_by_filters_and_counted() {
    on_both(|place| {
        let machine = text(&place.json(&MACHINE), "client_id").to_owned();
        let wiki = ["client", "add", "--name", "Wiki", "--redirect-uri", "https://wiki.example/cb"];
        let wiki = text(&place.json(&wiki), "client_id").to_owned();
        place.ok(&["client", "disable", &wiki, "--reason", "Moved"]);
        assert_eq!(place.json(&["client", "show", &wiki])["disabled_reason"], "Moved");
        assert!(place.ok(&["client", "show", &wiki]).contains(": Moved"));
        for (filter, found) in [
            (&["--state", "disabled"][..], vec![&wiki]),
            (&["--state", "active"], vec![&machine]),
            (&["--source", "operator"], vec![&machine, &wiki]),
            (&["--source", "dynamic"], vec![]),
            (&["--redirect-host", "wiki.example"], vec![&wiki]),
            (&["--product", "Wiki"], vec![&wiki]),
            (&["--text", "repo"], vec![&machine]),
            (&["--never-used"], vec![&machine, &wiki]),
            (&["--used-before", "1h"], vec![]),
            (&["--used-after", "2020-01-01"], vec![]),
        ] {
            let listed = place.json(&[&["client", "list"], filter].concat());
            let ids: Vec<_> = listed.as_array().unwrap().iter().map(|it| text(it, "client_id")).collect();
            assert_eq!(ids, found, "{filter:?}");
        }
        assert_eq!(place.run(&["client", "list", "--source", "elsewhere"]).code, 2);
        assert!(place.ok(&["client", "list"]).contains("disabled"));

        let statistics = place.json(&["client", "statistics"]);
        assert_eq!(statistics["sources"], json!([{ "name": "operator", "clients": 2 }]));
        assert!(place.ok(&["client", "statistics"]).contains("Reports"));
        assert_eq!(place.ok(&["client", "removed"]), "No client is gone.\n");
        place.ok(&["client", "delete", &wiki]);
        let removed = place.json(&["client", "removed"]);
        assert_eq!(
            (&removed[0]["client_id"], &removed[0]["reason"]),
            (&json!(wiki), &json!("deleted_by_operator"))
        );
        assert!(place.ok(&["client", "removed"]).contains("Wiki"));
    });
}

/// What `--dry-run` says would go is what the receipt says went.
#[test]
fn the_receipt_of_a_deletion_is_what_the_dry_run_announced() {
    on_both(|place| {
        let resource = place.json(&["resource", "add", "https://api.example.com"]);
        let id = text(&resource, "client_id");
        place.ok(&["client", "registration-access-token", id]);
        place.ok(&["client", "registration-access-token", id]);
        let announced = place.json(&["client", "delete", id, "--dry-run"]);
        let in_words = place.ok(&["client", "delete", id, "--dry-run"]);
        assert_eq!(announced["deleted"], false);
        assert_eq!(announced["belongings"]["registration_access_tokens"], 2);
        assert_eq!(announced["belongings"]["resource_introspectors"], 1);
        assert!(in_words.contains("would be deleted") && in_words.contains("registration access tokens:"));
        assert_eq!(client_ids(place), [id]);

        let receipt = place.json(&["client", "delete", id]);
        assert_eq!(receipt["deleted"], true);
        assert_eq!(receipt["belongings"], announced["belongings"]);
        assert_eq!(client_ids(place), [""; 0]);
        let resources = place.json(&["resource", "list"]);
        assert_eq!(resources[0]["introspection_clients"], json!([]));
    });
}

/// RFC 7591 §5: a client's name is its own; nothing in it moves the cursor of the operator's terminal.
#[test]
fn a_listed_name_holds_no_control_characters() {
    let place = Place::sqlite();
    // As it could stand in a row of an earlier version or of another program.
    place.ok(&["client", "add", "--name", "plain", "--grant", "client_credentials"]);
    let id = client_ids(&place).remove(0);
    let mut conn = <diesel::SqliteConnection as diesel::Connection>::establish(
        place.file("data/grantor.db").to_str().unwrap(),
    )
    .unwrap();
    diesel::connection::SimpleConnection::batch_execute(
        &mut conn,
        "UPDATE clients SET metadata = replace(metadata, 'plain', 'a\\u001b[2J\\u009bb\\u202ec')",
    )
    .unwrap();
    for arguments in [vec!["client", "list"], vec!["client", "list", "--json"], vec!["client", "show", &id]] {
        let out = place.ok(&arguments);
        assert!(out.contains("[2J"), "{out}");
        assert!(!out.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{out:?}");
    }
}
