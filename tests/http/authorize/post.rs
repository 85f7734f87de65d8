//! POST /authorize: a form of a client, on another site, which comes without cookies. OpenID Connect Core §3.1.2.1.

use futures_util::future::join_all;
use reqwest::header::{LOCATION, SET_COOKIE};
use reqwest::{Method, Response};

use crate::support::{Browser, Pkce, Registered, Server, query_of};

async fn post(server: &Server, client: &Registered, extra: &[(&str, &str)]) -> Response {
    let url = url::Url::parse(&server.authorize_url(client, &Pkce::new(), extra)).unwrap();
    let form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let request = server.http.post(server.url("/authorize")).header("origin", "https://client.example");
    request.header("sec-fetch-site", "cross-site").form(&form).send().await.unwrap()
}

fn stored_at(server: &Server, response: &Response) -> String {
    assert_eq!(response.status(), 303);
    assert!(
        response.headers().get(SET_COOKIE).is_none(),
        "it may replace the cookie that the browser did not show"
    );
    let location = response.headers()[LOCATION].to_str().unwrap();
    assert!(location.starts_with("/consent?thread="), "{location}");
    server.url(location)
}

/// A09: it is answered by a 303 to a page of ours, where the browser shows its cookies, and goes on as by GET.
#[actix_web::test]
async fn a_request_by_post_goes_on_by_get() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let mut browser = Browser::new(&server);
    let stored = stored_at(&server, &post(&server, &client, &[]).await);
    let location = browser.allow(&stored, "ada").await;
    assert!(query_of(&location, "code").is_some(), "{location}");
    // Signed in and allowed before: answered at once, also in silence.
    for prompt in ["", "none"] {
        let stored = stored_at(&server, &post(&server, &client, &[("prompt", prompt)]).await);
        let location = browser.open(&stored).await.location.unwrap();
        assert!(query_of(&location, "code").is_some(), "{location}");
    }
    let stored = stored_at(&server, &post(&server, &client, &[("prompt", "none")]).await);
    let location = Browser::new(&server).open(&stored).await.location.unwrap();
    assert_eq!(query_of(&location, "error").as_deref(), Some("login_required"));
}

/// U04, rows 39 and 65: the first browser that loads it owns it.
#[actix_web::test]
async fn the_first_browser_that_loads_it_owns_it() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let stored = stored_at(&server, &post(&server, &client, &[]).await);
    let mut first = Browser::new(&server);
    assert!(first.open(&stored).await.has_form("/login"));
    let mut second = Browser::new(&server);
    assert_eq!(second.open(&stored).await.status, 400);
    assert!(first.open(&stored).await.has_form("/login"));

    let stored = stored_at(&server, &post(&server, &client, &[]).await);
    let answers = join_all((0..32).map(|_| {
        let (mut browser, stored) = (Browser::new(&server), stored.clone());
        async move { browser.send(Method::GET, &stored, None).await.status().as_u16() }
    }))
    .await;
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 400).count(), 31, "{answers:?}");
}

/// A04: bad requests are refused before anything is stored, to the client or on a page, as by GET.
#[actix_web::test]
async fn a_bad_request_by_post_is_refused_at_once() {
    let server = Server::start().await;
    let client = server.register_public().await;
    for bad in [("client_id", "c-unknown"), ("redirect_uri", "https://evil.example/"), ("client_id", "")] {
        let response = post(&server, &client, &[bad]).await;
        assert_eq!(response.status(), 400);
        assert!(response.headers().get(LOCATION).is_none());
        assert!(response.headers().get(SET_COOKIE).is_none());
    }
    for bad in [&[("code_challenge", "")][..], &[("scope", "a"), ("scope", "b")]] {
        let response = post(&server, &client, bad).await;
        let location = response.headers()[LOCATION].to_str().unwrap();
        assert_eq!(query_of(location, "error").as_deref(), Some("invalid_request"));
        assert!(location.starts_with("https://client.example/cb?"), "{location}");
    }
    // Parameters in the query of a POST are not part of the request.
    let url = server.authorize_url(&client, &Pkce::new(), &[]);
    let empty: [(&str, &str); 0] = [];
    assert_eq!(server.http.post(&url).form(&empty).send().await.unwrap().status(), 400);
    let json =
        server.http.post(server.url("/authorize")).json(&serde_json::json!({"client_id": client.client_id}));
    let response = json.send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
}

/// A stored request lives ten minutes.
#[actix_web::test]
async fn a_stored_request_is_over_after_ten_minutes() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let mut browser = Browser::new(&server);
    let url = server.authorize_url(&client, &Pkce::new(), &[]);
    let (early, late) = (browser.open(&url).await, browser.open(&url).await);
    server.advance(599);
    let consent = browser.sign_in(&early, "ada").await.form("/consent");
    server.advance(1);
    let answered = browser.submit(&consent.with("decision", "allow")).await;
    assert_eq!((answered.status, answered.location), (400, None));
    assert_eq!(browser.open(&late.url).await.status, 400);
}
