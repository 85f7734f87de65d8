//! `grantor user`.

use super::support::{Place, on_both, text};

const PASSWORD: &str = "correct horse battery staple";

fn add(place: &Place, name: &str, more: &[&str], input: &str) -> super::support::Done {
    let base = ["user", "add", name, "--email", "alice@example.com", "--password-stdin"];
    place.run_with_input(&[&base, more].concat(), input)
}

#[test]
fn a_person_is_made_once_and_listed_without_the_password() {
    on_both(|place| {
        assert!(place.ok(&["user", "list"]).contains("There is nobody yet."));
        let made = add(place, "Alice", &["--admin"], &format!("{PASSWORD}\n"));
        assert_eq!((made.code, made.err.as_str()), (0, ""), "{made:?}");
        assert!(made.out.contains("administrator Alice can sign in"), "{}", made.out);
        let again = add(place, "alice", &[], PASSWORD);
        assert_eq!((again.code, again.err.trim_end()), (1, "The name alice is taken."));

        let people = place.json(&["user", "list"]);
        assert_eq!(people.as_array().unwrap().len(), 1);
        assert_eq!((text(&people[0], "name"), text(&people[0], "email")), ("alice", "alice@example.com"));
        assert_eq!(people[0]["is_administrator"], true);
        assert!(text(&people[0], "sub").starts_with("u-"));
        let listed = format!("{}{people}", place.ok(&["user", "list"]));
        assert!(!listed.contains("argon2") && !listed.contains("correct horse"), "{listed}");
    });
}

/// Passwords come by standard input only: an argument is seen by everybody on the machine.
#[test]
fn a_password_is_read_from_standard_input_or_not_at_all() {
    let place = Place::sqlite();
    let without = place.run(&["user", "add", "bob", "--email", "bob@example.com"]);
    assert_eq!(without.code, 2);
    assert!(without.err.contains("--password-stdin"), "{}", without.err);
    let argument = place.run(&["user", "add", "bob", "--email", "b@example.com", "--password", PASSWORD]);
    assert_eq!(argument.code, 2);
    assert_eq!(
        place.refused(1, &["user", "add", "bob", "--email", "bob@example.com", "--password-stdin"]),
        "Standard input holds no password."
    );
    assert!(!place.file("data").exists(), "nothing is made for a command that is refused");
}

#[test]
fn a_weak_password_or_a_bad_name_or_address_is_refused_in_a_sentence() {
    let place = Place::sqlite();
    for (name, email, password) in [
        ("bob", "bob@example.com", "short\n"),
        ("a b", "bob@example.com", PASSWORD),
        ("bob", "not an address", PASSWORD),
    ] {
        let arguments = ["user", "add", name, "--email", email, "--password-stdin"];
        let done = place.run_with_input(&arguments, password);
        assert_eq!((done.code, done.out.as_str()), (1, ""), "{done:?}");
        assert!(done.err.trim_end().ends_with('.') && done.err.lines().count() == 1, "{}", done.err);
        assert!(!done.err.contains(password.trim()), "{}", done.err);
    }
    assert_eq!(place.json(&["user", "list"]).as_array().unwrap().len(), 0);
}
