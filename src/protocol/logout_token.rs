//! What a client is told when a session ends. OpenID Connect Back-Channel Logout 1.0 §2.4.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::clock::Seconds;

/// `typ` of a logout token. OpenID Connect Back-Channel Logout 1.0 §2.4.
pub const TYP_LOGOUT_TOKEN: &str = "logout+jwt";

/// How long one is good. OpenID Connect Back-Channel Logout 1.0 §2.4: at most two minutes.
pub const LIFETIME: Seconds = 120;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The claims of a logout token; never a nonce. OpenID Connect Back-Channel Logout 1.0 §2.4.
#[derive(Clone, Debug, Serialize)]
pub struct LogoutTokenClaims<'a> {
    pub iss: &'a str,
    pub sub: &'a str,
    pub aud: &'a str,
    pub iat: Seconds,
    pub exp: Seconds,
    pub jti: &'a str,
    pub sid: &'a str,
    events: Map<String, Value>,
}

impl<'a> LogoutTokenClaims<'a> {
    /// What is said of the end of the session `sid` of `sub`. OpenID Connect Back-Channel Logout 1.0 §2.4.
    #[must_use]
    pub fn new(
        iss: &'a str,
        aud: &'a str,
        (sub, sid): (&'a str, &'a str),
        jti: &'a str,
        now: Seconds,
    ) -> Self {
        let events = Map::from_iter([(EVENT.to_owned(), Value::Object(Map::new()))]);
        Self { iss, sub, aud, iat: now, exp: now + LIFETIME, jti, sid, events }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// OpenID Connect Back-Channel Logout 1.0 §2.4: the example, with `exp` and without a nonce.
    #[test]
    fn the_claims_are_those_of_the_specification() {
        let claims = LogoutTokenClaims::new(
            "https://server.example.com",
            "s6BhdRkqt3",
            ("248289761001", "08a5019c-17e1-4977-8f42-65a12843ea02"),
            "bWJq",
            1_471_566_154,
        );
        assert_eq!(
            serde_json::to_value(claims).unwrap(),
            json!({
                "iss": "https://server.example.com", "sub": "248289761001", "aud": "s6BhdRkqt3",
                "iat": 1_471_566_154, "exp": 1_471_566_274, "jti": "bWJq",
                "sid": "08a5019c-17e1-4977-8f42-65a12843ea02",
                "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
            })
        );
    }
}
