//! The authorization endpoint. RFC 6749 §3.1, §4.1.1, OpenID Connect Core §3.1.2.

pub mod address;
pub mod claims;
pub mod decision;
pub mod refusal;
pub mod request;
pub mod request_object;
pub mod response;
