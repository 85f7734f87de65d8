//! `id_token_hint`. OpenID Connect Core §3.1.2.1, §3.1.2.2.

use serde_json::json;

use super::error_to;
use crate::support::{Browser, Page, Pkce, Registered, Server, assemble, parts, query_of, tokens};

/// Ada and bob have allowed the client; each has a browser, and ada an ID token.
struct Hinted {
    server: Server,
    client: Registered,
    ada: Browser,
    bob: Browser,
    hint: String,
}

async fn hinted(subject_type: &str) -> Hinted {
    let server = Server::start().await;
    let client = server
        .register(json!({
            "redirect_uris": ["https://client.example/cb"], "token_endpoint_auth_method": "none",
            "subject_type": subject_type,
        }))
        .await;
    let pkce = Pkce::new();
    let url = server.authorize_url(&client, &pkce, &[("scope", "openid")]);
    let mut browsers = Vec::new();
    let mut hint = String::new();
    for name in ["bob", "ada"] {
        server.add_user(name).await;
        let mut browser = Browser::new(&server);
        let code = query_of(&browser.allow(&url, name).await, "code").unwrap();
        hint = tokens(server.exchange(&client, &code, &pkce).await).await.id_token.unwrap();
        browsers.push(browser);
    }
    let (ada, bob) = (browsers.pop().unwrap(), browsers.pop().unwrap());
    Hinted { server, client, ada, bob, hint }
}

fn url(it: &Hinted, prompt: &str) -> String {
    let extra = [("scope", "openid"), ("prompt", prompt), ("id_token_hint", &*it.hint)];
    it.server.authorize_url(&it.client, &Pkce::new(), &extra)
}

#[track_caller]
fn is_code(page: &Page) -> bool {
    page.location.as_deref().is_some_and(|location| query_of(location, "code").is_some())
}

/// With `prompt=none`: the person of the hint is answered, also by an expired one; another is `login_required`. The same for a
/// client that knows people by pairwise names.
#[actix_web::test]
async fn only_the_person_of_the_hint_is_answered_in_silence() {
    for subject_type in ["public", "pairwise"] {
        let mut it = hinted(subject_type).await;
        let silent = url(&it, "none");
        assert!(is_code(&it.ada.open(&silent).await), "{subject_type}");
        it.server.advance(1800);
        assert!(parts(&it.hint).1["exp"].as_i64().unwrap() < it.server.clock.now());
        assert!(is_code(&it.ada.open(&silent).await), "{subject_type}");
        let refused = it.bob.open(&silent).await;
        assert_eq!(
            error_to(&refused, "https://client.example/cb", "a-state", &it.server).0,
            "login_required"
        );
    }
}

/// Without it: another person who is signed in sees the sign-in page, without a name on it; who then signs in as somebody else gets
/// nothing for the client, and the person of the hint gets through.
#[actix_web::test]
async fn another_person_is_asked_to_sign_in_as_the_one_of_the_hint() {
    let mut it = hinted("public").await;
    let url = url(&it, "");
    let page = it.bob.open(&url).await;
    assert!(page.has_form("/login"), "{}", page.text());
    assert_eq!(page.form("/login").value("name"), Some(""));
    assert!(!page.html.contains("ada") && page.text().contains("Sign in"), "{}", page.text());
    let mut again = it.bob.clone();
    let refused = again.sign_in(&page, "bob").await;
    assert_eq!(error_to(&refused, "https://client.example/cb", "a-state", &it.server).0, "login_required");
    let page = again.open(&url).await;
    assert!(is_code(&again.sign_in(&page, "ada").await));
}

/// T22: what this server did not sign for this client is refused, and not stored.
#[actix_web::test]
async fn a_foreign_hint_is_refused() {
    let mut it = hinted("public").await;
    let issued = it.server.tokens(&it.client, "ada", "openid").await;
    let other = it.server.register_public().await;
    let of_other = it.server.tokens(&other, "ada", "openid").await.id_token.unwrap();
    let (header, claims) = parts(&it.hint);
    for foreign in [
        assemble(&json!({"alg": "none"}), &claims, b""),
        assemble(&header, &claims, &[7; 256]),
        assemble(&json!({"alg": "HS256", "kid": header["kid"]}), &claims, &[7; 32]),
        issued.access_token,
        of_other,
        "ada".to_owned(),
    ] {
        for prompt in ["none", ""] {
            let extra = [("scope", "openid"), ("prompt", prompt), ("id_token_hint", &*foreign)];
            let page = it.ada.open(&it.server.authorize_url(&it.client, &Pkce::new(), &extra)).await;
            let (code, description) = error_to(&page, "https://client.example/cb", "a-state", &it.server);
            assert_eq!(code, "invalid_request");
            assert!(description.contains("id_token_hint"), "{description}");
        }
    }
    let pretended = [("scope", "openid"), ("prompt", "none"), ("id_token_hint#sub", "somebody")];
    assert!(is_code(&it.ada.open(&it.server.authorize_url(&it.client, &Pkce::new(), &pretended)).await));
    it.bob.open(&url(&it, "")).await;
    let kept =
        format!("UPDATE authorization_threads SET expires_at = 0 WHERE parameters LIKE '%{}%'", it.hint);
    assert_eq!(it.server.execute(&kept), 0);
}
