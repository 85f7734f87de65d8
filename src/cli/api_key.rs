//! `grantor api-key`: keys of the admin API, for programs.

use clap::{Args, Subcommand};
use serde_json::json;

use super::Settings;
use super::arguments::duration;
use super::error::CliError;
use super::output::{self, Output, facts, table, time, time_or};
use crate::clock::Seconds;
use crate::flow::administer::Refusal;
use crate::flow::administer::api_keys::{self, ApiKey, Rights};

#[derive(Subcommand)]
pub(super) enum KeyCommand {
    /// Make a key; it is printed this once.
    #[command(after_help = "Example:\n  grantor api-key add inventory --rights read --expires 90d")]
    Add(AddArguments),
    /// List the keys, dead ones too. None is shown.
    #[command(after_help = "Example:\n  grantor api-key list")]
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key.
    #[command(after_help = "Example:\n  grantor api-key revoke 2")]
    Revoke {
        /// The ID that `list` shows.
        id: i64,
    },
}

#[derive(Args)]
pub(super) struct AddArguments {
    /// Who uses it.
    name: String,
    /// read, or read,write.
    #[arg(long, value_name = "RIGHTS", value_parser = rights)]
    rights: Rights,
    /// How long it works: seconds, or a number with s, m, h or d. Without it: until it is revoked.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expires: Option<Seconds>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn rights(text: &str) -> Result<Rights, String> {
    Rights::from_name(&text.replace(',', " ")).ok_or_else(|| "use read or read,write".to_owned())
}

pub(super) fn run(command: KeyCommand, settings: &Settings) -> Result<Output, CliError> {
    match command {
        KeyCommand::Add(arguments) => add(arguments, settings),
        KeyCommand::List { json } => list(settings, json),
        KeyCommand::Revoke { id } => revoke(settings, id),
    }
}

impl From<Refusal> for CliError {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.to_string())
    }
}

fn add(arguments: AddArguments, settings: &Settings) -> Result<Output, CliError> {
    let AddArguments { name, rights, expires, json: as_json } = arguments;
    let means = settings.open()?.means;
    let issued = api_keys::issue(&means, name, rights, expires, settings.command_line_origin())?;
    if as_json {
        return output::json(&json!({
            "id": issued.id,
            "api_key": issued.key.expose(),
            "rights": rights,
            "expires_at": issued.expires_at,
        }));
    }
    Ok(Output::from(facts(&[
        ("id", issued.id.to_string()),
        ("api_key", issued.key.expose().to_owned()),
        ("rights", rights.as_str().to_owned()),
        ("expires", issued.expires_at.map_or_else(|| "never".to_owned(), time)),
    ]))
    .note("Keep the key: it is not shown again."))
}

fn list(settings: &Settings, as_json: bool) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let (keys, now) = (api_keys::list(&means)?, means.clock.now());
    if as_json {
        return output::json(&keys);
    }
    let rows: Vec<_> = keys
        .into_iter()
        .map(|key| {
            [
                key.id.to_string(),
                state(&key, now).to_owned(),
                key.rights.as_str().to_owned(),
                time_or(key.expires_at, "never"),
                key.name,
            ]
        })
        .collect();
    Ok(table(["ID", "STATE", "RIGHTS", "EXPIRES", "NAME"], &rows, "There is no API key."))
}

fn state(key: &ApiKey, now: Seconds) -> &'static str {
    if key.revoked_at.is_some() {
        "revoked"
    } else if key.expires_at.is_some_and(|end| end <= now) {
        "expired"
    } else {
        "good"
    }
}

fn revoke(settings: &Settings, id: i64) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    api_keys::revoke(&means, id, settings.command_line_origin())?;
    Ok(Output::from(format!("The API key {id} is revoked.\n")))
}
