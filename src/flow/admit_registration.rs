//! Who may register a client, and under which policy. RFC 7591 §3.

use super::Means;
use super::attempts::Guess;
use super::budgets::note_bad_token;
use super::register_client::{RegisterRefusal, RegistrationRequest};
use super::registration_policy::{of_token, snapshot};
use crate::clock::Seconds;
use crate::config::RegistrationMode;
use crate::protocol::client::policy::Policy;
use crate::protocol::scope::{REGISTER_SCOPE, Scopes};
use crate::storage::access_tokens::{self, AccessToken};
use crate::storage::audit_events::Actor;
use crate::storage::clients::{ClientPolicy, Source};
use crate::storage::initial_access_tokens::{self, InitialAccessToken};
use crate::storage::{DbConnection, Failure, StorageError};

/// Somebody who may register a client.
pub struct Admitted<'a> {
    pub source: Source,
    /// As the audit log names them, if they are anybody.
    pub actor: Option<Actor>,
    pub initial_access_token_id: Option<i64>,
    /// The person who registers it.
    pub owner_id: Option<i64>,
    /// The policy as it is declared.
    pub declared: &'a Policy,
    /// What the client is held to.
    pub held_to: ClientPolicy,
}

type Admission<T> = Result<T, Failure<RegisterRefusal>>;

enum Presented {
    Initial(InitialAccessToken),
    Access(AccessToken),
    Nothing,
}

/// Lets in by the mode and the token. A token that is sent must be good in every mode. RFC 7591 §3.
pub async fn admit<'a>(means: &'a Means, request: &RegistrationRequest) -> Admission<Admitted<'a>> {
    let registration = &means.config.registration;
    if registration.mode == RegistrationMode::Off {
        return Err(Failure::Refused(RegisterRefusal::Off));
    }
    let Some(token) = &request.bearer_token else {
        if registration.mode != RegistrationMode::Open {
            return Err(Failure::Refused(RegisterRefusal::NoToken));
        }
        return Ok(by_itself(&registration.policy));
    };
    let (digest, now) = (token.digest(), means.clock.now());
    let people_may = registration.mode == RegistrationMode::AuthenticatedUser;
    let work = move |conn: &mut DbConnection| {
        if let Some(token) = initial_access_tokens::find_usable(conn, &digest, now)? {
            return Ok::<_, Failure<RegisterRefusal>>(Presented::Initial(token));
        }
        let access = if people_may { access_tokens::find_live(conn, &digest, now)? } else { None };
        Ok(access.map_or(Presented::Nothing, Presented::Access))
    };
    let admitted = match means.database.read(work).await? {
        Presented::Initial(token) => by_token(means, &token),
        Presented::Access(token) => by_person(means, &token)?,
        Presented::Nothing => None,
    };
    match admitted {
        Some(admitted) => Ok(admitted),
        None => Err(Failure::Refused(refuse_token(means, request).await?)),
    }
}

fn by_itself(policy: &Policy) -> Admitted<'_> {
    Admitted {
        source: Source::Dynamic,
        actor: None,
        initial_access_token_id: None,
        owner_id: None,
        declared: policy,
        held_to: snapshot(policy),
    }
}

fn by_token<'a>(means: &'a Means, token: &InitialAccessToken) -> Option<Admitted<'a>> {
    let Some((declared, held_to)) = of_token(&means.config.registration, token) else {
        tracing::warn!(id = token.id, "an initial access token names a policy that is not declared");
        return None;
    };
    Some(Admitted {
        source: Source::InitialAccessToken,
        actor: Some(Actor::InitialAccessToken(token.id)),
        initial_access_token_id: Some(token.id),
        owner_id: None,
        declared,
        held_to,
    })
}

/// A person's access token for this server itself, with the scope for it. RFC 6750 §3.1.
fn by_person<'a>(means: &'a Means, token: &AccessToken) -> Admission<Option<Admitted<'a>>> {
    let is_for_us = token.audiences.iter().any(|audience| audience == means.config.issuer.as_str());
    let Some(owner_id) = token.user_id.filter(|_| is_for_us) else { return Ok(None) };
    let scopes = Scopes::parse(&token.scopes).map_err(|_| StorageError::Corrupt("access_tokens.scopes"))?;
    if !scopes.contains(REGISTER_SCOPE) {
        return Err(Failure::Refused(RegisterRefusal::InsufficientScope));
    }
    Ok(Some(Admitted {
        source: Source::User,
        actor: Some(Actor::User(token.user_subject.clone().unwrap_or_else(|| token.subject.clone()))),
        owner_id: Some(owner_id),
        ..by_itself(&means.config.registration.policy)
    }))
}

/// A bad token is counted where it came from. A good one is let in all the same: others may share the address.
async fn refuse_token(means: &Means, request: &RegistrationRequest) -> Result<RegisterRefusal, StorageError> {
    let wait: Option<Seconds> =
        note_bad_token(means, Guess::InitialAccessToken, request.origin.address).await?;
    Ok(wait.map_or(RegisterRefusal::InvalidToken, RegisterRefusal::TooManyFailures))
}
