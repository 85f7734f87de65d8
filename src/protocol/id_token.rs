//! The claims of an ID token. OpenID Connect Core §2.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256, Sha512};

use crate::clock::Seconds;
use crate::keys::Algorithm;

/// What an ID token says about an authentication. OpenID Connect Core §2.
#[derive(Clone, Debug, Serialize)]
pub struct IdTokenClaims<'a> {
    pub iss: &'a str,
    pub sub: &'a str,
    /// The client it is for. OpenID Connect Core §2.
    pub aud: &'a str,
    /// The same client. OpenID Connect Core §2.
    pub azp: &'a str,
    pub exp: Seconds,
    pub iat: Seconds,
    pub auth_time: Seconds,
    /// How good the sign-in was: [`super::acr`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<&'a str>,
    /// How the person signed in. RFC 8176 §1.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub amr: &'a [String],
    /// As the authorization request sent it. OpenID Connect Core §3.1.2.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<&'a str>,
    /// Of the access token issued beside it. OpenID Connect Core §3.1.3.6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<&'a str>,
    /// The browser session. OpenID Connect Front-Channel Logout §3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<&'a str>,
    /// About the person, as the request asked for it. OpenID Connect Core §5.5.
    #[serde(flatten)]
    pub requested: Map<String, Value>,
}

/// The left half of the hash of an access token, with the hash of the ID token's own `alg`. OpenID Connect Core §3.1.3.6.
#[must_use]
pub fn at_hash(algorithm: Algorithm, access_token: &str) -> String {
    match algorithm {
        Algorithm::ES256 | Algorithm::RS256 | Algorithm::PS256 => left_half(&Sha256::digest(access_token)),
        // Ed25519 hashes with SHA-512. RFC 8032 §5.1.
        Algorithm::EdDSA => left_half(&Sha512::digest(access_token)),
    }
}

fn left_half(hash: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(hash.split_at(hash.len() / 2).0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// OpenID Connect Core appendix A.4: the access token and `at_hash` of the example.
    #[test]
    fn at_hash_is_the_one_of_openid_connect_core_a_4() {
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(at_hash(Algorithm::RS256, token), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(at_hash(Algorithm::ES256, token), "77QmUPtjPfzWtF2AnpK9RQ");
    }

    /// The left half of 64 bytes is 32 bytes: SHA-512("abc") is in FIPS 180-4's examples.
    #[test]
    fn at_hash_for_ed25519_is_half_of_a_sha_512() {
        let hash = URL_SAFE_NO_PAD.decode(at_hash(Algorithm::EdDSA, "abc")).unwrap();
        assert_eq!(hash.len(), 32);
        assert_eq!(hash[..8], [0xdd, 0xaf, 0x35, 0xa1, 0x93, 0x61, 0x7a, 0xba]);
    }

    #[test]
    fn absent_claims_are_left_out() {
        let claims = IdTokenClaims {
            iss: "https://server.example.com",
            sub: "24400320",
            aud: "s6BhdRkqt3",
            azp: "s6BhdRkqt3",
            exp: 1_311_281_970,
            iat: 1_311_280_970,
            auth_time: 1_311_280_969,
            acr: None,
            amr: &[],
            nonce: Some("n-0S6_WzA2Mj"),
            at_hash: None,
            sid: None,
            requested: Map::new(),
        };
        assert_eq!(
            serde_json::to_value(claims).unwrap(),
            json!({
                "iss": "https://server.example.com", "sub": "24400320", "aud": "s6BhdRkqt3", "azp": "s6BhdRkqt3",
                "nonce": "n-0S6_WzA2Mj", "exp": 1_311_281_970, "iat": 1_311_280_970,
                "auth_time": 1_311_280_969,
            })
        );
    }
}
