//! `grantor key`: the keys that sign tokens.

use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;

use super::Settings;
use super::error::{CliError, Write};
use super::output::{self, Output, table, time, time_or};
use crate::app::Opened;
use crate::flow::Means;
use crate::flow::administer::keys::state;
use crate::flow::rotate_keys::{self, NewKey};
use crate::keys::Algorithm;
use crate::storage::audit_events::{self, Event, EventKind};
use crate::storage::signing_keys::{self, SigningKeyRow};

#[derive(Subcommand)]
pub(super) enum KeyCommand {
    /// List the keys and what each does now.
    #[command(after_help = "Example:\n  grantor key list")]
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make new keys. They are published at once, sign as soon as every cached key set holds them, and need no restart.
    #[command(after_help = "Example:\n  grantor key rotate --algorithm ES256")]
    Rotate(RotateArguments),
}

#[derive(Args)]
pub(super) struct RotateArguments {
    /// `ES256`, `RS256`, `PS256` or `EdDSA`; without it, a key of each.
    #[arg(long)]
    algorithm: Option<Algorithm>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: KeyCommand, settings: &Settings) -> Result<Output, CliError> {
    let opened = settings.open()?;
    match command {
        KeyCommand::List { json } => show(&opened.means, json, |_| true),
        KeyCommand::Rotate(arguments) => rotate(&arguments, &opened, settings),
    }
}

fn rotate(arguments: &RotateArguments, opened: &Opened, settings: &Settings) -> Result<Output, CliError> {
    let means = &opened.means;
    let algorithms = arguments.algorithm.map_or_else(|| Algorithm::ALL.to_vec(), |one| vec![one]);
    // Before the transaction: an RSA key takes up to a second.
    let keys = algorithms
        .into_iter()
        .map(|algorithm| NewKey::generate(algorithm, &opened.master, means.entropy))
        .collect::<Result<Vec<_>, _>>()?;
    let keys = Arc::new(keys);
    let (now, max_age, longest) =
        (means.clock.now(), means.config.keys.jwks_max_age, means.longest_token_life());
    let written = Arc::clone(&keys);
    let origin = settings.command_line_origin();
    means.database.write_blocking(move |conn| -> Write<()> {
        rotate_keys::rotate(conn, &written, now, max_age, longest)?;
        let details = json!({ "kids": written.iter().map(NewKey::kid).collect::<Vec<_>>() });
        let kind = EventKind::SigningKeysRotated;
        Ok(audit_events::record(conn, &Event { kind, origin: &origin, client_id: None, details }, now)?)
    })?;
    let printed = show(means, arguments.json, |row| keys.iter().any(|key| key.kid() == row.kid))?;
    Ok(printed.note("The keys are published. Those before them sign until the new ones do."))
}

fn show(means: &Means, as_json: bool, wanted: impl Fn(&SigningKeyRow) -> bool) -> Result<Output, CliError> {
    let now = means.clock.now();
    let rows = means.database.read_blocking(|conn| -> Write<_> { Ok(signing_keys::all(conn)?) })?;
    let mut keys = Vec::new();
    for row in rows.iter().filter(|row| wanted(row)) {
        keys.push((row.kid.clone(), row.algorithm()?, row.times()));
    }
    if as_json {
        let values: Vec<_> = keys
            .iter()
            .map(|(kid, algorithm, times)| {
                json!({
                    "kid": kid,
                    "algorithm": algorithm.as_str(),
                    "state": state(*times, now),
                    "published_at": times.published_at,
                    "signs_from": times.signs_from,
                    "retired_at": times.retired_at,
                    "removed_after": times.removed_after,
                })
            })
            .collect();
        return output::json(&values);
    }
    let rows: Vec<_> = keys
        .into_iter()
        .map(|(kid, algorithm, times)| {
            [
                kid,
                algorithm.to_string(),
                state(times, now).to_owned(),
                time(times.signs_from),
                time_or(times.retired_at, ""),
                time_or(times.removed_after, ""),
            ]
        })
        .collect();
    let heads = ["KID", "ALGORITHM", "STATE", "SIGNS FROM", "UNTIL", "PUBLISHED UNTIL"];
    Ok(table(heads, &rows, "There is no key."))
}
