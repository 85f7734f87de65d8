//! Names, and names in other languages. RFC 7591 §2 and §2.2.

use serde_json::{Map, Value, json};

use super::*;

/// D15 and section 9: limits of texts; a name may hold parentheses.
#[test]
fn names_are_short_and_visible() {
    assert!(accepted(&json!({"client_name": "Claude Code (my server) \u{1f680}"})).client_name.is_some());
    assert!(accepted(&json!({"client_name": "\u{e9}".repeat(256)})).client_name.is_some());
    for name in ["client_name", "software_id", "software_version", "mcp_version"] {
        let bad = [
            "a".repeat(257),
            " \u{3000}\u{a0}".to_owned(),
            "a\nb".to_owned(),
            "a\0".to_owned(),
            "\u{9b}x".to_owned(),
        ];
        all_refused("invalid_client_metadata", &bad.map(|text| (name, json!(text))));
    }
    all_refused("invalid_client_metadata", &[("contacts", json!(["a@b.test", "x\r\nBcc: c@d.test"]))]);
    all_refused(
        "invalid_client_metadata",
        &[("contacts", json!((0..51).map(|n| n.to_string()).collect::<Vec<_>>()))],
    );
}

/// D09, RFC 7591 §2.2: members with a language tag are kept exactly, and found for whoever reads that language.
#[test]
fn names_in_other_languages_are_kept_and_found() {
    let sent = json!({
        "client_name": "Example", "client_name#ja-Jpan-JP": "\u{4f8b}", "client_name#DE": "Beispiel",
        "client_uri#de": "https://a.test/de", "tos_uri#de": "https://a.test/de/agb", "policy_uri#de": "https://a.test/de/daten",
        "logo_uri#de": "https://a.test/de.png",
    });
    let kept = accepted(&sent);
    let written = members(&json!(kept));
    for (name, value) in members(&sent) {
        assert_eq!(written.get(&name), Some(&value), "{name}");
    }
    let find = |member: &str, wanted: &[&str]| {
        kept.localized(member, &wanted.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>())
            .map(str::to_owned)
    };
    for (member, wanted, found) in [
        ("client_name", vec!["de-AT", "ja"], Some("Beispiel")),
        ("client_name", vec!["ja"], Some("\u{4f8b}")),
        ("client_name", vec!["fr"], Some("Example")),
        ("client_name", vec![], Some("Example")),
        ("client_uri", vec!["fr"], Some("https://a.test/de")),
        ("redirect_uris", vec!["de"], None),
    ] {
        assert_eq!(find(member, &wanted).as_deref(), found, "{member} {wanted:?}");
    }
    let names: Vec<&str> = kept.in_all_languages("client_name").collect();
    assert_eq!(names, ["Example", "Beispiel", "\u{4f8b}"]);
}

/// D09, D15: they are under the rules of the member without a tag, the tag under those of BCP 47, and there are not too many.
#[test]
fn names_in_other_languages_are_validated() {
    for (name, value) in [
        ("client_name#ja", json!(1)),
        ("client_name#ja", json!(["a"])),
        ("client_name#ja", json!("a\u{0}")),
        ("client_name#ja", json!("a".repeat(257))),
        ("client_name#ja", json!("\u{3000}")),
        ("logo_uri#ja", json!("http://a.test/x.png")),
        ("tos_uri#ja", json!("https://a@b.test/")),
        ("policy_uri#ja", json!(true)),
    ] {
        all_refused("invalid_client_metadata", &[(name, value)]);
    }
    for tag in ["", "e", "en_US", "en--us", "en us", "en#ja", "toolonglanguage", "\u{e9}n", "-", "<script>"] {
        let (_, description) = refused(&json!({ format!("client_name#{tag}"): "x" }));
        assert!(description.starts_with("client_name: the value '"), "{tag}: {description}");
        assert!(description.contains("is not a language tag"), "{tag}: {description}");
    }
    let twice = json!({"client_name#de": "a", "client_name#DE": "b"});
    assert!(refused(&twice).1.contains("appears twice"));
    let many = |count: usize| -> Value {
        (0..count).map(|n| (format!("client_name#en-x-{n}"), json!("x"))).collect::<Map<_, _>>().into()
    };
    assert_eq!(accepted(&many(30)).in_all_languages("client_name").count(), 30);
    assert!(refused(&many(31)).1.starts_with("client_name comes in more than 30 languages"));
}

/// Null and "" are no values; a tag on a member that has no languages makes a member of no known name.
#[test]
fn an_empty_tagged_member_is_absent() {
    let nothing = json!({"client_name#ja": null, "client_name#de": "", "contacts#de": ["x"], "jwks_uri#de": "javascript:x", "#": 1, "#de": 1, "client_name#": null});
    assert_eq!(accepted(&nothing), accepted(&json!({})));
}

/// A row that a later version wrote is read all the same.
#[test]
fn what_a_row_holds_beside_is_passed_over() {
    let kept = accepted(&json!({"client_name#ja": "\u{4f8b}"}));
    let mut row = members(&json!(kept));
    row.insert("x_later".to_owned(), json!({"a": [1]}));
    assert_eq!(serde_json::from_value::<ClientMetadata>(Value::Object(row)).unwrap(), kept);
}
