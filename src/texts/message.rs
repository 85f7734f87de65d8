//! What is said later, in the language of whoever reads it then.

use std::fmt;

use super::Texts;

/// A text with what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    key: &'static str,
    values: Vec<(&'static str, String)>,
    member: Option<&'static str>,
}

/// The text of this key.
#[must_use]
pub fn say(key: &'static str) -> Message {
    Message { key, values: Vec::new(), member: None }
}

impl Message {
    /// The same with a value in it.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.values.push((name, value.to_string()));
        self
    }

    /// The same about one member of what was asked for, which is a field of a form as well.
    #[must_use]
    pub fn about(self, member: &'static str) -> Self {
        Self { member: Some(member), ..self }
    }

    /// Which member it is about, if it is about one.
    #[must_use]
    pub fn member(&self) -> Option<&'static str> {
        self.member
    }

    /// The sentence in this language.
    #[must_use]
    pub fn in_words(&self, texts: Texts) -> String {
        let values: Vec<_> = self.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        texts.with_all(self.key, &values)
    }
}

/// The sentence in English, which programs and logs read.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_words(Texts::default()))
    }
}
