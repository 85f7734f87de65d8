//! A client gets a token for itself. RFC 6749 §4.4.

use super::Means;
use super::authenticate_client::{self, AuthenticatedClient, authenticate};
use super::issue_tokens::{self, MintedAccessToken, Order};
use crate::protocol::authorization::request::{negotiate, scopes_of};
use crate::protocol::client::authentication::PresentedCredentials;
use crate::protocol::client::metadata::GrantType;
use crate::protocol::engine::MACHINE_STOPPED;
use crate::protocol::engine::client_credentials::{self as engine, Refused};
use crate::protocol::resource;
use crate::protocol::scope::{Scopes, built_in_scopes};
use crate::protocol::token::refusal::{TokenErrorCode, TokenRefusal};
use crate::protocol::token::request::ClientCredentialsRequest;
use crate::protocol::token::response::TokenResponse;
use crate::storage::{Failure, StorageError, access_tokens, clients};
use crate::telemetry::{self, TokenKind};

/// Reads and checks, signs, and writes the token's row.
pub async fn issue(
    means: &Means,
    presented: PresentedCredentials,
    request: ClientCredentialsRequest,
) -> Result<TokenResponse, Failure<TokenRefusal>> {
    let credentials = authenticate_client::verify(means, presented).await?;
    let now = means.clock.now();
    let client = means.database.read(move |conn| authenticate(conn, &credentials, now)).await?;
    client.require(GrantType::ClientCredentials).map_err(Failure::Refused)?;
    client.require_of_policy(means, GrantType::ClientCredentials).map_err(Failure::Refused)?;
    let (scopes, resources) = grantable(means, &client, &request)?;
    let MintedAccessToken { token, row, lifetime } = issue_tokens::access_token(
        means,
        &Order {
            client: &client,
            grant_id: None,
            subject: &client.client_id,
            scopes: &scopes,
            resources: &resources,
            authenticated_at: None,
        },
    )?;
    let client_key = client.key;
    means
        .database
        .write(move |conn| {
            if clients::hold(conn, client_key)? {
                Ok(access_tokens::insert(conn, &row)?)
            } else {
                Err(Failure::Refused(TokenRefusal::invalid_client()))
            }
        })
        .await?;
    means.last_used.note_token(client_key, now);
    telemetry::count_token(TokenKind::AccessToken);
    Ok(TokenResponse {
        access_token: token.expose().to_owned(),
        token_type: "Bearer",
        expires_in: lifetime,
        refresh_token: None,
        id_token: None,
        scope: scopes.to_string(),
    })
}

fn grantable(
    means: &Means,
    client: &AuthenticatedClient,
    request: &ClientCredentialsRequest,
) -> Result<(Scopes, Vec<String>), Failure<TokenRefusal>> {
    let published = means.published();
    let resources = resource::resolve(request.resources.iter().map(String::as_str), &published.resources)
        .map_err(|fault| Failure::Refused(TokenRefusal::new(TokenErrorCode::InvalidTarget, fault.0)))?;
    // No person, no claims about one.
    let about_a_person: Scopes = built_in_scopes().into_iter().map(|scope| scope.name).collect();
    let usable: Scopes = published
        .usable_scopes(client)
        .iter()
        .filter(|name| !about_a_person.contains(name))
        .map(str::to_owned)
        .collect();
    let scopes = engine::drive(&client.client_id, request.scope.as_ref(), |requested| {
        negotiate(requested, &usable, scopes_of(&resources).as_ref(), &published.default_scope)
    })
    .map_err(|refused| match refused {
        Refused::Scope(text) => Failure::Refused(TokenRefusal::new(TokenErrorCode::InvalidScope, text)),
        Refused::Broken => Failure::Broken(StorageError::Internal(MACHINE_STOPPED.to_owned())),
    })?;
    Ok((scopes, resources.iter().map(|resource| resource.identifier.clone()).collect()))
}
