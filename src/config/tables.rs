//! Lists of tables: `[[scopes]]` and `[[resources]]` in a file, JSON or TOML in a variable.

use super::problems::{Wrong, nearest};
use super::value::type_of;

/// The tables of a list, whatever it was written in.
pub(super) fn tables(raw: &toml::Value) -> Result<Vec<toml::Table>, Vec<Wrong>> {
    let shape =
        |wrong: String| vec![Wrong::new(wrong, "write a list of tables, like [{ name = \"notes.read\" }]")];
    let list = match raw {
        toml::Value::String(text) if text.trim().is_empty() => return Ok(Vec::new()),
        toml::Value::String(text) => {
            from_text(text).ok_or_else(|| shape("it is neither JSON nor TOML".to_owned()))?
        }
        other => other.clone(),
    };
    let toml::Value::Array(items) = list else {
        return Err(shape(format!("it is {}", type_of(&list))));
    };
    items
        .into_iter()
        .map(|item| match item {
            toml::Value::Table(table) => Ok(table),
            other => Err(shape(format!("an entry is {}", type_of(&other)))),
        })
        .collect()
}

/// One table, whatever it was written in; none in an empty text.
pub(super) fn table(raw: &toml::Value) -> Result<toml::Table, Vec<Wrong>> {
    let shape = |wrong: String| vec![Wrong::new(wrong, "write a table, like { max_clients = 100 }")];
    match raw {
        toml::Value::String(text) if text.trim().is_empty() => Ok(toml::Table::new()),
        toml::Value::String(text) => match from_text(text) {
            Some(toml::Value::Table(table)) => Ok(table),
            _ => Err(shape("it is neither JSON nor TOML of a table".to_owned())),
        },
        toml::Value::Table(table) => Ok(table.clone()),
        other => Err(shape(format!("it is {}", type_of(other)))),
    }
}

fn from_text(text: &str) -> Option<toml::Value> {
    if let Ok(json) = serde_json::from_str::<toml::Value>(text) {
        return Some(json);
    }
    let mut document = toml::from_str::<toml::Table>(&format!("list = {}", text.trim())).ok()?;
    if document.len() == 1 { document.remove("list") } else { None }
}

/// Takes the members of one table out, and remembers everything that is wrong.
pub(super) struct Members {
    table: toml::Table,
    place: String,
    asked: Vec<&'static str>,
    wrong: Vec<Wrong>,
}

impl Members {
    /// A table that stands alone.
    pub fn alone(table: toml::Table) -> Self {
        Self { table, place: String::new(), asked: Vec::new(), wrong: Vec::new() }
    }

    /// `number` counts from one.
    pub fn new(table: toml::Table, number: usize) -> Self {
        Self { table, place: format!(" #{number}"), asked: Vec::new(), wrong: Vec::new() }
    }

    /// The member, checked; `None` if it is not there or wrong.
    pub fn take<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&toml::Value) -> Result<T, Vec<Wrong>>,
    ) -> Option<T> {
        self.asked.push(name);
        match parse(&self.table.remove(name)?) {
            Ok(value) => Some(value),
            Err(wrongs) => {
                for wrong in wrongs {
                    let place = format!("{} {name}{}", self.place, wrong.place);
                    self.wrong.push(Wrong { place, ..wrong });
                }
                None
            }
        }
    }

    /// Whether the member was there and wrong: whatever it decides is reported once.
    pub fn has_failed(&self, name: &str) -> bool {
        self.wrong.iter().any(|wrong| wrong.place.starts_with(&format!("{} {name}", self.place)))
    }

    /// As `take`, but the member must be there.
    pub fn require<T>(
        &mut self,
        name: &'static str,
        right: &str,
        parse: impl FnOnce(&toml::Value) -> Result<T, Vec<Wrong>>,
    ) -> Option<T> {
        if !self.table.contains_key(name) {
            self.asked.push(name);
            self.wrong.push(Wrong {
                place: format!("{} {name}", self.place),
                what: "it is missing".to_owned(),
                right: right.to_owned(),
            });
        }
        self.take(name, parse)
    }

    /// What is wrong, with the members that nobody asked for.
    pub fn finish(mut self) -> Vec<Wrong> {
        for unknown in self.table.keys() {
            let meant = nearest(unknown, self.asked.iter().copied());
            self.wrong.push(Wrong {
                place: format!("{} {}", self.place, unknown.escape_debug()),
                what: "there is no such member".to_owned(),
                right: meant.map_or_else(
                    || format!("the members are {}", self.asked.join(", ")),
                    |meant| format!("did you mean {meant}?"),
                ),
            });
        }
        self.wrong
    }
}
