//! CSRF tokens, bound to the browser, to who is signed in, and to the one authorization request. Security statement U04.

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, ORIGIN};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::flow::Means;
use crate::flow::authorize::Browser;

/// What a form is for. A token for one purpose is no good for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    SignIn,
    Consent,
    SignOut,
    SetUp,
    /// For a page that would end.
    MoreTime,
    /// A page of the account; the subject is the path that the form posts to.
    Account,
    /// A page of the operator's desk; the subject is the path that the form posts to.
    Desk,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Consent => "consent",
            Self::SignOut => "sign-out",
            Self::SetUp => "set-up",
            Self::MoreTime => "more-time",
            Self::Account => "account",
            Self::Desk => "desk",
        }
    }
}

/// The token of a form. `subject` is the stored authorization request, or what else the form is about.
#[must_use]
pub fn token(means: &Means, purpose: Purpose, browser: &Browser, subject: &str) -> String {
    let tag = hmac::sign(&key(means), message(purpose, browser, subject).as_bytes());
    URL_SAFE_NO_PAD.encode(tag.as_ref())
}

/// Whether the form was made for this browser, and was sent from our own pages as far as the browser says.
#[must_use]
pub fn is_good(
    means: &Means,
    request: &HttpRequest,
    purpose: Purpose,
    browser: &Browser,
    subject: &str,
    presented: Option<&str>,
) -> bool {
    let Some(tag) = presented.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()) else { return false };
    is_from_here(request.headers(), means.config.issuer.origin())
        && hmac::verify(&key(means), message(purpose, browser, subject).as_bytes(), &tag).is_ok()
}

fn key(means: &Means) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &means.derived.csrf)
}

/// Lengths first, so that no two messages are the same text.
fn message(purpose: Purpose, browser: &Browser, subject: &str) -> String {
    let session = browser.session.as_ref().map_or("", |session| session.expose());
    let parts = [purpose.as_str(), browser.browser.expose(), session, subject];
    parts.iter().fold(String::new(), |text, part| text + &part.len().to_string() + ":" + part + ";")
}

/// `Origin: null` is what browsers send from our own pages, because of their Referrer-Policy.
fn is_from_here(headers: &HeaderMap, origin: &str) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (header("sec-fetch-site"), header(ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(sent)) => sent == origin || sent == "null",
        (None, None) => true,
    }
}
