//! What servers keep in memory and read again within a second of a change: signing keys, resources, attributes of people, and
//! the documents made of them. Clients, tokens, grants, sessions and consents never are.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::Means;
use crate::config::Config;
use crate::keys::{KeyError, MasterKey, SigningKeys};
use crate::protocol::attribute::{self, Attribute};
use crate::protocol::resource::Resource;
use crate::protocol::scope::{ScopeDefinition, Scopes};
use crate::protocol::server_metadata;
use crate::storage::clients::{Client, ClientPolicy};
use crate::storage::{DbConnection, Failure, resources, server_state, user_attributes};
use crate::texts;

use super::registration_policy::is_open;
use super::rotate_keys;

/// One reading of keys and resources, with what is made of them.
pub struct Published {
    pub keys: SigningKeys,
    /// Those of the configuration first.
    pub resources: Vec<Resource>,
    /// Every scope with the claims that it opens, those of attributes among them.
    pub scopes: Vec<ScopeDefinition>,
    /// What the operator knows of people beside the standard claims.
    pub attributes: Vec<Attribute>,
    /// Every scope that a client may get without an operator.
    pub open_scopes: Scopes,
    /// What clients that nobody vouched for may have by the policy of open registration.
    open_policy_scopes: Scopes,
    /// Every scope there is.
    pub all_scopes: Scopes,
    pub default_scope: Scopes,
    /// RFC 8414.
    pub authorization_server_metadata: Document,
    /// OpenID Connect Discovery.
    pub openid_configuration: Document,
    /// RFC 7517 §5.
    pub jwks: Document,
    versions: Versions,
}

/// A document served from memory.
#[derive(Clone)]
pub struct Document {
    pub body: Bytes,
    /// A strong validator, with its quotes. RFC 9110 §8.8.3.
    pub etag: String,
}

/// The counters that a change of keys or resources moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Versions {
    keys: i64,
    resources: i64,
    attributes: i64,
}

impl Document {
    fn new(body: String) -> Self {
        let hash = Sha256::digest(body.as_bytes());
        let etag =
            hash.iter().take(8).fold(String::from("\""), |etag, byte| format!("{etag}{byte:02x}")) + "\"";
        Self { body: Bytes::from(body), etag }
    }
}

impl Published {
    /// Reads keys and resources and renders the documents.
    pub fn read(
        conn: &mut DbConnection,
        config: &Config,
        master: &MasterKey,
    ) -> Result<Self, Failure<KeyError>> {
        // The versions first: a change between the two reads is then seen at the next look.
        let versions = versions(conn)?;
        let keys = rotate_keys::load(conn, master)?;
        let mut all_resources = config.resources.clone();
        for resource in resources::list(conn)? {
            if !all_resources.iter().any(|known| known.identifier == resource.identifier) {
                all_resources.push(resource);
            }
        }
        let attributes = user_attributes::list(conn)?;
        Ok(Self::render(config, keys, (all_resources, attributes), versions))
    }

    fn render(
        config: &Config,
        keys: SigningKeys,
        (resources, attributes): (Vec<Resource>, Vec<Attribute>),
        versions: Versions,
    ) -> Self {
        let scopes = attribute::opened(&config.scopes, &attributes);
        let operator_only =
            |name: &str| config.scopes.iter().any(|scope| scope.operator_only && scope.name == name);
        let of_resources = resources.iter().flat_map(|resource| resource.scopes.iter().cloned());
        let all_scopes: Scopes =
            config.scopes.iter().map(|scope| scope.name.clone()).chain(of_resources).collect();
        let open_scopes: Scopes =
            all_scopes.iter().filter(|name| !operator_only(name)).map(str::to_owned).collect();
        let facts = server_metadata::Facts {
            issuer: config.issuer.as_str(),
            scopes: &open_scopes,
            claims: claims(&scopes),
            registration: config.registration.mode != crate::config::RegistrationMode::Off,
            client_documents: config.client_documents.enabled,
            request_uri: config.authorization.request_uri,
            sign_up: super::accounts::sign_up::is_open(config.accounts.sign_up),
            locales: texts::tags().collect(),
        };
        Self {
            authorization_server_metadata: Document::new(server_metadata::authorization_server(&facts)),
            openid_configuration: Document::new(server_metadata::openid_provider(&facts)),
            jwks: Document::new(keys.jwks_json()),
            open_policy_scopes: match &config.registration.policy.scopes {
                None => open_scopes.clone(),
                Some(given) => given.intersection(&all_scopes),
            },
            default_scope: config.default_scope.iter().cloned().collect(),
            keys,
            resources,
            scopes,
            attributes,
            open_scopes,
            all_scopes,
            versions,
        }
    }

    /// What clients of this policy may register and get, by the configuration as it is now.
    #[must_use]
    pub fn allowed_scopes(&self, policy: &ClientPolicy) -> Scopes {
        match &policy.scopes {
            None => self.open_scopes.clone(),
            Some(given) => given.intersection(&self.all_scopes),
        }
    }

    /// What this client registered and still may have: its policy and the configuration may have become narrower since.
    #[must_use]
    pub fn usable_scopes(&self, client: &Client) -> Scopes {
        let allowed = client.metadata.scope.intersection(&self.allowed_scopes(&client.policy));
        if is_open(client.source) { allowed.intersection(&self.open_policy_scopes) } else { allowed }
    }

    /// The resource of this registered identifier.
    #[must_use]
    pub fn resource(&self, identifier: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.identifier == identifier)
    }
}

fn claims(scopes: &[ScopeDefinition]) -> Vec<&str> {
    let mut claims: Vec<&str> =
        vec!["sub", "iss", "aud", "azp", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid"];
    for claim in scopes.iter().filter(|scope| !scope.operator_only).flat_map(|scope| &scope.claims) {
        if !claims.contains(&claim.as_str()) {
            claims.push(claim);
        }
    }
    claims
}

fn versions(conn: &mut DbConnection) -> Result<Versions, crate::storage::StorageError> {
    Ok(Versions {
        keys: server_state::version(conn, server_state::KEYS_VERSION)?,
        resources: server_state::version(conn, server_state::RESOURCES_VERSION)?,
        attributes: server_state::version(conn, server_state::ATTRIBUTES_VERSION)?,
    })
}

/// Reads keys and resources again if another server or the command line changed them.
pub async fn read_again_if_changed(
    means: &Means,
    master: &std::sync::Arc<MasterKey>,
) -> Result<bool, Failure<KeyError>> {
    let known = means.published().versions;
    let (config, master) = (means.config.clone(), std::sync::Arc::clone(master));
    let read = means
        .database
        .read(move |conn| {
            if versions(conn)? == known {
                return Ok(None);
            }
            Published::read(conn, &config, &master).map(Some)
        })
        .await?;
    match read {
        None => Ok(false),
        Some(published) => {
            means.publish(published);
            Ok(true)
        }
    }
}
