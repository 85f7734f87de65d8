//! Rows, SQL and transactions: one file per table. The only place that names Diesel.

pub mod connection;
pub mod error;
pub mod schema;

pub use connection::DbConnection;
pub use error::{Failure, StorageError};
