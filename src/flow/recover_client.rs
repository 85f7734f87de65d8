//! A lost registration access token is replaced: by an operator, or by the client, which proves that it is the client.
//! Not part of RFC 7592; `docs/registration.md` describes the extension.

use serde_json::json;

use super::Means;
use super::attempts::{Guess, place};
use super::authenticate_client::{Credentials, check_attempts, note_failure, prove};
use super::budgets::note_bad_token;
use super::client_keys::{self, KeySource};
use super::manage_client::Registration;
use super::register_client::registration_token_expiry;
use crate::clock::Seconds;
use crate::entropy::{Digest, Token};
use crate::protocol::bearer::BearerRefusal;
use crate::protocol::client::assertion::{AssertionId, AssertionRules, check_claims, check_header};
use crate::protocol::client::authentication::{PresentedCredentials, PresentedProof};
use crate::protocol::jwt;
use crate::protocol::token::refusal::TokenRefusal;
use crate::storage::audit_events::{self, Event, EventKind, Origin};
use crate::storage::clients::{self, Client, Source};
use crate::storage::{DbConnection, Failure, registration_access_tokens, spent_assertions};

/// Below the configuration endpoint of a client: where it gets a new token. An extension to RFC 7592.
pub const RECOVERY: &str = "registration-access-token";

/// Why an operator gets no new token for a client: it is not there, or its document alone speaks for it. RFC 7592 §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchClient;

/// A recovery by an operator, made ready before its transaction. RFC 7592 §3.
pub struct OperatorRecovery {
    client_id: String,
    issue: Issue,
}

impl OperatorRecovery {
    /// A new registration access token for this client. RFC 7592 §3.
    #[must_use]
    pub fn new(means: &Means, client_id: &str, origin: Origin) -> Self {
        Self { client_id: client_id.to_owned(), issue: Issue::new(means, "operator", origin) }
    }

    /// Ends every token of the client and stores the new one: shown once. RFC 7592 §3.
    pub fn run(&self, conn: &mut DbConnection) -> Result<Registration, Failure<NoSuchClient>> {
        let unknown = || Failure::Refused(NoSuchClient);
        let key = clients::find(conn, &self.client_id)?.ok_or_else(unknown)?.key;
        let client = clients::lock(conn, key)?.filter(manages_itself).ok_or_else(unknown)?;
        Ok(self.issue.run(conn, client)?)
    }
}

/// An operator gives a client a new registration access token; all before it are dead. RFC 7592 §3.
pub async fn by_operator(
    means: &Means,
    client_id: &str,
    origin: Origin,
) -> Result<Registration, Failure<NoSuchClient>> {
    let recovery = OperatorRecovery::new(means, client_id, origin);
    means.database.write(move |conn| recovery.run(conn)).await
}

/// How a client proves that it is the client. RFC 7523 §2.2, RFC 6749 §2.3.1.
pub enum Proof {
    /// A JWT that is signed with a key that the client registered.
    Assertion(String),
    /// The client secret, by the registered method.
    Secret(PresentedCredentials),
}

/// Who lost a token, as far as is known before the proof is looked at.
pub struct Claimant {
    pub client_id: String,
    pub proof: Proof,
    pub origin: Origin,
}

/// Why a client gets no new token. An extension to RFC 7592.
#[derive(Debug)]
pub enum RecoverRefusal {
    /// One answer for every proof that is not good, and for every client that is not there.
    Client(TokenRefusal),
    /// The client is disabled, as its proof allows it to know.
    Bearer(BearerRefusal),
}

impl From<TokenRefusal> for RecoverRefusal {
    fn from(refusal: TokenRefusal) -> Self {
        Self::Client(refusal)
    }
}

type Recovered<T> = Result<T, Failure<RecoverRefusal>>;

fn unproven() -> Failure<RecoverRefusal> {
    Failure::Refused(TokenRefusal::invalid_client().into())
}

/// The client gets a new registration access token for its proof; all before it are dead. An extension to RFC 7592.
pub async fn by_client(means: &Means, claimant: Claimant) -> Recovered<Registration> {
    let (now, from) = (means.clock.now(), claimant.origin.address);
    let limit = means.config.registration.failures_per_minute;
    // Every attempt at one client counts, good ones too; for all clients together, only failures do, on all servers.
    let here = at_client(&place(from), &claimant.client_id);
    if let Some(wait) = means.attempts.wait(Guess::Recovery, &here, limit, now) {
        return Err(Failure::Refused(TokenRefusal::slow_down(wait).into()));
    }
    means.attempts.failed(Guess::Recovery, &here, now);
    let outcome = prove_and_issue(means, claimant).await;
    if let Err(Failure::Refused(RecoverRefusal::Client(refusal))) = &outcome
        && refusal.retry_after.is_none()
        && let Some(wait) = note_bad_token(means, Guess::Recovery, from).await?
    {
        return Err(Failure::Refused(TokenRefusal::slow_down(wait).into()));
    }
    outcome
}

/// What a client id metadata document says is changed there and nowhere else: with a token, the client could have a secret and
/// whatever else is no document's to say. draft-ietf-oauth-client-id-metadata-document §4.1.
fn manages_itself(client: &Client) -> bool {
    client.source != Source::Document
}

/// The id is whatever the caller wrote, and is kept for a minute: as its digest.
fn at_client(place: &str, client_id: &str) -> String {
    let digest = Token::presented(client_id).digest();
    digest.as_bytes().iter().take(8).fold(format!("{place} "), |key, byte| format!("{key}{byte:02x}"))
}

async fn prove_and_issue(means: &Means, claimant: Claimant) -> Recovered<Registration> {
    let Claimant { client_id, proof, origin } = claimant;
    let (client, proven) = match proof {
        Proof::Assertion(assertion) => by_assertion(means, client_id, &assertion).await?,
        Proof::Secret(presented) => by_secret(means, client_id, presented, &origin).await?,
    };
    let issue = Issue::new(means, proven.method(), origin);
    let key = client.key;
    means
        .database
        .write(move |conn| {
            let client = clients::lock(conn, key)?.ok_or_else(unproven)?;
            if client.is_disabled() {
                return Err(Failure::Refused(RecoverRefusal::Bearer(BearerRefusal::Disabled)));
            }
            if !proven.holds(conn, &client, issue.now)? {
                return Err(unproven());
            }
            Ok(issue.run(conn, client)?)
        })
        .await
}

/// What was proven, and what it stands on: looked at again where it counts.
enum Proven {
    Assertion { id: AssertionId, keys: KeySource },
    Secret(Token),
}

impl Proven {
    fn method(&self) -> &'static str {
        match self {
            Self::Assertion { .. } => "assertion",
            Self::Secret(_) => "client_secret",
        }
    }

    fn holds(&self, conn: &mut DbConnection, client: &Client, now: Seconds) -> Recovered<bool> {
        Ok(match self {
            Self::Assertion { id, keys } => {
                KeySource::of(&client.metadata).as_ref() == Some(keys)
                    && spent_assertions::spend(conn, client.key, &id.digest, id.spent_until)?
            }
            Self::Secret(secret) => Client::admits(Some(client), secret, now),
        })
    }
}

async fn by_assertion(means: &Means, client_id: String, assertion: &str) -> Recovered<(Client, Proven)> {
    // Everything that needs no key comes first: nobody makes us fetch anything by a text that cannot be good.
    let header = jwt::header(assertion).map_err(|_| unproven())?;
    let claims = jwt::unverified_claims(assertion).map_err(|_| unproven())?;
    let endpoint = means.config.issuer.endpoint(&format!("/register/{client_id}/{RECOVERY}"));
    check_header(&header).map_err(|_| unproven())?;
    let rules =
        AssertionRules { audiences: &[&endpoint], longest_life: means.config.client_assertions.max_lifetime };
    let id = check_claims(&claims, &client_id, rules, means.clock.now()).map_err(|_| unproven())?;
    let found = means
        .database
        .read(move |conn| Ok::<_, Failure<RecoverRefusal>>(clients::find(conn, &client_id)?))
        .await?;
    let client = found.filter(manages_itself).ok_or_else(unproven)?;
    let keys = KeySource::of(&client.metadata).ok_or_else(unproven)?;
    client_keys::verify(means, &client, assertion).await.map_err(|failure| match failure {
        Failure::Refused(_) => unproven(),
        Failure::Broken(error) => Failure::Broken(error),
    })?;
    Ok((client, Proven::Assertion { id, keys }))
}

async fn by_secret(
    means: &Means,
    client_id: String,
    presented: PresentedCredentials,
    origin: &Origin,
) -> Recovered<(Client, Proven)> {
    let PresentedProof::Secret(secret) = presented.proof.clone() else { return Err(unproven()) };
    if !means.config.registration.recovery_by_secret || presented.client_id != client_id {
        return Err(unproven());
    }
    let refused = |refusal: TokenRefusal| Failure::Refused(refusal.into());
    check_attempts(means, &presented, origin.address).map_err(refused)?;
    let (attempt, now) = (presented.clone(), means.clock.now());
    let presented = Credentials::without_assertion(presented);
    let proven = means
        .database
        .read(move |conn| Ok::<_, Failure<RecoverRefusal>>(prove(conn, &presented, now)?))
        .await?;
    match proven {
        Some(client) => Ok((client, Proven::Secret(secret))),
        None => Err(note_failure(means, &attempt, origin.address).map_or_else(unproven, refused)),
    }
}

/// A new token, about to take the place of all others.
struct Issue {
    token: Token,
    digest: Digest,
    expires_at: Option<Seconds>,
    by: &'static str,
    origin: Origin,
    now: Seconds,
}

impl Issue {
    fn new(means: &Means, by: &'static str, origin: Origin) -> Self {
        let (token, now) = (means.entropy.token(), means.clock.now());
        let expires_at = registration_token_expiry(means, now);
        Self { digest: token.digest(), token, expires_at, by, origin, now }
    }

    fn run(
        &self,
        conn: &mut DbConnection,
        client: Client,
    ) -> Result<Registration, crate::storage::StorageError> {
        registration_access_tokens::end_all(conn, client.key, self.now)?;
        registration_access_tokens::insert(conn, client.key, &self.digest, self.now, self.expires_at)?;
        let event = Event {
            kind: EventKind::RegistrationAccessTokenRecovered,
            origin: &self.origin,
            client_id: Some(&client.client_id),
            details: json!({ "by": self.by }),
        };
        audit_events::record(conn, &event, self.now)?;
        Ok(Registration { client, client_secret: None, registration_access_token: self.token.clone() })
    }
}
