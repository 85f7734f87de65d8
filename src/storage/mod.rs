//! Rows, SQL and transactions: one file per table. The only place that names Diesel.

pub mod connection;
pub mod database;
pub mod error;
pub mod schema;
pub mod server_state;
pub mod signing_keys;

pub use connection::DbConnection;
pub use database::{Database, DatabaseKind};
pub use error::{Failure, StorageError};
