//! `grantor resource`: resource servers that clients may name. RFC 8707, RFC 9728.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::arguments::{access_token_format, access_token_lifetime, scopes};
use super::error::{CliError, Write};
use super::output::{self, Output, facts, table};
use super::{Settings, wait_for};
use crate::clock::Seconds;
use crate::config;
use crate::flow::register_client::{self, Registered};
use crate::flow::{Means, Origin};
use crate::protocol::protected_resource::{ProtectedResourceMetadata, challenge, metadata_url};
use crate::protocol::resource::{AccessTokenFormat, Resource};
use crate::protocol::scope::Scopes;
use crate::storage::audit_events::{self, Event, EventKind};
use crate::storage::clients::{self, NewClient};
use crate::storage::{resources, server_state};

#[derive(Subcommand)]
pub(super) enum ResourceCommand {
    /// Register a resource server, and make the client by which it may introspect its tokens.
    #[command(
        after_help = "Example:\n  grantor resource add https://mcp.example.com/mcp --name Notes --scope notes.read --lifetime 15m"
    )]
    Add(AddArguments),
    /// List the resources, those of the configuration too.
    #[command(after_help = "Example:\n  grantor resource list")]
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Delete a resource. Tokens for it stay good until they expire.
    #[command(after_help = "Example:\n  grantor resource delete https://mcp.example.com/mcp")]
    Delete { identifier: String },
}

#[derive(Args)]
pub(super) struct AddArguments {
    /// An absolute URI without fragment: what clients send as `resource`, and the `aud` of the tokens.
    identifier: String,
    /// For people.
    #[arg(long)]
    name: Option<String>,
    /// A scope of this resource; may be repeated. Without it: every scope.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// jwt or opaque; without it, as the settings say.
    #[arg(long, value_parser = access_token_format)]
    format: Option<AccessTokenFormat>,
    /// How long its access tokens live: seconds, or a number with s, m, h or d.
    #[arg(long, value_name = "DURATION", value_parser = access_token_lifetime)]
    lifetime: Option<Seconds>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: ResourceCommand, settings: &Settings) -> Result<Output, CliError> {
    match command {
        ResourceCommand::Add(arguments) => add(&arguments, settings),
        ResourceCommand::List { json } => list(settings, json),
        ResourceCommand::Delete { identifier } => delete(settings, &identifier),
    }
}

fn add(arguments: &AddArguments, settings: &Settings) -> Result<Output, CliError> {
    let identifier = &arguments.identifier;
    config::check_resource_identifier(identifier)
        .map_err(|fault| CliError::new(format!("{identifier} cannot be a resource: {fault}")))?;
    let scopes = scopes(&arguments.scopes)?.unwrap_or_default();
    let means = settings.open()?.means;
    refuse_configured(&means, identifier)?;
    let (registered, client) = introspector(&means, arguments)?;
    let resource = Resource {
        identifier: identifier.clone(),
        name: arguments.name.clone(),
        scopes: scopes.iter().map(str::to_owned).collect(),
        access_token_format: arguments.format,
        access_token_lifetime: arguments.lifetime,
        introspection_clients: vec![registered.client_id.clone()],
    };
    insert(&means, resource.clone(), client, settings.command_line_origin())?;
    let issuer = means.config.issuer.as_str();
    if arguments.json {
        return output::json(&added(&resource, issuer, &registered));
    }
    summary(&resource, issuer, &registered)
}

/// Two spellings that clients may use for one resource must not be two.
fn is_same(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

fn refuse_configured(means: &Means, identifier: &str) -> Result<(), CliError> {
    if means.config.resources.iter().any(|resource| is_same(&resource.identifier, identifier)) {
        return Err(CliError::new(format!("The resource {identifier} stands in the configuration")));
    }
    Ok(())
}

/// A client that can introspect and nothing else: it has no grant and no scope.
fn introspector(means: &Means, arguments: &AddArguments) -> Result<(Registered, NewClient), CliError> {
    let name = arguments.name.as_deref().unwrap_or(&arguments.identifier);
    let mut members = Map::new();
    members.insert("client_name".to_owned(), format!("Introspection for {name}").into());
    members.insert("grant_types".to_owned(), json!(["client_credentials"]));
    members.insert("token_endpoint_auth_method".to_owned(), "client_secret_basic".into());
    let (registered, mut client) = wait_for(register_client::by_operator(means, &members))?;
    client.metadata.grant_types.clear();
    client.metadata.scope = Scopes::default();
    client.policy.grant_types.clear();
    client.policy.scopes = Some(Scopes::default());
    Ok((registered, client))
}

fn insert(means: &Means, resource: Resource, client: NewClient, origin: Origin) -> Write<()> {
    let now = means.clock.now();
    means.database.write_blocking(move |conn| {
        // First: whoever adds the same resource at this moment waits here.
        server_state::bump(conn, server_state::RESOURCES_VERSION)?;
        if resources::list(conn)?.iter().any(|known| is_same(&known.identifier, &resource.identifier)) {
            return CliError::refused(format!("The resource {} is registered already.", resource.identifier));
        }
        let key = clients::insert(conn, &client, now)?;
        resources::insert(conn, &resource, Some(key), now)?;
        audit_events::record(conn, &register_client::registered_event(&client, &origin), now)?;
        let details = json!({ "resource": resource.identifier, "scopes": resource.scopes });
        let (kind, client_id) = (EventKind::ResourceAdded, Some(client.client_id.as_str()));
        Ok(audit_events::record(conn, &Event { kind, origin: &origin, client_id, details }, now)?)
    })
}

fn added(resource: &Resource, issuer: &str, registered: &Registered) -> Value {
    let metadata_url = metadata_url(&resource.identifier);
    let header = metadata_url.as_deref().map(challenge);
    json!({
        "resource": resource.identifier,
        "client_id": registered.client_id,
        "client_secret": registered.client_secret.as_ref().map(crate::entropy::Token::expose),
        "client_secret_expires_at": registered.client_secret_expires_at,
        "protected_resource_metadata": ProtectedResourceMetadata::new(resource, issuer),
        "protected_resource_metadata_url": metadata_url,
        "www_authenticate": header.as_deref().map(|line| line.strip_prefix("WWW-Authenticate: ").unwrap_or(line)),
    })
}

fn summary(resource: &Resource, issuer: &str, registered: &Registered) -> Result<Output, CliError> {
    let mut credentials =
        vec![("resource", resource.identifier.clone()), ("client_id", registered.client_id.clone())];
    if let Some(secret) = &registered.client_secret {
        credentials.push(("client_secret", secret.expose().to_owned()));
    }
    let mut text = facts(&credentials);
    if let Some(url) = metadata_url(&resource.identifier) {
        let document = output::json(&ProtectedResourceMetadata::new(resource, issuer))?.into_text();
        let challenge = challenge(&url);
        text = format!(
            "{text}\nServe this at {url}:\n{document}\nAnswer requests without a good token with 401 and:\n{challenge}\n"
        );
    }
    Ok(Output::from(text).note(
        "The client may introspect tokens for this resource. Keep its client_secret: it is not shown again.",
    ))
}

fn list(settings: &Settings, as_json: bool) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let published = means.published();
    let configured = |resource: &Resource| {
        means.config.resources.iter().any(|declared| declared.identifier == resource.identifier)
    };
    let source = |resource: &Resource| if configured(resource) { "configuration" } else { "database" };
    if as_json {
        let values: Vec<_> = published
            .resources
            .iter()
            .map(|resource| {
                json!({
                    "resource": resource.identifier,
                    "source": source(resource),
                    "name": resource.name,
                    "scopes": resource.scopes,
                    "access_token_format": resource.access_token_format,
                    "access_token_lifetime": resource.access_token_lifetime,
                    "introspection_clients": resource.introspection_clients,
                })
            })
            .collect();
        return output::json(&values);
    }
    let rows: Vec<_> = published
        .resources
        .iter()
        .map(|resource| {
            [
                resource.identifier.clone(),
                source(resource).to_owned(),
                resource.name.clone().unwrap_or_default(),
                resource.scopes.join(" "),
                resource.introspection_clients.join(" "),
            ]
        })
        .collect();
    let heads = ["RESOURCE", "SOURCE", "NAME", "SCOPES", "INTROSPECTION CLIENTS"];
    Ok(table(heads, &rows, "There is no resource yet."))
}

fn delete(settings: &Settings, identifier: &str) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    refuse_configured(&means, identifier)?;
    let wanted = identifier.to_owned();
    let (origin, now) = (settings.command_line_origin(), means.clock.now());
    let clients = means.database.write_blocking(move |conn| -> Write<Vec<String>> {
        server_state::bump(conn, server_state::RESOURCES_VERSION)?;
        let known = resources::list(conn)?.into_iter().find(|resource| resource.identifier == wanted);
        let Some(known) = known else {
            return CliError::refused(format!("There is no resource {wanted}."));
        };
        resources::delete(conn, &wanted)?;
        let (kind, details) = (EventKind::ResourceRemoved, json!({ "resource": wanted }));
        audit_events::record(conn, &Event { kind, origin: &origin, client_id: None, details }, now)?;
        Ok(known.introspection_clients)
    })?;
    let output = Output::from(format!("The resource {identifier} is deleted.\n"));
    if clients.is_empty() {
        return Ok(output);
    }
    let ids = clients.join(" ");
    Ok(output.note(format!(
        "The clients that introspected for it stay. Delete them with grantor client delete: {ids}"
    )))
}
