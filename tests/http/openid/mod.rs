//! OpenID Connect Core at the token and userinfo endpoints.

mod claims;
mod id_token;
mod pairwise;
mod signed_userinfo;
mod userinfo;
