//! Resource servers that clients may name. RFC 8707, RFC 9728.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{Administered, Refusal, conflict, invalid, not_found, record};
use crate::clock::Seconds;
use crate::config::{self, Config};
use crate::flow::Means;
use crate::flow::register_client::{self, Registered, registered_event};
use crate::protocol::protected_resource::{ProtectedResourceMetadata, challenge_value, metadata_url};
use crate::protocol::resource::{AccessTokenFormat, Resource, is_same_identifier};
use crate::protocol::scope::{Scopes, is_scope_token};
use crate::storage::audit_events::{self, EventKind, Origin};
use crate::storage::clients::{self, NewClient};
use crate::storage::{DbConnection, resources, server_state};
use crate::texts::say;

/// One day: no access token lives longer. Security statement T07.
const LONGEST_ACCESS_TOKEN: Seconds = 86_400;
/// The longest name, in characters.
const MAX_NAME: usize = 256;
/// The most aliases of one resource.
const MAX_ALIASES: usize = 20;

/// A resource as an operator writes it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceRequest {
    /// An absolute URI without fragment: what clients send as `resource`, and the `aud` of the tokens.
    pub identifier: String,
    /// Other names under which clients may ask for it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// For people.
    #[serde(default)]
    pub name: Option<String>,
    /// The scopes of this resource; empty = every scope.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// `jwt` or `opaque`; null = as the settings say.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub access_token_format: Option<AccessTokenFormat>,
    /// Seconds; null = as the settings say.
    #[serde(default)]
    pub access_token_lifetime: Option<Seconds>,
}

/// A resource, with what its server has to serve.
#[derive(Serialize, ToSchema)]
pub struct ResourceView {
    /// Its name in paths.
    pub id: String,
    pub identifier: String,
    pub aliases: Vec<String>,
    pub name: Option<String>,
    pub scopes: Vec<String>,
    #[schema(value_type = Option<String>)]
    pub access_token_format: Option<AccessTokenFormat>,
    pub access_token_lifetime: Option<Seconds>,
    pub introspection_clients: Vec<String>,
    /// `configuration` or `database`.
    pub source: &'static str,
    /// The document that the resource server serves. RFC 9728 §2.
    #[schema(value_type = Object)]
    pub protected_resource_metadata: Value,
    /// Where it serves that; null if the identifier is no http or https URL. RFC 9728 §3.1.
    pub protected_resource_metadata_url: Option<String>,
    /// The value of the header with which it answers 401. RFC 9728 §5.1.
    pub www_authenticate: Option<String>,
}

impl ResourceView {
    fn of(resource: Resource, config: &Config) -> Self {
        let metadata = ProtectedResourceMetadata::new(&resource, config.issuer.as_str());
        let url = metadata_url(&resource.identifier);
        Self {
            id: resource.id(),
            protected_resource_metadata: json!(metadata),
            www_authenticate: url.as_deref().map(challenge_value),
            protected_resource_metadata_url: url,
            source: if is_configured(config, &resource.identifier) { "configuration" } else { "database" },
            identifier: resource.identifier,
            aliases: resource.aliases,
            name: resource.name,
            scopes: resource.scopes,
            access_token_format: resource.access_token_format,
            access_token_lifetime: resource.access_token_lifetime,
            introspection_clients: resource.introspection_clients,
        }
    }
}

/// Every resource.
#[derive(Serialize, ToSchema)]
pub struct ResourceList {
    pub resources: Vec<ResourceView>,
}

/// A new resource, and the client by which it may introspect its tokens, this once with its secret.
#[derive(Serialize, ToSchema)]
pub struct AddedResource {
    #[serde(flatten)]
    pub resource: ResourceView,
    pub client_id: String,
    pub client_secret: Option<String>,
    pub client_secret_expires_at: Option<Seconds>,
}

/// The resources of the configuration and of the database, as they are now.
pub async fn list(means: &Means) -> Administered<ResourceList> {
    let config = means.config.clone();
    means
        .database
        .read(move |conn| {
            let found = everything(conn, &config)?;
            let view = |resource| ResourceView::of(resource, &config);
            Ok(ResourceList { resources: found.into_iter().map(view).collect() })
        })
        .await
}

/// The resource with this id, identifier or alias.
pub async fn show(means: &Means, name: String) -> Administered<ResourceView> {
    let config = means.config.clone();
    means
        .database
        .read(move |conn| Ok(ResourceView::of(find(everything(conn, &config)?, &name)?, &config)))
        .await
}

/// What a resource server has to serve, from memory: anybody may know it.
#[must_use]
pub fn published(means: &Means, id: &str) -> Option<ResourceView> {
    let published = means.published();
    let resource = published.resources.iter().find(|resource| resource.id() == id)?;
    Some(ResourceView::of(resource.clone(), &means.config))
}

fn everything(conn: &mut DbConnection, config: &Config) -> Administered<Vec<Resource>> {
    let mut all = config.resources.clone();
    let stored = resources::list(conn)?;
    all.extend(stored.into_iter().filter(|resource| !is_configured(config, &resource.identifier)));
    Ok(all)
}

fn find(all: Vec<Resource>, name: &str) -> Administered<Resource> {
    let found = all.into_iter().find(|resource| resource.id() == name || resource.is_called(name));
    found.map_or_else(|| not_found(say("refused-no-resource").with("name", shown(name))), Ok)
}

fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn is_configured(config: &Config, identifier: &str) -> bool {
    config.resources.iter().any(|resource| resource.identifier == identifier)
}

fn changeable(config: &Config, resource: Resource) -> Administered<Resource> {
    if is_configured(config, &resource.identifier) {
        return conflict(say("refused-resource-fixed").with("name", &resource.identifier));
    }
    Ok(resource)
}

/// Registers a resource, and makes the client by which it may introspect its tokens.
pub async fn add(means: &Means, request: ResourceRequest, origin: Origin) -> Administered<AddedResource> {
    let mut resource = checked(request)?;
    let (registered, client) = introspector(means, &resource).await?;
    resource.introspection_clients = vec![registered.client_id.clone()];
    let (config, now, wanted) = (means.config.clone(), means.clock.now(), resource.clone());
    means
        .database
        .write(move |conn| {
            // First: whoever adds the same resource at this moment waits here.
            server_state::bump(conn, server_state::RESOURCES_VERSION)?;
            refuse_taken(&everything(conn, &config)?, &config, &wanted)?;
            let key = clients::insert(conn, &client, now)?;
            resources::insert(conn, &wanted, Some(key), now)?;
            audit_events::record(conn, &registered_event(&client, &origin), now)?;
            Ok(record(conn, EventKind::ResourceAdded, &origin, details(&wanted), now)?)
        })
        .await?;
    Ok(AddedResource {
        resource: ResourceView::of(resource, &means.config),
        client_id: registered.client_id,
        client_secret: registered.client_secret.map(|secret| secret.expose().to_owned()),
        client_secret_expires_at: registered.client_secret_expires_at,
    })
}

/// Replaces everything of a resource but its identifier, which tokens and clients know it by.
pub async fn replace(
    means: &Means,
    id: String,
    request: ResourceRequest,
    origin: Origin,
) -> Administered<ResourceView> {
    let wanted = checked(request)?;
    let (config, now) = (means.config.clone(), means.clock.now());
    means
        .database
        .write(move |conn| {
            server_state::bump(conn, server_state::RESOURCES_VERSION)?;
            let mut all = everything(conn, &config)?;
            let known = changeable(&config, find(all.clone(), &id)?)?;
            if wanted.identifier != known.identifier {
                return invalid(say("refused-resource-identifier").about("identifier"));
            }
            all.retain(|other| other.identifier != known.identifier);
            refuse_taken(&all, &config, &wanted)?;
            let introspection_clients = known.introspection_clients;
            let wanted = Resource { introspection_clients, ..wanted.clone() };
            resources::update(conn, &wanted)?;
            record(conn, EventKind::ResourceChanged, &origin, details(&wanted), now)?;
            Ok(ResourceView::of(wanted, &config))
        })
        .await
}

/// Deletes a resource. Its introspection clients stay, and its tokens are good until they expire.
pub async fn remove(means: &Means, id: String, origin: Origin) -> Administered<ResourceView> {
    let (config, now) = (means.config.clone(), means.clock.now());
    means
        .database
        .write(move |conn| {
            server_state::bump(conn, server_state::RESOURCES_VERSION)?;
            let known = changeable(&config, find(everything(conn, &config)?, &id)?)?;
            resources::delete(conn, &known.identifier)?;
            let details = json!({ "resource": known.identifier });
            record(conn, EventKind::ResourceRemoved, &origin, details, now)?;
            Ok(ResourceView::of(known, &config))
        })
        .await
}

fn details(resource: &Resource) -> Value {
    json!({ "resource": resource.identifier, "aliases": resource.aliases, "scopes": resource.scopes })
}

/// Two resources must not share a name, and none is called as this server is.
fn refuse_taken(others: &[Resource], config: &Config, wanted: &Resource) -> Administered<()> {
    for name in wanted.names() {
        // Whoever introspected for it would read every token that is meant for this server alone.
        if is_same_identifier(config.issuer.as_str(), name) {
            return invalid(say("refused-resource-is-server").with("name", shown(name)));
        }
        let Some(other) = others.iter().find(|other| other.is_called(name)) else { continue };
        if is_configured(config, &other.identifier) {
            return conflict(say("refused-resource-fixed").with("name", name));
        }
        return conflict(say("refused-resource-taken").with("name", name));
    }
    Ok(())
}

fn checked(request: ResourceRequest) -> Administered<Resource> {
    let ResourceRequest { identifier, aliases, name, scopes, access_token_format, access_token_lifetime } =
        request;
    for (member, value) in
        std::iter::once(("identifier", &identifier)).chain(aliases.iter().map(|alias| ("aliases", alias)))
    {
        if let Err(fault) = config::check_resource_identifier(value) {
            return invalid(
                say("refused-resource-name").with("name", shown(value)).with("fault", fault).about(member),
            );
        }
    }
    if aliases.len() > MAX_ALIASES {
        return invalid(say("refused-many-aliases").with("most", MAX_ALIASES).about("aliases"));
    }
    let is_line = |name: &String| {
        !name.trim().is_empty() && name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control)
    };
    if name.as_ref().is_some_and(|name| !is_line(name)) {
        return invalid(say("refused-line").with("most", MAX_NAME).about("name"));
    }
    if scopes.iter().any(|scope| !is_scope_token(scope)) {
        return invalid(say("refused-scope-words").about("scopes"));
    }
    if access_token_lifetime.is_some_and(|seconds| !(1..=LONGEST_ACCESS_TOKEN).contains(&seconds)) {
        return invalid(
            say("refused-lifetime").with("most", LONGEST_ACCESS_TOKEN).about("access_token_lifetime"),
        );
    }
    let mut resource = Resource {
        identifier,
        aliases: Vec::new(),
        name,
        scopes,
        access_token_format,
        access_token_lifetime,
        introspection_clients: Vec::new(),
    };
    for alias in aliases {
        if !resource.is_called(&alias) {
            resource.aliases.push(alias);
        }
    }
    Ok(resource)
}

/// A client that can introspect and nothing else: it has no grant and no scope.
async fn introspector(means: &Means, resource: &Resource) -> Administered<(Registered, NewClient)> {
    let name = resource.name.as_deref().unwrap_or(&resource.identifier);
    // A name is shorter than an identifier may be.
    let name: String = format!("Introspection for {name}").chars().take(MAX_NAME).collect();
    let mut members = Map::new();
    members.insert("client_name".to_owned(), name.into());
    members.insert("grant_types".to_owned(), json!(["client_credentials"]));
    members.insert("token_endpoint_auth_method".to_owned(), "client_secret_basic".into());
    let (registered, mut client) = register_client::by_operator(means, &members)
        .await
        .map_err(|failure| failure.map_refusal(Refusal::from))?;
    client.metadata.grant_types.clear();
    client.metadata.scope = Scopes::default();
    client.policy.grant_types.clear();
    client.policy.scopes = Some(Scopes::default());
    Ok((registered, client))
}
