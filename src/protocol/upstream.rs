//! This server as a client of another OpenID provider: what it believes of that provider's metadata, answers and ID tokens.
//! OpenID Connect Core §3.1, OpenID Connect Discovery §3, RFC 9207.

use serde_json::{Map, Value};

use super::jwt::{self, JoseHeader};
use super::uri::Uri;
use crate::clock::Seconds;

/// How far the clock of a provider may be off.
pub const LEEWAY: Seconds = 60;
/// The longest `sub`. OpenID Connect Core §2.
const MAX_SUBJECT: usize = 255;
/// More of a name than this is not taken over.
const MAX_TEXT: usize = 256;

/// What is needed of a provider's metadata. OpenID Connect Discovery §3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamMetadata {
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub jwks_uri: String,
    pub userinfo_endpoint: Option<String>,
    /// The secret goes into the form, because the provider does not take it in the header.
    pub posts_secret: bool,
    /// Every answer names its issuer. RFC 9207 §3.
    pub names_issuer: bool,
}

/// Why a provider, or what it says, is not believed; completes "the provider …". OpenID Connect Core §3.1.3.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamFault {
    #[error("serves metadata of another issuer")]
    OtherIssuer,
    #[error("serves metadata without {0}, or with one that is no https address")]
    Endpoint(&'static str),
    #[error("does not say in its answer that it is the one that was asked")]
    AnswerIssuer,
    #[error("sent an ID token of another type")]
    Type,
    #[error("sent an ID token of another issuer")]
    TokenIssuer,
    #[error("sent an ID token for another client")]
    Audience,
    #[error("sent an ID token for another sign-in")]
    Nonce,
    #[error("sent an ID token that is too old, or from the future")]
    Time,
    #[error("sent an ID token without a usable sub")]
    Subject,
    #[error("sent claims about somebody else than its ID token")]
    OtherSubject,
}

impl UpstreamMetadata {
    /// Reads the metadata of this issuer, which must say itself that they are. OpenID Connect Discovery §4.3.
    pub fn read(document: &Map<String, Value>, issuer: &str) -> Result<Self, UpstreamFault> {
        if document.get("issuer").and_then(Value::as_str) != Some(issuer) {
            return Err(UpstreamFault::OtherIssuer);
        }
        // http is for an issuer that has it itself, which is one on this computer.
        let is_plain = issuer.starts_with("http:");
        let endpoint = |name: &'static str| {
            let found = document.get(name).and_then(Value::as_str);
            found
                .filter(|uri| is_address(uri, is_plain))
                .map(str::to_owned)
                .ok_or(UpstreamFault::Endpoint(name))
        };
        let methods = document.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
        let takes = |method: &str| methods.is_some_and(|known| known.iter().any(|one| one == method));
        let is_true = |name: &str| document.get(name) == Some(&Value::Bool(true));
        Ok(Self {
            authorization_endpoint: endpoint("authorization_endpoint")?,
            token_endpoint: endpoint("token_endpoint")?,
            jwks_uri: endpoint("jwks_uri")?,
            userinfo_endpoint: match document.get("userinfo_endpoint") {
                None => None,
                Some(_) => Some(endpoint("userinfo_endpoint")?),
            },
            posts_secret: !takes("client_secret_basic") && takes("client_secret_post"),
            names_issuer: is_true("authorization_response_iss_parameter_supported"),
        })
    }

    /// Whether the answer came from this issuer, as far as it says so and must. RFC 9207 §2.4.
    pub fn check_answer(&self, issuer: &str, said: Option<&str>) -> Result<(), UpstreamFault> {
        match said {
            Some(said) if said == issuer => Ok(()),
            None if !self.names_issuer => Ok(()),
            _ => Err(UpstreamFault::AnswerIssuer),
        }
    }
}

fn is_address(text: &str, is_plain: bool) -> bool {
    Uri::parse(text)
        .is_ok_and(|uri| !uri.has_fragment && (uri.is_scheme("https") || is_plain && uri.is_scheme("http")))
}

/// What an ID token is held to. OpenID Connect Core §3.1.3.7.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub now: Seconds,
}

/// Who it is, by an ID token whose signature was verified. OpenID Connect Core §3.1.3.7.
pub fn subject(
    header: &JoseHeader,
    claims: &Map<String, Value>,
    expected: &Expected<'_>,
) -> Result<String, UpstreamFault> {
    // An access token for somebody else must not be taken for one. RFC 8725 §3.11.
    if header.typ.is_some() && header.require_typ(jwt::TYP_JWT).is_err() {
        return Err(UpstreamFault::Type);
    }
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err(UpstreamFault::TokenIssuer);
    }
    let is_for_us = match claims.get("aud") {
        Some(Value::String(one)) => one == expected.client_id,
        // Several are trusted only if it says which of them asked.
        Some(Value::Array(all)) => {
            all.iter().any(|one| one == expected.client_id) && (all.len() == 1 || claims.contains_key("azp"))
        }
        _ => false,
    };
    let is_by_us = claims.get("azp").is_none_or(|party| party == expected.client_id);
    if !is_for_us || !is_by_us {
        return Err(UpstreamFault::Audience);
    }
    if text("nonce") != Some(expected.nonce) {
        return Err(UpstreamFault::Nonce);
    }
    let timely = jwt::require_expiry(claims).and_then(|()| jwt::check_times(claims, expected.now, LEEWAY));
    if timely.is_err() || !claims.contains_key("iat") {
        return Err(UpstreamFault::Time);
    }
    let is_plain = |sub: &&str| {
        !sub.is_empty() && sub.chars().count() <= MAX_SUBJECT && !sub.chars().any(char::is_control)
    };
    text("sub").filter(is_plain).map(str::to_owned).ok_or(UpstreamFault::Subject)
}

/// What a provider says about a person. OpenID Connect Core §5.1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    pub subject: String,
    /// An address that the provider says it verified, in lower case.
    pub verified_email: Option<String>,
    pub name: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub preferred_username: Option<String>,
    pub locale: Option<String>,
}

impl Identity {
    /// What these claims say of this person. OpenID Connect Core §5.1.
    #[must_use]
    pub fn of(subject: String, claims: &Map<String, Value>) -> Self {
        let text = |name: &str| {
            let found = claims.get(name).and_then(Value::as_str).map(str::trim)?;
            let is_line = !found.is_empty()
                && found.chars().count() <= MAX_TEXT
                && !found.chars().any(char::is_control);
            is_line.then(|| found.to_owned())
        };
        // Some providers write it as a string.
        let is_verified = claims.get("email_verified").is_some_and(|it| *it == true || *it == "true");
        let email = text("email").filter(|email| is_verified && super::email::is_plausible(email));
        Self {
            subject,
            verified_email: email.map(|email| email.to_lowercase()),
            name: text("name"),
            given_name: text("given_name"),
            family_name: text("family_name"),
            preferred_username: text("preferred_username"),
            locale: text("locale"),
        }
    }

    /// What is shown of the account there. OpenID Connect Core §5.1.
    #[must_use]
    pub fn shown_name(&self) -> String {
        let known = [&self.verified_email, &self.preferred_username, &self.name];
        known.into_iter().flatten().next().unwrap_or(&self.subject).clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://login.example";

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(members) = value else { panic!("{value} is no object") };
        members
    }

    fn document() -> Map<String, Value> {
        object(json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://login.example/authorize",
            "token_endpoint": "https://login.example/token",
            "jwks_uri": "https://login.example/jwks",
        }))
    }

    fn with(mut members: Map<String, Value>, name: &str, value: Value) -> Map<String, Value> {
        members.insert(name.to_owned(), value);
        members
    }

    /// OpenID Connect Discovery §4.3: the issuer is the one that was asked, to the letter; every endpoint is https.
    #[test]
    fn metadata_are_of_the_issuer_that_was_asked() {
        assert!(UpstreamMetadata::read(&document(), ISSUER).is_ok());
        for issuer in ["https://login.example/", "https://LOGIN.example", "https://evil.example"] {
            assert_eq!(UpstreamMetadata::read(&document(), issuer), Err(UpstreamFault::OtherIssuer));
        }
        for (name, value) in [
            ("token_endpoint", json!("http://login.example/token")),
            ("jwks_uri", json!(7)),
            ("authorization_endpoint", json!("javascript:alert(1)")),
            ("userinfo_endpoint", json!("https://login.example/me#x")),
        ] {
            let read = UpstreamMetadata::read(&with(document(), name, value), ISSUER);
            assert_eq!(read, Err(UpstreamFault::Endpoint(name)));
        }
    }

    /// RFC 9207 §2.4: a wrong `iss` is refused always, a missing one where the provider promises it.
    #[test]
    fn an_answer_of_another_issuer_is_refused() {
        let silent = UpstreamMetadata::read(&document(), ISSUER).unwrap();
        let promise = "authorization_response_iss_parameter_supported";
        let saying = UpstreamMetadata::read(&with(document(), promise, json!(true)), ISSUER).unwrap();
        for metadata in [&silent, &saying] {
            assert!(metadata.check_answer(ISSUER, Some(ISSUER)).is_ok());
            assert!(metadata.check_answer(ISSUER, Some("https://evil.example")).is_err());
        }
        assert!(silent.check_answer(ISSUER, None).is_ok());
        assert!(saying.check_answer(ISSUER, None).is_err());
    }

    fn claims() -> Map<String, Value> {
        object(json!({"iss": ISSUER, "aud": "us", "sub": "1", "nonce": "n", "iat": 1000, "exp": 1300}))
    }

    fn check(typ: Option<&str>, claims: &Map<String, Value>) -> Result<String, UpstreamFault> {
        let header = JoseHeader { alg: "RS256".to_owned(), kid: None, typ: typ.map(str::to_owned) };
        subject(&header, claims, &Expected { issuer: ISSUER, client_id: "us", nonce: "n", now: 1010 })
    }

    /// OpenID Connect Core §3.1.3.7: every member that says for whom, by whom and for which sign-in a token is.
    #[test]
    fn an_id_token_is_for_this_sign_in_only() {
        assert_eq!(check(Some("JWT"), &claims()), Ok("1".to_owned()));
        assert_eq!(check(None, &with(claims(), "aud", json!(["us"]))), Ok("1".to_owned()));
        assert_eq!(check(Some("at+jwt"), &claims()), Err(UpstreamFault::Type));
        for (name, value, fault) in [
            ("iss", json!("https://evil.example"), UpstreamFault::TokenIssuer),
            ("aud", json!("them"), UpstreamFault::Audience),
            ("aud", json!(["us", "them"]), UpstreamFault::Audience),
            ("azp", json!("them"), UpstreamFault::Audience),
            ("azp", json!(null), UpstreamFault::Audience),
            ("nonce", json!("m"), UpstreamFault::Nonce),
            ("exp", json!(900), UpstreamFault::Time),
            ("exp", json!("1300"), UpstreamFault::Time),
            ("iat", json!(2000), UpstreamFault::Time),
            ("sub", json!(""), UpstreamFault::Subject),
            ("sub", json!("x".repeat(256)), UpstreamFault::Subject),
            ("sub", json!(1), UpstreamFault::Subject),
        ] {
            assert_eq!(check(None, &with(claims(), name, value.clone())), Err(fault), "{name} {value}");
        }
        for name in ["iss", "aud", "nonce", "exp", "iat", "sub"] {
            let mut without = claims();
            without.remove(name);
            assert!(check(None, &without).is_err(), "without {name}");
        }
    }

    /// P21: an address counts only if the provider says that it verified it.
    #[test]
    fn only_a_verified_address_counts() {
        let said = |value: Value| Identity::of("1".to_owned(), &object(value)).verified_email;
        let address = "Ada@Example.com";
        assert_eq!(
            said(json!({"email": address, "email_verified": true})).as_deref(),
            Some("ada@example.com")
        );
        assert!(said(json!({"email": address, "email_verified": "true"})).is_some());
        for verified in [json!(false), json!("false"), json!(1), json!(null)] {
            assert_eq!(said(json!({"email": address, "email_verified": verified})), None);
        }
        assert_eq!(said(json!({"email": address})), None);
        assert_eq!(said(json!({"email": "a@b\r\nBcc: c", "email_verified": true})), None);
    }
}
