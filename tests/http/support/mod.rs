//! A server, a client and a browser.

mod assertion;
mod authenticator;
mod browser;
mod client;
mod database;
mod jwt;
pub mod mail;
mod party;
mod pkce;
mod registration;
mod rows;
mod server;
mod statements;
mod stub;

pub use assertion::ClientKey;
pub use authenticator::Authenticator;
pub use browser::{Browser, Form, Page};
pub use client::{
    Registered, Tokens, authorize_url_at, basic, error_of, json_of, query_of, registered, tokens,
};
pub use database::on_postgres;
pub use jwt::{assemble, parts, verified};
pub use party::Party;
pub use pkce::Pkce;
pub use registration::{body_of, metadata_of};
pub use server::{PASSWORD, Server, ServerBuilder, http_client};
pub use statements::watch_statements;
pub use stub::{ALLOWED, Authority, Counter, Stub, json_answer};
