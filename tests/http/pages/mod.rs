//! The pages for people: their headers, cookies, forms, sessions, and the two that stand alone, sign-out and setup.

mod cookies;
mod forms;
mod headers;
mod logout;
mod looks;
mod redirects;
mod session;
mod setup;
mod time_limit;

use crate::support::{Browser, Server};

/// A browser where this person is signed in.
async fn signed_in(server: &Server, user: &str) -> Browser {
    let mut browser = Browser::new(server);
    let page = browser.open(&server.url("/login")).await;
    let home = browser.sign_in(&page, user).await;
    assert!(home.text().contains(&format!("Hello, {user}")), "{}", home.text());
    browser
}

async fn is_signed_in(server: &Server, browser: &mut Browser) -> bool {
    browser.open(&server.url("/")).await.text().contains("Hello,")
}

/// What starts an https issuer behind a proxy on this machine.
async fn https_server() -> Server {
    Server::with()
        .set("GRANTOR_ISSUER", "https://as.example")
        .set("GRANTOR_TRUSTED_PROXIES", "127.0.0.1/32")
        .start()
        .await
}
