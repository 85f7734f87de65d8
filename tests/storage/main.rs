//! What storage promises, on both databases. `PostgreSQL` is tested when `GRANTOR_TEST_POSTGRES_URL` names a superuser
//! of a server that may be thrown away: each test makes a database of its own there and drops it.
//! `GRANTOR_TEST_SMALL_DISK` (a folder of about one megabyte) and `GRANTOR_TEST_POSTGRES_RESTART` (a shell command) turn
//! on two more tests.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod contract;
mod migrations;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
mod support;
