//! `grantor client delete`, `restore` and `sweep`: the end of a client, and the way back.

use clap::Args;
use serde_json::json;

use super::client::{counts, locked, required};
use super::error::{CliError, Write};
use super::output::{self, Output, facts, table, time, time_or};
use super::{Settings, wait_for};
use crate::flow::client_sweep::{self, Due, Pace};
use crate::flow::remove_client::{RemovalReason, Retention, preview, remove};
use crate::flow::restore_client::{self, RestoreRefusal};
use crate::flow::software_statement;
use crate::protocol::server_metadata::paths;

/// So many clients are named by a dry run; the numbers are of all.
const MOST_NAMED: usize = 1_000;

#[derive(Args)]
#[group(skip)]
pub(super) struct DeleteArguments {
    #[arg(required_unless_present = "verified_by")]
    client_id: Option<String>,
    /// Instead of one client: every client that this issuer of software statements verified.
    #[arg(long, value_name = "ISSUER", conflicts_with = "client_id")]
    verified_by: Option<String>,
    /// Only say what would be deleted.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct RestoreArguments {
    client_id: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct SweepArguments {
    /// Only say what would go, and why.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The same transaction counts and deletes: the receipt is what went.
pub(super) fn delete(arguments: DeleteArguments, settings: &Settings) -> Result<Output, CliError> {
    let DeleteArguments { client_id, verified_by, dry_run, json: as_json } = arguments;
    let client_id = match (client_id, verified_by) {
        (Some(client_id), _) => client_id,
        (None, Some(issuer)) => return delete_of_issuer(&issuer, dry_run, as_json, settings),
        (None, None) => return Err(CliError::new("Name a client_id, or an issuer with --verified-by.")),
    };
    let (means, reason) = (settings.open()?.means, RemovalReason::DeletedByOperator);
    let retention = Retention::of(&means);
    let receipt = if dry_run {
        means.database.read_blocking(move |conn| -> Write<_> {
            let client = required(conn, &client_id)?;
            Ok(preview(conn, &client, reason, &retention)?)
        })
    } else {
        let origin = settings.command_line_origin();
        means.database.write_blocking(move |conn| {
            let client = locked(conn, &client_id)?;
            match remove(conn, &client, reason, &origin, &retention)? {
                Some(receipt) => Ok(receipt),
                None => CliError::refused(format!("There is no client {client_id}.")),
            }
        })
    }?;
    if as_json {
        return output::json(&json!({
            "client_id": receipt.client_id,
            "deleted": !dry_run,
            "belongings": receipt.belongings,
            "restorable_until": receipt.restorable_until,
        }));
    }
    let (shown, belongings) = (&receipt.client_id, &receipt.belongings);
    let undo = receipt
        .restorable_until
        .map(|end| format!("It can be restored until {}: grantor client restore {shown}\n", time(end)));
    Ok(Output::from(if dry_run {
        format!("The client {shown} would be deleted.\n{}", counts("With it would go", belongings))
    } else {
        let went = counts("With it went", belongings);
        format!("The client {shown} is deleted.\n{went}{}", undo.unwrap_or_default())
    }))
}

/// Every client of an issuer, each with its receipt.
fn delete_of_issuer(
    issuer: &str,
    dry_run: bool,
    as_json: bool,
    settings: &Settings,
) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let origin = settings.command_line_origin();
    let receipts =
        wait_for(software_statement::remove_clients_verified_by(&means, issuer, dry_run, &origin))?;
    if as_json {
        return output::json(&json!({ "verified_by": issuer, "deleted": !dry_run, "clients": receipts }));
    }
    let went = if dry_run { "would be deleted" } else { "deleted" };
    let rows: Vec<_> = receipts
        .iter()
        .map(|receipt| {
            let tokens = receipt.belongings.access_tokens + receipt.belongings.refresh_tokens;
            [receipt.client_id.clone(), receipt.belongings.grants.to_string(), tokens.to_string()]
        })
        .collect();
    let nothing = format!("No client is verified by {issuer}.");
    Ok(table(["CLIENT_ID", "GRANTS", "TOKENS"], &rows, &nothing).note(format!("{} {went}.", rows.len())))
}

/// Brings a removed client back, with new secrets.
pub(super) fn restore(arguments: &RestoreArguments, settings: &Settings) -> Result<Output, CliError> {
    let (means, id) = (settings.open()?.means, &arguments.client_id);
    let restored = wait_for(restore_client::restore(&means, id, &settings.command_line_origin()))?;
    let uri = means.config.issuer.endpoint(&format!("{}/{id}", paths::REGISTER));
    let (secret, token) = (restored.client_secret.as_ref(), restored.registration_access_token.as_ref());
    if arguments.json {
        return output::json(&json!({
            "client_id": restored.client_id,
            "client_secret": secret.map(crate::entropy::Token::expose),
            "client_secret_expires_at": secret.map(|_| restored.client_secret_expires_at),
            "registration_access_token": token.map(crate::entropy::Token::expose),
            "registration_client_uri": token.map(|_| &uri),
            "consents": restored.consents,
        }));
    }
    let mut lines = vec![("client_id", restored.client_id.clone())];
    if let Some(secret) = secret {
        let end = Some(restored.client_secret_expires_at).filter(|end| *end != 0);
        lines.push(("client_secret", secret.expose().to_owned()));
        lines.push(("secret expires", time_or(end, "never")));
    }
    if let Some(token) = token {
        lines.push(("registration_access_token", token.expose().to_owned()));
        lines.push(("registration_client_uri", uri));
    }
    lines.push(("consents", restored.consents.to_string()));
    Ok(Output::from(facts(&lines)).note(
        "The client is back. Keep what is secret here: it is not shown again, and nothing older works.",
    ))
}

impl From<RestoreRefusal> for CliError {
    fn from(refusal: RestoreRefusal) -> Self {
        Self::new(match refusal {
            RestoreRefusal::NotRestorable => {
                "There is nothing to restore: no client of this id was removed, it deleted itself, or the time of \
                 registration.undo is over."
                    .to_owned()
            }
            RestoreRefusal::IsThere => "There is a client of this id.".to_owned(),
            RestoreRefusal::Registration(refusal) => {
                format!("The client was not restored: {}", refusal.description)
            }
        })
    }
}

/// Removes what nobody uses, or says what that would be.
pub(super) fn sweep(arguments: &SweepArguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    if !arguments.dry_run {
        let swept = wait_for(client_sweep::sweep(&means, &settings.command_line_origin(), Pace::BY_HAND))?;
        if arguments.json {
            return output::json(&swept);
        }
        return Ok(Output::from(format!(
            "Removed {} that nobody ever authorized and {} that nobody uses any more.\n",
            clients(swept.never_used),
            clients(swept.idle)
        )));
    }
    let preview = wait_for(client_sweep::preview(&means, MOST_NAMED))?;
    if arguments.json {
        return output::json(&preview);
    }
    let rows: Vec<_> = preview.clients.iter().map(row).collect();
    let named = table(
        ["CLIENT_ID", "SOURCE", "WHY", "REGISTERED", "LAST USED"],
        &rows,
        "There is no client that a sweep would remove.",
    );
    let total = preview.never_used + preview.idle;
    let output = Output::from(named.into_text());
    Ok(if total > rows.len() {
        output.note(format!("{total} clients would go; the first {} are named.", rows.len()))
    } else {
        output
    })
}

fn clients(number: usize) -> String {
    if number == 1 { "1 client".to_owned() } else { format!("{number} clients") }
}

fn row(due: &Due) -> [String; 5] {
    [
        due.client_id.clone(),
        due.source.to_owned(),
        due.reason.to_owned(),
        time(due.registered_at),
        time_or(due.last_used_at, "never"),
    ]
}
