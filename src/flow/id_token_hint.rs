//! An ID token that a client sends back to say who is meant. OpenID Connect Core §3.1.2.1, RP-Initiated Logout 1.0 §2.

use super::Means;
use crate::protocol::jwt::TYP_JWT;

/// What an ID token of this server says, however old it is. OpenID Connect RP-Initiated Logout 1.0 §4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The person, by the name that this client knows. OpenID Connect Core §8.
    pub sub: String,
    /// The `client_id` that it was issued to.
    pub aud: String,
    /// The browser session that it was issued in. OpenID Connect Front-Channel Logout 1.0 §3.
    pub sid: Option<String>,
}

/// Believes an ID token that a key of this server signed, retired or not; `None` for everything else. It may have
/// expired: it proves whom it was about, and opens nothing. OpenID Connect Core §3.1.2.1.
#[must_use]
pub fn read(means: &Means, hint: &str) -> Option<Hint> {
    let claims = means.published().keys.verify_of_any_age(hint, TYP_JWT).ok()?;
    let text = |name: &str| claims.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    // Of what is signed here with this type, ID tokens alone say when somebody signed in.
    claims.get("auth_time")?;
    if text("iss")? != means.config.issuer.as_str() {
        return None;
    }
    Some(Hint { sub: text("sub")?, aud: text("aud")?, sid: text("sid") })
}
