//! Registers a client: by itself (RFC 7591), or by an operator. Both pass the same validation.

use serde_json::{Map, Value};

use super::accept_metadata::{Submission, accept};
use super::admit_registration::admit;
use super::budgets::Charge;
use super::ceiling::Entrance;
use super::client_documents::{FETCH_WINDOW, has_us_fetch_too_much};
use super::client_secrets::FreshSecret;
use super::{Means, audit, client_pictures, registration_policy};
use crate::clock::Seconds;
use crate::entropy::{Digest, Token};
use crate::protocol::client::metadata::{ClientMetadata, GrantType};
use crate::protocol::client::refusal::RegistrationRefusal;
use crate::protocol::client::registration::Door;
use crate::storage::audit_events::{self, Actor, Event, EventKind, Origin};
use crate::storage::clients::{self, ClientPolicy, NewClient, Source, StoredSecret};
use crate::storage::{
    DbConnection, Failure, StorageError, initial_access_tokens, registration_access_tokens,
};

/// The longest user agent that is kept, in characters.
const MAX_USER_AGENT: usize = 256;
/// Seconds after which it is worth trying again at a full server.
const FULL_FOR: Seconds = 60;

/// Why a registration is refused.
#[derive(Debug)]
pub enum RegisterRefusal {
    /// `off`: there is no such endpoint.
    Off,
    /// No initial access token, or one that is not good.
    NoToken,
    InvalidToken,
    /// A person's access token without the scope `grantor:register`.
    InsufficientScope,
    /// Too many bad tokens from one address; seconds to wait.
    TooManyFailures(Seconds),
    /// A budget is used up; seconds to wait.
    OverBudget(Seconds),
    /// There are as many clients as there may be, and none may make room; seconds to wait.
    Full(Seconds),
    /// RFC 7591 §3.2.2.
    Registration(RegistrationRefusal),
}

/// A registration as it came in.
pub struct RegistrationRequest {
    pub submitted: Map<String, Value>,
    /// An initial access token, or a person's access token.
    pub bearer_token: Option<Token>,
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
    /// Whether it waits for an operator.
    pub is_pending: bool,
}

/// May this caller register, is the metadata good, make the secrets, insert. RFC 7591 §3.
pub async fn register(
    means: &Means,
    request: RegistrationRequest,
) -> Result<Registered, Failure<RegisterRefusal>> {
    let now = means.clock.now();
    let admitted = admit(means, &request).await?;
    let is_open = registration_policy::is_open(admitted.source);
    let entrance = Entrance::new(means, admitted.declared, is_open);
    if !entrance.look(means).await? {
        return Err(Failure::Refused(RegisterRefusal::Full(FULL_FOR)));
    }
    if has_us_fetch_too_much(means, &request.submitted, request.origin.address) {
        return Err(Failure::Refused(RegisterRefusal::OverBudget(FETCH_WINDOW)));
    }
    let submission = Submission {
        members: &request.submitted,
        policy: &admitted.held_to,
        door: Door::Client,
        earlier: None,
    };
    let accepted = accept(means, submission)
        .await
        .map_err(|refusal| Failure::Refused(RegisterRefusal::Registration(refusal)))?;
    let made = Made::new(means, accepted.metadata)?;
    let client = NewClient {
        client_id: made.client_id.clone(),
        source: admitted.source,
        metadata: made.metadata.clone(),
        policy: admitted.held_to,
        secret: made.stored_secret(),
        initial_access_token_id: admitted.initial_access_token_id,
        registered_from: request.origin.address.map(|address| address.to_string()),
        user_agent: request.user_agent.map(|agent| agent.chars().take(MAX_USER_AGENT).collect()),
        is_pending: admitted.declared.approval_required,
        verified_by: accepted.verified_by,
        owner_id: admitted.owner_id,
    };
    let is_pending = client.is_pending;
    let write = Write {
        charge: Charge::of_registration(means, &made.metadata, client.initial_access_token_id, now),
        entrance,
        client,
        origin: Origin { actor: admitted.actor.unwrap_or(Actor::Anonymous), ..request.origin },
        token: made.registration_access_token.digest(),
        token_expires_at: registration_token_expiry(means, now),
        now,
    };
    means.database.write(move |conn| write.run(conn)).await?;
    client_pictures::announce(means, &made.client_id).await;
    Ok(Registered { is_pending, ..made.registered(now) })
}

/// Everything that the write of a registration needs, made beforehand.
struct Write {
    charge: Charge,
    entrance: Entrance,
    client: NewClient,
    origin: Origin,
    token: Digest,
    token_expires_at: Option<Seconds>,
    now: Seconds,
}

impl Write {
    /// A refusal gives back what was taken until then: nobody uses up what others have by failing.
    fn run(&self, conn: &mut DbConnection) -> Result<(), Failure<RegisterRefusal>> {
        let now = self.now;
        if !self.charge.pay(conn)? {
            return Err(Failure::Refused(RegisterRefusal::OverBudget(self.charge.wait(now))));
        }
        let token_id = self.client.initial_access_token_id;
        if let Some(id) = token_id
            && !initial_access_tokens::spend(conn, id, now)?
        {
            self.charge.give_back(conn)?;
            return Err(Failure::Refused(RegisterRefusal::InvalidToken));
        }
        let key = clients::insert(conn, &self.client, now)?;
        if !self.entrance.admits(conn, key)? {
            clients::delete(conn, key)?;
            if let Some(id) = token_id {
                initial_access_tokens::give_back(conn, id)?;
            }
            self.charge.give_back(conn)?;
            return Err(Failure::Refused(RegisterRefusal::Full(FULL_FOR)));
        }
        audit_events::record(conn, &registered_event(&self.client, &self.origin), now)?;
        Ok(registration_access_tokens::insert(conn, key, &self.token, now, self.token_expires_at)?)
    }
}

/// What the audit log says of a new client, whoever made it.
#[must_use]
pub fn registered_event<'a>(client: &'a NewClient, origin: &'a Origin) -> Event<'a> {
    let (kind, details) = (EventKind::ClientRegistered, audit::of_new_client(client));
    Event { kind, origin, client_id: Some(&client.client_id), details }
}

/// An operator makes a client: every grant type and scope, and the members that are no client's business.
pub async fn by_operator(
    means: &Means,
    submitted: &Map<String, Value>,
) -> Result<(Registered, NewClient), Failure<RegistrationRefusal>> {
    let everything = ClientPolicy { grant_types: GrantType::ALL.to_vec(), ..ClientPolicy::default() };
    let submission =
        Submission { members: submitted, policy: &everything, door: Door::Operator, earlier: None };
    let accepted = accept(means, submission).await.map_err(Failure::Refused)?;
    let made = Made::new(means, accepted.metadata)?;
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
    client_secret: Option<FreshSecret>,
    registration_access_token: Token,
}

impl Made {
    fn new(means: &Means, metadata: ClientMetadata) -> Result<Self, StorageError> {
        let now = means.clock.now();
        // Never `https://…`, which is a client id metadata document, and never a person's `sub`.
        let client_id = format!("c-{}", means.entropy.identifier());
        let fresh = || {
            let (token, expires_at) = (means.entropy.token(), client_secret_expiry(means, now));
            FreshSecret::new(means, &client_id, token, expires_at)
        };
        Ok(Self {
            client_secret: metadata.needs_secret().then(fresh).transpose()?,
            registration_access_token: means.entropy.token(),
            client_id,
            metadata,
        })
    }

    fn stored_secret(&self) -> Option<StoredSecret> {
        self.client_secret.as_ref().map(|fresh| fresh.stored(&self.metadata))
    }

    fn registered(self, now: Seconds) -> Registered {
        Registered {
            client_id: self.client_id,
            issued_at: now,
            metadata: self.metadata,
            client_secret_expires_at: self.client_secret.as_ref().map(|fresh| fresh.expires_at),
            client_secret: self.client_secret.map(|fresh| fresh.token),
            registration_access_token: self.registration_access_token,
            is_pending: false,
        }
    }
}
