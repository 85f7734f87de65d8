//! Tells an entitled caller what a token is. RFC 7662.

use super::authenticate_client::{self, AuthenticatedClient, authenticate};
use super::settings::Published;
use super::{DerivedKeys, Means, subjects};
use crate::entropy::Token;
use crate::protocol::client::authentication::PresentedCredentials;
use crate::protocol::introspection::Introspection;
use crate::protocol::token::refusal::TokenRefusal;
use crate::storage::access_tokens::AccessToken;
use crate::storage::refresh_tokens::RefreshTokenWithGrant;
use crate::storage::{DbConnection, Failure, access_tokens, refresh_tokens};

/// One look by digest: no signature is verified. A caller that is not entitled learns nothing. RFC 7662 §2.2, §4.
pub async fn introspect(
    means: &Means,
    presented: PresentedCredentials,
    token: Token,
) -> Result<Introspection, Failure<TokenRefusal>> {
    let credentials = authenticate_client::verify(means, presented).await?;
    let (now, published) = (means.clock.now(), means.published());
    let (issuer, derived) = (means.config.issuer.as_str().to_owned(), means.derived.clone());
    means
        .database
        .read(move |conn| {
            let caller = authenticate(conn, &credentials, now)?;
            if caller.metadata.is_public() {
                // Anybody can say a public client's id: that is no protection against scanning. RFC 7662 §2.1.
                return Err(Failure::Refused(TokenRefusal::invalid_client()));
            }
            let digest = token.digest();
            if let Some(access) = access_tokens::find_live(conn, &digest, now)? {
                let entitled = access.client_key == caller.key || serves(&published, &caller, &access);
                return Ok(if entitled { active(access, issuer) } else { Introspection::inactive() });
            }
            refresh(conn, &caller, &digest, &derived, now, issuer)
        })
        .await
}

/// Whether the caller is a resource server that the token is for.
fn serves(published: &Published, caller: &AuthenticatedClient, access: &AccessToken) -> bool {
    access.audiences.iter().any(|identifier| {
        published
            .resource(identifier)
            .is_some_and(|resource| resource.introspection_clients.contains(&caller.client_id))
    })
}

/// A pairwise `sub` would be of no use beside the sign-in name. OpenID Connect Core §8.
fn active(access: AccessToken, issuer: String) -> Introspection {
    let is_public = access.user_subject.as_deref() == Some(access.subject.as_str());
    Introspection {
        active: true,
        iss: Some(issuer),
        sub: Some(access.subject),
        client_id: Some(access.client_id),
        username: access.user_name.filter(|_| is_public),
        scope: Some(access.scopes).filter(|scopes| !scopes.is_empty()),
        aud: Some(access.audiences),
        iat: Some(access.issued_at),
        exp: Some(access.expires_at),
        jti: Some(access.token_id),
        token_type: Some("Bearer"),
    }
}

/// A refresh token is its owner's business alone.
fn refresh(
    conn: &mut DbConnection,
    caller: &AuthenticatedClient,
    digest: &crate::entropy::Digest,
    derived: &DerivedKeys,
    now: crate::clock::Seconds,
    issuer: String,
) -> Result<Introspection, Failure<TokenRefusal>> {
    let found = refresh_tokens::find(conn, digest, now)?;
    let Some(RefreshTokenWithGrant { token, grant, user, session_goes_on, consent_stands }) = found else {
        return Ok(Introspection::inactive());
    };
    let is_alive = token.used_at.is_none()
        && token.expires_at > now
        && grant.revoked_at.is_none()
        && user.disabled_at.is_none()
        && session_goes_on
        && consent_stands;
    if grant.client_key != caller.key || !is_alive {
        return Ok(Introspection::inactive());
    }
    let subject = subjects::of(derived, &caller.metadata, &user.subject);
    Ok(Introspection {
        active: true,
        iss: Some(issuer),
        username: Some(user.name).filter(|_| subject == user.subject),
        sub: Some(subject),
        client_id: Some(caller.client_id.clone()),
        scope: Some(grant.scopes.to_string()).filter(|scopes| !scopes.is_empty()),
        exp: Some(token.expires_at),
        ..Introspection::inactive()
    })
}
