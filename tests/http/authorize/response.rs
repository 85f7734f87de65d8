//! The answer on its way to the client. RFC 6749 §4.1.2, RFC 9207, OAuth 2.0 Form Post Response Mode.

use serde_json::json;

use super::answer;
use super::parameters::hostile_states;
use crate::support::{Browser, Page, Pkce, Server, query_of, tokens};

/// A08: the registered query stays as it is, and each response parameter is appended once.
#[actix_web::test]
async fn the_registered_query_is_kept_and_parameters_come_once() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let registered = "https://client.example/cb?tenant=7&x=%7e+b&";
    let client =
        server.register(json!({"redirect_uris": [registered], "token_endpoint_auth_method": "none"})).await;
    let pkce = Pkce::new();
    let location = Browser::new(&server).allow(&server.authorize_url(&client, &pkce, &[]), "ada").await;
    let rest = location.strip_prefix(registered).unwrap();
    let names: Vec<&str> = rest.split('&').map(|pair| pair.split('=').next().unwrap()).collect();
    assert_eq!(names, ["code", "state", "iss"], "{location}");
    let code = query_of(&location, "code").unwrap();
    tokens(server.exchange(&client, &code, &pkce).await).await;
}

/// A25: success and error carry the issuer of the metadata, which says so.
#[actix_web::test]
async fn every_response_carries_the_issuer() {
    let server = Server::with().path("/auth").start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    for document in ["oauth-authorization-server", "openid-configuration"] {
        let metadata = server.http.get(server.url(&format!("/.well-known/{document}"))).send().await.unwrap();
        let metadata: serde_json::Value = metadata.json().await.unwrap();
        assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
        assert_eq!(metadata["issuer"].as_str(), Some(server.issuer.as_str()));
    }
    let refused = answer(&server, &client, &[("prompt", "none")]).await.location.unwrap();
    let allowed = Browser::new(&server).allow(&server.authorize_url(&client, &Pkce::new(), &[]), "ada").await;
    for location in [refused, allowed] {
        assert_eq!(query_of(&location, "iss").as_ref(), Some(&server.issuer), "{location}");
    }
}

/// A09: what follows a form is a 303, which no browser answers with the form again.
#[actix_web::test]
async fn every_redirect_after_a_form_is_a_303() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let mut browser = Browser::new(&server);
    let sign_in = browser.open(&server.authorize_url(&client, &Pkce::new(), &[])).await.form("/login");
    let sign_in = sign_in.with("name", "ada").with("password", crate::support::PASSWORD);
    let first = browser.send(reqwest::Method::POST, &server.url("/login"), Some(sign_in.fields)).await;
    assert_eq!(first.status(), 303);
    let consent =
        browser.open(&server.url(first.headers()["location"].to_str().unwrap())).await.form("/consent");
    let fields = consent.with("decision", "allow").fields;
    let second = browser.send(reqwest::Method::POST, &server.url("/consent"), Some(fields)).await;
    assert_eq!(second.status(), 303);
    assert_eq!(second.headers()["cache-control"], "no-store");
    assert_eq!(second.headers()["referrer-policy"], "no-referrer");
    assert_eq!(second.text().await.unwrap(), "");
}

fn assert_posts(page: &Page, state: &str, issuer: &str) -> crate::support::Form {
    assert_eq!((page.status, page.location.as_deref()), (200, None), "{}", page.text());
    let forms = page.forms();
    assert_eq!(forms.len(), 1, "{}", page.html);
    assert_eq!(forms[0].action, "https://client.example/cb");
    assert_eq!(forms[0].value("state"), Some(state));
    assert_eq!(forms[0].value("iss"), Some(issuer));
    assert!(page.html.contains("<button") && page.html.contains("/static/form_post.js"), "{}", page.html);
    forms[0].clone()
}

/// OAuth 2.0 Form Post Response Mode §2, A27: a page that posts itself, with a button for browsers without script;
/// nothing is in the query, and no state escapes its attribute.
#[actix_web::test]
async fn form_post_answers_with_a_form() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let by_form = ("response_mode", "form_post");
    for state in hostile_states() {
        let page = answer(&server, &client, &[by_form, ("state", &state), ("prompt", "none")]).await;
        // A browser sends line breaks of a form's field as CR LF, and a parser of HTML keeps them as they are written.
        let form = assert_posts(&page, &state.replace("\r\n", "\n"), &server.issuer);
        assert_eq!(form.value("error"), Some("login_required"));
        assert!(!page.html.contains("<script>alert") && !page.html.contains("<img"), "{}", page.html);
    }
    let pkce = Pkce::new();
    let mut browser = Browser::new(&server);
    let consent = browser.authorize(&server.authorize_url(&client, &pkce, &[by_form]), "ada").await;
    let page = browser.submit(&consent.form("/consent").with("decision", "allow")).await;
    let form = assert_posts(&page, "a-state", &server.issuer);
    assert_eq!(page.headers["cache-control"], "no-store");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action 'self' https://client.example"), "{policy}");
    assert!(!page.url.contains("code="), "{}", page.url);
    tokens(server.exchange(&client, form.value("code").unwrap(), &pkce).await).await;
}
