//! `grantor client`: list, show, delete, disable and enable clients.

use clap::Subcommand;
use serde_json::{Value, json};

use super::error::{CliError, Write};
use super::output::{self, Output, facts, table, time, time_or};
use super::{Settings, apply, client_add, client_credentials, client_life};
use crate::clock::Seconds;
use crate::flow::approve_client::{self, Approval};
use crate::storage::DbConnection;
use crate::storage::audit_events::{self, Event, EventKind};
use crate::storage::clients::{self, Belongings, Client, Source};

#[derive(Subcommand)]
pub(super) enum ClientCommand {
    /// Make a client; its secret is printed this once.
    #[command(
        after_help = "Examples:\n  grantor client add --name Reports --grant client_credentials --scope reports.read\n  grantor client add metadata.json --json"
    )]
    Add(client_add::Arguments),
    /// List the clients.
    #[command(after_help = "Example:\n  grantor client list --json")]
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one client.
    #[command(after_help = "Example:\n  grantor client show c-3q2-7wAAAAAAAAAAAAAAAA")]
    Show {
        client_id: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Delete a client and everything that was issued to it.
    #[command(after_help = "Example:\n  grantor client delete c-3q2-7wAAAAAAAAAAAAAAAA --dry-run")]
    Delete(client_life::DeleteArguments),
    /// Bring a removed client back: the same `client_id`, new secrets. For as long as `registration.undo`.
    #[command(after_help = "Example:\n  grantor client restore c-3q2-7wAAAAAAAAAAAAAAAA")]
    Restore(client_life::RestoreArguments),
    /// Remove the clients that nobody uses, as the server does by itself.
    #[command(after_help = "Example:\n  grantor client sweep --dry-run")]
    Sweep(client_life::SweepArguments),
    /// Give a client a new secret; the old one works on for a while.
    #[command(after_help = "Example:\n  grantor client rotate-secret c-3q2-7wAAAAAAAAAAAAAAAA --overlap 24h")]
    RotateSecret(client_credentials::SecretArguments),
    /// Give a client a new registration access token (RFC 7592); the old ones are dead at once.
    #[command(after_help = "Example:\n  grantor client registration-access-token c-3q2-7wAAAAAAAAAAAAAAAA")]
    RegistrationAccessToken(client_credentials::Arguments),
    /// Let a client work that waits for approval.
    #[command(after_help = "Example:\n  grantor client approve c-3q2-7wAAAAAAAAAAAAAAAA")]
    Approve { client_id: String },
    /// Print clients as a document for `grantor apply` and `grantor client import`.
    #[command(after_help = "Example:\n  grantor client export > clients.json")]
    Export(apply::ExportArguments),
    /// Make the clients of a document; it is an error if one of them is there.
    #[command(after_help = "Example:\n  grantor client import clients.json --dry-run")]
    Import(apply::ImportArguments),
    /// Refuse a client everything until it is enabled again. Nothing of it is deleted.
    #[command(after_help = "Example:\n  grantor client disable c-3q2-7wAAAAAAAAAAAAAAAA")]
    Disable { client_id: String },
    /// Let a disabled client work again.
    #[command(after_help = "Example:\n  grantor client enable c-3q2-7wAAAAAAAAAAAAAAAA")]
    Enable { client_id: String },
}

pub(super) fn run(command: ClientCommand, settings: &Settings) -> Result<Output, CliError> {
    match command {
        ClientCommand::Add(arguments) => client_add::run(&arguments, settings),
        ClientCommand::Export(arguments) => apply::export(&arguments, settings),
        ClientCommand::Import(arguments) => apply::import(&arguments, settings),
        ClientCommand::List { json } => list(settings, json),
        ClientCommand::Show { client_id, json } => show(settings, client_id, json),
        ClientCommand::Delete(arguments) => client_life::delete(arguments, settings),
        ClientCommand::Restore(arguments) => client_life::restore(&arguments, settings),
        ClientCommand::Sweep(arguments) => client_life::sweep(&arguments, settings),
        ClientCommand::RotateSecret(arguments) => client_credentials::secret(&arguments, settings),
        ClientCommand::RegistrationAccessToken(arguments) => client_credentials::token(&arguments, settings),
        ClientCommand::Approve { client_id } => approve(settings, client_id),
        ClientCommand::Disable { client_id } => switch(settings, client_id, true),
        ClientCommand::Enable { client_id } => switch(settings, client_id, false),
    }
}

/// A door by its name.
pub(super) fn source(name: &str) -> Result<Source, String> {
    let names = || Source::ALL.map(Source::as_str).join(", ");
    Source::from_name(name).ok_or_else(|| format!("it must be one of {}", names()))
}

/// The client of this id, or a sentence.
pub(super) fn required(conn: &mut DbConnection, client_id: &str) -> Write<Client> {
    match clients::find(conn, client_id)? {
        Some(client) => Ok(client),
        None => CliError::refused(format!("There is no client {client_id}.")),
    }
}

/// The client of this id, locked until the transaction ends.
pub(super) fn locked(conn: &mut DbConnection, client_id: &str) -> Write<Client> {
    let key = required(conn, client_id)?.key;
    match clients::lock(conn, key)? {
        Some(client) => Ok(client),
        None => CliError::refused(format!("There is no client {client_id}.")),
    }
}

fn list(settings: &Settings, as_json: bool) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let found = means.database.read_blocking(|conn| -> Write<_> { Ok(clients::list(conn)?) })?;
    if as_json {
        return output::json(&found.iter().map(as_value).collect::<Result<Vec<_>, _>>()?);
    }
    let rows: Vec<_> = found
        .into_iter()
        .map(|client| {
            let state = state(&client);
            [
                client.client_id,
                client.metadata.client_name.unwrap_or_default(),
                client.source.as_str().to_owned(),
                client.metadata.token_endpoint_auth_method.as_str().to_owned(),
                state.to_owned(),
                time(client.created_at),
            ]
        })
        .collect();
    Ok(table(
        ["CLIENT_ID", "NAME", "SOURCE", "AUTHENTICATION", "STATE", "REGISTERED"],
        &rows,
        "There is no client yet.",
    ))
}

/// Whether it works, and whom it waits for if not.
fn state(client: &Client) -> &'static str {
    if client.is_disabled() {
        "disabled"
    } else if client.is_pending() {
        "pending"
    } else {
        "enabled"
    }
}

/// Everything that is known of a client but its secrets, of which only digests are stored.
fn as_value(client: &Client) -> Result<Value, CliError> {
    let mut value = serde_json::to_value(&client.metadata)
        .map_err(|error| CliError::new(format!("The client {} has no JSON: {error}", client.client_id)))?;
    let own = json!({
        "client_id": client.client_id,
        "client_id_issued_at": client.created_at,
        "client_secret_expires_at": client.secret.as_ref().map(|secret| secret.expires_at),
        "source": client.source.as_str(),
        "policy": client.policy,
        "updated_at": client.updated_at,
        "disabled_at": client.disabled_at,
        "pending_since": client.pending_since,
        "verified_by": client.verified_by,
    });
    if let (Value::Object(members), Value::Object(own)) = (&mut value, own) {
        members.extend(own);
    }
    Ok(value)
}

fn show(settings: &Settings, client_id: String, as_json: bool) -> Result<Output, CliError> {
    let database = settings.open()?.means.database;
    let (client, belongings) = database.read_blocking(move |conn| {
        let client = required(conn, &client_id)?;
        let belongings = clients::belongings(conn, client.key)?;
        Ok::<_, crate::storage::Failure<CliError>>((client, belongings))
    })?;
    let mut value = as_value(&client)?;
    if as_json {
        if let Value::Object(members) = &mut value {
            members.insert("belongings".to_owned(), json!(belongings));
        }
        return output::json(&value);
    }
    let secret = match &client.secret {
        None => "none".to_owned(),
        Some(secret) if secret.expires_at == 0 => "set, does not expire".to_owned(),
        Some(secret) => format!("set, until {}", time(secret.expires_at)),
    };
    let mut text = facts(&[
        ("client_id", client.client_id.clone()),
        ("source", client.source.as_str().to_owned()),
        ("client_secret", secret),
        ("registered", time(client.created_at)),
        ("updated", time(client.updated_at)),
        ("disabled", time_or(client.disabled_at, "no")),
        (
            "waits for approval",
            client.pending_since.map_or_else(|| "no".to_owned(), |at| format!("since {}", time(at))),
        ),
        ("verified by", client.verified_by.clone().unwrap_or_else(|| "nobody".to_owned())),
    ]);
    let metadata = output::json(&client.metadata)?;
    text.push_str("metadata:\n");
    Ok(Output::from(text + &metadata.into_text() + &counts("It has", &belongings)))
}

/// One line for each kind of row; the same for the announcement and for the receipt.
pub(super) fn counts(begin: &str, belongings: &Belongings) -> String {
    let lines = facts(&[
        ("  registration access tokens", belongings.registration_access_tokens.to_string()),
        ("  authorization requests", belongings.authorization_requests.to_string()),
        ("  authorization codes", belongings.authorization_codes.to_string()),
        ("  grants", belongings.grants.to_string()),
        ("  access tokens", belongings.access_tokens.to_string()),
        ("  refresh tokens", belongings.refresh_tokens.to_string()),
        ("  consents", belongings.consents.to_string()),
        ("  resources that it may introspect for", belongings.resource_introspectors.to_string()),
    ]);
    format!("{begin}:\n{lines}")
}

fn switch(settings: &Settings, client_id: String, off: bool) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let (now, origin) = (means.clock.now(), settings.command_line_origin());
    let disabled_at: Option<Seconds> = off.then_some(now);
    let shown = client_id.clone();
    means.database.write_blocking(move |conn| -> Write<()> {
        let client = locked(conn, &client_id)?;
        if client.is_disabled() == off {
            let state = if off { "disabled" } else { "enabled" };
            return CliError::refused(format!("The client {client_id} is {state} already."));
        }
        clients::set_disabled(conn, client.key, disabled_at)?;
        let kind = if off { EventKind::ClientDisabled } else { EventKind::ClientEnabled };
        let (client_id, details) = (Some(client_id.as_str()), json!({}));
        Ok(audit_events::record(conn, &Event { kind, origin: &origin, client_id, details }, now)?)
    })?;
    let state = if off { "disabled" } else { "enabled" };
    Ok(Output::from(format!("The client {shown} is {state}.\n")))
}

fn approve(settings: &Settings, client_id: String) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let (now, origin) = (means.clock.now(), settings.command_line_origin());
    let shown = client_id.clone();
    means.database.write_blocking(move |conn| -> Write<()> {
        match approve_client::approve(conn, &client_id, &origin, now)? {
            Approval::Approved => Ok(()),
            Approval::NotPending => {
                CliError::refused(format!("The client {client_id} does not wait for approval."))
            }
            Approval::UnknownClient => CliError::refused(format!("There is no client {client_id}.")),
        }
    })?;
    Ok(Output::from(format!("The client {shown} is approved.\n")))
}
