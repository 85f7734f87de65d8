//! Drives `oxide_auth::code_grant::accesstoken` up to `Issue`. RFC 6749 §4.1.3, RFC 7636 §4.6.

use std::borrow::Cow;

use oxide_auth::code_grant::accesstoken::{AccessToken, Authorization, Input, Output, Request};
use oxide_auth::code_grant::error::AccessTokenErrorType;
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::primitives::grant::{Extensions, GrantExtension, Value};

use super::{PLACEHOLDER_URI, engine_grant, from_engine};
use crate::protocol::scope::Scopes;

/// What the stored code says.
pub struct StoredCode<'a> {
    /// The client that it was issued to.
    pub client_id: &'a str,
    pub scopes: &'a Scopes,
    /// The S256 challenge, if the authorization request had one.
    pub code_challenge: Option<&'a str>,
}

/// What the authenticated client presents.
pub struct PresentedCode<'a> {
    pub client_id: &'a str,
    pub code: &'a str,
    pub code_verifier: Option<&'a str>,
}

/// Why the code is not good for this client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It was issued to another client.
    OtherClient,
    /// The verifier is missing, wrong, or there although there was no challenge. RFC 9700 §4.8.2.
    CodeVerifier,
    /// See [`super::MACHINE_STOPPED`].
    Broken,
}

/// Whether the code may be exchanged; the scopes that it stands for.
pub fn drive(presented: &PresentedCode<'_>, stored: &StoredCode<'_>) -> Result<Scopes, Refused> {
    let pkce = Pkce::required();
    let mut machine = AccessToken::new(presented);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Authenticate { .. } => Input::Authenticated,
            Output::Recover { .. } => {
                let grant = engine_grant(stored.client_id, stored.scopes, challenge(stored, &pkce));
                Input::Recovered(Some(Box::new(grant.ok_or(Refused::Broken)?)))
            }
            Output::Extend { extensions } => {
                verify(&pkce, extensions.remove(&pkce), presented.code_verifier)?;
                Input::Extended { access_extensions: Extensions::new() }
            }
            Output::Issue { grant } => return Ok(from_engine(&grant.scope)),
            Output::Ok(_) => return Err(Refused::Broken),
            Output::Err(mut error) => {
                return Err(
                    match error.description().map(oxide_auth::code_grant::error::AccessTokenError::kind) {
                        Some(AccessTokenErrorType::InvalidGrant) => Refused::OtherClient,
                        _ => Refused::Broken,
                    },
                );
            }
        };
    }
}

/// The engine marks the method with a letter behind the challenge: `S` for S256, the only one there is here.
fn challenge(stored: &StoredCode<'_>, pkce: &Pkce) -> Extensions {
    let mut extensions = Extensions::new();
    if let Some(challenge) = stored.code_challenge {
        extensions.set_raw(pkce.identifier().to_owned(), Value::private(Some(format!("{challenge}S"))));
    }
    extensions
}

fn verify(pkce: &Pkce, challenge: Option<Value>, verifier: Option<&str>) -> Result<(), Refused> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(Refused::CodeVerifier),
        (challenge, verifier) => {
            pkce.verify(challenge, verifier.map(Cow::Borrowed)).map_err(|()| Refused::CodeVerifier)
        }
    }
}

impl Request for PresentedCode<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.code))
    }

    fn authorization(&self) -> Authorization<'_> {
        Authorization::Username(Cow::Borrowed(self.client_id))
    }

    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(PLACEHOLDER_URI))
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("authorization_code"))
    }

    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn exchange(client: &str, challenge: Option<&str>, verifier: Option<&str>) -> Result<Scopes, Refused> {
        let scopes = Scopes::parse("b a").unwrap();
        let stored = StoredCode { client_id: "a-client", scopes: &scopes, code_challenge: challenge };
        let presented = PresentedCode { client_id: client, code: "code", code_verifier: verifier };
        drive(&presented, &stored)
    }

    /// RFC 7636 §4.6, appendix B.
    #[test]
    fn the_verifier_of_the_challenge_opens_the_code() {
        assert_eq!(exchange("a-client", Some(CHALLENGE), Some(VERIFIER)).unwrap().to_string(), "a b");
    }

    /// A13, A20: a wrong, a missing and an unasked-for verifier are refused.
    #[test]
    fn any_other_verifier_does_not() {
        let wrong = VERIFIER.replace('d', "e");
        assert_eq!(exchange("a-client", Some(CHALLENGE), Some(&wrong)), Err(Refused::CodeVerifier));
        assert_eq!(exchange("a-client", Some(CHALLENGE), None), Err(Refused::CodeVerifier));
        assert_eq!(exchange("a-client", None, Some(VERIFIER)), Err(Refused::CodeVerifier));
        assert!(exchange("a-client", None, None).is_ok());
    }

    /// A21: a code is bound to its client.
    #[test]
    fn another_clients_code_is_refused() {
        assert_eq!(exchange("b-client", Some(CHALLENGE), Some(VERIFIER)), Err(Refused::OtherClient));
    }
}
