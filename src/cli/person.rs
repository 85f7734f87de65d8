//! `grantor user show`, `set` and `delete`; `grantor client access`.

use clap::Args;
use serde_json::{Map, Value};

use super::error::CliError;
use super::output::{self, Output, facts, time, time_or};
use super::{Settings, wait_for};
use crate::flow::Means;
use crate::flow::administer::attributes;
use crate::flow::administer::client_access::{self, Access};
use crate::flow::administer::people::Who;
use crate::flow::administer::persons::{self, PersonDetails, PersonPatch};
use crate::protocol::attribute::AttributeKind;

#[derive(Args)]
pub(super) struct SetArguments {
    /// What the person signs in with.
    name: String,
    /// A new address; it is unverified unless --email-verified says otherwise.
    #[arg(long)]
    email: Option<String>,
    /// Whether the address is known to be this person's.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "true|false")]
    email_verified: Option<bool>,
    /// A claim; may be repeated. Without a value it is removed.
    #[arg(long = "claim", value_name = "NAME=VALUE")]
    claims: Vec<String>,
    /// A value of an attribute; may be repeated. Without a value it is removed.
    #[arg(long = "attribute", value_name = "NAME=VALUE")]
    attributes: Vec<String>,
    /// Whether the person administers this server.
    #[arg(long, value_name = "true|false")]
    admin: Option<bool>,
    /// Whether a password alone does not sign the person in.
    #[arg(long, value_name = "true|false")]
    second_factor: Option<bool>,
}

#[derive(Args)]
pub(super) struct ShowArguments {
    /// What the person signs in with.
    name: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct AccessArguments {
    client_id: String,
    /// Only members of this group may use it; may be repeated.
    #[arg(long = "group", value_name = "NAME", conflicts_with = "everybody")]
    groups: Vec<String>,
    /// Everybody may use it.
    #[arg(long)]
    everybody: bool,
    /// The least acr with which anybody signs in to it: 1, 2 or phr.
    #[arg(long, value_name = "ACR")]
    least_acr: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Changes what is known of a person.
pub(super) fn set(
    arguments: SetArguments,
    claims: &ToClaims,
    settings: &Settings,
) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let patch = PersonPatch {
        email: arguments.email.map(Some),
        email_verified: arguments.email_verified,
        claims: claims(&arguments.claims, &means)?,
        attributes: typed(&arguments.attributes, &means)?,
        groups: None,
        is_administrator: arguments.admin,
        requires_second_factor: arguments.second_factor,
    };
    let who = Who::Name(arguments.name);
    let person = wait_for(persons::change(&means, who, patch, settings.command_line_origin()))?;
    Ok(Output::from(format!("{} is changed.\n", person.name)))
}

/// Reads `NAME=VALUE`s as claims.
pub(super) type ToClaims = dyn Fn(&[String], &Means) -> Result<Map<String, Value>, CliError>;

/// `NAME=VALUE`s as values of attributes; null where there is no value.
fn typed(given: &[String], means: &Means) -> Result<Map<String, Value>, CliError> {
    let mut typed = Map::new();
    if given.is_empty() {
        return Ok(typed);
    }
    let known = wait_for(attributes::list(means))?.attributes;
    for pair in given {
        let (name, text) = pair
            .split_once('=')
            .ok_or_else(|| CliError::new(format!("--attribute {pair} is not NAME=VALUE.")))?;
        let kind = known.iter().find(|it| it.name == name).and_then(|it| AttributeKind::from_name(it.kind));
        let kind = kind.ok_or_else(|| CliError::new(format!("There is no attribute {name}.")))?;
        let value = match text {
            "" => Value::Null,
            text => kind
                .typed(text)
                .ok_or_else(|| CliError::new(format!("{name} must be {}.", kind.in_words())))?,
        };
        typed.insert(name.to_owned(), value);
    }
    Ok(typed)
}

/// Everything that is known of a person but their secrets.
pub(super) fn show(arguments: ShowArguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let found = wait_for(persons::show(&means, Who::Name(arguments.name)))?;
    if arguments.json { output::json(&found) } else { Ok(Output::from(in_lines(found))) }
}

fn in_lines(found: PersonDetails) -> String {
    let yes = |it: bool| if it { "yes" } else { "no" }.to_owned();
    let lines = |map: &Map<String, Value>| {
        map.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    };
    let PersonDetails { person, has_password, must_have_second_factor, factors, failed_sign_ins } = found;
    facts(&[
        ("name", person.name),
        ("sub", person.subject),
        ("e-mail", person.email.unwrap_or_default()),
        ("e-mail verified", yes(person.email_verified)),
        ("administrator", yes(person.is_administrator)),
        ("groups", person.groups.join(" ")),
        ("claims", lines(&person.claims)),
        ("attributes", lines(&person.attributes)),
        ("password", yes(has_password)),
        ("passkeys", factors.passkeys.len().to_string()),
        ("one-time codes", yes(factors.one_time_codes.is_some())),
        ("second factor required", yes(must_have_second_factor)),
        ("made", time(person.created_at)),
        ("last signed in", time_or(person.signed_in_at, "never")),
        ("failed sign-ins since", failed_sign_ins.to_string()),
        ("disabled", time_or(person.disabled_at, "no")),
    ])
}

/// Removes a person with everything that is theirs.
pub(super) fn delete(name: String, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let removed = wait_for(persons::remove(&means, Who::Name(name), settings.command_line_origin()))?;
    Ok(Output::from(format!("{} is removed. Sessions that ended: {}.\n", removed.name, removed.sessions)))
}

/// Says for whom a client is, or changes it.
pub(super) fn access(arguments: AccessArguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let AccessArguments { client_id, groups, everybody, least_acr, json } = arguments;
    let mut access = wait_for(client_access::show(&means, client_id.clone()))?;
    if everybody || !groups.is_empty() || least_acr.is_some() {
        let groups =
            if everybody { None } else { Some(groups).filter(|it| !it.is_empty()).or(access.groups) };
        let wanted = Access { groups, least_acr: least_acr.or(access.least_acr) };
        access = wait_for(client_access::change(&means, client_id, wanted, settings.command_line_origin()))?;
    }
    if json {
        return output::json(&access);
    }
    let least_acr = access.least_acr.unwrap_or_else(|| "any".to_owned());
    Ok(Output::from(facts(&[("for", for_whom(access.groups)), ("least acr", least_acr)])))
}

/// The groups of those who may use a client, in words.
pub(super) fn for_whom(groups: Option<Vec<String>>) -> String {
    match groups {
        None => "everybody".to_owned(),
        Some(groups) if groups.is_empty() => "nobody".to_owned(),
        Some(groups) => groups.join(" "),
    }
}
