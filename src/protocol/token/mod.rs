//! The token endpoint. RFC 6749 §5.

pub mod refusal;
pub mod request;
pub mod response;
