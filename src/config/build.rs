//! From checked values to a `Config`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::effective::{Effective, Entry};
use super::problems::Problem;
use super::value::Value;
use super::{
    AccessTokenFormat, Algorithm, Authorization, ClientAssertions, ClientDocuments, Config, Database,
    DatabaseUrl, Desk, IpNetwork, Issuer, Keys, Log, LogFormat, Logos, MasterKeySource, Metrics,
    OnDocumentChange, Outbound, Pkce, PkceForConfidentialClients, Redirect, Refresh, Registration,
    RegistrationAccessToken, RegistrationBudget, RegistrationMode, RegistrationTokenReuse,
    RegistrationTokenRotation, Secret, Session, ShownSetting, Synchronous, Tls, Tokens, scopes,
};
use super::{Accounts, Audit, AuditWebhook, Mail, MailServer, SignUp};
use crate::brand::{Branding, Colour, Logo, Overrides, Templates};
use crate::clock::Seconds;
use crate::protocol::client::policy::{HostRule, Policy};
use crate::protocol::client::software_statement::StatementIssuer;
use crate::protocol::resource::Resource;
use crate::protocol::scope::ScopeDefinition;
use crate::texts::Texts;

/// A field that one kind of value can fill.
trait Field: Sized {
    fn from_value(value: &Value) -> Option<Self>;
}

macro_rules! field {
    ($type:ty: $($pattern:pat => $result:expr),+ $(,)?) => {
        impl Field for $type {
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    $($pattern => Some($result),)+
                    _ => None,
                }
            }
        }
    };
}

field!(Issuer: Value::Issuer(issuer) => issuer.clone());
field!(Vec<SocketAddr>: Value::Addresses(addresses) => addresses.clone());
field!(Option<SocketAddr>: Value::Address(address) => Some(*address), Value::Absent => None);
field!(Vec<IpNetwork>: Value::Networks(networks) => networks.clone());
field!(Vec<HostRule>: Value::Hosts(hosts) => hosts.clone());
field!(Vec<u16>: Value::Ports(ports) => ports.clone());
field!(u64: Value::Whole(number) => *number);
field!(Seconds: Value::Duration(seconds) => *seconds);
field!(bool: Value::Flag(flag) => *flag);
field!(String: Value::Text(text) => text.clone());
field!(Option<String>: Value::Text(text) => Some(text.clone()), Value::Absent => None);
field!(&'static str: Value::Choice(choice) => choice);
field!(Option<PathBuf>: Value::File(path) => Some(path.clone()), Value::Absent => None);
field!(Option<Secret>: Value::Secret(secret) => Some(secret.clone()), Value::Absent => None);
field!(DatabaseUrl: Value::DatabaseUrl(url) => url.clone());
field!(Option<Colour>: Value::Colour(colour) => Some(*colour), Value::Absent => None);
field!(Option<Templates>: Value::Templates(templates) => Some(templates.clone()), Value::Absent => None);
field!(Option<Logo>: Value::Logo(logo) => Some(logo.clone()), Value::Absent => None);
field!(Vec<String>: Value::Words(words) => words.clone());
field!(Vec<ScopeDefinition>: Value::Scopes(scopes) => scopes.clone());
field!(Policy: Value::Policy(policy) => policy.as_ref().clone());
field!(Vec<Policy>: Value::Policies(policies) => policies.clone());
field!(Vec<StatementIssuer>: Value::StatementIssuers(issuers) => issuers.clone());
field!(Option<MailServer>: Value::MailServer(server) => Some(server.clone()), Value::Absent => None);
field!(Vec<Resource>: Value::Resources(resources) => resources.clone());

/// The value of a key. An error here means that the table and this file disagree; a test sees that they do not.
fn get<T: Field>(from: &Effective, key: &str) -> Result<T, Problem> {
    from.value(key).and_then(T::from_value).ok_or_else(|| disagreement(key))
}

fn whole<T: TryFrom<u64>>(from: &Effective, key: &str) -> Result<T, Problem> {
    T::try_from(get::<u64>(from, key)?).map_err(|_| disagreement(key))
}

fn choice<T: Copy>(from: &Effective, key: &str, meanings: &[(&str, T)]) -> Result<T, Problem> {
    let chosen: &str = get(from, key)?;
    meanings
        .iter()
        .find(|(name, _)| *name == chosen)
        .map(|(_, meaning)| *meaning)
        .ok_or_else(|| disagreement(key))
}

fn disagreement(key: &str) -> Problem {
    Problem::new(key, "Grantor cannot use its own setting", "report this as a defect of Grantor")
}

pub(super) fn config(from: &Effective) -> Result<Config, Problem> {
    let database = database(from)?;
    let mut all_scopes = scopes::built_in();
    let own = get::<Vec<ScopeDefinition>>(from, "scopes")?;
    all_scopes.retain(|built_in| own.iter().all(|scope| scope.name != built_in.name));
    all_scopes.extend(own);
    Ok(Config {
        issuer: get(from, "issuer")?,
        listen: get(from, "listen")?,
        workers: whole(from, "workers")?,
        shutdown_timeout: get(from, "shutdown_timeout")?,
        trusted_proxies: get(from, "trusted_proxies")?,
        master_key: master_key(get(from, "master_key")?, &database.url),
        database,
        tls: tls(from)?,
        metrics: Metrics { listen: get(from, "metrics.listen")? },
        desk: Desk {
            is_enabled: get(from, "desk.enabled")?,
            listen: get(from, "desk.listen")?,
            needs_second_factor: get(from, "desk.second_factor")?,
        },
        log: Log {
            format: choice(from, "log.format", &[("text", LogFormat::Text), ("json", LogFormat::Json)])?,
            filter: get(from, "log.filter")?,
        },
        registration: registration(from)?,
        registration_access_token: registration_access_token(from)?,
        logos: choice(from, "logos", &[("off", Logos::Off), ("fetch", Logos::Fetch)])?,
        redirect: Redirect { localhost_any_port: get(from, "redirect.localhost_any_port")? },
        authorization: Authorization {
            request_uri: choice(from, "request_uri", &[("off", false), ("registered", true)])?,
            error_page: choice(
                from,
                "authorization.error_page",
                &[("self_registered", true), ("never", false)],
            )?,
        },
        pkce: pkce(from)?,
        tokens: tokens(from)?,
        refresh: Refresh {
            idle_lifetime: get(from, "refresh.idle_lifetime")?,
            absolute_lifetime: get(from, "refresh.absolute_lifetime")?,
            grace: get(from, "refresh.grace")?,
        },
        session: Session {
            idle_lifetime: get(from, "session.idle_lifetime")?,
            absolute_lifetime: get(from, "session.absolute_lifetime")?,
            remembered_lifetime: get(from, "session.remembered_lifetime")?,
            thread_lifetime: get(from, "session.thread_lifetime")?,
        },
        audit: audit(from)?,
        mail: Mail { server: get(from, "mail.url")?, from: get(from, "mail.from")? },
        accounts: accounts(from)?,
        keys: Keys { jwks_max_age: get(from, "keys.jwks_max_age")? },
        client_assertions: ClientAssertions {
            strict_audience: get(from, "client_assertions.strict_audience")?,
            max_lifetime: get(from, "client_assertions.max_lifetime")?,
        },
        client_documents: client_documents(from)?,
        outbound: Outbound {
            ports: get(from, "outbound.ports")?,
            networks: get(from, "outbound.networks")?,
            ca_file: get(from, "outbound.ca_file")?,
        },
        branding: branding(from)?,
        scopes: all_scopes,
        default_scope: get(from, "default_scope")?,
        resources: get(from, "resources")?,
        software_statement_issuers: get(from, "software_statement_issuers")?,
        shown: from.entries().iter().map(shown).collect(),
    })
}

fn shown(entry: &Entry) -> ShownSetting {
    let value = entry.shown().map(|value| value.to_string());
    ShownSetting { setting: entry.setting, origin: entry.origin.clone(), value }
}

fn master_key(given: Option<Secret>, url: &DatabaseUrl) -> Option<MasterKeySource> {
    match (given, url) {
        (Some(key), _) => Some(MasterKeySource::Given(key)),
        (None, DatabaseUrl::Sqlite(file)) => {
            let folder = file.parent().unwrap_or_else(|| Path::new(""));
            Some(MasterKeySource::BesideDatabase(folder.join("master.key")))
        }
        (None, DatabaseUrl::Postgres(_)) => None,
    }
}

fn database(from: &Effective) -> Result<Database, Problem> {
    let synchronous = [("full", Synchronous::Full), ("normal", Synchronous::Normal)];
    Ok(Database {
        url: get(from, "database.url")?,
        ca_file: get(from, "database.ca_file")?,
        pool_size: whole(from, "database.pool_size")?,
        synchronous: choice(from, "database.synchronous", &synchronous)?,
    })
}

/// Half of a pair counts as none; it is reported as a contradiction.
fn tls(from: &Effective) -> Result<Option<Tls>, Problem> {
    let cert_file: Option<PathBuf> = get(from, "tls.cert_file")?;
    let key_file: Option<PathBuf> = get(from, "tls.key_file")?;
    Ok(cert_file.zip(key_file).map(|(cert_file, key_file)| Tls { cert_file, key_file }))
}

/// Half of a pair counts as none; it is reported as a contradiction.
fn audit(from: &Effective) -> Result<Audit, Problem> {
    let url: Option<String> = get(from, "audit.webhook.url")?;
    let secret: Option<Secret> = get(from, "audit.webhook.secret")?;
    Ok(Audit {
        retention: get(from, "audit.retention")?,
        counts_retention: get(from, "audit.counts_retention")?,
        webhook: url.zip(secret).map(|(url, secret)| AuditWebhook { url, secret }),
    })
}

fn accounts(from: &Effective) -> Result<Accounts, Problem> {
    let doors = [
        ("off", SignUp::Off),
        ("invitation", SignUp::Invitation),
        ("domain", SignUp::Domain),
        ("open", SignUp::Open),
    ];
    Ok(Accounts {
        sign_up: choice(from, "accounts.sign_up", &doors)?,
        email_domains: get(from, "accounts.email_domains")?,
        reset_lifetime: get(from, "accounts.reset_lifetime")?,
        verification_lifetime: get(from, "accounts.verification_lifetime")?,
        invitation_lifetime: get(from, "accounts.invitation_lifetime")?,
        self_deletion: get(from, "accounts.self_deletion")?,
    })
}

fn registration(from: &Effective) -> Result<Registration, Problem> {
    let modes = [
        ("open", RegistrationMode::Open),
        ("initial_access_token", RegistrationMode::InitialAccessToken),
        ("authenticated_user", RegistrationMode::AuthenticatedUser),
        ("off", RegistrationMode::Off),
    ];
    Ok(Registration {
        mode: choice(from, "registration.mode", &modes)?,
        private_use_schemes: get(from, "registration.private_use_schemes")?,
        client_secret_lifetime: get(from, "registration.client_secret_lifetime")?,
        secret_overlap: get(from, "registration.secret_overlap")?,
        recovery_by_secret: get(from, "registration.recovery_by_secret")?,
        failures_per_minute: whole(from, "registration.failures_per_minute")?,
        policy: get(from, "registration.policy")?,
        policies: get(from, "registration.policies")?,
        max_clients: whole(from, "registration.max_clients")?,
        budget: RegistrationBudget {
            per_minute: whole(from, "registration.budget.per_minute")?,
            per_redirect_host: whole(from, "registration.budget.per_redirect_host_per_minute")?,
            per_software: whole(from, "registration.budget.per_software_per_minute")?,
            per_initial_access_token: whole(from, "registration.budget.per_initial_access_token_per_minute")?,
        },
        never_used_lifetime: get(from, "registration.never_used_lifetime")?,
        idle_lifetime: get(from, "registration.idle_lifetime")?,
        undo: get(from, "registration.undo")?,
        tombstone_lifetime: get(from, "registration.tombstone_lifetime")?,
    })
}

fn registration_access_token(from: &Effective) -> Result<RegistrationAccessToken, Problem> {
    let rotations = [
        ("on_update", RegistrationTokenRotation::OnUpdate),
        ("on_read", RegistrationTokenRotation::OnRead),
        ("off", RegistrationTokenRotation::Off),
    ];
    let reuses = [("audit", RegistrationTokenReuse::Audit), ("freeze", RegistrationTokenReuse::Freeze)];
    Ok(RegistrationAccessToken {
        rotation: choice(from, "registration_access_token.rotation", &rotations)?,
        rotate_after: get(from, "registration_access_token.rotate_after")?,
        rotate_after_uses: whole(from, "registration_access_token.rotate_after_uses")?,
        reuse: choice(from, "registration_access_token.reuse", &reuses)?,
        grace: get(from, "registration_access_token.grace")?,
        lifetime: get(from, "registration_access_token.lifetime")?,
    })
}

fn client_documents(from: &Effective) -> Result<ClientDocuments, Problem> {
    let on_change = [("consent", OnDocumentChange::Consent), ("revoke", OnDocumentChange::Revoke)];
    Ok(ClientDocuments {
        enabled: get(from, "client_documents.enabled")?,
        allow_hosts: get(from, "client_documents.allow_hosts")?,
        deny_hosts: get(from, "client_documents.deny_hosts")?,
        allow_query: get(from, "client_documents.allow_query")?,
        min_cache: get(from, "client_documents.min_cache")?,
        max_cache: get(from, "client_documents.max_cache")?,
        on_change: choice(from, "client_documents.on_change", &on_change)?,
    })
}

fn pkce(from: &Effective) -> Result<Pkce, Problem> {
    let meanings = [
        ("required", PkceForConfidentialClients::Required),
        ("recommended", PkceForConfidentialClients::Recommended),
    ];
    Ok(Pkce { confidential: choice(from, "pkce.confidential", &meanings)? })
}

fn tokens(from: &Effective) -> Result<Tokens, Problem> {
    let formats = [("jwt", AccessTokenFormat::Jwt), ("opaque", AccessTokenFormat::Opaque)];
    let algorithms = Algorithm::ALL.map(|algorithm| (algorithm.as_str(), algorithm));
    Ok(Tokens {
        code_lifetime: get(from, "tokens.code_lifetime")?,
        access_token_lifetime: get(from, "tokens.access_token_lifetime")?,
        access_token_format: choice(from, "tokens.access_token_format", &formats)?,
        access_token_algorithm: choice(from, "tokens.access_token_algorithm", &algorithms)?,
        id_token_lifetime: get(from, "tokens.id_token_lifetime")?,
    })
}

fn branding(from: &Effective) -> Result<Branding, Problem> {
    let locale: &str = get(from, "branding.locale")?;
    Ok(Branding {
        name: get(from, "branding.name")?,
        logo: get(from, "branding.logo_file")?,
        templates: get(from, "branding.templates")?,
        light: Overrides {
            accent: get(from, "branding.light.accent")?,
            on_accent: get(from, "branding.light.on_accent")?,
            paper: get(from, "branding.light.paper")?,
            card: get(from, "branding.light.card")?,
            ink: get(from, "branding.light.ink")?,
            muted: get(from, "branding.light.muted")?,
        },
        dark: Overrides {
            accent: get(from, "branding.dark.accent")?,
            on_accent: get(from, "branding.dark.on_accent")?,
            paper: get(from, "branding.dark.paper")?,
            card: get(from, "branding.dark.card")?,
            ink: get(from, "branding.dark.ink")?,
            muted: get(from, "branding.dark.muted")?,
        },
        locale: Texts::of(&[locale]),
        help: get(from, "branding.help")?,
        privacy: get(from, "branding.privacy")?,
        terms: get(from, "branding.terms")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::settings::{Kind, SETTINGS};
    use super::*;

    #[test]
    fn every_choice_of_the_table_is_understood() {
        for setting in SETTINGS {
            if let Kind::Choice(choices) = setting.kind {
                for choice in choices {
                    let mut environment = vec![(setting.variable(), (*choice).to_owned())];
                    // People who sign up by themselves show that they read their address.
                    if setting.key == "accounts.sign_up" {
                        environment.push(("GRANTOR_MAIL__URL".to_owned(), "smtp://localhost".to_owned()));
                        environment
                            .push(("GRANTOR_ACCOUNTS__EMAIL_DOMAINS".to_owned(), "a.example".to_owned()));
                    }
                    if let Err(problems) = Config::load(None, environment) {
                        panic!("{} = {choice}: {problems}", setting.key);
                    }
                }
            }
        }
    }
}
