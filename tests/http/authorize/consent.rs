//! Who is asked, what is remembered, and what a refusal does. OpenID Connect Core §3.1.2.4, RFC 8252 §8.6.

use serde_json::json;

use super::error_to;
use crate::support::{Browser, Form, Page, Pkce, Registered, Server, query_of};

pub(super) async fn ask(
    server: &Server,
    browser: &mut Browser,
    client: &Registered,
    extra: &[(&str, &str)],
) -> Page {
    browser.open(&server.authorize_url(client, &Pkce::new(), extra)).await
}

pub(super) async fn allow(
    server: &Server,
    browser: &mut Browser,
    client: &Registered,
    extra: &[(&str, &str)],
) {
    let page = ask(server, browser, client, extra).await;
    let page = if page.has_form("/login") { browser.sign_in(&page, "ada").await } else { page };
    let answered = browser.submit(&page.form("/consent").with("decision", "allow")).await;
    assert_code(&answered);
}

#[track_caller]
pub(super) fn assert_code(page: &Page) {
    let location = page.location.as_deref().unwrap_or_else(|| panic!("{}", page.text()));
    assert!(query_of(location, "code").is_some(), "{location}");
}

/// U01, CVE row 91: what a person allowed a client of the web once is not asked again; what goes beyond it is, and so is
/// another client, be it the same to the letter.
#[actix_web::test]
async fn consent_is_remembered_as_far_as_it_went() {
    let server = Server::start().await;
    server.add_user("ada").await;
    server.add_user("bob").await;
    let client = server.register_public().await;
    let mut browser = Browser::new(&server);
    allow(&server, &mut browser, &client, &[("scope", "openid")]).await;
    assert_code(&ask(&server, &mut browser, &client, &[("scope", "openid")]).await);
    assert!(ask(&server, &mut browser, &client, &[("scope", "openid email")]).await.has_form("/consent"));
    allow(&server, &mut browser, &client, &[("scope", "openid email profile")]).await;
    assert_code(&ask(&server, &mut browser, &client, &[("scope", "email")]).await);
    // Allowed less on another page: that takes nothing back.
    allow(&server, &mut browser, &client, &[("scope", "openid"), ("prompt", "consent")]).await;
    assert_code(&ask(&server, &mut browser, &client, &[("scope", "openid email")]).await);
    // Another client and another person have allowed nothing.
    let other = server.register_public().await;
    assert!(ask(&server, &mut browser, &other, &[("scope", "openid")]).await.has_form("/consent"));
    let mut bobs = Browser::new(&server);
    let url = server.authorize_url(&client, &Pkce::new(), &[("scope", "openid")]);
    assert!(bobs.authorize(&url, "bob").await.has_form("/consent"));
}

/// A client registers the address of a good name beside its own: what a person allowed for the one is not allowed for
/// the other, nor without the resource that the page named.
#[actix_web::test]
async fn consent_is_for_the_target_and_the_resources_that_the_page_showed() {
    let server = Server::start().await;
    server.add_user("ada").await;
    server.publish_resource("https://mcp.example/mcp", &[], None).await;
    let client = server
        .register(json!({
            "redirect_uris": ["https://good.example/cb", "https://evil.example/cb"],
            "grant_types": ["authorization_code"], "token_endpoint_auth_method": "none",
        }))
        .await;
    let mut browser = Browser::new(&server);
    let good = ("redirect_uri", "https://good.example/cb");
    let resource = ("resource", "https://mcp.example/mcp");
    allow(&server, &mut browser, &client, &[good, resource, ("scope", "openid")]).await;
    assert_code(&ask(&server, &mut browser, &client, &[good, resource, ("scope", "openid")]).await);
    let evil = ("redirect_uri", "https://evil.example/cb");
    let silent = [evil, resource, ("scope", "openid"), ("prompt", "none")];
    let refused = ask(&server, &mut browser, &client, &silent).await;
    assert_eq!(query_of(refused.location.as_deref().unwrap(), "error").as_deref(), Some("consent_required"));
    assert!(
        ask(&server, &mut browser, &client, &[evil, resource, ("scope", "openid")])
            .await
            .has_form("/consent")
    );
    assert!(ask(&server, &mut browser, &client, &[good, ("scope", "openid")]).await.has_form("/consent"));
}

/// U01, RFC 8252 §8.6: a public client on loopback or behind a scheme of its own is never let through in silence.
#[actix_web::test]
async fn a_client_that_anybody_can_pretend_to_be_is_always_asked_about() {
    let server = Server::start().await;
    server.add_user("ada").await;
    for redirect_uri in
        ["http://127.0.0.1/cb", "http://[::1]/cb", "http://localhost/cb", "com.example.app:/cb"]
    {
        let metadata = json!({"redirect_uris": [redirect_uri], "token_endpoint_auth_method": "none"});
        let client = server.register(metadata).await;
        let mut browser = Browser::new(&server);
        allow(&server, &mut browser, &client, &[("scope", "openid")]).await;
        assert!(ask(&server, &mut browser, &client, &[("scope", "openid")]).await.has_form("/consent"));
        let silent = ask(&server, &mut browser, &client, &[("scope", "openid"), ("prompt", "none")]).await;
        let (code, _) = error_to(&silent, redirect_uri, "a-state", &server);
        assert_eq!(code, "consent_required", "{redirect_uri}");
    }
}

/// RFC 8707: consent for one resource is none for another.
#[actix_web::test]
async fn another_resource_is_asked_for() {
    let server = Server::start().await;
    server.add_user("ada").await;
    for identifier in ["https://one.example", "https://two.example"] {
        server.publish_resource(identifier, &[], None).await;
    }
    let client = server.register_public().await;
    let mut browser = Browser::new(&server);
    let one = ("resource", "https://one.example");
    allow(&server, &mut browser, &client, &[one]).await;
    assert_code(&ask(&server, &mut browser, &client, &[one]).await);
    let two = ask(&server, &mut browser, &client, &[("resource", "https://two.example")]).await;
    assert!(two.has_form("/consent") && two.text().contains("https://two.example"), "{}", two.text());
    assert!(
        ask(&server, &mut browser, &client, &[one, ("resource", "https://two.example")])
            .await
            .has_form("/consent")
    );
}

/// A04, A25: a refusal is told to the client, remembers nothing, and cannot be turned into an approval.
#[actix_web::test]
async fn a_person_who_denies_is_obeyed() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    for mode in ["", "form_post"] {
        let mut browser = Browser::new(&server);
        let url = server.authorize_url(&client, &Pkce::new(), &[("response_mode", mode)]);
        let form = browser.authorize(&url, "ada").await.form("/consent");
        let denied = browser.submit(&form.clone().with("decision", "deny")).await;
        if mode.is_empty() {
            let (code, _) = error_to(&denied, "https://client.example/cb", "a-state", &server);
            assert_eq!(code, "access_denied");
        } else {
            let answer = denied.form("/cb");
            assert_eq!(answer.value("error"), Some("access_denied"));
            assert_eq!((answer.value("state"), answer.value("code")), (Some("a-state"), None));
            assert_eq!(answer.value("iss"), Some(&*server.issuer));
        }
        let late = browser.submit(&form.with("decision", "allow")).await;
        assert_eq!((late.status, late.location), (400, None));
        assert!(browser.open(&url).await.has_form("/consent"));
    }
}

/// U02, U04, row 17: the page says who asks, for what, where it leads and who is signed in; the answer goes by what was
/// stored, whatever the form carries beside the decision.
#[actix_web::test]
async fn the_page_tells_what_is_asked_and_fields_beside_it_change_nothing() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let pkce = Pkce::new();
    let mut browser = Browser::new(&server);
    let page =
        browser.authorize(&server.authorize_url(&client, &pkce, &[("scope", "openid email")]), "ada").await;
    let text = page.text();
    for told in [
        "A public client",
        "registered itself",
        "client.example",
        "ada",
        "ada@example.com",
        "Use another account",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let form = page.form("/consent").with("decision", "allow");
    let tampered = [
        ("scope", "openid email profile address"),
        ("client_id", "c-other"),
        ("redirect_uri", "https://evil.example/"),
        ("response_type", "token"),
        ("response_mode", "form_post"),
        ("state", "other"),
        ("resource", "https://evil.example"),
        ("user", "bob"),
        ("code_challenge", ""),
        ("prompt", "none"),
    ]
    .into_iter()
    .fold(form, |form: Form, (name, value)| form.with(name, value));
    let location = browser.submit(&tampered).await.location.unwrap();
    assert!(location.starts_with("https://client.example/cb?code="), "{location}");
    assert_eq!(query_of(&location, "state").as_deref(), Some("a-state"));
    let code = query_of(&location, "code").unwrap();
    let issued = crate::support::tokens(server.exchange(&client, &code, &pkce).await).await;
    let scope = issued.body["scope"].as_str().unwrap();
    assert_eq!(scope, "email openid");
}

/// A03: on this computer, and for an app with a scheme of its own, the page warns and says where it leads.
#[actix_web::test]
async fn the_page_warns_of_what_is_not_a_web_site() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let uris = ["http://localhost/callback", "http://[::1]/cb?a=b", "com.example.app:/cb"];
    let client = server.register(json!({"redirect_uris": uris, "token_endpoint_auth_method": "none"})).await;
    let mut browser = Browser::new(&server);
    for (redirect_uri, told) in [
        ("http://localhost:54321/callback", "It listens at localhost:54321 and could be any program"),
        ("http://[::1]:7/cb?a=b", "It listens at [::1]:7 and could be any program"),
        ("com.example.app:/cb", "com.example.app:"),
    ] {
        let url = server.authorize_url(&client, &Pkce::new(), &[("redirect_uri", redirect_uri)]);
        let page = browser.authorize(&url, "ada").await;
        assert!(page.has_form("/consent") && page.text().contains(told), "{told}: {}", page.text());
    }
}

/// "Use another account" ends the session and goes on with the same request.
#[actix_web::test]
async fn another_account_can_answer_the_same_request() {
    let server = Server::start().await;
    server.add_user("ada").await;
    server.add_user("bob").await;
    let client = server.register_public().await;
    let mut browser = Browser::new(&server);
    let page = browser.authorize(&server.authorize_url(&client, &Pkce::new(), &[]), "ada").await;
    let mut before = browser.clone();
    let sign_in = browser.submit(&page.form("/switch")).await;
    assert!(sign_in.has_form("/login"), "{}", sign_in.text());
    assert!(!before.open(&server.url("/")).await.text().contains("Hello"));
    let consent = browser.sign_in(&sign_in, "bob").await;
    assert!(consent.text().contains("bob@example.com"), "{}", consent.text());
    assert_code(&browser.submit(&consent.form("/consent").with("decision", "allow")).await);
}
