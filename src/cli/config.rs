//! `grantor config check` and `grantor config print`.

use std::path::Path;

use serde_json::json;

use crate::config::{Config, Effective, Entry, Origin, Problems};

/// Says that the settings are right, or everything that is wrong with them.
pub fn check(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<String, Problems> {
    let config = Config::load(file, environment)?;
    Ok(format!("The settings are complete and consistent. The issuer is {}.\n", config.issuer.as_str()))
}

/// The values that hold and where each comes from, as TOML with comments or as JSON. Secrets are `***`.
pub fn print(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    as_json: bool,
) -> Result<String, Problems> {
    let effective = Effective::read(file, environment);
    effective.clone().into_config()?;
    if as_json {
        let entries: Vec<_> = effective.entries().iter().map(entry_as_json).collect();
        return Ok(format!("{:#}\n", serde_json::Value::from(entries)));
    }
    Ok(effective.entries().iter().map(line).collect())
}

fn line(entry: &Entry) -> String {
    let key = entry.setting.key;
    match entry.shown() {
        Some(value) => format!("{key} = {value} # {}\n", source(&entry.origin)),
        None => format!("# {key} is not set\n"),
    }
}

fn source(origin: &Origin) -> String {
    match origin {
        Origin::Default => "default".to_owned(),
        Origin::File => "file".to_owned(),
        Origin::Environment(variable) => format!("environment: {variable}"),
    }
}

fn entry_as_json(entry: &Entry) -> serde_json::Value {
    let source = match &entry.origin {
        Origin::Default => "default",
        Origin::File => "file",
        Origin::Environment(_) => "environment",
    };
    let variable = match &entry.origin {
        Origin::Environment(variable) => Some(variable),
        Origin::Default | Origin::File => None,
    };
    json!({ "key": entry.setting.key, "value": entry.shown(), "source": source, "variable": variable })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    fn key() -> (String, String) {
        ("GRANTOR_MASTER_KEY".to_owned(), KEY.to_owned())
    }

    #[test]
    fn print_names_the_source_and_hides_secrets() {
        let file = file("workers = 3\n");
        let text = print(Some(file.path()), [key()], false).unwrap();
        assert!(text.contains("workers = 3 # file\n"), "{text}");
        assert!(text.contains("master_key = \"***\" # environment: GRANTOR_MASTER_KEY\n"), "{text}");
        assert!(text.contains("issuer = \"http://localhost:8080\" # default\n"), "{text}");
        assert!(text.contains("# metrics.listen is not set\n"), "{text}");
        assert!(!text.contains(KEY), "{text}");

        let json = print(Some(file.path()), [key()], true).unwrap();
        assert!(!json.contains(KEY), "{json}");
        let entries: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
        let workers = entries.iter().find(|entry| entry["key"] == "workers").unwrap();
        assert_eq!(*workers, json!({ "key": "workers", "value": 3, "source": "file", "variable": null }));
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn print_hides_the_password_of_a_database() {
        let url =
            ("GRANTOR_DATABASE_URL".to_owned(), "postgres://grantor:hunter2@localhost/grantor".to_owned());
        let text = print(None, [key(), url], false).unwrap();
        assert!(text.contains("database.url = \"***\"") && !text.contains("hunter2"), "{text}");
    }

    #[test]
    fn what_print_shows_is_itself_a_configuration_with_the_same_meaning() {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/example.toml");
        let printed = print(Some(&example), [], false).unwrap();
        let again = print(Some(file(&printed).path()), [], false).unwrap();
        let values = |text: &str| toml::from_str::<toml::Table>(text).unwrap();
        assert_eq!(values(&printed), values(&again));
    }

    #[test]
    fn check_and_print_report_what_is_wrong() {
        let file = file("isuer = 'x'\nworkers = -1\n");
        assert_eq!(check(Some(file.path()), []).unwrap_err().0.len(), 2);
        assert_eq!(print(Some(file.path()), [], false).unwrap_err().0.len(), 2);
        assert!(check(None, []).unwrap().contains("http://localhost:8080"));
    }
}
