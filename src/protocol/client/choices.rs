//! Members with a closed set of values, and the arrays by which a client says which of them it can do.
//! OpenID Connect Relying Party Metadata Choices 1.0 §2.

use super::members::Members;
use super::refusal::RegistrationRefusal;

/// Of lists for which no document names a limit.
pub(super) const MAX_VALUES: usize = 50;

/// What a client can do, of which Grantor does nothing yet: that a client could is no wish, so nothing is refused, and nothing of
/// it is kept. OpenID Connect Relying Party Metadata Choices 1.0 §2.
const OFFERS: &[&str] = &[
    "id_token_encryption_alg_values_supported",
    "id_token_encryption_enc_values_supported",
    "userinfo_encryption_alg_values_supported",
    "userinfo_encryption_enc_values_supported",
    "request_object_encryption_alg_values_supported",
    "request_object_encryption_enc_values_supported",
    "authorization_signing_alg_values_supported",
    "authorization_encryption_alg_values_supported",
    "authorization_encryption_enc_values_supported",
    "introspection_signing_alg_values_supported",
    "introspection_encryption_alg_values_supported",
    "introspection_encryption_enc_values_supported",
    "backchannel_authentication_request_signing_alg_values_supported",
];

type Read<T> = Result<T, RegistrationRefusal>;

/// A member with one value, and the array that may stand beside it or in its place.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) single: &'static str,
    pub(super) several: &'static str,
}

pub(super) const AUTH_METHOD: Pair =
    Pair { single: "token_endpoint_auth_method", several: "token_endpoint_auth_methods_supported" };
pub(super) const AUTH_ALGORITHM: Pair = Pair {
    single: "token_endpoint_auth_signing_alg",
    several: "token_endpoint_auth_signing_alg_values_supported",
};
pub(super) const SUBJECT_TYPE: Pair = Pair { single: "subject_type", several: "subject_types_supported" };
pub(super) const ID_TOKEN_ALGORITHM: Pair =
    Pair { single: "id_token_signed_response_alg", several: "id_token_signing_alg_values_supported" };
pub(super) const USERINFO_ALGORITHM: Pair =
    Pair { single: "userinfo_signed_response_alg", several: "userinfo_signing_alg_values_supported" };

pub(super) const REQUEST_OBJECT_ALGORITHM: Pair =
    Pair { single: "request_object_signing_alg", several: "request_object_signing_alg_values_supported" };

/// Every pair of which a choice is made.
pub(super) const PAIRS: &[Pair] = &[
    AUTH_METHOD,
    AUTH_ALGORITHM,
    SUBJECT_TYPE,
    ID_TOKEN_ALGORITHM,
    USERINFO_ALGORITHM,
    REQUEST_OBJECT_ALGORITHM,
];

/// A member with a closed set of values.
pub(super) fn choice<T: Copy>(
    submitted: Members<'_>,
    name: &'static str,
    choices: &[(&str, T)],
) -> Read<Option<T>> {
    let Some(sent) = submitted.string(name)? else { return Ok(None) };
    match meaning(sent, choices) {
        Some(value) => Ok(Some(value)),
        None => Err(unsupported(name, sent, choices)),
    }
}

/// The value that the client wants, if we know it; else the first that it offers and we know. The answer tells which.
/// OpenID Connect Relying Party Metadata Choices 1.0 §2.
pub(super) fn choice_of<T: Copy>(
    submitted: Members<'_>,
    pair: Pair,
    choices: &[(&str, T)],
) -> Read<Option<T>> {
    let wanted = submitted.string(pair.single)?;
    let offered = submitted.strings(pair.several, MAX_VALUES)?;
    let mut known = wanted.into_iter().chain(offered.iter().map(String::as_str));
    if let Some(value) = known.find_map(|name| meaning(name, choices)) {
        return Ok(Some(value));
    }
    match wanted {
        Some(wanted) => Err(unsupported(pair.single, wanted, choices)),
        None if offered.is_empty() => Ok(None),
        None => Err(unsupported(pair.several, &offered.join(" "), choices)),
    }
}

fn meaning<T: Copy>(sent: &str, choices: &[(&str, T)]) -> Option<T> {
    choices.iter().find(|(choice, _)| *choice == sent).map(|(_, value)| *value)
}

fn unsupported<T>(name: &str, sent: &str, choices: &[(&str, T)]) -> RegistrationRefusal {
    let supported: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
    RegistrationRefusal::value(name, sent, format_args!("is not supported: use {}", supported.join(" or ")))
}

/// Looks at the offers that nothing is chosen from: they are arrays of strings, or wrong. RFC 7591 §2.
pub(super) fn check_offers(submitted: Members<'_>) -> Read<()> {
    OFFERS.iter().try_for_each(|name| submitted.strings(name, MAX_VALUES).map(drop))
}
