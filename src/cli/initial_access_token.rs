//! `grantor initial-access-token`: who may register a client, how often, and for what. RFC 7591 §1.2.

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;

use super::Settings;
use super::arguments::{duration, grant_type, known_scopes};
use super::error::{CliError, Write};
use super::output::{self, Output, facts, table, time, time_or};
use crate::clock::Seconds;
use crate::config::RegistrationMode;
use crate::flow::Means;
use crate::flow::registration_policy::UnknownPolicy;
use crate::protocol::client::metadata::GrantType;
use crate::protocol::scope::Scopes;
use crate::storage::audit_events::{self, Event, EventKind};
use crate::storage::initial_access_tokens::{self, InitialAccessToken, NewInitialAccessToken};

#[derive(Subcommand)]
pub(super) enum TokenCommand {
    /// Issue a token; it is printed this once.
    #[command(
        after_help = "Example:\n  grantor initial-access-token issue --name ci --uses 10 --expires-in 24h --grant client_credentials"
    )]
    Issue(IssueArguments),
    /// List the tokens, dead ones too. None is shown.
    #[command(after_help = "Example:\n  grantor initial-access-token list")]
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token. Clients that were registered with it stay.
    #[command(after_help = "Example:\n  grantor initial-access-token revoke 3")]
    Revoke {
        /// The ID that `list` shows.
        id: i64,
    },
}

#[derive(Args)]
pub(super) struct IssueArguments {
    /// What it is for.
    #[arg(long, default_value = "")]
    name: String,
    /// How many clients may be registered with it.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    uses: i64,
    /// How long it works: seconds, or a number with s, m, h or d.
    #[arg(long, default_value = "24h", value_name = "DURATION", value_parser = duration)]
    expires_in: Seconds,
    /// The policy that its clients come under: one of the setting registration.policies. Without it: that of open registration.
    #[arg(long, value_name = "NAME")]
    policy: Option<String>,
    /// What its clients may ask for; may be repeated. Without it: what the policy gives.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// How its clients may get tokens; may be repeated. Without it: what the policy gives, usually `authorization_code` and `refresh_token`.
    #[arg(long = "grant", value_name = "GRANT_TYPE", value_parser = grant_type)]
    grants: Vec<GrantType>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: TokenCommand, settings: &Settings) -> Result<Output, CliError> {
    match command {
        TokenCommand::Issue(arguments) => issue(&arguments, settings),
        TokenCommand::List { json } => list(settings, json),
        TokenCommand::Revoke { id } => revoke(settings, id),
    }
}

fn issue(arguments: &IssueArguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let scopes = known_scopes(&arguments.scopes, &means.published())?;
    check_policy(&means, arguments, scopes.as_ref())?;
    let (token, now) = (means.entropy.token(), means.clock.now());
    let (digest, expires_at, uses) = (token.digest(), now + arguments.expires_in, arguments.uses);
    let (name, grants) = (arguments.name.clone(), arguments.grants.clone());
    let (origin, policy) = (settings.command_line_origin(), arguments.policy.clone());
    let issued_by = origin.actor.to_string();
    let id = means.database.write_blocking(move |conn| -> Write<i64> {
        let new = NewInitialAccessToken {
            digest: &digest,
            name: &name,
            scopes: scopes.as_ref(),
            grant_types: Some(grants.as_slice()).filter(|grants| !grants.is_empty()),
            policy: policy.as_deref(),
            issued_by: Some(&issued_by),
            uses: Some(uses),
            expires_at: Some(expires_at),
        };
        let id = initial_access_tokens::insert(conn, &new, now)?;
        let details = json!({
            "id": id, "name": name, "uses": uses, "expires_at": expires_at, "scopes": new.scopes,
            "grant_types": new.grant_types, "policy": new.policy,
        });
        let kind = EventKind::InitialAccessTokenIssued;
        audit_events::record(conn, &Event { kind, origin: &origin, client_id: None, details }, now)?;
        Ok(id)
    })?;
    let output = if arguments.json {
        output::json(&json!({
            "id": id,
            "initial_access_token": token.expose(),
            "uses": uses,
            "expires_at": expires_at,
        }))?
    } else {
        Output::from(facts(&[
            ("id", id.to_string()),
            ("initial_access_token", token.expose().to_owned()),
            ("uses", uses.to_string()),
            ("expires", time(expires_at)),
        ]))
        .note("Keep the token: it is not shown again.")
    };
    if means.config.registration.mode == RegistrationMode::Off {
        return Ok(output.note("registration.mode is off: nobody can register until that is changed."));
    }
    Ok(output)
}

/// What a token says beside a policy must leave its clients something.
fn check_policy(means: &Means, arguments: &IssueArguments, scopes: Option<&Scopes>) -> Result<(), CliError> {
    let Some(name) = &arguments.policy else { return Ok(()) };
    let Some(declared) = means.config.registration.policy_named(name) else {
        return Err(CliError::new(UnknownPolicy(name.clone()).to_string()));
    };
    let beyond = |what: &str, wanted: &str| {
        Err(CliError::new(format!("The policy {name} does not give the {what} {wanted}.")))
    };
    if let (Some(wanted), Some(given)) = (scopes, &declared.scopes)
        && let Some(more) = wanted.iter().find(|scope| !given.contains(scope))
    {
        return beyond("scope", more);
    }
    if let Some(given) = &declared.grant_types
        && let Some(more) = arguments.grants.iter().find(|grant| !given.contains(grant))
    {
        return beyond("grant type", more.as_str());
    }
    Ok(())
}

fn list(settings: &Settings, as_json: bool) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let now = means.clock.now();
    let (tokens, counts) = means.database.read_blocking(|conn| -> Write<_> {
        Ok((initial_access_tokens::list(conn)?, initial_access_tokens::count_clients(conn)?))
    })?;
    let clients_of = |id: i64| counts.iter().find(|(of, _)| *of == id).map_or(0, |(_, clients)| *clients);
    if as_json {
        let listed: Vec<_> = tokens
            .iter()
            .map(|token| Listed { token, state: state(token, now), clients: clients_of(token.id) })
            .collect();
        return output::json(&listed);
    }
    let rows: Vec<_> = tokens
        .into_iter()
        .map(|token| {
            [
                token.id.to_string(),
                state(&token, now).to_owned(),
                token.uses_left.map_or_else(|| "any".to_owned(), |uses| uses.to_string()),
                clients_of(token.id).to_string(),
                time_or(token.expires_at, "never"),
                token.policy.unwrap_or_default(),
                token.grant_types.map_or_else(String::new, |grants| {
                    grants.into_iter().map(GrantType::as_str).collect::<Vec<_>>().join(" ")
                }),
                token.scopes.map_or_else(String::new, |scopes| scopes.to_string()),
                token.name,
            ]
        })
        .collect();
    let heads = ["ID", "STATE", "USES LEFT", "CLIENTS", "EXPIRES", "POLICY", "GRANTS", "SCOPES", "NAME"];
    Ok(table(heads, &rows, "There is no initial access token."))
}

/// A token as `list --json` prints it.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    token: &'a InitialAccessToken,
    state: &'static str,
    /// How many clients that came with it there are.
    clients: i64,
}

fn state(token: &InitialAccessToken, now: Seconds) -> &'static str {
    if token.revoked_at.is_some() {
        "revoked"
    } else if token.expires_at.is_some_and(|end| end <= now) {
        "expired"
    } else if token.uses_left == Some(0) {
        "used up"
    } else {
        "good"
    }
}

fn revoke(settings: &Settings, id: i64) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let (now, origin) = (means.clock.now(), settings.command_line_origin());
    means.database.write_blocking(move |conn| -> Write<()> {
        if initial_access_tokens::revoke(conn, id, now)? {
            let (kind, details) = (EventKind::InitialAccessTokenRevoked, json!({ "id": id }));
            return Ok(audit_events::record(
                conn,
                &Event { kind, origin: &origin, client_id: None, details },
                now,
            )?);
        }
        CliError::refused(format!("There is no initial access token {id} that is not revoked already."))
    })?;
    Ok(Output::from(format!("The initial access token {id} is revoked.\n")))
}
