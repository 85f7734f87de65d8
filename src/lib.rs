//! Grantor: an OAuth 2.0 authorization server and OpenID provider whose clients register themselves.
//!
//! | folder | holds | may not name |
//! | --- | --- | --- |
//! | [`protocol`] | the rules of the RFCs, pure | storage, flow, web, actix-web, Diesel, the clock |
//! | [`storage`] | rows, SQL, transactions | flow, web, actix-web, oxide-auth |
//! | [`flow`] | one file per thing somebody does: the order of the steps | web, actix-web, askama |
//! | [`fetch`] | the only requests that go out | flow, web, storage, actix-web |
//! | [`brand`] | how the pages of one operator look | everything but texts and pictures |
//! | [`mail`] | what e-mails say, and their way out | flow, web, actix-web |
//! | [`texts`] | what pages and e-mails say, in every language | everything else |
//! | [`web`] | HTTP in, HTTP out, pages | Diesel, storage queries |
//!
//! `tests/architecture.rs` holds these arrows. `docs/architecture.md` draws four requests from end to end.

pub mod app;
pub mod brand;
pub mod cli;
pub mod clock;
pub mod config;
pub mod entropy;
pub mod fetch;
pub mod flow;
pub mod keys;
pub mod mail;
pub mod password;
pub mod picture;
pub mod protocol;
pub mod storage;
pub mod telemetry;
pub mod texts;
pub mod web;
