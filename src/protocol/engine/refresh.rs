//! Drives `oxide_auth::code_grant::refresh` up to `Refresh`. RFC 6749 §6.

use std::borrow::Cow;

use oxide_auth::code_grant::error::AccessTokenErrorType;
use oxide_auth::code_grant::refresh::{Input, Output, Refresh, Request};
use oxide_auth::primitives::grant::Extensions;

use super::{engine_grant, from_engine};
use crate::protocol::scope::Scopes;

/// What the authenticated client presents.
pub struct PresentedRefresh<'a> {
    pub client_id: &'a str,
    pub refresh_token: &'a str,
    /// The scope that it asks for, as it wrote it.
    pub scope: Option<String>,
}

/// Why the token may not be refreshed so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It was issued to another client.
    OtherClient,
    /// More than was granted: a refresh may shrink, never grow.
    Scope,
    /// See [`super::MACHINE_STOPPED`].
    Broken,
}

/// Whether `granted` may be refreshed; the scopes of the new access token.
pub fn drive(
    presented: &PresentedRefresh<'_>,
    grant_client_id: &str,
    granted: &Scopes,
) -> Result<Scopes, Refused> {
    let mut machine = Refresh::new(presented);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Unauthenticated { .. } => Input::Authenticated { scope: presented.scope() },
            Output::RecoverRefresh { .. } => {
                let grant =
                    engine_grant(grant_client_id, granted, Extensions::new()).ok_or(Refused::Broken)?;
                Input::Recovered { scope: presented.scope(), grant: Some(Box::new(grant)) }
            }
            Output::Refresh { grant, .. } => return Ok(from_engine(&grant.scope)),
            Output::Ok(_) => return Err(Refused::Broken),
            Output::Err(mut error) => {
                return Err(
                    match error.description().map(oxide_auth::code_grant::error::AccessTokenError::kind) {
                        Some(AccessTokenErrorType::InvalidGrant) => Refused::OtherClient,
                        Some(AccessTokenErrorType::InvalidScope) => Refused::Scope,
                        _ => Refused::Broken,
                    },
                );
            }
        };
    }
}

impl Request for PresentedRefresh<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.refresh_token))
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.scope.as_deref().map(Cow::Borrowed)
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("refresh_token"))
    }

    /// Always there: without it the engine would not compare the client at all.
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.client_id), Cow::Borrowed(b"")))
    }

    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refresh(client: &str, scope: Option<&str>) -> Result<String, Refused> {
        let presented =
            PresentedRefresh { client_id: client, refresh_token: "token", scope: scope.map(str::to_owned) };
        drive(&presented, "a-client", &Scopes::parse("a b").unwrap()).map(|scopes| scopes.to_string())
    }

    /// T09: the scope may shrink, never grow.
    #[test]
    fn the_scope_may_shrink_and_never_grow() {
        assert_eq!(refresh("a-client", None).as_deref(), Ok("a b"));
        assert_eq!(refresh("a-client", Some("b")).as_deref(), Ok("b"));
        assert_eq!(refresh("a-client", Some("b c")), Err(Refused::Scope));
    }

    /// T15: a refresh token is bound to its client.
    #[test]
    fn another_clients_token_is_refused() {
        assert_eq!(refresh("b-client", None), Err(Refused::OtherClient));
    }
}
