//! Authenticates a client, on the one path for every method. RFC 6749 §2.3, §3.2.1.

use std::net::IpAddr;

use super::Means;
use super::attempts::{Guess, place};
use crate::clock::Seconds;
use crate::entropy::{Digest, Token};
use crate::protocol::client::authentication::PresentedCredentials;
use crate::protocol::client::metadata::{AuthMethod, GrantType};
use crate::protocol::token::refusal::{TokenErrorCode, TokenRefusal};
use crate::storage::clients::{self, Client};
use crate::storage::{DbConnection, Failure};

/// Failures of one client from one place and minute, before 429.
const LIMIT_PER_CLIENT: u32 = 20;
/// Failures from one place and minute, whichever client, before 429.
const LIMIT_PER_PLACE: u32 = 100;

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

/// Looks the client up and holds it to the method and secret that it registered.
pub fn authenticate(
    conn: &mut DbConnection,
    presented: &PresentedCredentials,
    now: Seconds,
) -> Result<AuthenticatedClient, Failure<TokenRefusal>> {
    let refused = || Failure::Refused(TokenRefusal::invalid_client());
    let client = clients::find(conn, &presented.client_id)?;
    let proven = match (&presented.client_secret, client.as_ref().and_then(|client| client.secret.as_ref())) {
        (None, _) => true,
        (Some(secret), Some(stored)) => stored.admits(secret, now),
        (Some(secret), None) => {
            // The same hash as for a client that exists: an unknown one is no faster to refuse.
            let _ = Digest::is_of(&secret.digest(), &Token::presented(""));
            false
        }
    };
    let client = client.ok_or_else(refused)?;
    // The registered method, exactly: a secret in the other place is no proof, and none is no proof where one is due.
    if !proven || client.metadata.token_endpoint_auth_method != presented.method || client.is_disabled() {
        return Err(refused());
    }
    Ok(AuthenticatedClient(client))
}

/// Refuses callers that have failed too often, before anything is looked up.
pub fn check_attempts(
    means: &Means,
    presented: &PresentedCredentials,
    from: Option<IpAddr>,
) -> Result<(), TokenRefusal> {
    if presented.method == AuthMethod::None || means.attempts.are_none() {
        return Ok(());
    }
    let (now, place) = (means.clock.now(), place(from));
    let wait = means.attempts.wait(Guess::ClientSecret, &place, LIMIT_PER_PLACE, now).or_else(|| {
        let per_client = per_client(&place, presented);
        means.attempts.wait(Guess::ClientSecret, &per_client, LIMIT_PER_CLIENT, now)
    });
    wait.map_or(Ok(()), |seconds| Err(TokenRefusal::slow_down(seconds)))
}

/// Counts a wrong secret. Where none was presented, none was guessed.
pub fn note_failure(means: &Means, presented: &PresentedCredentials, from: Option<IpAddr>) {
    if presented.method == AuthMethod::None {
        return;
    }
    let (now, place) = (means.clock.now(), place(from));
    means.attempts.failed(Guess::ClientSecret, &per_client(&place, presented), now);
    means.attempts.failed(Guess::ClientSecret, &place, now);
}

/// The `client_id` is whatever the caller wrote, up to the size of a body, and is kept for a minute: as its digest.
fn per_client(place: &str, presented: &PresentedCredentials) -> String {
    let digest = Token::presented(presented.client_id.as_str()).digest();
    digest.as_bytes().iter().take(8).fold(format!("{place} "), |key, byte| format!("{key}{byte:02x}"))
}
