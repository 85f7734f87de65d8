//! The documents, held against the code: their examples run, their tables are true, their links lead somewhere.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod conformance;
mod documents;
mod examples;
mod links;
mod tables;
mod words;
