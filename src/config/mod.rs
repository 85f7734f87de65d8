//! Every setting: its name, its default, what it means and what is wrong with a value.
//!
//! A `Config` is complete and consistent: whoever holds one need not check it again. [`SETTINGS`] is the one table that
//! reading, `config print`, the page `docs/configuration.md` and the check for unknown keys follow.
//! Durations are seconds here; in the file they are seconds or a number with a unit (`15m`, `30d`).

mod build;
mod contradictions;
mod effective;
mod issuer;
mod layers;
mod mail;
mod network;
mod policies;
mod problems;
mod reference;
mod scopes;
mod settings;
mod show;
mod statements;
mod tables;
mod value;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub use effective::{Effective, Entry};
pub use issuer::Issuer;
pub use layers::Origin;
pub use mail::{MailLogin, MailSecurity, MailServer};
pub use network::IpNetwork;
pub use problems::{Problem, Problems};
pub use reference::reference;
pub use settings::{Kind, SETTINGS, Setting};
pub use value::Value;

use crate::brand::Branding;
use crate::clock::Seconds;
use crate::protocol::client::policy::{HostRule, Policy};
use crate::protocol::client::software_statement::StatementIssuer;
use crate::protocol::resource::Resource;
use crate::protocol::scope::ScopeDefinition;

/// All settings of one server.
#[derive(Clone, Debug)]
pub struct Config {
    pub issuer: Issuer,
    pub listen: Vec<SocketAddr>,
    pub workers: usize,
    pub shutdown_timeout: Seconds,
    pub trusted_proxies: Vec<IpNetwork>,
    pub master_key: Option<MasterKeySource>,
    pub database: Database,
    pub tls: Option<Tls>,
    pub metrics: Metrics,
    pub desk: Desk,
    pub log: Log,
    pub registration: Registration,
    pub registration_access_token: RegistrationAccessToken,
    /// Whether the pictures of clients are fetched and shown.
    pub logos: Logos,
    pub redirect: Redirect,
    pub authorization: Authorization,
    pub pkce: Pkce,
    pub tokens: Tokens,
    pub refresh: Refresh,
    pub session: Session,
    pub keys: Keys,
    pub client_assertions: ClientAssertions,
    pub client_documents: ClientDocuments,
    pub outbound: Outbound,
    pub audit: Audit,
    /// How the pages look.
    pub branding: Branding,
    pub mail: Mail,
    pub accounts: Accounts,
    /// Built-in ones first, then `[[scopes]]`.
    pub scopes: Vec<ScopeDefinition>,
    /// Served to authorize and token requests without a scope. Each is one of `scopes` or of a resource.
    pub default_scope: Vec<String>,
    /// Declared in `[[resources]]`; those of `grantor resource add` are in the database.
    pub resources: Vec<Resource>,
    /// Whose software statements are believed. RFC 7591 §2.3.
    pub software_statement_issuers: Vec<StatementIssuer>,
    /// Every setting as somebody would write it, for whoever looks: secrets are `***`.
    pub shown: std::sync::Arc<[ShownSetting]>,
}

/// A setting as it holds.
#[derive(Clone, Debug)]
pub struct ShownSetting {
    pub setting: &'static Setting,
    pub origin: Origin,
    /// `None` = it is not set.
    pub value: Option<String>,
}

impl Config {
    /// Reads the file and the environment, which wins, and reports everything that is wrong with them at once.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Problems> {
        Effective::read(file, environment).into_config()
    }
}

/// A duration as the settings write it: seconds, or a number with a unit like `15m`.
pub fn parse_duration(text: &str, least: Seconds, most: Seconds) -> Result<Seconds, String> {
    value::duration(&toml::Value::from(text), least, most)
        .map_err(|wrong| format!("{}; {}", wrong.what, wrong.right))
}

/// Whether a text may be the identifier of a resource: an absolute URI without fragment. RFC 8707 §2.
pub fn check_resource_identifier(text: &str) -> Result<(), String> {
    scopes::resource_identifier(text).map(drop).map_err(|wrong| format!("{}; {}", wrong.what, wrong.right))
}

/// Where rows live.
#[derive(Clone, Debug)]
pub struct Database {
    pub url: DatabaseUrl,
    /// PEM bundle that PostgreSQL's certificate must chain to.
    pub ca_file: Option<PathBuf>,
    /// PostgreSQL connections, or SQLite readers.
    pub pool_size: u32,
    /// SQLite: `full` survives a power cut, `normal` may lose the last commits in one.
    pub synchronous: Synchronous,
}

/// Which database, parsed from `database.url`.
#[derive(Clone, Debug)]
pub enum DatabaseUrl {
    /// A file; its folder is made at start.
    Sqlite(PathBuf),
    /// A libpq connection URI without what Grantor adds itself (TLS defaults, timeouts). Holds a password: never printed.
    Postgres(Secret),
}

/// `PRAGMA synchronous`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    Full,
    Normal,
}

/// A secret setting. `Debug` and `config print` show `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Secret {
    /// Keeps `value` from being printed.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The secret itself: for whoever connects or derives with it, never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Where the 32-byte master key comes from. Without a setting it is made beside the SQLite file; PostgreSQL requires one.
#[derive(Clone, Debug)]
pub enum MasterKeySource {
    /// Base64 of 32 bytes, given as a setting (or by `_FILE`).
    Given(Secret),
    /// A file beside the SQLite database, made with mode 0600 if it is not there.
    BesideDatabase(PathBuf),
}

/// Files of the server's own TLS. Read again when they change.
#[derive(Clone, Debug)]
pub struct Tls {
    pub cert_file: PathBuf,
    pub key_file: PathBuf,
}

#[derive(Clone, Debug)]
pub struct Metrics {
    /// A listener of its own for Prometheus; none by default.
    pub listen: Option<SocketAddr>,
}

/// The pages for administrators.
#[derive(Clone, Debug)]
pub struct Desk {
    pub is_enabled: bool,
    /// A listener of its own; `None` = every listener serves it.
    pub listen: Option<SocketAddr>,
    /// Whether a password alone does not bring an administrator there.
    pub needs_second_factor: bool,
}

#[derive(Clone, Debug)]
pub struct Log {
    pub format: LogFormat,
    /// As `tracing_subscriber::EnvFilter` reads it.
    pub filter: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug)]
pub struct Registration {
    pub mode: RegistrationMode,
    /// Schemes without a dot that known native clients redirect to: cursor, vscode, vscode-insiders, grokbot.
    pub private_use_schemes: Vec<String>,
    /// Life of a `client_secret`; 0 = for ever.
    pub client_secret_lifetime: Seconds,
    /// How long the previous secret works after a rotation; 0 = not at all.
    pub secret_overlap: Seconds,
    /// Whether a lost registration access token can be had again by the client secret.
    pub recovery_by_secret: bool,
    /// Refused attempts at a registration's configuration endpoint per address and minute, before 429.
    pub failures_per_minute: u32,
    /// A self-registered client that nobody ever authorized lives so long; 0 = for ever.
    pub never_used_lifetime: Seconds,
    /// A self-registered client that nobody uses lives so long; 0 = for ever.
    pub idle_lifetime: Seconds,
    /// So long a removed client can be restored; 0 = not at all.
    pub undo: Seconds,
    /// So long a removed client is remembered.
    pub tombstone_lifetime: Seconds,
    /// What clients of an open registration may be.
    pub policy: Policy,
    /// Those that initial access tokens name.
    pub policies: Vec<Policy>,
    /// How many clients that registered themselves may live at once.
    pub max_clients: i64,
    pub budget: RegistrationBudget,
}

impl Registration {
    /// The policy of this name.
    #[must_use]
    pub fn policy_named(&self, name: &str) -> Option<&Policy> {
        std::iter::once(&self.policy).chain(&self.policies).find(|policy| policy.name == name)
    }
}

/// Registrations in a minute, on all servers together.
#[derive(Clone, Copy, Debug)]
pub struct RegistrationBudget {
    pub per_minute: i64,
    pub per_redirect_host: i64,
    pub per_software: i64,
    pub per_initial_access_token: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationMode {
    Open,
    InitialAccessToken,
    /// People who are signed in, with an access token of the scope `grantor:register`.
    AuthenticatedUser,
    Off,
}

#[derive(Clone, Debug)]
pub struct RegistrationAccessToken {
    pub rotation: RegistrationTokenRotation,
    /// The age at which it is replaced; 0 = none.
    pub rotate_after: Seconds,
    /// The number of uses after which it is replaced; 0 = none.
    pub rotate_after_uses: i64,
    pub reuse: RegistrationTokenReuse,
    /// How long the previous one works while the new one is unused; 0 = not at all.
    pub grace: Seconds,
    /// 0 = while the client lives. RFC 7592 §5.
    pub lifetime: Seconds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationTokenRotation {
    OnUpdate,
    /// By updates, too.
    OnRead,
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationTokenReuse {
    Audit,
    /// The client is disabled, too.
    Freeze,
}

#[derive(Clone, Debug)]
pub struct Redirect {
    /// Whether the port is free for the name `localhost`, as it is for 127.0.0.1 and `[::1]`.
    pub localhost_any_port: bool,
}

/// What becomes of `logo_uri`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logos {
    /// It is kept and not shown.
    Off,
    /// The picture is fetched, made anew and shown on the sign-in and consent pages.
    Fetch,
}

#[derive(Clone, Debug)]
pub struct Authorization {
    /// Whether request objects are fetched from the addresses that clients registered.
    pub request_uri: bool,
    /// Whether faults of clients that nobody vouches for are shown to people who are not signed in.
    pub error_page: bool,
}

#[derive(Clone, Debug)]
pub struct Pkce {
    pub confidential: PkceForConfidentialClients,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PkceForConfidentialClients {
    Required,
    Recommended,
}

#[derive(Clone, Debug)]
pub struct Tokens {
    pub code_lifetime: Seconds,
    pub access_token_lifetime: Seconds,
    pub access_token_format: AccessTokenFormat,
    pub access_token_algorithm: Algorithm,
    pub id_token_lifetime: Seconds,
}

pub use crate::keys::Algorithm;
pub use crate::protocol::resource::AccessTokenFormat;

#[derive(Clone, Debug)]
pub struct Refresh {
    /// Unused for so long, it is dead.
    pub idle_lifetime: Seconds,
    /// Counted from the grant; no rotation outlives it.
    pub absolute_lifetime: Seconds,
    /// How long the answer of a lost rotation can be had again; 0 = not at all.
    pub grace: Seconds,
}

#[derive(Clone, Debug)]
pub struct Session {
    pub idle_lifetime: Seconds,
    pub absolute_lifetime: Seconds,
    /// For those who stay signed in; 0 = nobody does.
    pub remembered_lifetime: Seconds,
    /// How long a sign-in or consent page may stay open.
    pub thread_lifetime: Seconds,
}

/// What becomes of the audit log; 0 = kept for ever.
#[derive(Clone, Debug)]
pub struct Audit {
    pub retention: Seconds,
    pub counts_retention: Seconds,
    pub webhook: Option<AuditWebhook>,
}

/// Where sealed events go, and what signs them.
#[derive(Clone, Debug)]
pub struct AuditWebhook {
    pub url: String,
    pub secret: Secret,
}

#[derive(Clone, Debug)]
pub struct Keys {
    /// `max-age` of the JWKS, and so how long a new key is published before it signs.
    pub jwks_max_age: Seconds,
}

/// JWTs by which clients say who they are.
#[derive(Clone, Debug)]
pub struct ClientAssertions {
    /// Whether their `aud` must be the issuer, and may not be the token endpoint.
    pub strict_audience: bool,
    pub max_lifetime: Seconds,
}

/// Clients whose `client_id` is the address of their metadata.
#[derive(Clone, Debug)]
pub struct ClientDocuments {
    pub enabled: bool,
    /// Empty = every host.
    pub allow_hosts: Vec<HostRule>,
    /// Before `allow_hosts`.
    pub deny_hosts: Vec<HostRule>,
    pub allow_query: bool,
    /// A document is not asked for again sooner, nor used longer, than these, whatever its headers say.
    pub min_cache: Seconds,
    pub max_cache: Seconds,
    pub on_change: OnDocumentChange,
}

/// What happens when a document changes where answers go or how its client proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDocumentChange {
    /// People are asked again when the client next comes.
    Consent,
    /// Its grants are revoked, too.
    Revoke,
}

/// How e-mails leave.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Without one, nothing is sent: operators hand links over themselves.
    pub server: Option<MailServer>,
    /// RFC 5322 §3.6.2; without it, `no-reply` at the issuer's host.
    pub from: Option<String>,
}

/// How people come to accounts, and what they may do with them.
#[derive(Clone, Debug)]
pub struct Accounts {
    pub sign_up: SignUp,
    /// Where addresses of people who sign up are, if that is limited.
    pub email_domains: Vec<HostRule>,
    /// How long a link that resets a password works. NIST SP 800-63B-4 §3.1.3, ASVS 6.6.2.
    pub reset_lifetime: Seconds,
    /// How long a link works that shows that somebody reads an address.
    pub verification_lifetime: Seconds,
    pub invitation_lifetime: Seconds,
    /// Whether people may delete their own accounts.
    pub self_deletion: bool,
}

/// Who may make an account for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    Off,
    /// Whoever an operator invited.
    Invitation,
    /// Whoever reads an address at one of the domains.
    Domain,
    /// Whoever reads an address.
    Open,
}

/// Requests that this server makes to others.
#[derive(Clone, Debug)]
pub struct Outbound {
    /// Ports beside 443.
    pub ports: Vec<u16>,
    /// Networks that are not public and may be reached all the same.
    pub networks: Vec<IpNetwork>,
    /// PEM bundle of authorities beside the system's.
    pub ca_file: Option<PathBuf>,
}

#[cfg(test)]
mod tests;
