//! OpenID providers by which people sign in: who they are, and who gets an account by them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use utoipa::ToSchema;

use super::{Administered, conflict, invalid, not_found, record};
use crate::clock::Seconds;
use crate::flow::Means;
use crate::flow::upstream::{self, Rules};
use crate::protocol::scope::Scopes;
use crate::storage::audit_events::{EventKind, Origin};
use crate::storage::upstream_providers::{self, NewUpstreamProvider, UpstreamProvider};
use crate::storage::{DbConnection, StorageError, groups, upstream_links, ways_in};
use crate::texts::say;

/// The longest name, in characters: it stands in paths.
const MAX_NAME: usize = 32;
/// The longest label and `client_id`, in characters.
const MAX_TEXT: usize = 128;
const MAX_ISSUER: usize = 1024;
const MAX_RULES: usize = 100;

pub use crate::storage::upstream_links::LinkedUser;

/// A new provider.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderRequest {
    /// In lower case, for paths. The provider sends people back to `/upstream/{name}/callback`. It never changes.
    pub name: String,
    /// The `issuer` of its metadata, to the letter. It never changes.
    pub issuer: String,
    #[serde(flatten)]
    pub details: ProviderChange,
}

/// What a provider is beside its name and its issuer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderChange {
    /// What its button says.
    pub label: String,
    /// What it knows this server by.
    pub client_id: String,
    /// `null`: the one that there is stays; for a new provider, this server is a public client there.
    #[serde(default)]
    pub client_secret: Option<String>,
    /// What is asked for; `openid` is always.
    #[serde(default = "usual_scopes")]
    pub scopes: Vec<String>,
    #[serde(default)]
    pub rules: Rules,
}

fn usual_scopes() -> Vec<String> {
    ["openid", "profile", "email"].map(str::to_owned).to_vec()
}

/// A provider.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProviderView {
    pub name: String,
    pub label: String,
    pub issuer: String,
    pub client_id: String,
    pub has_client_secret: bool,
    pub scopes: Vec<String>,
    pub rules: Rules,
    /// What the provider has to know as the redirect URI.
    pub redirect_uri: String,
    /// How many people are linked to it.
    pub people: i64,
    pub created_at: Seconds,
    pub disabled_at: Option<Seconds>,
}

/// Every provider.
#[derive(Serialize, ToSchema)]
pub struct Providers {
    pub providers: Vec<ProviderView>,
}

fn view(
    conn: &mut DbConnection,
    means: &Redirects,
    provider: UpstreamProvider,
) -> Result<ProviderView, StorageError> {
    Ok(ProviderView {
        redirect_uri: format!("{}{}/callback", means.0, provider.name),
        people: upstream_links::count(conn, provider.id)?,
        rules: serde_json::from_str(&provider.rules)
            .map_err(|_| StorageError::Corrupt("upstream_providers.rules"))?,
        name: provider.name,
        label: provider.label,
        issuer: provider.issuer,
        client_id: provider.client_id,
        has_client_secret: provider.sealed_secret.is_some(),
        scopes: provider.scopes.split_whitespace().map(str::to_owned).collect(),
        created_at: provider.created_at,
        disabled_at: provider.disabled_at,
    })
}

/// What every redirect URI begins with.
#[derive(Clone)]
struct Redirects(String);

impl Redirects {
    fn of(means: &Means) -> Self {
        Self(means.config.issuer.endpoint("/upstream/"))
    }
}

fn find(conn: &mut DbConnection, name: &str) -> Administered<UpstreamProvider> {
    match upstream_providers::find_by_name(conn, name)? {
        Some(provider) => Ok(provider),
        None => not_found(say("refused-no-provider").with("name", name.escape_debug())),
    }
}

/// Every provider, in the order in which they were added.
pub async fn list(means: &Means) -> Administered<Providers> {
    let redirects = Redirects::of(means);
    means
        .database
        .read(move |conn| {
            let mut providers = Vec::new();
            for provider in upstream_providers::list(conn)? {
                providers.push(view(conn, &redirects, provider)?);
            }
            Ok(Providers { providers })
        })
        .await
}

/// The provider of this name.
pub async fn show(means: &Means, name: String) -> Administered<ProviderView> {
    let redirects = Redirects::of(means);
    means
        .database
        .read(move |conn| {
            let provider = find(conn, &name)?;
            Ok(view(conn, &redirects, provider)?)
        })
        .await
}

/// What every redirect URI of a provider looks like, for whoever has to register it there first.
#[must_use]
pub fn redirect_uri(means: &Means, name: &str) -> String {
    format!("{}{name}/callback", Redirects::of(means).0)
}

/// A provider with who is linked to it.
#[derive(Clone, Debug)]
pub struct ProviderPeople {
    pub provider: ProviderView,
    /// The newest links.
    pub linked: Vec<LinkedUser>,
    /// How many people have no other way in.
    pub stranded: i64,
}

/// The provider of this name with who is linked to it, so many of them at most.
pub async fn people(means: &Means, name: String, most: i64) -> Administered<ProviderPeople> {
    let redirects = Redirects::of(means);
    means
        .database
        .read(move |conn| {
            let provider = find(conn, &name)?;
            let linked = upstream_links::of_provider(conn, provider.id, most)?;
            let stranded = ways_in::count_who_have_only(conn, provider.id)?;
            Ok(ProviderPeople { provider: view(conn, &redirects, provider)?, linked, stranded })
        })
        .await
}

/// Adds a provider whose metadata and keys can be read.
pub async fn add(means: &Means, request: ProviderRequest, origin: Origin) -> Administered<ProviderView> {
    let ProviderRequest { name, issuer, details } = request;
    check_name(&name)?;
    check_issuer(means, &issuer)?;
    let details = checked(details)?;
    if let Err(fault) = upstream::examine(means, &issuer).await {
        return invalid(say("refused-provider").with("fault", fault).about("issuer"));
    }
    let sealed = sealed(means, &name, details.client_secret.as_deref())?;
    let (redirects, now) = (Redirects::of(means), means.clock.now());
    means
        .database
        .write(move |conn| {
            check_groups(conn, &details.rules)?;
            let (scopes, rules) = (details.scopes.join(" "), stored(&details.rules)?);
            let new = NewUpstreamProvider {
                name: &name,
                label: details.label.trim(),
                issuer: &issuer,
                client_id: &details.client_id,
                sealed_secret: sealed.as_deref(),
                scopes: &scopes,
                rules: &rules,
            };
            if !upstream_providers::insert(conn, &new, now)? {
                return conflict(say("refused-provider-taken"));
            }
            let kind = EventKind::UpstreamProviderAdded;
            record(conn, kind, &origin, told(&name, &issuer, &details), now)?;
            let provider = find(conn, &name)?;
            Ok(view(conn, &redirects, provider)?)
        })
        .await
}

/// Replaces everything of a provider but its name and its issuer.
pub async fn replace(
    means: &Means,
    name: String,
    change: ProviderChange,
    origin: Origin,
) -> Administered<ProviderView> {
    let details = checked(change)?;
    let sealed = sealed(means, &name, details.client_secret.as_deref())?;
    let (redirects, now) = (Redirects::of(means), means.clock.now());
    means
        .database
        .write(move |conn| {
            let known = find(conn, &name)?;
            check_groups(conn, &details.rules)?;
            let (scopes, rules) = (details.scopes.join(" "), stored(&details.rules)?);
            let new = NewUpstreamProvider {
                name: &name,
                label: details.label.trim(),
                issuer: &known.issuer,
                client_id: &details.client_id,
                sealed_secret: sealed.as_deref(),
                scopes: &scopes,
                rules: &rules,
            };
            upstream_providers::update(conn, known.id, &new)?;
            let kind = EventKind::UpstreamProviderChanged;
            record(conn, kind, &origin, told(&name, &known.issuer, &details), now)?;
            let provider = find(conn, &name)?;
            Ok(view(conn, &redirects, provider)?)
        })
        .await
}

/// Switches a provider off, so that nobody signs in by it, or on again.
pub async fn set_enabled(
    means: &Means,
    name: String,
    is_enabled: bool,
    origin: Origin,
) -> Administered<ProviderView> {
    let (redirects, now) = (Redirects::of(means), means.clock.now());
    means
        .database
        .write(move |conn| {
            let known = find(conn, &name)?;
            if !upstream_providers::set_disabled(conn, known.id, (!is_enabled).then_some(now))? {
                let is_so = if is_enabled {
                    say("refused-provider-enabled")
                } else {
                    say("refused-provider-disabled")
                };
                return conflict(is_so);
            }
            let details = json!({ "provider": name, "enabled": is_enabled });
            record(conn, EventKind::UpstreamProviderChanged, &origin, details, now)?;
            let provider = find(conn, &name)?;
            Ok(view(conn, &redirects, provider)?)
        })
        .await
}

/// Removes a provider and everybody's links to it. The accounts stay: who has no password needs a link for one.
pub async fn remove(means: &Means, name: String, origin: Origin) -> Administered<ProviderView> {
    let (redirects, now) = (Redirects::of(means), means.clock.now());
    means
        .database
        .write(move |conn| {
            let known = find(conn, &name)?;
            let view = view(conn, &redirects, known.clone())?;
            upstream_providers::delete(conn, known.id)?;
            let details = json!({ "provider": name, "issuer": known.issuer, "people": view.people });
            record(conn, EventKind::UpstreamProviderRemoved, &origin, details, now)?;
            Ok(view)
        })
        .await
}

fn told(name: &str, issuer: &str, details: &ProviderChange) -> Value {
    json!({
        "provider": name, "issuer": issuer, "label": details.label, "client_id": details.client_id,
        "scopes": details.scopes, "rules": details.rules, "new_secret": details.client_secret.is_some(),
    })
}

fn sealed(means: &Means, name: &str, secret: Option<&str>) -> Result<Option<Vec<u8>>, StorageError> {
    secret.map(|secret| upstream::seal_secret(means, name, secret)).transpose()
}

fn stored(rules: &Rules) -> Result<String, StorageError> {
    serde_json::to_string(rules).map_err(|error| StorageError::Internal(error.to_string()))
}

fn check_name(name: &str) -> Administered<()> {
    let is_plain =
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if name.is_empty() || name.len() > MAX_NAME || !is_plain {
        return invalid(say("refused-provider-name").with("most", MAX_NAME).about("name"));
    }
    Ok(())
}

/// http is for a provider on this computer, while this server is on it as well.
fn check_issuer(means: &Means, issuer: &str) -> Administered<()> {
    let Ok(url) = Url::parse(issuer) else { return invalid(say("refused-issuer").about("issuer")) };
    let is_web = url.scheme() == "https" || url.scheme() == "http" && means.config.issuer.is_loopback();
    let is_bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !is_web || !is_bare || url.host_str().is_none() || issuer.len() > MAX_ISSUER {
        return invalid(say("refused-issuer").about("issuer"));
    }
    if issuer.trim_end_matches('/') == means.config.issuer.as_str().trim_end_matches('/') {
        return invalid(say("refused-issuer-is-server").about("issuer"));
    }
    Ok(())
}

fn checked(mut details: ProviderChange) -> Administered<ProviderChange> {
    let is_line = |text: &str| {
        !text.trim().is_empty() && text.chars().count() <= MAX_TEXT && !text.chars().any(char::is_control)
    };
    if !is_line(&details.label) {
        return invalid(say("refused-label").with("most", MAX_TEXT).about("label"));
    }
    if !is_line(&details.client_id) {
        return invalid(say("refused-client-id").with("most", MAX_TEXT).about("client_id"));
    }
    if details.client_secret.as_ref().is_some_and(|secret| secret.is_empty() || secret.len() > MAX_ISSUER) {
        return invalid(say("refused-client-secret").with("most", MAX_ISSUER).about("client_secret"));
    }
    let Ok(scopes) = Scopes::parse(&details.scopes.join(" ")) else {
        return invalid(say("refused-scope-words").about("scopes"));
    };
    if !scopes.contains("openid") {
        return invalid(say("refused-no-openid").about("scopes"));
    }
    let rules = &mut details.rules;
    if rules.email_domains.len() > MAX_RULES || rules.groups.len() > MAX_RULES {
        return invalid(say("refused-many-rules").with("most", MAX_RULES).about("rules"));
    }
    for domain in &mut rules.email_domains {
        *domain = domain.trim().trim_start_matches('@').to_ascii_lowercase();
        if !crate::protocol::email::is_plausible(&format!("x@{domain}")) {
            return invalid(say("refused-domain").about("rules.email_domains"));
        }
    }
    Ok(details)
}

fn check_groups(conn: &mut DbConnection, rules: &Rules) -> Administered<()> {
    for name in &rules.groups {
        if groups::find(conn, name)?.is_none() {
            return invalid(say("refused-no-group").with("name", name.escape_debug()).about("rules.groups"));
        }
    }
    Ok(())
}
