//! Values as somebody would write them, secrets as `***`.

use toml::{Table, Value as Toml};

use super::effective::Entry;
use super::value::{Value, show_duration};
use super::{AccessTokenFormat, DatabaseUrl};
use crate::protocol::client::software_statement::StatementIssuer;
use crate::protocol::resource::Resource;
use crate::protocol::scope::ScopeDefinition;

impl Entry {
    /// The value as it would stand in the file; `None` if it is not set. A secret is `***`.
    #[must_use]
    pub fn shown(&self) -> Option<Toml> {
        Some(match &self.value {
            Value::Absent => return None,
            Value::Secret(_) | Value::MailServer(_) | Value::DatabaseUrl(DatabaseUrl::Postgres(_)) => {
                Toml::from("***")
            }
            Value::DatabaseUrl(DatabaseUrl::Sqlite(path)) => {
                Toml::from(format!("sqlite://{}", path.display()))
            }
            Value::Issuer(issuer) => Toml::from(issuer.as_str()),
            Value::Addresses(addresses) => list(addresses),
            Value::Address(address) => Toml::from(address.to_string()),
            Value::Networks(networks) => list(networks),
            Value::Whole(number) => Toml::from(i64::try_from(*number).unwrap_or(i64::MAX)),
            Value::Duration(seconds) => Toml::from(show_duration(*seconds)),
            Value::Flag(flag) => Toml::from(*flag),
            Value::Text(text) => Toml::from(text.as_str()),
            Value::Choice(choice) => Toml::from(*choice),
            Value::File(path) => Toml::from(path.display().to_string()),
            Value::Templates(templates) => Toml::from(templates.folder.display().to_string()),
            Value::Logo(logo) => Toml::from(logo.path.display().to_string()),
            Value::Colour(colour) => Toml::from(colour.to_string()),
            Value::Words(words) => list(words),
            Value::Scopes(scopes) => Toml::Array(scopes.iter().map(scope).collect()),
            Value::Hosts(hosts) => list(hosts),
            Value::Ports(ports) => {
                Toml::Array(ports.iter().map(|port| Toml::from(i64::from(*port))).collect())
            }
            Value::Policy(policy) => super::policies::shown(policy),
            Value::Policies(policies) => Toml::Array(policies.iter().map(super::policies::shown).collect()),
            Value::StatementIssuers(issuers) => Toml::Array(issuers.iter().map(statement_issuer).collect()),
            Value::Resources(resources) => Toml::Array(resources.iter().map(resource).collect()),
        })
    }
}

pub(super) fn list<T: ToString>(items: &[T]) -> Toml {
    Toml::Array(items.iter().map(|item| Toml::from(item.to_string())).collect())
}

fn scope(scope: &ScopeDefinition) -> Toml {
    let texts = scope.description.iter().map(|(tag, text)| (tag.clone(), Toml::from(text.as_str())));
    let mut table = Table::new();
    table.insert("name".to_owned(), Toml::from(scope.name.as_str()));
    table.insert("description".to_owned(), Toml::Table(texts.collect()));
    table.insert("claims".to_owned(), list(&scope.claims));
    table.insert("operator_only".to_owned(), Toml::from(scope.operator_only));
    Toml::Table(table)
}

fn statement_issuer(issuer: &StatementIssuer) -> Toml {
    let mut table = Table::new();
    table.insert("issuer".to_owned(), Toml::from(issuer.issuer.as_str()));
    table.insert("jwks".to_owned(), Toml::from(issuer.jwks.as_str()));
    if let Some(audience) = &issuer.audience {
        table.insert("audience".to_owned(), Toml::from(audience.as_str()));
    }
    Toml::Table(table)
}

fn resource(resource: &Resource) -> Toml {
    let mut table = Table::new();
    table.insert("identifier".to_owned(), Toml::from(resource.identifier.as_str()));
    if let Some(name) = &resource.name {
        table.insert("name".to_owned(), Toml::from(name.as_str()));
    }
    if !resource.aliases.is_empty() {
        table.insert("aliases".to_owned(), list(&resource.aliases));
    }
    table.insert("scopes".to_owned(), list(&resource.scopes));
    if let Some(format) = resource.access_token_format {
        let format = match format {
            AccessTokenFormat::Jwt => "jwt",
            AccessTokenFormat::Opaque => "opaque",
        };
        table.insert("access_token_format".to_owned(), Toml::from(format));
    }
    if let Some(lifetime) = resource.access_token_lifetime {
        table.insert("access_token_lifetime".to_owned(), Toml::from(show_duration(lifetime)));
    }
    table.insert("introspection_clients".to_owned(), list(&resource.introspection_clients));
    Toml::Table(table)
}
