//! Sign-out. OpenID Connect RP-Initiated Logout 1.0.

use serde_json::json;

use super::{is_signed_in, signed_in};
use crate::support::{Browser, Pkce, Registered, Server, error_of, query_of, tokens};

const BACK: &str = "https://client.example/bye?a=b";

async fn client_with_a_way_back(server: &Server) -> Registered {
    server
        .register(json!({
            "client_name": "A public client",
            "redirect_uris": ["https://client.example/cb"],
            "post_logout_redirect_uris": [BACK],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
        }))
        .await
}

fn logout_url(server: &Server, client_id: &str, back: &str) -> String {
    let parameters = [("client_id", client_id), ("post_logout_redirect_uri", back), ("state", "a b&c=d")];
    url::Url::parse_with_params(&server.url("/logout"), parameters).unwrap().to_string()
}

/// U10: a link asks and ends nothing; the form of the page ends it.
#[actix_web::test]
async fn a_link_asks_and_the_form_signs_out() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut browser = signed_in(&server, "ada").await;
    let mut before = browser.clone();
    let page = browser.open(&server.url("/logout")).await;
    assert!(page.text().contains("Sign out?") && page.text().contains("ada"), "{}", page.text());
    assert!(is_signed_in(&server, &mut browser).await);
    let done = browser.submit(&page.form("/logout")).await;
    assert!(done.text().contains("You are signed out"), "{}", done.text());
    assert_eq!(browser.cookies.get("grantor_session"), None);
    assert!(!is_signed_in(&server, &mut before).await, "the cookie is dead, not only gone");
    assert!(browser.open(&server.url("/logout")).await.text().contains("You are signed out"));
}

/// U10, U04: a form without its token, of another browser or another site, asks instead.
#[actix_web::test]
async fn a_form_of_a_stranger_only_asks() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = client_with_a_way_back(&server).await;
    let mut browser = signed_in(&server, "ada").await;
    let page = browser.open(&logout_url(&server, &client.client_id, BACK)).await;
    assert!(page.text().contains("A public client"), "{}", page.text());
    let mut other = signed_in(&server, "ada").await;
    let replayed = other.submit(&page.form("/logout")).await;
    assert!(replayed.text().contains("Sign out?") && is_signed_in(&server, &mut other).await);
    let without = browser.submit(&page.form("/logout").with("csrf", "")).await;
    assert!(without.text().contains("Sign out?") && is_signed_in(&server, &mut browser).await);
    // A client's own form comes without cookies: it must not be told that nobody is signed in.
    let form = [("client_id", &*client.client_id), ("post_logout_redirect_uri", BACK), ("state", "s")];
    let request = server.http.post(server.url("/logout")).header("origin", "https://client.example");
    let response = request.form(&form).send().await.unwrap();
    assert_eq!(response.status(), 303);
    let location = response.headers()["location"].to_str().unwrap();
    assert!(location.starts_with("/logout?"), "{location}");
    let asked = browser.open(&server.url(location)).await;
    let gone = browser.submit(&asked.form("/logout")).await;
    assert_eq!(gone.location.unwrap(), format!("{BACK}&state=s"));
}

/// S04, A32: the way back is one that this client registered, to the byte; `state` comes with it.
#[actix_web::test]
async fn the_way_back_is_exact() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = client_with_a_way_back(&server).await;
    let other = server.register_public().await;
    for (client_id, back) in [
        (&*client.client_id, "https://client.example/bye"),
        (&client.client_id, "https://client.example/bye?a=b#"),
        (&client.client_id, "https://client.example/bye?a=b&c=d"),
        (&client.client_id, "https://CLIENT.example/bye?a=b"),
        (&client.client_id, "https://client.example/cb"),
        (&client.client_id, "//evil.example"),
        (&client.client_id, "/\\evil.example"),
        (&client.client_id, "https:evil.example"),
        (&client.client_id, "javascript:alert(1)"),
        (&other.client_id, BACK),
        ("c-unknown", BACK),
        ("", BACK),
    ] {
        let mut browser = signed_in(&server, "ada").await;
        let page = browser.open(&logout_url(&server, client_id, back)).await;
        assert!(!page.text().contains("A public client"), "{}", page.text());
        let done = browser.submit(&page.form("/logout")).await;
        assert_eq!((done.status, done.location.as_deref()), (200, None), "{back}");
        let again = browser.open(&logout_url(&server, client_id, back)).await;
        assert_eq!((again.status, again.location.as_deref()), (400, None), "{back}");
    }
    let mut browser = signed_in(&server, "ada").await;
    let page = browser.open(&logout_url(&server, &client.client_id, BACK)).await;
    let location = browser.submit(&page.form("/logout")).await.location.unwrap();
    assert!(location.starts_with(&format!("{BACK}&state=")), "{location}");
    assert_eq!(query_of(&location, "state").as_deref(), Some("a b&c=d"));
    assert_eq!(query_of(&location, "c"), None);
}

/// What hangs on the session ends with it; with `offline_access` it lives on.
#[actix_web::test]
async fn grants_of_the_session_end_with_it() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = client_with_a_way_back(&server).await;
    let mut browser = Browser::new(&server);
    let mut issued = Vec::new();
    for scope in ["openid", "openid offline_access"] {
        let pkce = Pkce::new();
        let url = server.authorize_url(&client, &pkce, &[("scope", scope)]);
        let location = browser.allow(&url, "ada").await;
        let code = query_of(&location, "code").unwrap();
        issued.push(tokens(server.exchange(&client, &code, &pkce).await).await);
    }
    let unspent = Pkce::new();
    let location =
        browser.allow(&server.authorize_url(&client, &unspent, &[("scope", "openid")]), "ada").await;
    let page = browser.open(&server.url("/logout")).await;
    browser.submit(&page.form("/logout")).await;
    let dead = server.refresh(&client, issued[0].refresh()).await;
    assert_eq!(error_of(dead).await, (400, "invalid_grant".to_owned()));
    assert_eq!(server.userinfo(&issued[0].access_token).await.status(), 401);
    let code = query_of(&location, "code").unwrap();
    let dead = server.exchange(&client, &code, &unspent).await;
    assert_eq!(error_of(dead).await, (400, "invalid_grant".to_owned()));
    tokens(server.refresh(&client, issued[1].refresh()).await).await;
    assert_eq!(server.userinfo(&issued[1].access_token).await.status(), 200);
}
