//! `grantor mail`: e-mails.

use clap::{Subcommand, ValueEnum};

use super::error::CliError;
use super::output::{self, Output, table, time};
use super::{Settings, wait_for};
use crate::flow::administer::emails::{self, EmailState};

/// So many e-mails are listed at once.
const PAGE: i64 = 500;

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum State {
    Waiting,
    Sent,
    Failed,
}

#[derive(Subcommand)]
pub(super) enum MailCommand {
    /// List the e-mails of the last thirty days, newest first.
    #[command(after_help = "Example:\n  grantor mail list --state failed")]
    List {
        #[arg(long)]
        state: Option<State>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Send an e-mail again that could not be sent. The server sends it.
    #[command(after_help = "Example:\n  grantor mail retry 17")]
    Retry {
        /// As listed.
        id: i64,
    },
    /// Send a message to try the mail server, at once.
    #[command(after_help = "Example:\n  grantor mail test alice@example.com")]
    Test {
        /// Whom it goes to.
        address: String,
    },
}

pub(super) fn run(command: MailCommand, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    match command {
        MailCommand::List { state, json } => {
            let state = state.map(|state| match state {
                State::Waiting => EmailState::Waiting,
                State::Sent => EmailState::Sent,
                State::Failed => EmailState::Failed,
            });
            let found = wait_for(emails::list(&means, state, None, PAGE))?;
            if json {
                return output::json(&found);
            }
            let rows: Vec<_> = found
                .into_iter()
                .map(|email| {
                    let error = email.last_error.unwrap_or_default();
                    let (id, made) = (email.id.to_string(), time(email.created_at));
                    [id, made, email.state, email.kind, email.recipient, error]
                })
                .collect();
            Ok(table(["ID", "MADE", "STATE", "KIND", "TO", "LAST ERROR"], &rows, "There are no e-mails."))
        }
        MailCommand::Retry { id } => {
            wait_for(emails::retry(&means, id, settings.command_line_origin()))?;
            Ok(Output::from("The server sends it now.\n".to_owned()))
        }
        MailCommand::Test { address } => {
            wait_for(emails::test(&means, &address))?;
            Ok(Output::from(format!("The mail server took a message to {}.\n", address.trim())))
        }
    }
}
