//! What an operator knows of people beside the standard claims, and the claim that it becomes. OpenID Connect Core §5.1.2.

use serde_json::Value;

use super::scope::{ScopeDefinition, Scopes};

/// The longest text, in characters.
const MAX_TEXT: usize = 1024;
/// The most texts of one value.
const MAX_TEXTS: usize = 100;

/// What kind of value an attribute has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeKind {
    Text,
    Number,
    Boolean,
    /// Any number of texts.
    Texts,
}

impl AttributeKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Text, Self::Number, Self::Boolean, Self::Texts];

    /// As it is stored and listed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Texts => "texts",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether this is a value of the kind.
    #[must_use]
    pub fn is_of(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text, Value::String(text)) => is_line(text),
            (Self::Number, Value::Number(_)) | (Self::Boolean, Value::Bool(_)) => true,
            (Self::Texts, Value::Array(texts)) => {
                texts.len() <= MAX_TEXTS && texts.iter().all(|text| text.as_str().is_some_and(is_line))
            }
            _ => false,
        }
    }

    /// The value that somebody typed; several texts stand on a line each, or between commas.
    #[must_use]
    pub fn typed(self, text: &str) -> Option<Value> {
        let value = match self {
            Self::Text => Value::from(text),
            Self::Number | Self::Boolean => serde_json::from_str(text.trim()).ok()?,
            Self::Texts => text
                .split([',', '\n'])
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .into(),
        };
        self.is_of(&value).then_some(value)
    }

    /// The value as somebody would type it.
    #[must_use]
    pub fn shown(self, value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }

    /// What its values are, in words.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Text => "one line of at most 1024 characters",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Texts => "at most 100 texts of one line each",
        }
    }
}

fn is_line(text: &str) -> bool {
    text.chars().count() <= MAX_TEXT && !text.chars().any(char::is_control)
}

/// Something that the operator knows of people. OpenID Connect Core §5.1.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    pub name: String,
    /// For people.
    pub label: String,
    pub kind: AttributeKind,
    /// What clients get it as.
    pub claim: String,
    /// Each of these opens the claim.
    pub scopes: Scopes,
    /// Whether people may change their own.
    pub editable_by_person: bool,
}

/// The scopes with the claims of the attributes that they open. OpenID Connect Core §5.4.
#[must_use]
pub fn opened(scopes: &[ScopeDefinition], attributes: &[Attribute]) -> Vec<ScopeDefinition> {
    let mut opened = scopes.to_vec();
    for scope in &mut opened {
        let claims = attributes.iter().filter(|attribute| attribute.scopes.contains(&scope.name));
        scope.claims.extend(claims.map(|attribute| attribute.claim.clone()));
    }
    opened
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A value has the kind of its attribute, and nothing of another kind passes for it.
    #[test]
    fn a_value_is_of_its_kind() {
        for (kind, text, value) in [
            (AttributeKind::Text, "Berlin", json!("Berlin")),
            (AttributeKind::Text, "7", json!("7")),
            (AttributeKind::Number, " 7 ", json!(7)),
            (AttributeKind::Boolean, "true", json!(true)),
            (AttributeKind::Texts, "a, b\nc,", json!(["a", "b", "c"])),
        ] {
            assert_eq!(kind.typed(text), Some(value.clone()));
            for other in AttributeKind::ALL {
                assert_eq!(other.is_of(&value), other == kind, "{other:?} {value}");
            }
            assert_eq!(AttributeKind::from_name(kind.as_str()), Some(kind));
            assert_eq!(kind.typed(&kind.shown(&value)), Some(value));
        }
        for (kind, text) in [
            (AttributeKind::Text, "two\nlines"),
            (AttributeKind::Number, "seven"),
            (AttributeKind::Number, "true"),
            (AttributeKind::Boolean, "1"),
            (AttributeKind::Texts, "nul\0"),
        ] {
            assert_eq!(kind.typed(text), None, "{text:?}");
        }
        assert!(!AttributeKind::Text.is_of(&json!("x".repeat(1025))));
    }
}
