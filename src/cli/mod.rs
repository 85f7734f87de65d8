//! The command line: one file per command. Every command works beside a running server on the same database.

mod api_key;
mod apply;
mod arguments;
mod attribute;
mod audit;
mod backup;
mod client;
mod client_add;
mod client_credentials;
mod client_life;
mod client_list;
pub mod config;
mod doctor;
mod error;
mod group;
mod healthcheck;
mod initial_access_token;
mod key;
mod mail;
mod migrate;
mod output;
mod overview;
mod person;
mod registration;
mod resource;
mod restore;
mod serve;
mod standing;
mod upstream;
mod user;
mod user_links;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::app::{self, Opened};
use crate::clock::Clock;
use crate::config::{Config, reference};
use crate::entropy::Entropy;
use crate::flow::{Actor, Origin};
use crate::telemetry;

use error::CliError;
use output::Output;

/// Read if it is there and `--config` names no other.
const DEFAULT_FILE: &str = "grantor.toml";

/// Of the name of an account, so many characters are kept.
const LONGEST_ACCOUNT: usize = 64;

/// A self-hosted OAuth 2.0 authorization server and OpenID provider whose clients register themselves.
#[derive(Parser)]
#[command(
    name = "grantor",
    version,
    after_help = "Without a command: serve. Every command says more with --help."
)]
struct Cli {
    /// The TOML file with the settings; without it ./grantor.toml, if it is there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGTERM or SIGINT; what `grantor` alone does, too.
    #[command(after_help = "Example:\n  grantor serve --config grantor.toml")]
    Serve,
    /// What there is, and what the last thirty days brought.
    #[command(after_help = "Example:\n  grantor overview")]
    Overview(overview::Arguments),
    /// Make and list people.
    #[command(subcommand)]
    User(user::UserCommand),
    /// OpenID providers by which people sign in.
    #[command(subcommand)]
    Upstream(upstream::UpstreamCommand),
    /// Groups of people, and what they ask of their members.
    #[command(subcommand)]
    Group(group::GroupCommand),
    /// What you know of people beside the standard claims.
    #[command(subcommand)]
    Attribute(attribute::AttributeCommand),
    /// Make, show, change and delete clients.
    #[command(subcommand)]
    Client(client::ClientCommand),
    /// Resource servers that clients may name with `resource` (RFC 8707).
    #[command(subcommand)]
    Resource(resource::ResourceCommand),
    /// Tokens that let somebody register a client (RFC 7591).
    #[command(subcommand)]
    InitialAccessToken(initial_access_token::TokenCommand),
    /// Keys of the admin API, for programs.
    #[command(subcommand)]
    ApiKey(api_key::KeyCommand),
    /// What would become of a registration.
    #[command(subcommand)]
    Registration(registration::RegistrationCommand),
    /// The keys that sign tokens.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// What happened to the registry, who did it, and whether the log is whole.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// E-mails: what waits, what could not be sent, and whether the mail server takes any.
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// Bring the tables of the database up to date.
    #[command(after_help = "Example:\n  grantor migrate")]
    Migrate(migrate::Arguments),
    /// Copy the SQLite database into a new file while servers run.
    #[command(after_help = "Example:\n  grantor backup grantor-backup.db --with-key")]
    Backup(backup::Arguments),
    /// Put a backup in the place of the SQLite database, after checking it.
    #[command(after_help = "Example:\n  grantor restore grantor-backup.db")]
    Restore(restore::Arguments),
    /// The settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Bring the clients that operators made to the state that a document describes: all of it, or nothing.
    #[command(after_help = "Example:\n  grantor apply -f clients.json --dry-run")]
    Apply(apply::Arguments),
    /// Examine the running server.
    #[command(subcommand)]
    Doctor(doctor::DoctorCommand),
    /// Ask the server on this machine whether it is alive: exit code 0 or 1.
    #[command(after_help = "Example:\n  grantor healthcheck")]
    Healthcheck,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Say that the settings are right, or everything that is wrong with them.
    #[command(after_help = "Example:\n  grantor config check --config grantor.toml")]
    Check,
    /// Print the settings that hold and where each comes from. Secrets are not shown.
    #[command(after_help = "Example:\n  grantor config print --json")]
    Print {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the page that describes every setting, in Markdown.
    #[command(after_help = "Example:\n  grantor config reference")]
    Reference,
}

/// Where the settings are: what a command needs of the world outside.
struct Settings {
    file: Option<PathBuf>,
    environment: Vec<(String, String)>,
}

impl Settings {
    fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    fn load(&self) -> Result<Config, CliError> {
        Ok(Config::load(self.file(), self.environment.iter().cloned())?)
    }

    /// Who runs this command, by the name of the account: for the audit log. It is what the environment says, and who
    /// may run commands on this database may change that, too.
    fn command_line_origin(&self) -> Origin {
        let names = ["SUDO_USER", "USER", "LOGNAME"];
        let name = names.iter().find_map(|wanted| {
            let mut found =
                self.environment.iter().filter(|(name, value)| name == wanted && !value.is_empty());
            found.next().map(|(_, value)| value.chars().take(LONGEST_ACCOUNT).collect())
        });
        Origin::local(Actor::CommandLine(name.unwrap_or_else(|| "unknown".to_owned())))
    }

    /// Loads the settings and opens the database as a server would.
    fn open(&self) -> Result<Opened, CliError> {
        let config = self.load()?;
        telemetry::init(&config.log);
        Ok(app::open(config, Clock::system(), Entropy)?)
    }
}

/// For a command that needs something a server does without blocking.
fn wait_for<T>(work: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(work)
}

/// Runs the command that the arguments name. What it prints goes to standard output, an error as a sentence to standard
/// error; the exit code is 0, 2 for wrong settings or arguments, or 1 for everything else.
pub fn run(arguments: impl IntoIterator<Item = OsString>, environment: Vec<(String, String)>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are such "errors", too. A closed pipe is nobody's fault.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let default = Path::new(DEFAULT_FILE);
    let file = cli.config.or_else(|| default.exists().then(|| default.to_owned()));
    match dispatch(cli.command.unwrap_or(Command::Serve), &Settings { file, environment }) {
        Ok(output) => output.write(),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::from(error.exit_code)
        }
    }
}

fn dispatch(command: Command, settings: &Settings) -> Result<Output, CliError> {
    match command {
        Command::Serve => serve::run(settings),
        Command::Overview(arguments) => overview::run(&arguments, settings),
        Command::User(command) => user::run(command, settings),
        Command::Group(command) => group::run(command, settings),
        Command::Upstream(command) => upstream::run(command, settings),
        Command::Attribute(command) => attribute::run(command, settings),
        Command::Client(command) => client::run(command, settings),
        Command::Resource(command) => resource::run(command, settings),
        Command::InitialAccessToken(command) => initial_access_token::run(command, settings),
        Command::ApiKey(command) => api_key::run(command, settings),
        Command::Registration(command) => registration::run(command, settings),
        Command::Key(command) => key::run(command, settings),
        Command::Audit(command) => audit::run(command, settings),
        Command::Mail(command) => mail::run(command, settings),
        Command::Migrate(arguments) => migrate::run(&arguments, settings),
        Command::Backup(arguments) => backup::run(&arguments, settings),
        Command::Restore(arguments) => restore::run(&arguments, settings),
        Command::Config(command) => configuration(&command, settings),
        Command::Apply(arguments) => apply::apply(&arguments, settings),
        Command::Doctor(command) => doctor::run(&command, settings),
        Command::Healthcheck => healthcheck::run(&settings.load()?),
    }
}

fn configuration(command: &ConfigCommand, settings: &Settings) -> Result<Output, CliError> {
    let environment = settings.environment.iter().cloned();
    let text = match command {
        ConfigCommand::Check => config::check(settings.file(), environment)?,
        ConfigCommand::Print { json } => config::print(settings.file(), environment, *json)?,
        ConfigCommand::Reference => reference(),
    };
    Ok(Output::from(text))
}

/// The commands as clap knows them, for whoever documents them.
#[must_use]
pub fn commands() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests;
