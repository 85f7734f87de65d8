//! Who vouches for a client, and whose names it must not be mistaken for. RFC 7591 §5.

use super::Means;
use crate::config::Config;
use crate::protocol::authorization::refusal::AuthorizationRefusal;
use crate::protocol::client::links;
use crate::protocol::client::tier::{Provenance, Tier};
use crate::protocol::lookalike::Known;
use crate::storage::Failure;
use crate::storage::clients::{self, Client, Source};

/// How sure a person can be who made this client. RFC 7591 §2.3 and §5.
#[must_use]
pub fn tier(config: &Config, client: &Client) -> Tier {
    let is_trusted =
        |issuer: &&str| config.software_statement_issuers.iter().any(|trusted| trusted.issuer == **issuer);
    Tier::of(Provenance {
        made_by_operator: client.source == Source::Operator,
        trusted_issuer: client.verified_by.as_deref().filter(is_trusted),
        document: (client.source == Source::Document).then_some(client.client_id.as_str()),
    })
}

/// The names that belong to this server: its own, those of its resources, and those of the clients that somebody vouches
/// for. RFC 7591 §5.
pub async fn known_names(
    means: &Means,
    client: &Client,
) -> Result<Vec<Known>, Failure<AuthorizationRefusal>> {
    let key = client.key;
    let vouched = means.database.read(move |conn| Ok(clients::vouched_for(conn, key)?)).await?;
    let of_clients = vouched.iter().flat_map(|metadata| {
        let hosts: Vec<String> = metadata.redirect_uris.iter().filter_map(|uri| links::host(uri)).collect();
        let names = metadata.in_all_languages("client_name");
        names.map(move |name| Known { name: name.to_owned(), hosts: hosts.clone(), as_word: true })
    });
    let published = means.published();
    let of_resources = published.resources.iter().filter_map(|resource| {
        let hosts = links::host(&resource.identifier).into_iter().collect();
        // Claude Code registers as `Claude Code (NAME)`, with the name of what it connects to.
        resource.name.clone().map(|name| Known { name, hosts, as_word: false })
    });
    Ok(own_names(&means.config).into_iter().chain(of_resources).chain(of_clients).collect())
}

/// The server's own name, and its host if that is more than one word.
fn own_names(config: &Config) -> Vec<Known> {
    let host = links::host(config.issuer.as_str()).unwrap_or_default();
    let own = |name: &str| Known { name: name.to_owned(), hosts: vec![host.clone()], as_word: true };
    let is_name = host.contains('.') && !host.starts_with(|first: char| first.is_ascii_digit());
    std::iter::once(own("Grantor")).chain(is_name.then(|| own(&host))).collect()
}
