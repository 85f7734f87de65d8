//! Proof Key for Code Exchange, with S256 only. RFC 7636.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// The one `code_challenge_method` there is here. RFC 7636 §4.3.
pub const S256: &str = "S256";

/// A `code_challenge` of method S256: the base64url of a SHA-256. RFC 7636 §4.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeChallenge(String);

/// What is wrong with the PKCE parameters of an authorization request. RFC 7636 §4.4.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PkceFault {
    /// Absent would mean `plain` to RFC 7636 §4.3: it must be said.
    #[error("code_challenge_method must be S256.")]
    Method,
    /// Not 43 characters of base64url.
    #[error("code_challenge must be the base64url of a SHA-256: 43 characters, without padding.")]
    Challenge,
}

impl CodeChallenge {
    /// Reads `code_challenge` and `code_challenge_method`. RFC 7636 §4.3.
    pub fn parse(challenge: &str, method: Option<&str>) -> Result<Self, PkceFault> {
        if method != Some(S256) {
            return Err(PkceFault::Method);
        }
        match BASE64_URL_SAFE_NO_PAD.decode(challenge) {
            Ok(digest) if digest.len() == 32 => Ok(Self(challenge.to_owned())),
            _ => Err(PkceFault::Challenge),
        }
    }

    /// The challenge as sent, to be stored. RFC 7636 §4.4.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether this is 43 to 128 unreserved characters. RFC 7636 §4.1.
#[must_use]
pub fn is_valid_verifier(verifier: &str) -> bool {
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7636, Appendix B. Whether a verifier meets a challenge is tested where the engine is driven.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    /// A11: an absent, plain or unknown method is refused.
    #[test]
    fn only_s256_is_a_method() {
        for method in [None, Some("plain"), Some("s256"), Some("S256 "), Some("S512"), Some("")] {
            assert_eq!(CodeChallenge::parse(CHALLENGE, method), Err(PkceFault::Method), "{method:?}");
        }
    }

    /// A12: a challenge that no SHA-256 can give is refused.
    #[test]
    fn a_challenge_is_43_characters_of_base64url() {
        let padded = format!("{CHALLENGE}=");
        let other_alphabet = CHALLENGE.replace('-', "+");
        // The last character of 32 encoded bytes carries two unused bits, which are zero.
        let loose_bits = CHALLENGE.replace("-cM", "-cN");
        for challenge in
            ["", "a", &padded, &other_alphabet, &loose_bits, &"a".repeat(44), &"a".repeat(128), " "]
        {
            assert_eq!(
                CodeChallenge::parse(challenge, Some("S256")),
                Err(PkceFault::Challenge),
                "{challenge}"
            );
        }
    }

    /// A12, RFC 7636 §4.1: 43 to 128 unreserved characters.
    #[test]
    fn a_verifier_is_43_to_128_unreserved_characters() {
        for (length, valid) in [(0, false), (42, false), (43, true), (128, true), (129, false)] {
            assert_eq!(is_valid_verifier(&"~".repeat(length)), valid, "{length}");
        }
        for bad in [" ", "+", "/", "=", "é", "\0", "%"] {
            assert!(!is_valid_verifier(&VERIFIER.replace('d', bad)), "{bad}");
        }
    }
}
