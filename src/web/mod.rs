//! HTTP in, HTTP out, pages. Holds no rule of any RFC.

pub mod admin;
pub mod assets;
pub mod authorize;
pub mod body;
pub mod client_words;
pub mod consent;
pub mod cookies;
pub mod csrf;
pub mod desk;
pub mod documents;
pub mod error;
pub mod factors;
pub mod health;
pub mod home;
pub mod introspect;
pub mod language;
pub mod login;
pub mod logout;
pub mod middleware;
pub mod page;
pub mod pages;
pub mod peer;
pub mod pictures;
pub mod register;
pub mod resources;
pub mod revoke;
pub mod routes;
pub mod setup;
pub mod signed_in;
pub mod token;
pub mod userinfo;

pub use peer::origin;
