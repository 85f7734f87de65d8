//! `[[scopes]]`, the built-in scopes, and `[[resources]]`.

use std::collections::BTreeMap;

use url::{Position, Url};

use super::AccessTokenFormat;
use super::problems::Wrong;
use super::settings::LONGEST_ACCESS_TOKEN;
use super::tables::{Members, tables};
use super::value::{choice, duration, each, text, type_of};
use crate::protocol::claims::{self, GROUPS};
use crate::protocol::resource::Resource;
use crate::protocol::scope::{ADMIN, REGISTER_SCOPE, ScopeDefinition, built_in_scopes};

/// Name, words for the consent page, claims. OpenID Connect Core 1.0 §5.4 and §11.
const BUILT_IN: [(&str, &str, &[&str]); 6] = [
    ("openid", "Know who you are on this server", &[]),
    (
        "profile",
        "See your profile, such as your name and picture",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", "See your e-mail address", &["email", "email_verified"]),
    ("address", "See your postal address", &["address"]),
    ("phone", "See your phone number", &["phone_number", "phone_number_verified"]),
    ("offline_access", "Keep its access while you are away", &[]),
];

/// Scopes for the server itself, which only an operator gives to a client: name and words for the consent page by language.
const OWN: [(&str, [(&str, &str); 5]); 2] = [
    (
        REGISTER_SCOPE,
        [
            ("en", "Register other applications on this server in your name"),
            ("de", "Andere Anwendungen in Ihrem Namen auf diesem Server registrieren"),
            ("fr", "Enregistrer d’autres applications sur ce serveur en votre nom"),
            ("es", "Registrar otras aplicaciones en este servidor en su nombre"),
            ("ja", "あなたの名義でこのサーバーに他のアプリを登録する"),
        ],
    ),
    (
        ADMIN,
        [
            ("en", "Administer this server"),
            ("de", "Diesen Server verwalten"),
            ("fr", "Administrer ce serveur"),
            ("es", "Administrar este servidor"),
            ("ja", "このサーバーを管理する"),
        ],
    ),
];

/// The scopes that are there without configuration. One called `groups` may stand there in the place of ours, to be for every
/// client.
pub(super) fn built_in() -> Vec<ScopeDefinition> {
    let own = OWN.iter().map(|(name, words)| ScopeDefinition {
        name: (*name).to_owned(),
        description: words.iter().map(|(tag, words)| ((*tag).to_owned(), (*words).to_owned())).collect(),
        claims: Vec::new(),
        operator_only: true,
    });
    let translated = built_in_scopes();
    BUILT_IN
        .iter()
        .map(|(name, words, claims)| ScopeDefinition {
            name: (*name).to_owned(),
            description: in_all_languages(&translated, name, words),
            claims: claims.iter().map(|claim| (*claim).to_owned()).collect(),
            operator_only: false,
        })
        .chain(own)
        .chain(built_in_scopes().into_iter().filter(|scope| scope.name == GROUPS))
        .collect()
}

/// The words in every language of the pages, the English ones as they stand here.
fn in_all_languages(translated: &[ScopeDefinition], name: &str, words: &str) -> BTreeMap<String, String> {
    let of_name = translated.iter().find(|scope| scope.name == name);
    let mut description = of_name.map(|scope| scope.description.clone()).unwrap_or_default();
    description.insert("en".to_owned(), words.to_owned());
    description
}

/// A scope-token, RFC 6749 §3.3.
pub(super) fn scope_token(word: &str) -> Result<String, Wrong> {
    let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    if !word.is_empty() && word.len() <= 128 && word.bytes().all(allowed) {
        return Ok(word.to_owned());
    }
    Err(Wrong::new(
        format!("{word:?} is no scope"),
        "write up to 128 printable ASCII characters without space, quote and backslash",
    ))
}

pub(super) fn definitions(raw: &toml::Value) -> Result<Vec<ScopeDefinition>, Vec<Wrong>> {
    collect(raw, definition, |scope| &scope.name)
}

pub(super) fn resources(raw: &toml::Value) -> Result<Vec<Resource>, Vec<Wrong>> {
    let found = collect(raw, resource, |resource| &resource.identifier)?;
    let mut problems = Vec::new();
    for (resource, number) in found.iter().zip(1..) {
        let others = || found.iter().filter(|other| other.identifier != resource.identifier);
        let taken = resource.names().find(|name| others().any(|other| other.is_called(name)));
        problems.extend(taken.map(|name| Wrong {
            place: format!(" #{number}"),
            what: format!("{name} is a name of another resource, too"),
            right: "leave one out".to_owned(),
        }));
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

/// Reads every table, and sees that no name stands twice.
pub(super) fn collect<T>(
    raw: &toml::Value,
    read: impl Fn(&mut Members) -> Option<T>,
    name: impl Fn(&T) -> &str,
) -> Result<Vec<T>, Vec<Wrong>> {
    let mut found: Vec<T> = Vec::new();
    let mut problems = Vec::new();
    for (table, number) in tables(raw)?.into_iter().zip(1..) {
        let mut members = Members::new(table, number);
        let value = read(&mut members);
        problems.extend(members.finish());
        let Some(value) = value else { continue };
        if found.iter().any(|earlier| name(earlier) == name(&value)) {
            problems.push(Wrong {
                place: format!(" #{number}"),
                what: format!("{} stands twice", name(&value)),
                right: "leave one out".to_owned(),
            });
        }
        found.push(value);
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn definition(members: &mut Members) -> Option<ScopeDefinition> {
    let name = members.require("name", "write name = \"notes.read\"", |raw| one(custom_scope(text(raw))));
    let description = members.require(
        "description",
        "write description = \"See your notes\", the words of the consent page",
        |raw| one(descriptions(raw)),
    );
    let claims = members.take("claims", |raw| each(raw, claim));
    let operator_only = members.take("operator_only", |raw| one(boolean(raw)));
    Some(ScopeDefinition {
        name: name?,
        description: description?,
        claims: claims.unwrap_or_default(),
        operator_only: operator_only.unwrap_or_default(),
    })
}

fn resource(members: &mut Members) -> Option<Resource> {
    let right = "write identifier = \"https://api.example.com\"";
    let identifier = members.require("identifier", right, |raw| one(text(raw).and_then(resource_identifier)));
    let name = members.take("name", |raw| one(text(raw).and_then(words)));
    let scopes = members.take("scopes", |raw| each(raw, scope_token));
    let access_token_format = members
        .take("access_token_format", |raw| one(text(raw).and_then(|text| choice(text, &["jwt", "opaque"]))));
    let access_token_lifetime =
        members.take("access_token_lifetime", |raw| one(duration(raw, 1, LONGEST_ACCESS_TOKEN)));
    let aliases = members.take("aliases", |raw| each(raw, resource_identifier));
    let introspection_clients = members.take("introspection_clients", |raw| each(raw, words));
    Some(Resource {
        identifier: identifier?,
        aliases: aliases.unwrap_or_default(),
        name,
        scopes: scopes.unwrap_or_default(),
        access_token_format: access_token_format.map(|format| match format {
            "opaque" => AccessTokenFormat::Opaque,
            _ => AccessTokenFormat::Jwt,
        }),
        access_token_lifetime,
        introspection_clients: introspection_clients.unwrap_or_default(),
    })
}

pub(super) fn one<T>(result: Result<T, Wrong>) -> Result<T, Vec<Wrong>> {
    result.map_err(|wrong| vec![wrong])
}

pub(super) fn boolean(raw: &toml::Value) -> Result<bool, Wrong> {
    raw.as_bool().ok_or_else(|| Wrong::new("it is neither true nor false", "write true or false"))
}

fn custom_scope(name: Result<&str, Wrong>) -> Result<String, Wrong> {
    let name = scope_token(name?)?;
    if BUILT_IN.iter().any(|(built_in, _, _)| *built_in == name) {
        return Err(Wrong::new(format!("{name} is built in"), "choose another name"));
    }
    if name.starts_with("grantor:") {
        return Err(Wrong::new(
            "names that begin with grantor: are for Grantor's own scopes",
            "choose another name",
        ));
    }
    Ok(name)
}

/// One text is English.
fn descriptions(raw: &toml::Value) -> Result<BTreeMap<String, String>, Wrong> {
    let table = match raw {
        toml::Value::String(english) => {
            return words(english).map(|words| BTreeMap::from([("en".to_owned(), words)]));
        }
        toml::Value::Table(table) => table,
        other => {
            return Err(Wrong::new(
                format!("it is {}", type_of(other)),
                "write a text, or a table of texts by language like { en = \"…\", de = \"…\" }",
            ));
        }
    };
    let mut descriptions = BTreeMap::new();
    for (language, raw) in table {
        let tag = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if language.is_empty() || !language.chars().all(tag) {
            return Err(Wrong::new(
                format!("{language:?} is no language tag"),
                "write tags like en, de or pt-BR",
            ));
        }
        descriptions.insert(language.clone(), words(text(raw)?)?);
    }
    if !descriptions.contains_key("en") {
        return Err(Wrong::new(
            "it has no English text",
            "add en, which is shown when no other language fits",
        ));
    }
    Ok(descriptions)
}

/// Words for people: not empty, no control characters, at most 256 characters.
pub(super) fn words(text: &str) -> Result<String, Wrong> {
    if text.trim().is_empty() || text.chars().count() > 256 || text.chars().any(char::is_control) {
        return Err(Wrong::new(
            "it is empty, too long or has control characters",
            "write one line of up to 256 characters",
        ));
    }
    Ok(text.to_owned())
}

fn claim(name: &str) -> Result<String, Wrong> {
    if claims::is_of_tokens(name) {
        return Err(Wrong::new(
            format!("{name} says something about the token, not about a person"),
            "leave it out",
        ));
    }
    words(name)
}

/// An absolute URI without fragment, RFC 8707 §2.
pub(super) fn resource_identifier(text: &str) -> Result<String, Wrong> {
    let right = "write an absolute URI without fragment, like https://api.example.com";
    let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
    match Url::parse(text) {
        // Clients send what their URI library makes of it, and it is compared letter by letter.
        Ok(url) if printable && !text.starts_with(&url[..Position::BeforePath]) => {
            Err(Wrong::new("it is not spelled as clients send it", format!("write {url}")))
        }
        Ok(url) if printable && url.fragment().is_none() && text.len() <= 2048 => Ok(text.to_owned()),
        Ok(url) if url.fragment().is_some() => Err(Wrong::new("it has a fragment", right)),
        _ => Err(Wrong::new("it is no absolute URI", right)),
    }
}
