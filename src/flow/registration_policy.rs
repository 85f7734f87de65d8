//! By which rules a client is registered and what it is held to afterwards; and what would become of metadata. RFC 7591 §3.
//!
//! A client keeps a snapshot of the policy it came under. One that nobody vouched for is held to the policy of today as
//! well: what an operator takes from open registration is taken from those who came by it.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Means;
use super::accept_metadata::{Submission, accept};
use crate::clock::Seconds;
use crate::config::Registration;
use crate::protocol::client::metadata::GrantType;
use crate::protocol::client::policy::{self, Limits, Policy};
use crate::protocol::client::registration::Door;
use crate::protocol::resource::AccessTokenFormat;
use crate::protocol::scope::Scopes;
use crate::storage::clients::{Client, ClientPolicy, Source};
use crate::storage::initial_access_tokens::InitialAccessToken;

/// What an open registration may have, unless its policy says otherwise.
pub const OPEN_GRANT_TYPES: [GrantType; 2] = [GrantType::AuthorizationCode, GrantType::RefreshToken];

/// A refusal is taken out of the way so often, to find the next one.
const MAX_REFUSALS: usize = 20;

/// What a client that comes under this policy is held to.
#[must_use]
pub fn snapshot(policy: &Policy) -> ClientPolicy {
    ClientPolicy {
        grant_types: policy.grant_types.clone().unwrap_or_else(|| OPEN_GRANT_TYPES.to_vec()),
        scopes: policy.scopes.clone(),
        name: Some(policy.name.clone()),
        limits: Some(policy.limits.clone())
            .filter(|limits| *limits != Limits::default())
            .into_iter()
            .collect(),
    }
}

/// The policy under which the clients of an initial access token come, and what they are held to: the token narrows the
/// policy that it names; where it names none, it says itself which scopes and grant types it gives. `None` if it names one
/// that is not declared any more. RFC 7591 §1.2.
#[must_use]
pub fn of_token<'a>(
    registration: &'a Registration,
    token: &InitialAccessToken,
) -> Option<(&'a Policy, ClientPolicy)> {
    let declared = match &token.policy {
        Some(name) => registration.policy_named(name)?,
        None => &registration.policy,
    };
    let mut held_to = snapshot(declared);
    let narrows = token.policy.is_some();
    if let Some(grant_types) = &token.grant_types {
        let mut given = grant_types.clone();
        given.retain(|grant| {
            !narrows || declared.grant_types.is_none() || held_to.grant_types.contains(grant)
        });
        held_to.grant_types = given;
    }
    if let Some(scopes) = &token.scopes {
        held_to.scopes = Some(match declared.scopes.as_ref().filter(|_| narrows) {
            Some(allowed) => scopes.intersection(allowed),
            None => scopes.clone(),
        });
    }
    Some((declared, held_to))
}

/// Whether nobody vouched for the clients of this source.
#[must_use]
pub fn is_open(source: Source) -> bool {
    matches!(source, Source::Dynamic | Source::User | Source::Document)
}

/// What this client is held to now: by its snapshot and, if nobody vouched for it, by today's policy of open registration.
#[must_use]
pub fn held_to(means: &Means, client: &Client) -> ClientPolicy {
    if !is_open(client.source) {
        return client.policy.clone();
    }
    as_of_today(means, client.policy.clone())
}

/// The narrower of a client's snapshot and today's policy of open registration.
#[must_use]
pub fn as_of_today(means: &Means, mut held_to: ClientPolicy) -> ClientPolicy {
    let (today, published) = (snapshot(&means.config.registration.policy), means.published());
    held_to.grant_types.retain(|grant| today.grant_types.contains(grant));
    held_to.scopes = Some(published.allowed_scopes(&held_to).intersection(&published.allowed_scopes(&today)));
    held_to.limits.extend(today.limits);
    held_to
}

/// What a client is held to at first whom nobody invited: it counts under no policy.
#[must_use]
pub fn of_document(means: &Means) -> ClientPolicy {
    ClientPolicy { name: None, ..snapshot(&means.config.registration.policy) }
}

/// Whether the client may still use a grant type that it registered. RFC 6749 §5.2.
#[must_use]
pub fn allows_grant(means: &Means, client: &Client, grant_type: GrantType) -> bool {
    let today = means.config.registration.policy.grant_types.as_deref().unwrap_or(&OPEN_GRANT_TYPES);
    !is_open(client.source) || today.contains(&grant_type)
}

/// Every limit that holds for the client now.
fn limits<'a>(means: &'a Means, client: &'a Client) -> impl Iterator<Item = &'a Limits> + Clone {
    let today = is_open(client.source).then_some(&means.config.registration.policy.limits);
    client.policy.limits.iter().chain(today)
}

/// How long an access token of this client lives, which is for resources that ask for so long. RFC 6749 §5.1.
#[must_use]
pub fn access_token_lifetime(means: &Means, client: &Client, of_resource: Option<Seconds>) -> Seconds {
    policy::access_token_lifetime(
        limits(means, client),
        of_resource,
        means.config.tokens.access_token_lifetime,
    )
}

/// How long after a person's consent the refresh tokens of this client end. RFC 9700 §4.14.2.
#[must_use]
pub fn refresh_token_lifetime(means: &Means, client: &Client) -> Seconds {
    policy::refresh_token_lifetime(limits(means, client), means.config.refresh.absolute_lifetime)
}

/// What the access tokens of this client are, where no resource says it. RFC 9068.
#[must_use]
pub fn access_token_format(means: &Means, client: &Client) -> AccessTokenFormat {
    let of_policy = || limits(means, client).find_map(|limits| limits.access_token_format);
    client.metadata.access_token_format.or_else(of_policy).unwrap_or(means.config.tokens.access_token_format)
}

/// What would become of a registration, which is not made. RFC 7591 §3.2.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The policy that was asked.
    pub policy: String,
    pub accepted: bool,
    /// Whether the client would wait for an operator.
    pub approval_required: bool,
    /// Why it is refused, one for each member.
    pub refusals: Vec<Refusal>,
    /// What would be kept otherwise than it was asked for.
    pub changes: Vec<Change>,
    /// The metadata as it would be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// A member that is refused. RFC 7591 §3.2.2.
#[derive(Debug, Serialize)]
pub struct Refusal {
    pub member: String,
    pub error: &'static str,
    pub error_description: String,
}

/// A member that is kept otherwise than it was asked for. RFC 7591 §3.2.1.
#[derive(Debug, Serialize)]
pub struct Change {
    pub member: String,
    /// Null: it was not sent.
    pub asked: Value,
    /// Null: it is not kept.
    pub kept: Value,
}

/// There is no policy of this name.
#[derive(Debug, thiserror::Error)]
#[error("There is no policy {0:?}: the settings registration.policy and registration.policies declare them.")]
pub struct UnknownPolicy(pub String);

/// What would be accepted, changed or refused, and why; of open registration, or of the policy of this name. Nothing is
/// written. RFC 7591 §3.
pub async fn dry_run(
    means: &Means,
    submitted: &Map<String, Value>,
    policy_name: Option<&str>,
) -> Result<Report, UnknownPolicy> {
    let registration = &means.config.registration;
    let declared = match policy_name {
        None => &registration.policy,
        Some(name) => registration.policy_named(name).ok_or_else(|| UnknownPolicy(name.to_owned()))?,
    };
    let held_to = snapshot(declared);
    let mut report = Report {
        policy: declared.name.clone(),
        accepted: false,
        approval_required: declared.approval_required,
        refusals: Vec::new(),
        changes: Vec::new(),
        metadata: None,
    };
    let mut members = submitted.clone();
    for _ in 0..MAX_REFUSALS {
        let submission =
            Submission { members: &members, policy: &held_to, door: Door::Client, earlier: None };
        match accept(means, submission).await {
            Ok(accepted) => {
                if report.refusals.is_empty() {
                    report.accepted = true;
                    let kept = serde_json::to_value(&accepted.metadata).unwrap_or_default();
                    report.changes = changes(submitted, &kept);
                    report.metadata = Some(kept);
                }
                break;
            }
            Err(refusal) => {
                let member = member_of(submitted, &refusal.description);
                let is_new = !report.refusals.iter().any(|known| known.member == member);
                if is_new {
                    report.refusals.push(Refusal {
                        member: member.clone(),
                        error: refusal.code.as_str(),
                        error_description: refusal.description,
                    });
                }
                if is_new && member == "redirect_uris" {
                    stand_in_for_redirect_uris(&mut members);
                    continue;
                }
                // Without it, the others are judged. What is missing cannot be taken away.
                if members.remove(&member).is_none() {
                    break;
                }
            }
        }
    }
    Ok(report)
}

/// Most clients need one: without it nothing else would be judged. What depends on the real ones is left out.
fn stand_in_for_redirect_uris(members: &mut Map<String, Value>) {
    members.insert("redirect_uris".to_owned(), json!(["https://client.invalid/"]));
    members.remove("sector_identifier_uri");
}

/// Descriptions begin with the member at fault.
fn member_of(submitted: &Map<String, Value>, description: &str) -> String {
    let begins = |name: &&String| {
        description.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with([' ', ':']))
    };
    let sent = submitted.keys().filter(begins).max_by_key(|name| name.len());
    sent.cloned().unwrap_or_else(|| {
        description.split([' ', ':']).next().unwrap_or_default().trim_end_matches('.').to_owned()
    })
}

fn changes(submitted: &Map<String, Value>, kept: &Value) -> Vec<Change> {
    let none = Map::new();
    let kept = kept.as_object().unwrap_or(&none);
    let mut names: Vec<&String> = submitted.keys().chain(kept.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let of = |members: &Map<String, Value>, name: &str| members.get(name).cloned().unwrap_or_default();
    names
        .into_iter()
        .map(|name| Change { member: name.clone(), asked: of(submitted, name), kept: of(kept, name) })
        .filter(|change| !is_same(change))
        .collect()
}

fn is_same(change: &Change) -> bool {
    let absent = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    let scopes = |value: &Value| value.as_str().and_then(|list| Scopes::parse(list).ok());
    change.asked == change.kept
        || (absent(&change.asked) && absent(&change.kept))
        || (change.member == "scope" && scopes(&change.asked) == scopes(&change.kept))
}
