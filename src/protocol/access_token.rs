//! The claims of a JWT access token. RFC 9068 §2.2.

use serde::Serialize;

use super::jwt::Audience;
use crate::clock::Seconds;

/// What a JWT access token says. RFC 9068 §2.2.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct AccessTokenClaims<'a> {
    pub iss: &'a str,
    /// The resources it is for; the issuer if none was named. RFC 9068 §3.
    pub aud: Audience<'a>,
    /// The user; the client itself where no user is involved. RFC 9068 §2.2.
    pub sub: &'a str,
    pub client_id: &'a str,
    pub iat: Seconds,
    pub exp: Seconds,
    pub jti: &'a str,
    /// Scopes, separated by spaces; absent if empty. RFC 9068 §2.2.3.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub scope: &'a str,
    /// When the user authenticated. RFC 9068 §2.2.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<Seconds>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// T05: every claim that RFC 9068 §2.2 requires is there, and nothing that was not said.
    #[test]
    fn the_claims_are_those_of_rfc_9068_section_2_2() {
        let aud = ["https://rs.example.com/".to_owned()];
        let mut claims = AccessTokenClaims {
            iss: "https://authorization-server.example.com/",
            aud: Audience(&aud),
            sub: "5ba552d67",
            client_id: "s6BhdRkqt3",
            iat: 1_618_354_090,
            exp: 1_639_528_912,
            jti: "dbe39bf3a3ba4238a513f51d6e1691c4",
            scope: "openid profile reademail",
            auth_time: Some(1_618_354_000),
        };
        // The example of RFC 9068 §2.2.3, with an auth_time.
        assert_eq!(
            serde_json::to_value(claims).unwrap(),
            json!({
                "iss": "https://authorization-server.example.com/", "sub": "5ba552d67",
                "aud": "https://rs.example.com/", "exp": 1_639_528_912, "iat": 1_618_354_090,
                "jti": "dbe39bf3a3ba4238a513f51d6e1691c4", "client_id": "s6BhdRkqt3",
                "scope": "openid profile reademail", "auth_time": 1_618_354_000,
            })
        );
        claims.scope = "";
        claims.auth_time = None;
        let bare = serde_json::to_value(claims).unwrap();
        assert!(bare.get("scope").is_none() && bare.get("auth_time").is_none());
    }
}
