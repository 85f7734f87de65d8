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
