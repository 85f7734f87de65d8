//! Whom a name means: nobody's is the verified address of somebody else, whichever came first. Security statements P09 and P21.

use futures_util::future::join;
use grantor::flow::administer::api_keys::Rights;
use grantor::flow::set_up::{self, NewPerson};
use grantor::flow::{Actor, Origin};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{is_home, stranger};
use crate::support::mail::MailServer;
use crate::support::{Browser, PASSWORD, Server};

/// Another good password.
const OTHER: &str = "seven purple kettles on a roof";

const PEOPLE: &str = "SELECT count(*) AS number FROM users";

fn by_command(server: &Server, name: &str, email: Option<&str>) -> bool {
    let person = NewPerson {
        name: name.to_owned(),
        email: email.map(str::to_owned),
        email_verified: email.is_some(),
        claims: Map::new(),
        password: PASSWORD.to_owned(),
        is_administrator: false,
    };
    set_up::add_person(server.means(), person, Origin::local(Actor::Server)).is_ok()
}

/// A name that is the verified address of somebody is made by no door.
#[actix_web::test]
async fn no_door_makes_a_name_of_somebodys_address() {
    let server = Server::start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    let setup = set_up::quick_start(server.means(), server.clock.now()).unwrap().unwrap().setup_link;
    assert!(by_command(&server, "ada", Some("Ada@Example.com")));
    let twin = "ADA@example.com";
    let made = json!({ "name": twin, "password": OTHER });
    assert_eq!(server.administer(&key, Method::POST, "/users", made).await.0, 409);
    assert!(!by_command(&server, twin, None));
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url(&format!("/setup?token={}", setup.expose()))).await;
    let refused = browser.submit(&page.form("/setup").with("name", twin).with("password", OTHER)).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert_eq!(server.number(PEOPLE), 1);
    assert!(is_home(&stranger(&server, "ada@example.com", PASSWORD).await, "ada"));
    let page = browser.submit(&refused.form("/setup").with("name", "root").with("password", OTHER)).await;
    assert_eq!(page.status, 200, "the link was not spent: {}", page.text());
    // One's own address is a good name, and an address that nobody verified takes nothing from anybody.
    assert!(by_command(&server, "bob@example.com", Some("bob@example.com")));
    server.add_user("eve").await;
    assert!(by_command(&server, "eve@example.com", None));
    let page = stranger(&server, "eve@example.com", PASSWORD).await;
    assert!(is_home(&page, "eve@example.com"), "{}", page.text());
}

/// An address that is the name of somebody else is verified at no door.
#[actix_web::test]
async fn no_door_verifies_an_address_that_is_somebodys_name() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    let key = server.api_key(Rights::ReadWrite, None);
    assert!(by_command(&server, "ada@example.com", None));
    server.add_user("bob").await;
    assert!(!by_command(&server, "eve", Some("Ada@example.com")));
    let made = json!({ "name": "eve", "email": "Ada@example.com", "email_verified": true });
    assert_eq!(server.administer(&key, Method::POST, "/users", made).await.0, 409);
    let (_, found) = server.administer(&key, Method::GET, "/users?text=bob", Value::Null).await;
    let path = format!("/users/{}", found["people"][0]["subject"].as_str().unwrap());
    let patch = json!({ "email": "ada@example.com", "email_verified": true, "claims": { "name": "Bob" } });
    assert_eq!(server.administer(&key, Method::PATCH, &path, patch).await.0, 409);
    let (_, shown) = server.administer(&key, Method::GET, &path, Value::Null).await;
    assert_eq!(
        (&shown["email"], &shown["claims"]),
        (&json!("bob@example.com"), &json!({})),
        "nothing is kept"
    );

    // Bob reads that address, too; and somebody new does.
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url("/login")).await;
    browser.sign_in(&page, "bob").await;
    let page = browser.open(&server.url("/account/email")).await;
    let form = page.forms().into_iter().rfind(|form| form.action.ends_with("/account/email")).unwrap();
    assert_eq!(browser.submit(&form.with("email", "ada@example.com")).await.status, 200);
    let page = browser.open(&mail.nth(1).await.link()).await;
    assert_eq!(browser.submit(&page.form("/account/email/confirm")).await.status, 409);
    let mut newcomer = Browser::new(&server);
    let page = newcomer.open(&server.url("/sign-up")).await;
    newcomer.submit(&page.form("/sign-up").with("who", "ada@example.com")).await;
    let page = newcomer.open(&mail.nth(2).await.link()).await;
    let form = page.form("/sign-up/account").with("name", "newcomer").with("password", OTHER);
    assert_eq!(newcomer.submit(&form).await.status, 409);

    assert_eq!(server.number(PEOPLE), 2);
    assert_eq!(server.number("SELECT count(*) AS number FROM users WHERE sign_in_email IS NOT NULL"), 0);
    let page = stranger(&server, "ada@example.com", PASSWORD).await;
    assert!(is_home(&page, "ada@example.com"), "{}", page.text());
}

/// At the same moment, on two servers: of a name and the same address one comes to be.
#[actix_web::test]
async fn of_a_name_and_the_same_address_at_once_one_comes_to_be() {
    let server = Server::start().await;
    let twin = server.twin().await;
    let key = server.api_key(Rights::ReadWrite, None);
    server.add_user("bob").await;
    let (_, found) = server.administer(&key, Method::GET, "/users?text=bob", Value::Null).await;
    let path = format!("/users/{}", found["people"][0]["subject"].as_str().unwrap());
    for round in 0..12 {
        let address = format!("round-{round}@example.com");
        let name = server.administer(&key, Method::POST, "/users", json!({ "name": address }));
        let patch = json!({ "email": address, "email_verified": true });
        let (name, address) = join(name, twin.administer(&key, Method::PATCH, &path, patch)).await;
        assert!(matches!((name.0, address.0), (201, 409) | (409, 200)), "{round}: {name:?} {address:?}");
    }
}
