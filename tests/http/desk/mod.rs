//! The operator's desk.

mod access;
mod invitations;
mod languages;
mod pages;
mod providers;

use grantor::flow::administer::insight::{self, EventFilter};
use reqwest::Method;
use serde_json::Value;

use crate::support::{Browser, Page, Server, ServerBuilder};

/// A server whose administrators need no second factor.
fn plain() -> ServerBuilder {
    Server::with().set("GRANTOR_DESK__SECOND_FACTOR", "false")
}

/// A server with the administrator `root`, who is signed in.
async fn at_the_desk() -> (Server, Browser) {
    let server = plain().start().await;
    server.add_administrator("root");
    let browser = signed_in(&server, "root").await;
    (server, browser)
}

/// The browser of somebody who has signed in.
async fn signed_in(server: &Server, name: &str) -> Browser {
    let mut browser = Browser::new(server);
    let page = browser.open(&server.url("/login")).await;
    browser.sign_in(&page, name).await;
    assert!(browser.cookies.contains_key("grantor_session"), "{name} is not signed in");
    browser
}

/// A page of the desk, which must be there.
async fn open(server: &Server, browser: &mut Browser, path: &str) -> Page {
    let page = browser.open(&server.url(path)).await;
    assert_eq!(page.status, 200, "{path}: {} {}", page.url, page.text());
    page
}

/// The status of one request.
async fn status(browser: &mut Browser, method: Method, url: &str) -> u16 {
    let form = (method == Method::POST).then(Vec::new);
    browser.send(method, url, form).await.status().as_u16()
}

/// The events of this kind as the audit log has them, newest first.
async fn happened(server: &Server, kind: &str) -> Vec<Value> {
    let filter = EventFilter { kind: Some(kind.to_owned()), ..EventFilter::default() };
    let found = insight::events(server.means(), filter, 100).await.unwrap_or_else(|_| panic!("no events"));
    found.events.iter().map(|event| serde_json::to_value(event).unwrap()).collect()
}
