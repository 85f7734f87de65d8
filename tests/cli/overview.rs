//! `grantor overview`.

use super::support::on_both;

/// Issue 5, line 6: the numbers of the desk by the command line.
#[test]
fn the_overview_counts_what_there_is_and_what_happened() {
    on_both(|place| {
        assert!(place.ok(&["overview"]).contains("Nothing happened in the last thirty days."));
        let add = ["user", "add", "alice", "--email", "alice@example.com", "--password-stdin"];
        assert_eq!(place.run_with_input(&add, "correct horse battery staple\n").code, 0);
        place.ok(&["client", "add", "--name", "Reports", "--grant", "client_credentials"]);

        let found = place.json(&["overview"]);
        assert_eq!((&found["people"], &found["clients"]), (&1.into(), &1.into()), "{found}");
        assert_eq!((&found["sessions"], &found["pending_clients"]), (&0.into(), &0.into()), "{found}");
        assert_eq!(found["registrations"][0]["number"], 1, "{found}");
        assert_eq!(found["registrations"][0]["name"], "operator", "{found}");

        let printed = place.ok(&["overview"]);
        let counted = |name: &str| printed.lines().any(|line| line.starts_with(name) && line.ends_with(" 1"));
        assert!(counted("people") && counted("clients"), "{printed}");
        let day = printed.lines().last().unwrap().split_whitespace().collect::<Vec<_>>();
        assert_eq!(day[1..], ["1", "0", "0", "0", "0"], "{printed}");
    });
}
