//! The two cookies. U09.

use reqwest::header::SET_COOKIE;

use super::{https_server, signed_in};
use crate::support::{Browser, PASSWORD, Page, Pkce, Server};

/// U09: on https both have the `__Host-` prefix, are `Secure`, `HttpOnly`, `SameSite=Lax`, for the whole host and small.
#[actix_web::test]
async fn cookies_on_https_are_bound_to_the_host() {
    let server = https_server().await;
    server.add_user("ada").await;
    let over_tls = |request: reqwest::RequestBuilder| request.header("x-forwarded-proto", "https").send();
    let response = over_tls(server.http.get(server.url("/login"))).await.unwrap();
    let browser = response.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    let page = Page {
        status: 200,
        url: String::new(),
        headers: response.headers().clone(),
        html: response.text().await.unwrap(),
        location: None,
    };
    let form = page.form("/login").with("name", "ada").with("password", PASSWORD);
    let request = server.http.post(server.url("/login")).header("cookie", browser.split(';').next().unwrap());
    let response = over_tls(request.form(&form.fields)).await.unwrap();
    assert_eq!(response.status(), 303);
    let session = response.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    for (cookie, name) in [(browser, "__Host-grantor_browser="), (session, "__Host-grantor_session=")] {
        assert!(cookie.starts_with(name) && cookie.len() <= 4096, "{cookie}");
        let attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
        for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(attributes.contains(&attribute), "{attribute}: {cookie}");
        }
        assert!(!cookie.to_ascii_lowercase().contains("domain="), "{cookie}");
        // T01: 256 random bits.
        assert!(cookie[name.len()..].split(';').next().unwrap().len() >= 43, "{cookie}");
    }
}

/// U09: on a loopback http address a prefix would lose the cookie; everything else stays.
#[actix_web::test]
async fn cookies_on_loopback_are_http_only_and_lax() {
    let server = Server::start().await;
    let response = server.http.get(server.url("/login")).send().await.unwrap();
    let cookie = response.headers()[SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.starts_with("grantor_browser=")
            && cookie.contains("HttpOnly")
            && cookie.contains("SameSite=Lax")
    );
    assert!(!cookie.contains("Secure"), "{cookie}");
}

/// U04: a form of another site comes without cookies, and its answer sets none: it would replace the one that binds the
/// person's open pages to their browser.
#[actix_web::test]
async fn a_form_of_another_site_replaces_no_cookie() {
    let server = Server::start().await;
    for path in ["/login", "/consent", "/switch", "/logout", "/setup", "/authorize"] {
        let request = server.http.post(server.url(path)).header("origin", "https://evil.example");
        let response = request.form(&[("csrf", "x"), ("thread", "x")]).send().await.unwrap();
        assert!(response.headers().get(SET_COOKIE).is_none(), "{path}");
        assert!(response.status() != 200, "{path}");
    }
}

/// A browser with a broken, foreign or endless cookie gets a page, not an error of ours.
#[actix_web::test]
async fn odd_cookies_break_nothing() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let url = server.authorize_url(&client, &Pkce::new(), &[]);
    for value in ["", "x", "\"", "a;b=c", "%00", &"x".repeat(8000), "=====", "' OR 1=1 --"] {
        let mut browser = Browser::new(&server);
        browser.cookies.insert("grantor_session".to_owned(), value.to_owned());
        browser.cookies.insert("grantor_browser".to_owned(), value.to_owned());
        let page = browser.open(&url).await;
        assert_eq!(page.status, 200, "{value}: {}", page.text());
        assert!(page.has_form("/login"), "{value}");
    }
    server.add_user("ada").await;
    let mut ada = signed_in(&server, "ada").await;
    ada.cookies.entry("grantor_session".to_owned()).and_modify(|value| value.truncate(42));
    assert!(!super::is_signed_in(&server, &mut ada).await);
}
