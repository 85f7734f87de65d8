//! How a client will prove who it is: the method, the algorithm and the keys go together. RFC 7591 §2, OpenID Connect Core 1.0 §9.

use serde_json::Value;

use super::assertion::AssertionAlgorithm;
use super::choices::{AUTH_ALGORITHM, AUTH_METHOD, choice_of};
use super::members::Members;
use super::metadata::AuthMethod;
use super::public_keys::jwks;
use super::refusal::RegistrationRefusal;
use super::registration::Door;
use crate::keys::foreign::ForeignKeys;

type Read<T> = Result<T, RegistrationRefusal>;

/// What decides on who a client is.
pub(super) struct Proving {
    pub(super) method: AuthMethod,
    pub(super) algorithm: Option<AssertionAlgorithm>,
    pub(super) jwks: Option<Value>,
    pub(super) jwks_uri: Option<String>,
}

/// Reads all of it, and refuses a client that could never prove anything.
pub(super) fn proving(submitted: Members<'_>, door: Door) -> Read<Proving> {
    let (jwks, jwks_uri) = (jwks(submitted)?, submitted.web_uri("jwks_uri")?);
    let method = method(submitted, door, jwks.is_some() || jwks_uri.is_some())?;
    let algorithm = algorithm(submitted, method)?;
    if method == AuthMethod::PrivateKeyJwt
        && let Some(set) = &jwks
        && !ForeignKeys::read(set)
            .is_some_and(|keys| keys.can_sign(algorithm.map(AssertionAlgorithm::as_str)))
    {
        let fault = "holds no key that could sign for private_key_jwt";
        return Err(RegistrationRefusal::metadata("jwks", fault));
    }
    Ok(Proving { method, algorithm, jwks, jwks_uri })
}

/// A document is public, and what two sides would share is no method there. draft-ietf-oauth-client-id-metadata-document-02 §4.1.
fn method(submitted: Members<'_>, door: Door, has_keys: bool) -> Read<AuthMethod> {
    let (choices, usual): (&[AuthMethod], _) = match door {
        Door::Document => (&[AuthMethod::None, AuthMethod::PrivateKeyJwt], AuthMethod::None),
        _ => (&AuthMethod::ALL, AuthMethod::ClientSecretBasic),
    };
    let named: Vec<_> = choices.iter().map(|method| (method.as_str(), *method)).collect();
    let chosen = choice_of(submitted, AUTH_METHOD, &named)?.unwrap_or(usual);
    if chosen != AuthMethod::PrivateKeyJwt || has_keys {
        return Ok(chosen);
    }
    // Who can do several can do one that needs no keys.
    let without_keys: Vec<_> =
        named.into_iter().filter(|(_, method)| *method != AuthMethod::PrivateKeyJwt).collect();
    if let Ok(Some(other)) = choice_of(submitted, AUTH_METHOD, &without_keys) {
        return Ok(other);
    }
    let is_single = submitted.get(AUTH_METHOD.single).is_some();
    let name = if is_single { AUTH_METHOD.single } else { AUTH_METHOD.several };
    Err(RegistrationRefusal::metadata(name, "asks for private_key_jwt, which needs jwks or jwks_uri"))
}

/// Nothing of it is kept where nothing is signed.
fn algorithm(submitted: Members<'_>, method: AuthMethod) -> Read<Option<AssertionAlgorithm>> {
    let signs = AssertionAlgorithm::ALL.iter().any(|algorithm| algorithm.method() == method);
    let choices: Vec<_> = AssertionAlgorithm::ALL
        .into_iter()
        .filter(|algorithm| !signs || algorithm.method() == method)
        .map(|algorithm| (algorithm.as_str(), algorithm))
        .collect();
    Ok(choice_of(submitted, AUTH_ALGORITHM, &choices)?.filter(|_| signs))
}
