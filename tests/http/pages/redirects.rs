//! No page but the authorization endpoint and sign-out sends anybody elsewhere. A32, RFC 9700 §4.11.

use crate::support::{Browser, PASSWORD, Server};

const NAMES: [&str; 8] = [
    "next",
    "redirect",
    "redirect_uri",
    "return_to",
    "continue",
    "url",
    "target",
    "post_logout_redirect_uri",
];
const TARGETS: [&str; 6] = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "/%09/evil.example",
];

/// A32, row 68: sign-in goes home, whatever stands in the query or in the form.
#[actix_web::test]
async fn sign_in_ignores_every_target() {
    let server = Server::start().await;
    server.add_user("ada").await;
    for target in TARGETS {
        let mut query = url::Url::parse(&server.url("/login")).unwrap();
        query.query_pairs_mut().extend_pairs(NAMES.iter().map(|name| (*name, target)));
        let mut browser = Browser::new(&server);
        let page = browser.open(query.as_str()).await;
        assert_eq!((page.status, page.location.as_deref()), (200, None), "{target}");
        assert!(!page.html.contains("evil.example") && !page.html.contains("javascript:"), "{target}");
        let form = page.form("/login").with("name", "ada").with("password", PASSWORD);
        let form = NAMES.iter().fold(form, |form, name| form.with(name, target));
        let home = browser.submit(&form).await;
        assert_eq!((home.status, home.location.as_deref()), (200, None), "{target}");
        assert_eq!(home.url, server.url("/"), "{target}");
        // Signed in already: the same.
        assert_eq!(browser.open(query.as_str()).await.url, server.url("/"), "{target}");
    }
}

/// A32: what is no stored request leads nowhere either.
#[actix_web::test]
async fn a_made_up_thread_leads_nowhere() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut browser = super::signed_in(&server, "ada").await;
    for path in ["/login", "/consent"] {
        for target in TARGETS.into_iter().chain(["x", "%00", "'", "../../etc/passwd"]) {
            let mut url = url::Url::parse(&server.url(path)).unwrap();
            url.query_pairs_mut().append_pair("thread", target);
            let page = browser.open(url.as_str()).await;
            assert_eq!((page.status, page.location.as_deref()), (400, None), "{path} {target}");
            assert!(!page.html.contains("evil.example"), "{path} {target}");
        }
    }
}

/// U14: no header decides where a redirect or a link leads.
#[actix_web::test]
async fn headers_do_not_move_a_redirect() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let url = server.authorize_url(&client, &crate::support::Pkce::new(), &[]);
    for header in
        ["x-forwarded-host", "forwarded", "x-forwarded-prefix", "x-original-url", "referer", "origin"]
    {
        let value = if header == "forwarded" { "host=evil.example" } else { "https://evil.example/x" };
        let response = server.http.get(&url).header(header, value).send().await.unwrap();
        let location = response.headers()["location"].to_str().unwrap();
        assert!(location.starts_with("/login?thread="), "{header}: {location}");
    }
    let response = server.http.get(&url).header("host", "evil.example").send().await.unwrap();
    assert!(response.headers()["location"].to_str().unwrap().starts_with("/login?thread="));
}
