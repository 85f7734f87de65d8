//! What the operator knows of a person beside the standard profile: `account_attributes.html`.

use askama::Template;

use super::Chrome;
use super::account::AccountFrame;
use super::account_parts::AccountForm;

/// What a field of one's own takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnInput {
    Line,
    Number,
    /// Yes, no or nothing.
    Choice,
}

/// What a person may change.
#[derive(Debug, Clone)]
pub struct OwnField {
    pub name: String,
    pub label: String,
    pub hint: Option<String>,
    pub value: String,
    pub input: OwnInput,
}

/// What a person may see.
#[derive(Debug, Clone)]
pub struct OwnFact {
    pub label: String,
    pub value: String,
}

/// The page.
#[derive(Template)]
#[template(path = "account_attributes.html")]
pub struct OwnAttributesPage {
    pub chrome: Chrome,
    pub frame: AccountFrame,
    pub form: AccountForm,
    pub fields: Vec<OwnField>,
    pub facts: Vec<OwnFact>,
}
