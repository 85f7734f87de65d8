//! Whoever needs more time has it, and loses nothing when it is over. WCAG 2.2.1.

use reqwest::Method;

use crate::support::{Browser, Form, Page, Pkce, Server, query_of};

/// `session.thread_lifetime`, if nobody sets it.
const LIFETIME: i64 = 600;

/// What the script of the page sends, and how many seconds it has then; `None` if there are no more.
async fn more(browser: &mut Browser, form: &Form) -> Option<i64> {
    let url = browser.absolute(&form.action);
    let response = browser.send(Method::POST, &url, Some(form.fields.clone())).await;
    if response.status() == 410 {
        return None;
    }
    assert_eq!(response.status(), 200);
    let answer: serde_json::Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    answer["seconds"].as_i64()
}

fn again(page: &Page) -> Form {
    page.form("/more-time").with("again", "1")
}

/// The sign-in page of a request, and the request.
async fn asked(server: &Server, browser: &mut Browser) -> Page {
    let client = server.register_public().await;
    let url = server.authorize_url(&client, &Pkce::new(), &[("scope", "openid"), ("state", "kept")]);
    browser.open(&url).await
}

/// A page says when it ends, and lasts longer if that is wanted, more than ten times in a row and not for ever.
#[actix_web::test]
async fn a_request_has_more_time_ten_times_and_not_for_ever() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut browser = Browser::new(&server);
    let page = asked(&server, &mut browser).await;
    assert!(page.html.contains("data-seconds=\"600\""), "{}", page.html);
    let form = page.form("/more-time");
    for extension in 0..10 {
        server.advance(LIFETIME - 30);
        assert_eq!(more(&mut browser, &form).await, Some(LIFETIME), "{extension}");
    }
    let page = browser.sign_in(&page, "ada").await;
    assert!(page.has_form("/consent"), "{}", page.text());
    let form = page.form("/more-time");
    server.advance(LIFETIME - 30);
    let left = more(&mut browser, &form).await;
    assert_eq!(left, Some(330), "eleven lifetimes in all");
    server.advance(330);
    assert_eq!(more(&mut browser, &form).await, None);
    let page = browser.submit(&page.form("/consent").with("decision", "allow")).await;
    assert!(page.location.is_none() && !page.has_form("/more-time"), "{}", page.text());
}

/// Without script: the page that says that the time is over leads back into the same request.
#[actix_web::test]
async fn a_request_that_is_over_begins_again_without_loss() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut browser = Browser::new(&server);
    let page = asked(&server, &mut browser).await;
    server.advance(LIFETIME + 1);
    let over = browser.sign_in(&page, "ada").await;
    assert_eq!(over.status, 400);
    let page = browser.submit(&again(&over)).await;
    assert!(page.has_form("/login"), "{}", page.text());
    let page = browser.sign_in(&page, "ada").await;
    server.advance(LIFETIME + 1);
    let over = browser.submit(&page.form("/consent").with("decision", "allow")).await;
    assert_eq!(over.status, 400);
    let page = browser.submit(&again(&over)).await;
    let page = browser.submit(&page.form("/consent").with("decision", "allow")).await;
    let sent = page.location.unwrap();
    assert_eq!(query_of(&sent, "state").as_deref(), Some("kept"));
    assert!(query_of(&sent, "code").is_some(), "{sent}");
}

/// S01: what is over for half an hour is gone; another browser neither prolongs a request nor begins it again.
#[actix_web::test]
async fn more_time_is_for_this_browser_and_ends() {
    let server = Server::start().await;
    let mut browser = Browser::new(&server);
    let page = asked(&server, &mut browser).await;
    let mut thief = Browser::new(&server);
    thief.open(&server.url("/login")).await;
    assert_eq!(thief.submit(&page.form("/more-time")).await.status, 403);
    assert!(!thief.open(&page.url).await.has_form("/more-time"));
    let forged = page.form("/more-time").with("csrf", page.form("/login").value("csrf").unwrap());
    assert_eq!(browser.submit(&forged).await.status, 403, "a token for one purpose is no good for another");
    server.advance(LIFETIME + 1_801);
    let over = browser.open(&page.url).await;
    assert_eq!(over.status, 400);
    assert!(!over.has_form("/more-time"), "{}", over.text());
    assert_eq!(more(&mut browser, &page.form("/more-time")).await, None);
}

/// Who signed in for a request that ran out signs in once more where the client asked for that. OpenID Connect Core §3.1.2.1.
#[actix_web::test]
async fn a_sign_in_for_a_request_that_ran_out_does_not_count() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut browser = Browser::new(&server);
    let client = server.register_public().await;
    let extra = [("scope", "openid"), ("prompt", "login consent")];
    let page = browser.open(&server.authorize_url(&client, &Pkce::new(), &extra)).await;
    let page = browser.sign_in(&page, "ada").await;
    assert!(page.has_form("/consent"), "{}", page.text());
    server.advance(LIFETIME + 1);
    let over = browser.open(&page.url).await;
    let page = browser.submit(&again(&over)).await;
    assert!(page.has_form("/login") && !page.has_form("/consent"), "{}", page.text());
}

/// The page that asks for the password has a time of its own, which more time prolongs, too.
#[actix_web::test]
async fn a_sign_in_that_is_under_way_has_more_time() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url("/login?return=/account")).await;
    assert!(!page.has_form("/more-time"), "nothing ends here");
    let page = browser.submit(&page.form("/login").with("name", "ada")).await;
    assert!(page.url.contains("sign_in="), "{}", page.url);
    server.advance(LIFETIME - 30);
    assert_eq!(more(&mut browser, &page.form("/more-time")).await, Some(LIFETIME));
    server.advance(LIFETIME - 30);
    assert!(browser.open(&page.url).await.html.contains("data-seconds=\"30\""));
    let form = page.form("/more-time");
    server.advance(60);
    assert_eq!(more(&mut browser, &form).await, None);
    let page = browser.submit(&form.with("again", "1")).await;
    assert_eq!(page.form("/login").value("return"), Some("/account"));
}

/// OpenID Connect Core §3.1.2.1: time that was added to a page makes no older sign-in younger than `max_age`.
#[actix_web::test]
async fn more_time_makes_no_sign_in_fresh() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut browser = Browser::new(&server);
    let client = server.register_public().await;
    let url = server.authorize_url(&client, &Pkce::new(), &[("scope", "openid"), ("max_age", "5")]);
    let page = browser.open(&url).await;
    let page = browser.sign_in(&page, "ada").await;
    let form = page.form("/more-time");
    for _ in 0..2 {
        server.advance(LIFETIME - 30);
        assert_eq!(more(&mut browser, &form).await, Some(LIFETIME));
    }
    let answer = browser.submit(&page.form("/consent").with("decision", "allow")).await;
    assert!(answer.location.is_none() && answer.has_form("/login"), "{} {}", answer.url, answer.text());
}
