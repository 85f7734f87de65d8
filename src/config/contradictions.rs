//! Settings that are each right and cannot hold together.

use std::path::PathBuf;

use url::Url;

use super::effective::Effective;
use super::problems::Problem;
use super::{Config, DatabaseUrl, SignUp, Value};
use crate::protocol::scope::Scopes;

struct Found<'a> {
    effective: &'a Effective,
    problems: Vec<Problem>,
}

impl Found<'_> {
    /// Says nothing about a key whose value was already refused: a default stands in for it.
    fn add(&mut self, keys: &[&str], wrong: impl Into<String>, right: impl Into<String>) {
        if keys.iter().any(|key| self.effective.is_broken(key)) {
            return;
        }
        if let Some(key) = keys.first() {
            self.problems.push(Problem::new(*key, wrong, right));
        }
    }
}

pub(super) fn find(config: &Config, effective: &Effective) -> Vec<Problem> {
    let mut found = Found { effective, problems: Vec::new() };
    transport(config, &mut found);
    listeners(config, &mut found);
    database(config, &mut found);
    lifetimes(config, &mut found);
    client_documents(config, &mut found);
    scopes(config, &mut found);
    audit(&mut found);
    branding(config, &mut found);
    accounts(config, &mut found);
    found.problems
}

fn transport(config: &Config, found: &mut Found<'_>) {
    let file = |key| found.effective.value(key).is_some_and(|value| matches!(value, Value::File(_)));
    match (file("tls.cert_file"), file("tls.key_file")) {
        (true, false) => {
            found.add(
                &["tls.key_file", "tls.cert_file"],
                "it is missing beside tls.cert_file",
                "set both or none",
            );
        }
        (false, true) => {
            found.add(
                &["tls.cert_file", "tls.key_file"],
                "it is missing beside tls.key_file",
                "set both or none",
            );
        }
        (true, true) if !config.issuer.is_https() => found.add(
            &["issuer", "tls.cert_file", "tls.key_file"],
            "it is http, but tls.cert_file makes the server speak https",
            "write an https issuer, or leave out tls.cert_file and tls.key_file",
        ),
        (false, false) if config.issuer.is_https() && config.trusted_proxies.is_empty() => found.add(
            &["trusted_proxies", "issuer", "tls.cert_file", "tls.key_file"],
            "the issuer is https, but nothing here ends TLS: every request would be refused",
            "set the network of the proxy that ends TLS, like 127.0.0.1, or tls.cert_file and tls.key_file",
        ),
        _ => {}
    }
}

fn accounts(config: &Config, found: &mut Found<'_>) {
    let sign_up = config.accounts.sign_up;
    if matches!(sign_up, SignUp::Domain | SignUp::Open) && config.mail.server.is_none() {
        found.add(
            &["accounts.sign_up", "mail.url"],
            "people who sign up must show that they read their address, but no e-mail can be sent",
            "set mail.url, or accounts.sign_up = \"invitation\"",
        );
    }
    if sign_up == SignUp::Domain && config.accounts.email_domains.is_empty() {
        found.add(
            &["accounts.email_domains", "accounts.sign_up"],
            "it is empty, so that nobody could sign up",
            "name the domains, or set accounts.sign_up = \"open\"",
        );
    }
}

fn audit(found: &mut Found<'_>) {
    let is_set = |key| {
        found.effective.value(key).is_some_and(|value| matches!(value, Value::Text(_) | Value::Secret(_)))
    };
    let (url, secret) = ("audit.webhook.url", "audit.webhook.secret");
    let both = "set both or none";
    match (is_set(url), is_set(secret)) {
        (true, false) => found.add(&[secret, url], "it is missing beside audit.webhook.url", both),
        (false, true) => found.add(&[url, secret], "it is missing beside audit.webhook.secret", both),
        _ => {}
    }
}

/// WCAG 2.2, 1.4.3 and 1.4.11: nobody sees pages that many could not read.
fn branding(config: &Config, found: &mut Found<'_>) {
    let themes =
        [("branding.light.", &config.branding.light, false), ("branding.dark.", &config.branding.dark, true)];
    for (section, own, dark) in themes {
        if own.is_empty() {
            continue;
        }
        let is_set = |key: &&str| {
            key.starts_with(section) && matches!(found.effective.value(key), Some(Value::Colour(_)))
        };
        let set: Vec<&str> = super::SETTINGS.iter().map(|setting| setting.key).filter(is_set).collect();
        let theme = config.branding.theme(dark);
        for weak in theme.weak() {
            let (front, back) = (theme.colour(weak.front), theme.colour(weak.back));
            found.add(
                &set,
                format!(
                    "with it, {} ({front}) on {} ({back}) has a contrast of {:.1}:1",
                    weak.front, weak.back, weak.contrast
                ),
                format!("choose colours with at least {}:1", weak.least),
            );
        }
    }
}

fn listeners(config: &Config, found: &mut Found<'_>) {
    if config.listen.is_empty() {
        found.add(&["listen"], "it is empty", "write at least one address, like 127.0.0.1:8080");
    }
    if let Some(metrics) = config.metrics.listen
        && metrics.port() != 0
        && config.listen.contains(&metrics)
    {
        found.add(
            &["metrics.listen", "listen", "issuer"],
            format!("{metrics} already serves the public"),
            "write another address",
        );
    }
}

fn database(config: &Config, found: &mut Found<'_>) {
    let ca_file: Option<&PathBuf> = config.database.ca_file.as_ref();
    match &config.database.url {
        DatabaseUrl::Sqlite(_) if ca_file.is_some() => found.add(
            &["database.ca_file", "database.url"],
            "SQLite is a file and has no certificate",
            "leave it out, or write a postgres:// URL as database.url",
        ),
        DatabaseUrl::Postgres(url) => {
            if config.master_key.is_none() {
                found.add(
                    &["master_key", "database.url"],
                    "PostgreSQL requires one: several servers share the database and must share its key",
                    "set it to base64 of 32 random bytes: openssl rand -base64 32",
                );
            }
            if ca_file.is_some() && checks_no_certificate(url.expose()) {
                found.add(
                    &["database.ca_file", "database.url"],
                    "database.url has an sslmode that checks no certificate",
                    "leave it out, or write sslmode=verify-full",
                );
            }
        }
        DatabaseUrl::Sqlite(_) => {}
    }
}

fn checks_no_certificate(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| {
        url.query_pairs().any(|(name, value)| {
            name == "sslmode" && matches!(value.as_ref(), "disable" | "allow" | "prefer")
        })
    })
}

fn lifetimes(config: &Config, found: &mut Found<'_>) {
    if config.refresh.idle_lifetime > config.refresh.absolute_lifetime {
        found.add(
            &["refresh.idle_lifetime", "refresh.absolute_lifetime"],
            "it is longer than refresh.absolute_lifetime",
            "write at most that time",
        );
    }
    if config.session.idle_lifetime > config.session.absolute_lifetime {
        found.add(
            &["session.idle_lifetime", "session.absolute_lifetime"],
            "it is longer than session.absolute_lifetime",
            "write at most that time",
        );
    }
}

fn client_documents(config: &Config, found: &mut Found<'_>) {
    if config.client_documents.min_cache > config.client_documents.max_cache {
        found.add(
            &["client_documents.min_cache", "client_documents.max_cache"],
            "it is longer than client_documents.max_cache",
            "write at most that time",
        );
    }
}

fn scopes(config: &Config, found: &mut Found<'_>) {
    let known = |name: &String| config.scopes.iter().any(|scope| scope.name == *name);
    let names = || config.scopes.iter().map(|scope| scope.name.as_str()).collect::<Vec<_>>().join(", ");
    for unknown in config.default_scope.iter().filter(|name| !known(name)) {
        found.add(
            &["default_scope", "scopes"],
            format!("there is no scope {unknown:?}"),
            format!("add it to [[scopes]], or choose among {}", names()),
        );
    }
    policies(config, found, &names());
    for resource in &config.resources {
        if resource.is_called(config.issuer.as_str()) {
            found.add(
                &["resources", "issuer"],
                format!("{} is this server itself, which is no resource to register", resource.identifier),
                "take it out".to_owned(),
            );
        }
        for unknown in resource.scopes.iter().filter(|name| !known(name)) {
            found.add(
                &["resources", "scopes"],
                format!("{} names the scope {unknown:?}, which is not there", resource.identifier),
                format!("add it to [[scopes]], or choose among {}", names()),
            );
        }
    }
}

fn policies(config: &Config, found: &mut Found<'_>, names: &str) {
    let of_resources = || config.resources.iter().flat_map(|resource| &resource.scopes);
    let known = |name: &str| {
        config.scopes.iter().any(|scope| scope.name == name) || of_resources().any(|scope| scope == name)
    };
    let registration = &config.registration;
    let of_key = |key| move |policy| (key, policy);
    let all = std::iter::once(&registration.policy)
        .map(of_key("registration.policy"))
        .chain(registration.policies.iter().map(of_key("registration.policies")));
    for (key, policy) in all {
        for unknown in policy.scopes.iter().flat_map(Scopes::iter).filter(|name| !known(name)) {
            found.add(
                &[key, "scopes", "resources"],
                format!("the policy {} names the scope {unknown:?}, which is not there", policy.name),
                format!("add it to [[scopes]], or choose among {names}"),
            );
        }
    }
}
