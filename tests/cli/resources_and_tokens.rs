//! `grantor resource` and `grantor initial-access-token`.

use serde_json::json;

use super::support::{Place, client_ids, on_both, text};

const API: &str = "https://mcp.example.com/mcp";

/// RFC 8707, RFC 9728 §2, §3.1 and §5.1: what the resource server needs, printed this once.
#[test]
fn a_resource_comes_with_its_introspection_client_and_its_metadata() {
    on_both(|place| {
        let more = [
            "--name",
            "Notes",
            "--scope",
            "notes.read notes.write",
            "--format",
            "opaque",
            "--lifetime",
            "5m",
        ];
        let added = place.json(&[["resource", "add", API].as_slice(), &more].concat());
        let (id, secret) = (text(&added, "client_id"), text(&added, "client_secret"));
        assert_eq!(
            added["protected_resource_metadata"],
            json!({
                "resource": API,
                "authorization_servers": ["http://localhost:8080"],
                "scopes_supported": ["notes.read", "notes.write"],
                "bearer_methods_supported": ["header"],
                "resource_name": "Notes",
            })
        );
        assert_eq!(
            text(&added, "www_authenticate"),
            "Bearer resource_metadata=\"https://mcp.example.com/.well-known/oauth-protected-resource/mcp\""
        );

        let listed = place.json(&["resource", "list"]);
        let expected = json!([{
            "id": added["id"],
            "resource": API,
            "aliases": [],
            "protected_resource_metadata": added["protected_resource_metadata"],
            "protected_resource_metadata_url": added["protected_resource_metadata_url"],
            "www_authenticate": added["www_authenticate"],
            "source": "database",
            "name": "Notes",
            "scopes": ["notes.read", "notes.write"],
            "access_token_format": "opaque",
            "access_token_lifetime": 300,
            "introspection_clients": [id],
        }]);
        assert_eq!(listed, expected);
        assert!(!place.ok(&["resource", "list"]).contains(secret));
        // It can introspect and nothing else.
        let client = place.json(&["client", "show", id]);
        assert_eq!((&client["grant_types"], client.get("scope")), (&json!([]), None));

        // Its scopes are known from now on.
        place.ok(&["client", "add", "--name", "x", "--grant", "client_credentials", "--scope", "notes.read"]);
        let deleted = place.run(&["resource", "delete", API]);
        assert_eq!(
            (deleted.code, deleted.out.as_str()),
            (0, format!("The resource {API} is deleted.\n").as_str())
        );
        assert!(deleted.err.contains(id), "{}", deleted.err);
        assert_eq!(place.json(&["resource", "list"]), json!([]));
        assert_eq!(place.refused(1, &["resource", "delete", API]), format!("There is no resource {API}."));
    });
}

#[test]
fn a_resource_is_printed_for_people_too() {
    let place = Place::sqlite();
    let added = place.ok(&["resource", "add", API]);
    for part in [
        "client_id:",
        "client_secret:",
        "Serve this at https://mcp.example.com/.well-known/",
        "WWW-Authenticate: Bearer",
    ] {
        assert!(added.contains(part), "{added}");
    }
    assert!(place.ok(&["resource", "list"]).contains(API));
    // The same again, by any name of it, without the secret.
    let shown = place.ok(&["resource", "show", &format!("{API}/")]);
    assert!(shown.contains("Serve this at https://mcp.example.com/.well-known/"), "{shown}");
    assert!(shown.contains("WWW-Authenticate: Bearer resource_metadata="), "{shown}");
    assert!(!shown.contains("client_secret"), "{shown}");
}

/// RFC 8707: what no option names stays as it is, and what was said before can be taken away.
#[test]
fn a_resource_is_changed() {
    on_both(|place| {
        let more = [
            "--name",
            "Notes",
            "--scope",
            "notes.read",
            "--alias",
            "https://mcp.example.com",
            "--lifetime",
            "5m",
        ];
        place.json(&[["resource", "add", API].as_slice(), &more].concat());
        place.ok(&["resource", "set", API, "--scope", "notes.write", "--format", "opaque"]);
        let shown = place.ok(&["resource", "show", API]);
        assert!(["Notes", "opaque", "300 seconds"].iter().all(|what| shown.contains(what)), "{shown}");
        let shown = place.json(&["resource", "show", API]);
        assert_eq!((text(&shown, "name"), &shown["scopes"]), ("Notes", &json!(["notes.write"])));
        assert_eq!(
            (text(&shown, "access_token_format"), &shown["access_token_lifetime"]),
            ("opaque", &json!(300))
        );
        assert_eq!(shown["aliases"], json!(["https://mcp.example.com"]));
        place.ok(&["resource", "set", API, "--name", "", "--every-scope", "--no-alias", "--default-tokens"]);
        let shown = place.json(&["resource", "show", API]);
        for (member, value) in [("name", json!(null)), ("scopes", json!([])), ("aliases", json!([]))] {
            assert_eq!(shown[member], value, "{member}");
        }
        assert!(
            shown["access_token_format"].is_null() && shown["access_token_lifetime"].is_null(),
            "{shown}"
        );
        assert_eq!(
            place.run(&["resource", "set", API, "--no-alias", "--alias", "https://a.example"]).code,
            2
        );
        place.refused(1, &["resource", "set", "https://unknown.example", "--name", "x"]);
    });
}

/// registration.md §2: the policies of the settings, that of open registration first.
#[test]
fn policies_are_listed() {
    let place = Place::sqlite();
    let listed = place.json(&["registration", "policies"]);
    assert_eq!(listed["policies"][0]["is_default"], true);
    let shown = place.ok(&["registration", "policies"]);
    assert!(shown.contains("authorization_code refresh_token"), "{shown}");
}

/// registration.md §6: an alias is one resource's alone.
#[test]
fn an_alias_belongs_to_one_resource() {
    on_both(|place| {
        let old = "https://old.example/mcp";
        let added = place.json(&["resource", "add", API, "--alias", old]);
        assert_eq!(added["aliases"], json!([old]));
        assert_eq!(place.json(&["resource", "show", old])["resource"], API);
        let sentence = place.refused(1, &["resource", "add", old]);
        assert_eq!(sentence, format!("The resource {old} is registered already."));
        let sentence =
            place.refused(1, &["resource", "add", "https://b.example", "--alias", &format!("{API}/")]);
        assert_eq!(sentence, format!("The resource {API}/ is registered already."));
        place.ok(&["resource", "delete", API]);
        place.ok(&["resource", "add", old]);
    });
}

/// RFC 8707 §2: an absolute URI without fragment. And one resource is not two, whatever its last slash.
#[test]
fn what_cannot_be_a_resource_is_refused_and_leaves_no_client() {
    on_both(|place| {
        place.ok(&["resource", "add", API]);
        let clients = client_ids(place).len();
        for bad in ["mcp.example.com", "/mcp", "https://mcp.example.com/mcp#part", "https://a.example/ b", ""]
        {
            let sentence = place.refused(1, &["resource", "add", bad]);
            assert!(sentence.contains("write an absolute URI without fragment"), "{sentence}");
        }
        for again in [API.to_owned(), format!("{API}/")] {
            let sentence = place.refused(1, &["resource", "add", &again]);
            assert_eq!(sentence, format!("The resource {again} is registered already."));
        }
        for (option, value) in [("--format", "saml"), ("--lifetime", "2d"), ("--lifetime", "soon")] {
            let done = place.run(&["resource", "add", "https://b.example", option, value]);
            assert_eq!(done.code, 2, "{option} {value}: {done:?}");
        }
        assert_eq!(client_ids(place).len(), clients);
    });
}

#[test]
fn a_resource_of_the_configuration_is_listed_and_left_alone() {
    let place = Place::sqlite();
    std::fs::write(place.file("grantor.toml"), format!("[[resources]]\nidentifier = \"{API}\"\n")).unwrap();
    let listed = place.json(&["resource", "list"]);
    assert_eq!((text(&listed[0], "resource"), text(&listed[0], "source")), (API, "configuration"));
    for command in ["add", "delete"] {
        assert!(place.refused(1, &["resource", command, API]).contains("stands in the configuration"));
    }
}

/// RFC 7591 §1.2 and §3.
#[test]
fn an_initial_access_token_is_issued_listed_without_itself_and_revoked() {
    on_both(|place| {
        let issued = place.json(&["initial-access-token", "issue"]);
        let token = text(&issued, "initial_access_token");
        assert_eq!(issued["uses"], 1);
        let plain = place.ok(&[
            "initial-access-token",
            "issue",
            "--name",
            "ci",
            "--uses",
            "3",
            "--expires-in",
            "10m",
            "--grant",
            "client_credentials",
            "--scope",
            "openid",
        ]);
        assert!(plain.contains("initial_access_token: "), "{plain}");

        let listed = place.json(&["initial-access-token", "list"]);
        let created = listed[0]["created_at"].as_i64().unwrap();
        assert_eq!(listed[0]["expires_at"].as_i64().unwrap() - created, 86_400);
        assert_eq!(listed[1]["grant_types"], json!(["client_credentials"]));
        assert_eq!((text(&listed[1], "scopes"), &listed[1]["uses_left"]), ("openid", &json!(3)));
        let table = place.ok(&["initial-access-token", "list"]);
        assert!(table.contains("good") && !table.contains("revoked"), "{table}");
        assert!(!format!("{listed}{table}").contains(token));

        let id = issued["id"].to_string();
        place.ok(&["initial-access-token", "revoke", &id]);
        assert!(place.ok(&["initial-access-token", "list"]).contains("revoked"));
        for gone in [id.as_str(), "4711"] {
            let sentence = place.refused(1, &["initial-access-token", "revoke", gone]);
            assert!(sentence.contains(&format!("no initial access token {gone}")), "{sentence}");
        }
    });
}

#[test]
fn an_initial_access_token_that_makes_no_sense_is_not_issued() {
    let place = Place::sqlite();
    for bad in [["--uses", "0"], ["--expires-in", "0"], ["--expires-in", "1 week"], ["--grant", "password"]] {
        assert_eq!(place.run(&[["initial-access-token", "issue"], bad].concat()).code, 2, "{bad:?}");
    }
    let sentence = place.refused(1, &["initial-access-token", "issue", "--scope", "nonsense"]);
    assert!(sentence.contains("The scope nonsense is not known here"), "{sentence}");
    let off = Place::sqlite().with("GRANTOR_REGISTRATION__MODE", "off");
    let done = off.run(&["initial-access-token", "issue"]);
    assert!(done.code == 0 && done.err.contains("registration.mode is off"), "{done:?}");
    assert_eq!(place.json(&["initial-access-token", "list"]), json!([]));
}
