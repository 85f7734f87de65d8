//! The keys that a client registers. RFC 7591 §2 `jwks` and `jwks_uri`, RFC 7517.

use std::collections::HashSet;

use serde_json::Value;

use super::members::Members;
use super::refusal::RegistrationRefusal;
use crate::keys::foreign;

const MAX_KEYS: usize = 10;

/// Where members of JSON Web Keys hold private or symmetric keys. RFC 7518 §6.2.2, §6.3.2 and §6.4.
pub(super) const SECRET_KEY_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// RFC 7591 §2: one of `jwks` and `jwks_uri`; public keys only, none that proves nothing, and none that is mistaken for another.
pub(super) fn jwks(submitted: Members<'_>) -> Result<Option<Value>, RegistrationRefusal> {
    let Some(jwks) = submitted.get("jwks") else { return Ok(None) };
    let refuse = |fault: &str| RegistrationRefusal::metadata("jwks", fault);
    if submitted.get("jwks_uri").is_some() {
        return Err(refuse("and jwks_uri must not both be sent"));
    }
    let not_a_set = || refuse("must be an object whose member keys is an array of JSON Web Keys");
    let keys = jwks.get("keys").and_then(Value::as_array).ok_or_else(not_a_set)?;
    if keys.len() > MAX_KEYS {
        return Err(refuse("holds more than 10 keys"));
    }
    let mut names = HashSet::new();
    for key in keys {
        let members = key.as_object().ok_or_else(not_a_set)?;
        let key_type = members.get("kty").and_then(Value::as_str).ok_or_else(not_a_set)?;
        if key_type == "oct" || SECRET_KEY_MEMBERS.iter().any(|name| members.contains_key(*name)) {
            return Err(refuse(
                "holds a private or symmetric key: send public keys only, and replace this one",
            ));
        }
        foreign::check(members).map_err(|fault| refuse(&format!("holds a key that {fault}")))?;
        if members.get("kid").is_some_and(|kid| !names.insert(kid)) {
            return Err(refuse("holds two keys with the same kid"));
        }
    }
    Ok(Some(jwks.clone()))
}
