//! `grantor user`: people.

use std::io::{BufRead as _, IsTerminal as _, Read as _};

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::Settings;
use super::error::{CliError, Write};
use super::output::{self, Output, table, time, time_or};
use crate::flow::set_up::{self, NewPerson, PersonChange};
use crate::protocol::claims;
use crate::protocol::scope::ScopeDefinition;
use crate::storage::users::{self, User};

/// More than any password: what comes after it is not read.
const LONGEST_LINE: u64 = 4096;

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Make a person who can sign in.
    #[command(
        after_help = "Example:\n  grantor user add alice --email alice@example.com --admin --password-stdin < password.txt"
    )]
    Add {
        /// What the person signs in with.
        name: String,
        #[arg(long)]
        email: String,
        /// Say that the address is known to be this person's.
        #[arg(long)]
        email_verified: bool,
        /// A claim for the scopes profile, phone, address or one of your own; may be repeated.
        #[arg(long = "claim", value_name = "NAME=VALUE")]
        claims: Vec<String>,
        /// Make an administrator.
        #[arg(long)]
        admin: bool,
        /// Read the password from the first line of standard input: the one way to give it.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Change what clients are told about a person.
    #[command(
        after_help = "Example:\n  grantor user set alice --claim given_name=Alice --claim 'address={\"country\":\"GB\"}'"
    )]
    Set {
        /// What the person signs in with.
        name: String,
        /// A new address; it is unverified unless --email-verified says otherwise.
        #[arg(long)]
        email: Option<String>,
        /// Whether the address is known to be this person's.
        #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "true|false")]
        email_verified: Option<bool>,
        /// A claim; may be repeated. Without a value it is removed.
        #[arg(long = "claim", value_name = "NAME=VALUE")]
        claims: Vec<String>,
    },
    /// List everybody.
    #[command(after_help = "Example:\n  grantor user list --json")]
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: UserCommand, settings: &Settings) -> Result<Output, CliError> {
    match command {
        UserCommand::Add { name, email, email_verified, claims, admin, .. } => {
            let password = read_password()?;
            let means = settings.open()?.means;
            let person = NewPerson {
                name: name.clone(),
                email: Some(email),
                email_verified,
                claims: typed(&claims, &means.config.scopes)?,
                password,
                is_administrator: admin,
            };
            set_up::add_person(&means, person, settings.command_line_origin())?;
            let kind = if admin { "administrator" } else { "user" };
            Ok(Output::from(format!("The {kind} {} can sign in now.\n", name.trim())))
        }
        UserCommand::Set { name, email, email_verified, claims } => {
            let means = settings.open()?.means;
            let claims = typed(&claims, &means.config.scopes)?;
            let change = PersonChange { email, email_verified, claims };
            if !set_up::change_person(&means, &name, change, settings.command_line_origin())? {
                return Err(CliError::new(format!("There is nobody called {}.", name.trim())));
            }
            Ok(Output::from(format!("What clients are told about {} is changed.\n", name.trim())))
        }
        UserCommand::List { json } => list(settings, json),
    }
}

/// `NAME=VALUE`s as claims; null where there is no value.
fn typed(given: &[String], scopes: &[ScopeDefinition]) -> Result<Map<String, Value>, CliError> {
    let mut typed = Map::new();
    for pair in given {
        let (name, text) = pair
            .split_once('=')
            .ok_or_else(|| CliError::new(format!("--claim {pair} is not NAME=VALUE.")))?;
        let value = if text.is_empty() {
            Value::Null
        } else {
            claims::typed(name, text, scopes).map_err(CliError::new)?
        };
        typed.insert(name.to_owned(), value);
    }
    Ok(typed)
}

fn read_password() -> Result<String, CliError> {
    let input = std::io::stdin();
    if input.is_terminal() {
        return Err(CliError::new(
            "The password would be seen on this terminal. Send it: grantor user add … --password-stdin < FILE",
        ));
    }
    let mut line = String::new();
    let read = input.lock().take(LONGEST_LINE).read_line(&mut line);
    read.map_err(|error| CliError::new(format!("The password could not be read: {error}")))?;
    let password =
        line.strip_suffix('\n').map_or(line.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if password.is_empty() {
        return Err(CliError::new("Standard input holds no password."));
    }
    Ok(password.to_owned())
}

fn list(settings: &Settings, as_json: bool) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let people = means.database.read_blocking(|conn| -> Write<_> { Ok(users::list(conn)?) })?;
    if as_json {
        return output::json(&people.iter().map(as_value).collect::<Vec<_>>());
    }
    let rows: Vec<_> = people
        .into_iter()
        .map(|user| {
            let kind = if user.is_administrator { "administrator" } else { "user" };
            [
                user.name,
                user.email.unwrap_or_default(),
                kind.to_owned(),
                time(user.created_at),
                time_or(user.disabled_at, ""),
            ]
        })
        .collect();
    Ok(table(["NAME", "E-MAIL", "KIND", "MADE", "DISABLED"], &rows, "There is nobody yet."))
}

fn as_value(user: &User) -> Value {
    json!({
        "name": user.name,
        "sub": user.subject,
        "email": user.email,
        "email_verified": user.email_verified,
        "claims": user.claims,
        "is_administrator": user.is_administrator,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
        "disabled_at": user.disabled_at,
    })
}
