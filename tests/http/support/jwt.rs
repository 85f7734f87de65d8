//! A relying party's view of tokens: parts, and verification with nothing but a published key set.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use super::Server;

/// The header and the claims, unverified.
pub fn parts(token: &str) -> (Value, Value) {
    let pieces: Vec<&str> = token.split('.').collect();
    assert_eq!(pieces.len(), 3, "not a JWT: {token}");
    let part = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
    (part(pieces[0]), part(pieces[1]))
}

/// A JWT with this signature, or none.
pub fn assemble(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", encode(header), encode(claims), URL_SAFE_NO_PAD.encode(signature))
}

/// The claims, if a key of this set verifies the signature. Times are the caller's business.
pub fn verified(token: &str, jwks: &Value) -> Result<Value, String> {
    let set: JwkSet = serde_json::from_value(jwks.clone()).unwrap();
    let header = decode_header(token).map_err(|error| error.to_string())?;
    let kid = header.kid.ok_or("no kid")?;
    let jwk = set.find(&kid).ok_or_else(|| format!("kid {kid} is not in the key set"))?;
    let mut validation = Validation::new(header.alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let key = DecodingKey::from_jwk(jwk).map_err(|error| error.to_string())?;
    decode::<Value>(token, &key, &validation).map(|data| data.claims).map_err(|error| error.to_string())
}

impl Server {
    /// The key set as it is served now.
    pub async fn jwks(&self) -> Value {
        self.http.get(self.url("/jwks.json")).send().await.unwrap().json().await.unwrap()
    }

    /// A document of `/.well-known`.
    pub async fn well_known(&self, name: &str) -> Value {
        let url = self.url(&format!("/.well-known/{name}"));
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }
}
