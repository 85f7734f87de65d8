//! What the OpenID Foundation's conformance plans demand of a provider: one module for each plan, one test for each condition.
//! docs/openid.md has the table; a test holds it together with these files.

mod back_channel_logout;
mod basic;
mod basic_prompts;
mod config;
mod dynamic;
mod form_post;
mod front_channel_logout;
mod rp_initiated_logout;
pub mod suite;

pub use suite::Suite;
