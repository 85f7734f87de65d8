//! X05: reads and refusals are counted by minute, reason and network, and a flood of them is a few rows.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use futures_util::stream;
use grantor::flow::{audit, audit_counts};
use grantor::storage::audit_counts::{MAX_ROWS, OTHER};
use serde_json::json;

use crate::support::{Browser, Server, basic};

/// How often each reason was counted.
async fn counted(server: &Server) -> BTreeMap<String, i64> {
    audit_counts::flush(server.means()).await.unwrap();
    let mut reasons = BTreeMap::new();
    for count in audit::counts(server.means(), 0, 1000).await.unwrap() {
        assert_eq!(count.minute % 60, 0);
        *reasons.entry(count.reason).or_insert(0) += count.count;
    }
    reasons
}

#[actix_web::test]
async fn reads_and_refusals_are_counted_and_make_no_events() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_confidential().await;
    let events = "SELECT count(*) AS number FROM audit_events";
    let before = server.number(events);
    server.read_registration(&client).await;
    server.read_registration(&client).await;
    server.post_registration(&json!({"redirect_uris": ["http://plain.example/cb"]})).await;
    server.http.post(server.url("/register")).bearer_auth("wrong").json(&json!({})).send().await.unwrap();
    server.http.get(server.url("/register/c-unknown")).bearer_auth("wrong").send().await.unwrap();
    server.http.get(server.url("/userinfo")).bearer_auth("wrong").send().await.unwrap();
    let wrong = basic(&client).replace("Basic ", "Basic A");
    let form = [("grant_type", "client_credentials")];
    server.http.post(server.url("/token")).header("authorization", wrong).form(&form).send().await.unwrap();
    server.http.get(server.url("/authorize?client_id=c-unknown")).send().await.unwrap();
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url("/login")).await;
    browser.submit(&page.form("/login").with("name", "ada").with("password", "not this one")).await;
    let reasons = counted(&server).await;
    for (reason, times) in [
        ("/register/{client_id} read", 2),
        ("/register invalid_redirect_uri", 1),
        ("/register invalid_token", 1),
        ("/register/{client_id} invalid_token", 1),
        ("/userinfo invalid_token", 1),
        ("/token invalid_client", 1),
        ("/authorize refused", 1),
        ("/login wrong_name_or_password", 1),
    ] {
        assert_eq!(reasons.get(reason), Some(&times), "{reason} in {reasons:?}");
    }
    assert_eq!(server.number(events), before);
}

/// Ten thousand refusals from as many networks are about a thousand rows, and none of them is lost.
#[actix_web::test]
async fn a_flood_of_refusals_is_a_few_rows() {
    let settings = Server::with().set("GRANTOR_TRUSTED_PROXIES", "127.0.0.1, ::1");
    let server = settings.set("GRANTOR_REGISTRATION__FAILURES_PER_MINUTE", "100000").start().await;
    let rounds = 10;
    for round in 0..rounds {
        let requests = (0..1000_u32).map(|number| {
            let from = std::net::Ipv4Addr::from(0x0b00_0000 + ((round * 1000 + number) << 8));
            let request = server.http.get(server.url("/userinfo")).bearer_auth("wrong");
            request.header("x-forwarded-for", from.to_string()).send()
        });
        let answers: Vec<_> = stream::iter(requests).buffer_unordered(32).collect().await;
        assert!(answers.into_iter().all(|answer| answer.unwrap().status() == 401));
        audit_counts::flush(server.means()).await.unwrap();
    }
    let rows = server.number("SELECT count(*) AS number FROM audit_counts");
    assert!(rows > 1 && rows <= MAX_ROWS + 20, "{rows}");
    // On PostgreSQL a sum of numbers is a number with a fraction.
    let sum = "SELECT CAST(sum(count) AS BIGINT) AS number FROM audit_counts WHERE reason = '/userinfo invalid_token'";
    assert_eq!(server.number(sum), i64::from(rounds) * 1000);
    let other =
        format!("SELECT CAST(sum(count) AS BIGINT) AS number FROM audit_counts WHERE block = '{OTHER}'");
    assert!(server.number(&other) >= 9_000);
}

/// What was counted last is not lost with the server, and old rows go.
#[actix_web::test]
async fn counts_outlive_the_server_and_not_their_retention() {
    let mut server = Server::start().await;
    server.http.get(server.url("/userinfo")).bearer_auth("wrong").send().await.unwrap();
    server.restart().await;
    assert_eq!(counted(&server).await.get("/userinfo invalid_token"), Some(&1));
    server.advance(31 * 86_400);
    assert!(grantor::flow::audit_seal::remove_old(server.means()).await.unwrap() >= 1);
    assert_eq!(counted(&server).await, BTreeMap::new());
}
