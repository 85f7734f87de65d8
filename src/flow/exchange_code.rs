//! Exchanges an authorization code for tokens. RFC 6749 §4.1.3, OpenID Connect Core §3.1.3.

use super::Means;
use super::authenticate_client::{self, AuthenticatedClient, Credentials, authenticate};
use super::issue_tokens::{self, PersonOrder, RefreshRow};
use crate::clock::Seconds;
use crate::entropy::{Digest, Token};
use crate::protocol::client::authentication::PresentedCredentials;
use crate::protocol::client::metadata::GrantType;
use crate::protocol::engine::MACHINE_STOPPED;
use crate::protocol::engine::code_exchange::{self, PresentedCode, Refused, StoredCode};
use crate::protocol::scope::Scopes;
use crate::protocol::token::refusal::TokenRefusal;
use crate::protocol::token::request::CodeExchange;
use crate::protocol::token::response::TokenResponse;
use crate::storage::authorization_codes::{self, CodeWithGrant};
use crate::storage::groups::Membership;
use crate::storage::{
    DbConnection, Failure, StorageError, access_tokens, clients, grants, groups, refresh_tokens,
};
use crate::telemetry;

const NOT_GOOD: &str = "code is unknown, expired or was issued to another client";

/// The code, checked against the client; it is not spent yet.
struct Checked {
    client: AuthenticatedClient,
    stored: CodeWithGrant,
    scopes: Scopes,
    membership: Membership,
}

/// Reads and checks, signs, and spends the code in one write.
pub async fn exchange(
    means: &Means,
    presented: PresentedCredentials,
    request: CodeExchange,
) -> Result<TokenResponse, Failure<TokenRefusal>> {
    let credentials = authenticate_client::verify(means, presented).await?;
    let now = means.clock.now();
    let digest = Token::presented(request.code.as_str()).digest();
    let mut checked = {
        let (digest, request) = (digest.clone(), request.clone());
        means.database.read(move |conn| check(conn, &credentials, &request, &digest, now)).await?
    };
    checked.client.require_of_policy(means, GrantType::AuthorizationCode).map_err(Failure::Refused)?;
    if checked.stored.code.used_at.is_some() {
        return Err(replayed(means, checked.stored.grant.id, now).await);
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
    let (response, rows) = mint(means, &checked, &resources)?;
    spend(means, &checked, digest, rows, now).await?;
    means.last_used.note_token(checked.client.key, now);
    issue_tokens::count(&response);
    Ok(response)
}

fn check(
    conn: &mut DbConnection,
    credentials: &Credentials,
    request: &CodeExchange,
    digest: &Digest,
    now: Seconds,
) -> Result<Checked, Failure<TokenRefusal>> {
    let refuse = |text: &'static str| Failure::Refused(TokenRefusal::invalid_grant(text));
    let client = authenticate(conn, credentials, now)?;
    client.require(GrantType::AuthorizationCode).map_err(Failure::Refused)?;
    let stored = authorization_codes::find(conn, digest, now)?.ok_or_else(|| refuse(NOT_GOOD))?;
    let owner = client.id_of_owner(stored.grant.client_key);
    // As strings, RFC 9700 §4.1.3. A request may leave it out, OAuth 2.1 §10.2, but not send another one.
    if let Some(sent) = &request.redirect_uri
        && *sent != stored.code.redirect_uri
    {
        return Err(refuse("redirect_uri is not the one of the authorization request"));
    }
    let scopes = code_exchange::drive(
        &PresentedCode {
            client_id: &client.client_id,
            code: &request.code,
            code_verifier: request.code_verifier.as_deref(),
        },
        &StoredCode {
            client_id: owner,
            scopes: &stored.grant.scopes,
            code_challenge: stored.code.code_challenge.as_deref(),
        },
    )
    .map_err(|refused| match refused {
        Refused::OtherClient => refuse(NOT_GOOD),
        Refused::CodeVerifier => refuse("code_verifier does not belong to the code_challenge of the request"),
        Refused::Broken => Failure::Broken(StorageError::Internal(MACHINE_STOPPED.to_owned())),
    })?;
    // A spent code goes on to its revocation: the caller has shown everything that a rightful owner can.
    let is_usable = stored.code.expires_at > now
        && stored.grant.revoked_at.is_none()
        && stored.user.disabled_at.is_none()
        && stored.session_goes_on
        && groups::may_use(conn, &client, stored.user.id)?;
    if !is_usable && stored.code.used_at.is_none() {
        return Err(refuse(NOT_GOOD));
    }
    let membership = groups::of_person(conn, stored.user.id)?;
    Ok(Checked { client, stored, scopes, membership })
}

/// A valid second use of a code takes the whole grant with it. RFC 6749 §4.1.2, OAuth 2.1 §7.5.2.
async fn replayed(means: &Means, grant_id: i64, now: Seconds) -> Failure<TokenRefusal> {
    let revoked = means
        .database
        .write(move |conn| Ok::<_, Failure<TokenRefusal>>(grants::revoke(conn, grant_id, now)?))
        .await;
    telemetry::count_code_replay();
    match revoked {
        Err(failure) => failure,
        Ok(_) => Failure::Refused(TokenRefusal::invalid_grant(
            "code was used before; every token that came from it has been revoked",
        )),
    }
}

#[derive(Clone)]
struct Rows {
    access: access_tokens::NewAccessToken,
    refresh: Option<RefreshRow>,
}

fn mint(
    means: &Means,
    checked: &Checked,
    resources: &[String],
) -> Result<(TokenResponse, Rows), Failure<TokenRefusal>> {
    let Checked { client, stored, scopes, membership } = checked;
    let refresh_token = client.metadata.allows(GrantType::RefreshToken).then(|| means.entropy.token());
    let (response, access) = issue_tokens::for_person(
        means,
        &PersonOrder {
            client,
            grant: &stored.grant,
            user: &stored.user,
            groups: &membership.names,
            scopes,
            resources,
            nonce: stored.grant.nonce.as_deref(),
            refresh_token: refresh_token.as_ref(),
        },
    )?;
    let refresh = refresh_token.map(|token| RefreshRow {
        digest: token.digest(),
        expires_at: issue_tokens::refresh_expiry(means, stored.grant.expires_at),
    });
    Ok((response, Rows { access, refresh }))
}

async fn spend(
    means: &Means,
    checked: &Checked,
    digest: Digest,
    rows: Rows,
    now: Seconds,
) -> Result<(), Failure<TokenRefusal>> {
    let (client_key, grant_id) = (checked.client.key, checked.stored.grant.id);
    means
        .database
        .write(move |conn| {
            if !clients::hold(conn, client_key)? {
                return Err(Failure::Refused(TokenRefusal::invalid_client()));
            }
            if !authorization_codes::spend(conn, &digest, now)? {
                // Somebody else was faster with the same code and the same proofs: that is a replay as well.
                grants::revoke(conn, grant_id, now)?;
                return Err(Failure::Refused(TokenRefusal::invalid_grant(
                    "code was used before; every token that came from it has been revoked",
                )));
            }
            access_tokens::insert(conn, &rows.access)?;
            if let Some(refresh) = &rows.refresh {
                refresh_tokens::insert(conn, &refresh.digest, grant_id, now, refresh.expires_at)?;
            }
            Ok(())
        })
        .await
}
