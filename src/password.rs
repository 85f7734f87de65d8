//! People's passwords: argon2id, a bounded number at once, and the same work for users that do not exist.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use unicode_normalization::UnicodeNormalization as _;

use crate::entropy::Entropy;

mod rules;

pub use rules::{Owner, PasswordFault, check_new};

/// NIST SP 800-63B-4 §3.1.1.2, for a password that is the only factor. In code points.
pub const MIN_LENGTH: usize = 15;

/// The same beside an enforced second factor.
pub const MIN_LENGTH_BESIDE: usize = 8;

/// Above the 64 that NIST SP 800-63B-4 §3.1.1.2 asks for. In code points.
pub const MAX_LENGTH: usize = 128;

/// Before normalisation, which takes time that grows with the length.
const MAX_BYTES: usize = 4096;

/// How long somebody waits for a turn before the answer is 503.
const PATIENCE: Duration = Duration::from_secs(2);

/// The hash of random bytes that nobody kept, with today's parameters: what an unknown user's password is compared with.
const DUMMY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$jbuK9fI4OtP52bF6p5DujA$5u33ooEn6nAQ5mtdMMuVxxpIIYeAnbBf0M7g48CYH1A";

/// Why a password was neither accepted nor rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// 503 with Retry-After.
    #[error("too many passwords are being checked at this moment")]
    Busy,
    #[error("the password could not be hashed")]
    Failed,
}

/// Hashes and verifies. Clones share one bound and one counter.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    patience: Duration,
    worker: Worker,
}

#[derive(Clone)]
struct Worker {
    entropy: Entropy,
    hashes: Arc<AtomicU64>,
}

impl Passwords {
    /// At most `max_parallel` hashes at a time: each takes a core for a while, and 19 MiB.
    #[must_use]
    pub fn new(max_parallel: usize, entropy: Entropy) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(max_parallel.max(1))),
            patience: PATIENCE,
            worker: Worker { entropy, hashes: Arc::default() },
        }
    }

    /// How many hashes were computed so far: equal for known and unknown users.
    #[must_use]
    pub fn hashes_computed(&self) -> u64 {
        self.worker.hashes.load(Ordering::Relaxed)
    }

    /// What is stored of a new password. Call [`check_new`] before.
    pub async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        let (worker, password) = (self.worker.clone(), password.to_owned());
        self.in_turn(move || worker.hash(&password)).await?
    }

    /// Whether this is the password of the user whose hash is `stored`; `None` is a user that does not exist or has no password.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool, PasswordError> {
        let (worker, password, stored) =
            (self.worker.clone(), password.to_owned(), stored.map(str::to_owned));
        self.in_turn(move || worker.verify(&password, stored.as_deref())).await
    }

    /// Whether the hash was made with weaker parameters than today's. Security statement P06.
    #[must_use]
    pub fn is_outdated(&self, stored: &str) -> bool {
        let Ok(hash) = PasswordHash::new(stored) else { return false };
        let (today, algorithm) = (argon2::Params::default(), argon2::Algorithm::Argon2id.ident());
        let Ok(params) = argon2::Params::try_from(&hash) else { return true };
        hash.algorithm != algorithm
            || params.m_cost() < today.m_cost()
            || params.t_cost() < today.t_cost()
            || params.p_cost() < today.p_cost()
    }

    /// As [`Passwords::hash`], on the caller's own thread: for the command line.
    pub fn hash_blocking(&self, password: &str) -> Result<String, PasswordError> {
        self.worker.hash(password)
    }

    /// Runs `work` on a thread for blocking work. The turn ends with the work, not with the request that asked for it.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let turn = timeout(self.patience, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| PasswordError::Busy)?
            .map_err(|_| PasswordError::Failed)?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        })
        .await
        .map_err(|_| PasswordError::Failed)
    }
}

impl Worker {
    fn hash(&self, password: &str) -> Result<String, PasswordError> {
        self.hashes.fetch_add(1, Ordering::Relaxed);
        let salt: [u8; 16] = self.entropy.bytes();
        argon2()
            .hash_password_with_salt(normalised(password).as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|_| PasswordError::Failed)
    }

    fn verify(&self, password: &str, stored: Option<&str>) -> bool {
        // No user has such a password, whoever is asked for: nothing to hide behind equal work.
        if password.len() > MAX_BYTES {
            return false;
        }
        self.hashes.fetch_add(1, Ordering::Relaxed);
        let known = stored.and_then(|stored| PasswordHash::new(stored).ok());
        let is_known = known.is_some();
        let Some(against) = known.or_else(|| PasswordHash::new(DUMMY).ok()) else {
            return false;
        };
        argon2().verify_password(normalised(password).as_bytes(), &against).is_ok() && is_known
    }
}

/// Argon2id with m=19456 KiB, t=2, p=1: the defaults of the library, held by a test. OWASP Password Storage Cheat Sheet.
fn argon2() -> Argon2<'static> {
    Argon2::default()
}

/// One form for the same characters from different keyboards. NIST SP 800-63B-4 §3.1.1.2.
fn normalised(password: &str) -> String {
    password.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "correct horse battery staple";

    fn passwords() -> Passwords {
        Passwords::new(2, Entropy)
    }

    /// P06: argon2id with the parameters of the rule and a salt of 128 bits; the dummy costs the same.
    #[test]
    fn hashes_are_argon2id_with_the_rule_s_parameters() {
        let passwords = passwords();
        let (one, two) = (passwords.hash_blocking(GOOD).unwrap(), passwords.hash_blocking(GOOD).unwrap());
        assert_ne!(one, two, "a salt came twice");
        for hash in [one.as_str(), DUMMY] {
            assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
            let parsed = PasswordHash::new(hash).unwrap();
            assert_eq!(parsed.salt.unwrap().len(), 16);
            assert_eq!(parsed.hash.unwrap().len(), 32);
        }
    }

    #[test]
    fn only_the_whole_password_is_accepted() {
        let passwords = passwords();
        let stored = passwords.hash_blocking(GOOD).unwrap();
        assert!(passwords.worker.verify(GOOD, Some(&stored)));
        for other in [
            "correct horse battery stapl",
            "correct horse battery staple ",
            "Correct horse battery staple",
            "",
        ] {
            assert!(!passwords.worker.verify(other, Some(&stored)), "{other}");
        }
    }

    /// NIST SP 800-63B-4 §3.1.1.2: é is é, whether the keyboard sends one code point or two.
    #[test]
    fn unicode_is_normalised() {
        let passwords = passwords();
        let stored = passwords.hash_blocking("caf\u{e9} caf\u{e9} caf\u{e9}").unwrap();
        assert!(passwords.worker.verify("cafe\u{301} cafe\u{301} cafe\u{301}", Some(&stored)));
    }

    /// P10: unknown users, users without a password and damaged rows cost one hash, too, and are never let in.
    #[test]
    fn an_unknown_user_costs_the_same_work() {
        let passwords = passwords();
        let stored = passwords.hash_blocking(GOOD).unwrap();
        for (stored, expected) in
            [(Some(stored.as_str()), true), (None, false), (Some("no hash"), false), (Some(""), false)]
        {
            let before = passwords.hashes_computed();
            assert_eq!(passwords.worker.verify(GOOD, stored), expected);
            assert_eq!(passwords.hashes_computed() - before, 1, "{stored:?}");
        }
    }

    /// P06: a hash of weaker parameters is to be replaced, one of today's or of stronger ones is not.
    #[test]
    fn weaker_hashes_are_outdated() {
        let passwords = passwords();
        assert!(!passwords.is_outdated(DUMMY));
        for (parameters, expected) in [
            ("argon2id$v=19$m=19456,t=1,p=1", true),
            ("argon2id$v=19$m=8192,t=2,p=1", true),
            ("argon2i$v=19$m=19456,t=2,p=1", true),
            ("argon2id$v=19$m=65536,t=3,p=2", false),
        ] {
            let hash = DUMMY.replace("argon2id$v=19$m=19456,t=2,p=1", parameters);
            assert_eq!(passwords.is_outdated(&hash), expected, "{parameters}");
        }
    }

    /// P06: hashing is bounded, a full house is told so, and a turn is given back.
    #[tokio::test]
    async fn a_full_house_is_busy_after_a_while() {
        let passwords = Passwords { patience: Duration::from_millis(20), ..Passwords::new(1, Entropy) };
        let turn = Arc::clone(&passwords.turns).acquire_owned().await.unwrap();
        let before = passwords.hashes_computed();
        assert_eq!(passwords.verify(GOOD, None).await, Err(PasswordError::Busy));
        assert_eq!(passwords.hash(GOOD).await, Err(PasswordError::Busy));
        assert_eq!(passwords.hashes_computed(), before);
        drop(turn);
        let passwords = Passwords { patience: PATIENCE, ..passwords };
        let stored = passwords.hash(GOOD).await.unwrap();
        assert_eq!(passwords.verify(GOOD, Some(&stored)).await, Ok(true));
        assert_eq!(passwords.turns.available_permits(), 1);
    }
}
