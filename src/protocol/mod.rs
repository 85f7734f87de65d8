//! The rules of the RFCs: pure functions over plain values. No clock, no rows, no HTTP.

pub mod access_token;
pub mod acr;
pub mod attribute;
pub mod authorization;
pub mod bearer;
pub mod claims;
pub mod claims_request;
pub mod client;
pub mod display;
pub mod email;
pub mod engine;
pub mod id_token;
pub mod introspection;
pub mod json;
pub mod jwt;
pub mod language;
pub mod logout_token;
pub mod lookalike;
pub mod params;
pub mod pkce;
pub mod protected_resource;
pub mod redirect_uri;
pub mod resource;
pub mod scope;
pub mod server_metadata;
pub mod token;

mod text;
pub mod upstream;
pub(crate) mod uri;
