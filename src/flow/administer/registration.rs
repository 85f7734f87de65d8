//! Who may register: initial access tokens, policies, and what would become of metadata. RFC 7591 §1.2, §3.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{Administered, Refusal, invalid, not_found, record};
use crate::clock::Seconds;
use crate::flow::Means;
use crate::flow::registration_policy::{self, Report};
use crate::protocol::client::metadata::GrantType;
use crate::protocol::client::policy::Policy;
use crate::protocol::scope::Scopes;
use crate::storage::Failure;
use crate::storage::audit_events::{EventKind, Origin};
use crate::storage::initial_access_tokens::{self, InitialAccessToken, NewInitialAccessToken};
use crate::texts::say;

/// Ten years.
const LONGEST: Seconds = 3650 * 86_400;
/// The longest name of a token, in characters.
const MAX_NAME: usize = 128;

/// An initial access token to issue.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InitialAccessTokenRequest {
    /// What it is for.
    #[serde(default)]
    pub name: String,
    /// How many clients may be registered with it: one if it is not said; null = any number.
    #[serde(default = "one_use")]
    pub uses: Option<i64>,
    /// Seconds: a day if it is not said; null = until it is revoked.
    #[serde(default = "one_day")]
    pub lifetime: Option<Seconds>,
    /// What its clients may ask for; null = as its policy says.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// How its clients may get tokens; null = as its policy says.
    #[serde(default)]
    pub grant_types: Option<Vec<String>>,
    /// The name of the policy of its clients; null = that of open registration.
    #[serde(default)]
    pub policy: Option<String>,
}

#[expect(clippy::unnecessary_wraps, reason = "the type of the member")]
const fn one_use() -> Option<i64> {
    Some(1)
}

#[expect(clippy::unnecessary_wraps, reason = "the type of the member")]
const fn one_day() -> Option<Seconds> {
    Some(86_400)
}

/// An initial access token, without itself.
#[derive(Serialize, ToSchema)]
pub struct InitialAccessTokenView {
    pub id: i64,
    pub name: String,
    #[schema(value_type = Option<String>)]
    pub scopes: Option<Scopes>,
    #[schema(value_type = Option<Vec<String>>)]
    pub grant_types: Option<Vec<GrantType>>,
    pub policy: Option<String>,
    pub issued_by: Option<String>,
    pub uses_left: Option<i64>,
    pub created_at: Seconds,
    pub expires_at: Option<Seconds>,
    pub revoked_at: Option<Seconds>,
    /// How many clients that came with it there are now.
    pub clients: i64,
}

/// Every initial access token, dead ones too.
#[derive(Serialize, ToSchema)]
pub struct InitialAccessTokens {
    pub initial_access_tokens: Vec<InitialAccessTokenView>,
}

/// A new initial access token, this once.
#[derive(Serialize, ToSchema)]
pub struct IssuedInitialAccessToken {
    pub id: i64,
    pub initial_access_token: String,
    pub uses: Option<i64>,
    pub expires_at: Option<Seconds>,
}

/// Every initial access token, dead ones too.
pub async fn tokens(means: &Means) -> Administered<InitialAccessTokens> {
    let read = |conn: &mut _| {
        Ok::<_, Failure<Refusal>>((
            initial_access_tokens::list(conn)?,
            initial_access_tokens::count_clients(conn)?,
        ))
    };
    let (tokens, counts) = means.database.read(read).await?;
    let clients_of = |id: i64| counts.iter().find(|(of, _)| *of == id).map_or(0, |(_, clients)| *clients);
    let view = |token: InitialAccessToken| InitialAccessTokenView {
        clients: clients_of(token.id),
        id: token.id,
        name: token.name,
        scopes: token.scopes,
        grant_types: token.grant_types,
        policy: token.policy,
        issued_by: token.issued_by,
        uses_left: token.uses_left,
        created_at: token.created_at,
        expires_at: token.expires_at,
        revoked_at: token.revoked_at,
    };
    Ok(InitialAccessTokens { initial_access_tokens: tokens.into_iter().map(view).collect() })
}

/// What a request comes to once it is checked.
struct Checked {
    scopes: Option<Scopes>,
    grant_types: Option<Vec<GrantType>>,
}

fn checked(means: &Means, request: &InitialAccessTokenRequest) -> Administered<Checked> {
    if request.name.chars().count() > MAX_NAME || request.name.chars().any(char::is_control) {
        return invalid(say("refused-short-line").with("most", MAX_NAME).about("name"));
    }
    if request.uses.is_some_and(|uses| uses < 1) {
        return invalid(say("refused-uses").about("uses"));
    }
    if request.lifetime.is_some_and(|seconds| !(1..=LONGEST).contains(&seconds)) {
        return invalid(say("refused-lifetime").with("most", LONGEST).about("lifetime"));
    }
    let all_scopes = means.published().all_scopes.clone();
    if let Some(unknown) = request.scopes.iter().flatten().find(|scope| !all_scopes.contains(scope)) {
        let shown: String = unknown.chars().filter(|c| !c.is_control()).take(128).collect();
        return invalid(say("refused-scope-unknown").with("scope", shown).about("scopes"));
    }
    let grant_type = |name: &String| {
        let names = GrantType::ALL.map(GrantType::as_str).join(", ");
        let message = || say("refused-grant-types").with("known", &names).about("grant_types");
        let wrong = || Failure::Refused(Refusal::Invalid(message()));
        GrantType::from_name(name).ok_or_else(wrong)
    };
    let grant_types = request
        .grant_types
        .as_ref()
        .map(|names| names.iter().map(grant_type).collect::<Administered<Vec<_>>>())
        .transpose()?
        .filter(|types| !types.is_empty());
    let scopes = request.scopes.as_ref().map(|names| names.iter().cloned().collect::<Scopes>());
    if let Some(name) = &request.policy {
        let Some(declared) = means.config.registration.policy_named(name) else {
            return invalid(say("refused-no-policy").about("policy"));
        };
        within(declared, scopes.as_ref(), grant_types.as_deref())?;
    }
    Ok(Checked { scopes, grant_types })
}

/// What a token says beside a policy narrows it.
fn within(declared: &Policy, scopes: Option<&Scopes>, grant_types: Option<&[GrantType]>) -> Administered<()> {
    if let (Some(wanted), Some(given)) = (scopes, &declared.scopes)
        && !wanted.is_subset(given)
    {
        return invalid(say("refused-policy-scopes").with("scopes", given).about("scopes"));
    }
    if let (Some(wanted), Some(given)) = (grant_types, &declared.grant_types)
        && let Some(more) = wanted.iter().find(|grant| !given.contains(grant))
    {
        return invalid(say("refused-policy-grant").with("grant", more.as_str()).about("grant_types"));
    }
    Ok(())
}

/// Issues a token: shown this once.
pub async fn issue_token(
    means: &Means,
    request: InitialAccessTokenRequest,
    origin: Origin,
) -> Administered<IssuedInitialAccessToken> {
    let Checked { scopes, grant_types } = checked(means, &request)?;
    let (token, now) = (means.entropy.token(), means.clock.now());
    let (digest, uses) = (token.digest(), request.uses);
    let expires_at = request.lifetime.map(|seconds| now + seconds);
    let id = means
        .database
        .write(move |conn| {
            let issued_by = origin.actor.to_string();
            let new = NewInitialAccessToken {
                digest: &digest,
                name: &request.name,
                scopes: scopes.as_ref(),
                grant_types: grant_types.as_deref(),
                policy: request.policy.as_deref(),
                issued_by: Some(&issued_by),
                uses,
                expires_at,
            };
            let id = initial_access_tokens::insert(conn, &new, now)?;
            let details = json!({
                "id": id, "name": new.name, "uses": uses, "expires_at": expires_at, "scopes": new.scopes,
                "grant_types": new.grant_types, "policy": new.policy,
            });
            record(conn, EventKind::InitialAccessTokenIssued, &origin, details, now)?;
            Ok::<_, Failure<Refusal>>(id)
        })
        .await?;
    Ok(IssuedInitialAccessToken { id, initial_access_token: token.expose().to_owned(), uses, expires_at })
}

/// Ends a token. Clients that came with it stay.
pub async fn revoke_token(means: &Means, id: i64, origin: Origin) -> Administered<()> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            if !initial_access_tokens::revoke(conn, id, now)? {
                return not_found(say("refused-no-token").with("id", id));
            }
            let details = json!({ "id": id });
            Ok(record(conn, EventKind::InitialAccessTokenRevoked, &origin, details, now)?)
        })
        .await
}

/// A policy, with what it comes to.
#[derive(Serialize, ToSchema)]
pub struct PolicyView {
    pub name: String,
    /// Whether it is that of open registration.
    pub is_default: bool,
    #[schema(value_type = Vec<String>)]
    pub grant_types: Vec<GrantType>,
    /// What its clients may have now.
    #[schema(value_type = String)]
    pub scopes: Scopes,
    #[schema(value_type = Object)]
    pub limits: Value,
    /// Whether its clients wait for an operator.
    pub approval_required: bool,
    pub max_clients: Option<i64>,
}

/// Every policy.
#[derive(Serialize, ToSchema)]
pub struct Policies {
    pub policies: Vec<PolicyView>,
}

/// The policies that the settings declare, that of open registration first.
#[must_use]
pub fn policies(means: &Means) -> Policies {
    let (registration, published) = (&means.config.registration, means.published());
    let view = |policy: &Policy, is_default| {
        let held_to = registration_policy::snapshot(policy);
        PolicyView {
            name: policy.name.clone(),
            is_default,
            scopes: published.allowed_scopes(&held_to),
            grant_types: held_to.grant_types,
            limits: json!(policy.limits),
            approval_required: policy.approval_required,
            max_clients: policy.max_clients,
        }
    };
    let others = registration.policies.iter().map(|policy| view(policy, false));
    Policies { policies: std::iter::once(view(&registration.policy, true)).chain(others).collect() }
}

/// Metadata to be judged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DryRunRequest {
    /// Client metadata. RFC 7591 §2.
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
    /// By which policy; null = that of open registration.
    #[serde(default)]
    pub policy: Option<String>,
}

/// What would be accepted, changed or refused, and why. Nothing is written.
pub async fn dry_run(means: &Means, request: DryRunRequest) -> Administered<Report> {
    let policy = request.policy.as_deref();
    match registration_policy::dry_run(means, &request.metadata, policy).await {
        Ok(report) => Ok(report),
        Err(_) => invalid(say("refused-no-policy").about("policy")),
    }
}
