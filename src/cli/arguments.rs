//! Reads the values of arguments.

use crate::clock::Seconds;
use crate::config;
use crate::flow::settings::Published;
use crate::protocol::client::metadata::{AuthMethod, GrantType};
use crate::protocol::resource::AccessTokenFormat;
use crate::protocol::scope::Scopes;

use super::error::CliError;

/// One day: no access token lives longer. Security statement T07.
const LONGEST_ACCESS_TOKEN: Seconds = 86_400;
/// Ten years.
const LONGEST: Seconds = 3650 * 86_400;

pub(super) fn grant_type(name: &str) -> Result<GrantType, String> {
    GrantType::from_name(name)
        .ok_or_else(|| format!("use {}", GrantType::ALL.map(GrantType::as_str).join(" or ")))
}

pub(super) fn auth_method(name: &str) -> Result<AuthMethod, String> {
    AuthMethod::from_name(name)
        .ok_or_else(|| format!("use {}", AuthMethod::ALL.map(AuthMethod::as_str).join(" or ")))
}

pub(super) fn access_token_format(name: &str) -> Result<AccessTokenFormat, String> {
    AccessTokenFormat::parse(name).ok_or_else(|| "use jwt or opaque".to_owned())
}

pub(super) fn duration(text: &str) -> Result<Seconds, String> {
    config::parse_duration(text, 1, LONGEST)
}

/// 0 = not at all.
pub(super) fn overlap(text: &str) -> Result<Seconds, String> {
    config::parse_duration(text, 0, LONGEST)
}

/// A time that a person writes: a date, a date with time (RFC 3339), or how long ago it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    At(Seconds),
    Ago(Seconds),
}

impl Moment {
    pub(super) fn seconds(self, now: Seconds) -> Seconds {
        match self {
            Self::At(at) => at,
            Self::Ago(ago) => now - ago,
        }
    }
}

pub(super) fn moment(text: &str) -> Result<Moment, String> {
    let midnight = format!("{text}T00:00:00Z");
    let time = [text, &midnight].into_iter().find_map(|text| chrono::DateTime::parse_from_rfc3339(text).ok());
    if let Some(time) = time {
        return Ok(Moment::At(time.timestamp()));
    }
    let ago = duration(text);
    ago.map(Moment::Ago)
        .map_err(|_| "write 2026-01-31, 2026-01-31T12:00:00Z, or how long ago: 24h".to_owned())
}

pub(super) fn access_token_lifetime(text: &str) -> Result<Seconds, String> {
    config::parse_duration(text, 1, LONGEST_ACCESS_TOKEN)
}

/// What was given with `--scope`, each a list with spaces; `None` if nothing was.
pub(super) fn scopes(given: &[String]) -> Result<Option<Scopes>, CliError> {
    if given.is_empty() {
        return Ok(None);
    }
    Scopes::parse(&given.join(" ")).map(Some).map_err(|fault| CliError::new(fault.to_string()))
}

/// As [`scopes`]; one that the server does not know is a mistake of the operator.
pub(super) fn known_scopes(given: &[String], published: &Published) -> Result<Option<Scopes>, CliError> {
    let scopes = scopes(given)?;
    for scope in scopes.iter().flat_map(Scopes::iter) {
        if !published.all_scopes.contains(scope) {
            return Err(CliError::new(format!(
                "The scope {scope} is not known here. Known are: {}",
                published.all_scopes
            )));
        }
    }
    Ok(scopes)
}
