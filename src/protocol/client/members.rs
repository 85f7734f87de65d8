//! Typed reading of the members of a registration. Null and the empty string count as absent, everywhere.

use serde_json::{Map, Value};

use super::refusal::RegistrationRefusal;
use crate::protocol::redirect_uri::is_loopback;
use crate::protocol::uri::Uri;

/// The longest name, version and contact, in characters.
pub(super) const MAX_TEXT: usize = 256;

type Read<T> = Result<T, RegistrationRefusal>;

/// What was submitted.
#[derive(Clone, Copy)]
pub(super) struct Members<'a>(pub(super) &'a Map<String, Value>);

impl<'a> Members<'a> {
    /// The value, if it says anything.
    pub(super) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| says_something(value))
    }

    pub(super) fn string(self, name: &str) -> Read<Option<&'a str>> {
        self.get(name)
            .map(|value| {
                value.as_str().ok_or_else(|| RegistrationRefusal::metadata(name, "must be a string"))
            })
            .transpose()
    }

    pub(super) fn flag(self, name: &str) -> Read<bool> {
        let Some(value) = self.get(name) else { return Ok(false) };
        value.as_bool().ok_or_else(|| RegistrationRefusal::metadata(name, "must be true or false"))
    }

    pub(super) fn seconds(self, name: &str) -> Read<Option<u32>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value.as_u64().and_then(|seconds| u32::try_from(seconds).ok()) {
            Some(seconds) => Ok(Some(seconds)),
            None => Err(RegistrationRefusal::metadata(name, "must be a whole number of seconds")),
        }
    }

    /// An array of strings, without its repetitions.
    pub(super) fn strings(self, name: &str, most: usize) -> Read<Vec<String>> {
        let wrong = || RegistrationRefusal::metadata(name, "must be an array of strings, none of them empty");
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let items = value.as_array().ok_or_else(wrong)?;
        if items.len() > most {
            return Err(RegistrationRefusal::metadata(name, format_args!("has more than {most} values")));
        }
        let mut strings: Vec<String> = Vec::new();
        for item in items {
            let text = item.as_str().filter(|text| !text.is_empty()).ok_or_else(wrong)?;
            if !strings.iter().any(|earlier| earlier == text) {
                strings.push(text.to_owned());
            }
        }
        Ok(strings)
    }

    /// Words for people: short, and not invisible.
    pub(super) fn text(self, name: &str) -> Read<Option<String>> {
        self.string(name)?.map(|text| check_text(name, text).map(|()| text.to_owned())).transpose()
    }

    /// Several of them.
    pub(super) fn texts(self, name: &str, most: usize) -> Read<Vec<String>> {
        let texts = self.strings(name, most)?;
        texts.iter().try_for_each(|text| check_text(name, text))?;
        Ok(texts)
    }

    /// A web page or document: https, or http on loopback.
    pub(super) fn web_uri(self, name: &str) -> Read<Option<String>> {
        self.string(name)?.map(|text| check_web_uri(name, text).map(|()| text.to_owned())).transpose()
    }
}

/// Null and the empty string are no values.
pub(super) fn says_something(value: &Value) -> bool {
    !value.is_null() && value.as_str() != Some("")
}

fn check_text(name: &str, text: &str) -> Read<()> {
    if text.chars().nth(MAX_TEXT).is_some() {
        return Err(RegistrationRefusal::metadata(
            name,
            format_args!("is longer than {MAX_TEXT} characters"),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(RegistrationRefusal::metadata(name, "holds a control character"));
    }
    if text.chars().all(char::is_whitespace) {
        return Err(RegistrationRefusal::metadata(name, "is nothing but white space"));
    }
    Ok(())
}

pub(super) fn check_web_uri(name: &str, text: &str) -> Read<()> {
    let refuse = |fault| RegistrationRefusal::value(name, text, fault);
    let uri = Uri::parse(text).map_err(refuse)?;
    if !uri.is_scheme("https") && !uri.is_scheme("http") {
        return Err(RegistrationRefusal::value(name, text, "is not an https URL"));
    }
    uri.web_host(text).map_err(refuse)?;
    if uri.is_scheme("http") && !is_loopback(text) {
        return Err(RegistrationRefusal::value(
            name,
            text,
            "uses http, which is allowed for loopback hosts only",
        ));
    }
    Ok(())
}
