//! Builds a server from its settings. `main`, the command line and the tests use the same functions.

pub mod audit;
pub mod logos;
pub mod metrics;
pub mod server;
pub mod tls;
pub mod welcome;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::config::{Config, MasterKeySource};
use crate::entropy::Entropy;
use crate::flow::settings::Published;
use crate::flow::{Means, rotate_keys};
use crate::keys::{KeyError, MasterKey};
use crate::storage::{Database, Failure, StorageError};

/// How long a database that is down, or busy with another server's start, is waited for at start.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a server or a command cannot begin: one sentence.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{0}")]
    Database(#[from] StorageError),
    #[error("{0}")]
    Key(#[from] KeyError),
    #[error("master_key is missing: set it to the base64 of 32 random bytes")]
    NoMasterKey,
    #[error("{0}")]
    Listen(String),
    /// A file that the settings name cannot be used.
    #[error("{0}")]
    Refused(String),
}

impl StartError {
    /// The exit code: 2 for what the operator must set right in the configuration, 1 for everything else.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Key(_) | Self::NoMasterKey | Self::Refused(_) => 2,
            _ => 1,
        }
    }
}

impl From<Failure<KeyError>> for StartError {
    fn from(failure: Failure<KeyError>) -> Self {
        match failure {
            Failure::Refused(error) => Self::Key(error),
            Failure::Broken(error) => Self::Database(error),
        }
    }
}

/// What every command begins with: an open, migrated database and the means to work on it.
pub struct Opened {
    pub means: Means,
    pub master: Arc<MasterKey>,
    /// Names of the migrations that were applied just now.
    pub migrated: Vec<String>,
}

/// Opens the database (waiting for it if it is down), migrates it, unlocks it with the master key, and makes the first
/// signing keys.
pub fn open(config: Config, clock: Clock, entropy: Entropy) -> Result<Opened, StartError> {
    let source = config.master_key.clone().ok_or(StartError::NoMasterKey)?;
    let database = Database::open_with_patience(&config.database, PATIENCE)?;
    let migrated = database.migrate()?;
    let master = Arc::new(unlock(&database, &source, entropy, &clock)?);
    let published = {
        let (config, master) = (config.clone(), Arc::clone(&master));
        database.read_blocking(move |conn| Published::read(conn, &config, &master))?
    };
    let means = Means::new(config, database, clock, entropy, &master, published);
    Ok(Opened { means, master, migrated })
}

fn unlock(
    database: &Database,
    source: &MasterKeySource,
    entropy: Entropy,
    clock: &Clock,
) -> Result<MasterKey, StartError> {
    let begun = Instant::now();
    loop {
        let (source, now) = (source.clone(), clock.now());
        let unlocked = database.write_blocking(move |conn| {
            let master = rotate_keys::unlock(conn, &source, &entropy)?;
            rotate_keys::ensure_keys(conn, &master, &entropy, now)?;
            Ok::<_, Failure<KeyError>>(master)
        });
        match unlocked {
            // Another server starts at this moment and makes the first keys, which takes longer than a request may wait.
            Err(Failure::Broken(StorageError::Busy(_))) if begun.elapsed() < PATIENCE => {}
            answer => return Ok(answer?),
        }
    }
}
