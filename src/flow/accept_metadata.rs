//! The one validation of client metadata, for every path that makes or changes a client. RFC 7591 §2, RFC 7592 §2.2.

use serde_json::{Map, Value};

use super::Means;
use crate::fetch::Purpose;
use crate::protocol::client::metadata::ClientMetadata;
use crate::protocol::client::refusal::RegistrationRefusal;
use crate::protocol::client::registration::{self, Accepted, Door, RegistrationPolicy};
use crate::protocol::client::sector_identifier;
use crate::protocol::client::software_statement::StatementTrust;
use crate::storage::clients::ClientPolicy;

/// Metadata as it came in, and by which rules it is judged.
#[derive(Clone, Copy)]
pub struct Submission<'a> {
    pub members: &'a Map<String, Value>,
    pub policy: &'a ClientPolicy,
    pub door: Door,
    /// What the client has registered, if this changes it.
    pub earlier: Option<&'a ClientMetadata>,
}

/// Judges the resulting state: omitted members count as their defaults, on create and update alike. RFC 7591 §2.
///
/// May fetch a `sector_identifier_uri`, and nothing else: call it outside of every transaction.
pub async fn accept(means: &Means, submission: Submission<'_>) -> Result<Accepted, RegistrationRefusal> {
    let accepted = judge(means, submission)?;
    check_sector(means, &accepted.metadata).await?;
    Ok(accepted)
}

/// The document behind a `sector_identifier_uri` must hold every redirection URI. OpenID Connect Dynamic Client Registration
/// 1.0 §5.
async fn check_sector(means: &Means, metadata: &ClientMetadata) -> Result<(), RegistrationRefusal> {
    let Some(uri) = &metadata.sector_identifier_uri else { return Ok(()) };
    let fetched = means
        .fetcher
        .get(uri, Purpose::SectorIdentifier)
        .await
        .map_err(|fault| sector_identifier::refuse(metadata, format_args!("is of no use: {fault}")))?;
    sector_identifier::check_document(metadata, &fetched.body)
}

fn judge(means: &Means, submission: Submission<'_>) -> Result<Accepted, RegistrationRefusal> {
    let published = means.published();
    let allowed;
    let scopes = if submission.door == Door::Operator {
        &published.all_scopes
    } else {
        allowed = published.allowed_scopes(submission.policy);
        &allowed
    };
    registration::accept(
        submission.members,
        &RegistrationPolicy {
            grant_types: &submission.policy.grant_types,
            scopes,
            limits: &submission.policy.limits,
            private_use_schemes: &means.config.registration.private_use_schemes,
            door: submission.door,
            statements: StatementTrust {
                issuers: &means.config.software_statement_issuers,
                server: means.config.issuer.as_str(),
                now: means.clock.now(),
                earlier: submission.earlier.and_then(|earlier| earlier.software_statement.as_deref()),
            },
        },
    )
}
