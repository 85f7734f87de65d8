//! Keys: the master key that seals, and the signing keys whose public halves are the JWKS.
//!
//! Nothing here knows rows or rotation: `flow/rotate_keys.rs` decides which key exists when.

pub mod foreign;
pub mod jwk;
pub mod master;
pub mod shared;
pub mod signing;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use master::MasterKey;
pub use signing::{KeyTimes, SigningKey, SigningKeys};

/// The signature algorithms that Grantor signs with. Each has keys of its own. RFC 7518 §3.1, RFC 8037 §3.1, RFC 8725 §3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Algorithm {
    ES256,
    RS256,
    PS256,
    EdDSA,
}

impl Algorithm {
    /// Every algorithm: a server holds at least one key for each.
    pub const ALL: [Self; 4] = [Self::ES256, Self::RS256, Self::PS256, Self::EdDSA];

    /// The `alg` value, RFC 7518 §3.1 and RFC 8037 §3.1.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ES256 => "ES256",
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
            Self::EdDSA => "EdDSA",
        }
    }

    /// The algorithm of this `alg` value; letters' case counts. `None` for `none`, HS* and whatever else we do not sign with.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == value)
    }

    /// The same algorithm in the words of the library that verifies.
    pub(crate) const fn for_jsonwebtoken(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::ES256 => jsonwebtoken::Algorithm::ES256,
            Self::RS256 => jsonwebtoken::Algorithm::RS256,
            Self::PS256 => jsonwebtoken::Algorithm::PS256,
            Self::EdDSA => jsonwebtoken::Algorithm::EdDSA,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        Self::parse(value).ok_or(UnknownAlgorithm)
    }
}

/// Not one of the algorithms that Grantor signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be ES256, RS256, PS256 or EdDSA")]
pub struct UnknownAlgorithm;

/// What can be wrong with keys. Each is a sentence for the operator; none holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The setting is not base64 of 32 bytes.
    #[error("master_key must be 32 bytes in base64, for example from `openssl rand -base64 32`")]
    MasterKeyMalformed,
    /// The file beside the database is not what we wrote.
    #[error("{} does not hold a master_key: it must be 32 bytes in base64. Restore the file, or set master_key to its value", .0.display())]
    MasterKeyFileMalformed(PathBuf),
    /// The file beside the database cannot be read or made.
    #[error("the file of master_key, {}, cannot be read or made: {error}", path.display())]
    MasterKeyFile { path: PathBuf, error: std::io::Error },
    /// The database was made with a key whose file is not there. A new key would orphan what the old one sealed.
    #[error("{} is gone, and this database was made with the master_key in it. Restore the file, or set master_key to its value", .0.display())]
    MasterKeyGone(PathBuf),
    /// The database was made with another key.
    #[error(
        "master_key is not the one that this database was made with. Set master_key to the key that was in use before; nothing was changed"
    )]
    WrongMasterKey,
    /// A sealed key does not open: another master key, or a damaged row.
    #[error("the signing key {0} does not open with this master_key, or its row is damaged")]
    Sealed(String),
    /// A row of `signing_keys` opens, but is not a key.
    #[error("the signing key {0} is not a usable key")]
    Unusable(String),
    /// Nothing to sign with.
    #[error("there is no {0} key that signs now")]
    NoActiveKey(Algorithm),
    /// The cryptographic library refused.
    #[error("the cryptographic library could not {0}")]
    Crypto(&'static str),
    /// The claims are not JSON.
    #[error("the claims of a token could not be written as JSON: {0}")]
    Claims(#[from] serde_json::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T22: the allow-list knows neither `none` nor a symmetric algorithm, in no spelling.
    #[test]
    fn only_asymmetric_algorithms_parse() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::parse(&algorithm.to_string()), Some(algorithm));
            assert_eq!(serde_json::to_string(&algorithm).unwrap(), format!("\"{algorithm}\""));
        }
        for other in ["none", "None", "HS256", "HS512", "es256", "RS1", "", " ES256"] {
            assert_eq!(Algorithm::parse(other), None, "{other}");
        }
    }
}
