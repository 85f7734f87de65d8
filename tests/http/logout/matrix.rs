//! Every event against every grant and token: the table "What ends when" of docs/openid.md.

use std::path::Path;

use grantor::flow::administer::api_keys::Rights;
use grantor::flow::administer::people::{self, Who};
use grantor::flow::{Actor, Origin};
use reqwest::Method;
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{client_with, code, is_signed_in, sign_out, tokens_in};
use crate::support::{Browser, PASSWORD, Pkce, Registered, Server, Tokens, tokens};

/// Ada is signed in to two clients, to the first one five times; Bob to that one as well.
struct World {
    server: Server,
    receiver: Receiver,
    a: Registered,
    b: Registered,
    browser: Browser,
    session: Tokens,
    session_code: (String, Pkce),
    /// With it [`World::session`] was bought.
    spent_code: (String, Pkce),
    offline: Tokens,
    offline_code: (String, Pkce),
    at_b: Tokens,
    bobs: Tokens,
}

const OFFLINE: &str = "openid offline_access";

impl World {
    async fn new() -> Self {
        let receiver = Receiver::start();
        let server = receiver.server().await;
        server.add_user("bob").await;
        let a = client_with(&server, json!({"backchannel_logout_uri": receiver.uri("a")})).await;
        let b = client_with(&server, json!({"backchannel_logout_uri": receiver.uri("b")})).await;
        let mut browser = Browser::new(&server);
        let spent_code = code(&server, &mut browser, &a, "openid").await;
        let session = tokens(server.exchange(&a, &spent_code.0, &spent_code.1).await).await;
        let session_code = code(&server, &mut browser, &a, "openid").await;
        let offline = tokens_in(&server, &mut browser, &a, OFFLINE).await;
        let offline_code = code(&server, &mut browser, &a, OFFLINE).await;
        let at_b = tokens_in(&server, &mut browser, &b, "openid").await;
        let bobs = server.tokens(&a, "bob", "openid").await;
        Self {
            server,
            receiver,
            a,
            b,
            browser,
            session,
            session_code,
            spent_code,
            offline,
            offline_code,
            at_b,
            bobs,
        }
    }

    async fn refreshes(&self, client: &Registered, tokens: &Tokens) -> bool {
        self.server.refresh(client, tokens.refresh()).await.status() == 200
    }

    async fn opens(&self, tokens: &Tokens) -> bool {
        self.server.userinfo(&tokens.access_token).await.status() == 200
    }

    async fn exchanges(&self, (code, pkce): &(String, Pkce)) -> bool {
        self.server.exchange(&self.a, code, pkce).await.status() == 200
    }

    /// What is left, in words.
    async fn left(mut self) -> String {
        let now = self.server.clock.now();
        let consents = self.server.number("SELECT count(*) AS number FROM consents");
        let session = is_signed_in(&self.server, &mut self.browser).await;
        let rows = [
            ("session", session),
            // Access tokens first: what is done below would end them.
            ("access", self.opens(&self.session).await),
            ("offline.access", self.opens(&self.offline).await),
            ("b.access", self.opens(&self.at_b).await),
            ("bob.access", self.opens(&self.bobs).await),
            ("code", self.exchanges(&self.session_code).await),
            ("refresh", self.refreshes(&self.a, &self.session).await),
            ("offline.code", self.exchanges(&self.offline_code).await),
            ("offline.refresh", self.refreshes(&self.a, &self.offline).await),
            ("b.refresh", self.refreshes(&self.b, &self.at_b).await),
            ("bob.refresh", self.refreshes(&self.a, &self.bobs).await),
        ];
        let mut left: Vec<String> =
            rows.iter().filter(|(_, lives)| *lives).map(|(name, _)| (*name).to_owned()).collect();
        left.push(format!("consents:{consents}"));
        self.receiver.rest().await;
        left.push(format!("told:{}", self.receiver.paths().concat()));
        assert_eq!(now, self.server.clock.now());
        self.receiver.stop().await;
        left.join(" ")
    }

    async fn administer(&self, method: Method, path: &str, body: Value) -> Value {
        let key = self.server.api_key(Rights::ReadWrite, None);
        let (status, answer) = self.server.administer(&key, method, path, body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    fn subject(&self) -> String {
        let id_token = self.session.id_token.as_deref().unwrap();
        crate::support::parts(id_token).1["sub"].as_str().unwrap().to_owned()
    }

    /// Signs in again in this browser.
    async fn sign_in_as(&mut self, user: &str) {
        let url =
            self.server.authorize_url(&self.a, &Pkce::new(), &[("scope", "openid"), ("prompt", "login")]);
        let page = self.browser.open(&url).await;
        let form = page.form("/login").with("name", user).with("password", PASSWORD);
        self.browser.submit(&form).await;
    }
}

const ALL: &str = "session access offline.access b.access bob.access code refresh offline.code offline.refresh b.refresh \
                   bob.refresh consents:3 told:";
const SESSION_ENDED: &str =
    "offline.access bob.access offline.code offline.refresh bob.refresh consents:3 told:ab";
const PERSON_SEVERED: &str = "bob.access bob.refresh consents:3 told:ab";

/// What a row of the table is, and what is left after it.
const ROWS: [(&str, &str); 15] = [
    ("a person signs out", SESSION_ENDED),
    (
        "another person signs in in the same browser",
        "session offline.access bob.access offline.code offline.refresh bob.refresh consents:3 told:ab",
    ),
    ("the same person signs in again", ALL),
    ("a session is idle for too long", "refresh offline.refresh b.refresh bob.refresh consents:3 told:"),
    ("a session reaches its end", "offline.refresh consents:3 told:"),
    ("an operator signs a person out", SESSION_ENDED),
    ("the password is changed", PERSON_SEVERED),
    ("a person is disabled", PERSON_SEVERED),
    ("a client is disabled", "session b.access b.refresh consents:3 told:"),
    ("a client is removed", "session b.access b.refresh consents:1 told:aa"),
    ("an operator takes a consent back", "session b.access b.refresh consents:1 told:"),
    (
        "a refresh token is revoked",
        "session offline.access b.access bob.access code offline.code offline.refresh b.refresh bob.refresh consents:3 told:",
    ),
    (
        "a refresh token is used twice",
        "session offline.access b.access bob.access code offline.code offline.refresh b.refresh bob.refresh consents:3 told:",
    ),
    (
        "a code is used twice",
        "session offline.access b.access bob.access code offline.code offline.refresh b.refresh bob.refresh consents:3 told:",
    ),
    (
        "an access token is revoked",
        "session offline.access b.access bob.access code refresh offline.code offline.refresh b.refresh bob.refresh \
         consents:3 told:",
    ),
];

async fn happens(event: &str, world: &mut World) {
    let server = &world.server;
    let user = format!("/users/{}", world.subject());
    let client = format!("/clients/{}", world.a.client_id);
    match event {
        "a person signs out" => sign_out(server, &mut world.browser).await,
        "another person signs in in the same browser" => world.sign_in_as("bob").await,
        "the same person signs in again" => world.sign_in_as("ada").await,
        "a session is idle for too long" => server.advance(3601),
        "a session reaches its end" => server.advance(86_401),
        "an operator signs a person out" => {
            world.administer(Method::DELETE, &format!("{user}/sessions"), Value::Null).await;
        }
        "the password is changed" => {
            let (who, origin) = (Who::Name("ada".to_owned()), Origin::local(Actor::Server));
            let password = "another horse battery staple".to_owned();
            people::change_password(server.means(), who, password, origin).await.unwrap();
        }
        "a person is disabled" => {
            world.administer(Method::POST, &format!("{user}/disable"), Value::Null).await;
        }
        "a client is disabled" => {
            world.administer(Method::POST, &format!("{client}/disable"), json!({"reason": "test"})).await;
        }
        "a client is removed" => {
            assert_eq!(server.delete_registration(&world.a).await.status(), 204);
        }
        "an operator takes a consent back" => {
            world.administer(Method::DELETE, &format!("{client}/grants"), Value::Null).await;
        }
        "a refresh token is revoked" => {
            server.revoke(&world.a, world.session.refresh()).await;
        }
        "a refresh token is used twice" => {
            let first = world.session.clone();
            let second = tokens(server.refresh(&world.a, first.refresh()).await).await;
            world.session = tokens(server.refresh(&world.a, second.refresh()).await).await;
            assert_eq!(server.refresh(&world.a, first.refresh()).await.status(), 400);
        }
        "a code is used twice" => assert!(!world.exchanges(&world.spent_code).await),
        "an access token is revoked" => {
            server.revoke(&world.a, &world.session.access_token).await;
        }
        other => panic!("{other}"),
    }
}

/// S04, T17, M06: what ends with what, over every grant and every kind of token, and who is told.
#[actix_web::test]
async fn every_event_ends_what_the_table_says() {
    let mut wrong = Vec::new();
    for (event, expected) in ROWS {
        let mut world = World::new().await;
        happens(event, &mut world).await;
        let left = world.left().await;
        if left != expected {
            wrong.push(format!("{event}:\n  left     {left}\n  expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table of the documentation has these rows and no others.
#[test]
fn the_table_names_every_event() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openid.md");
    let text = std::fs::read_to_string(path).unwrap();
    let table = text.split("## What ends when").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let named: Vec<&str> = rows.filter(|row| *row != "event" && !row.starts_with("---")).collect();
    assert_eq!(named, ROWS.map(|(event, _)| event));
}
