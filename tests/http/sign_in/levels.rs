//! What is asked of a sign-in by clients, and what they learn of it. Security statements P16 and S05.

use serde_json::{Value, json};

use super::{is_home, levels, send_code, try_in, with_app};
use crate::support::{Browser, PASSWORD, Page, Pkce, Registered, Server, parts, query_of, tokens};

async fn with_ada() -> (Server, Registered) {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    (server, client)
}

fn url(server: &Server, client: &Registered, pkce: &Pkce, extra: &[(&str, &str)]) -> String {
    server.authorize_url(client, pkce, &[&[("scope", "openid")], extra].concat())
}

/// What the ID token says of the sign-in, after the page was allowed.
async fn told(server: &Server, browser: &mut Browser, client: &Registered, pkce: &Pkce, page: Page) -> Value {
    let page = match &page.location {
        Some(_) => page,
        None => browser.submit(&page.form("/consent").with("decision", "allow")).await,
    };
    let location = page.location.clone().unwrap_or_else(|| panic!("{}", page.text()));
    let code = query_of(&location, "code").unwrap_or_else(|| panic!("{location}"));
    let issued: Value = server.exchange(client, &code, pkce).await.json().await.unwrap();
    parts(issued["id_token"].as_str().unwrap()).1
}

fn least(server: &Server, acr: &str) {
    assert!(server.execute(&format!("UPDATE clients SET least_acr = '{acr}'")) > 0);
}

/// P16: `acr` and `amr` say what was proven for this sign-in, no more and no less.
#[actix_web::test]
async fn tokens_say_what_was_proven() {
    let (server, client) = with_ada().await;
    let app = with_app(&server, "ada").await;
    let (mut browser, pkce) = (Browser::new(&server), Pkce::new());
    let page = browser.open(&url(&server, &client, &pkce, &[])).await;
    let page = try_in(&mut browser, &page, "ada", PASSWORD).await;
    let page = send_code(&mut browser, &page, &app.code(&server, 0)).await;
    let claims = told(&server, &mut browser, &client, &pkce, page).await;
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("2"), &json!(["pwd", "otp", "mfa"])));
    assert_eq!(claims["auth_time"], server.clock.now());
    // A client that demands the value 1 hears 1, which is true as well. OpenID Connect Core §5.5.1.1.
    let asked = json!({"id_token": {"acr": {"essential": true, "value": "1"}}}).to_string();
    let pkce = Pkce::new();
    let page = browser.open(&url(&server, &client, &pkce, &[("claims", &asked)])).await;
    assert_eq!(told(&server, &mut browser, &client, &pkce, page).await["acr"], "1");
    // One factor again, once the app is gone: the same session says so.
    server.execute("DELETE FROM totp_secrets");
    server.advance(60);
    let pkce = Pkce::new();
    let page = browser.open(&url(&server, &client, &pkce, &[("prompt", "login")])).await;
    let page = try_in(&mut browser, &page, "ada", PASSWORD).await;
    let claims = told(&server, &mut browser, &client, &pkce, page).await;
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("1"), &json!(["pwd"])));
}

/// S05, P12: a client that wants two factors gets them of everybody, also of whoever is signed in with one; without a page it is told
/// that a sign-in is due.
#[actix_web::test]
async fn a_client_that_wants_two_factors_gets_them() {
    let (server, client) = with_ada().await;
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url("/login")).await;
    assert!(is_home(&try_in(&mut browser, &page, "ada", PASSWORD).await, "ada"));
    least(&server, "2");
    let pkce = Pkce::new();
    let silent = browser.open(&url(&server, &client, &pkce, &[("prompt", "none")])).await;
    assert_eq!(query_of(&silent.location.unwrap(), "error").as_deref(), Some("login_required"));
    let page = browser.open(&url(&server, &client, &pkce, &[])).await;
    assert!(page.has_form("/login"), "{}", page.text());
    let enrol = try_in(&mut browser, &page, "ada", PASSWORD).await;
    assert!(enrol.url.contains("/login/enrol?"), "{}", enrol.url);
    // Meanwhile an app was set up elsewhere: now a code will do.
    let app = with_app(&server, "ada").await;
    let page = browser.open(&enrol.url).await;
    let page = send_code(&mut browser, &page, &app.code(&server, 0)).await;
    let claims = told(&server, &mut browser, &client, &pkce, page).await;
    assert_eq!(claims["acr"], "2");
    assert_eq!(levels(&server, "2"), 1);
    // From now on nobody is asked: the session is sure enough.
    let page = browser.open(&url(&server, &client, &Pkce::new(), &[])).await;
    assert!(!page.has_form("/login"), "{}", page.text());
}

/// S05, OpenID Connect Core §3.1.2.1: `acr_values` asks whoever can, and keeps nobody out who cannot.
#[actix_web::test]
async fn a_wish_for_two_factors_asks_whoever_has_them() {
    let (server, client) = with_ada().await;
    let wish = [("acr_values", "urn:mace:gold 2")];
    let (mut browser, pkce) = (Browser::new(&server), Pkce::new());
    let page = browser.open(&url(&server, &client, &pkce, &wish)).await;
    let page = try_in(&mut browser, &page, "ada", PASSWORD).await;
    assert_eq!(told(&server, &mut browser, &client, &pkce, page).await["acr"], "1");
    // Signed in with one factor, and an app since: the wish asks for a code.
    let app = with_app(&server, "ada").await;
    let pkce = Pkce::new();
    let page = browser.open(&url(&server, &client, &pkce, &wish)).await;
    let page = try_in(&mut browser, &page, "ada", PASSWORD).await;
    let page = send_code(&mut browser, &page, &app.code(&server, 0)).await;
    assert_eq!(told(&server, &mut browser, &client, &pkce, page).await["acr"], "2");
    // Without a page the client hears what is true.
    server.execute("UPDATE browser_sessions SET acr = '1'");
    let pkce = Pkce::new();
    let silent = [("acr_values", "2"), ("prompt", "none")];
    let page = browser.open(&url(&server, &client, &pkce, &silent)).await;
    let error = page.location.as_deref().and_then(|location| query_of(location, "error"));
    if error.as_deref() != Some("consent_required") {
        assert_eq!(told(&server, &mut browser, &client, &pkce, page).await["acr"], "1");
    }
}

/// T16: a client that wants two factors refreshes what was signed in with two, also where it asked to be told of less.
#[actix_web::test]
async fn what_a_client_is_told_is_not_what_it_is_held_to() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_confidential().await;
    least(&server, "2");
    let app = with_app(&server, "ada").await;
    let asked = json!({"id_token": {"acr": {"essential": true, "values": ["1"]}}}).to_string();
    let (mut browser, pkce) = (Browser::new(&server), Pkce::new());
    let page = browser.open(&url(&server, &client, &pkce, &[("claims", &asked)])).await;
    let page = try_in(&mut browser, &page, "ada", PASSWORD).await;
    let page = send_code(&mut browser, &page, &app.code(&server, 0)).await;
    let page = browser.submit(&page.form("/consent").with("decision", "allow")).await;
    let code = query_of(page.location.as_ref().unwrap(), "code").unwrap();
    let issued = tokens(server.exchange(&client, &code, &pkce).await).await;
    let refreshed = tokens(server.refresh(&client, issued.refresh()).await).await;
    for tokens in [&issued, &refreshed] {
        assert_eq!(parts(tokens.id_token.as_deref().unwrap()).1["acr"], "1");
    }
}

/// P16, Pocket ID GHSA-hp74-gm6m-2qm5: a demand for a passkey is met by a passkey alone; a code is no way around it.
#[actix_web::test]
async fn a_code_is_no_passkey() {
    let (server, client) = with_ada().await;
    let app = with_app(&server, "ada").await;
    let asked = json!({"id_token": {"acr": {"essential": true, "value": "phr"}}}).to_string();
    let (mut browser, pkce) = (Browser::new(&server), Pkce::new());
    let page = browser.open(&url(&server, &client, &pkce, &[("claims", &asked)])).await;
    let page = try_in(&mut browser, &page, "ada", PASSWORD).await;
    let page = send_code(&mut browser, &page, &app.code(&server, 0)).await;
    assert!(page.url.contains("/login/enrol?"), "{} {}", page.url, page.text());
    assert!(!page.has_form("/login/enrol"), "an app would not do");
    assert_eq!(levels(&server, "1") + levels(&server, "2"), 0, "nobody is signed in");
}

/// S05: whoever leaves a second sign-in unfinished stays who they are, and the client gets nothing.
#[actix_web::test]
async fn leaving_the_second_sign_in_changes_nothing() {
    let (server, client) = with_ada().await;
    let (mut browser, pkce) = (Browser::new(&server), Pkce::new());
    let first = browser.allow(&url(&server, &client, &pkce, &[]), "ada").await;
    assert!(query_of(&first, "code").is_some());
    let before = browser.cookies["grantor_session"].clone();
    let codes = server.number("SELECT count(*) AS number FROM authorization_codes");
    let page = browser.open(&url(&server, &client, &Pkce::new(), &[("prompt", "login")])).await;
    assert_eq!(try_in(&mut browser, &page, "ada", "wrong").await.status, 422);
    assert_eq!(browser.cookies["grantor_session"], before);
    assert!(is_home(&browser.open(&server.url("/")).await, "ada"));
    assert_eq!(server.number("SELECT count(*) AS number FROM authorization_codes"), codes);
}
