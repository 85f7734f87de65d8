//! `grantor migrate`: what every start does, for whoever wants it done before.

use clap::Args;

use super::Settings;
use super::error::CliError;
use super::output::{self, Output};

#[derive(Args)]
pub(super) struct Arguments {
    /// Print JSON: the names of the migrations that were applied.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, settings: &Settings) -> Result<Output, CliError> {
    let migrated = settings.open()?.migrated;
    if arguments.json {
        return output::json(&migrated);
    }
    Ok(Output::from(if migrated.is_empty() {
        "The tables are up to date.\n".to_owned()
    } else {
        format!("Applied: {}.\n", migrated.join(", "))
    }))
}
