//! Signing in step by step: who it is, what proves it, how often that may fail, and what clients learn of it.

mod counting;
mod identifiers;
mod levels;
mod remembered;
mod same_answer;
mod second_factor;

use grantor::flow::factors::{recovery, totp};
use grantor::flow::{Actor, Origin};
use grantor::storage::Failure;
use grantor::storage::users::{self, User};

use crate::support::{Browser, PASSWORD, Page, Server};

fn user(server: &Server, name: &str) -> User {
    let name = name.to_owned();
    let read = server
        .means()
        .database
        .read_blocking(move |conn| Ok::<_, Failure<()>>(users::find_by_name(conn, &name)?.unwrap().0));
    read.unwrap()
}

/// Who can read the app of a person.
pub(super) struct App(totp_rs::Totp);

impl App {
    /// The code that it shows so many steps from now.
    pub(super) fn code(&self, server: &Server, steps: i64) -> String {
        let time = server.clock.now() + steps * 30;
        self.0.generate(u64::try_from(time).unwrap()).to_string()
    }
}

/// Gives the person an app for one-time codes, by what its page would call.
pub(super) async fn with_app(server: &Server, name: &str) -> App {
    let (user, browser) = (user(server, name), server.means().entropy.token());
    let enrolment = totp::begin(server.means(), &user, &browser).await.unwrap();
    let secret = totp_rs::Secret::try_from_base32(&enrolment.secret).unwrap();
    let app = App(totp_rs::Builder::new().with_secret(secret).build().unwrap());
    let (origin, code) = (Origin::local(Actor::Server), app.code(server, 0));
    let confirmed = totp::confirm(server.means(), &user, &browser, &enrolment.ceremony, &code, origin).await;
    assert!(confirmed.is_ok(), "the first code was refused");
    // That code is spent.
    server.advance(30);
    app
}

async fn recovery_codes(server: &Server, name: &str) -> Vec<String> {
    let made = recovery::make(server.means(), &user(server, name), Origin::local(Actor::Server)).await;
    made.unwrap_or_else(|_| panic!("no recovery codes"))
}

/// Name and password at a page, in one step.
pub(super) async fn try_in(browser: &mut Browser, page: &Page, name: &str, password: &str) -> Page {
    browser.submit(&page.form("/login").with("name", name).with("password", password)).await
}

/// The same in a browser of a stranger.
async fn stranger(server: &Server, name: &str, password: &str) -> Page {
    let mut browser = Browser::new(server);
    let page = browser.open(&server.url("/login")).await;
    try_in(&mut browser, &page, name, password).await
}

/// A browser in which the password was shown, and the page that asks for a code.
async fn halfway(server: &Server, name: &str) -> (Browser, Page) {
    let mut browser = Browser::new(server);
    let page = browser.open(&server.url("/login")).await;
    let page = try_in(&mut browser, &page, name, PASSWORD).await;
    assert!(page.has_form("/login/second-factor"), "{} {}", page.url, page.text());
    (browser, page)
}

pub(super) async fn send_code(browser: &mut Browser, page: &Page, code: &str) -> Page {
    browser.submit(&page.form("/login/second-factor").with("code", code)).await
}

fn is_home(page: &Page, name: &str) -> bool {
    page.text().contains(&format!("Hello, {name}"))
}

/// How sure the sessions are that go on.
fn levels(server: &Server, acr: &str) -> i64 {
    server.number(&format!(
        "SELECT count(*) AS number FROM browser_sessions WHERE ended_at IS NULL AND acr = '{acr}'"
    ))
}
