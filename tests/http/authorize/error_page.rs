//! Who is told of an error before anybody has signed in. RFC 9700 §4.11.2.

use serde_json::json;

use super::{answer, error_to};
use crate::support::{Browser, Page, Pkce, Registered, Server, query_of};

const MISTAKES: [(&str, &str); 5] = [
    ("scope", "no_such_scope"),
    ("response_type", "token"),
    ("code_challenge", ""),
    ("request", "e30.e30."),
    ("claims", "["),
];

async fn default_server() -> Server {
    let server = Server::with().set("GRANTOR_AUTHORIZATION__ERROR_PAGE", "self_registered").start().await;
    server.add_user("ada").await;
    server
}

#[track_caller]
fn assert_held_back(page: &Page, what: &str) {
    assert_eq!((page.status, page.location.as_deref()), (400, None), "{what}: {}", page.text());
    assert!(page.text().contains("The app made a mistake"), "{what}: {}", page.text());
    assert!(page.text().contains("Back to client.example"), "{what}: {}", page.text());
}

/// A30: a client that registered itself makes this server send nobody anywhere by a faulty request, by GET, POST or a repeated
/// parameter; the page leads back by hand, with what the client is to be told.
#[actix_web::test]
async fn a_stranger_s_error_is_a_page_before_anybody_signed_in() {
    let server = default_server().await;
    let client = server.register_public().await;
    for mistake in MISTAKES {
        let page = answer(&server, &client, &[mistake]).await;
        assert_held_back(&page, mistake.0);
        let way = href(&page);
        assert!(way.starts_with("https://client.example/cb?error="), "{way}");
        assert_eq!(query_of(&way, "state").as_deref(), Some("a-state"));
        assert_eq!(query_of(&way, "iss").as_ref(), Some(&server.issuer));
        let url = url::Url::parse(&server.authorize_url(&client, &Pkce::new(), &[mistake])).unwrap();
        let form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let posted = server.http.post(server.url("/authorize")).form(&form).send().await.unwrap();
        assert_eq!((posted.status().as_u16(), posted.headers().get("location")), (400, None));
    }
    assert_held_back(&answer(&server, &client, &[("nonce", "1"), ("nonce", "2")]).await, "repeated");
    let posting = answer(&server, &client, &[MISTAKES[0], ("response_mode", "form_post")]).await;
    assert_held_back(&posting, "form_post");
    let form = posting.form("/cb");
    assert_eq!((form.value("error"), form.value("state")), (Some("invalid_scope"), Some("a-state")));
    assert!(
        posting.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("form-action 'self' https://client.example")
    );
}

fn href(page: &Page) -> String {
    let document = scraper::Html::parse_document(&page.html);
    let link = scraper::Selector::parse("a.button").unwrap();
    document.select(&link).next().unwrap().value().attr("href").unwrap().to_owned()
}

/// A30: with a session, and with `prompt=none`, the client is told at once; a redirect URI that is not its own still is a page.
#[actix_web::test]
async fn with_a_session_or_in_silence_the_client_is_told() {
    let server = default_server().await;
    let client = server.register_public().await;
    let silent = [MISTAKES[0], ("prompt", "none")];
    let told = answer(&server, &client, &silent).await;
    assert_eq!(error_to(&told, "https://client.example/cb", "a-state", &server).0, "invalid_scope");
    let told = answer(&server, &client, &[("prompt", "none"), ("nonce", "1"), ("nonce", "2")]).await;
    assert_eq!(error_to(&told, "https://client.example/cb", "a-state", &server).0, "invalid_request");
    let told = answer(&server, &client, &[("prompt", "none")]).await;
    assert_eq!(error_to(&told, "https://client.example/cb", "a-state", &server).0, "login_required");
    let mut browser = Browser::new(&server);
    let sign_in = browser.open(&server.url("/login")).await;
    browser.sign_in(&sign_in, "ada").await;
    for mistake in MISTAKES {
        let page = browser.open(&server.authorize_url(&client, &Pkce::new(), &[mistake])).await;
        error_to(&page, "https://client.example/cb", "a-state", &server);
    }
    let evil = [MISTAKES[0], ("redirect_uri", "https://evil.example/")];
    let page = browser.open(&server.authorize_url(&client, &Pkce::new(), &evil)).await;
    assert_eq!((page.status, page.location.as_deref()), (400, None));
    assert!(!page.html.contains("evil.example"), "{}", page.html);
}

/// A30: a client that an operator made is told at once, and so is every client with the setting `never`.
#[actix_web::test]
async fn a_trusted_client_and_the_setting_never_are_told_at_once() {
    let server = default_server().await;
    let client = server.register_public().await;
    assert_eq!(server.execute("UPDATE clients SET source = 'operator'"), 1);
    for mistake in MISTAKES {
        let page = answer(&server, &client, &[mistake]).await;
        error_to(&page, "https://client.example/cb", "a-state", &server);
    }
    let never = Server::with().set("GRANTOR_AUTHORIZATION__ERROR_PAGE", "never").start().await;
    let client: Registered = never.register(json!({"redirect_uris": ["https://client.example/cb"]})).await;
    for mistake in MISTAKES {
        let page = answer(&never, &client, &[mistake]).await;
        error_to(&page, "https://client.example/cb", "a-state", &never);
    }
}
