//! How a person signed in, in the words of tokens. OpenID Connect Core §2.

/// `acr` of a sign-in with a password. OpenID Connect Core §2.
pub const PASSWORD: &str = "1";

/// Every `acr` that a sign-in here can have. OpenID Connect Discovery 1.0 §3, `acr_values_supported`.
pub const ALL: [&str; 1] = [PASSWORD];

/// `amr` of a sign-in with a password. RFC 8176 §2.
pub const AMR_PASSWORD: &str = "pwd";
