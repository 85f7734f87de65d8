//! OAuth clients: what is known of one, and what it may register.

pub mod metadata;
pub mod policy;
pub mod product;
pub mod refusal;
pub mod registration;

pub mod authentication;
pub mod identity;
pub mod information;
pub mod links;
mod members;
pub mod tier;
mod unbuilt;
