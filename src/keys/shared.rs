//! What others sign with a secret that we share with them. RFC 7518 §3.2.

use jsonwebtoken::{Algorithm, DecodingKey};

/// Whether this secret signed the token with HS256. Takes the same time for every secret. RFC 7515 §5.2.
#[must_use]
pub fn verify(token: &str, secret: &[u8]) -> bool {
    let Some((message, signature)) = token.rsplit_once('.') else { return false };
    let key = DecodingKey::from_secret(secret);
    jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, Algorithm::HS256).unwrap_or(false)
}
