//! `grantor client add` and `set`: through the same validation as every registration.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value};

use super::arguments::{auth_method, grant_type, known_scopes};
use super::error::{CliError, Write};
use super::output::{self, Output, facts, time};
use super::{Settings, wait_for};
use crate::flow::administer::clients as administer;
use crate::flow::register_client::{self, Registered, registered_event};
use crate::flow::{Means, Origin};
use crate::protocol::client::information::ClientInformation;
use crate::protocol::client::metadata::{AuthMethod, GrantType};
use crate::protocol::scope::Scopes;
use crate::storage::audit_events;
use crate::storage::clients::{self, NewClient};

#[derive(Args)]
#[group(required = true, multiple = true)]
pub(super) struct Arguments {
    /// A JSON file with client metadata (RFC 7591 §2), instead of the options below.
    #[arg(conflicts_with_all = ["name", "grants", "redirect_uris", "scopes", "auth_method"])]
    file: Option<PathBuf>,
    /// What people see at consent.
    #[arg(long)]
    name: Option<String>,
    /// `authorization_code` (if none is given), `refresh_token` or `client_credentials`; may be repeated.
    #[arg(long = "grant", value_name = "GRANT_TYPE", value_parser = grant_type)]
    grants: Vec<GrantType>,
    /// Where codes are sent; may be repeated.
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// What the client may ask for; may be repeated. Without it: every scope.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// `client_secret_basic` (if it is not given), `client_secret_post` or `none`.
    #[arg(long, value_name = "METHOD", value_parser = auth_method)]
    auth_method: Option<AuthMethod>,
    /// Print the client information response (RFC 7591 §3.2.1).
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct SetArguments {
    client_id: String,
    /// A JSON file with client metadata (RFC 7591 §2).
    file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Its secret and its registration access token stay; a secret is made if it needs one now.
pub(super) fn set(arguments: SetArguments, settings: &Settings) -> Result<Output, CliError> {
    let submitted = read(&arguments.file)?;
    let means = settings.open()?.means;
    let origin = settings.command_line_origin();
    let changed = wait_for(administer::replace(&means, arguments.client_id, submitted, origin))?;
    if arguments.json {
        return output::json(&changed);
    }
    let text = format!("The client {} is changed.\n", changed.client.client.client_id);
    Ok(match changed.client_secret {
        Some(secret) => Output::from(text + &facts(&[("client_secret", secret)]))
            .note("Keep the client_secret: it is not shown again."),
        None => Output::from(text),
    })
}

pub(super) fn run(arguments: &Arguments, settings: &Settings) -> Result<Output, CliError> {
    let from_file = arguments.file.as_deref().map(read).transpose()?;
    let means = settings.open()?.means;
    let submitted = match from_file {
        Some(members) => members,
        None => from_options(arguments, &means)?,
    };
    let (registered, client) = wait_for(register_client::by_operator(&means, &submitted))?;
    insert(&means, client, settings.command_line_origin())?;
    let printed =
        if arguments.json { output::json(&information(&registered))? } else { summary(&registered) };
    Ok(note_narrowed(printed, &submitted, &registered))
}

/// The JSON object in a file.
pub(super) fn read(file: &Path) -> Result<Map<String, Value>, CliError> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| CliError::new(format!("{shown} cannot be read: {error}")))?;
    match serde_json::from_str(&text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(CliError::new(format!("{shown} must hold one JSON object"))),
        Err(error) => Err(CliError::new(format!("{shown} is not JSON: {error}"))),
    }
}

fn from_options(arguments: &Arguments, means: &Means) -> Result<Map<String, Value>, CliError> {
    let mut members = Map::new();
    if let Some(name) = &arguments.name {
        members.insert("client_name".to_owned(), name.as_str().into());
    }
    if !arguments.grants.is_empty() {
        let names: Vec<Value> = arguments.grants.iter().map(|grant| grant.as_str().into()).collect();
        members.insert("grant_types".to_owned(), names.into());
    }
    if !arguments.redirect_uris.is_empty() {
        members.insert("redirect_uris".to_owned(), arguments.redirect_uris.clone().into());
    }
    if let Some(scopes) = known_scopes(&arguments.scopes, &means.published())? {
        members.insert("scope".to_owned(), scopes.to_string().into());
    }
    if let Some(method) = arguments.auth_method {
        members.insert("token_endpoint_auth_method".to_owned(), method.as_str().into());
    }
    Ok(members)
}

/// No registration access token: the operator manages this client, until `grantor client token` hands it over.
fn insert(means: &Means, client: NewClient, origin: Origin) -> Write<()> {
    let now = means.clock.now();
    means.database.write_blocking(move |conn| {
        clients::insert(conn, &client, now)?;
        Ok(audit_events::record(conn, &registered_event(&client, &origin), now)?)
    })
}

fn information(registered: &Registered) -> ClientInformation<'_> {
    ClientInformation {
        client_id: &registered.client_id,
        client_id_issued_at: registered.issued_at,
        client_secret: registered.client_secret.as_ref().map(crate::entropy::Token::expose),
        client_secret_expires_at: registered.client_secret_expires_at,
        registration_access_token: None,
        registration_client_uri: None,
        client_status: None,
        metadata: &registered.metadata,
    }
}

fn summary(registered: &Registered) -> Output {
    let mut lines = vec![("client_id", registered.client_id.clone())];
    let mut expires = None;
    if let Some(secret) = &registered.client_secret {
        lines.push(("client_secret", secret.expose().to_owned()));
        expires = registered.client_secret_expires_at.filter(|at| *at != 0);
    }
    if let Some(at) = expires {
        lines.push(("client_secret_expires_at", time(at)));
    }
    let output = Output::from(facts(&lines));
    if registered.client_secret.is_some() {
        output.note("Keep the client_secret: it is not shown again.")
    } else {
        output
    }
}

/// Lists are cut to what the server has; the operator should know.
fn note_narrowed(output: Output, submitted: &Map<String, Value>, registered: &Registered) -> Output {
    let asked = submitted.get("scope").and_then(Value::as_str).and_then(|list| Scopes::parse(list).ok());
    let dropped: Vec<&str> = asked
        .iter()
        .flat_map(Scopes::iter)
        .filter(|scope| !registered.metadata.scope.contains(scope))
        .collect();
    if dropped.is_empty() {
        return output;
    }
    output.note(format!("Left out, because the server does not know them: {}.", dropped.join(" ")))
}
