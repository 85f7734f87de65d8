//! The command line, by the real binary: what each command prints, its exit code, and what it leaves in the database.
//! PostgreSQL is tested when `GRANTOR_TEST_POSTGRES_URL` names a superuser of a server that may be thrown away.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod apply;
mod audit;
mod backups;
mod clients;
mod doctor;
mod keys_and_settings;
mod overview;
mod resources_and_tokens;
mod running_server;
mod support;
mod users;
