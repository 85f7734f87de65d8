//! The signing keys in memory: parsed once, because parsing costs more than signing. RFC 7515, RFC 7517.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, Validation};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Algorithm, KeyError, jwk};
use crate::clock::Seconds;
use crate::protocol::jwt::{self, JwtFault, TYP_ACCESS_TOKEN, TYP_JWT};

/// When a key is published, when it signs, and until when it stays published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyTimes {
    pub published_at: Seconds,
    pub signs_from: Seconds,
    /// It signs no more from then on.
    pub retired_at: Option<Seconds>,
    /// Nothing that it signed is alive from then on.
    pub removed_after: Option<Seconds>,
}

impl KeyTimes {
    /// Whether this key may sign at `now`.
    #[must_use]
    pub fn signs_at(&self, now: Seconds) -> bool {
        self.signs_from <= now && self.retired_at.is_none_or(|retired| now < retired)
    }
}

enum Pair {
    P256(EcdsaKeyPair),
    /// With the padding of its one algorithm. RFC 7518 §3.3 and §3.5.
    Rsa(Box<RsaKeyPair>, &'static dyn RsaEncoding),
    Ed25519(Ed25519KeyPair),
}

impl Pair {
    /// A new pair. RSA has 2048 bits: the floor of RFC 7518 §3.3, because every signature is paid for on the token endpoint.
    fn generate(algorithm: Algorithm) -> Result<(Self, Vec<u8>), KeyError> {
        let random = SystemRandom::new();
        let failed = |_| KeyError::Crypto("generate a key");
        let pkcs8 = match algorithm {
            Algorithm::ES256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
                .map_err(failed)?
                .as_ref()
                .to_vec(),
            Algorithm::RS256 | Algorithm::PS256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
                der.as_ref().to_vec()
            }
            Algorithm::EdDSA => Ed25519KeyPair::generate_pkcs8v1(&random).map_err(failed)?.as_ref().to_vec(),
        };
        let pair = Self::parse(algorithm, &pkcs8).ok_or(KeyError::Crypto("read its own key"))?;
        Ok((pair, pkcs8))
    }

    fn parse(algorithm: Algorithm, pkcs8: &[u8]) -> Option<Self> {
        match algorithm {
            Algorithm::ES256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).ok().map(Self::P256)
            }
            Algorithm::RS256 => Self::rsa(pkcs8, &RSA_PKCS1_SHA256),
            Algorithm::PS256 => Self::rsa(pkcs8, &RSA_PSS_SHA256),
            // The check for a matching public key needs one inside, which version 1 does not have.
            Algorithm::EdDSA => Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).ok().map(Self::Ed25519),
        }
    }

    fn rsa(pkcs8: &[u8], encoding: &'static dyn RsaEncoding) -> Option<Self> {
        RsaKeyPair::from_pkcs8(pkcs8).ok().map(|pair| Self::Rsa(Box::new(pair), encoding))
    }

    fn public_key(&self) -> &[u8] {
        match self {
            Self::P256(pair) => pair.public_key().as_ref(),
            Self::Rsa(pair, _) => pair.public_key().as_ref(),
            Self::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }

    /// Appends the base64url of the signature over all that `token` holds.
    fn sign_into(&self, token: &mut String) -> Result<(), KeyError> {
        let random = SystemRandom::new();
        let failed = |_| KeyError::Crypto("sign");
        let encode = |signature: &[u8], token: &mut String| {
            token.push('.');
            URL_SAFE_NO_PAD.encode_string(signature, token);
        };
        match self {
            Self::P256(pair) => {
                let signature = pair.sign(&random, token.as_bytes()).map_err(failed)?;
                encode(signature.as_ref(), token);
            }
            Self::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, token.as_bytes(), &mut signature).map_err(failed)?;
                encode(&signature, token);
            }
            Self::Ed25519(pair) => {
                let signature = pair.try_sign(token.as_bytes()).map_err(failed)?;
                encode(signature.as_ref(), token);
            }
        }
        Ok(())
    }
}

/// A key that was just made, still in clear: to be sealed and stored.
pub struct GeneratedKey {
    pub kid: String,
    pub algorithm: Algorithm,
    pub pkcs8: Vec<u8>,
    /// JSON.
    pub public_jwk: String,
}

/// One key: its pair, and what is written or published for it, ready made.
pub struct SigningKey {
    kid: String,
    algorithm: Algorithm,
    times: KeyTimes,
    pair: Pair,
    verifier: DecodingKey,
    public_jwk: String,
    access_token_header: String,
    jwt_header: String,
}

impl SigningKey {
    /// Makes a new key. RSA takes a moment: never inside a transaction that others wait for.
    pub fn generate(algorithm: Algorithm) -> Result<GeneratedKey, KeyError> {
        let (pair, pkcs8) = Pair::generate(algorithm)?;
        let (kid, jwk) = jwk::from_public_key(algorithm, pair.public_key())?;
        Ok(GeneratedKey { kid, algorithm, pkcs8, public_jwk: serde_json::to_string(&jwk)? })
    }

    /// Reads a stored key; its `kid` and public half are computed from the private one, not believed.
    pub fn from_pkcs8(algorithm: Algorithm, pkcs8: &[u8], times: KeyTimes) -> Result<Self, KeyError> {
        let unusable = || KeyError::Unusable(format!("of algorithm {algorithm}"));
        let pair = Pair::parse(algorithm, pkcs8).ok_or_else(unusable)?;
        let (kid, jwk) = jwk::from_public_key(algorithm, pair.public_key())?;
        Ok(Self {
            verifier: DecodingKey::from_jwk(&jwk).map_err(|_| unusable())?,
            public_jwk: serde_json::to_string(&jwk)?,
            access_token_header: encoded_header(algorithm, TYP_ACCESS_TOKEN, &kid),
            jwt_header: encoded_header(algorithm, TYP_JWT, &kid),
            kid,
            algorithm,
            times,
            pair,
        })
    }

    /// The thumbprint of the public key. RFC 7638.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The one algorithm that this key signs with. RFC 8725 §3.1.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// When it is published and when it signs.
    #[must_use]
    pub fn times(&self) -> KeyTimes {
        self.times
    }

    fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, KeyError> {
        let claims = serde_json::to_vec(claims)?;
        let mut token = String::with_capacity(self.jwt_header.len() + claims.len() * 4 / 3 + 360);
        match typ {
            TYP_ACCESS_TOKEN => token.push_str(&self.access_token_header),
            TYP_JWT => token.push_str(&self.jwt_header),
            other => token.push_str(&encoded_header(self.algorithm, other, &self.kid)),
        }
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(&claims, &mut token);
        self.pair.sign_into(&mut token)?;
        Ok(token)
    }
}

fn encoded_header(algorithm: Algorithm, typ: &str, kid: &str) -> String {
    URL_SAFE_NO_PAD.encode(json!({ "alg": algorithm, "typ": typ, "kid": kid }).to_string())
}

/// All keys that are published, from one reading of the database.
#[derive(Default)]
pub struct SigningKeys(Vec<SigningKey>);

impl SigningKeys {
    /// These keys, all of which are published.
    #[must_use]
    pub fn new(keys: Vec<SigningKey>) -> Self {
        Self(keys)
    }

    /// Every key.
    pub fn iter(&self) -> impl Iterator<Item = &SigningKey> {
        self.0.iter()
    }

    /// Signs `claims` with the key that is active at `now`: the latest to have begun. RFC 7515 §3.1, compact serialisation.
    pub fn sign(
        &self,
        algorithm: Algorithm,
        typ: &str,
        claims: &impl Serialize,
        now: Seconds,
    ) -> Result<String, KeyError> {
        self.active(algorithm, now).ok_or(KeyError::NoActiveKey(algorithm))?.sign(typ, claims)
    }

    /// The key that signs at `now`. By a clock that was set back, or is behind that of the server that made the keys, all may
    /// be yet to begin: then the one that begins first.
    #[must_use]
    pub fn active(&self, algorithm: Algorithm, now: Seconds) -> Option<&SigningKey> {
        let ours = || self.0.iter().filter(|key| key.algorithm == algorithm);
        let order = |key: &&SigningKey| (key.times.signs_from, key.kid.clone());
        let signing = ours().filter(|key| key.times.signs_at(now)).max_by_key(order);
        signing.or_else(|| ours().filter(|key| key.times.signs_from > now).min_by_key(order))
    }

    /// The JWK Set: public keys only. RFC 7517 §5.
    #[must_use]
    pub fn jwks_json(&self) -> String {
        let keys: Vec<&str> = self.0.iter().map(|key| key.public_jwk.as_str()).collect();
        format!("{{\"keys\":[{}]}}", keys.join(","))
    }

    /// The claims of a token that one of these keys signed, that is of this `typ` and alive at `now`. RFC 7519 §7.2, RFC 8725 §3.
    ///
    /// The key decides the algorithm, not the token. Issuer and audience are the caller's to check.
    pub fn verify(&self, token: &str, typ: &str, now: Seconds) -> Result<Value, JwtFault> {
        let claims = self.verify_of_any_age(token, typ)?;
        jwt::check_times(&claims, now, 0)?;
        Ok(Value::Object(claims))
    }

    /// As [`Self::verify`], whether the token is alive or has expired. It has to say when it does.
    pub fn verify_of_any_age(&self, token: &str, typ: &str) -> Result<Map<String, Value>, JwtFault> {
        let header = jwt::header(token)?;
        header.require_typ(typ)?;
        let kid = header.kid.as_deref().ok_or(JwtFault::UnknownKey)?;
        let key = self.0.iter().find(|key| key.kid == kid).ok_or(JwtFault::UnknownKey)?;
        if header.alg != key.algorithm.as_str() {
            return Err(JwtFault::Algorithm);
        }
        let claims: Map<String, Value> =
            jsonwebtoken::decode(token, &key.verifier, &signature_only(key.algorithm))
                .map_err(|_| JwtFault::Signature)?
                .claims;
        jwt::require_expiry(&claims)?;
        Ok(claims)
    }
}

/// The library reads the system's clock for `exp`; we are handed ours and check it ourselves.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm.for_jsonwebtoken());
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

#[cfg(test)]
mod tests;
