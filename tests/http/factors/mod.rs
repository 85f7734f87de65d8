//! Passkeys, one-time codes and recovery codes. Security statements P12 to P15.

mod operators;
mod passkeys;
mod recovery_codes;
mod totp;

use grantor::storage::Failure;
use grantor::storage::users::{self, User};
use scraper::{Html, Selector};

use crate::support::{Authenticator, Browser, Page, Server};

/// Who can set up an authenticator app: what such an app shows at a time.
struct App(totp_rs::Totp);

impl App {
    /// An app that was given what the page shows.
    fn of(page: &Page) -> Self {
        let selector = Selector::parse("code.secret").unwrap();
        let text: String =
            Html::parse_document(&page.html).select(&selector).next().unwrap().text().collect();
        let secret = totp_rs::Secret::try_from_base32(text.replace(' ', "")).unwrap();
        Self(totp_rs::Builder::new().with_secret(secret).build().unwrap())
    }

    /// The code so many steps from now.
    fn code(&self, server: &Server, steps: i64) -> String {
        let time = server.clock.now() + steps * 30;
        self.0.generate(u64::try_from(time).unwrap()).to_string()
    }
}

/// Somebody who has just signed in, at the page of factors.
async fn signed_in(server: &Server, name: &str) -> (Browser, Page) {
    let mut browser = Browser::new(server);
    let page = browser.open(&server.url("/login?return=%2Faccount%2Ffactors")).await;
    let page = browser.sign_in(&page, name).await;
    assert!(page.url.ends_with("/account/factors"), "{} {}", page.url, page.text());
    (browser, page)
}

/// The page of factors, anew.
async fn factors(server: &Server, browser: &mut Browser) -> Page {
    browser.open(&server.url("/account/factors")).await
}

/// Sets an app up; its page, and what was answered to the first code.
async fn set_app_up(server: &Server, browser: &mut Browser, page: &Page) -> (App, Page) {
    let page = browser.submit(&page.form("/account/factors/one-time-codes")).await;
    let app = App::of(&page);
    let form = page.form("/one-time-codes/confirm").with("code", &app.code(server, 0));
    (app, browser.submit(&form).await)
}

/// A person with a passkey: the device, and the browser in which it was added.
async fn with_passkey(server: &Server, name: &str, mut device: Authenticator) -> (Browser, Authenticator) {
    server.add_user(name).await;
    let (mut browser, page) = signed_in(server, name).await;
    let added = browser.add_passkey(&page, "Phone", &mut device).await;
    assert_eq!(added.status, 200, "{}", added.text());
    (browser, device)
}

/// The codes that a page shows.
fn codes(page: &Page) -> Vec<String> {
    let selector = Selector::parse(".codes code").unwrap();
    Html::parse_document(&page.html).select(&selector).map(|code| code.text().collect()).collect()
}

fn user(server: &Server, name: &str) -> User {
    let name = name.to_owned();
    let read = server
        .means()
        .database
        .read_blocking(move |conn| Ok::<_, Failure<()>>(users::find_by_name(conn, &name)?.unwrap().0));
    read.unwrap()
}
