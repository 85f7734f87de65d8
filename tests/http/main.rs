//! Grantor over HTTP: a real server on port 0 with a database of its own and a clock that the test moves.
//!
//! The database is SQLite, or PostgreSQL with `GRANTOR_TEST_DATABASE=postgres` and `GRANTOR_TEST_POSTGRES_URL` (a superuser
//! of a server that may be thrown away). Modules are named after sections, tests after what these demand.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]
#![expect(clippy::disallowed_methods, reason = "tests are clients, which nothing guards")]

mod account;
mod accounts;
mod admin;
mod at_rest;
mod audit;
mod authorize;
mod cimd;
mod conformance;
mod desk;
mod discovery;
mod engine;
mod factors;
mod fetch;
mod interop_openidconnect;
mod keys;
mod life;
mod logos;
mod logout;
mod openid;
mod pages;
mod people;
mod process;
mod reliability;
mod rfc6749;
mod rfc7009;
mod rfc7523;
mod rfc7591;
mod rfc7592;
mod rfc7662;
mod rfc8414;
mod rfc8707;
mod rfc9068;
mod rfc9728;
mod sign_in;
mod smoke;
mod support;
mod upstream;
