//! Answers of a provider beside its ID token: to the browser, for a code, and about a person. RFC 9207, RFC 9700 §4.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use grantor::flow::administer::upstream::{self, ProviderRequest};
use grantor::flow::upstream::Rules;
use grantor::storage::Failure;
use scraper::{Html, Selector};
use serde_json::json;

use super::provider::{CLIENT_ID, Provider, SECRET, details, encoded};
use super::{onward, operator};
use crate::support::{Browser, Counter, Pkce, Server, json_answer, query_of};

/// RFC 9700 §4.4, RFC 9207 §2.4: the code goes to the provider that was asked, and to nobody if another one answers.
#[actix_web::test]
async fn a_code_goes_to_the_provider_that_was_asked() {
    let provider = Provider::added().await;
    provider.publish("other", &json!({}));
    provider.add("other", Rules { create_accounts: true, ..Rules::default() }).await;
    let (own, others) = (provider.issuer("login"), provider.issuer("other"));
    let shouted = own.to_uppercase();
    for iss in [None, Some(others.as_str()), Some(""), Some(shouted.as_str())] {
        let mut departed = provider.depart("login").await;
        let state = departed.state.clone();
        let mut answer = vec![("code", "c-1"), ("state", state.as_str())];
        answer.extend(iss.map(|iss| ("iss", iss)));
        let page = departed.browser.open(&provider.callback("login", &answer)).await;
        assert_eq!(page.status, 502, "{iss:?}: {}", page.text());
    }
    // At the door of the other one: that state is none of its own.
    let mut departed = provider.depart("login").await;
    let state = departed.state.clone();
    for iss in [&own, &others] {
        let answer = [("code", "c-1"), ("state", state.as_str()), ("iss", iss.as_str())];
        let page = departed.browser.open(&provider.callback("other", &answer)).await;
        assert_eq!(page.status, 400, "{}", page.text());
    }
    assert!(provider.asked("/login/token").is_empty() && provider.asked("/other/token").is_empty());
    provider.assert_nobody("mixed up");
    // The state is still good where it belongs.
    provider.answer_code(&provider.signed(0, &provider.claims(&departed.nonce)));
    assert_eq!(provider.back(&mut departed).await.status, 200);
}

/// OpenID Connect Core §3.1.2.6, RFC 9700 §4.7: a fault, an answer without a code, without a state, or too late is none.
#[actix_web::test]
async fn an_answer_without_a_code_or_out_of_time_signs_nobody_in() {
    let provider = Provider::added().await;
    let issuer = provider.issuer("login");
    for (more, status) in [
        (vec![("error", "access_denied")], 403),
        (vec![("error", "access_denied"), ("code", "c-1")], 403),
        (vec![], 403),
    ] {
        let mut departed = provider.depart("login").await;
        let state = departed.state.clone();
        let answer = [vec![("state", state.as_str()), ("iss", issuer.as_str())], more].concat();
        let page = departed.browser.open(&provider.callback("login", &answer)).await;
        assert_eq!(page.status, status, "{}", page.text());
    }
    let mut departed = provider.depart("login").await;
    let without = provider.callback("login", &[("code", "c-1"), ("iss", issuer.as_str())]);
    assert_eq!(departed.browser.open(&without).await.status, 400);
    provider.here.advance(901);
    assert_eq!(provider.back(&mut departed).await.status, 400, "a quarter of an hour is over");
    assert!(provider.asked("/login/token").is_empty());
    provider.assert_nobody("no code");
}

/// Whoever is refused elsewhere signs in another way, and goes on with what the sign-in was for.
#[actix_web::test]
async fn a_refusal_elsewhere_keeps_what_the_sign_in_was_for() {
    let provider = Provider::added().await;
    provider.here.add_user("bob").await;
    let client = provider.here.register_public().await;
    let request = provider.here.authorize_url(&client, &Pkce::new(), &[]);
    // The second time they are signed in, and are to prove again who they are.
    let again = provider.here.url("/login?again=1&return=/account/sessions");
    let mut browser = Browser::new(&provider.here);
    for (begins, ends_at) in [(request, "/consent"), (again, "/account/sessions")] {
        let page = browser.open(&begins).await;
        let href = onward(&mut browser, &page, "login").await;
        let (state, issuer) = (query_of(&href, "state").unwrap(), provider.issuer("login"));
        let denied = [("error", "access_denied"), ("state", state.as_str()), ("iss", issuer.as_str())];
        let refused = browser.open(&provider.callback("login", &denied)).await;
        assert_eq!(refused.status, 403);
        let document = Html::parse_document(&refused.html);
        let link = document.select(&Selector::parse("a.button").unwrap()).next().unwrap();
        let page = browser.open(&browser.absolute(link.value().attr("href").unwrap())).await;
        let page = browser.sign_in(&page, "bob").await;
        assert!(page.url.starts_with(&provider.here.url(ends_at)), "{} of {begins}", page.url);
    }
}

/// RFC 7636 §4.5, RFC 6749 §2.3.1: the code is exchanged with the verifier of its challenge and the secret in the header; neither stands
/// in an address.
#[actix_web::test]
async fn a_code_is_exchanged_with_its_verifier_and_the_secret() {
    let provider = Provider::added().await;
    let mut departed = provider.depart("login").await;
    let challenge = query_of(&departed.href, "code_challenge").unwrap();
    assert_eq!(query_of(&departed.href, "code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(query_of(&departed.href, "client_id").as_deref(), Some(CLIENT_ID));
    provider.answer_code(&provider.signed(0, &provider.claims(&departed.nonce)));
    assert_eq!(provider.back(&mut departed).await.status, 200);
    let request = provider.asked("/login/token").remove(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes())
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let field = |name: &str| {
        let mut found = fields.iter().filter(|(known, _)| known == name);
        let value = found.next().map(|(_, value)| value.clone());
        assert!(found.next().is_none(), "{name} stands twice");
        value
    };
    let verifier = field("code_verifier").unwrap();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    assert_eq!(encoded(digest.as_ref()), challenge);
    assert_eq!(field("grant_type").as_deref(), Some("authorization_code"));
    assert_eq!(field("code").as_deref(), Some("c-1"));
    let redirect_uri = format!("{}/upstream/login/callback", provider.here.issuer);
    assert_eq!(field("redirect_uri"), Some(redirect_uri));
    assert_eq!((field("client_id"), field("client_secret")), (None, None));
    let form = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let basic = STANDARD.encode(format!("{}:{}", form(CLIENT_ID), form(SECRET)));
    let is_basic = |line: &str| line.to_lowercase().starts_with("authorization:") && line.ends_with(&basic);
    assert!(head.lines().any(is_basic), "{head}");
}

/// OpenID Connect Core §3.1.3.4, CVE row 15: an answer to a code that is none signs nobody in, and a redirect is not followed.
#[actix_web::test]
async fn a_token_endpoint_that_misbehaves_signs_nobody_in() {
    let provider = Provider::added().await;
    let elsewhere = Counter::everywhere();
    let moved = |status: u16| {
        let to = format!("https://login.example:{}/token", elsewhere.port);
        format!("HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
    };
    let typed = |body: &str, media_type: &str| {
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n{body}")
    };
    let long = format!("{{\"id_token\": \"{}\"}}", "x".repeat(70_000));
    for answer in [
        json_answer("", "{\"error\": \"invalid_grant\"}").replace("200 OK", "400 Bad Request"),
        json_answer("", "{}").replace("200 OK", "500 Oops"),
        json_answer("", "{}"),
        json_answer("", "[]"),
        json_answer("", "{\"id_token\": 7}"),
        json_answer("", "{\"id_token\": \"a.b.c\", \"id_token\": \"d.e.f\"}"),
        json_answer("", &long),
        typed("{\"id_token\": \"a.b.c\"}", "text/html"),
        moved(302),
        moved(307),
        moved(308),
    ] {
        let mut departed = provider.depart("login").await;
        provider.answer("/login/token", answer.clone());
        let page = provider.back(&mut departed).await;
        let shown: String = answer.chars().take(120).collect();
        assert_eq!(page.status, 502, "{shown}: {}", page.text());
    }
    assert_eq!(elsewhere.connections(), 0);
    provider.assert_nobody("no tokens");
}

/// Security statement R29: codes that are none cost their place and its /48 the way to the provider for a minute, and nobody else; an
/// answer that was kept waiting is still good after it.
#[actix_web::test]
async fn codes_that_are_none_keep_nobody_else_from_signing_in() {
    let provider = Provider::with(Server::with().set("GRANTOR_TRUSTED_PROXIES", "127.0.0.1, ::1")).await;
    provider.add("login", Rules { create_accounts: true, ..Rules::default() }).await;
    let answered = async |from: &str| {
        let mut departed = provider.depart("login").await;
        departed.browser.from = Some(from.to_owned());
        let status = provider.back(&mut departed).await.status;
        (departed, status)
    };
    let no_code = json_answer("", "{\"error\": \"invalid_grant\"}").replace("200 OK", "400 Bad Request");
    provider.answer("/login/token", no_code);
    for _ in 0..10 {
        assert_eq!(answered("198.51.100.7").await.1, 502);
    }
    let (mut waiting, status) = answered("198.51.100.7").await;
    assert_eq!((status, provider.asked("/login/token").len()), (429, 10));
    for network in 0..30 {
        assert_eq!(answered(&format!("2001:db8:1:{network}::1")).await.1, 502, "{network}");
    }
    assert_eq!(answered("2001:db8:1:ffff::1").await.1, 429);
    assert_eq!(provider.asked("/login/token").len(), 40);

    let mut departed = provider.depart("login").await;
    departed.browser.from = Some("2001:db8:2::1".to_owned());
    provider.answer_code(&provider.signed(0, &provider.claims(&departed.nonce)));
    assert_eq!(provider.back(&mut departed).await.status, 200);
    provider.here.advance(60);
    provider.answer_code(&provider.signed(0, &provider.claims(&waiting.nonce)));
    assert_eq!(provider.back(&mut waiting).await.status, 200);
}

/// OpenID Connect Core §5.3.2: what the userinfo endpoint says counts for the subject of the ID token alone; §5.7, P21: an address that
/// it does not call verified makes nobody an account.
#[actix_web::test]
async fn claims_about_somebody_else_are_refused() {
    let provider = Provider::added().await;
    let sub = "ada at the provider";
    let without_address = |claims: &serde_json::Value| {
        let mut members = claims.as_object().unwrap().clone();
        members.retain(|name, _| !name.starts_with("email"));
        provider.signed(0, &members.into())
    };
    let address = "ada@example.com";
    for (said, status) in [
        (json!({"sub": "eve", "email": address, "email_verified": true}), 502),
        (json!({"email": address, "email_verified": true}), 502),
        (json!({"sub": sub, "email": address}), 403),
        (json!({"sub": sub, "email": address, "email_verified": false}), 403),
        (json!({"sub": sub, "email": "ada", "email_verified": true}), 403),
        (json!({"sub": sub}), 403),
    ] {
        provider.answer_json("/login/userinfo", &said);
        let page = provider.attempt(without_address).await;
        assert_eq!(page.status, status, "{said}: {}", page.text());
        provider.assert_nobody(&said.to_string());
    }
    provider.answer_json("/login/userinfo", &json!({"sub": sub, "email": address, "email_verified": true}));
    assert_eq!(provider.attempt(without_address).await.status, 200);
    let request = provider.asked("/login/userinfo").pop().unwrap().to_lowercase();
    assert!(request.contains("authorization: bearer at-1"), "{request}");
}

/// OpenID Connect Discovery §4.3: metadata of another issuer, with endpoints in clear, without usable keys, or behind a redirect add no
/// provider.
#[actix_web::test]
async fn metadata_that_cannot_be_trusted_add_no_provider() {
    let provider = Provider::start().await;
    let elsewhere = Counter::everywhere();
    let add = async || {
        let details = details(Rules::default());
        let request = ProviderRequest { name: "login".to_owned(), issuer: provider.issuer("login"), details };
        upstream::add(provider.here.means(), request, operator()).await
    };
    for changes in [
        json!({"issuer": provider.issuer("other")}),
        json!({"issuer": null}),
        json!({"token_endpoint": "http://login.example/token"}),
        json!({"authorization_endpoint": "javascript:alert(1)"}),
        json!({"jwks_uri": format!("{}/nothing", provider.issuer("login"))}),
        json!({"jwks_uri": null}),
    ] {
        provider.publish("login", &changes);
        assert!(matches!(add().await, Err(Failure::Refused(_))), "{changes}");
    }
    provider.publish("login", &json!({}));
    let private = json!({"kty": "oct", "k": "AAAA"});
    provider.answer_json("/login/jwks", &json!({ "keys": [private] }));
    assert!(matches!(add().await, Err(Failure::Refused(_))), "no key that signs");
    provider.publish("login", &json!({}));
    let to = format!("https://login.example:{}/", elsewhere.port);
    let moved = format!("HTTP/1.1 301 Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
    provider.answer("/login/.well-known/openid-configuration", moved);
    assert!(matches!(add().await, Err(Failure::Refused(_))), "a redirect");
    assert_eq!(elsewhere.connections(), 0);
    assert_eq!(provider.here.number("SELECT count(*) AS number FROM upstream_providers"), 0);
    provider.publish("login", &json!({}));
    assert!(add().await.is_ok());
}
