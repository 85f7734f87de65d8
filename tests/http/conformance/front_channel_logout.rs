//! The plan for Front-Channel Logout. OpenID Connect Front-Channel Logout 1.0 §2, §3.

use scraper::{Html, Selector};
use serde_json::{Value, json};

use super::Suite;
use crate::support::{Browser, ClientKey, Page, Party, query_of};

const URI: &str = "https://client.example/test/a/grantor/frontchannel_logout";
const BACK: &str = "https://client.example/test/a/grantor/post_logout_redirect";

async fn party(suite: &Suite, changes: Value) -> Party {
    let mut all = json!({"frontchannel_logout_uri": URI, "frontchannel_logout_session_required": true});
    for (name, value) in changes.as_object().unwrap() {
        all[name] = value.clone();
    }
    suite.register(ClientKey::rs256(), all).await
}

fn frames(page: &Page) -> Vec<String> {
    let document = Html::parse_document(&page.html);
    let frames = Selector::parse("iframe").unwrap();
    document.select(&frames).map(|frame| frame.value().attr("src").unwrap().to_owned()).collect()
}

/// Signs out, confirming if asked; the page that ends it.
async fn sign_out(suite: &Suite, browser: &mut Browser, parameters: &[(&str, &str)]) -> Page {
    let url = url::Url::parse_with_params(&suite.server.url("/logout"), parameters).unwrap();
    let page = browser.open(url.as_str()).await;
    if page.location.is_none() && page.has_form("/logout") {
        return browser.submit(&page.form("/logout")).await;
    }
    page
}

/// §2, §3: both flags are in the metadata, and both members in the registration.
#[actix_web::test]
async fn metadata_and_registration_say_so() {
    let suite = Suite::start().await;
    let document = suite.server.well_known("openid-configuration").await;
    for flag in ["frontchannel_logout_supported", "frontchannel_logout_session_supported"] {
        assert_eq!(document[flag], json!(true), "{flag}");
    }
    let party = party(&suite, json!({})).await;
    assert_eq!(party.client.body["frontchannel_logout_uri"], URI);
    assert_eq!(party.client.body["frontchannel_logout_session_required"], json!(true));
}

/// §2, §3: one frame for each client of the session, with `iss` and the `sid` of its ID tokens; the page may frame these origins only.
#[actix_web::test]
async fn each_client_has_a_frame_with_iss_and_sid() {
    let suite = Suite::start().await;
    let one = party(&suite, json!({})).await;
    let two = party(&suite, json!({"frontchannel_logout_uri": format!("{URI}?foo=bar")})).await;
    let other =
        party(&suite, json!({"frontchannel_logout_uri": "https://client.example/not-of-this-session"})).await;
    let mut browser = suite.browser();
    let issued = suite.tokens_in(&mut browser, &one, &[]).await;
    suite.tokens_in(&mut browser, &two, &[]).await;
    suite.tokens(&other, &[]).await;
    let sid = suite.id_token(&one, &issued).await["sid"].as_str().unwrap().to_owned();
    let page =
        sign_out(&suite, &mut browser, &[("id_token_hint", issued.id_token.as_deref().unwrap())]).await;
    let frames = frames(&page);
    assert_eq!(frames.len(), 2, "{}", page.html);
    for frame in &frames {
        assert!(frame.starts_with(URI), "{frame}");
        assert_eq!(query_of(frame, "iss").as_ref(), Some(&suite.server.issuer), "{frame}");
        assert_eq!(query_of(frame, "sid").as_ref(), Some(&sid), "{frame}");
    }
    assert!(frames.iter().any(|frame| query_of(frame, "foo").as_deref() == Some("bar")), "{frames:?}");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    let allowed = policy.split(';').find_map(|part| part.trim().strip_prefix("frame-src "));
    assert_eq!(allowed, Some("https://client.example"), "{policy}");
}

/// §2 with RP-Initiated Logout §3: the frames come first, and the way back is still there.
#[actix_web::test]
async fn the_way_back_is_on_the_page() {
    let suite = Suite::start().await;
    let party = party(&suite, json!({"post_logout_redirect_uris": [BACK]})).await;
    let mut browser = suite.browser();
    let issued = suite.tokens_in(&mut browser, &party, &[]).await;
    let hint = issued.id_token.as_deref().unwrap();
    let parameters = [("id_token_hint", hint), ("post_logout_redirect_uri", BACK), ("state", "s1")];
    let page = sign_out(&suite, &mut browser, &parameters).await;
    assert_eq!((page.location.as_deref(), frames(&page).len()), (None, 1), "{}", page.html);
    assert!(page.html.contains(&format!("{BACK}?state=s1")), "{}", page.html);
}
