//! The cookies: which browser this is, who is signed in, and which language this browser shows.
//!
//! On https both have the `__Host-` prefix and are Secure; on an http loopback issuer a browser would drop them then.
//! SameSite=Lax: a person who comes back from another site is still signed in, a form on another site is not.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use crate::clock::Seconds;
use crate::config::Config;
use crate::entropy::{Entropy, Token};
use crate::flow::authorize::Browser;
use crate::texts::Texts;

const SESSION: &str = "grantor_session";
const BROWSER: &str = "grantor_browser";
const LINK: &str = "grantor_link";
const LOCALE: &str = "grantor_locale";
/// A year: a preference, no secret.
const LOCALE_LIFETIME: Duration = Duration::days(365);
const DESK: &str = "grantor_desk";

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

/// Marks a browser that came to the desk from the desk itself, or by its address: no other site can send it along.
/// Security statement U09.
#[must_use]
pub fn desk(config: &Config, mark: String) -> Cookie<'static> {
    let mut cookie = cookie(config, DESK, mark);
    cookie.set_same_site(SameSite::Strict);
    cookie
}

/// What the mark of the desk is in this browser.
#[must_use]
pub fn desk_mark(request: &HttpRequest, config: &Config) -> Option<String> {
    Some(request.cookie(&full_name(config, DESK))?.value().to_owned())
}

/// As [`session`], and it stays for so long when the browser is closed.
#[must_use]
pub fn remembered_session(config: &Config, session: &Token, lifetime: Seconds) -> Cookie<'static> {
    let mut cookie = self::session(config, session);
    cookie.set_max_age(Duration::seconds(lifetime));
    cookie
}

/// How long a browser is known in which somebody signed in: as long as browsers keep a cookie at most.
const KNOWN_FOR: i64 = 400;

/// The cookie of a browser in which somebody has signed in: it stays, so that the browser is known the next time.
#[must_use]
pub fn known_browser(config: &Config, browser: &Token) -> Cookie<'static> {
    let mut cookie = cookie(config, BROWSER, browser.expose().to_owned());
    cookie.set_max_age(Duration::days(KNOWN_FOR));
    cookie
}

/// Takes the session cookie away.
#[must_use]
pub fn no_session(config: &Config) -> Cookie<'static> {
    let mut cookie = cookie(config, SESSION, String::new());
    cookie.make_removal();
    cookie
}

/// A link of an e-mail that was opened in this browser: no address holds it any more. It goes when the browser is closed.
#[must_use]
pub fn link(config: &Config, link: &Token) -> Cookie<'static> {
    let text: String =
        link.expose().chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    cookie(config, LINK, text)
}

/// The link that was opened in this browser.
#[must_use]
pub fn presented_link(request: &HttpRequest, config: &Config) -> Option<Token> {
    value(request, config, LINK)
}

/// Takes the link away: it was used.
#[must_use]
pub fn no_link(config: &Config) -> Cookie<'static> {
    let mut cookie = cookie(config, LINK, String::new());
    cookie.make_removal();
    cookie
}

/// The language that pages in this browser speak from now on: a tag of [`crate::texts::tags`]. To be set when somebody chooses one,
/// and when somebody signs in who has chosen one.
#[must_use]
pub fn locale(config: &Config, tag: &str) -> Cookie<'static> {
    let mut cookie = cookie(config, LOCALE, Texts::of(&[tag]).tag().to_owned());
    cookie.set_max_age(LOCALE_LIFETIME);
    cookie
}

/// Forgets the language that was chosen in this browser.
#[must_use]
pub fn no_locale(config: &Config) -> Cookie<'static> {
    let mut cookie = cookie(config, LOCALE, String::new());
    cookie.make_removal();
    cookie
}

/// The language that was chosen in this browser.
#[must_use]
pub fn chosen_locale(request: &HttpRequest, config: &Config) -> Option<String> {
    request.cookie(&full_name(config, LOCALE)).map(|cookie| cookie.value().to_owned())
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
