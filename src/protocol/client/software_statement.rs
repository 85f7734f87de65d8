//! Metadata that somebody else vouches for: a signed JWT among the metadata. RFC 7591 §2.3 and §3.1.1.
//!
//! A statement is no secret: whoever sees one can send it. What it says wins over what the client says, but the client is
//! *verified* only if the statement also says where its codes go and by which name people know it.

use serde_json::{Map, Value};

use super::choices::PAIRS;
use super::members::{Members, says_something};
use super::metadata::ClientMetadata;
use super::refusal::{RegistrationErrorCode, RegistrationRefusal};
use crate::clock::Seconds;
use crate::keys::foreign::ForeignKeys;
use crate::protocol::jwt::{self, JwtFault, TYP_JWT};

const NAME: &str = "software_statement";

/// Clocks of issuers may be so far from ours.
const LEEWAY: Seconds = 60;

/// Claims that speak of the statement, and members that no statement can set. RFC 7519 §4.1, RFC 7591 §3.2.1.
const NO_METADATA: [&str; 14] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "client_id",
    "client_id_issued_at",
    "client_secret",
    "client_secret_expires_at",
    "registration_access_token",
    "registration_client_uri",
    NAME,
];

/// An issuer whose statements are believed. RFC 7591 §2.3.
#[derive(Clone, Debug)]
pub struct StatementIssuer {
    /// The `iss` of its statements.
    pub issuer: String,
    pub keys: ForeignKeys,
    /// The keys as they were given: a JWK Set.
    pub jwks: String,
    /// What the `aud` of its statements must hold; without it, a statement that has an `aud` must name this server.
    pub audience: Option<String>,
}

/// Whose statements count, and when. RFC 7591 §2.3.
#[derive(Clone, Copy, Debug)]
pub struct StatementTrust<'a> {
    pub issuers: &'a [StatementIssuer],
    /// The issuer identifier of this server, for `aud`. RFC 7519 §4.1.3.
    pub server: &'a str,
    pub now: Seconds,
    /// The statement that the client has registered: its end does not end the registration, so its times are not looked at again.
    pub earlier: Option<&'a str>,
}

/// A statement that is believed.
pub(super) struct Statement {
    text: String,
    issuer: String,
    claims: Map<String, Value>,
}

impl Statement {
    /// The statement among the members, if there is one. RFC 7591 §2.3.
    pub(super) fn read(
        submitted: Members<'_>,
        trust: &StatementTrust<'_>,
    ) -> Result<Option<Self>, RegistrationRefusal> {
        let Some(text) = submitted.string(NAME)? else { return Ok(None) };
        let issuer = unverified_issuer(text).map_err(invalid)?;
        let Some(trusted) = trust.issuers.iter().find(|trusted| trusted.issuer == issuer) else {
            let fault = "is the issuer, which this server does not trust";
            let refusal = RegistrationRefusal::value(NAME, &issuer, fault);
            return Err(refusal.with_code(RegistrationErrorCode::UnapprovedSoftwareStatement));
        };
        let (header, claims) = trusted.keys.verify(text).map_err(invalid)?;
        if header.typ.is_some() {
            header.require_typ(TYP_JWT).map_err(invalid)?;
        }
        let times = jwt::check_times(&claims, trust.now, LEEWAY);
        let is_kept = trust.earlier == Some(text);
        times.or_else(|fault| if is_kept && is_of_time(fault) { Ok(()) } else { Err(invalid(fault)) })?;
        if !is_meant_for_us(&claims, trusted, trust.server) {
            return Err(invalid("its aud does not name this server"));
        }
        Ok(Some(Self { text: text.to_owned(), issuer, claims }))
    }

    /// The members with the claims in their place. A claim also removes what would say something else under another name: the
    /// member in another language, or as a choice of several. RFC 7591 §3.1.1.
    pub(super) fn merged_into(&self, submitted: &Map<String, Value>) -> Map<String, Value> {
        let claimed =
            || self.claims.iter().filter(|(name, value)| is_metadata(name) && says_something(value));
        let mut members = submitted.clone();
        members.retain(|name, _| !claimed().any(|(claim, _)| subject(claim) == subject(name)));
        members.extend(claimed().map(|(name, value)| (name.clone(), value.clone())));
        members
    }

    /// Keeps the statement, and says who vouches for the client, if the statement goes that far. RFC 7591 §3.2.1.
    pub(super) fn keep_in(self, metadata: &mut ClientMetadata) -> Option<String> {
        let says = |name: &str| self.claims.get(name).is_some_and(says_something);
        let vouches = says("client_name") && (says("redirect_uris") || metadata.redirect_uris.is_empty());
        metadata.software_statement = Some(self.text);
        vouches.then_some(self.issuer)
    }
}

/// What a member is about: its name without a language tag, and one name for both of a pair.
fn subject(name: &str) -> &str {
    let base = name.split_once('#').map_or(name, |(base, _)| base);
    let pair = PAIRS.iter().find(|pair| pair.several == base);
    // One key set is another's rival, wherever it stands.
    if base == "jwks_uri" { "jwks" } else { pair.map_or(base, |pair| pair.single) }
}

fn is_metadata(name: &str) -> bool {
    !NO_METADATA.contains(&name)
}

/// Chooses the keys to look with; nothing is believed yet.
fn unverified_issuer(text: &str) -> Result<String, String> {
    jwt::header(text).map_err(|fault| fault.to_string())?;
    let claims = jwt::unverified_claims(text).map_err(|fault| fault.to_string())?;
    match claims.get("iss") {
        Some(Value::String(issuer)) => Ok(issuer.clone()),
        _ => Err("it has no issuer (iss)".to_owned()),
    }
}

fn is_of_time(fault: JwtFault) -> bool {
    matches!(fault, JwtFault::Expired | JwtFault::NotYetValid)
}

/// RFC 7519 §4.1.3: who does not find itself in `aud` must refuse.
fn is_meant_for_us(claims: &Map<String, Value>, trusted: &StatementIssuer, server: &str) -> bool {
    let wanted = trusted.audience.as_deref().unwrap_or(server);
    match claims.get("aud") {
        None => trusted.audience.is_none(),
        Some(Value::String(one)) => one == wanted,
        Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(wanted)),
        Some(_) => false,
    }
}

fn invalid(fault: impl std::fmt::Display) -> RegistrationRefusal {
    RegistrationRefusal::metadata(NAME, format_args!("is not acceptable: {fault}"))
        .with_code(RegistrationErrorCode::InvalidSoftwareStatement)
}
