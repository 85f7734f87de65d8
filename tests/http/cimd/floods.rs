//! Whoever owns a domain owns documents without end: they are held to what holds for all registrations. Statement D13.

use serde_json::json;

use super::Site;
use crate::support::Server;

/// How many clients were made of the documents of one site that has one under every path.
async fn taken(site: &Site, paths: std::ops::Range<u32>) -> usize {
    let mut taken = 0;
    for number in paths {
        let client_id = format!("{}?{number}", site.client_id());
        site.publish("", &site.document(&json!({"client_id": client_id})));
        let page = site.open(&client_id).await;
        assert!([200, 400].contains(&page.status), "{}", page.status);
        taken += usize::from(page.status == 200);
        assert_eq!(site.server.client_row(&client_id).is_some(), page.status == 200);
    }
    taken
}

fn server() -> crate::support::ServerBuilder {
    Server::with().set("GRANTOR_CLIENT_DOCUMENTS__ALLOW_QUERY", "true")
}

/// D13: the first document of a client spends the budget of all registrations; what is known costs nothing.
#[actix_web::test]
async fn a_first_document_spends_the_budget_of_registrations() {
    let site = Site::with(server().set("GRANTOR_REGISTRATION__BUDGET__PER_MINUTE", "3")).await;
    assert_eq!(taken(&site, 0..6).await, 3);
    assert_eq!(taken(&site, 0..3).await, 3, "they are known");
    let new = format!("{}?5", site.client_id());
    site.publish("", &site.document(&json!({"client_id": new})));
    let page = site.open(&new).await;
    assert!(page.text().contains("takes no more new ones"), "{}", page.text());
    site.server.advance(60);
    assert_eq!(taken(&site, 6..12).await, 3);
}

/// D13: documents count at the ceiling, and those that nobody used make room after 15 minutes, as other clients do.
#[actix_web::test]
async fn documents_stay_below_the_ceiling() {
    let site = Site::with(server().set("GRANTOR_REGISTRATION__MAX_CLIENTS", "2")).await;
    assert_eq!(taken(&site, 0..4).await, 2, "none is 15 minutes old");
    assert_eq!(site.server.count_clients(), 2);
    site.server.advance(3600);
    grantor::flow::sweep::sweep(site.server.means()).await.unwrap();
    assert_eq!(taken(&site, 4..5).await, 1);
    assert_eq!(site.server.count_clients(), 2);
    assert!(site.server.client_row(&format!("{}?0", site.client_id())).is_none(), "the oldest goes");
}

/// D13: the budget of a host is none for whoever has hosts without end, so that the place they come from has one.
#[actix_web::test]
async fn one_place_makes_no_more_than_600_fetches_in_a_minute() {
    let site = Site::start().await;
    for number in 0..600 {
        let page = site.open(&format!("https://h{number}.evil.example/client.json")).await;
        assert!(page.text().contains("could not be reached"), "{number}: {}", page.text());
    }
    let page = site.open("https://another.evil.example/client.json").await;
    assert!(page.text().contains("asked too often"), "{}", page.text());
    assert!(!site.is_taken().await && site.stub.requests().is_empty());
    site.server.advance(60);
    assert!(site.is_taken().await);
}
