//! Where people are signed in, and how an operator ends it.

use grantor::flow::administer::api_keys::Rights;
use grantor::flow::administer::people::{self, Who};
use grantor::flow::{Actor, Origin};
use reqwest::Method;
use serde_json::Value;

use super::{client, is_signed_in, tokens_in};
use crate::support::{Browser, PASSWORD, Page, Server, parts};

async fn subject(server: &Server) -> String {
    let people: Value = serde_json::from_str(&server.command(&["user", "list", "--json"]).await).unwrap();
    people.as_array().unwrap().iter().find(|user| user["name"] == "ada").unwrap()["sub"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// S03: an operator sees where somebody is signed in and ends one session, or all of them, by the admin API.
#[actix_web::test]
async fn an_operator_lists_and_ends_sessions() {
    let server = Server::start().await;
    server.add_user("ada").await;
    server.add_user("eve").await;
    let client = client(&server).await;
    let key = server.api_key(Rights::ReadWrite, None);
    let (mut one, mut two, mut eves) = (Browser::new(&server), Browser::new(&server), Browser::new(&server));
    let issued = tokens_in(&server, &mut one, &client, "openid").await;
    server.advance(60);
    let page = two.open(&server.url("/login")).await;
    two.sign_in(&page, "ada").await;
    let page = eves.open(&server.url("/login")).await;
    eves.sign_in(&page, "eve").await;
    let path = format!("/users/{}/sessions", subject(&server).await);
    let (status, listed) = server.administer(&key, Method::GET, &path, Value::Null).await;
    assert_eq!(status, 200, "{listed}");
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2, "{listed}");
    let first = &sessions[1];
    assert_eq!(first["sid"], parts(issued.id_token.as_deref().unwrap()).1["sid"]);
    assert_eq!(first["clients"], serde_json::json!([client.client_id]));
    assert_eq!(first["address"], "127.0.0.1");
    let cookie = &one.cookies["grantor_session"];
    assert!(!listed.to_string().contains(cookie.as_str()));

    let path_of = |sid: &Value| format!("{path}/{}", sid.as_str().unwrap());
    let (status, ended) = server.administer(&key, Method::DELETE, &path_of(&first["sid"]), Value::Null).await;
    assert_eq!((status, &ended["sessions"]), (200, &serde_json::json!(1)));
    assert!(!is_signed_in(&server, &mut one).await && is_signed_in(&server, &mut two).await);
    assert_eq!(server.administer(&key, Method::DELETE, &path_of(&first["sid"]), Value::Null).await.0, 404);
    let (_, ended) = server.administer(&key, Method::DELETE, &path, Value::Null).await;
    assert_eq!(ended["sessions"], 1);
    assert!(!is_signed_in(&server, &mut two).await && is_signed_in(&server, &mut eves).await);
    let (_, ended) = server.administer(&key, Method::DELETE, "/sessions", Value::Null).await;
    assert_eq!(ended["sessions"], 1);
    assert!(!is_signed_in(&server, &mut eves).await);
    assert_eq!(server.administer(&key, Method::GET, "/users/u-nobody/sessions", Value::Null).await.0, 404);
    let events = "SELECT count(*) AS number FROM audit_events WHERE kind = 'signed_out'";
    assert_eq!(server.number(events), 3);
}

/// S03, X01: a key that may only read ends nothing.
#[actix_web::test]
async fn a_key_that_may_read_ends_nothing() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let key = server.api_key(Rights::Read, None);
    let subject = subject(&server).await;
    for (method, path) in [
        (Method::DELETE, "/sessions".to_owned()),
        (Method::DELETE, format!("/users/{subject}/sessions")),
        (Method::DELETE, format!("/users/{subject}/sessions/x")),
        (Method::POST, format!("/users/{subject}/disable")),
        (Method::POST, format!("/users/{subject}/enable")),
    ] {
        assert_eq!(server.admin(&key, method, &path, None).await.status(), 403, "{path}");
    }
    assert_eq!(
        server.admin(&key, Method::GET, &format!("/users/{subject}/sessions"), None).await.status(),
        200
    );
}

/// S03: the same by the command line.
#[actix_web::test]
async fn the_command_line_lists_and_ends_sessions() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url("/login")).await;
    browser.sign_in(&page, "ada").await;
    let listed: Value =
        serde_json::from_str(&server.command(&["user", "sessions", "Ada", "--json"]).await).unwrap();
    let sid = listed[0]["sid"].as_str().unwrap();
    for of in [&["user", "sessions", "ada"][..], &["user", "sessions"]] {
        assert!(server.command(of).await.contains(sid), "{of:?}");
    }
    let said = server.command(&["user", "sign-out", "ada", "--session", sid]).await;
    assert!(said.contains("ended: 1"), "{said}");
    assert!(!is_signed_in(&server, &mut browser).await);
    assert!(server.command(&["user", "sign-out", "--everybody"]).await.contains("ended: 0"));

    let password = "another horse battery staple";
    server.command_with(&["user", "password", "ada", "--password-stdin"], &format!("{password}\n")).await;
    let refused = browser.open(&server.url("/login")).await;
    let refused =
        browser.submit(&refused.form("/login").with("name", "ada").with("password", PASSWORD)).await;
    assert_eq!(refused.status, 422);
    let enter = async |browser: &mut Browser| -> Page {
        let page = browser.open(&server.url("/login")).await;
        browser.submit(&page.form("/login").with("name", "ada").with("password", password)).await
    };
    assert!(enter(&mut browser).await.text().contains("Hello,"));
    server.command(&["user", "disable", "ada"]).await;
    assert!(!is_signed_in(&server, &mut browser).await);
    assert_eq!(enter(&mut browser).await.status, 422);
    server.command(&["user", "enable", "ada"]).await;
    assert!(!is_signed_in(&server, &mut browser).await, "what ended does not come back");
    assert!(enter(&mut browser).await.text().contains("Hello,"));
}

/// T17: of sign-ins with the old password that race with its change, none is left signed in.
#[actix_web::test]
async fn no_sign_in_outlives_the_change_of_its_password() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let sign_ins = (0..8).map(|_| async {
        let mut browser = Browser::new(&server);
        let page = browser.open(&server.url("/login")).await;
        browser.sign_in(&page, "ada").await;
        browser
    });
    let change = async {
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        let (who, origin) = (Who::Name("ada".to_owned()), Origin::local(Actor::Server));
        let password = "another horse battery staple".to_owned();
        people::change_password(server.means(), who, password, origin).await.unwrap();
    };
    let (browsers, ()) = futures_util::future::join(futures_util::future::join_all(sign_ins), change).await;
    for mut browser in browsers {
        assert!(!is_signed_in(&server, &mut browser).await);
    }
}

/// S04: whoever is signed in sees where to sign out, on the first page and where an app asks for something.
#[actix_web::test]
async fn the_way_out_is_on_every_page_of_somebody_signed_in() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = client(&server).await;
    let mut browser = Browser::new(&server);
    let pkce = crate::support::Pkce::new();
    let url = server.authorize_url(&client, &pkce, &[("scope", "openid")]);
    let consent = browser.authorize(&url, "ada").await;
    assert!(consent.has_form("/consent"), "{}", consent.text());
    assert!(consent.has_form("/switch"), "another account ends this session");
    let home = browser.open(&server.url("/")).await;
    assert!(home.html.contains("href=\"/logout\""), "{}", home.html);
    browser.submit(&consent.form("/switch")).await;
    assert!(!is_signed_in(&server, &mut browser).await);
}
