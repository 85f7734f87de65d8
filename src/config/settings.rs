//! The table of settings: everything else about a setting follows from its line here.

use crate::clock::Seconds;

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its path in the TOML file.
    pub key: &'static str,
    pub kind: Kind,
    /// What holds when nobody sets it, as somebody would write it; empty = nothing, or what `meaning` says.
    pub default: &'static str,
    /// Plain English, one or two sentences.
    pub meaning: &'static str,
    /// Its value is never shown, and a file may hold it (`GRANTOR_…_FILE`).
    pub secret: bool,
}

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Issuer,
    /// One IP address with port, or nothing.
    Address,
    Addresses,
    Networks,
    /// Host names, `*.` and one for everything below it, or `loopback`.
    Hosts,
    Ports,
    Whole {
        least: u64,
        most: u64,
    },
    Duration {
        least: Seconds,
        most: Seconds,
    },
    Flag,
    Choice(&'static [&'static str]),
    /// The path of a file, or nothing.
    File,
    /// A line for people.
    Line,
    /// `#rrggbb`, or nothing.
    Colour,
    /// Where a page of the operator is, or nothing.
    Link,
    /// The path of a picture, or nothing.
    Logo,
    /// The path of a folder with templates, or nothing.
    Templates,
    LogFilter,
    MasterKey,
    /// Of at least 32 characters, or nothing.
    SharedSecret,
    /// https, or http to this machine, or nothing.
    WebhookUrl,
    DatabaseUrl,
    Schemes,
    ScopeNames,
    Scopes,
    Resources,
    /// One table.
    Policy,
    Policies,
    StatementIssuers,
    /// smtps, or smtp with STARTTLS, or nothing.
    MailServer,
    /// An address with or without a name, or nothing.
    Sender,
}

/// The longest duration: ten years.
pub(super) const LONGEST: Seconds = 3650 * 86_400;
/// T07: no access token lives longer.
pub(super) const LONGEST_ACCESS_TOKEN: Seconds = 86_400;

const fn up_to(most: Seconds) -> Kind {
    Kind::Duration { least: 1, most }
}

const fn zero_up_to(most: Seconds) -> Kind {
    Kind::Duration { least: 0, most }
}

const fn setting(key: &'static str, kind: Kind, default: &'static str, meaning: &'static str) -> Setting {
    Setting { key, kind, default, meaning, secret: false }
}

const fn secret(key: &'static str, kind: Kind, default: &'static str, meaning: &'static str) -> Setting {
    Setting { key, kind, default, meaning, secret: true }
}

/// Every setting, in the order of the documentation.
pub const SETTINGS: &[Setting] = &[
    setting(
        "issuer",
        Kind::Issuer,
        "http://localhost:8080",
        "The URL by which clients and browsers know this server; it is the `iss` of every token. https unless its host is loopback. Clients compare it byte by byte, so choose it once.",
    ),
    setting(
        "listen",
        Kind::Addresses,
        "",
        "Addresses to listen on. Without it: 127.0.0.1 and [::1], on the issuer's port if the issuer is http, else on 8080.",
    ),
    setting(
        "workers",
        Kind::Whole { least: 0, most: 1024 },
        "0",
        "Threads that serve requests; 0 = one per core.",
    ),
    setting(
        "shutdown_timeout",
        zero_up_to(600),
        "10s",
        "How long requests in flight may take to finish after SIGTERM.",
    ),
    setting(
        "trusted_proxies",
        Kind::Networks,
        "",
        "Networks of the reverse proxies whose X-Forwarded-For and X-Forwarded-Proto count. From everybody else these headers are ignored.",
    ),
    secret(
        "master_key",
        Kind::MasterKey,
        "",
        "Base64 of 32 bytes; it encrypts the signing keys in the database, and the secrets of clients that sign with them. Without it, SQLite uses `master.key` beside the database and makes it at the first start; PostgreSQL requires it. `openssl rand -base64 32` makes one.",
    ),
    setting(
        "scopes",
        Kind::Scopes,
        "",
        "Scopes beside the built-in openid, profile, email, address, phone and offline_access: `name`, `description` (a text, or a table of texts by language with at least `en`), `claims` that it opens at userinfo, and `operator_only` (only an operator may give it to a client).",
    ),
    setting(
        "default_scope",
        Kind::ScopeNames,
        "",
        "The scopes of an authorize or token request that names none. Empty: such a request gets a token without a scope.",
    ),
    setting(
        "resources",
        Kind::Resources,
        "",
        "Resource servers that clients may name with `resource` (RFC 8707): `identifier` (an absolute URI), `aliases` (other URIs under which clients may ask for it), `name`, `scopes` (empty = all), `access_token_format`, `access_token_lifetime`, and `introspection_clients` (the ids of clients that may introspect its tokens). `grantor resource add` adds more while the server runs.",
    ),
    setting(
        "software_statement_issuers",
        Kind::StatementIssuers,
        "",
        "Whose software statements (RFC 7591) are believed: `issuer` (the `iss` of its statements), its public keys as `jwks` or `jwks_file`, and `audience` (what their `aud` must hold; without it, an `aud` must name this server). Its clients are shown as verified by it, for as long as it stands here.",
    ),
    setting(
        "request_uri",
        Kind::Choice(&["off", "registered"]),
        "off",
        "Whether clients may send the address of a signed request object as `request_uri` (OpenID Connect Core §6.2): not at all, or an address that they registered in `request_uris`. It is then fetched, as `outbound` allows, while the person waits.",
    ),
    setting(
        "logos",
        Kind::Choice(&["off", "fetch"]),
        "off",
        "Whether people see the logos of clients when they sign in and consent: not at all, or fetched from `logo_uri` in the background, made anew as a small PNG and served from here. Anybody whose client may register can then have this server call a public address.",
    ),
    secret(
        "database.url",
        Kind::DatabaseUrl,
        "sqlite://data/grantor.db",
        "`sqlite://relative/path.db`, `sqlite:///absolute/path.db` or `postgres://user:password@host/database`.",
    ),
    setting(
        "database.ca_file",
        Kind::File,
        "",
        "PEM file with the certificate authorities of the PostgreSQL server. Without it, the system's bundle.",
    ),
    setting(
        "database.pool_size",
        Kind::Whole { least: 1, most: 1000 },
        "10",
        "Connections to PostgreSQL, or readers of SQLite.",
    ),
    setting(
        "database.synchronous",
        Kind::Choice(&["full", "normal"]),
        "full",
        "SQLite: `full` survives a power cut; `normal` may lose the last commits in one.",
    ),
    setting(
        "tls.cert_file",
        Kind::File,
        "",
        "PEM file with the server's certificate chain. With `tls.key_file`, Grantor speaks TLS itself and reads both again when they change.",
    ),
    setting("tls.key_file", Kind::File, "", "PEM file with the private key of `tls.cert_file`."),
    setting(
        "metrics.listen",
        Kind::Address,
        "",
        "Address of a listener of its own that serves Prometheus metrics at `/metrics`. Without it, there is none.",
    ),
    setting(
        "desk.enabled",
        Kind::Flag,
        "true",
        "Whether there is the operator's desk: pages for administrators at `/admin`. The admin API and the command line can all that it can.",
    ),
    setting(
        "desk.listen",
        Kind::Address,
        "",
        "Address of a listener of its own for the operator's desk, for example one that only your own network reaches. The desk is then not served anywhere else. Without it, it is served with everything else.",
    ),
    setting(
        "desk.second_factor",
        Kind::Flag,
        "true",
        "Whether administrators need a second factor: nobody comes to the desk with a password alone.",
    ),
    setting("log.format", Kind::Choice(&["text", "json"]), "text", "How log lines look on standard error."),
    setting(
        "log.filter",
        Kind::LogFilter,
        "info",
        "Which log lines are written, like `info` or `warn,grantor=debug`.",
    ),
    setting(
        "registration.mode",
        Kind::Choice(&["open", "initial_access_token", "authenticated_user", "off"]),
        "open",
        "Who may register a client: everybody, holders of an initial access token, people who are signed in (with an access token that has the scope `grantor:register`) or nobody.",
    ),
    setting(
        "registration.policy",
        Kind::Policy,
        "",
        "What clients that register themselves may be: `redirect_schemes`, `redirect_hosts` (`app.example.com`, `*.example.com` or `loopback`), `scopes`, `grant_types`, `token_endpoint_auth_methods`, `access_token_lifetime` and `refresh_token_lifetime` (each also with `max_` before it), `access_token_format`, `approval_required` and `max_clients`.",
    ),
    setting(
        "registration.policies",
        Kind::Policies,
        "",
        "Other policies, each with a `name` by which an initial access token names it, and the members of `registration.policy`.",
    ),
    setting(
        "registration.max_clients",
        Kind::Whole { least: 1, most: 1_000_000_000 },
        "100000",
        "So many clients that registered themselves may live at once. At the ceiling those are removed that were never used and are older than 15 minutes; if there is none, the answer is 429.",
    ),
    setting(
        "registration.budget.per_minute",
        Kind::Whole { least: 1, most: 1_000_000_000 },
        "6000",
        "Registrations in a minute, on all servers together, before the answer is 429.",
    ),
    setting(
        "registration.budget.per_redirect_host_per_minute",
        Kind::Whole { least: 1, most: 1_000_000_000 },
        "3000",
        "Registrations in a minute whose redirect URIs lead to the same host.",
    ),
    setting(
        "registration.budget.per_software_per_minute",
        Kind::Whole { least: 1, most: 1_000_000_000 },
        "3000",
        "Registrations in a minute of the same software: the same `software_id`, or else the same name but for what differs between installations.",
    ),
    setting(
        "registration.budget.per_initial_access_token_per_minute",
        Kind::Whole { least: 1, most: 1_000_000_000 },
        "600",
        "Registrations in a minute with the same initial access token.",
    ),
    setting(
        "registration.private_use_schemes",
        Kind::Schemes,
        "cursor, vscode, vscode-insiders, grokbot",
        "Schemes without a dot that redirect URIs of native clients may have. Schemes with a dot (`com.example.app`) need no entry.",
    ),
    setting(
        "registration.client_secret_lifetime",
        zero_up_to(LONGEST),
        "0",
        "How long a client secret works; 0 = as long as its client lives.",
    ),
    setting(
        "registration.secret_overlap",
        zero_up_to(LONGEST),
        "24h",
        "How long the previous client secret works after an operator rotated it; 0 = not at all.",
    ),
    setting(
        "registration.recovery_by_secret",
        Kind::Flag,
        "false",
        "Whether a client that lost its registration access token may get a new one by its client secret. By a key that it registered it always may.",
    ),
    setting(
        "registration.failures_per_minute",
        Kind::Whole { least: 1, most: 1_000_000 },
        "30",
        "Refused initial and registration access tokens, each per address and minute, before the answer is 429.",
    ),
    setting(
        "registration.never_used_lifetime",
        zero_up_to(LONGEST),
        "1d",
        "A client that registered itself and that nobody ever authorized is removed after so long; 0 = it has the time of an idle one.",
    ),
    setting(
        "registration.idle_lifetime",
        zero_up_to(LONGEST),
        "90d",
        "A client that registered itself and that has neither been authorized nor given a token for so long is removed; 0 = never.",
    ),
    setting(
        "registration.undo",
        zero_up_to(LONGEST),
        "30d",
        "How long a client that a sweep or an operator removed can be restored; 0 = not at all.",
    ),
    setting(
        "registration.tombstone_lifetime",
        zero_up_to(LONGEST),
        "180d",
        "How long whoever uses a removed client is told which one it was. It bounds the time of the undo.",
    ),
    setting(
        "registration_access_token.rotation",
        Kind::Choice(&["on_update", "on_read", "off"]),
        "on_update",
        "When a registration access token is replaced: by every update, by every read and update, or by neither.",
    ),
    setting(
        "registration_access_token.rotate_after",
        zero_up_to(LONGEST),
        "0",
        "A registration access token of this age is replaced at the next read or update, whatever `rotation` says; 0 = at no age.",
    ),
    setting(
        "registration_access_token.rotate_after_uses",
        Kind::Whole { least: 0, most: 1_000_000 },
        "0",
        "A registration access token that was used so often is replaced at the next read or update, whatever `rotation` says; 0 = never for that.",
    ),
    setting(
        "registration_access_token.reuse",
        Kind::Choice(&["audit", "freeze"]),
        "audit",
        "What the use of a replaced and dead registration access token leads to: an event in the audit log, or also a disabled client.",
    ),
    setting(
        "registration_access_token.grace",
        zero_up_to(LONGEST),
        "1h",
        "How long the previous registration access token works while the new one is unused; 0 = not at all.",
    ),
    setting(
        "registration_access_token.lifetime",
        zero_up_to(LONGEST),
        "0",
        "How long a registration access token works; 0 = as long as its client lives.",
    ),
    setting(
        "redirect.localhost_any_port",
        Kind::Flag,
        "true",
        "Whether a redirect URI with the host `localhost` may come with any port, as 127.0.0.1 and [::1] may.",
    ),
    setting(
        "authorization.error_page",
        Kind::Choice(&["self_registered", "never"]),
        "self_registered",
        "Who is told of a faulty authorization request that comes before anybody has signed in: of a client that nobody vouches for, the person, on a page with a way back to the client; or always the client, which lets whoever registers one send people anywhere through this server. With `prompt=none` the client is told in any case.",
    ),
    setting(
        "pkce.confidential",
        Kind::Choice(&["required", "recommended"]),
        "required",
        "Whether confidential clients must use PKCE. Public clients always must.",
    ),
    setting("tokens.code_lifetime", up_to(600), "60s", "How long an authorization code works."),
    setting(
        "tokens.access_token_lifetime",
        up_to(LONGEST_ACCESS_TOKEN),
        "15m",
        "How long an access token works. A resource may say otherwise for its own.",
    ),
    setting(
        "tokens.access_token_format",
        Kind::Choice(&["jwt", "opaque"]),
        "jwt",
        "What access tokens are: signed JWTs (RFC 9068), or random text that resource servers introspect.",
    ),
    setting(
        "tokens.access_token_algorithm",
        Kind::Choice(&["ES256", "RS256", "PS256", "EdDSA"]),
        "ES256",
        "How JWT access tokens are signed.",
    ),
    setting("tokens.id_token_lifetime", up_to(LONGEST_ACCESS_TOKEN), "15m", "How long an ID token is valid."),
    setting("refresh.idle_lifetime", up_to(LONGEST), "30d", "An unused refresh token dies after this time."),
    setting(
        "refresh.absolute_lifetime",
        up_to(LONGEST),
        "180d",
        "Counted from the person's consent; no refresh token outlives it.",
    ),
    setting(
        "refresh.grace",
        zero_up_to(300),
        "10s",
        "How long a client whose answer was lost may repeat a refresh and get the same successor; 0 = not at all.",
    ),
    setting(
        "session.idle_lifetime",
        up_to(LONGEST),
        "1h",
        "An unused sign-in in a browser ends after this time.",
    ),
    setting(
        "session.absolute_lifetime",
        up_to(LONGEST),
        "24h",
        "A sign-in in a browser ends after this time.",
    ),
    setting(
        "session.remembered_lifetime",
        zero_up_to(30 * 86_400),
        "30d",
        "How long a sign-in lasts for which somebody chose to stay signed in, used or not; 0 = nobody can choose it.",
    ),
    setting(
        "session.thread_lifetime",
        up_to(86_400),
        "10m",
        "How long a sign-in or consent page may stay open. People are warned before, and can have more time: eleven times as long in all.",
    ),
    secret(
        "mail.url",
        Kind::MailServer,
        "",
        "The server that e-mails go through: `smtps://user:password@host` (TLS, port 465), or `smtp://user:password@host` (STARTTLS, port 587; to this machine alone without, port 25). Without it no e-mail is sent, and operators hand links over themselves.",
    ),
    setting(
        "mail.from",
        Kind::Sender,
        "",
        "Whom e-mails come from: an address, or `Name <address>`. Without it: `no-reply` at the host of the issuer.",
    ),
    setting(
        "accounts.sign_up",
        Kind::Choice(&["off", "invitation", "domain", "open"]),
        "off",
        "Who may make an account: nobody but operators, whoever an operator invites, whoever reads an e-mail address at one of `accounts.email_domains`, or whoever reads any. The last two need `mail.url`, and let people be invited, too.",
    ),
    setting(
        "accounts.email_domains",
        Kind::Hosts,
        "",
        "The domains of the e-mail addresses that people may sign up with or change to by themselves: names like `example.com`, or `*.example.com` for everything below. Empty: every domain, except with `accounts.sign_up = domain`.",
    ),
    setting(
        "accounts.reset_lifetime",
        Kind::Duration { least: 60, most: 3600 },
        "30m",
        "How long a link works by which somebody chooses a new password.",
    ),
    setting(
        "accounts.verification_lifetime",
        Kind::Duration { least: 60, most: 7 * 86_400 },
        "24h",
        "How long a link works by which somebody shows that they read an e-mail address.",
    ),
    setting(
        "accounts.invitation_lifetime",
        Kind::Duration { least: 60, most: 90 * 86_400 },
        "7d",
        "How long an invitation works.",
    ),
    setting(
        "accounts.self_deletion",
        Kind::Flag,
        "true",
        "Whether people may delete their own accounts. The last administrator may not.",
    ),
    setting(
        "keys.jwks_max_age",
        Kind::Duration { least: 1, most: 86_400 },
        "5m",
        "How long clients may cache the key set. A new key is published for this time before it signs.",
    ),
    setting(
        "client_assertions.max_lifetime",
        Kind::Duration { least: 300, most: 3600 },
        "1h",
        "How far ahead the `exp` of an assertion may be by which a client says who it is (private_key_jwt, client_secret_jwt). So long its `jti` is remembered: it is good once, on all servers.",
    ),
    setting(
        "client_assertions.strict_audience",
        Kind::Flag,
        "false",
        "Whether the `aud` of such an assertion must be the issuer. Otherwise it may also be the address of the token endpoint, which many libraries send.",
    ),
    setting(
        "client_documents.enabled",
        Kind::Flag,
        "true",
        "Whether a client may use the https address of its metadata as its `client_id`, without registering. This door is apart from `registration.mode`: who closes that one may want to close this one, too.",
    ),
    setting(
        "client_documents.allow_hosts",
        Kind::Hosts,
        "",
        "Only documents of these hosts are used: names like `client.example`, or `*.client.example` for everything below. Empty: every host.",
    ),
    setting(
        "client_documents.deny_hosts",
        Kind::Hosts,
        "",
        "Documents of these hosts are never used, whatever `client_documents.allow_hosts` says.",
    ),
    setting(
        "client_documents.allow_query",
        Kind::Flag,
        "false",
        "Whether such a `client_id` may have a query, which the specification discourages.",
    ),
    setting(
        "client_documents.min_cache",
        up_to(86_400),
        "1m",
        "A document is used at least so long before it is asked for again, whatever its HTTP headers say.",
    ),
    setting(
        "client_documents.max_cache",
        up_to(30 * 86_400),
        "24h",
        "A document is used at most so long, whatever its HTTP headers say; and so long while its host is away.",
    ),
    setting(
        "client_documents.on_change",
        Kind::Choice(&["consent", "revoke"]),
        "consent",
        "What happens when a document changes its redirect URIs, its keys or its authentication method: people are asked again at the next request, or the grants of the client are revoked as well.",
    ),
    setting(
        "outbound.ports",
        Kind::Ports,
        "",
        "Ports beside 443 at which this server fetches what clients name: client id metadata documents, key sets, sector identifiers.",
    ),
    setting(
        "outbound.networks",
        Kind::Networks,
        "",
        "Networks that are not public and from which it fetches all the same, for clients inside a private network. Whoever may register a client can then have this server call any address in them.",
    ),
    setting(
        "outbound.ca_file",
        Kind::File,
        "",
        "PEM file with certificate authorities that count beside those of the system when this server makes a request.",
    ),
    setting(
        "audit.retention",
        zero_up_to(LONGEST),
        "0",
        "How long events of the audit log are kept; 0 = for ever. What goes, goes from the beginning of the chain, so that the rest can still be verified.",
    ),
    setting(
        "audit.counts_retention",
        zero_up_to(LONGEST),
        "30d",
        "How long the numbers of reads and refusals are kept; 0 = for ever.",
    ),
    setting(
        "audit.webhook.url",
        Kind::WebhookUrl,
        "",
        "Where sealed events of the audit log are sent, in order, as JSON by POST. Without it: nowhere.",
    ),
    secret(
        "audit.webhook.secret",
        Kind::SharedSecret,
        "",
        "Signs what is sent to `audit.webhook.url`: at least 32 characters. `openssl rand -base64 32` makes one.",
    ),
    setting(
        "branding.name",
        Kind::Line,
        "Grantor",
        "What people know this service as: it stands at the top of every page and in its title.",
    ),
    setting(
        "branding.logo_file",
        Kind::Logo,
        "",
        "A picture (PNG, JPEG, GIF or WebP) that stands above the name. It is read at start and made anew as a PNG of at most 128 points.",
    ),
    setting(
        "branding.templates",
        Kind::Templates,
        "",
        "A folder with pages of your own: a file `error.html` in it is shown in the place of the built-in one. [Pages of your own](operators-guide.md#pages-of-your-own) says how to write one.",
    ),
    setting(
        "branding.locale",
        Kind::Choice(&["en", "de", "fr", "es", "ja"]),
        "en",
        "The language of pages and e-mails for people whose browser asks for none that Grantor speaks.",
    ),
    setting("branding.help", Kind::Link, "", "Where people find help: a link at the foot of every page."),
    setting("branding.privacy", Kind::Link, "", "Your privacy policy: a link at the foot of every page."),
    setting("branding.terms", Kind::Link, "", "Your terms of service: a link at the foot of every page."),
    setting(
        "branding.light.accent",
        Kind::Colour,
        "",
        "The colour of buttons and links in the light theme, like `#1d5b49`. Each colour must stand out from its ground as WCAG 2.2 asks (4.5:1); others are refused at start.",
    ),
    setting("branding.light.on_accent", Kind::Colour, "", "The colour of what stands on a button."),
    setting("branding.light.paper", Kind::Colour, "", "The ground of the page."),
    setting("branding.light.card", Kind::Colour, "", "The ground of what stands on the page."),
    setting("branding.light.ink", Kind::Colour, "", "The colour of texts."),
    setting("branding.light.muted", Kind::Colour, "", "The colour of what is said by the way."),
    setting(
        "branding.dark.accent",
        Kind::Colour,
        "",
        "The same for people who prefer dark pages, and so for the following five.",
    ),
    setting("branding.dark.on_accent", Kind::Colour, "", "The colour of what stands on a button."),
    setting("branding.dark.paper", Kind::Colour, "", "The ground of the page."),
    setting("branding.dark.card", Kind::Colour, "", "The ground of what stands on the page."),
    setting("branding.dark.ink", Kind::Colour, "", "The colour of texts."),
    setting("branding.dark.muted", Kind::Colour, "", "The colour of what is said by the way."),
];

impl Setting {
    /// The setting of that name.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// Its environment variable.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("GRANTOR_{}", self.key.to_uppercase().replace('.', "__"))
    }

    /// A second spelling of its environment variable.
    #[must_use]
    pub fn short_variable(&self) -> Option<&'static str> {
        (self.key == "database.url").then_some("GRANTOR_DATABASE_URL")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_key_and_no_variable_stands_twice() {
        let mut names = BTreeSet::new();
        for setting in SETTINGS {
            assert!(names.insert(setting.key.to_owned()), "{}", setting.key);
            assert!(names.insert(setting.variable()), "{}", setting.variable());
            if setting.secret {
                assert!(names.insert(format!("{}_FILE", setting.variable())));
            }
        }
    }

    #[test]
    fn a_section_separator_is_two_underscores() {
        let variable = |key| Setting::find(key).unwrap().variable();
        assert_eq!(variable("issuer"), "GRANTOR_ISSUER");
        assert_eq!(variable("registration.mode"), "GRANTOR_REGISTRATION__MODE");
        assert_eq!(variable("registration_access_token.grace"), "GRANTOR_REGISTRATION_ACCESS_TOKEN__GRACE");
    }
}
