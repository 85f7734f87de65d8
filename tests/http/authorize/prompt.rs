//! `prompt` and `max_age`. OpenID Connect Core §3.1.2.1.

use serde_json::json;

use super::refused_as;
use crate::support::{Browser, Page, Pkce, Registered, Server, query_of};

struct Visit {
    server: Server,
    client: Registered,
    browser: Browser,
}

/// Ada is signed in and has allowed the client what it asks for.
async fn allowed() -> Visit {
    let server = Server::start().await;
    server.add_user("ada").await;
    server.add_user("bob").await;
    let client = server.register_public().await;
    let mut browser = Browser::new(&server);
    browser.allow(&server.authorize_url(&client, &Pkce::new(), &[("scope", "openid")]), "ada").await;
    Visit { server, client, browser }
}

impl Visit {
    async fn ask(&mut self, extra: &[(&str, &str)]) -> Page {
        let extra: Vec<_> = extra.iter().copied().chain([("scope", "openid")]).collect();
        self.browser.open(&self.server.authorize_url(&self.client, &Pkce::new(), &extra)).await
    }
}

#[track_caller]
fn error_of(page: &Page) -> String {
    let location = page.location.as_deref().unwrap_or_else(|| panic!("{}", page.text()));
    query_of(location, "error").unwrap_or_else(|| panic!("{location}"))
}

#[track_caller]
fn assert_code(page: &Page) {
    let location = page.location.as_deref().unwrap_or_else(|| panic!("{}", page.text()));
    assert!(query_of(location, "code").is_some(), "{location}");
}

/// `none`: no page is ever shown; it is answered at once with what stands in the way.
#[actix_web::test]
async fn prompt_none_never_shows_a_page() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let url = server.authorize_url(&client, &Pkce::new(), &[("prompt", "none")]);
    let mut browser = Browser::new(&server);
    assert_eq!(error_of(&browser.open(&url).await), "login_required");
    let sign_in = browser.open(&server.url("/login")).await;
    browser.sign_in(&sign_in, "ada").await;
    assert_eq!(error_of(&browser.open(&url).await), "consent_required");
    browser.allow(&server.authorize_url(&client, &Pkce::new(), &[]), "ada").await;
    assert_code(&browser.open(&url).await);
}

/// `login`: asks for the password of somebody who is signed in, once, and the ID token says when.
#[actix_web::test]
async fn prompt_login_asks_again_and_once() {
    let mut visit = allowed().await;
    visit.server.advance(100);
    let pkce = Pkce::new();
    let extra = [("scope", "openid"), ("prompt", "login")];
    let page = visit.browser.open(&visit.server.authorize_url(&visit.client, &pkce, &extra)).await;
    assert!(page.has_form("/login") && page.text().contains("Confirm it’s you"), "{}", page.text());
    assert_eq!(page.form("/login").value("name"), Some("ada"));
    // S05, row 49: the step cannot be skipped by its neighbour's address.
    let skipped = visit.browser.open(&page.url.replace("/login", "/consent")).await;
    assert!(skipped.has_form("/login"), "{}", skipped.text());
    let answered = visit.browser.sign_in(&page, "ada").await;
    assert_code(&answered);
    let code = query_of(answered.location.as_deref().unwrap(), "code").unwrap();
    let issued = crate::support::tokens(visit.server.exchange(&visit.client, &code, &pkce).await).await;
    assert_eq!(auth_time(&issued.id_token.unwrap()), visit.server.clock.now());
}

fn auth_time(id_token: &str) -> i64 {
    use base64::Engine as _;
    let payload = id_token.split('.').nth(1).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice::<serde_json::Value>(&payload).unwrap()["auth_time"].as_i64().unwrap()
}

/// S05, row 5: a sign-in that is asked for again and given up, or failed, leaves the session as it was and gives no code.
#[actix_web::test]
async fn a_cancelled_sign_in_leaves_the_session_alone() {
    let mut visit = allowed().await;
    let before = visit.browser.cookies.clone();
    let page = visit.ask(&[("prompt", "login"), ("login_hint", "bob")]).await;
    let wrong = page.form("/login").with("name", "bob").with("password", "wrong wrong wrong wrong");
    let failed = visit.browser.submit(&wrong).await;
    assert_eq!((failed.status, failed.location.as_deref()), (422, None));
    assert_eq!(visit.browser.cookies, before);
    assert_code(&visit.ask(&[("prompt", "none")]).await);
    assert!(visit.browser.open(&visit.server.url("/")).await.text().contains("Hello, ada"));
}

/// Another person who signs in instead is asked for consent of their own, and ends the session of the first.
#[actix_web::test]
async fn another_person_takes_over_nothing_of_the_first() {
    let mut visit = allowed().await;
    let mut before = visit.browser.clone();
    let page = visit.ask(&[("prompt", "login")]).await;
    let consent = visit.browser.sign_in(&page, "bob").await;
    assert!(consent.has_form("/consent") && consent.text().contains("bob@example.com"), "{}", consent.text());
    assert!(!consent.text().contains("ada@"), "{}", consent.text());
    let old = before.open(&visit.server.url("/")).await;
    assert!(!old.text().contains("Hello"), "{}", old.text());
}

/// `consent`: asks although it was allowed before. `select_account`: asks who it is.
#[actix_web::test]
async fn prompt_consent_and_select_account_ask_again() {
    let mut visit = allowed().await;
    assert_code(&visit.ask(&[]).await);
    assert!(visit.ask(&[("prompt", "consent")]).await.has_form("/consent"));
    let choice = visit.ask(&[("prompt", "select_account")]).await;
    assert!(choice.has_form("/login") && choice.text().contains("Choose an account"), "{}", choice.text());
    let page = visit.ask(&[("prompt", "login consent")]).await;
    assert!(visit.browser.sign_in(&page, "ada").await.has_form("/consent"));
    assert_code(&visit.ask(&[]).await);
}

/// `none` goes with no other value, and unknown values are refused.
#[actix_web::test]
async fn contradictory_and_unknown_prompts_are_refused() {
    let server = Server::start().await;
    let client = server.register_public().await;
    for prompt in [
        "none login",
        "consent none",
        "none select_account",
        "none create",
        "NONE",
        "login,consent",
        "login\u{a0}",
    ] {
        assert_eq!(refused_as(&server, &client, &[("prompt", prompt)]).await, "invalid_request", "{prompt}");
    }
}

/// `max_age`: a sign-in that is older must be repeated, and one to answer this request is young enough.
#[actix_web::test]
async fn max_age_limits_the_age_of_the_sign_in() {
    let mut visit = allowed().await;
    visit.server.advance(100);
    assert_code(&visit.ask(&[("max_age", "100"), ("prompt", "none")]).await);
    assert_eq!(error_of(&visit.ask(&[("max_age", "99"), ("prompt", "none")]).await), "login_required");
    let page = visit.ask(&[("max_age", "99")]).await;
    assert!(page.has_form("/login"), "{}", page.text());
    assert_code(&visit.browser.sign_in(&page, "ada").await);
    assert_code(&visit.ask(&[("max_age", "99"), ("prompt", "none")]).await);
    // Zero asks for the password, also in the second of the last sign-in.
    let page = visit.ask(&[("max_age", "0")]).await;
    assert_code(&visit.browser.sign_in(&page, "ada").await);
    assert_eq!(error_of(&visit.ask(&[("max_age", "0"), ("prompt", "none")]).await), "login_required");
}

/// Initiating User Registration via OpenID Connect 1.0 §4: `create` shows the sign-in page, which says who makes accounts, also
/// after a wrong password; the metadata promises no page to make one.
#[actix_web::test]
async fn prompt_create_says_who_makes_accounts() {
    let mut visit = allowed().await;
    let page = visit.ask(&[("prompt", "create")]).await;
    assert!(page.text().contains("Accounts on this server are made by its operator"), "{}", page.text());
    let wrong = page.form("/login").with("name", "ada").with("password", "wrong wrong wrong wrong");
    let failed = visit.browser.submit(&wrong).await;
    assert!(failed.text().contains("Accounts on this server are made by its operator"), "{}", failed.text());
    assert_code(&visit.browser.sign_in(&page, "ada").await);
    let metadata = visit.server.well_known("openid-configuration").await;
    assert_eq!(metadata["prompt_values_supported"], json!(["none", "login", "consent", "select_account"]));
}

/// OpenID Connect Core §11: offline access is had by consent alone, once given and remembered; a client that cannot refresh gets none.
#[actix_web::test]
async fn offline_access_needs_consent() {
    let mut visit = allowed().await;
    let offline = ("scope", "openid offline_access");
    let url = |visit: &Visit, prompt: &str| {
        visit.server.authorize_url(&visit.client, &Pkce::new(), &[offline, ("prompt", prompt)])
    };
    let silent = url(&visit, "none");
    assert_eq!(error_of(&visit.browser.open(&silent).await), "consent_required");
    let page = visit.browser.open(&url(&visit, "")).await;
    assert!(page.text().contains("while you are away") || page.has_form("/consent"), "{}", page.text());
    assert_code(&visit.browser.submit(&page.form("/consent").with("decision", "allow")).await);
    assert_code(&visit.browser.open(&silent).await);
    // With prompt=consent the person is asked each time.
    assert!(visit.browser.open(&url(&visit, "consent")).await.has_form("/consent"));
    let once = json!({"redirect_uris": ["https://once.example/cb"], "token_endpoint_auth_method": "none"});
    visit.client = visit.server.register(once).await;
    let pkce = Pkce::new();
    let code = visit.server.code_for(&visit.client, "ada", &pkce, &[offline]).await;
    let issued = crate::support::tokens(visit.server.exchange(&visit.client, &code, &pkce).await).await;
    assert_eq!((issued.refresh_token, issued.body["scope"].as_str()), (None, Some("openid")));
}

/// `max_age` is a number of seconds; the client's `default_max_age` counts where it is left out.
#[actix_web::test]
async fn a_client_may_register_its_max_age() {
    let mut visit = allowed().await;
    for value in ["-1", "a", "1.5", "1e3", "99999999999999999999", "0x10", " 1"] {
        assert_eq!(error_of(&visit.ask(&[("max_age", value)]).await), "invalid_request", "{value}");
    }
    let metadata = json!({
        "redirect_uris": ["https://other.example/cb"], "token_endpoint_auth_method": "none", "default_max_age": 60,
    });
    visit.client = visit.server.register(metadata).await;
    let url = visit.server.authorize_url(&visit.client, &Pkce::new(), &[("scope", "openid")]);
    visit.browser.allow(&url, "ada").await;
    visit.server.advance(61);
    assert!(visit.ask(&[]).await.has_form("/login"));
    assert_code(&visit.ask(&[("max_age", "61")]).await);
}
