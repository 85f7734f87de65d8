//! `grantor apply`, `grantor client import` and `export`: clients as documents.

use serde_json::{Value, json};

use super::support::{Place, client_ids, on_both, text};

fn write(place: &Place, clients: &Value) -> String {
    std::fs::write(place.file("clients.json"), json!({ "clients": clients }).to_string()).unwrap();
    "clients.json".to_owned()
}

fn apply(place: &Place, clients: &Value, more: &[&str]) -> Value {
    let file = write(place, clients);
    place.json(&[&["apply", "-f", &file], more].concat())
}

fn actions(applied: &Value) -> Vec<String> {
    let of = |client: &Value| format!("{} {}", text(client, "client_id"), text(client, "action"));
    applied.as_array().unwrap().iter().map(of).collect()
}

fn wiki(name: &str) -> Value {
    json!({ "client_id": "wiki", "client_name": name, "redirect_uris": ["https://wiki.example/cb"] })
}

fn job() -> Value {
    json!({ "client_id": "job", "client_name": "Job", "grant_types": ["client_credentials"] })
}

/// What is there is left alone, what differs is changed, what is missing is made; the second time nothing is to do.
#[test]
fn a_document_is_what_the_clients_become() {
    on_both(|place| {
        let dry = apply(place, &json!([wiki("Wiki"), job()]), &["--dry-run"]);
        assert_eq!(actions(&dry), ["wiki create", "job create"]);
        assert!(client_ids(place).is_empty(), "a dry run changes nothing");
        let made = apply(place, &json!([wiki("Wiki"), job()]), &[]);
        assert_eq!(actions(&made), ["wiki create", "job create"]);
        assert!(text(&made[1], "client_secret").len() >= 43);
        assert_eq!(actions(&apply(place, &json!([wiki("Wiki"), job()]), &[])), ["wiki keep", "job keep"]);

        let dry = apply(place, &json!([wiki("The wiki")]), &["--dry-run"]);
        let changed = apply(place, &json!([wiki("The wiki")]), &[]);
        assert_eq!(dry, changed, "the preview says what happens");
        assert_eq!(changed[0]["changed"], json!({ "client_name": { "from": "Wiki", "to": "The wiki" } }));
        assert_eq!(changed[0].get("client_secret"), None, "its secret stays");
        assert_eq!(client_ids(place), ["wiki", "job"], "who is not named is left alone");
    });
}

/// D05: every path passes the one validation; and one fault undoes everything.
#[test]
fn one_fault_refuses_the_whole_document() {
    on_both(|place| {
        let bad = json!({ "client_id": "bad", "redirect_uris": ["javascript:alert(1)"] });
        for (clients, said) in [
            (json!([wiki("Wiki"), bad]), "bad: redirect_uris"),
            (json!([wiki("Wiki"), wiki("Wiki")]), "twice"),
            (json!([wiki("Wiki"), { "client_name": "nobody" }]), "needs a client_id"),
            (json!([wiki("Wiki"), { "client_id": "https://wiki.example/client.json" }]), "letters, digits"),
            (
                json!([wiki("Wiki"), { "client_id": "u-1", "grant_types": ["client_credentials"] }]),
                "must not begin",
            ),
            (json!([wiki("Wiki"), { "client_id": "export" }]), "a word of the admin API"),
            (json!([wiki("Wiki"), { "client_id": "job", "client_secret": "short" }]), "at least 32"),
            (json!("wiki"), "which is an array of objects"),
        ] {
            let file = write(place, &clients);
            let sentence = place.refused(1, &["apply", "-f", &file]);
            assert!(sentence.contains(said), "{sentence}");
            assert!(client_ids(place).is_empty(), "{said}");
        }
        std::fs::write(place.file("twice.json"), r#"{"clients": [], "clients": []}"#).unwrap();
        assert!(place.refused(1, &["apply", "-f", "twice.json"]).contains("clients"));
        assert!(place.refused(1, &["apply", "-f", "nowhere.json"]).contains("cannot be read"));
    });
}

/// Clients come from elsewhere with their secrets, and go elsewhere without.
#[test]
fn an_export_is_an_import() {
    on_both(|place| {
        let secret = "0123456789abcdef0123456789abcdef";
        let mut given = job();
        given["client_secret"] = secret.into();
        let file = write(place, &json!([wiki("Wiki"), given]));
        let made = place.json(&["client", "import", &file]);
        assert_eq!(actions(&made), ["wiki create", "job create"]);
        assert_eq!(made[1].get("client_secret"), None, "it is known where it came from");
        assert!(place.refused(1, &["client", "import", &file]).contains("There is a client wiki already"));
        let new = json!({ "client_id": "new", "grant_types": ["client_credentials"] });
        let file = write(place, &json!([new, wiki("Wiki")]));
        place.refused(1, &["client", "import", &file]);
        assert_eq!(client_ids(place), ["wiki", "job"], "all of it or nothing");

        let exported = place.ok(&["client", "export"]);
        assert!(!exported.contains(secret) && !exported.contains("client_secret\""), "{exported}");
        std::fs::write(place.file("exported.json"), &exported).unwrap();
        assert_eq!(actions(&place.json(&["apply", "-f", "exported.json"])), ["wiki keep", "job keep"]);
        let elsewhere = Place::sqlite();
        std::fs::write(elsewhere.file("exported.json"), &exported).unwrap();
        elsewhere.json(&["client", "import", "exported.json"]);
        assert_eq!(elsewhere.ok(&["client", "export"]), exported);
    });
}

/// What an operator gives later is not taken back by the policy of the day when the client was made.
#[test]
fn a_document_may_give_more_than_before() {
    on_both(|place| {
        apply(place, &json!([wiki("Wiki")]), &[]);
        let mut more = wiki("Wiki");
        more["grant_types"] = json!(["authorization_code", "client_credentials"]);
        assert_eq!(actions(&apply(place, &json!([more]), &[])), ["wiki update"]);
        let shown = place.json(&["client", "show", "wiki"]);
        assert_eq!(shown["grant_types"], more["grant_types"], "{shown}");
    });
}
