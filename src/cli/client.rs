//! `grantor client`: list, show, delete, disable and enable clients.

use clap::Subcommand;

use super::error::{CliError, Write};
use super::output::{Output, facts};
use super::{
    Settings, apply, client_add, client_credentials, client_life, client_list, person, standing, wait_for,
};
use crate::flow::administer::clients as administer;
use crate::flow::approve_client::{self, Approval};
use crate::storage::DbConnection;
use crate::storage::clients::{self, Belongings, Client, Source};

#[derive(Subcommand)]
pub(super) enum ClientCommand {
    /// Make a client; its secret is printed this once.
    #[command(
        after_help = "Examples:\n  grantor client add --name Reports --redirect-uri https://reports.example.com/callback --scope openid\n  grantor client add --name Nightly --grant client_credentials\n  grantor client add metadata.json --json"
    )]
    Add(client_add::Arguments),
    /// List the clients, or those that the options name, oldest first.
    #[command(after_help = "Example:\n  grantor client list --source dynamic --used-before 90d --json")]
    List(client_list::ListArguments),
    /// Show one client.
    #[command(after_help = "Example:\n  grantor client show c-3q2-7wAAAAAAAAAAAAAAAA")]
    Show(client_list::ShowArguments),
    /// Replace the metadata of a client by those of a file; what is left out goes back to its default.
    #[command(after_help = "Example:\n  grantor client set c-3q2-7wAAAAAAAAAAAAAAAA metadata.json")]
    Set(client_add::SetArguments),
    /// List who allowed a client what.
    #[command(after_help = "Example:\n  grantor client grants c-3q2-7wAAAAAAAAAAAAAAAA")]
    Grants(standing::ClientArguments),
    /// Take back everything that anybody allowed a client: its tokens die, and people are asked again.
    #[command(after_help = "Example:\n  grantor client revoke-grants c-3q2-7wAAAAAAAAAAAAAAAA")]
    RevokeGrants { client_id: String },
    /// Count the clients by state, door and product, and the registrations by day.
    #[command(after_help = "Example:\n  grantor client statistics --json")]
    Statistics(client_list::StatisticsArguments),
    /// List the clients that are gone, the latest first, and until when each can be restored.
    #[command(after_help = "Example:\n  grantor client removed --limit 10")]
    Removed(client_list::RemovedArguments),
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
    Disable {
        client_id: String,
        /// One line, for other operators.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Say for whom a client is, and how sure a sign-in to it must be; without an option, show it.
    #[command(
        after_help = "Example:\n  grantor client access c-3q2-7wAAAAAAAAAAAAAAAA --group staff --least-acr 2"
    )]
    Access(person::AccessArguments),
    /// Let a disabled client work again.
    #[command(after_help = "Example:\n  grantor client enable c-3q2-7wAAAAAAAAAAAAAAAA")]
    Enable { client_id: String },
}

pub(super) fn run(command: ClientCommand, settings: &Settings) -> Result<Output, CliError> {
    match command {
        ClientCommand::Access(arguments) => person::access(arguments, settings),
        ClientCommand::Add(arguments) => client_add::run(&arguments, settings),
        ClientCommand::Export(arguments) => apply::export(&arguments, settings),
        ClientCommand::Import(arguments) => apply::import(&arguments, settings),
        ClientCommand::List(arguments) => client_list::list(arguments, settings),
        ClientCommand::Show(arguments) => client_list::show(arguments, settings),
        ClientCommand::Set(arguments) => client_add::set(arguments, settings),
        ClientCommand::Grants(arguments) => standing::grants_of_client(arguments, settings),
        ClientCommand::RevokeGrants { client_id } => standing::revoke_of_client(client_id, settings),
        ClientCommand::Statistics(arguments) => client_list::statistics(&arguments, settings),
        ClientCommand::Removed(arguments) => client_list::removed(&arguments, settings),
        ClientCommand::Delete(arguments) => client_life::delete(arguments, settings),
        ClientCommand::Restore(arguments) => client_life::restore(&arguments, settings),
        ClientCommand::Sweep(arguments) => client_life::sweep(&arguments, settings),
        ClientCommand::RotateSecret(arguments) => client_credentials::secret(&arguments, settings),
        ClientCommand::RegistrationAccessToken(arguments) => client_credentials::token(&arguments, settings),
        ClientCommand::Approve { client_id } => approve(settings, client_id),
        ClientCommand::Disable { client_id, reason } => disable(settings, client_id, reason),
        ClientCommand::Enable { client_id } => enable(settings, client_id),
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

fn disable(settings: &Settings, client_id: String, reason: Option<String>) -> Result<Output, CliError> {
    let (means, shown) = (settings.open()?.means, client_id.clone());
    wait_for(administer::disable(&means, client_id, reason, settings.command_line_origin()))?;
    Ok(Output::from(format!("The client {shown} is disabled.\n")))
}

fn enable(settings: &Settings, client_id: String) -> Result<Output, CliError> {
    let (means, shown) = (settings.open()?.means, client_id.clone());
    wait_for(administer::enable(&means, client_id, settings.command_line_origin()))?;
    Ok(Output::from(format!("The client {shown} is enabled.\n")))
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
