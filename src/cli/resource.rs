//! `grantor resource`: resource servers that clients may name. RFC 8707, RFC 9728.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::arguments::{access_token_format, access_token_lifetime, scopes};
use super::error::CliError;
use super::output::{self, Output, facts, table};
use super::{Settings, wait_for};
use crate::clock::Seconds;
use crate::flow::administer::resources::{self, ResourceRequest, ResourceView};
use crate::protocol::resource::AccessTokenFormat;

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
    /// Print what a resource server has to serve: its metadata (RFC 9728) and its challenge.
    #[command(after_help = "Example:\n  grantor resource show https://mcp.example.com/mcp")]
    Show {
        /// Its identifier, one of its aliases, or the id that `list` shows.
        resource: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Change a resource; what no option names stays as it is.
    #[command(
        after_help = "Example:\n  grantor resource set https://mcp.example.com/mcp --name Notes --scope notes.read"
    )]
    Set(SetArguments),
    /// Delete a resource. Tokens for it stay good until they expire.
    #[command(after_help = "Example:\n  grantor resource delete https://mcp.example.com/mcp")]
    Delete { identifier: String },
}

#[derive(Args)]
pub(super) struct AddArguments {
    /// An absolute URI without fragment: what clients send as `resource`, and the `aud` of the tokens.
    identifier: String,
    /// Another name under which clients may ask for it; may be repeated.
    #[arg(long = "alias", value_name = "URI")]
    aliases: Vec<String>,
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

#[derive(Args)]
pub(super) struct SetArguments {
    /// Its identifier, one of its aliases, or the id that `list` shows.
    resource: String,
    /// Another name under which clients may ask for it, in the place of those that there are; may be repeated.
    #[arg(long = "alias", value_name = "URI", conflicts_with = "no_alias")]
    aliases: Vec<String>,
    /// It has no other names.
    #[arg(long)]
    no_alias: bool,
    /// For people; an empty one removes it.
    #[arg(long)]
    name: Option<String>,
    /// A scope of this resource, in the place of those that there are; may be repeated.
    #[arg(long = "scope", value_name = "SCOPE", conflicts_with = "every_scope")]
    scopes: Vec<String>,
    /// It has every scope.
    #[arg(long)]
    every_scope: bool,
    /// jwt or opaque.
    #[arg(long, value_parser = access_token_format, conflicts_with = "default_tokens")]
    format: Option<AccessTokenFormat>,
    /// How long its access tokens live: seconds, or a number with s, m, h or d.
    #[arg(long, value_name = "DURATION", value_parser = access_token_lifetime, conflicts_with = "default_tokens")]
    lifetime: Option<Seconds>,
    /// Format and lifetime of its access tokens are as the settings say.
    #[arg(long)]
    default_tokens: bool,
}

pub(super) fn run(command: ResourceCommand, settings: &Settings) -> Result<Output, CliError> {
    match command {
        ResourceCommand::Add(arguments) => add(arguments, settings),
        ResourceCommand::List { json } => list(settings, json),
        ResourceCommand::Show { resource, json } => show(settings, resource, json),
        ResourceCommand::Set(arguments) => set(arguments, settings),
        ResourceCommand::Delete { identifier } => delete(settings, identifier),
    }
}

fn add(arguments: AddArguments, settings: &Settings) -> Result<Output, CliError> {
    let scopes = scopes(&arguments.scopes)?.unwrap_or_default();
    let request = ResourceRequest {
        identifier: arguments.identifier,
        aliases: arguments.aliases,
        name: arguments.name,
        scopes: scopes.iter().map(str::to_owned).collect(),
        access_token_format: arguments.format,
        access_token_lifetime: arguments.lifetime,
    };
    let means = settings.open()?.means;
    let added = wait_for(resources::add(&means, request, settings.command_line_origin()))?;
    if arguments.json {
        let mut value = as_value(&added.resource);
        if let Value::Object(members) = &mut value {
            members.insert("client_id".to_owned(), json!(added.client_id));
            members.insert("client_secret".to_owned(), json!(added.client_secret));
            members.insert("client_secret_expires_at".to_owned(), json!(added.client_secret_expires_at));
        }
        return output::json(&value);
    }
    let mut credentials =
        vec![("resource", added.resource.identifier.clone()), ("client_id", added.client_id)];
    if let Some(secret) = added.client_secret {
        credentials.push(("client_secret", secret));
    }
    let text = facts(&credentials) + &to_serve(&added.resource)?;
    Ok(Output::from(text).note(
        "The client may introspect tokens for this resource. Keep its client_secret: it is not shown again.",
    ))
}

fn set(arguments: SetArguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let known = wait_for(resources::show(&means, arguments.resource))?;
    let given = scopes(&arguments.scopes)?.unwrap_or_default();
    let list = |given: Vec<String>, none: bool, known| if none || !given.is_empty() { given } else { known };
    let of_tokens = !arguments.default_tokens;
    let request = ResourceRequest {
        aliases: list(arguments.aliases, arguments.no_alias, known.aliases),
        name: arguments.name.or(known.name).filter(|name| !name.is_empty()),
        scopes: list(given.iter().map(str::to_owned).collect(), arguments.every_scope, known.scopes),
        access_token_format: arguments.format.or(known.access_token_format).filter(|_| of_tokens),
        access_token_lifetime: arguments.lifetime.or(known.access_token_lifetime).filter(|_| of_tokens),
        identifier: known.identifier,
    };
    let changed = wait_for(resources::replace(&means, known.id, request, settings.command_line_origin()))?;
    Ok(Output::from(format!("The resource {} is changed.\n", changed.identifier)))
}

/// What the resource server has to serve.
fn to_serve(resource: &ResourceView) -> Result<String, CliError> {
    let (Some(url), Some(challenge)) =
        (&resource.protected_resource_metadata_url, &resource.www_authenticate)
    else {
        return Ok(String::new());
    };
    let document = output::json(&resource.protected_resource_metadata)?.into_text();
    Ok(format!(
        "\nServe this at {url}:\n{document}\nAnswer requests without a good token with 401 and:\nWWW-Authenticate: {challenge}\n"
    ))
}

fn as_value(resource: &ResourceView) -> Value {
    let mut value = json!(resource);
    if let Value::Object(members) = &mut value {
        let identifier = members.remove("identifier");
        members.insert("resource".to_owned(), json!(identifier));
    }
    value
}

fn show(settings: &Settings, resource: String, as_json: bool) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let found = wait_for(resources::show(&means, resource))?;
    if as_json {
        return output::json(&as_value(&found));
    }
    let text = facts(&[
        ("resource", found.identifier.clone()),
        ("id", found.id.clone()),
        ("aliases", found.aliases.join(" ")),
        ("name", found.name.clone().unwrap_or_default()),
        ("source", found.source.to_owned()),
        ("scopes", found.scopes.join(" ")),
        ("access tokens", found.access_token_format.map_or("as the server", |it| it.as_str()).to_owned()),
        (
            "lifetime",
            found
                .access_token_lifetime
                .map_or_else(|| "as the server".to_owned(), |it| format!("{it} seconds")),
        ),
        ("introspection clients", found.introspection_clients.join(" ")),
    ]);
    Ok(Output::from(text + &to_serve(&found)?))
}

fn list(settings: &Settings, as_json: bool) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let found = wait_for(resources::list(&means))?.resources;
    if as_json {
        return output::json(&found.iter().map(as_value).collect::<Vec<_>>());
    }
    let rows: Vec<_> = found
        .into_iter()
        .map(|resource| {
            [
                resource.identifier,
                resource.id,
                resource.source.to_owned(),
                resource.name.unwrap_or_default(),
                resource.scopes.join(" "),
                resource.introspection_clients.join(" "),
            ]
        })
        .collect();
    let heads = ["RESOURCE", "ID", "SOURCE", "NAME", "SCOPES", "INTROSPECTION CLIENTS"];
    Ok(table(heads, &rows, "There is no resource yet."))
}

fn delete(settings: &Settings, identifier: String) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let removed = wait_for(resources::remove(&means, identifier, settings.command_line_origin()))?;
    let output = Output::from(format!("The resource {} is deleted.\n", removed.identifier));
    if removed.introspection_clients.is_empty() {
        return Ok(output);
    }
    let ids = removed.introspection_clients.join(" ");
    Ok(output.note(format!(
        "The clients that introspected for it stay. Delete them with grantor client delete: {ids}"
    )))
}
