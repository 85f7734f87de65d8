//! From what somebody wrote to a checked value, by the kind of the setting.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use url::Url;

use super::problems::{Wrong, nearest};
use super::{DatabaseUrl, IpNetwork, Issuer, Kind, MailServer, Secret, mail, policies, scopes, statements};
use crate::brand::{Colour, Logo, Templates};
use crate::clock::Seconds;
use crate::protocol::client::policy::{HostRule, Policy};
use crate::protocol::client::software_statement::StatementIssuer;
use crate::protocol::resource::Resource;
use crate::protocol::scope::ScopeDefinition;

/// A checked value.
#[derive(Clone, Debug)]
pub enum Value {
    /// Not set, and without a default.
    Absent,
    Issuer(Issuer),
    Addresses(Vec<SocketAddr>),
    Address(SocketAddr),
    Networks(Vec<IpNetwork>),
    Hosts(Vec<HostRule>),
    Ports(Vec<u16>),
    Whole(u64),
    Duration(Seconds),
    Flag(bool),
    Text(String),
    Choice(&'static str),
    File(PathBuf),
    Colour(Colour),
    Logo(Logo),
    Templates(Templates),
    Secret(Secret),
    DatabaseUrl(DatabaseUrl),
    Words(Vec<String>),
    Scopes(Vec<ScopeDefinition>),
    Resources(Vec<Resource>),
    /// Boxed: it is much larger than the others.
    Policy(Box<Policy>),
    Policies(Vec<Policy>),
    StatementIssuers(Vec<StatementIssuer>),
    MailServer(MailServer),
}

impl Kind {
    /// Checks what somebody wrote. The answers never repeat the value of a secret.
    pub(super) fn parse(self, raw: &toml::Value) -> Result<Value, Vec<Wrong>> {
        match self {
            Kind::Scopes => scopes::definitions(raw).map(Value::Scopes),
            Kind::Resources => scopes::resources(raw).map(Value::Resources),
            Kind::Policy => policies::one(raw).map(|policy| Value::Policy(Box::new(policy))),
            Kind::Policies => policies::named(raw).map(Value::Policies),
            Kind::StatementIssuers => statements::issuers(raw).map(Value::StatementIssuers),
            Kind::Addresses => each(raw, address).map(Value::Addresses),
            Kind::Networks => each(raw, |word| {
                IpNetwork::parse(word).map_err(|right| Wrong::new(format!("{word:?} is no network"), right))
            })
            .map(Value::Networks),
            Kind::Hosts => each(raw, policies::host).map(Value::Hosts),
            Kind::Ports => each(raw, port).map(Value::Ports),
            Kind::Schemes => each(raw, scheme).map(Value::Words),
            Kind::ScopeNames => each(raw, scopes::scope_token).map(Value::Words),
            _ => self.parse_one(raw).map_err(|wrong| vec![wrong]),
        }
    }

    fn parse_one(self, raw: &toml::Value) -> Result<Value, Wrong> {
        match self {
            Kind::Whole { least, most } => whole(raw, least, most).map(Value::Whole),
            Kind::Duration { least, most } => duration(raw, least, most).map(Value::Duration),
            Kind::Flag => flag(raw).map(Value::Flag),
            _ => self.parse_text(text(raw)?),
        }
    }

    fn parse_text(self, text: &str) -> Result<Value, Wrong> {
        match self {
            Kind::Address
            | Kind::File
            | Kind::MasterKey
            | Kind::SharedSecret
            | Kind::WebhookUrl
            | Kind::Colour
            | Kind::Link
            | Kind::Logo
            | Kind::Templates
            | Kind::MailServer
            | Kind::Sender
                if text.is_empty() =>
            {
                Ok(Value::Absent)
            }
            Kind::Address => address(text).map(Value::Address),
            Kind::File => Ok(Value::File(PathBuf::from(text))),
            Kind::Line => line(text).map(Value::Text),
            Kind::Colour => Colour::parse(text)
                .map(Value::Colour)
                .ok_or_else(|| Wrong::new(format!("{text:?} is no colour"), "write it like #1d5b49")),
            Kind::Link => link(text).map(Value::Text),
            Kind::Logo => Logo::read(Path::new(text)).map(Value::Logo).map_err(|what| {
                Wrong::new(what, "name a PNG, JPEG, GIF or WebP picture of at most 2048 points")
            }),
            Kind::Templates => Templates::read(Path::new(text))
                .map(Value::Templates)
                .map_err(|what| Wrong::new(what, "name a folder with templates")),
            Kind::MasterKey => master_key(text).map(Value::Secret),
            Kind::SharedSecret => shared_secret(text).map(Value::Secret),
            Kind::WebhookUrl => webhook_url(text).map(Value::Text),
            Kind::MailServer => mail::server(text).map(Value::MailServer),
            Kind::Sender => mail::sender(text).map(Value::Text),
            Kind::Issuer => Issuer::checked(text).map(Value::Issuer),
            Kind::DatabaseUrl => database_url(text).map(Value::DatabaseUrl),
            Kind::LogFilter => log_filter(text).map(Value::Text),
            Kind::Choice(choices) => choice(text, choices).map(Value::Choice),
            _ => Err(Wrong::new("it is a text", "write a number, a list or true or false")),
        }
    }

    /// What a value looks like, for people.
    #[must_use]
    pub fn describe(self) -> String {
        match self {
            Kind::Issuer => "URL".to_owned(),
            Kind::Address => "address".to_owned(),
            Kind::Addresses => "list of addresses".to_owned(),
            Kind::Networks => "list of networks".to_owned(),
            Kind::Whole { least, most } => format!("number, {least} to {most}"),
            Kind::Duration { least, most } => {
                format!("duration, {} to {}", show_duration(least), show_duration(most))
            }
            Kind::Flag => "`true` or `false`".to_owned(),
            Kind::Choice(choices) => {
                choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", ")
            }
            Kind::File => "path of a file".to_owned(),
            Kind::Line => "text".to_owned(),
            Kind::Colour => "colour, like `#1d5b49`".to_owned(),
            Kind::Link => "https URL or mailto address".to_owned(),
            Kind::Logo => "path of a picture".to_owned(),
            Kind::Templates => "path of a folder".to_owned(),
            Kind::LogFilter => "log filter".to_owned(),
            Kind::MasterKey => "base64 of 32 bytes".to_owned(),
            Kind::SharedSecret => "text of at least 32 characters".to_owned(),
            Kind::WebhookUrl => "https URL".to_owned(),
            Kind::DatabaseUrl => "database URL".to_owned(),
            Kind::MailServer => "SMTP URL".to_owned(),
            Kind::Sender => "e-mail address".to_owned(),
            Kind::Hosts => "list of hosts".to_owned(),
            Kind::Ports => "list of ports".to_owned(),
            Kind::Schemes => "list of URI schemes".to_owned(),
            Kind::ScopeNames => "list of scopes".to_owned(),
            Kind::Policy => "table".to_owned(),
            Kind::Scopes | Kind::Resources | Kind::Policies | Kind::StatementIssuers => {
                "list of tables".to_owned()
            }
        }
    }
}

/// A text; nothing else.
pub(super) fn text(raw: &toml::Value) -> Result<&str, Wrong> {
    raw.as_str().ok_or_else(|| Wrong::new(format!("it is {}", type_of(raw)), "write a text in quotes"))
}

pub(super) fn type_of(raw: &toml::Value) -> &'static str {
    match raw {
        toml::Value::String(_) => "a text",
        toml::Value::Integer(_) => "a number",
        toml::Value::Float(_) => "a fraction",
        toml::Value::Boolean(_) => "true or false",
        toml::Value::Datetime(_) => "a date",
        toml::Value::Array(_) => "a list",
        toml::Value::Table(_) => "a section",
    }
}

/// The words of a list, or of a text separated by commas or spaces.
pub(super) fn words(raw: &toml::Value) -> Result<Vec<&str>, Wrong> {
    let right = "write a list of texts, or one text with commas between";
    match raw {
        toml::Value::String(text) => {
            Ok(text.split([',', ' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()).collect())
        }
        toml::Value::Array(items) => items
            .iter()
            .map(|item| {
                item.as_str().ok_or_else(|| Wrong::new(format!("an entry is {}", type_of(item)), right))
            })
            .collect(),
        other => Err(Wrong::new(format!("it is {}", type_of(other)), right)),
    }
}

/// Checks every word of a list, and that none stands twice.
pub(super) fn each<T>(
    raw: &toml::Value,
    parse: impl Fn(&str) -> Result<T, Wrong>,
) -> Result<Vec<T>, Vec<Wrong>> {
    let words = words(raw).map_err(|wrong| vec![wrong])?;
    let mut values = Vec::new();
    let mut problems = Vec::new();
    for (count, word) in words.iter().enumerate() {
        if words.iter().take(count).any(|earlier| earlier == word) {
            problems.push(Wrong::new(format!("{word:?} stands twice"), "leave one out"));
        }
        match parse(word) {
            Ok(value) => values.push(value),
            Err(wrong) => problems.push(wrong),
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

fn address(text: &str) -> Result<SocketAddr, Wrong> {
    text.parse().map_err(|_| {
        Wrong::new(
            format!("{text:?} is no IP address with port"),
            "write it like 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:8080",
        )
    })
}

fn port(text: &str) -> Result<u16, Wrong> {
    let port = text.parse::<u16>().ok().filter(|port| *port != 0);
    port.ok_or_else(|| {
        Wrong::new(format!("{text:?} is no port"), "write numbers from 1 to 65535, in quotes within a list")
    })
}

fn whole(raw: &toml::Value, least: u64, most: u64) -> Result<u64, Wrong> {
    let number = match raw {
        toml::Value::Integer(number) => u64::try_from(*number).ok(),
        toml::Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| (least..=most).contains(number)).ok_or_else(|| {
        Wrong::new("it is no number in range", format!("write a number from {least} to {most}"))
    })
}

fn flag(raw: &toml::Value) -> Result<bool, Wrong> {
    match raw {
        toml::Value::Boolean(flag) => Ok(*flag),
        toml::Value::String(text) if text == "true" => Ok(true),
        toml::Value::String(text) if text == "false" => Ok(false),
        _ => Err(Wrong::new("it is neither true nor false", "write true or false")),
    }
}

/// Seconds as a number, or a number with `s`, `m`, `h` or `d`.
pub(super) fn duration(raw: &toml::Value, least: Seconds, most: Seconds) -> Result<Seconds, Wrong> {
    let shape = || {
        Wrong::new(
            "it is no duration",
            format!("write seconds or a number with a unit, like {} (s, m, h, d)", show_duration(most)),
        )
    };
    let seconds = match raw {
        toml::Value::Integer(seconds) => *seconds,
        toml::Value::String(text) => read_duration(text.trim()).ok_or_else(shape)?,
        _ => return Err(shape()),
    };
    if seconds < least {
        return Err(Wrong::new("it is too short", format!("write at least {}", show_duration(least))));
    }
    if seconds > most {
        return Err(Wrong::new(
            format!("{} is too long", show_duration(seconds)),
            format!("write at most {}", show_duration(most)),
        ));
    }
    Ok(seconds)
}

const UNITS: [(char, Seconds); 4] = [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

fn read_duration(text: &str) -> Option<Seconds> {
    let (digits, factor) = UNITS
        .iter()
        .find_map(|(unit, factor)| text.strip_suffix(*unit).map(|digits| (digits, *factor)))
        .unwrap_or((text, 1));
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<Seconds>().ok()?.checked_mul(factor)
}

/// The shortest way to write a duration.
pub(super) fn show_duration(seconds: Seconds) -> String {
    if seconds == 0 {
        return "0".to_owned();
    }
    UNITS
        .iter()
        .find(|(_, factor)| seconds % factor == 0)
        .map_or_else(|| seconds.to_string(), |(unit, factor)| format!("{}{unit}", seconds / factor))
}

pub(super) fn choice(text: &str, choices: &'static [&'static str]) -> Result<&'static str, Wrong> {
    choices.iter().copied().find(|choice| *choice == text).ok_or_else(|| {
        let meant = nearest(text, choices.iter().copied()).map(|near| format!(" (did you mean {near}?)"));
        Wrong::new(
            format!("{text:?} is none of its values{}", meant.unwrap_or_default()),
            format!("write {}", choices.join(" or ")),
        )
    })
}

fn log_filter(text: &str) -> Result<String, Wrong> {
    let filter = tracing_subscriber::EnvFilter::builder().parse(text);
    match filter {
        Ok(_) if !text.trim().is_empty() => Ok(text.to_owned()),
        _ => Err(Wrong::new(
            "it is no log filter",
            "write a level (error, warn, info, debug, trace), or levels by module like warn,grantor=debug",
        )),
    }
}

/// Standard or URL-safe base64, with or without padding. The value is a secret: it is never repeated.
fn master_key(text: &str) -> Result<Secret, Wrong> {
    let bare = text.trim_end_matches('=');
    let bytes = STANDARD_NO_PAD.decode(bare).or_else(|_| URL_SAFE_NO_PAD.decode(bare));
    match bytes {
        Ok(bytes) if bytes.len() == 32 => Ok(Secret::new(text)),
        Ok(bytes) => Err(Wrong::new(
            format!("it is base64 of {} bytes", bytes.len()),
            "write base64 of 32 random bytes: openssl rand -base64 32",
        )),
        Err(_) => {
            Err(Wrong::new("it is no base64", "write base64 of 32 random bytes: openssl rand -base64 32"))
        }
    }
}

/// The value is a secret: it is never repeated.
fn shared_secret(text: &str) -> Result<Secret, Wrong> {
    if text.len() < 32 {
        return Err(Wrong::new(
            format!("it has {} characters", text.len()),
            "write at least 32 random ones: openssl rand -base64 32",
        ));
    }
    Ok(Secret::new(text))
}

/// A line of text, as it may stand in a title.
fn line(text: &str) -> Result<String, Wrong> {
    let right = "write one line of at most 80 characters";
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 80 {
        return Err(Wrong::new("it is empty or too long", right));
    }
    if text.chars().any(char::is_control) {
        return Err(Wrong::new("it holds a line break or another control character", right));
    }
    Ok(text.to_owned())
}

/// No other scheme becomes a link: `javascript:` would run in our pages.
fn link(text: &str) -> Result<String, Wrong> {
    let is_good = |url: &Url| matches!(url.scheme(), "https" | "http" | "mailto");
    Url::parse(text).ok().filter(is_good).map(Into::into).ok_or_else(|| {
        Wrong::new(
            format!("{text:?} is no address of a page"),
            "write it like https://example.com/help or mailto:help@example.com",
        )
    })
}

/// A password in the URL would be shown and logged: the signature says who sends.
fn webhook_url(text: &str) -> Result<String, Wrong> {
    let right = "write a URL like https://audit.example.com/grantor; http only to localhost";
    let url = Url::parse(text).map_err(|_| Wrong::new("it is no URL", right))?;
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
        return Err(Wrong::new("it is not https", right));
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(Wrong::new("it holds a user, a password or a fragment", right));
    }
    Ok(url.into())
}

/// The URL may hold a password: it is never repeated.
fn database_url(text: &str) -> Result<DatabaseUrl, Wrong> {
    const SHAPE: &str =
        "write sqlite://relative.db, sqlite:///absolute.db or postgres://user:password@host/database";
    if text.contains(":memory:") || text.contains("mode=memory") {
        return Err(Wrong::new(
            "a database in memory would be a different one for each connection: readers and the writer would not see each other's rows",
            "write a file, like sqlite://data/grantor.db",
        ));
    }
    if let Some(path) = text.strip_prefix("sqlite://") {
        if path.is_empty() || path.ends_with('/') {
            return Err(Wrong::new("it names no file", "write a file, like sqlite://data/grantor.db"));
        }
        if path.contains(['?', '#', '\0']) {
            return Err(Wrong::new(
                "it has options, or an odd character in its path",
                "write only the path after sqlite://",
            ));
        }
        return Ok(DatabaseUrl::Sqlite(PathBuf::from(path)));
    }
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        if !cfg!(feature = "postgres") {
            return Err(Wrong::new(
                "this build holds no PostgreSQL",
                "build with the feature postgres, or write sqlite://data/grantor.db",
            ));
        }
        let readable = Url::parse(text).is_ok_and(|url| url.fragment().is_none());
        if !readable {
            return Err(Wrong::new(
                "it cannot be read as a URL",
                "write postgres://user:password@host/database, with % and two digits for odd characters in the password",
            ));
        }
        return Ok(DatabaseUrl::Postgres(Secret::new(text)));
    }
    if text.starts_with("sqlite:") {
        return Err(Wrong::new(
            "two slashes are missing after sqlite:",
            "write sqlite://relative.db or sqlite:///absolute.db",
        ));
    }
    Err(Wrong::new("it is no database URL that Grantor knows", SHAPE))
}

/// A private-use scheme without a dot. What browsers run or read themselves can never be one. A05, A06.
fn scheme(text: &str) -> Result<String, Wrong> {
    const NEVER: [&str; 16] = [
        "about",
        "blob",
        "chrome",
        "data",
        "file",
        "filesystem",
        "ftp",
        "http",
        "https",
        "javascript",
        "mailto",
        "tel",
        "vbscript",
        "view-source",
        "ws",
        "wss",
    ];
    let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    let rest =
        text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte));
    if !first || !rest {
        return Err(Wrong::new(
            format!("{text:?} is no URI scheme"),
            "write lower-case letters, digits, + - . without a colon, like vscode",
        ));
    }
    if NEVER.contains(&text) {
        return Err(Wrong::new(format!("{text} is no private-use scheme"), "leave it out"));
    }
    Ok(text.to_owned())
}
