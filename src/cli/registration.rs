//! `grantor registration`: the policies, and what would become of client metadata, without registering it.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::Value;

use super::error::CliError;
use super::output::{self, Output, table};
use super::{Settings, client_add, wait_for};
use crate::flow::administer::registration;
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
    /// List the policies, that of open registration first, and what their clients may have.
    #[command(after_help = "Example:\n  grantor registration policies --json")]
    Policies {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: RegistrationCommand, settings: &Settings) -> Result<Output, CliError> {
    match command {
        RegistrationCommand::Check { file, policy, json } => check(&file, policy.as_deref(), json, settings),
        RegistrationCommand::Policies { json } => policies(json, settings),
    }
}

fn policies(as_json: bool, settings: &Settings) -> Result<Output, CliError> {
    let found = registration::policies(&settings.open()?.means);
    if as_json {
        return output::json(&found);
    }
    let rows: Vec<_> = found
        .policies
        .into_iter()
        .map(|policy| {
            let grant_types: Vec<_> = policy.grant_types.iter().map(|it| it.as_str()).collect();
            [
                policy.name,
                grant_types.join(" "),
                policy.scopes.to_string(),
                if policy.approval_required { "yes" } else { "no" }.to_owned(),
                policy.max_clients.map(|most| most.to_string()).unwrap_or_default(),
            ]
        })
        .collect();
    let heads = ["POLICY", "GRANT TYPES", "SCOPES", "NEEDS APPROVAL", "MOST CLIENTS"];
    Ok(table(heads, &rows, "There is no policy."))
}

fn check(file: &Path, policy: Option<&str>, json: bool, settings: &Settings) -> Result<Output, CliError> {
    let submitted = client_add::read(file)?;
    let means = settings.open()?.means;
    let report = wait_for(registration_policy::dry_run(&means, &submitted, policy))
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
