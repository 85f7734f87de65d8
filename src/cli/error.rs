//! Why a command did not do what it was asked: a sentence and an exit code.

use std::convert::Infallible;
use std::fmt;

use crate::app::StartError;
use crate::config::Problems;
use crate::flow::set_up::SetUpRefusal;
use crate::keys::KeyError;
use crate::protocol::client::refusal::RegistrationRefusal;
use crate::storage::backups::RestoreError;
use crate::storage::{Failure, StorageError};

/// What goes to standard error.
#[derive(Debug)]
pub(super) struct CliError {
    sentence: String,
    pub(super) exit_code: u8,
}

/// What a transaction of a command ends with.
pub(super) type Write<T> = Result<T, Failure<CliError>>;

impl CliError {
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), exit_code: 1 }
    }

    /// For what the operator must set right in the settings.
    pub(super) fn settings(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), exit_code: 2 }
    }

    pub(super) fn no_client(client_id: &str) -> Self {
        Self::new(format!("There is no client {client_id}."))
    }

    pub(super) fn refused<T>(sentence: impl Into<String>) -> Write<T> {
        Err(Failure::Refused(Self::new(sentence)))
    }
}

/// Ends with a full stop, whoever wrote it. Several problems are several lines.
impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        if self.sentence.ends_with(['.', '?', '!']) { Ok(()) } else { f.write_str(".") }
    }
}

/// A sentence begins with a capital; the name of a file or of a setting stays as it is.
fn capitalized(text: &str) -> String {
    let is_word =
        text.split(' ').next().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()));
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if is_word => first.to_uppercase().chain(characters).collect(),
        _ => text.to_owned(),
    }
}

impl From<Problems> for CliError {
    fn from(problems: Problems) -> Self {
        Self::settings(problems.to_string())
    }
}

impl From<StartError> for CliError {
    fn from(error: StartError) -> Self {
        let exit_code = error.exit_code();
        let sentence = match error {
            // A sentence already.
            StartError::Database(StorageError::Unavailable(why)) if why.ends_with('.') => why,
            other => capitalized(&other.to_string()),
        };
        Self { sentence, exit_code }
    }
}

impl From<KeyError> for CliError {
    fn from(error: KeyError) -> Self {
        StartError::Key(error).into()
    }
}

impl From<StorageError> for CliError {
    fn from(error: StorageError) -> Self {
        StartError::Database(error).into()
    }
}

impl From<RestoreError> for CliError {
    fn from(error: RestoreError) -> Self {
        Self::new(capitalized(&error.to_string()))
    }
}

impl From<RegistrationRefusal> for CliError {
    fn from(refusal: RegistrationRefusal) -> Self {
        Self::new(format!("The client was not made: {}", refusal.description))
    }
}

impl From<SetUpRefusal> for CliError {
    fn from(refusal: SetUpRefusal) -> Self {
        Self::new(match refusal {
            SetUpRefusal::LinkGone => "The setup link was used or has expired.".to_owned(),
            SetUpRefusal::Invalid(message) => message.to_string(),
            SetUpRefusal::Busy => "Too many passwords are being hashed at once. Try again.".to_owned(),
        })
    }
}

impl From<Infallible> for CliError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl<R: Into<CliError>> From<Failure<R>> for CliError {
    fn from(failure: Failure<R>) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Broken(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_begins_with_a_capital_and_names_stay_as_they_are() {
        assert_eq!(capitalized("the database is busy"), "The database is busy");
        for name in ["master_key is missing", "data/a is gone", "a.key is gone", ""] {
            assert_eq!(capitalized(name), name);
        }
        assert_eq!(CliError::new("There is none").to_string(), "There is none.");
        assert_eq!(CliError::new("There is none.").to_string(), "There is none.");
    }
}
