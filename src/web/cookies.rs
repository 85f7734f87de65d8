//! The two cookies: which browser this is, and who is signed in.
//!
//! On https both have the `__Host-` prefix and are Secure; on an http loopback issuer a browser would drop them then.
//! SameSite=Lax: a person who comes back from another site is still signed in, a form on another site is not.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};

use crate::config::Config;
use crate::entropy::{Entropy, Token};
use crate::flow::authorize::Browser;

const SESSION: &str = "grantor_session";
const BROWSER: &str = "grantor_browser";

/// A browser as its cookies say, with a new browser cookie if it had none.
pub struct Presented {
    pub browser: Browser,
    /// To be set with the answer.
    pub new_browser: Option<Cookie<'static>>,
}

/// Reads both cookies.
#[must_use]
pub fn read(request: &HttpRequest, config: &Config, entropy: Entropy) -> Presented {
    let session = value(request, config, SESSION);
    let (browser, is_new) = match value(request, config, BROWSER) {
        Some(token) => (token, false),
        None => (entropy.token(), true),
    };
    Presented {
        new_browser: is_new.then(|| cookie(config, BROWSER, browser.expose().to_owned())),
        browser: Browser { browser, session },
    }
}

/// The cookie of a session that has just begun.
#[must_use]
pub fn session(config: &Config, session: &Token) -> Cookie<'static> {
    cookie(config, SESSION, session.expose().to_owned())
}

/// Takes the session cookie away.
#[must_use]
pub fn no_session(config: &Config) -> Cookie<'static> {
    let mut cookie = cookie(config, SESSION, String::new());
    cookie.make_removal();
    cookie
}

fn value(request: &HttpRequest, config: &Config, name: &str) -> Option<Token> {
    let cookie = request.cookie(&full_name(config, name))?;
    (!cookie.value().is_empty()).then(|| Token::presented(cookie.value()))
}

fn full_name(config: &Config, name: &str) -> String {
    if config.issuer.is_https() { format!("__Host-{name}") } else { name.to_owned() }
}

fn cookie(config: &Config, name: &str, value: String) -> Cookie<'static> {
    Cookie::build(full_name(config, name), value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(config.issuer.is_https())
        .finish()
}
