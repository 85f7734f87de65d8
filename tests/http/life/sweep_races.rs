//! D14: a sweep at the same time as people who authorize the very clients that it would take.

use futures_util::future::join_all;
use grantor::flow::client_sweep::{self, Pace};
use grantor::flow::{Actor, Origin};

use super::{DAY, lives};
use crate::support::{Browser, Pkce, Registered, Server, query_of, tokens};

const TASKS: usize = 32;

/// How far a person came with a client.
#[derive(Debug, PartialEq, Eq)]
enum Came {
    /// The client was gone when the request came, or between two pages.
    Page,
    /// It was gone when its code was to be exchanged.
    Refusal,
    /// It has tokens.
    Tokens(String),
}

/// Authorize, consent, exchange, in one browser that is signed in; nothing may be a fault of the server.
async fn connect(server: &Server, mut browser: Browser, client: &Registered) -> Came {
    let pkce = Pkce::new();
    let url = server.authorize_url(client, &pkce, &[("scope", "openid offline_access")]);
    let mut page = browser.open(&url).await;
    assert!(page.status < 500, "{}", page.status);
    if page.location.is_none() {
        if !page.has_form("/consent") {
            return Came::Page;
        }
        page = browser.submit(&page.form("/consent").with("decision", "allow")).await;
        assert!(page.status < 500, "{}", page.status);
    }
    let Some(location) = &page.location else { return Came::Page };
    let answer = server.exchange(client, &query_of(location, "code").unwrap(), &pkce).await;
    if answer.status() == 200 {
        return Came::Tokens(tokens(answer).await.access_token);
    }
    assert_eq!(answer.status(), 401);
    Came::Refusal
}

/// Whoever has tokens has a client; whoever has none met a page, and nothing of a removed client is left.
#[actix_web::test]
async fn a_sweep_never_takes_a_client_that_is_being_connected() {
    let server = Server::with().set("GRANTOR_DATABASE__POOL_SIZE", "32").start().await;
    server.add_user("ada").await;
    let watcher = server.register_confidential().await;
    server.tokens(&watcher, "ada", "openid").await;
    let mut clients = Vec::new();
    for _ in 0..TASKS {
        clients.push(server.register_public().await);
    }
    server.advance(DAY);
    let mut browsers = Vec::new();
    for _ in 0..TASKS {
        let mut browser = Browser::new(&server);
        browser.authorize(&server.authorize_url(&watcher, &Pkce::new(), &[("scope", "openid")]), "ada").await;
        browsers.push(browser);
    }
    let slow = Pace { transaction: std::time::Duration::from_millis(2), rest: 1 };
    let origin = Origin::local(Actor::Server);
    let sweeps = async {
        for _ in 0..10 {
            client_sweep::sweep(server.means(), &origin, slow).await.unwrap();
        }
    };
    let flows = join_all(
        browsers.into_iter().zip(&clients).map(|(browser, client)| connect(&server, browser, client)),
    );
    let (came, ()) = futures_util::future::join(flows, sweeps).await;
    for (came, client) in came.iter().zip(&clients) {
        assert_ne!(*came, Came::Refusal, "a code keeps its client");
        let Came::Tokens(token) = came else {
            assert!(!lives(&server, &client.client_id), "only a client that is gone ends at a page");
            continue;
        };
        assert!(lives(&server, &client.client_id));
        assert_eq!(server.userinfo(token).await.status(), 200);
    }
    let living = "SELECT COUNT(*) AS number FROM consents WHERE client_key NOT IN (SELECT id FROM clients)";
    assert_eq!(server.number(living), 0);
    assert_eq!(
        server.number(
            "SELECT COUNT(*) AS number FROM tombstones WHERE client_id IN (SELECT client_id FROM clients)"
        ),
        0
    );
}
