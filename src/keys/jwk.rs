//! The public half of a signing key. RFC 7517, RFC 7518 §6, RFC 8037 §2.

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};

use super::{Algorithm, KeyError};

/// The thumbprint of this public key, and its JWK with `use`, `alg` and the thumbprint as `kid`. RFC 7517 §4, RFC 7638 §3.
///
/// `public` is what aws-lc-rs calls the public key: an uncompressed point, an `RSAPublicKey`, or 32 bytes.
pub fn from_public_key(algorithm: Algorithm, public: &[u8]) -> Result<(String, Jwk), KeyError> {
    let unreadable = |_| KeyError::Crypto("read a public key");
    let key = match algorithm {
        Algorithm::ES256 => DecodingKey::from_ec_der(public),
        Algorithm::RS256 | Algorithm::PS256 => DecodingKey::from_rsa_der(public),
        Algorithm::EdDSA => DecodingKey::from_ed_der(public),
    };
    let mut jwk = Jwk::from_decoding_key(&key, Some(algorithm.for_jsonwebtoken())).map_err(unreadable)?;
    let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(unreadable)?;
    jwk.common.key_id = Some(kid.clone());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok((kid, jwk))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    /// RFC 8037 appendix A.2 and A.3: the example key and its thumbprint.
    #[test]
    fn the_kid_is_the_thumbprint_of_rfc_8037_a_3() {
        let public = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let jwk: Value = serde_json::to_value(from_public_key(Algorithm::EdDSA, &public).unwrap().1).unwrap();
        assert_eq!(
            jwk,
            json!({
                "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
                "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            })
        );
    }

    #[test]
    fn what_is_no_public_key_is_refused() {
        for algorithm in Algorithm::ALL {
            assert!(from_public_key(algorithm, &[4; 7]).is_err(), "{algorithm}");
        }
    }
}
