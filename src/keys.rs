//! Signing keys.

use serde::{Deserialize, Serialize};

/// The signature algorithms that Grantor signs with. RFC 7518 §3.1, RFC 8037 §3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Algorithm {
    ES256,
    RS256,
    EdDSA,
}
