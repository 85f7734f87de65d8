//! Authenticates a client, on the one path for every method. RFC 6749 §2.3, §3.2.1.

use std::net::IpAddr;

use super::Means;
use super::attempts::{Guess, place};
use super::client_assertion::{self, ProvenAssertion};
use super::registration_policy::allows_grant;
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::protocol::client::authentication::{PresentedCredentials, PresentedProof};
use crate::protocol::client::metadata::{AuthMethod, GrantType};
use crate::protocol::token::refusal::{TokenErrorCode, TokenRefusal};
use crate::storage::clients::{self, Client};
use crate::storage::{DbConnection, Failure, StorageError};

/// Failures of one client from one place and minute: then its secret is not looked at from there for the rest of it.
const LIMIT_HERE: u32 = 20;
/// Failures from one place, or of one client from anywhere, in a minute: then further failures are a 429. Who presents
/// the right secret is still let in: a stranger behind the same proxy must not lock everybody out.
const LIMIT_PER_PLACE: u32 = 100;
const LIMIT_PER_CLIENT: u32 = 200;

/// A client that proved who it is, as far as its registered method can. Only [`authenticate`] makes one.
#[derive(Clone)]
pub struct AuthenticatedClient(Client);

impl AuthenticatedClient {
    /// Refuses a grant type that the client did not register. RFC 6749 §5.2.
    pub fn require(&self, grant_type: GrantType) -> Result<(), TokenRefusal> {
        if self.0.metadata.allows(grant_type) {
            return Ok(());
        }
        let text = format!("the client did not register the grant type {}", grant_type.as_str());
        Err(TokenRefusal::new(TokenErrorCode::UnauthorizedClient, text))
    }

    /// Refuses a grant type that today's policy of open registration takes from clients that came by it. RFC 6749 §5.2.
    pub fn require_of_policy(&self, means: &Means, grant_type: GrantType) -> Result<(), TokenRefusal> {
        if allows_grant(means, &self.0, grant_type) {
            return Ok(());
        }
        let text = format!("the client may not use the grant type {} any more", grant_type.as_str());
        Err(TokenRefusal::new(TokenErrorCode::UnauthorizedClient, text))
    }

    /// The id of the client that owns something, as far as this one may know it: its own, or one that no client has.
    #[must_use]
    pub fn id_of_owner(&self, client_key: i64) -> &str {
        if client_key == self.0.key { &self.0.client_id } else { "another client" }
    }
}

impl std::ops::Deref for AuthenticatedClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

/// Credentials, and what is verified of them: an assertion is, and its id spent. What a secret proves turns out with the client's
/// row.
#[derive(Clone)]
pub struct Credentials {
    presented: PresentedCredentials,
    assertion: Option<ProvenAssertion>,
}

impl Credentials {
    /// Of which an assertion, if they are one, proves nothing. RFC 6749 §2.3.
    #[must_use]
    pub fn without_assertion(presented: PresentedCredentials) -> Self {
        Self { presented, assertion: None }
    }
}

/// Verifies an assertion, which may need a fetch and spends its id; whatever else was presented is left as it is. RFC 7523 §3.
pub async fn verify(
    means: &Means,
    presented: PresentedCredentials,
) -> Result<Credentials, Failure<TokenRefusal>> {
    let assertion = match &presented.proof {
        PresentedProof::Assertion(assertion) => {
            Some(client_assertion::prove(means, &presented, assertion).await?)
        }
        PresentedProof::Nothing | PresentedProof::Secret(_) => None,
    };
    Ok(Credentials { presented, assertion })
}

/// Looks the client up and holds it to the method and secret that it registered.
pub fn authenticate(
    conn: &mut DbConnection,
    credentials: &Credentials,
    now: Seconds,
) -> Result<AuthenticatedClient, Failure<TokenRefusal>> {
    let proven = prove(conn, credentials, now)?;
    let client = proven.ok_or_else(|| Failure::Refused(TokenRefusal::invalid_client()))?;
    may_act(&client).map_err(Failure::Refused)?;
    Ok(AuthenticatedClient(client))
}

/// What keeps a client from acting that proved who it is.
pub(super) fn may_act(client: &Client) -> Result<(), TokenRefusal> {
    if client.is_disabled() {
        return Err(TokenRefusal::invalid_client());
    }
    if client.is_pending() {
        return Err(TokenRefusal::new(
            TokenErrorCode::UnauthorizedClient,
            "an operator of this server has still to approve the client",
        ));
    }
    Ok(())
}

/// The client that proved who it is, disabled or not. RFC 6749 §2.3.
pub fn prove(
    conn: &mut DbConnection,
    credentials: &Credentials,
    now: Seconds,
) -> Result<Option<Client>, StorageError> {
    let presented = &credentials.presented;
    let client = clients::find(conn, &presented.client_id)?;
    // The same hashes as for a client that exists: an unknown one is no faster to refuse.
    let proven = match (&presented.proof, &credentials.assertion) {
        (PresentedProof::Nothing, _) => true,
        (PresentedProof::Secret(secret), _) => Client::admits(client.as_ref(), secret, now),
        (PresentedProof::Assertion(_), proven) => proven
            .as_ref()
            .zip(client.as_ref())
            .is_some_and(|(assertion, client)| assertion.holds(client, now)),
    };
    // The registered method, exactly: a secret in the other place is no proof, and none is no proof where one is due.
    Ok(client.filter(|client| proven && client.metadata.token_endpoint_auth_method == presented.method))
}

/// Refuses a caller that has failed too often with this client, before anything is looked up.
pub fn check_attempts(
    means: &Means,
    presented: &PresentedCredentials,
    from: Option<IpAddr>,
) -> Result<(), TokenRefusal> {
    if presented.method == AuthMethod::None || means.attempts.are_none() {
        return Ok(());
    }
    let here = per_client(&place(from), presented);
    let wait = means.attempts.wait(Guess::ClientSecret, &here, LIMIT_HERE, means.clock.now());
    wait.map_or(Ok(()), |seconds| Err(TokenRefusal::slow_down(seconds)))
}

/// Counts a wrong secret; the refusal to answer with instead, if there were too many. Where none was presented, none was
/// guessed.
#[must_use]
pub fn note_failure(
    means: &Means,
    presented: &PresentedCredentials,
    from: Option<IpAddr>,
) -> Option<TokenRefusal> {
    if presented.method == AuthMethod::None {
        return None;
    }
    let (now, place) = (means.clock.now(), place(from));
    let anywhere = per_client("anywhere", presented);
    means.attempts.failed(Guess::ClientSecret, &per_client(&place, presented), now);
    let limits = [(place, LIMIT_PER_PLACE), (anywhere, LIMIT_PER_CLIENT)];
    let waits = limits.iter().filter_map(|(key, limit)| {
        let wait = means.attempts.wait(Guess::ClientSecret, key, *limit, now);
        means.attempts.failed(Guess::ClientSecret, key, now);
        wait
    });
    waits.max().map(TokenRefusal::slow_down)
}

/// The `client_id` is whatever the caller wrote, up to the size of a body, and is kept for a minute: as its digest.
fn per_client(place: &str, presented: &PresentedCredentials) -> String {
    let digest = Token::presented(presented.client_id.as_str()).digest();
    digest.as_bytes().iter().take(8).fold(format!("{place} "), |key, byte| format!("{key}{byte:02x}"))
}
