//! `grantor doctor clients`: the clients that exist, walked through a running server.

use serde_json::Value;

use super::running_server::{Server, free_address};
use super::support::{Place, client_ids, on_both};

/// A server whose issuer is where it listens, with one more setting.
fn serve(place: &Place, setting: Option<(&str, &str)>) -> (Server, Vec<(String, String)>) {
    let address = free_address();
    let port = address.rsplit(':').next().unwrap();
    let mut environment = vec![("GRANTOR_ISSUER".to_owned(), format!("http://localhost:{port}"))];
    environment.extend(setting.map(|(name, value)| (name.to_owned(), value.to_owned())));
    (Server::start_with(place, &[], &address, &environment), environment)
}

/// What the doctor says of each client, and its exit code.
fn examine(place: &Place, environment: &[(String, String)]) -> (i32, Vec<Value>) {
    let mut command = place.command(&["doctor", "clients", "--json"]);
    let output = command.envs(environment.iter().map(|(name, value)| (name, value))).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let clients = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out} {:?}", output.stderr));
    (output.status.code().unwrap(), clients)
}

fn faults(clients: &[Value]) -> Vec<String> {
    let failed = clients.iter().filter(|client| client["works"] == false);
    let said = failed.map(|client| {
        let steps = client["steps"].as_array().unwrap();
        format!("{}: {} {}", client["client"], steps.last().unwrap()["step"], steps.last().unwrap()["fault"])
    });
    said.collect()
}

/// registration.md §7: each of them registers, is allowed, gets and refreshes its tokens, and deletes itself.
#[test]
fn every_known_client_works_and_nothing_of_it_stays() {
    on_both(|place| {
        place.ok(&["resource", "add", "http://localhost:1", "--scope", "notes.read"]);
        let before = client_ids(place);
        let (server, environment) = serve(place, None);
        let (code, clients) = examine(place, &environment);
        assert_eq!((code, faults(&clients)), (0, Vec::new()));
        assert!(clients.len() >= 17, "{}", clients.len());
        drop(server);
        assert_eq!(client_ids(place), before);
        assert_eq!(place.json(&["user", "list"]), serde_json::json!([]));
        assert_eq!(place.json(&["client", "removed"]), serde_json::json!([]));
    });
}

/// The step that fails is named, with what the server says: one refused redirect URI stops Cursor and nobody else.
#[test]
fn what_would_fail_is_named_with_the_reason() {
    on_both(|place| {
        let (_server, environment) = serve(place, Some(("GRANTOR_REGISTRATION__PRIVATE_USE_SCHEMES", "")));
        let (code, clients) = examine(place, &environment);
        let faults = faults(&clients);
        assert_eq!((code, faults.len()), (1, 2), "{faults:?}");
        for fault in faults {
            assert!(fault.contains("Cursor") && fault.contains("registration"), "{fault}");
            assert!(fault.contains("invalid_redirect_uri") && fault.contains("cursor://"), "{fault}");
        }
    });
}

/// D11: closed registration is walked with a token of its own; without any registration, that is what is said.
#[test]
fn the_modes_of_registration_are_walked_too() {
    on_both(|place| {
        let mode = "GRANTOR_REGISTRATION__MODE";
        let (server, environment) = serve(place, Some((mode, "initial_access_token")));
        let (code, clients) = examine(place, &environment);
        assert_eq!((code, faults(&clients)), (0, Vec::new()));
        drop(server);
        let (_server, environment) = serve(place, Some((mode, "off")));
        let (code, clients) = examine(place, &environment);
        let faults = faults(&clients);
        assert_eq!((code, faults.len()), (1, clients.len()));
        assert!(faults.iter().all(|fault| fault.contains("registration.mode is off")), "{faults:?}");
    });
}

/// Nobody answers: every client is told so, and nothing stays.
#[test]
fn a_server_that_does_not_answer_is_said() {
    on_both(|place| {
        let environment = [("GRANTOR_ISSUER".to_owned(), format!("http://{}", free_address()))];
        let (code, clients) = examine(place, &environment);
        assert_eq!((code, faults(&clients).len()), (1, clients.len()));
        assert_eq!(place.json(&["user", "list"]), serde_json::json!([]));
    });
}
