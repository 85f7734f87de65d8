//! `id_token_hint` at the `end_session_endpoint`. OpenID Connect RP-Initiated Logout 1.0 §2, §4.

use grantor::flow::administer::api_keys::Rights;
use reqwest::Method;
use serde_json::json;

use super::{BACK, client, client_with, is_signed_in, logout_url, tokens_in};
use crate::support::{Browser, Registered, Server, query_of};

/// S04, §2: an ID token of this very session needs no question, however old it is, by GET and by a form of the client.
#[actix_web::test]
async fn a_hint_of_this_session_needs_no_question() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = client(&server).await;
    for posts in [false, true] {
        let mut browser = Browser::new(&server);
        let issued = tokens_in(&server, &mut browser, &client, "openid").await;
        server.advance(3000);
        let hint = issued.id_token.unwrap();
        let parameters = [("id_token_hint", &*hint), ("post_logout_redirect_uri", BACK), ("state", "a b&c")];
        let mut url = logout_url(&server, &parameters);
        if posts {
            let form = server.http.post(server.url("/logout")).header("origin", "https://client.example");
            let response = form.form(&parameters).send().await.unwrap();
            assert_eq!(response.status(), 303, "a form of another site comes without cookies");
            url = server.url(response.headers()["location"].to_str().unwrap());
        }
        let location = browser.open(&url).await.location.unwrap();
        assert!(location.starts_with(BACK), "{location}");
        assert_eq!(query_of(&location, "state").as_deref(), Some("a b&c"));
        assert!(!is_signed_in(&server, &mut browser).await);
        let dead = server.refresh(&client, issued.refresh_token.as_deref().unwrap()).await;
        assert_eq!(dead.status(), 400);
    }
}

/// S04, U10, §2: an ID token of another session, of the same person or another one, signs nobody out without a question.
#[actix_web::test]
async fn a_hint_of_another_session_only_asks() {
    let server = Server::start().await;
    server.add_user("ada").await;
    server.add_user("eve").await;
    let client = client(&server).await;
    let mut adas = Browser::new(&server);
    tokens_in(&server, &mut adas, &client, "openid").await;
    let mut elsewhere = Browser::new(&server);
    let of_ada = tokens_in(&server, &mut elsewhere, &client, "openid").await.id_token.unwrap();
    let of_eve = server.tokens(&client, "eve", "openid").await.id_token.unwrap();
    let mut asked = Vec::new();
    for hint in [of_ada, of_eve] {
        let url = logout_url(&server, &[("id_token_hint", &hint), ("post_logout_redirect_uri", BACK)]);
        let page = adas.open(&url).await;
        assert!(page.text().contains("Sign out?") && page.text().contains("A client"), "{}", page.text());
        assert!(is_signed_in(&server, &mut adas).await);
        asked.push(page.form("/logout"));
    }
    // The person who confirms goes back: the hint has said which client it is, and stays out of the page.
    let form = asked.remove(0);
    assert_eq!(form.value("id_token_hint"), None);
    assert_eq!(form.value("client_id"), Some(&*client.client_id));
    assert_eq!(adas.submit(&form).await.location.as_deref(), Some(BACK));
    assert!(!is_signed_in(&server, &mut adas).await && is_signed_in(&server, &mut elsewhere).await);
}

/// S04, §4: what is no ID token of this server for this client signs nobody out by itself and leads nowhere.
#[actix_web::test]
async fn other_tokens_are_no_hints() {
    let server = Server::with().set("GRANTOR_TOKENS__ACCESS_TOKEN_FORMAT", "jwt").start().await;
    server.add_user("ada").await;
    let (client, other) = (client(&server).await, client(&server).await);
    let mut browser = Browser::new(&server);
    let issued = tokens_in(&server, &mut browser, &client, "openid").await;
    let hint = issued.id_token.unwrap();
    let stranger = crate::support::ClientKey::rs256();
    let (header, claims) = crate::support::parts(&hint);
    let foreign = stranger.sign(&header, &claims);
    for (parameters, word) in [
        (vec![("id_token_hint", issued.access_token.as_str())], "not issued by this server"),
        (vec![("id_token_hint", foreign.as_str())], "not issued by this server"),
        (vec![("id_token_hint", ""), ("client_id", "c-unknown")], "not registered here"),
        (vec![("id_token_hint", &hint), ("client_id", &other.client_id)], "to another app"),
        (vec![("id_token_hint", &hint), ("post_logout_redirect_uri", "https://evil.example/")], "address"),
    ] {
        let mut all = vec![("post_logout_redirect_uri", BACK), ("state", "s")];
        all.retain(|(name, _)| !parameters.iter().any(|(known, _)| known == name));
        all.extend(parameters);
        let page = browser.open(&logout_url(&server, &all)).await;
        assert_eq!((page.status, page.location.as_deref()), (400, None), "{word}");
        assert!(page.text().contains(word) && !page.html.contains("evil.example"), "{}", page.text());
        assert!(is_signed_in(&server, &mut browser).await, "{word}");
        let done = browser.clone().submit(&page.form("/logout").with("decision", "")).await;
        assert_eq!(done.location, None, "{word}");
        browser = Browser::new(&server);
        tokens_in(&server, &mut browser, &client, "openid").await;
    }
}

/// S04: whoever is signed out already is sent on to a client that an operator made and that shows an ID token; for others,
/// which could be anybody's, there is a link.
#[actix_web::test]
async fn signing_out_twice_is_the_same_as_once() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let own = client(&server).await;
    let key = server.api_key(Rights::ReadWrite, None);
    let metadata = json!({
        "client_name": "An operator's client", "redirect_uris": ["https://client.example/cb"],
        "post_logout_redirect_uris": [BACK], "grant_types": ["authorization_code", "refresh_token"],
    });
    let (status, body) =
        server.administer(&key, Method::POST, "/clients", json!({ "metadata": metadata })).await;
    assert_eq!(status, 201, "{body}");
    let operators = Registered {
        client_id: body["client_id"].as_str().unwrap().to_owned(),
        client_secret: body["client_secret"].as_str().map(str::to_owned),
        redirect_uri: "https://client.example/cb".to_owned(),
        body: body["metadata"].clone(),
        ..own.clone()
    };
    for (client, goes_on) in [(&own, false), (&operators, true)] {
        let mut browser = Browser::new(&server);
        let hint = tokens_in(&server, &mut browser, client, "openid").await.id_token.unwrap();
        let url = logout_url(&server, &[("id_token_hint", &hint), ("post_logout_redirect_uri", BACK)]);
        assert_eq!(browser.open(&url).await.location.as_deref(), Some(BACK));
        for _ in 0..2 {
            let again = browser.open(&url).await;
            assert_eq!(again.location.is_some(), goes_on, "{}", again.text());
            assert!(goes_on || again.html.contains(BACK), "{}", again.html);
        }
    }
}

/// S04: an ID token that a retired key signed is a hint as long as that key is published.
#[actix_web::test]
async fn a_retired_key_still_counts() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = client_with(&server, json!({"id_token_signed_response_alg": "ES256"})).await;
    let mut browser = Browser::new(&server);
    let hint = tokens_in(&server, &mut browser, &client, "openid").await.id_token.unwrap();
    crate::keys::rotate(&server).await;
    let kid = |token: &str| crate::support::parts(token).0["kid"].clone();
    let has_retired = async || {
        server.advance(300);
        kid(&server.tokens(&client, "ada", "openid").await.id_token.unwrap()) != kid(&hint)
    };
    assert!(has_retired().await || has_retired().await || has_retired().await);
    let url = logout_url(&server, &[("id_token_hint", &hint), ("post_logout_redirect_uri", BACK)]);
    assert_eq!(browser.open(&url).await.location.as_deref(), Some(BACK));
}
