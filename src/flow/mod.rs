//! One file per thing somebody does: the order of the steps, and nothing else.
//!
//! A flow that issues something reads first, then mints and signs, and then runs one short write whose guarded
//! statements repeat every decisive condition. What it is given to work with is [`Means`].

pub mod accept_metadata;
pub mod account;
pub mod accounts;
pub mod administer;
pub mod admit_registration;
pub mod approve_client;
pub mod attempts;
pub mod audit;
pub mod audit_counts;
pub mod audit_seal;
pub mod audit_verify;
pub mod audit_webhook;
pub mod authenticate_client;
pub mod authorize;
pub mod back_channel_logout;
pub mod budgets;
pub mod ceiling;
pub mod client_assertion;
pub mod client_credentials;
pub mod client_documents;
pub mod client_keys;
pub mod client_pictures;
pub mod client_secrets;
pub mod client_sweep;
pub mod consent;
pub mod examine;
pub mod exchange_code;
pub mod factors;
pub mod id_token_hint;
pub mod introspect;
pub mod issue_code;
pub mod issue_tokens;
pub mod last_used;
pub mod log_in;
pub mod log_out;
pub mod manage_client;
pub mod own_attributes;
pub mod recover_client;
pub mod refresh;
pub mod register_client;
pub mod registration_policy;
pub mod registration_token;
pub mod remove_client;
pub mod request_object;
pub mod restore_client;
pub mod revoke;
pub mod rotate_keys;
pub mod rotate_secret;
pub mod send_emails;
pub mod set_up;
pub mod settings;
pub mod sign_in;
pub mod software_statement;
pub mod subjects;
pub mod sweep;
pub mod upstream;
pub mod userinfo;
pub mod vouching;

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Notify;

use crate::clock::{Clock, Seconds};
use crate::config::Config;
use crate::entropy::Entropy;
use crate::fetch::{Fetcher, Resolver};
use crate::keys::MasterKey;
use crate::mail::Mailer;
use crate::password::Passwords;
use crate::storage::Database;

// What flows hand out, for those who may not name the storage.
pub use crate::storage::audit_events::{Actor, EventKind, Origin};
pub use crate::storage::browser_sessions::BrowserSession;
pub use crate::storage::clients::{Client, Source};
pub use crate::storage::{Failure, StorageError};

use attempts::Attempts;
use audit_counts::Counts;
use ceiling::Ceiling;
use client_documents::Flights;
use last_used::LastUsed;
use settings::Published;

/// Everything a flow works with. One for each server, shared by its threads.
pub struct Means {
    pub config: Config,
    pub database: Database,
    pub clock: Clock,
    pub entropy: Entropy,
    pub passwords: Passwords,
    /// The only way to ask other servers.
    pub fetcher: Fetcher,
    /// Client id metadata documents that are fetched at this moment.
    pub flights: Flights,
    /// Keys of clients that are fetched at this moment.
    pub key_flights: Flights,
    pub derived: DerivedKeys,
    /// Writes e-mails; transactions take a clone along.
    pub mailer: Mailer,
    /// What is remembered of the providers by which people sign in.
    pub upstreams: upstream::Known,
    /// Failed attempts by place.
    pub attempts: Attempts,
    /// Guesses at people that are checked at this moment.
    pub turns: sign_in::turns::Turns,
    /// Authorization requests by client and challenge; apart, so that a flood of them does not forget failures.
    pub challenges: Attempts,
    /// When clients were used, not written yet.
    pub last_used: LastUsed,
    /// Tells this server from others on the same database, while it runs.
    pub server_id: String,
    /// Reads and refusals that wait to be written.
    pub counts: Counts,
    /// What is remembered of the number of clients.
    pub ceiling: Arc<Ceiling>,
    /// Tells the job that fetches pictures of clients that there may be one to fetch.
    pub pictures_wanted: Notify,
    published: RwLock<Arc<Published>>,
}

/// Keys for what must be the same on every server and is never stored.
#[derive(Clone)]
pub struct DerivedKeys {
    /// Makes the successor of a refresh token from the token itself.
    pub refresh_successor: [u8; 32],
    /// Makes the successor of a registration access token from the token itself.
    pub registration_successor: [u8; 32],
    /// Makes what pairwise clients know people by.
    pub pairwise_subjects: [u8; 32],
    /// Seals the secrets of clients that sign with them.
    pub client_secrets: MasterKey,
    /// Seals what one-time codes are made of, and challenges that wait for their answer.
    pub factors: MasterKey,
    /// Makes what passkeys know people by.
    pub user_handles: [u8; 32],
    /// Makes what failures at names that nobody has are counted under.
    pub unknown_names: [u8; 32],
    /// Seals the secrets of this server at other providers, and what only it may know of a sign-in there.
    pub upstream_secrets: MasterKey,
    /// Seals the private halves of signing keys.
    pub signing_keys: MasterKey,
    /// Makes the CSRF tokens of forms.
    pub csrf: [u8; 32],
}

impl DerivedKeys {
    /// Derived from the master key, each for one purpose.
    #[must_use]
    pub fn from_master(master: &MasterKey) -> Self {
        Self {
            refresh_successor: master.derive("refresh successor"),
            registration_successor: master.derive("registration successor"),
            pairwise_subjects: master.derive("pairwise subjects"),
            client_secrets: master.for_purpose("client secrets"),
            factors: master.for_purpose("factors"),
            user_handles: master.derive("user handles"),
            unknown_names: master.derive("unknown names"),
            upstream_secrets: master.for_purpose("upstream secrets"),
            signing_keys: master.clone(),
            csrf: master.derive("csrf"),
        }
    }
}

impl Means {
    /// The means of a server that has read its keys and resources once.
    #[must_use]
    pub fn new(
        config: Config,
        database: Database,
        clock: Clock,
        entropy: Entropy,
        master: &MasterKey,
        published: Published,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let fetcher = Fetcher::new(&config, Resolver::system(), clock.clone());
        let mailer = Mailer::new(&config, master, entropy);
        Self {
            config,
            database,
            clock,
            entropy,
            // One core is left for everything else: a crowd that signs in must not slow the token endpoint down.
            passwords: Passwords::new(cores.saturating_sub(1), entropy),
            fetcher,
            flights: Flights::default(),
            key_flights: Flights::default(),
            derived: DerivedKeys::from_master(master),
            mailer,
            upstreams: upstream::Known::default(),
            attempts: Attempts::default(),
            turns: sign_in::turns::Turns::default(),
            challenges: Attempts::default(),
            last_used: LastUsed::default(),
            server_id: entropy.identifier(),
            counts: Counts::default(),
            ceiling: Arc::default(),
            pictures_wanted: Notify::new(),
            published: RwLock::new(Arc::new(published)),
        }
    }

    /// The signing keys, resources and rendered documents as last read.
    #[must_use]
    pub fn published(&self) -> Arc<Published> {
        Arc::clone(&self.published.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The longest life that a token signed now may have.
    #[must_use]
    pub fn longest_token_life(&self) -> Seconds {
        let of_resources =
            self.published().resources.iter().filter_map(|resource| resource.access_token_lifetime).max();
        let tokens = &self.config.tokens;
        tokens.access_token_lifetime.max(tokens.id_token_lifetime).max(of_resources.unwrap_or(0))
    }

    /// Puts newly read keys and resources in place.
    pub fn publish(&self, published: Published) {
        *self.published.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(published);
    }
}
