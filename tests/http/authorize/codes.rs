//! A request is answered once.

use futures_util::future::join_all;
use reqwest::header::LOCATION;

use crate::support::{Browser, Pkce, Server, query_of, tokens};

/// Rule "once means once": 32 parallel answers to one consent page make one code.
#[actix_web::test]
async fn of_parallel_answers_to_one_page_one_makes_a_code() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let pkce = Pkce::new();
    let mut browser = Browser::new(&server);
    let consent = browser.authorize(&server.authorize_url(&client, &pkce, &[]), "ada").await.form("/consent");
    let fields = consent.with("decision", "allow").fields;
    let url = server.url("/consent");
    let answers = join_all((0..32).map(|_| {
        let (mut twin, url, fields) = (browser.clone(), url.clone(), fields.clone());
        async move { twin.send(reqwest::Method::POST, &url, Some(fields)).await }
    }))
    .await;
    let mut locations = Vec::new();
    for response in answers {
        match response.status().as_u16() {
            303 => locations.push(response.headers()[LOCATION].to_str().unwrap().to_owned()),
            400 => assert!(response.headers().get(LOCATION).is_none()),
            other => panic!("{other}"),
        }
    }
    assert_eq!(locations.len(), 1, "{locations:?}");
    let code = query_of(&locations[0], "code").unwrap();
    tokens(server.exchange(&client, &code, &pkce).await).await;
}

/// The same for a request that needs no answer because the consent is remembered.
#[actix_web::test]
async fn of_parallel_visits_to_one_stored_request_one_makes_a_code() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let mut browser = Browser::new(&server);
    browser.allow(&server.authorize_url(&client, &Pkce::new(), &[]), "ada").await;
    // POST stores the request whoever is signed in.
    let posted = post_request(&server, &client, &Pkce::new()).await;
    let answers = join_all((0..32).map(|_| {
        let (mut twin, url) = (browser.clone(), posted.clone());
        async move { twin.send(reqwest::Method::GET, &url, None).await }
    }))
    .await;
    let codes = answers.iter().filter(|response| response.status() == 303).count();
    assert_eq!(codes, 1, "{:?}", answers.iter().map(reqwest::Response::status).collect::<Vec<_>>());
    assert!(answers.iter().all(|response| matches!(response.status().as_u16(), 303 | 400)));
}

async fn post_request(server: &Server, client: &crate::support::Registered, pkce: &Pkce) -> String {
    let url = url::Url::parse(&server.authorize_url(client, pkce, &[])).unwrap();
    let form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let response = server.http.post(server.url("/authorize")).form(&form).send().await.unwrap();
    server.url(response.headers()[LOCATION].to_str().unwrap())
}
