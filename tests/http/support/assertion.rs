//! A client's own key, and what it signs.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Value, json};

/// The signature of a message.
type Signature = dyn Fn(&[u8]) -> Vec<u8> + Send + Sync;

/// A key pair whose public half a client registers.
pub struct ClientKey {
    signature: Box<Signature>,
    alg: &'static str,
    /// The public half.
    pub jwk: Value,
}

impl ClientKey {
    pub fn es256() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let [x, y] = [x, y].map(|half| URL_SAFE_NO_PAD.encode(half));
        Self {
            signature: Box::new(move |message| pair.sign(&random, message).unwrap().as_ref().to_vec()),
            alg: "ES256",
            jwk: json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "one"}),
        }
    }

    pub fn ed25519() -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8.as_ref()).unwrap();
        let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        Self {
            signature: Box::new(move |message| pair.sign(message).as_ref().to_vec()),
            alg: "EdDSA",
            jwk: json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "two", "use": "sig", "alg": "EdDSA"}),
        }
    }

    pub fn rs256() -> Self {
        Self::rsa("RS256", Algorithm::RS256, &RSA_PKCS1_SHA256)
    }

    pub fn ps256() -> Self {
        Self::rsa("PS256", Algorithm::PS256, &RSA_PSS_SHA256)
    }

    fn rsa(alg: &'static str, algorithm: Algorithm, padding: &'static dyn RsaEncoding) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let public = DecodingKey::from_rsa_der(pair.public_key().as_ref());
        let mut jwk =
            serde_json::to_value(Jwk::from_decoding_key(&public, Some(algorithm)).unwrap()).unwrap();
        jwk["kid"] = json!(format!("rsa-{alg}"));
        jwk["use"] = json!("sig");
        let sign = move |message: &[u8]| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(padding, &SystemRandom::new(), message, &mut signature).unwrap();
            signature
        };
        Self { signature: Box::new(sign), alg, jwk }
    }

    /// A key for an algorithm by its name.
    pub fn for_algorithm(alg: &str) -> Self {
        match alg {
            "RS256" => Self::rs256(),
            "PS256" => Self::ps256(),
            "ES256" => Self::es256(),
            "EdDSA" => Self::ed25519(),
            other => panic!("no key for {other}"),
        }
    }

    /// The set with this key alone.
    pub fn jwks(&self) -> Value {
        json!({"keys": [self.jwk]})
    }

    /// The name of its algorithm.
    pub fn alg(&self) -> &'static str {
        self.alg
    }

    /// Its `kid`.
    pub fn kid(&self) -> &str {
        self.jwk["kid"].as_str().unwrap()
    }

    /// A JWT with this header and these claims, whatever they say.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature = URL_SAFE_NO_PAD.encode((self.signature)(message.as_bytes()));
        format!("{message}.{signature}")
    }
}
