//! Registers a client: by itself (RFC 7591), or by an operator. Both pass the same validation.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::accept_metadata::{Submission, accept};
use super::attempts::{Guess, place};
use super::{Means, audit};
use crate::clock::Seconds;
use crate::config::RegistrationMode;
use crate::entropy::Token;
use crate::protocol::client::metadata::{ClientMetadata, GrantType};
use crate::protocol::client::refusal::RegistrationRefusal;
use crate::protocol::client::registration::Door;
use crate::storage::audit_events::{self, Actor, Event, EventKind, Origin};
use crate::storage::clients::{self, ClientPolicy, NewClient, Source, StoredSecret};
use crate::storage::initial_access_tokens::{self, InitialAccessToken};
use crate::storage::{Failure, registration_access_tokens};

/// What an open registration may have. Everything else is for those whom an operator trusts.
pub const OPEN_GRANT_TYPES: [GrantType; 2] = [GrantType::AuthorizationCode, GrantType::RefreshToken];

/// The longest user agent that is kept, in characters.
const MAX_USER_AGENT: usize = 256;

/// Why a registration is refused.
#[derive(Debug)]
pub enum RegisterRefusal {
    /// `off`: there is no such endpoint.
    Off,
    /// No initial access token, or one that is not good.
    NoToken,
    InvalidToken,
    /// Too many bad tokens from one address; seconds to wait.
    TooMany(Seconds),
    /// RFC 7591 §3.2.2.
    Registration(RegistrationRefusal),
}

/// A registration as it came in.
pub struct RegistrationRequest {
    pub submitted: Map<String, Value>,
    pub initial_access_token: Option<Token>,
    /// Where from; who it is turns out on the way.
    pub origin: Origin,
    pub user_agent: Option<String>,
}

/// A new client with its secrets in clear, this once.
pub struct Registered {
    pub client_id: String,
    pub issued_at: Seconds,
    pub metadata: ClientMetadata,
    pub client_secret: Option<Token>,
    pub client_secret_expires_at: Option<Seconds>,
    pub registration_access_token: Token,
}

/// May this caller register, is the metadata good, make the secrets, insert. RFC 7591 §3.
pub async fn register(
    means: &Means,
    request: RegistrationRequest,
) -> Result<Registered, Failure<RegisterRefusal>> {
    let now = means.clock.now();
    let admitted = admit(means, &request, now).await?;
    let policy = admitted.as_ref().map_or_else(open_policy, policy_of);
    let submission =
        Submission { members: &request.submitted, policy: &policy, door: Door::Client, earlier: None };
    let accepted = accept(means, submission)
        .await
        .map_err(|refusal| Failure::Refused(RegisterRefusal::Registration(refusal)))?;
    let made = Made::new(means, accepted.metadata);
    let token_id = admitted.map(|token| token.id);
    let client = NewClient {
        client_id: made.client_id.clone(),
        source: if token_id.is_some() { Source::InitialAccessToken } else { Source::Dynamic },
        metadata: made.metadata.clone(),
        policy,
        secret: made.stored_secret(),
        initial_access_token_id: token_id,
        registered_from: request.origin.address.map(|address| address.to_string()),
        user_agent: request.user_agent.map(|agent| agent.chars().take(MAX_USER_AGENT).collect()),
        is_pending: false,
        verified_by: accepted.verified_by,
        owner_id: None,
    };
    let digest = made.registration_access_token.digest();
    let token_expires_at = registration_token_expiry(means, now);
    let origin = match token_id {
        Some(id) => Origin { actor: Actor::InitialAccessToken(id), ..request.origin },
        None => request.origin,
    };
    means
        .database
        .write(move |conn| {
            if let Some(id) = token_id
                && !initial_access_tokens::spend(conn, id, now)?
            {
                return Err(Failure::Refused(RegisterRefusal::InvalidToken));
            }
            let key = clients::insert(conn, &client, now)?;
            audit_events::record(conn, &registered_event(&client, &origin), now)?;
            Ok(registration_access_tokens::insert(conn, key, &digest, now, token_expires_at)?)
        })
        .await?;
    Ok(made.registered(now))
}

/// What the audit log says of a new client, whoever made it.
#[must_use]
pub fn registered_event<'a>(client: &'a NewClient, origin: &'a Origin) -> Event<'a> {
    let (kind, details) = (EventKind::ClientRegistered, audit::of_new_client(client));
    Event { kind, origin, client_id: Some(&client.client_id), details }
}

/// The initial access token, if one is needed or was sent: then it must be good. RFC 7591 §3.
async fn admit(
    means: &Means,
    request: &RegistrationRequest,
    now: Seconds,
) -> Result<Option<InitialAccessToken>, Failure<RegisterRefusal>> {
    let Some(token) = &request.initial_access_token else {
        return match means.config.registration.mode {
            RegistrationMode::Open => Ok(None),
            RegistrationMode::InitialAccessToken | RegistrationMode::AuthenticatedUser => {
                Err(Failure::Refused(RegisterRefusal::NoToken))
            }
            RegistrationMode::Off => Err(Failure::Refused(RegisterRefusal::Off)),
        };
    };
    if means.config.registration.mode == RegistrationMode::Off {
        return Err(Failure::Refused(RegisterRefusal::Off));
    }
    let digest = token.digest();
    let found = means
        .database
        .read(move |conn| {
            Ok::<_, Failure<RegisterRefusal>>(initial_access_tokens::find_usable(conn, &digest, now)?)
        })
        .await?;
    match found {
        Some(token) => Ok(Some(token)),
        None => Err(Failure::Refused(refuse_token(means, request.origin.address, now))),
    }
}

/// A bad token is counted where it came from. A good one is let in all the same: others may share the address.
fn refuse_token(means: &Means, from: Option<IpAddr>, now: Seconds) -> RegisterRefusal {
    let (place, limit) = (place(from), means.config.registration.failures_per_minute);
    let wait = means.attempts.wait(Guess::InitialAccessToken, &place, limit, now);
    means.attempts.failed(Guess::InitialAccessToken, &place, now);
    wait.map_or(RegisterRefusal::InvalidToken, RegisterRefusal::TooMany)
}

/// What a client may be whom nobody invited.
#[must_use]
pub fn open_policy() -> ClientPolicy {
    ClientPolicy { grant_types: OPEN_GRANT_TYPES.to_vec(), ..ClientPolicy::default() }
}

fn policy_of(token: &InitialAccessToken) -> ClientPolicy {
    ClientPolicy {
        grant_types: token.grant_types.clone().unwrap_or_else(|| OPEN_GRANT_TYPES.to_vec()),
        scopes: token.scopes.clone(),
        ..ClientPolicy::default()
    }
}

/// An operator makes a client: every grant type and scope, and the members that are no client's business.
pub async fn by_operator(
    means: &Means,
    submitted: &Map<String, Value>,
) -> Result<(Registered, NewClient), RegistrationRefusal> {
    let everything = ClientPolicy { grant_types: GrantType::ALL.to_vec(), ..ClientPolicy::default() };
    let submission =
        Submission { members: submitted, policy: &everything, door: Door::Operator, earlier: None };
    let accepted = accept(means, submission).await?;
    let made = Made::new(means, accepted.metadata);
    let client = NewClient {
        client_id: made.client_id.clone(),
        source: Source::Operator,
        metadata: made.metadata.clone(),
        // What it was made with is what it may keep, should it ever manage itself.
        policy: ClientPolicy {
            grant_types: made.metadata.grant_types.clone(),
            scopes: Some(made.metadata.scope.clone()),
            ..ClientPolicy::default()
        },
        secret: made.stored_secret(),
        initial_access_token_id: None,
        registered_from: None,
        user_agent: None,
        is_pending: false,
        verified_by: accepted.verified_by,
        owner_id: None,
    };
    Ok((made.registered(means.clock.now()), client))
}

/// When a registration access token made now ends; `None` = not while the client lives. RFC 7592 §5.
#[must_use]
pub fn registration_token_expiry(means: &Means, now: Seconds) -> Option<Seconds> {
    let lifetime = means.config.registration_access_token.lifetime;
    (lifetime > 0).then_some(now + lifetime)
}

/// When a client secret made now ends; 0 = never. RFC 7591 §3.2.1.
#[must_use]
pub fn client_secret_expiry(means: &Means, now: Seconds) -> Seconds {
    let lifetime = means.config.registration.client_secret_lifetime;
    if lifetime > 0 { now + lifetime } else { 0 }
}

/// A client with fresh secrets, not stored yet.
struct Made {
    client_id: String,
    metadata: ClientMetadata,
    client_secret: Option<(Token, Seconds)>,
    registration_access_token: Token,
}

impl Made {
    fn new(means: &Means, metadata: ClientMetadata) -> Self {
        let now = means.clock.now();
        Self {
            // Never `https://…`, which is a client id metadata document, and never a person's `sub`.
            client_id: format!("c-{}", means.entropy.identifier()),
            client_secret: metadata
                .needs_secret()
                .then(|| (means.entropy.token(), client_secret_expiry(means, now))),
            registration_access_token: means.entropy.token(),
            metadata,
        }
    }

    fn stored_secret(&self) -> Option<StoredSecret> {
        self.client_secret
            .as_ref()
            .map(|(secret, expires_at)| StoredSecret { digest: secret.digest(), expires_at: *expires_at })
    }

    fn registered(self, now: Seconds) -> Registered {
        Registered {
            client_id: self.client_id,
            issued_at: now,
            metadata: self.metadata,
            client_secret_expires_at: self.client_secret.as_ref().map(|(_, expires_at)| *expires_at),
            client_secret: self.client_secret.map(|(secret, _)| secret),
            registration_access_token: self.registration_access_token,
        }
    }
}
