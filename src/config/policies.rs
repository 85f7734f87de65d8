//! `[registration.policy]` and `[[registration.policies]]`: what clients may be that nobody made by hand.

use toml::{Table, Value as Toml};

use super::AccessTokenFormat;
use super::problems::Wrong;
use super::settings::{LONGEST, LONGEST_ACCESS_TOKEN};
use super::show::list;
use super::tables::{Members, table, tables};
use super::value::{choice, duration, each, show_duration, text};
use crate::clock::Seconds;
use crate::protocol::client::metadata::{AuthMethod, GrantType};
use crate::protocol::client::policy::{DEFAULT_POLICY, HostRule, Limits, Policy};
use crate::protocol::scope::Scopes;

type Parsed<T> = Result<T, Vec<Wrong>>;

/// The policy of open registration.
pub(super) fn one(raw: &Toml) -> Parsed<Policy> {
    let mut members = Members::alone(table(raw)?);
    let policy = policy(&mut members, DEFAULT_POLICY.to_owned());
    let problems = members.finish();
    if problems.is_empty() { Ok(policy) } else { Err(problems) }
}

/// The others, by name.
pub(super) fn named(raw: &Toml) -> Parsed<Vec<Policy>> {
    let mut found: Vec<Policy> = Vec::new();
    let mut problems = Vec::new();
    for (table, number) in tables(raw)?.into_iter().zip(1..) {
        let mut members = Members::new(table, number);
        let name =
            members.require("name", "write name = \"partners\"", |raw| one_of(text(raw).and_then(name)));
        let policy = policy(&mut members, name.unwrap_or_default());
        problems.extend(members.finish());
        // One without a good name has its problem already.
        if !policy.name.is_empty() && found.iter().any(|earlier| earlier.name == policy.name) {
            problems.push(Wrong {
                place: format!(" #{number}"),
                what: format!("{} stands twice", policy.name),
                right: "leave one out".to_owned(),
            });
        }
        found.push(policy);
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn policy(members: &mut Members, name: String) -> Policy {
    Policy {
        name,
        grant_types: members.take("grant_types", |raw| filled(each(raw, grant_type)?)),
        scopes: members.take("scopes", |raw| filled(each(raw, super::scopes::scope_token)?)).map(scopes),
        limits: limits(members),
        approval_required: members
            .take("approval_required", |raw| one_of(super::scopes::boolean(raw)))
            .unwrap_or_default(),
        max_clients: members.take("max_clients", |raw| one_of(number(raw))),
    }
}

fn limits(members: &mut Members) -> Limits {
    let mut lifetime = |name, most| members.take(name, |raw| one_of(duration(raw, 1, most)));
    Limits {
        access_token_lifetime: lifetime("access_token_lifetime", LONGEST_ACCESS_TOKEN),
        max_access_token_lifetime: lifetime("max_access_token_lifetime", LONGEST_ACCESS_TOKEN),
        refresh_token_lifetime: lifetime("refresh_token_lifetime", LONGEST),
        max_refresh_token_lifetime: lifetime("max_refresh_token_lifetime", LONGEST),
        redirect_schemes: members.take("redirect_schemes", |raw| filled(each(raw, scheme)?)),
        redirect_hosts: members.take("redirect_hosts", |raw| filled(each(raw, host)?)),
        token_endpoint_auth_methods: members
            .take("token_endpoint_auth_methods", |raw| filled(each(raw, auth_method)?)),
        access_token_format: members.take("access_token_format", |raw| {
            one_of(text(raw).and_then(|text| choice(text, &["jwt", "opaque"]))).map(|format| match format {
                "opaque" => AccessTokenFormat::Opaque,
                _ => AccessTokenFormat::Jwt,
            })
        }),
    }
}

fn scopes(names: Vec<String>) -> Scopes {
    names.into_iter().collect()
}

fn one_of<T>(result: Result<T, Wrong>) -> Parsed<T> {
    result.map_err(|wrong| vec![wrong])
}

/// An empty list would allow nothing at all, which nobody means.
fn filled<T>(values: Vec<T>) -> Parsed<Vec<T>> {
    if values.is_empty() {
        return Err(vec![Wrong::new(
            "it is empty, which would allow nothing",
            "name what is allowed, or leave the member out",
        )]);
    }
    Ok(values)
}

fn name(text: &str) -> Result<String, Wrong> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if text == DEFAULT_POLICY {
        return Err(Wrong::new(
            "default is the policy of open registration",
            "write it as registration.policy",
        ));
    }
    if text.is_empty() || text.len() > 64 || !text.bytes().all(allowed) {
        return Err(Wrong::new(
            format!("{text:?} is no name of a policy"),
            "write up to 64 letters, digits, - _ and .",
        ));
    }
    Ok(text.to_owned())
}

fn number(raw: &Toml) -> Result<i64, Wrong> {
    raw.as_integer()
        .filter(|number| *number >= 0)
        .ok_or_else(|| Wrong::new("it is no number of clients", "write a number, 0 or more"))
}

fn scheme(text: &str) -> Result<String, Wrong> {
    let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    let rest =
        text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte));
    if first && rest {
        return Ok(text.to_owned());
    }
    Err(Wrong::new(
        format!("{text:?} is no URI scheme"),
        "write it in lower case without a colon, like https",
    ))
}

pub(super) fn host(text: &str) -> Result<HostRule, Wrong> {
    HostRule::parse(text).ok_or_else(|| {
        Wrong::new(
            format!("{text:?} is no host"),
            "write app.example.com, *.example.com (everything below it) or loopback",
        )
    })
}

fn grant_type(text: &str) -> Result<GrantType, Wrong> {
    GrantType::from_name(text).ok_or_else(|| {
        Wrong::new(
            format!("{text:?} is no grant type"),
            format!("choose among {}", GrantType::ALL.map(GrantType::as_str).join(", ")),
        )
    })
}

fn auth_method(text: &str) -> Result<AuthMethod, Wrong> {
    AuthMethod::from_name(text).ok_or_else(|| {
        Wrong::new(
            format!("{text:?} is no method"),
            format!("choose among {}", AuthMethod::ALL.map(AuthMethod::as_str).join(", ")),
        )
    })
}

/// The policy as it would stand in the file.
pub(super) fn shown(policy: &Policy) -> Toml {
    let mut table = Table::new();
    let mut put = |key: &str, value: Option<Toml>| {
        if let Some(value) = value {
            table.insert(key.to_owned(), value);
        }
    };
    let Limits {
        redirect_schemes,
        redirect_hosts,
        token_endpoint_auth_methods,
        access_token_lifetime,
        max_access_token_lifetime,
        refresh_token_lifetime,
        max_refresh_token_lifetime,
        access_token_format,
    } = &policy.limits;
    let names = |names: Vec<&str>| list(&names);
    let time = |seconds: &Option<Seconds>| seconds.map(|seconds| Toml::from(show_duration(seconds)));
    put("name", (policy.name != DEFAULT_POLICY).then(|| Toml::from(policy.name.as_str())));
    put("redirect_schemes", redirect_schemes.as_deref().map(list));
    put("redirect_hosts", redirect_hosts.as_deref().map(list));
    put("scopes", policy.scopes.as_ref().map(|scopes| names(scopes.iter().collect())));
    let grants = policy.grant_types.as_ref();
    put("grant_types", grants.map(|all| names(all.iter().map(|grant| grant.as_str()).collect())));
    let methods = token_endpoint_auth_methods.as_ref();
    put(
        "token_endpoint_auth_methods",
        methods.map(|all| names(all.iter().map(|method| method.as_str()).collect())),
    );
    put("access_token_lifetime", time(access_token_lifetime));
    put("max_access_token_lifetime", time(max_access_token_lifetime));
    put("refresh_token_lifetime", time(refresh_token_lifetime));
    put("max_refresh_token_lifetime", time(max_refresh_token_lifetime));
    let format = access_token_format.map(|format| match format {
        AccessTokenFormat::Jwt => "jwt",
        AccessTokenFormat::Opaque => "opaque",
    });
    put("access_token_format", format.map(Toml::from));
    put("approval_required", policy.approval_required.then(|| Toml::from(true)));
    put("max_clients", policy.max_clients.map(Toml::from));
    Toml::Table(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown is what was read.
    #[test]
    fn a_policy_is_shown_as_it_is_written() {
        let written: Table = toml::from_str(
            "redirect_schemes = ['https', 'cursor']\nredirect_hosts = ['*.example.com', 'loopback']\n\
             scopes = ['email', 'openid']\ngrant_types = ['client_credentials']\n\
             token_endpoint_auth_methods = ['none']\naccess_token_lifetime = '5m'\n\
             max_access_token_lifetime = '10m'\nrefresh_token_lifetime = '1d'\n\
             max_refresh_token_lifetime = '2d'\naccess_token_format = 'opaque'\napproval_required = true\n\
             max_clients = 7",
        )
        .unwrap();
        let policy = one(&Toml::Table(written.clone())).unwrap();
        assert_eq!(shown(&policy), Toml::Table(written));
        assert_eq!(one(&Toml::from("")).unwrap(), Policy::default());
        assert_eq!(one(&Toml::from(r#"{"max_clients": 7}"#)).unwrap().max_clients, Some(7));
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        for (written, place) in [
            ("redirect_hosts = ['*example.com']", " redirect_hosts"),
            ("redirect_hosts = []", " redirect_hosts"),
            ("grant_types = ['password']", " grant_types"),
            ("max_clients = -1", " max_clients"),
            ("maximum = 1", " maximum"),
            ("access_token_lifetime = '2d'", " access_token_lifetime"),
        ] {
            let wrong = one(&Toml::Table(toml::from_str(written).unwrap())).unwrap_err();
            assert_eq!(wrong.first().unwrap().place, place, "{written}");
        }
        let list = Toml::from(r#"[{"name": "a"}, {"name": "a"}, {"name": "default"}, {}]"#);
        let wrong = named(&list).unwrap_err();
        let places: Vec<&str> = wrong.iter().map(|wrong| wrong.place.as_str()).collect();
        assert_eq!(places, [" #2", " #3 name", " #4 name"]);
    }
}
