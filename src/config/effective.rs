//! The settings that hold: for every line of the table a checked value and where it comes from.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use super::layers::{self, Origin, Written};
use super::problems::{Problem, Problems};
use super::settings::{SETTINGS, Setting};
use super::value::Value;
use super::{Config, build, contradictions};

/// One setting with the value that holds.
#[derive(Clone, Debug)]
pub struct Entry {
    pub setting: &'static Setting,
    pub origin: Origin,
    pub value: Value,
}

/// All settings with the values that hold, and what is wrong so far.
#[derive(Clone, Debug)]
pub struct Effective {
    entries: Vec<Entry>,
    problems: Vec<Problem>,
    /// Keys whose value was refused; the default stands in for it until everything is reported.
    broken: BTreeSet<&'static str>,
}

impl Effective {
    /// Reads the file and the environment, which wins.
    #[must_use]
    pub fn read(file: Option<&Path>, environment: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut problems = Vec::new();
        let mut layers = layers::read(file, environment, &mut problems);
        let mut effective = Self { entries: Vec::new(), problems, broken: BTreeSet::new() };
        for setting in SETTINGS {
            let written = layers.remove(setting.key);
            effective.add(setting, written);
        }
        effective.derive_listen();
        effective
    }

    fn add(&mut self, setting: &'static Setting, written: Option<Written>) {
        if let Some(Written { raw, origin }) = written {
            match setting.kind.parse(&raw) {
                Ok(value) => {
                    self.entries.push(Entry { setting, origin, value });
                    return;
                }
                Err(wrongs) => {
                    let key = match &origin {
                        Origin::Environment(variable) => format!("{} (from {variable})", setting.key),
                        _ => setting.key.to_owned(),
                    };
                    self.problems.extend(
                        wrongs.into_iter().map(|wrong| {
                            Problem::new(format!("{key}{}", wrong.place), wrong.what, wrong.right)
                        }),
                    );
                    self.broken.insert(setting.key);
                }
            }
        }
        match setting.kind.parse(&toml::Value::String(setting.default.to_owned())) {
            Ok(value) => self.entries.push(Entry { setting, origin: Origin::Default, value }),
            Err(wrongs) => self
                .problems
                .extend(wrongs.into_iter().map(|wrong| Problem::new(setting.key, wrong.what, wrong.right))),
        }
    }

    /// Both loopback addresses: `localhost` is either, and browsers try IPv6 first.
    fn derive_listen(&mut self) {
        let port = match self.value("issuer") {
            Some(Value::Issuer(issuer)) if !issuer.is_https() => issuer.port(),
            _ => 8080,
        };
        let unset = |entry: &&mut Entry| entry.setting.key == "listen" && entry.origin == Origin::Default;
        if let Some(entry) = self.entries.iter_mut().find(unset) {
            entry.value = Value::Addresses(vec![
                SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
                SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
            ]);
        }
    }

    /// Every setting, in the order of the table.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.setting.key == key)
    }

    pub(super) fn value(&self, key: &str) -> Option<&Value> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub(super) fn is_broken(&self, key: &str) -> bool {
        self.broken.contains(key)
    }

    /// The configuration, or everything that is wrong.
    pub fn into_config(mut self) -> Result<Config, Problems> {
        let mut problems = std::mem::take(&mut self.problems);
        match build::config(&self) {
            Ok(config) => {
                problems.extend(contradictions::find(&config, &self));
                if problems.is_empty() { Ok(config) } else { Err(Problems(problems)) }
            }
            Err(problem) => {
                problems.push(problem);
                Err(Problems(problems))
            }
        }
    }
}
