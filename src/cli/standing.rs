//! `grantor user sessions`, `grants` and `revoke-grants`; `grantor client grants` and `revoke-grants`: who is signed in, and what
//! people allow clients.

use clap::Args;

use super::error::CliError;
use super::output::{self, Output, table, time, time_or};
use super::{Settings, wait_for};
use crate::flow::administer::grants::{self, RevokedGrants};
use crate::flow::administer::people::Who;
use crate::flow::administer::standing;

/// So many are listed, the newest.
const MOST: i64 = 1000;

#[derive(Args)]
pub(super) struct ListArguments {
    /// What the person signs in with; without it, everybody.
    name: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct RevokeArguments {
    /// What the person signs in with.
    #[arg(required_unless_present = "grant")]
    name: Option<String>,
    /// Instead: this grant alone, as listed.
    #[arg(long, value_name = "GRANT", conflicts_with = "name")]
    grant: Option<i64>,
}

#[derive(Args)]
pub(super) struct ClientArguments {
    client_id: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Where somebody is signed in, or everybody is.
pub(super) fn sessions(arguments: ListArguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let found = wait_for(standing::sessions(&means, arguments.name.map(Who::Name), MOST, None))?.sessions;
    if arguments.json {
        return output::json(&found);
    }
    let rows: Vec<_> = found
        .into_iter()
        .map(|session| {
            [
                session.sid,
                session.name,
                session.acr,
                time(session.authenticated_at),
                time(session.last_used_at),
                session.address.unwrap_or_default(),
                session.user_agent.unwrap_or_default(),
            ]
        })
        .collect();
    let heads = ["SID", "NAME", "ACR", "SIGNED IN", "LAST USED", "FROM", "BROWSER"];
    Ok(table(heads, &rows, "Nobody of this name is signed in."))
}

/// What somebody allows clients, or everybody does.
pub(super) fn grants(arguments: ListArguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let found = wait_for(standing::grants(&means, arguments.name.map(Who::Name), MOST, None))?.grants;
    if arguments.json {
        return output::json(&found);
    }
    let rows: Vec<_> = found
        .into_iter()
        .map(|grant| {
            [
                grant.id.to_string(),
                grant.name,
                grant.client_id,
                grant.client_name.unwrap_or_default(),
                grant.scopes.join(" "),
                time(grant.created_at),
                time_or(grant.last_used_at, ""),
            ]
        })
        .collect();
    let heads = ["GRANT", "NAME", "CLIENT_ID", "CLIENT", "SCOPES", "SINCE", "LAST USED"];
    Ok(table(heads, &rows, "They allow no client anything."))
}

/// Takes back everything that a person allowed, or one grant.
pub(super) fn revoke_grants(arguments: RevokeArguments, settings: &Settings) -> Result<Output, CliError> {
    let (means, origin) = (settings.open()?.means, settings.command_line_origin());
    let revoked = match (arguments.grant, arguments.name) {
        (Some(id), _) => wait_for(grants::revoke(&means, id, origin)),
        (None, Some(name)) => wait_for(standing::withdraw_all(&means, Who::Name(name), origin)),
        (None, None) => return Err(CliError::new("Name a person, or a grant with --grant.")),
    }?;
    Ok(in_words(&revoked))
}

/// Who allowed a client what.
pub(super) fn grants_of_client(arguments: ClientArguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let found = wait_for(grants::list(&means, arguments.client_id))?.grants;
    if arguments.json {
        return output::json(&found);
    }
    let rows: Vec<_> = found
        .into_iter()
        .map(|grant| {
            [
                grant.id.to_string(),
                grant.user,
                grant.scopes.join(" "),
                time(grant.created_at),
                time_or(grant.last_used_at, ""),
            ]
        })
        .collect();
    Ok(table(["GRANT", "NAME", "SCOPES", "SINCE", "LAST USED"], &rows, "Nobody allows it anything."))
}

/// Takes back everything that anybody allowed a client.
pub(super) fn revoke_of_client(client_id: String, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    Ok(in_words(&wait_for(grants::revoke_all(&means, client_id, settings.command_line_origin()))?))
}

fn in_words(revoked: &RevokedGrants) -> Output {
    let RevokedGrants { grants, consents } = revoked;
    Output::from(format!("Grants that ended: {grants}. Consents that are forgotten: {consents}.\n"))
}
