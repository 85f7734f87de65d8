//! `grantor doctor`: does the running server serve the clients that exist?

mod profiles;
mod walk;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Settings;
use super::error::CliError;
use super::output::{self, Output};
use crate::config::RegistrationMode;
use crate::fetch::own_server::OwnServer;
use crate::flow::Means;
use crate::flow::examine::{self, Examiner};
use crate::web::cookies;
use profiles::{Door, PROFILES, Profile};
use walk::{Ground, Walk};

/// Claude gives up after this time.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Subcommand)]
pub(super) enum DoctorCommand {
    /// Register and walk every known client against the running server, and say which step would fail and why.
    #[command(
        after_help = "Each client is registered, gets tokens for a person made for this, and is deleted again. The audit log keeps that, and statistics of registrations count it. Exit code 1 if a step fails.\n\nExample:\n  grantor doctor clients"
    )]
    Clients(Arguments),
}

#[derive(Args)]
pub(super) struct Arguments {
    /// Only clients whose name begins so.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Also the clients that have a document: the server fetches it from the internet.
    #[arg(long)]
    documents: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &DoctorCommand, settings: &Settings) -> Result<Output, CliError> {
    let DoctorCommand::Clients(arguments) = command;
    let means = settings.open()?.means;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::new(format!("The examination could not begin: {error}")))?;
    let walks = runtime.block_on(walk_all(&means, arguments))?;
    let failed = walks.iter().filter(|walk| walk.fault().is_some()).count();
    let output = if arguments.json { output::json(&report(&walks))? } else { Output::from(text(&walks)) };
    Ok(if failed == 0 { output } else { output.failed() })
}

/// One client's walk, when it is over.
struct Walked {
    name: &'static str,
    steps: Vec<walk::Step>,
}

impl Walked {
    fn fault(&self) -> Option<(&'static str, &str)> {
        self.steps.iter().find_map(|step| step.fault.as_deref().map(|fault| (step.name, fault)))
    }
}

async fn walk_all(means: &Means, arguments: &Arguments) -> Result<Vec<Walked>, CliError> {
    let mut walks = Vec::new();
    for profile in PROFILES.iter().filter(|profile| is_asked_for(profile, arguments)) {
        walks.push(walk_one(means, profile).await?);
    }
    if walks.is_empty() {
        return Err(CliError::new("No known client has a name that begins so."));
    }
    Ok(walks)
}

fn is_asked_for(profile: &Profile, arguments: &Arguments) -> bool {
    let by_name = arguments.only.as_deref().is_none_or(|only| {
        profile.name.get(..only.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(only))
    });
    by_name && (arguments.documents || matches!(profile.door, Door::Registration(_)))
}

/// Whatever happens on the way, the person and the client are gone at the end.
async fn walk_one(means: &Means, profile: &Profile) -> Result<Walked, CliError> {
    let examiner = examine::begin(means)?;
    let walked = async {
        let ground = ground(means, profile)?;
        let mut walk = Walk::new(browser(means, &examiner)?, ground, profile);
        walk.run().await;
        Ok(walk)
    }
    .await;
    let registered = walked.as_ref().ok().and_then(Walk::registered);
    examine::end(means, &examiner, registered)?;
    walked.map(|walk| Walked { name: profile.name, steps: walk.steps })
}

fn ground<'a>(means: &'a Means, profile: &Profile) -> Result<Ground<'a>, CliError> {
    let needs_token = means.config.registration.mode == RegistrationMode::InitialAccessToken
        && matches!(profile.door, Door::Registration(_));
    let token = needs_token.then(|| examine::initial_access_token(means)).transpose()?;
    Ok(Ground {
        issuer: means.config.issuer.as_str(),
        resource: means.published().resources.first().map(|resource| resource.identifier.clone()),
        initial_access_token: token.map(|token| token.expose().to_owned()),
        code_verifier: means.entropy.token().expose().to_owned(),
    })
}

fn browser(means: &Means, examiner: &Examiner) -> Result<OwnServer, CliError> {
    let session = cookies::session(&means.config, &examiner.session);
    let cookies = BTreeMap::from([(session.name().to_owned(), session.value().to_owned())]);
    OwnServer::new(means.config.outbound.ca_file.as_deref(), PATIENCE, cookies)
        .map_err(|error| CliError::new(format!("The examination could not begin: {error}")))
}

fn text(walks: &[Walked]) -> String {
    let mut text = String::new();
    let width = walks.iter().map(|walk| walk.name.len()).max().unwrap_or_default();
    for walk in walks {
        let said = match walk.fault() {
            None => "works".to_owned(),
            Some((step, fault)) => format!("fails at {step}: {fault}"),
        };
        let _ = writeln!(text, "{:width$}  {said}", walk.name);
    }
    let failed = walks.iter().filter(|walk| walk.fault().is_some()).count();
    let _ = writeln!(text, "\n{} of {} clients work.", walks.len() - failed, walks.len());
    text
}

fn report(walks: &[Walked]) -> Value {
    let clients = walks.iter().map(|walk| {
        let steps = walk
            .steps
            .iter()
            .map(|step| json!({ "step": step.name, "passed": step.fault.is_none(), "fault": step.fault }));
        json!({ "client": walk.name, "works": walk.fault().is_none(), "steps": steps.collect::<Vec<_>>() })
    });
    clients.collect()
}
