use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fluent_bundle::FluentResource;

use super::*;

/// Key → the names of its values, of one language.
fn entries(language: &Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut entries = BTreeMap::new();
    for source in language.sources {
        assert!(
            FluentResource::try_new((*source).to_owned()).is_ok(),
            "{}: a file has a fault of syntax",
            language.tag
        );
        let mut key = String::new();
        for line in source.lines() {
            if let Some((name, _)) = line.split_once('=')
                && line.starts_with(|first: char| first.is_ascii_lowercase())
            {
                name.trim().clone_into(&mut key);
                let before = entries.insert(key.clone(), BTreeSet::new());
                assert!(before.is_none(), "{}: {key} stands there twice", language.tag);
            }
            let values: &mut BTreeSet<String> = entries.entry(key.clone()).or_default();
            for part in line.split('$').skip(1) {
                values.insert(part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect());
            }
        }
    }
    entries.remove("");
    entries
}

/// Line 8: every language has every text, with the same values in it.
#[test]
fn every_language_is_complete() {
    let english = entries(&LANGUAGES[0]);
    for language in &LANGUAGES[1..] {
        let other = entries(language);
        let missing: Vec<_> = english.keys().filter(|key| !other.contains_key(*key)).collect();
        let extra: Vec<_> = other.keys().filter(|key| !english.contains_key(*key)).collect();
        assert!(missing.is_empty() && extra.is_empty(), "{}: lacks {missing:?}, has {extra:?}", language.tag);
        for (key, values) in &english {
            assert_eq!(&other[key], values, "{}: {key}", language.tag);
        }
    }
}

/// Every file of every language is read.
#[test]
fn every_file_is_read() {
    for language in &LANGUAGES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(language.tag);
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), language.sources.len(), "{}", language.tag);
    }
}

/// Every key in a template or a source file is a text, and every text is used.
#[test]
fn every_key_is_a_text_and_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = String::new();
    for folder in ["src", "templates"] {
        collect(&root.join(folder), &mut all);
    }
    let english = entries(&LANGUAGES[0]);
    for call in [".t(\"", ".with(\"", ".with_all(\"", ".count(\"", ".around(\"", " say(\"", "(say(\""] {
        for rest in all.split(call).skip(1) {
            let key = rest.split('"').next().unwrap();
            assert!(english.contains_key(key) || !key.contains('-'), "{call}{key}\": there is no such text");
        }
    }
    let unused: Vec<_> = english.keys().filter(|key| !all.contains(&format!("\"{key}\""))).collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
}

/// A sentence that is said later gets every value that stands in it, and no other.
#[test]
fn every_message_has_its_values() {
    let mut all = String::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    let all: String = all.split_whitespace().collect();
    let english = entries(&LANGUAGES[0]);
    let mut wrong = Vec::new();
    for rest in all.split("say(\"").skip(1) {
        let key = rest.split('"').next().unwrap();
        let Some(wanted) = english.get(key) else { continue };
        // An arm of a choice is finished behind it.
        if rest[key.len()..].starts_with("\"),") {
            continue;
        }
        // As far as the calls on it go.
        let calls = rest.split([';', '}', '{']).next().unwrap().split("=>").next().unwrap();
        let given: BTreeSet<_> =
            calls.split(".with(\"").skip(1).map(|it| it.split('"').next().unwrap().to_owned()).collect();
        if given != *wanted {
            wrong.push(format!("{key}: {given:?} for {wanted:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What is refused is said in the language of whoever reads it, and in English to programs.
#[test]
fn a_message_is_said_in_every_language() {
    let message = say("refused-lifetime").with("most", 60).about("lifetime");
    assert_eq!(message.to_string(), "The lifetime must be 1 to 60 seconds.");
    assert_eq!(message.in_words(Texts::of(&["de"])), "Die Lebensdauer muss 1 bis 60 Sekunden sein.");
    assert_eq!(message.member(), Some("lifetime"));
}

fn collect(folder: &Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, all);
        } else if !path.ends_with("texts/tests.rs") {
            all.push_str(&std::fs::read_to_string(&path).unwrap_or_default());
        }
    }
}

/// U02: how long an access lasts is said in words, exactly.
#[test]
fn a_length_of_time_is_said_exactly() {
    for (seconds, said) in [
        (1, "1 second"),
        (90, "90 seconds"),
        (60, "1 minute"),
        (3_600, "1 hour"),
        (5_400, "90 minutes"),
        (86_400, "1 day"),
        (7_776_000, "90 days"),
    ] {
        assert_eq!(Texts::default().length(seconds), said);
    }
    assert_eq!(Texts::of(&["de"]).length(7_776_000), "90 Tagen");
}

/// A day is written as people write it in their language.
#[test]
fn a_day_is_written_in_each_language() {
    for (tag, said) in [
        ("en", "21 November 2026"),
        ("de", "21. November 2026"),
        ("fr", "21 novembre 2026"),
        ("es", "21 de noviembre de 2026"),
        ("ja", "2026年11月21日"),
    ] {
        let texts = Texts::of(&[tag]);
        assert_eq!(texts.day(1_795_219_200), said);
        assert_eq!(texts.t("date-months").split(' ').count(), 12, "{tag}");
    }
    assert_eq!(Texts::default().moment(1_795_219_200 + 7_500), "21 November 2026, 02:05 UTC");
}

/// `de-AT` reads German, `pt` English.
#[test]
fn a_language_is_found_by_its_first_subtag() {
    assert_eq!(Texts::of(&["pt", "de-AT", "fr"]).tag(), "de");
    assert_eq!(Texts::of(&["tlh"]).tag(), "en");
    assert_eq!(Texts::of::<&str>(&[]).tag(), "en");
}

/// No line of a French text begins with a mark that belongs to the one before.
#[test]
fn french_marks_stay_with_their_words() {
    let french = Texts::of(&["fr"]);
    assert_eq!(french.with("title-error", "title", "Groupes"), "Erreur\u{a0}: Groupes");
    assert_eq!(french.t("accounts-reset-title"), "Mot de passe oublié\u{202f}?");
    assert_eq!(french.with("factors-passkey-edit", "name", "a"), "Renommer ou supprimer «\u{a0}a\u{a0}»");
}
