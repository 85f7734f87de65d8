//! Refreshes an access token and rotates the refresh token. RFC 6749 §6, RFC 9700 §4.14.2.

use super::Means;
use super::authenticate_client::{self, AuthenticatedClient, Credentials, authenticate};
use super::issue_tokens::{self, PersonOrder, RefreshRow};
use crate::clock::Seconds;
use crate::entropy::{Digest, Token};
use crate::protocol::client::authentication::PresentedCredentials;
use crate::protocol::client::metadata::GrantType;
use crate::protocol::engine::MACHINE_STOPPED;
use crate::protocol::engine::refresh::{self as engine, PresentedRefresh, Refused};
use crate::protocol::scope::Scopes;
use crate::protocol::token::refusal::{TokenErrorCode, TokenRefusal};
use crate::protocol::token::request::RefreshRequest;
use crate::protocol::token::response::TokenResponse;
use crate::storage::access_tokens::{self, NewAccessToken};
use crate::storage::groups::Membership;
use crate::storage::refresh_tokens::{self, RefreshTokenWithGrant};
use crate::storage::{DbConnection, Failure, StorageError, clients, grants, groups};
use crate::telemetry;

const NOT_GOOD: &str = "refresh_token is unknown, expired, revoked or was issued to another client";
const REUSED: &str = "refresh_token was used before; every token of its grant has been revoked";

/// The token, checked against the client; it is not rotated yet.
struct Checked {
    client: AuthenticatedClient,
    stored: RefreshTokenWithGrant,
    scopes: Scopes,
    membership: Membership,
}

/// Reads and checks, signs, and rotates in one write.
pub async fn refresh(
    means: &Means,
    presented: PresentedCredentials,
    request: RefreshRequest,
) -> Result<TokenResponse, Failure<TokenRefusal>> {
    let credentials = authenticate_client::verify(means, presented).await?;
    let now = means.clock.now();
    let predecessor = Token::presented(request.refresh_token.as_str());
    let digest = predecessor.digest();
    let mut checked = {
        let (digest, request) = (digest.clone(), request.clone());
        means.database.read(move |conn| check(conn, &credentials, &request, &digest, now)).await?
    };
    checked.client.require_of_policy(means, GrantType::RefreshToken).map_err(Failure::Refused)?;
    let lost_since = lost_since(means, now);
    if checked.stored.token.used_at.is_some_and(|used_at| used_at <= lost_since) {
        return Err(reused(means, checked.stored.grant.id, now).await);
    }
    let published = means.published();
    let resources =
        issue_tokens::narrow_resources(&published, &checked.stored.grant.resources, &request.resources)
            .map_err(Failure::Refused)?;
    checked.scopes = issue_tokens::usable_scopes(&published, &checked.client, &checked.scopes, &resources)
        .map_err(Failure::Refused)?;
    let Checked { client, stored, scopes, membership } = &checked;
    if !issue_tokens::is_sure_enough(means, client, &stored.grant, &stored.user, membership, scopes) {
        return Err(Failure::Refused(TokenRefusal::invalid_grant(NOT_GOOD)));
    }
    let successor = issue_tokens::refresh_successor(means, &predecessor);
    let (response, access) = issue_tokens::for_person(
        means,
        &PersonOrder {
            client: &checked.client,
            grant: &checked.stored.grant,
            user: &checked.stored.user,
            groups: &checked.membership.names,
            scopes: &checked.scopes,
            resources: &resources,
            nonce: None,
            refresh_token: Some(&successor),
        },
    )?;
    let rotation = Rotation {
        client_key: checked.client.key,
        grant_id: checked.stored.grant.id,
        predecessor: digest,
        successor: RefreshRow {
            digest: successor.digest(),
            expires_at: issue_tokens::refresh_expiry(means, checked.stored.grant.expires_at),
        },
        access,
        lost_since,
    };
    means.database.write(move |conn| rotate(conn, &rotation, now)).await?;
    means.last_used.note_token(checked.client.key, now);
    issue_tokens::count(&response);
    Ok(response)
}

/// An answer to a rotation after this moment may have been lost. Without a grace none was, even if the clock was set back
/// since, or another server's is ahead. Security statements T12, T13.
fn lost_since(means: &Means, now: Seconds) -> Seconds {
    match means.config.refresh.grace {
        0 => Seconds::MAX,
        grace => now - grace,
    }
}

fn check(
    conn: &mut DbConnection,
    credentials: &Credentials,
    request: &RefreshRequest,
    digest: &Digest,
    now: Seconds,
) -> Result<Checked, Failure<TokenRefusal>> {
    let refuse = || Failure::Refused(TokenRefusal::invalid_grant(NOT_GOOD));
    let client = authenticate(conn, credentials, now)?;
    client.require(GrantType::RefreshToken).map_err(Failure::Refused)?;
    let stored = refresh_tokens::find(conn, digest, now)?.ok_or_else(refuse)?;
    let owner = client.id_of_owner(stored.grant.client_key);
    let scopes = engine::drive(
        &PresentedRefresh {
            client_id: &client.client_id,
            refresh_token: &request.refresh_token,
            scope: request.scope.as_ref().map(ToString::to_string),
        },
        owner,
        &stored.grant.scopes,
    )
    .map_err(|refused| match refused {
        Refused::OtherClient => refuse(),
        Refused::Scope => Failure::Refused(TokenRefusal::new(
            TokenErrorCode::InvalidScope,
            "scope names something that was not granted",
        )),
        Refused::Broken => Failure::Broken(StorageError::Internal(MACHINE_STOPPED.to_owned())),
    })?;
    let stands = stored.grant.revoked_at.is_none()
        && stored.grant.expires_at > now
        && stored.user.disabled_at.is_none()
        && stored.session_goes_on
        && stored.consent_stands
        && groups::may_use(conn, &client, stored.user.id)?;
    let is_alive = stored.token.used_at.is_some() || stored.token.expires_at > now;
    if !(stands && is_alive) {
        return Err(refuse());
    }
    let membership = groups::of_person(conn, stored.user.id)?;
    Ok(Checked { client, stored, scopes, membership })
}

/// Somebody holds a token that was rotated out: the thief or the owner, nobody knows, so the family dies.
async fn reused(means: &Means, grant_id: i64, now: Seconds) -> Failure<TokenRefusal> {
    let revoked = means
        .database
        .write(move |conn| Ok::<_, Failure<TokenRefusal>>(grants::revoke(conn, grant_id, now)?))
        .await;
    telemetry::count_refresh_reuse();
    match revoked {
        Err(failure) => failure,
        Ok(_) => Failure::Refused(TokenRefusal::invalid_grant(REUSED)),
    }
}

struct Rotation {
    client_key: i64,
    grant_id: i64,
    predecessor: Digest,
    successor: RefreshRow,
    access: NewAccessToken,
    lost_since: Seconds,
}

fn rotate(conn: &mut DbConnection, rotation: &Rotation, now: Seconds) -> Result<(), Failure<TokenRefusal>> {
    let Rotation { client_key, grant_id, predecessor, successor, access, lost_since } = rotation;
    if !clients::hold(conn, *client_key)? {
        return Err(Failure::Refused(TokenRefusal::invalid_client()));
    }
    if refresh_tokens::rotate_out(conn, predecessor, now)? {
        refresh_tokens::insert(conn, &successor.digest, *grant_id, now, successor.expires_at)?;
    } else if !refresh_tokens::answer_was_lost(conn, predecessor, &successor.digest, *lost_since)? {
        grants::revoke(conn, *grant_id, now)?;
        telemetry::count_refresh_reuse();
        return Err(Failure::Refused(TokenRefusal::invalid_grant(REUSED)));
    }
    Ok(access_tokens::insert(conn, access)?)
}
