//! Secrets and what is stored of them. A `Token` is what a client holds; a `Digest` is all that a row ever holds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

/// A secret in clear: a code, a token, a client secret, a session id. It never prints itself.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// What somebody presented. Nothing is known about it yet.
    #[must_use]
    pub fn presented(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The secret itself: only to be written into an answer.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest(Sha256::digest(self.0.as_bytes()).into())
    }
}

/// The SHA-256 of a secret. 256-bit random secrets need no slow hash.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// A digest as it was stored; `None` if it is not 32 bytes.
    #[must_use]
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether this is the digest of `token`, in constant time.
    #[must_use]
    pub fn is_of(&self, token: &Token) -> bool {
        bool::from(self.0.ct_eq(&token.digest().0))
    }
}

/// Where secrets come from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entropy;

impl Entropy {
    /// A new secret of 256 bits as 43 characters of base64url. OAuth 2.1 §7.7 asks for at least 128.
    #[must_use]
    pub fn token(self) -> Token {
        Token(URL_SAFE_NO_PAD.encode(self.bytes::<32>()))
    }

    /// An identifier of 128 bits that is unique but no secret: a `client_id`, a subject, a `jti`.
    #[must_use]
    pub fn identifier(self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<16>())
    }

    /// `N` bytes from a cryptographically secure generator that the operating system seeds.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that draws random bytes")]
    pub fn bytes<const N: usize>(self) -> [u8; N] {
        rand::random()
    }
}
