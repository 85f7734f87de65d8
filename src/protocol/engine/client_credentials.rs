//! Drives `oxide_auth::code_grant::client_credentials`. RFC 6749 §4.4.

use std::borrow::Cow;

use oxide_auth::code_grant::client_credentials::{ClientCredentials, Input, Output, Request};
use oxide_auth::primitives::grant::Extensions;
use oxide_auth::primitives::registrar::{BoundClient, ExactUrl, PreGrant, RegisteredUrl};

use super::{PLACEHOLDER_URI, from_engine, to_engine};
use crate::protocol::scope::Scopes;

/// Why there is no token.
#[derive(Debug)]
pub enum Refused<R> {
    /// The negotiation said no.
    Scope(R),
    /// See [`super::MACHINE_STOPPED`].
    Broken,
}

/// Runs an authenticated client's request through the machine; the scopes that may be granted.
pub fn drive<R>(
    client_id: &str,
    requested: Option<&Scopes>,
    negotiate: impl FnOnce(Option<&Scopes>) -> Result<Scopes, R>,
) -> Result<Scopes, Refused<R>> {
    let request = AuthenticatedRequest { client_id, scope: requested.map(ToString::to_string) };
    let mut negotiate = Some(negotiate);
    let mut machine = ClientCredentials::new(&request);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Authenticate { .. } => Input::Authenticated,
            Output::Binding { client_id } => {
                let exact = ExactUrl::new(PLACEHOLDER_URI.to_owned()).map_err(|_| Refused::Broken)?;
                Input::Bound {
                    bound_client: BoundClient {
                        client_id: Cow::Owned(client_id.to_owned()),
                        redirect_uri: Cow::Owned(RegisteredUrl::Exact(exact)),
                    },
                }
            }
            Output::Extend => Input::Extended { extensions: Extensions::new() },
            Output::Negotiate { bound_client, .. } => {
                let negotiate = negotiate.take().ok_or(Refused::Broken)?;
                let granted = negotiate(requested).map_err(Refused::Scope)?;
                let pre_grant = PreGrant {
                    client_id: bound_client.client_id.to_string(),
                    redirect_uri: bound_client.redirect_uri.clone().into_owned(),
                    scope: to_engine(&granted).ok_or(Refused::Broken)?,
                };
                Input::Negotiated { pre_grant }
            }
            Output::Ok { pre_grant, .. } => return Ok(from_engine(&pre_grant.scope)),
            Output::Err(_) => return Err(Refused::Broken),
        };
    }
}

struct AuthenticatedRequest<'a> {
    client_id: &'a str,
    scope: Option<String>,
}

impl Request for AuthenticatedRequest<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.client_id), Cow::Borrowed(b"")))
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.scope.as_deref().map(Cow::Borrowed)
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("client_credentials"))
    }

    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}
