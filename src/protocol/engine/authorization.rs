//! Drives `oxide_auth::code_grant::authorization`. RFC 6749 §4.1.1.

use std::borrow::Cow;

use oxide_auth::code_grant::authorization::{Authorization, Error, Input, Output, Request};
use oxide_auth::code_grant::error::AuthorizationErrorType;
use oxide_auth::primitives::grant::Extensions;
use oxide_auth::primitives::registrar::{BoundClient, ExactUrl, PreGrant, RegisteredUrl};

use super::{from_engine, to_engine};
use crate::protocol::params::Params;
use crate::protocol::scope::Scopes;

/// What the engine or one of the steps refused.
#[derive(Debug)]
pub enum Refused<R> {
    /// One of our steps said no.
    ByStep(R),
    /// Nothing may be sent anywhere: the request names no client or a redirect URI that is none.
    Unusable,
    UnsupportedResponseType,
    MalformedScope,
    /// See [`super::MACHINE_STOPPED`].
    Broken,
}

/// The three questions of the machine, in its order.
pub trait Steps {
    type Refusal;
    /// Which redirect URI, as a string, this request may be answered at.
    fn bind(&mut self) -> Result<String, Self::Refusal>;
    /// PKCE, resource, prompt and the other extensions.
    fn extend(&mut self) -> Result<(), Self::Refusal>;
    /// Which scopes the client may have of those it asks for.
    fn negotiate(&mut self, requested: Option<Scopes>) -> Result<Scopes, Self::Refusal>;
}

/// Runs the request through the machine; the scopes that may be granted.
pub fn drive<S: Steps>(params: &Params, steps: &mut S) -> Result<Scopes, Refused<S::Refusal>> {
    let request = RequestParameters(params);
    let mut machine = Authorization::new(&request);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Bind { client_id, .. } => {
                let redirect_uri = steps.bind().map_err(Refused::ByStep)?;
                let exact = ExactUrl::new(redirect_uri).map_err(|_| Refused::Unusable)?;
                Input::Bound {
                    request: &request,
                    bound_client: BoundClient {
                        client_id: Cow::Owned(client_id),
                        redirect_uri: Cow::Owned(RegisteredUrl::Exact(exact)),
                    },
                }
            }
            Output::Extend => {
                steps.extend().map_err(Refused::ByStep)?;
                Input::Extended(Extensions::new())
            }
            Output::Negotiate { bound_client, scope } => {
                let granted = steps.negotiate(scope.as_ref().map(from_engine)).map_err(Refused::ByStep)?;
                let pre_grant = PreGrant {
                    client_id: bound_client.client_id.to_string(),
                    redirect_uri: bound_client.redirect_uri.clone().into_owned(),
                    scope: to_engine(&granted).ok_or(Refused::Broken)?,
                };
                Input::Negotiated { pre_grant, state: None }
            }
            Output::Ok { pre_grant, .. } => return Ok(from_engine(&pre_grant.scope)),
            Output::Err(error) => return Err(refused(error)),
        };
    }
}

fn refused<R>(error: Error) -> Refused<R> {
    match error {
        Error::Ignore => Refused::Unusable,
        Error::Redirect(mut url) => match url.description().kind() {
            AuthorizationErrorType::UnsupportedResponseType => Refused::UnsupportedResponseType,
            AuthorizationErrorType::InvalidScope => Refused::MalformedScope,
            _ => Refused::Broken,
        },
        Error::PrimitiveError => Refused::Broken,
    }
}

struct RequestParameters<'a>(&'a Params);

impl RequestParameters<'_> {
    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.get(name).map(Cow::Borrowed)
    }
}

impl Request for RequestParameters<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn client_id(&self) -> Option<Cow<'_, str>> {
        self.value("client_id")
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.value("scope")
    }

    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.value("redirect_uri")
    }

    fn state(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn response_type(&self) -> Option<Cow<'_, str>> {
        self.value("response_type")
    }

    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}
