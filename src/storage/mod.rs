//! Rows, SQL and transactions: one file per table. The only place that names Diesel.

pub mod access_tokens;
pub mod account_links;
pub mod api_keys;
pub mod audit_chain;
pub mod audit_counts;
pub mod audit_events;
pub mod authorization_codes;
pub mod authorization_threads;
pub mod backups;
pub mod browser_sessions;
pub mod budgets;
pub mod ceiling;
pub mod client_documents;
pub mod client_keys;
pub mod client_list;
pub mod client_pictures;
pub mod client_sweep;
pub mod clients;
pub mod connection;
pub mod consents;
pub mod database;
pub mod emails;
pub mod error;
pub mod exports;
pub mod grant_list;
pub mod grants;
pub mod groups;
pub mod initial_access_tokens;
pub mod known_devices;
pub mod last_used;
pub mod leases;
pub mod logout_deliveries;
pub mod passkey_ceremonies;
pub mod passkeys;
pub mod person_view;
pub mod recovery_codes;
pub mod refresh_tokens;
pub mod registration_access_tokens;
pub mod resources;
pub mod schema;
pub mod server_state;
pub mod session_clients;
pub mod setup_links;
pub mod sign_in_failures;
pub mod sign_ins;
pub mod signing_keys;
pub mod spent_assertions;
pub mod standing;
pub mod statistics;
pub mod sweep;
pub mod tombstones;
pub mod totp_secrets;
pub mod upstream_links;
pub mod upstream_providers;
pub mod upstream_requests;
pub mod user_attributes;
pub mod user_list;
pub mod users;
pub mod ways_in;

pub use connection::DbConnection;
pub use database::{Database, DatabaseKind};
pub use error::{Failure, StorageError};

use crate::protocol::scope::Scopes;

/// Scopes as a row holds them.
fn stored_scopes(text: &str) -> Result<Scopes, StorageError> {
    Scopes::parse(text).map_err(|_| StorageError::Corrupt("a scope that is none"))
}
