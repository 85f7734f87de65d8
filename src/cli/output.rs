//! What a command prints: lines or tables for people, JSON for programs.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use serde::Serialize;

use super::error::CliError;
use crate::clock::Seconds;

/// What goes to standard output, and what is said beside it on standard error.
#[derive(Debug, Default)]
pub(super) struct Output {
    text: String,
    notes: Vec<String>,
    has_failed: bool,
}

impl From<String> for Output {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

impl Output {
    /// A sentence for the operator that is no part of the result.
    pub(super) fn note(mut self, sentence: impl Into<String>) -> Self {
        self.notes.push(sentence.into());
        self
    }

    /// The result is that something is not as it should be: exit code 1.
    pub(super) fn failed(mut self) -> Self {
        self.has_failed = true;
        self
    }

    /// The result, to be a part of another.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Whatever a client put into it, nothing of it moves the cursor of a terminal.
    pub(super) fn write(self) -> ExitCode {
        for note in &self.notes {
            let _ = writeln!(io::stderr(), "{}", visible(note));
        }
        let mut out = io::stdout();
        match out.write_all(visible(&self.text).as_bytes()).and_then(|()| out.flush()) {
            Ok(()) if self.has_failed => ExitCode::FAILURE,
            Ok(()) => ExitCode::SUCCESS,
            // The reader has seen enough, as with `| head`.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => {
                let _ = writeln!(io::stderr(), "The result could not be written: {error}.");
                ExitCode::FAILURE
            }
        }
    }
}

/// The value as indented JSON with a newline.
pub(super) fn json(value: &impl Serialize) -> Result<Output, CliError> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| CliError::new(format!("The result has no JSON: {error}")))?;
    Ok(Output::from(text + "\n"))
}

/// Columns as wide as their longest cell; `empty` stands for a table without rows.
pub(super) fn table<const N: usize>(heads: [&str; N], rows: &[[String; N]], empty: &str) -> Output {
    if rows.is_empty() {
        return Output::from(format!("{empty}\n"));
    }
    let mut widths = heads.map(|head| head.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = line(&heads.map(str::to_owned), &widths);
    for row in rows {
        text.push_str(&line(row, &widths));
    }
    Output::from(text)
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let cells = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
}

/// `name: value` lines, aligned.
pub(super) fn facts(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0) + 1;
    let lines = pairs.iter().map(|(name, value)| format!("{:<width$} {value}\n", format!("{name}:")));
    lines.collect::<Vec<_>>().concat()
}

/// A point in time for people, in UTC.
pub(super) fn time(seconds: Seconds) -> String {
    chrono::DateTime::from_timestamp(seconds, 0)
        .map_or_else(|| seconds.to_string(), |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// A point in time that may not come.
pub(super) fn time_or(seconds: Option<Seconds>, otherwise: &str) -> String {
    seconds.map_or_else(|| otherwise.to_owned(), time)
}

/// Escapes control and direction characters. In JSON they stand in strings only, where the escapes mean the same.
pub(super) fn visible(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        let odd = character != '\n' && character.is_control()
            || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if odd {
            let _ = write!(escaped, "\\u{:04x}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_client_sent_moves_the_cursor() {
        assert_eq!(visible("a\u{1b}[2J\u{9b}\r\u{202e}b\n"), "a\\u001b[2J\\u009b\\u000d\\u202eb\n");
        let json = visible(&serde_json::json!({ "a": "\u{9b}\u{7f}" }).to_string());
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["a"], "\u{9b}\u{7f}");
    }

    #[test]
    fn columns_are_as_wide_as_their_longest_cell() {
        let rows = [["a".to_owned(), "b".to_owned()], ["longer".to_owned(), String::new()]];
        assert_eq!(table(["ID", "NAME"], &rows, "None.").text, "ID      NAME\na       b\nlonger\n");
        assert_eq!(table(["ID"], &[], "None.").text, "None.\n");
    }

    #[test]
    fn times_are_in_utc() {
        assert_eq!(time(0), "1970-01-01T00:00:00Z");
        assert_eq!(time_or(None, "never"), "never");
    }
}
