//! What somebody wrote and where: the file below, the environment above.

use std::collections::BTreeMap;
use std::path::Path;

use super::problems::{Problem, nearest};
use super::settings::{SETTINGS, Setting};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    File,
    /// The name of the variable.
    Environment(String),
}

/// A value as it was written.
pub(super) struct Written {
    pub raw: toml::Value,
    pub origin: Origin,
}

/// What was written, by key.
pub(super) type Layers = BTreeMap<&'static str, Written>;

/// Reads both layers. Unknown names and unreadable files become problems.
pub(super) fn read(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    problems: &mut Vec<Problem>,
) -> Layers {
    let mut layers = Layers::new();
    if let Some(file) = file {
        match read_file(file) {
            Ok(table) => take_table("", table, &mut layers, problems),
            Err(problem) => problems.push(problem),
        }
    }
    let mut seen = BTreeMap::new();
    for (variable, value) in environment {
        if variable.starts_with("GRANTOR_") && !variable.starts_with("GRANTOR_TEST_") {
            take_variable(&variable, value, &mut seen, &mut layers, problems);
        }
    }
    layers
}

fn read_file(file: &Path) -> Result<toml::Table, Problem> {
    let name = file.display().to_string().escape_debug().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| {
        Problem::new(name.clone(), format!("it cannot be read ({error})"), "name a TOML file that is there")
    })?;
    toml::from_str(&text).map_err(|error| {
        // Only the parser's words and the line's number: the line itself may hold a secret.
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let words = error.message().lines().next().unwrap_or_default().to_owned();
        Problem::new(name.clone(), format!("line {line} is no TOML ({words})"), "correct that line")
    })
}

fn take_table(section: &str, table: toml::Table, layers: &mut Layers, problems: &mut Vec<Problem>) {
    for (name, raw) in table {
        let key = if section.is_empty() { name } else { format!("{section}.{name}") };
        match (Setting::find(&key), raw) {
            (Some(setting), raw) => {
                layers.insert(setting.key, Written { raw, origin: Origin::File });
            }
            (None, toml::Value::Table(inner)) if !inner.is_empty() || is_section(&key) => {
                take_table(&key, inner, layers, problems);
            }
            (None, _) => problems.push(unknown_key(&key)),
        }
    }
}

fn is_section(key: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.key.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
}

fn unknown_key(key: &str) -> Problem {
    let right = if is_section(key) {
        format!("it is a section: write its settings below [{key}]")
    } else {
        match nearest(key, SETTINGS.iter().map(|setting| setting.key)) {
            Some(meant) => format!("did you mean {meant}?"),
            None => "leave it out; grantor config reference lists every setting".to_owned(),
        }
    };
    Problem::new(key.escape_debug().to_string(), "there is no such setting", right)
}

/// A variable's setting, and whether the variable names a file that holds the value.
fn setting_of(variable: &str) -> Option<(&'static Setting, bool)> {
    SETTINGS.iter().find_map(|setting| {
        let long = setting.variable();
        [Some(long.as_str()), setting.short_variable()].into_iter().flatten().find_map(|name| match variable
            .strip_prefix(name)
        {
            Some("") => Some((setting, false)),
            Some("_FILE") if setting.secret => Some((setting, true)),
            _ => None,
        })
    })
}

fn take_variable(
    variable: &str,
    value: String,
    seen: &mut BTreeMap<&'static str, String>,
    layers: &mut Layers,
    problems: &mut Vec<Problem>,
) {
    let Some((setting, in_file)) = setting_of(variable) else {
        problems.push(unknown_variable(variable));
        return;
    };
    if let Some(other) = seen.insert(setting.key, variable.to_owned()) {
        problems.push(Problem::new(
            setting.key,
            format!("{other} and {variable} are both set"),
            "set one of them",
        ));
    }
    let value = if in_file {
        match std::fs::read_to_string(&value) {
            Ok(contents) => contents.trim().to_owned(),
            Err(error) => {
                problems.push(Problem::new(
                    variable,
                    format!("the file that it names cannot be read ({error})"),
                    "name a file that holds the value",
                ));
                return;
            }
        }
    } else {
        value
    };
    let origin = Origin::Environment(variable.to_owned());
    layers.insert(setting.key, Written { raw: toml::Value::String(value), origin });
}

fn unknown_variable(variable: &str) -> Problem {
    let known: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
    let right = match nearest(variable, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean {meant}?"),
        None => "unset it; grantor config reference lists every setting".to_owned(),
    };
    Problem::new(variable.escape_debug().to_string(), "there is no such setting", right)
}
