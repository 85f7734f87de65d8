//! What an operator does to a client beside changing it: approve, restore, give it a new secret or registration access token.

use std::time::{Duration, Instant};

use serde::Serialize;
use utoipa::ToSchema;

use super::clients::{ClientDetails, show};
use super::{Administered, Refusal, conflict};
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::approve_client::{self, Approval};
use crate::flow::client_sweep::{self, Due, Pace};
use crate::flow::recover_client;
use crate::flow::restore_client::{self, RestoreRefusal};
use crate::flow::rotate_secret::{self, RotateRefusal};
use crate::flow::{Failure, Means, Origin};
use crate::texts::say;

/// Lets a pending client work.
pub async fn approve(means: &Means, client_id: String, origin: Origin) -> Administered<ClientDetails> {
    let (now, wanted) = (means.clock.now(), client_id.clone());
    let approval = means
        .database
        .write(move |conn| Ok::<_, Failure<Refusal>>(approve_client::approve(conn, &wanted, &origin, now)?))
        .await?;
    match approval {
        Approval::Approved | Approval::UnknownClient => show(means, client_id).await,
        Approval::NotPending => conflict(say("refused-client-not-pending")),
    }
}

/// So many clients are named by a preview; the numbers are of all.
const MOST_NAMED: usize = 1_000;
/// A request waits no longer; the next one goes on.
const LONGEST_SWEEP: Duration = Duration::from_secs(10);

/// The clients that nobody uses, and what became of them.
#[derive(Serialize, ToSchema)]
pub struct Sweep {
    /// `false` = nothing was done yet.
    pub is_done: bool,
    /// `false` = there may be more, for the next request or for the server by itself.
    pub is_complete: bool,
    /// How many were registered and never authorized.
    pub never_used: usize,
    /// How many nobody uses any more.
    pub idle: usize,
    /// Of a preview: the first 1000 that would go.
    pub clients: Vec<Due>,
}

/// What a sweep would remove.
pub async fn preview_sweep(means: &Means) -> Administered<Sweep> {
    let preview = client_sweep::preview(means, MOST_NAMED).await?;
    Ok(Sweep {
        is_done: false,
        is_complete: true,
        never_used: preview.never_used,
        idle: preview.idle,
        clients: preview.clients,
    })
}

/// Removes the clients that nobody uses, as the server does by itself.
pub async fn sweep(means: &Means, origin: &Origin) -> Administered<Sweep> {
    let (begun, mut is_complete) = (Instant::now(), true);
    let swept = client_sweep::sweep_while(means, origin, Pace::BY_HAND, async |_| {
        is_complete = begun.elapsed() < LONGEST_SWEEP;
        Ok(is_complete)
    })
    .await?;
    Ok(Sweep {
        is_done: true,
        is_complete,
        never_used: swept.never_used,
        idle: swept.idle,
        clients: Vec::new(),
    })
}

/// A restored client with its new secrets, this once.
#[derive(Serialize, ToSchema)]
pub struct RestoredClient {
    #[serde(flatten)]
    pub client: ClientDetails,
    pub client_secret: Option<String>,
    pub registration_access_token: Option<String>,
    /// How many consents are back.
    pub consents: usize,
}

/// Undoes the removal of a client.
pub async fn restore(means: &Means, client_id: String, origin: Origin) -> Administered<RestoredClient> {
    let restored = restore_client::restore(means, &client_id, &origin).await.map_err(|failure| {
        refused(failure, |refusal| match refusal {
            RestoreRefusal::NotRestorable => Refusal::NotFound(say("refused-not-restorable")),
            RestoreRefusal::IsThere => Refusal::Conflict(say("refused-client-there")),
            RestoreRefusal::Registration(refusal) => Refusal::Metadata(refusal),
        })
    })?;
    Ok(RestoredClient {
        client: show(means, client_id).await?,
        client_secret: exposed(restored.client_secret),
        registration_access_token: exposed(restored.registration_access_token),
        consents: restored.consents,
    })
}

fn exposed(token: Option<Token>) -> Option<String> {
    token.map(|token| token.expose().to_owned())
}

fn refused<R>(failure: Failure<R>, refusal: impl FnOnce(R) -> Refusal) -> Failure<Refusal> {
    match failure {
        Failure::Refused(reason) => Failure::Refused(refusal(reason)),
        Failure::Broken(error) => Failure::Broken(error),
    }
}

/// A new client secret, this once.
#[derive(Serialize, ToSchema)]
pub struct NewSecret {
    pub client_id: String,
    pub client_secret: String,
    /// 0 = never.
    pub client_secret_expires_at: Seconds,
    /// Until when the one before works; null = it does not.
    pub previous_expires_at: Option<Seconds>,
}

/// Gives a client a new secret; the old one works for the overlap of the settings, or for so many seconds.
pub async fn rotate_secret(
    means: &Means,
    client_id: String,
    overlap: Option<Seconds>,
    origin: Origin,
) -> Administered<NewSecret> {
    let rotated = rotate_secret::rotate(means, &client_id, origin, overlap).await.map_err(|failure| {
        refused(failure, |refusal| match refusal {
            RotateRefusal::Unknown => Refusal::NotFound(say("refused-no-client").with("client", &client_id)),
            RotateRefusal::Public => Refusal::Conflict(say("refused-client-public")),
        })
    })?;
    Ok(NewSecret {
        client_id,
        client_secret: rotated.client_secret.expose().to_owned(),
        client_secret_expires_at: rotated.client_secret_expires_at,
        previous_expires_at: rotated.previous_expires_at,
    })
}

/// A new registration access token, this once.
#[derive(Serialize, ToSchema)]
pub struct NewRegistrationAccessToken {
    pub client_id: String,
    pub registration_access_token: String,
    /// Where it is good. RFC 7592 §3.
    pub registration_client_uri: String,
}

/// Gives a client a new registration access token; all before it are dead.
pub async fn recover(
    means: &Means,
    client_id: String,
    origin: Origin,
) -> Administered<NewRegistrationAccessToken> {
    let nobody = |_| Refusal::NotFound(say("refused-no-registered-client"));
    let registration = recover_client::by_operator(means, &client_id, origin)
        .await
        .map_err(|failure| refused(failure, nobody))?;
    let uri = means.config.issuer.endpoint(&format!("/register/{client_id}"));
    Ok(NewRegistrationAccessToken {
        registration_access_token: registration.registration_access_token.expose().to_owned(),
        registration_client_uri: uri,
        client_id,
    })
}
