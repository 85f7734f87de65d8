//! A client that is gone, waits for approval, is switched off, or never was: a readable page for the person whom it sent.

use grantor::flow::remove_client;
use grantor::flow::{Actor, Origin};
use grantor::storage::tombstones::RemovalReason;
use grantor::storage::{Failure, clients};
use serde_json::json;

use super::{answer, assert_page};
use crate::support::{Browser, Pkce, Registered, Server};

const HOSTILE: &str = "<b>Note</b>\u{202e}book</title><script>alert(1)</script>";

async fn hostile(server: &Server) -> Registered {
    let metadata = json!({
        "client_name": HOSTILE.replace('\u{202e}', ""), "redirect_uris": ["https://notebook.example/cb"],
        "token_endpoint_auth_method": "none",
    });
    server.register(metadata).await
}

fn remove(server: &Server, client: &Registered, reason: RemovalReason) {
    let client_id = client.client_id.clone();
    let retention = remove_client::Retention::of(server.means());
    let work = move |conn: &mut _| {
        let client = clients::find(conn, &client_id)?.unwrap();
        let origin = Origin::local(Actor::Server);
        assert!(remove_client::remove(conn, &client, reason, &origin, &retention)?.is_some());
        Ok::<_, Failure<()>>(())
    };
    server.means().database.write_blocking(work).unwrap();
}

/// registration.md §5: which application, since when, and how to reconnect it; whoever removed it.
#[actix_web::test]
async fn a_client_that_is_gone_is_named_and_can_be_connected_again() {
    let server = Server::start().await;
    for (reason, why) in [
        (RemovalReason::DeletedByClient, "The app itself gave its registration up"),
        (RemovalReason::DeletedByOperator, "An administrator of this server removed"),
        (RemovalReason::NeverUsed, "because nobody used it"),
        (RemovalReason::Idle, "because nobody used it"),
        (RemovalReason::Evicted, "because nobody used it"),
        (RemovalReason::IssuerRemoved, "nobody vouches for it any more"),
    ] {
        let client = hostile(&server).await;
        remove(&server, &client, reason);
        let page = answer(&server, &client, &[]).await;
        assert_page(&page, 410, why);
        let day =
            chrono::DateTime::from_timestamp(server.clock.now(), 0).unwrap().format("%-d %B %Y").to_string();
        for told in [
            "This app is no longer registered",
            why,
            &day,
            "<b>Note</b>book",
            "remove the connection",
            "registers anew",
        ] {
            assert!(page.text().contains(told), "{told}: {}", page.text());
        }
        assert!(!page.html.contains("<b>") && !page.html.contains("<script>alert"), "{}", page.html);
        // Whatever else is wrong with the request: there is nobody to tell it to.
        let faulty = answer(&server, &client, &[("nonce", "one"), ("nonce", "two")]).await;
        assert_page(&faulty, 410, why);
    }
}

/// registration.md §5: after the tombstone's time the client is as unknown as one that never was.
#[actix_web::test]
async fn a_tombstone_is_forgotten() {
    let server = Server::start().await;
    let client = hostile(&server).await;
    remove(&server, &client, RemovalReason::Idle);
    server.advance(181 * 86_400);
    let page = answer(&server, &client, &[]).await;
    assert_page(&page, 400, "unknown");
    assert!(page.text().contains("Unknown app"), "{}", page.text());
}

/// Fault: raw JSON in the browser for an unknown client, of section 9. Whatever the request looks like, and however the
/// browser asks, the answer is a page.
#[actix_web::test]
async fn an_unknown_client_gets_a_page_and_no_json() {
    let server = Server::start().await;
    let client = hostile(&server).await;
    for client_id in
        ["c-unknown", "", "../etc", "<script>alert(1)</script>", "javascript:alert(1)", "\u{202e}"]
    {
        let unknown = Registered { client_id: client_id.to_owned(), ..client.clone() };
        let page = Browser::new(&server).open(&unknown_url(&server, &unknown)).await;
        assert_page(&page, 400, client_id);
        assert!(
            page.html.starts_with("<!doctype html>") && !page.html.contains("<script>alert"),
            "{}",
            page.html
        );
    }
    let json = server.http.get(unknown_url(&server, &client).replace(&client.client_id, "c-unknown"));
    let json = json.header("Accept", "application/json").send().await.unwrap();
    assert_eq!(json.status(), 400);
    assert_eq!(json.headers()["content-type"], "text/html; charset=utf-8");
}

fn unknown_url(server: &Server, client: &Registered) -> String {
    server.authorize_url(client, &Pkce::new(), &[("client_id", client.client_id.as_str())])
}

/// registration.md §4: a pending client's person reads what it waits for; a disabled one's that it is disabled. Neither is
/// redirected, also not with `prompt=none` or a repeated parameter.
#[actix_web::test]
async fn a_pending_and_a_disabled_client_get_a_page() {
    let server = Server::start().await;
    let client = hostile(&server).await;
    let now = server.clock.now();
    let pending =
        format!("UPDATE clients SET pending_since = {now} WHERE client_id = '{}'", client.client_id);
    assert_eq!(server.execute(&pending), 1);
    for extra in [vec![], vec![("prompt", "none")], vec![("nonce", "one"), ("nonce", "two")]] {
        let page = answer(&server, &client, &extra).await;
        assert_page(&page, 403, "pending");
        for told in [
            "This app waits for approval",
            "<b>Note</b>book",
            "registered itself on",
            "start again from the app",
        ] {
            assert!(page.text().contains(told), "{told}: {}", page.text());
        }
        assert!(!page.html.contains("<b>") && !page.html.contains("<script>alert"), "{}", page.html);
    }
    assert_eq!(server.execute("UPDATE clients SET pending_since = NULL"), 1);
    server.set_disabled(&client, true);
    for extra in [vec![], vec![("prompt", "none")], vec![("nonce", "one"), ("nonce", "two")]] {
        let page = answer(&server, &client, &extra).await;
        assert_page(&page, 403, "disabled");
        assert!(page.text().contains("This app is disabled"), "{}", page.text());
    }
}
