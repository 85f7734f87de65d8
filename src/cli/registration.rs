//! `grantor registration`: what would become of client metadata, without registering it.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::Value;

use super::error::CliError;
use super::output::{self, Output};
use super::{Settings, client_add, wait_for};
use crate::flow::registration_policy::{self, Report};

#[derive(Subcommand)]
pub(super) enum RegistrationCommand {
    /// Say what of the metadata in a file would be kept, changed or refused, and why: exit code 0 if it is accepted, or 1.
    #[command(after_help = "Example:\n  grantor registration check metadata.json --policy partners")]
    Check {
        /// A JSON file with client metadata (RFC 7591 §2).
        file: PathBuf,
        /// The policy to ask; without it, that of open registration.
        #[arg(long, value_name = "NAME")]
        policy: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: RegistrationCommand, settings: &Settings) -> Result<Output, CliError> {
    let RegistrationCommand::Check { file, policy, json } = command;
    let submitted = client_add::read(&file)?;
    let means = settings.open()?.means;
    let report = wait_for(registration_policy::dry_run(&means, &submitted, policy.as_deref()))
        .map_err(|unknown| CliError::new(unknown.to_string()))?;
    let printed = if json { output::json(&report)? } else { Output::from(words(&report)) };
    Ok(if report.accepted { printed } else { printed.failed() })
}

fn words(report: &Report) -> String {
    let mut lines = Vec::new();
    for refusal in &report.refusals {
        lines.push(format!("refused: {} ({})", refusal.error_description, refusal.error));
    }
    for change in &report.changes {
        let line = match (&change.asked, &change.kept) {
            (asked, Value::Null) => format!("left out: {} ({asked})", change.member),
            (Value::Null, kept) => format!("filled in: {} = {kept}", change.member),
            (asked, kept) => format!("changed: {} = {kept}, asked for {asked}", change.member),
        };
        lines.push(line);
    }
    let policy = &report.policy;
    lines.push(match (report.accepted, report.approval_required) {
        (false, _) => format!("The policy {policy} refuses this."),
        (true, false) => format!("The policy {policy} accepts this."),
        (true, true) => format!("The policy {policy} accepts this; the client would wait for approval."),
    });
    lines.join("\n") + "\n"
}
