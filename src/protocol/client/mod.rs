//! OAuth clients: what is known of one, and what it may register.

pub mod metadata;
pub mod policy;
pub mod product;
mod proving;
pub mod refusal;
pub mod registration;
pub mod sector_identifier;
pub mod software_statement;

pub mod assertion;
pub mod authentication;
mod choices;
pub mod document;
pub mod identity;
pub mod information;
pub mod languages;
pub mod links;
mod logout;
mod members;
mod public_keys;
pub mod tier;
mod unbuilt;
