//! `[[software_statement_issuers]]`: whose software statements are believed. RFC 7591 §2.3.

use std::path::Path;

use super::problems::Wrong;
use super::scopes::{collect, one, words};
use super::tables::Members;
use super::value::{text, type_of};
use crate::keys::foreign::ForeignKeys;
use crate::protocol::client::software_statement::StatementIssuer;

const KEYS: &str = "write jwks = '{\"keys\":[…]}', or jwks_file = \"issuer.jwks.json\"";

pub(super) fn issuers(raw: &toml::Value) -> Result<Vec<StatementIssuer>, Vec<Wrong>> {
    collect(raw, issuer, |issuer| &issuer.issuer)
}

fn issuer(members: &mut Members) -> Option<StatementIssuer> {
    let right = "write issuer = \"https://directory.example\", the iss of its statements";
    let issuer = members.require("issuer", right, |raw| one(text(raw).and_then(words)));
    let audience = members.take("audience", |raw| one(text(raw).and_then(words)));
    let from_file = members.take("jwks_file", |raw| one(text(raw).and_then(file)));
    let jwks = match from_file {
        Some(from_file) => members.take("jwks", |_| one(Err(both()))).or(Some(from_file)),
        None if members.has_failed("jwks_file") => None,
        None => members.require("jwks", KEYS, |raw| one(jwks(raw))),
    };
    let (jwks, keys) = jwks?;
    Some(StatementIssuer { issuer: issuer?, jwks, keys, audience })
}

fn both() -> Wrong {
    Wrong::new("jwks_file is there as well", "leave one of the two out")
}

fn file(path: &str) -> Result<(String, ForeignKeys), Wrong> {
    let text = std::fs::read_to_string(Path::new(path))
        .map_err(|error| Wrong::new(format!("the file {path:?} cannot be read: {error}"), KEYS))?;
    read(&text)
}

fn jwks(raw: &toml::Value) -> Result<(String, ForeignKeys), Wrong> {
    match raw {
        toml::Value::String(text) => read(text),
        toml::Value::Table(_) => match serde_json::to_string(raw) {
            Ok(text) => read(&text),
            Err(_) => Err(Wrong::new("it has no JSON", KEYS)),
        },
        other => Err(Wrong::new(format!("it is {}", type_of(other)), KEYS)),
    }
}

/// Every key must be usable: one that is passed over would be missed on the day of the next rotation.
fn read(text: &str) -> Result<(String, ForeignKeys), Wrong> {
    let set: serde_json::Value =
        serde_json::from_str(text).map_err(|error| Wrong::new(format!("it is not JSON: {error}"), KEYS))?;
    let keys = ForeignKeys::read(&set).ok_or_else(|| Wrong::new("it is no JWK Set", KEYS))?;
    let all = set.get("keys").and_then(serde_json::Value::as_array).map_or(0, Vec::len);
    if keys.is_empty() || keys.len() < all {
        return Err(Wrong::new(
            format!("{} of its {all} keys can be used", keys.len()),
            "give public keys for signatures: RSA (RS256, PS256), P-256 (ES256) or Ed25519 (EdDSA)",
        ));
    }
    Ok((set.to_string(), keys))
}
