//! `grantor user`: people.

use std::io::{BufRead as _, IsTerminal as _, Read as _};

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::error::{CliError, Write};
use super::output::{self, Output, table, time, time_or};
use super::{Settings, person, standing, user_links, wait_for};
use crate::flow::administer;
use crate::flow::administer::people::{self, Ended, Who};
use crate::flow::set_up::{self, NewPerson};
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
    /// Change what is known of a person, and what they may.
    #[command(
        after_help = "Example:\n  grantor user set alice --claim given_name=Alice --claim 'address={\"country\":\"GB\"}'"
    )]
    Set(person::SetArguments),
    /// Show what is known of a person, but their secrets.
    #[command(after_help = "Example:\n  grantor user show alice --json")]
    Show(person::ShowArguments),
    /// Remove a person with everything that is theirs. Nobody ever gets their `sub` again.
    #[command(after_help = "Example:\n  grantor user delete alice")]
    Delete {
        /// What the person signs in with.
        name: String,
    },
    /// List what a person allows clients; without a name, what everybody allows.
    #[command(after_help = "Example:\n  grantor user grants alice")]
    Grants(standing::ListArguments),
    /// Take back everything that a person allowed, or one grant: the tokens die, and they are asked again.
    #[command(after_help = "Example:\n  grantor user revoke-grants alice")]
    RevokeGrants(standing::RevokeArguments),
    /// Make a link by which a person chooses a new password. It is mailed if it can be, and printed otherwise.
    #[command(after_help = "Example:\n  grantor user reset-link alice")]
    ResetLink(user_links::ResetLinkArguments),
    /// Invite somebody to make an account. The link is mailed if it can be, and printed otherwise.
    #[command(after_help = "Example:\n  grantor user invite bob@example.com --group staff")]
    Invite(user_links::InviteArguments),
    /// List the invitations that still work.
    #[command(after_help = "Example:\n  grantor user invitations")]
    Invitations {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Take an invitation back.
    #[command(after_help = "Example:\n  grantor user revoke-invitation ID")]
    RevokeInvitation {
        /// As listed.
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Give a person another password: every session and every token that they have is dead at once.
    #[command(after_help = "Example:\n  grantor user password alice --password-stdin < password.txt")]
    Password {
        /// What the person signs in with.
        name: String,
        /// Read the password from the first line of standard input: the one way to give it.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Switch a person off: every session and every token that they have is dead at once.
    #[command(after_help = "Example:\n  grantor user disable alice")]
    Disable {
        /// What the person signs in with.
        name: String,
    },
    /// Let a person sign in again.
    #[command(after_help = "Example:\n  grantor user enable alice")]
    Enable {
        /// What the person signs in with.
        name: String,
    },
    /// Let a person try to sign in at once, however often that failed.
    #[command(after_help = "Example:\n  grantor user unblock alice")]
    Unblock {
        /// What the person signs in with.
        name: String,
    },
    /// List where a person is signed in; without a name, where everybody is.
    #[command(after_help = "Example:\n  grantor user sessions alice")]
    Sessions(standing::ListArguments),
    /// Show what a person can sign in with beside a password.
    #[command(after_help = "Example:\n  grantor user factors alice")]
    Factors {
        /// What the person signs in with.
        name: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove every passkey, the app and the recovery codes of a person who lost them; the password stays.
    #[command(after_help = "Example:\n  grantor user reset-factors alice")]
    ResetFactors {
        /// What the person signs in with.
        name: String,
    },
    /// Sign a person out everywhere, or in one session.
    #[command(after_help = "Example:\n  grantor user sign-out alice")]
    SignOut {
        /// What the person signs in with.
        #[arg(required_unless_present = "everybody")]
        name: Option<String>,
        /// Only the session with this SID, as listed.
        #[arg(long, value_name = "SID", conflicts_with = "everybody", allow_hyphen_values = true)]
        session: Option<String>,
        /// Instead of one person: everybody.
        #[arg(long, conflicts_with = "name")]
        everybody: bool,
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
        UserCommand::Set(arguments) => {
            person::set(arguments, &|given, means| typed(given, &means.config.scopes), settings)
        }
        UserCommand::Show(arguments) => person::show(arguments, settings),
        UserCommand::Delete { name } => person::delete(name, settings),
        UserCommand::Grants(arguments) => standing::grants(arguments, settings),
        UserCommand::RevokeGrants(arguments) => standing::revoke_grants(arguments, settings),
        UserCommand::List { json } => list(settings, json),
        UserCommand::ResetLink(arguments) => user_links::reset_link(arguments, settings),
        UserCommand::Invite(arguments) => user_links::invite(arguments, settings),
        UserCommand::Invitations { json } => user_links::invitations(json, settings),
        UserCommand::RevokeInvitation { id } => user_links::revoke_invitation(id, settings),
        UserCommand::Password { name, .. } => password(&name, settings),
        UserCommand::Disable { name } => {
            let (means, origin) = (settings.open()?.means, settings.command_line_origin());
            let ended = wait_for(people::disable(&means, Who::Name(name.clone()), origin))?;
            Ok(Output::from(format!("{} cannot sign in any more. {}\n", name.trim(), in_words(ended))))
        }
        UserCommand::Enable { name } => {
            let (means, origin) = (settings.open()?.means, settings.command_line_origin());
            wait_for(people::enable(&means, Who::Name(name.clone()), origin))?;
            Ok(Output::from(format!("{} can sign in again.\n", name.trim())))
        }
        UserCommand::Unblock { name } => {
            let (means, origin) = (settings.open()?.means, settings.command_line_origin());
            wait_for(people::unblock(&means, Who::Name(name.clone()), origin))?;
            Ok(Output::from(format!("{} may try to sign in again.\n", name.trim())))
        }
        UserCommand::Sessions(arguments) => standing::sessions(arguments, settings),
        UserCommand::Factors { name, json } => factors(name, json, settings),
        UserCommand::ResetFactors { name } => reset_factors(&name, settings),
        UserCommand::SignOut { name, session, .. } => {
            let (means, origin) = (settings.open()?.means, settings.command_line_origin());
            let ended = match name {
                Some(name) => wait_for(people::sign_out(&means, Who::Name(name), session, origin)),
                None => wait_for(people::sign_everybody_out(&means, origin)),
            }?;
            Ok(Output::from(format!("Sessions that ended: {}.\n", ended.sessions)))
        }
    }
}

fn in_words(ended: Ended) -> String {
    format!("Sessions that ended: {}. Grants that ended beside: {}.", ended.sessions, ended.grants)
}

fn password(name: &str, settings: &Settings) -> Result<Output, CliError> {
    let password = read_password()?;
    let (means, origin) = (settings.open()?.means, settings.command_line_origin());
    let ended = wait_for(people::change_password(&means, Who::Name(name.to_owned()), password, origin))?;
    Ok(Output::from(format!("{} has another password now. {}\n", name.trim(), in_words(ended))))
}

fn factors(name: String, as_json: bool, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let found = wait_for(administer::factors::list(&means, Who::Name(name)))?;
    if as_json {
        return output::json(&found);
    }
    let mut rows: Vec<_> = found
        .factors
        .passkeys
        .into_iter()
        .map(|it| ["passkey".to_owned(), it.name, time(it.created_at), time_or(it.last_used_at, "never")])
        .collect();
    if let Some(app) = found.factors.one_time_codes {
        let used = time_or(app.last_used_at, "never");
        rows.push(["one-time codes".to_owned(), String::new(), time(app.since), used]);
    }
    if let Some(codes) = found.factors.recovery_codes {
        let left = format!("{} left", codes.left);
        rows.push(["recovery codes".to_owned(), left, time(codes.made_at), String::new()]);
    }
    let names = ["FACTOR", "NAME", "SINCE", "LAST USED"];
    Ok(table(names, &rows, "The person has nothing beside a password."))
}

fn reset_factors(name: &str, settings: &Settings) -> Result<Output, CliError> {
    let (means, origin) = (settings.open()?.means, settings.command_line_origin());
    let reset = wait_for(administer::factors::reset(&means, Who::Name(name.to_owned()), origin))?;
    let app = if reset.one_time_codes { " and the app" } else { "" };
    Ok(Output::from(format!(
        "Passkeys of {} that are removed: {}{app}. Sessions that ended: {}.\n",
        name.trim(),
        reset.passkeys,
        reset.sessions
    )))
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
            claims::typed(name, text, scopes).map_err(|fault| CliError::new(format!("{name} {fault}.")))?
        };
        typed.insert(name.to_owned(), value);
    }
    Ok(typed)
}

fn read_password() -> Result<String, CliError> {
    read_line("password", "grantor user add … --password-stdin < FILE")
}

/// A client secret that another server made.
pub(super) fn read_secret() -> Result<String, CliError> {
    read_line("secret", "grantor upstream … --secret-stdin < FILE")
}

fn read_line(what: &str, command: &str) -> Result<String, CliError> {
    let input = std::io::stdin();
    if input.is_terminal() {
        return Err(CliError::new(format!("The {what} would be seen on this terminal. Send it: {command}")));
    }
    let mut line = String::new();
    let read = input.lock().take(LONGEST_LINE).read_line(&mut line);
    read.map_err(|error| CliError::new(format!("The {what} could not be read: {error}")))?;
    let password =
        line.strip_suffix('\n').map_or(line.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if password.is_empty() {
        return Err(CliError::new(format!("Standard input holds no {what}.")));
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
