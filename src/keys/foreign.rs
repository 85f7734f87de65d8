//! Public keys of others, and the one way to believe what they signed. RFC 7515 §5.2, RFC 7517, RFC 8725 §3.1.

use std::fmt;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};

use crate::protocol::jwt::{self, JoseHeader, JwtFault};

/// Members of a key that nobody but its owner may have. RFC 7518 §6.2.2, §6.3.2 and §6.4.
const SECRET_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// More keys of one set are not looked at: each may cost an attempt at a signature.
const MOST_KEYS: usize = 20;

/// The usable keys of a JWK Set: RSA, P-256 and Ed25519, for signatures. RFC 7517 §5: keys that are not understood are passed over.
#[derive(Clone, Debug, Default)]
pub struct ForeignKeys(Vec<ForeignKey>);

#[derive(Clone)]
struct ForeignKey {
    kid: Option<String>,
    /// By the type of the key: a token never chooses. RFC 8725 §3.1.
    algorithms: &'static [Algorithm],
    key: DecodingKey,
}

impl fmt::Debug for ForeignKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForeignKey")
            .field("kid", &self.kid)
            .field("algorithms", &self.algorithms)
            .finish_non_exhaustive()
    }
}

impl ForeignKeys {
    /// The usable keys of a JWK Set; `None` if it is none. RFC 7517 §5.
    #[must_use]
    pub fn read(jwks: &Value) -> Option<Self> {
        let keys = jwks.get("keys")?.as_array()?;
        Some(Self(keys.iter().take(MOST_KEYS).filter_map(ForeignKey::read).collect()))
    }

    /// How many usable keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no usable key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Header and claims of a token that one of these keys signed. Times, issuer and audience are the caller's to check.
    /// RFC 7515 §5.2, RFC 7519 §7.2.
    pub fn verify(&self, token: &str) -> Result<(JoseHeader, Map<String, Value>), JwtFault> {
        let header = jwt::header(token)?;
        let mut candidates = self
            .0
            .iter()
            .filter(|key| header.kid.is_none() || key.kid.is_none() || key.kid == header.kid)
            .peekable();
        if candidates.peek().is_none() {
            return Err(JwtFault::UnknownKey);
        }
        let mut of_algorithm = candidates
            .filter_map(|key| Some((key, *key.algorithms.iter().find(|known| name(**known) == header.alg)?)))
            .peekable();
        if of_algorithm.peek().is_none() {
            return Err(JwtFault::Algorithm);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(JwtFault::Malformed)?;
        let signed = of_algorithm.any(|(key, algorithm)| {
            jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key.key, algorithm).unwrap_or(false)
        });
        if signed { Ok((header, jwt::unverified_claims(token)?)) } else { Err(JwtFault::Signature) }
    }
}

impl ForeignKey {
    fn read(value: &Value) -> Option<Self> {
        let members = value.as_object()?;
        if SECRET_MEMBERS.iter().any(|name| members.contains_key(*name)) {
            return None;
        }
        let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
        if jwk.common.public_key_use.as_ref().is_some_and(|used| *used != PublicKeyUse::Signature) {
            return None;
        }
        let of_type: &'static [Algorithm] = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => &[Algorithm::RS256, Algorithm::PS256],
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
                &[Algorithm::ES256]
            }
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                &[Algorithm::EdDSA]
            }
            _ => return None,
        };
        let algorithms = match members.get("alg") {
            None => of_type,
            Some(alg) => {
                let at = of_type.iter().position(|known| Some(name(*known)) == alg.as_str())?;
                of_type.get(at..=at)?
            }
        };
        Some(Self { kid: jwk.common.key_id.clone(), algorithms, key: DecodingKey::from_jwk(&jwk).ok()? })
    }
}

/// RFC 7518 §3.1, RFC 8037 §3.1.
fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::RS256 => "RS256",
        Algorithm::PS256 => "PS256",
        Algorithm::ES256 => "ES256",
        Algorithm::EdDSA => "EdDSA",
        _ => "",
    }
}
