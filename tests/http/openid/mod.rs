//! OpenID Connect Core at the token and userinfo endpoints.

mod id_token;
mod pairwise;
mod userinfo;
