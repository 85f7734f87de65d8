//! Revokes a token. RFC 7009.

use super::Means;
use super::authenticate_client::{self, authenticate};
use crate::entropy::Token;
use crate::protocol::client::authentication::PresentedCredentials;
use crate::protocol::token::refusal::TokenRefusal;
use crate::storage::{Failure, access_tokens, grants, refresh_tokens};

/// What the token is to this client.
enum Found {
    Nothing,
    Access,
    Refresh { grant_id: i64 },
}

/// An access token dies alone; a refresh token takes its grant with it, access tokens and all. A token that is unknown or
/// another client's is answered like one that was revoked. RFC 7009 §2.1, §2.2.
pub async fn revoke(
    means: &Means,
    presented: PresentedCredentials,
    token: Token,
) -> Result<(), Failure<TokenRefusal>> {
    let credentials = authenticate_client::verify(means, presented).await?;
    let (now, digest) = (means.clock.now(), token.digest());
    let looked_up = digest.clone();
    let (client_key, found) = means
        .database
        .read(move |conn| {
            let client = authenticate(conn, &credentials, now)?;
            let found = match refresh_tokens::find(conn, &looked_up, now)? {
                Some(refresh) if refresh.grant.client_key == client.key => {
                    Found::Refresh { grant_id: refresh.grant.id }
                }
                Some(_) => Found::Nothing,
                None => match access_tokens::find_live(conn, &looked_up, now)? {
                    Some(access) if access.client_key == client.key => Found::Access,
                    _ => Found::Nothing,
                },
            };
            Ok::<_, Failure<TokenRefusal>>((client.key, found))
        })
        .await?;
    match found {
        Found::Nothing => Ok(()),
        Found::Access => {
            means
                .database
                .write(move |conn| {
                    access_tokens::revoke(conn, &digest, client_key, now)?;
                    Ok(())
                })
                .await
        }
        Found::Refresh { grant_id } => {
            means
                .database
                .write(move |conn| {
                    grants::revoke(conn, grant_id, now)?;
                    Ok(())
                })
                .await
        }
    }
}
