//! Public keys of others, and the one way to believe what they signed. RFC 7515 §5.2, RFC 7517, RFC 8725 §3.1.

use std::fmt;
use std::sync::LazyLock;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    EcdsaVerificationAlgorithm, ParsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value, json};

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

    /// Whether one of them can sign with this algorithm; with any, if it is `None`. RFC 7518 §3.1.
    #[must_use]
    pub fn can_sign(&self, algorithm: Option<&str>) -> bool {
        let fits = |known: &Algorithm| algorithm.is_none_or(|wanted| name(*known) == wanted);
        self.0.iter().any(|key| key.algorithms.iter().any(fits))
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
        if SECRET_MEMBERS.iter().any(|name| members.contains_key(*name)) || check(members).is_err() {
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

/// As much work as [`ForeignKeys::verify`] is with the keys of somebody, for a token of nobody; the outcome says nothing.
pub fn verify_in_vain(token: &str) {
    // Whoever has the private halves, which are published as well, gains nothing.
    let _ = nobodys().verify(token);
}

fn nobodys() -> &'static ForeignKeys {
    static NOBODYS: LazyLock<ForeignKeys> = LazyLock::new(|| {
        // The published examples of RFC 7515 A.2 and A.3 and RFC 8037 A.2.
        let keys = json!({"keys": [
            {"kty": "RSA", "n": EXAMPLE_MODULUS, "e": "AQAB"},
            {"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
             "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
            {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        ]});
        ForeignKeys::read(&keys).unwrap_or_default()
    });
    &NOBODYS
}

const EXAMPLE_MODULUS: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";

/// Why nobody should sign with a key, or none can be verified by it; completes "the key …". RFC 7517 §4, RFC 7518 §6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    #[error("has members of the wrong type")]
    Members,
    #[error("is neither for signatures (sig) nor for encryption (enc) by its use")]
    Use,
    #[error("has an alg that does not go with its kty and crv")]
    Algorithm,
    #[error("is an RSA key without a proper n and e")]
    Rsa,
    #[error("is an RSA key of less than 2048 or more than 8192 bits")]
    RsaSize,
    #[error("is not a point on its curve")]
    Curve,
}

/// Looks at one JSON Web Key: what is not understood passes, what is weak or broken does not. RFC 7517 §5, RFC 7518 §6.
pub fn check(members: &Map<String, Value>) -> Result<(), KeyFault> {
    let text =
        |name: &str| members.get(name).map(|value| value.as_str().ok_or(KeyFault::Members)).transpose();
    let _kid = text("kid")?;
    if text("use")?.is_some_and(|used| !["sig", "enc"].contains(&used)) {
        return Err(KeyFault::Use);
    }
    let (alg, curve) = (text("alg")?, text("crv")?);
    // What is for signatures: an alg of another kind of use says nothing here.
    let fits = |algorithms: &[&str]| match alg {
        Some(alg) if SIGNING.contains(&alg) && !algorithms.contains(&alg) => Err(KeyFault::Algorithm),
        _ => Ok(()),
    };
    match (text("kty")?, curve) {
        (Some("RSA"), _) => {
            fits(&["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])?;
            check_rsa(bytes(members, "n").ok_or(KeyFault::Rsa)?, &bytes(members, "e").ok_or(KeyFault::Rsa)?)
        }
        (Some("EC"), Some("P-256")) => {
            fits(&["ES256"])?;
            check_point(members, &ECDSA_P256_SHA256_FIXED, 32)
        }
        (Some("EC"), Some("P-384")) => {
            fits(&["ES384"])?;
            check_point(members, &ECDSA_P384_SHA384_FIXED, 48)
        }
        (Some("EC"), Some("P-521")) => {
            fits(&["ES512"])?;
            check_point(members, &ECDSA_P521_SHA512_FIXED, 66)
        }
        (Some("EC" | "OKP"), None) => Err(KeyFault::Curve),
        (Some("OKP"), Some("Ed25519")) => {
            fits(&["EdDSA"])?;
            let x = bytes(members, "x").ok_or(KeyFault::Curve)?;
            ParsedPublicKey::new(&ED25519, x).map(drop).map_err(|_| KeyFault::Curve)
        }
        _ => Ok(()),
    }
}

/// Every algorithm of signatures with public keys. RFC 7518 §3.1, RFC 8037 §3.1.
const SIGNING: [&str; 10] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

fn bytes(members: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(members.get(name)?.as_str()?).ok()
}

/// NIST SP 800-131A: 2048 bits at least. Verification of more than 8192 is not offered, and would be work for nothing.
fn check_rsa(modulus: Vec<u8>, exponent: &[u8]) -> Result<(), KeyFault> {
    let significant: Vec<u8> = modulus.into_iter().skip_while(|byte| *byte == 0).collect();
    let leading = significant.first().map_or(8, |byte| byte.leading_zeros() as usize);
    let bits = significant.len() * 8;
    if !(2048..=8192).contains(&bits.saturating_sub(leading)) {
        return Err(KeyFault::RsaSize);
    }
    let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
    let is_one = exponent.iter().rev().skip(1).all(|byte| *byte == 0) && exponent.last() == Some(&1);
    if is_odd(&significant) && is_odd(exponent) && !is_one { Ok(()) } else { Err(KeyFault::Rsa) }
}

fn check_point(
    members: &Map<String, Value>,
    curve: &'static EcdsaVerificationAlgorithm,
    length: usize,
) -> Result<(), KeyFault> {
    let half = |name| bytes(members, name).filter(|half| half.len() == length).ok_or(KeyFault::Curve);
    let point = [&[4], half("x")?.as_slice(), half("y")?.as_slice()].concat();
    ParsedPublicKey::new(curve, point).map(drop).map_err(|_| KeyFault::Curve)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// T24: for an unknown client there is a key of every algorithm to verify in vain with.
    #[test]
    fn nobodys_keys_take_the_work_of_every_algorithm() {
        for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
            assert!(nobodys().can_sign(Some(algorithm)), "{algorithm}");
            let token =
                format!("{}.e30.AAAA", URL_SAFE_NO_PAD.encode(json!({ "alg": algorithm }).to_string()));
            assert_eq!(nobodys().verify(&token), Err(JwtFault::Signature), "{algorithm}");
        }
        assert!(!nobodys().can_sign(Some("HS256")));
    }

    /// T24: RSA keys count by their bits, and not by how they are written.
    #[test]
    fn the_size_of_an_rsa_key_is_that_of_its_number() {
        let key = |bytes: &[u8], e: &str| {
            let key = json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode(bytes), "e": e});
            check(key.as_object().unwrap())
        };
        let odd = |length: usize, first: u8| {
            let mut bytes = vec![first];
            bytes.resize(length, 0xff);
            bytes
        };
        assert_eq!(key(&odd(256, 0x80), "AQAB"), Ok(()));
        assert_eq!(key(&odd(1024, 0xff), "AQAB"), Ok(()));
        assert_eq!(key(&odd(256, 0x7f), "AQAB"), Err(KeyFault::RsaSize));
        assert_eq!(key(&odd(1025, 0x01), "AQAB"), Err(KeyFault::RsaSize));
        assert_eq!(key(&[vec![0; 300], odd(128, 0xff)].concat(), "AQAB"), Err(KeyFault::RsaSize));
        assert_eq!(key(&[0; 256], "AQAB"), Err(KeyFault::RsaSize));
        assert_eq!(key(&[], "AQAB"), Err(KeyFault::RsaSize));
        for e in ["", "AA", "AQ", "AAAB", "AAEA"] {
            assert_eq!(key(&odd(256, 0x80), e), Err(KeyFault::Rsa), "{e}");
        }
    }
}
