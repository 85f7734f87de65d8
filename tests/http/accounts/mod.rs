//! Accounts that people make and keep by themselves. Statements P01 to P05, P10, P17 to P21, U14 and X15.

mod address;
mod data;
mod passwords;
mod queue;
mod reset;
mod sign_up;
mod way_to_mail;

use grantor::flow::set_up::{self, NewPerson};
use grantor::flow::{Actor, Origin};

use crate::support::{Browser, Form, PASSWORD, Page, Server};

/// A password that the rules accept, too.
const OTHER: &str = "seven purple kettles on a roof";

/// Somebody whose address is known to be theirs: `NAME@example.com`.
fn add_verified(server: &Server, name: &str) {
    add(server, name, false);
}

fn add(server: &Server, name: &str, is_administrator: bool) {
    let person = NewPerson {
        name: name.to_owned(),
        email: Some(format!("{name}@example.com")),
        email_verified: true,
        claims: serde_json::Map::new(),
        password: PASSWORD.to_owned(),
        is_administrator,
    };
    set_up::add_person(server.means(), person, Origin::local(Actor::Server)).unwrap();
}

async fn sign_in(server: &Server, name: &str, password: &str) -> Browser {
    let mut browser = Browser::new(server);
    let page = browser.open(&server.url("/login")).await;
    let form = page.form("/login").with("name", name).with("password", password);
    browser.submit(&form).await;
    browser
}

async fn is_signed_in(server: &Server, browser: &mut Browser) -> bool {
    let page = browser.open(&server.url("/account/email")).await;
    !page.url.contains("/login")
}

/// Fills in the form that asks for a link.
async fn ask(browser: &mut Browser, page: &Page, action: &str, who: &str) -> Page {
    let form: Form = page.form(action).with("who", who);
    browser.submit(&form).await
}
