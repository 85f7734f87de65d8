//! Signing keys come and go without an outage: published before use, kept until their last token has expired.
//!
//! Each function that writes expects to run in one transaction, `Database::write`. What is slow is done before, in [`NewKey::generate`].

use crate::clock::Seconds;
use crate::config::MasterKeySource;
use crate::entropy::Entropy;
use crate::keys::{Algorithm, KeyError, KeyTimes, MasterKey, SigningKey, SigningKeys};
use crate::storage::signing_keys::{self, SigningKeyRow};
use crate::storage::{DbConnection, Failure, server_state};

/// Every server reads a new key within a second of its commit; this is that, and a second for clocks that disagree.
pub const READ_MARGIN: Seconds = 2;

/// How long after `exp` verifiers commonly still accept a token. RFC 7519 §4.1.4 allows "some small leeway".
pub const EXPIRY_LEEWAY: Seconds = 60;

/// A key that is made and sealed, but not stored yet.
pub struct NewKey {
    kid: String,
    algorithm: Algorithm,
    sealed: Vec<u8>,
    public_jwk: String,
}

impl NewKey {
    /// Makes and seals a key. RSA takes up to a second: never inside a transaction of a running server.
    pub fn generate(algorithm: Algorithm, master: &MasterKey, entropy: Entropy) -> Result<Self, KeyError> {
        let key = SigningKey::generate(algorithm)?;
        let sealed = master.seal(entropy, &key.pkcs8, &key.kid)?;
        Ok(Self { kid: key.kid, algorithm, sealed, public_jwk: key.public_jwk })
    }

    /// Its thumbprint. RFC 7638.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it will sign with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn row(&self, times: KeyTimes) -> SigningKeyRow {
        let (kid, sealed, jwk) = (self.kid.clone(), self.sealed.clone(), self.public_jwk.clone());
        SigningKeyRow::new(kid, self.algorithm, sealed, jwk, times)
    }
}

/// What one rotation writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Of the new key.
    pub times: KeyTimes,
    /// When the keys before it sign no more: the very moment the new one begins.
    pub predecessors_retire_at: Seconds,
    /// When the last token they may have signed is dead for every verifier.
    pub predecessors_removed_after: Seconds,
}

/// The times of a rotation, given the keys of the same algorithm so far. Security statement T26.
///
/// A verifier may have fetched the JWKS just before the new key was published and keep it for `jwks_max_age`: the key waits so long.
/// A rotation within the waiting time of the last one queues behind it, so that at every moment exactly one key signs.
#[must_use]
pub fn plan(
    existing: &[KeyTimes],
    now: Seconds,
    jwks_max_age: Seconds,
    longest_token_life: Seconds,
) -> Rotation {
    let latest = existing.iter().map(|times| times.signs_from).max();
    let signs_from = latest.map_or(now, |latest| latest.max(now + jwks_max_age + READ_MARGIN));
    Rotation {
        times: KeyTimes { published_at: now, signs_from, retired_at: None, removed_after: None },
        predecessors_retire_at: signs_from,
        predecessors_removed_after: signs_from + longest_token_life + EXPIRY_LEEWAY,
    }
}

/// The master key of this database. The first server to ask leaves a check value; from then on no other key is taken, and none is made.
pub fn unlock(
    conn: &mut DbConnection,
    source: &MasterKeySource,
    entropy: &Entropy,
) -> Result<MasterKey, Failure<KeyError>> {
    if server_state::get(conn, server_state::MASTER_KEY_CHECK)?.is_none() {
        let master = MasterKey::load(source, entropy).map_err(Failure::Refused)?;
        server_state::put_if_absent(conn, server_state::MASTER_KEY_CHECK, &master.check_value())?;
    }
    let master = match (MasterKey::read(source).map_err(Failure::Refused)?, source) {
        (Some(master), _) => master,
        (None, MasterKeySource::BesideDatabase(path)) => {
            return Err(Failure::Refused(KeyError::MasterKeyGone(path.clone())));
        }
        (None, MasterKeySource::Given(_)) => return Err(Failure::Refused(KeyError::MasterKeyMalformed)),
    };
    // Read after writing: of two servers that start at once with different keys, only one may go on.
    if server_state::get(conn, server_state::MASTER_KEY_CHECK)? == Some(master.check_value()) {
        Ok(master)
    } else {
        Err(Failure::Refused(KeyError::WrongMasterKey))
    }
}

/// Makes the first key of each algorithm, which signs at once; whether one was missing. RSA is made in the transaction: at start nobody waits for it.
pub fn ensure_keys(
    conn: &mut DbConnection,
    master: &MasterKey,
    entropy: &Entropy,
    now: Seconds,
) -> Result<bool, Failure<KeyError>> {
    if missing(conn)?.is_empty() {
        return Ok(false);
    }
    // The bump holds up a second server that starts at once; by the time it looks again, it sees our keys.
    server_state::bump(conn, server_state::KEYS_VERSION)?;
    let fresh = missing(conn)?
        .into_iter()
        .map(|algorithm| NewKey::generate(algorithm, master, *entropy))
        .collect::<Result<Vec<_>, _>>()
        .map_err(Failure::Refused)?;
    let times = plan(&[], now, 0, 0).times;
    for key in &fresh {
        signing_keys::insert(conn, &key.row(times))?;
    }
    Ok(!fresh.is_empty())
}

fn missing(conn: &mut DbConnection) -> Result<Vec<Algorithm>, Failure<KeyError>> {
    let mut missing = Algorithm::ALL.to_vec();
    for row in signing_keys::all(conn)? {
        let present = row.algorithm()?;
        missing.retain(|algorithm| *algorithm != present);
    }
    Ok(missing)
}

/// Publishes `keys` now and lets each follow the one that signs today as soon as every cached JWKS holds it.
pub fn rotate<R>(
    conn: &mut DbConnection,
    keys: &[NewKey],
    now: Seconds,
    jwks_max_age: Seconds,
    longest_token_life: Seconds,
) -> Result<(), Failure<R>> {
    // First, so that two rotations at once follow each other and the second sees the first's key.
    server_state::bump(conn, server_state::KEYS_VERSION)?;
    for key in keys {
        let mut existing = Vec::new();
        for row in signing_keys::all(conn)? {
            if row.algorithm()? == key.algorithm {
                existing.push(row.times());
            }
        }
        let rotation = plan(&existing, now, jwks_max_age, longest_token_life);
        let (retire_at, removed_after) =
            (rotation.predecessors_retire_at, rotation.predecessors_removed_after);
        signing_keys::retire(conn, key.algorithm, retire_at, removed_after)?;
        signing_keys::insert(conn, &key.row(rotation.times))?;
    }
    Ok(())
}

/// Removes keys of which no token is alive; how many.
pub fn sweep<R>(conn: &mut DbConnection, now: Seconds) -> Result<usize, Failure<R>> {
    let removed = signing_keys::remove_expired(conn, now)?;
    if removed > 0 {
        server_state::bump(conn, server_state::KEYS_VERSION)?;
    }
    Ok(removed)
}

/// Opens every published key. Read again when the version `keys_version` has changed.
pub fn load(conn: &mut DbConnection, master: &MasterKey) -> Result<SigningKeys, Failure<KeyError>> {
    let mut keys = Vec::new();
    for row in signing_keys::all(conn)? {
        let algorithm = row.algorithm()?;
        let key = master
            .open(&row.private_key, &row.kid)
            .and_then(|pkcs8| SigningKey::from_pkcs8(algorithm, &pkcs8, row.times()))
            .map_err(Failure::Refused)?;
        if key.kid() != row.kid {
            return Err(Failure::Refused(KeyError::Unusable(row.kid)));
        }
        keys.push(key);
    }
    Ok(SigningKeys::new(keys))
}

#[cfg(test)]
mod tests;
