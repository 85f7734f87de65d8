//! `grantor apply`, `grantor client import` and `grantor client export`: clients as documents.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::Settings;
use super::error::CliError;
use super::output::{self, Output};
use crate::flow::Source;
use crate::flow::administer::apply::{self, Action, Applied, Document, Existing};
use crate::protocol::json;

/// More than that is no document of clients.
const LARGEST: u64 = 4 * 1024 * 1024;

#[derive(Args)]
pub(super) struct Arguments {
    /// A JSON document: `{"clients": [{"client_id": …, metadata of RFC 7591 §2}]}`.
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// Only say what would change.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct ImportArguments {
    /// A JSON document as `grantor client export` prints it; new clients may have a `client_secret` in it.
    file: PathBuf,
    /// Only say what would be made.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct ExportArguments {
    /// Through which door the clients came: operator, dynamic, `initial_access_token` or user.
    #[arg(long, default_value = "operator", value_parser = super::client::source)]
    source: Source,
}

pub(super) fn apply(arguments: &Arguments, settings: &Settings) -> Result<Output, CliError> {
    run(settings, &arguments.file, Existing::Change, arguments.dry_run, arguments.json)
}

pub(super) fn import(arguments: &ImportArguments, settings: &Settings) -> Result<Output, CliError> {
    run(settings, &arguments.file, Existing::Refuse, arguments.dry_run, arguments.json)
}

pub(super) fn export(arguments: &ExportArguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let document = super::wait_for(apply::export(&means, arguments.source))?;
    output::json(&document)
}

fn run(
    settings: &Settings,
    file: &Path,
    existing: Existing,
    is_dry_run: bool,
    as_json: bool,
) -> Result<Output, CliError> {
    let document = read(file)?;
    let means = settings.open()?.means;
    let applied = super::wait_for(apply::apply(
        &means,
        &document,
        existing,
        is_dry_run,
        settings.command_line_origin(),
    ))?;
    let output = if as_json { output::json(&applied)? } else { Output::from(text(&applied, is_dry_run)) };
    Ok(if applied.iter().any(|client| client.client_secret.is_some()) {
        output.note("Keep each client_secret: it is not shown again.")
    } else {
        output
    })
}

fn read(file: &Path) -> Result<Document, CliError> {
    let shown = file.display();
    let failed = |error: std::io::Error| CliError::new(format!("{shown} cannot be read: {error}"));
    if std::fs::metadata(file).map_err(failed)?.len() > LARGEST {
        return Err(CliError::new(format!("{shown} is larger than 4 MiB")));
    }
    let text = std::fs::read(file).map_err(failed)?;
    // A key that stands twice would hide what the first one said.
    let members = json::parse_object(&text).map_err(|fault| CliError::new(format!("{shown}: {fault}")))?;
    serde_json::from_value(Value::Object(members)).map_err(|fault| {
        CliError::new(format!(
            "{shown} must be an object with one member, clients, which is an array of objects: {fault}"
        ))
    })
}

fn text(applied: &[Applied], is_dry_run: bool) -> String {
    let mut text = String::new();
    for client in applied {
        let said = match (client.action, is_dry_run) {
            (Action::Keep, _) => "is as described",
            (Action::Create, true) => "would be made",
            (Action::Create, false) => "is made",
            (Action::Update, true) => "would change",
            (Action::Update, false) => "is changed",
        };
        let _ = writeln!(text, "{} {said}", client.client_id);
        for (member, change) in client.changed.as_object().into_iter().flatten() {
            let _ = writeln!(text, "  {member}: {} → {}", change["from"], change["to"]);
        }
        if let Some(secret) = &client.client_secret {
            let _ = writeln!(text, "  client_secret: {secret}");
        }
    }
    text
}
