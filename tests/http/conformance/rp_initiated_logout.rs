//! The plan for RP-Initiated Logout. OpenID Connect RP-Initiated Logout 1.0 §2, §3.

use serde_json::json;

use super::Suite;
use super::suite::error_at;
use crate::support::{Browser, ClientKey, Page, Party, Tokens, assemble, parts, query_of};

/// Where the client wants people back.
const BACK: &str = "https://client.example/test/a/grantor/post_logout_redirect";

struct Visit {
    suite: Suite,
    party: Party,
    browser: Browser,
    issued: Tokens,
}

impl Visit {
    /// Ada is signed in to a client that has a way back.
    async fn start() -> Self {
        let suite = Suite::start().await;
        let changes = json!({"post_logout_redirect_uris": [BACK]});
        let party = suite.register(ClientKey::rs256(), changes).await;
        let mut browser = suite.browser();
        let issued = suite.tokens_in(&mut browser, &party, &[]).await;
        Self { suite, party, browser, issued }
    }

    fn hint(&self) -> &str {
        self.issued.id_token.as_deref().unwrap()
    }

    /// Opens the `end_session_endpoint` of the metadata, and confirms if asked.
    async fn sign_out(&mut self, parameters: &[(&str, &str)]) -> Page {
        let document = self.suite.server.well_known("openid-configuration").await;
        let endpoint = document["end_session_endpoint"].as_str().unwrap();
        let url = url::Url::parse_with_params(endpoint, parameters).unwrap();
        let page = self.browser.open(url.as_str()).await;
        if page.location.is_none() && page.has_form("/logout") {
            return self.browser.submit(&page.form("/logout")).await;
        }
        page
    }

    /// Whether nobody is signed in any more, as the client sees it.
    async fn is_over(&mut self) -> bool {
        let page = self.browser.open(&self.suite.url(&self.party, &[("prompt", "none")])).await;
        let code = query_of(page.location.as_deref().unwrap(), "code");
        if code.is_none() {
            assert_eq!(error_at(&page), "login_required");
        }
        code.is_none()
    }
}

/// §2, §3: with the hint, the person is signed out and back at exactly the registered address, with `state`.
#[actix_web::test]
async fn a_hint_leads_back_with_state() {
    let mut visit = Visit::start().await;
    let hint = visit.hint().to_owned();
    let page = visit
        .sign_out(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BACK), ("state", "s 1&2")])
        .await;
    let location = page.location.unwrap();
    assert!(location.starts_with(BACK), "{location}");
    assert_eq!(query_of(&location, "state").as_deref(), Some("s 1&2"));
    assert!(visit.is_over().await);
}

/// §3: without `state` there is none.
#[actix_web::test]
async fn without_state_there_is_none() {
    let mut visit = Visit::start().await;
    let hint = visit.hint().to_owned();
    let page = visit.sign_out(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BACK)]).await;
    assert_eq!(page.location.as_deref(), Some(BACK));
    assert!(visit.is_over().await);
}

/// §2: an ID token that has expired is a hint all the same.
#[actix_web::test]
async fn an_expired_hint_is_accepted() {
    let mut visit = Visit::start().await;
    visit.suite.server.advance(1800);
    let hint = visit.hint().to_owned();
    let page = visit.sign_out(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BACK)]).await;
    assert_eq!(page.location.as_deref(), Some(BACK));
}

/// §4: a hint without a signature, with another's, or changed, leads nowhere.
#[actix_web::test]
async fn a_hint_that_we_did_not_sign_leads_nowhere() {
    let mut visit = Visit::start().await;
    let (header, claims) = parts(visit.hint());
    let mut changed = claims.clone();
    changed["sub"] = json!("somebody else");
    let signature = visit.hint().rsplit_once('.').unwrap().1.to_owned();
    let unsigned = assemble(&json!({"alg": "none"}), &claims, &[]);
    let foreign = ClientKey::rs256().sign(&header, &claims);
    let tampered = format!("{}{signature}", assemble(&header, &changed, &[]));
    for hint in [unsigned.as_str(), &foreign, &tampered, "not a token"] {
        let page = visit.sign_out(&[("id_token_hint", hint), ("post_logout_redirect_uri", BACK)]).await;
        assert_eq!(page.location, None, "{hint}");
    }
}

/// §3: the address is exact; another one, or one with a query added, leads nowhere.
#[actix_web::test]
async fn another_way_back_leads_nowhere() {
    for uri in ["https://client.example/elsewhere", &format!("{BACK}?foo=bar"), "https://evil.example/"] {
        let mut visit = Visit::start().await;
        let hint = visit.hint().to_owned();
        let page = visit.sign_out(&[("id_token_hint", &hint), ("post_logout_redirect_uri", uri)]).await;
        assert_eq!(page.location, None, "{uri}");
        assert!(!page.html.contains("evil.example"), "{}", page.html);
    }
}

/// §2, §3: without a hint the person is asked first, and then told; only `client_id` beside it leads back.
#[actix_web::test]
async fn without_a_hint_the_person_is_asked() {
    let mut visit = Visit::start().await;
    let asked = visit.browser.open(&visit.suite.server.url("/logout")).await;
    assert!(asked.has_form("/logout"), "{}", asked.text());
    assert!(!visit.is_over().await, "nothing ended yet");
    let done = visit.sign_out(&[("post_logout_redirect_uri", BACK), ("state", "s")]).await;
    assert_eq!((done.status, done.location.as_deref()), (200, None));
    assert!(done.text().contains("signed out"), "{}", done.text());
    assert!(visit.is_over().await);
}

/// §2: without any parameter, or with `state` alone, a page asks and a page tells.
#[actix_web::test]
async fn without_parameters_there_are_two_pages() {
    for parameters in [&[][..], &[("state", "s")]] {
        let mut visit = Visit::start().await;
        let done = visit.sign_out(parameters).await;
        assert_eq!((done.status, done.location.as_deref()), (200, None));
        assert!(done.text().contains("signed out"), "{}", done.text());
        assert!(visit.is_over().await);
    }
}

/// §2: a hint alone signs out, and a page tells.
#[actix_web::test]
async fn a_hint_alone_ends_on_a_page() {
    let mut visit = Visit::start().await;
    let hint = visit.hint().to_owned();
    let done = visit.sign_out(&[("id_token_hint", &hint)]).await;
    assert_eq!((done.status, done.location.as_deref()), (200, None));
    assert!(visit.is_over().await);
}

/// §2: the request may be posted, from the client's own site and so without cookies.
#[actix_web::test]
async fn the_request_may_be_posted() {
    let mut visit = Visit::start().await;
    let form = [("id_token_hint", visit.hint()), ("post_logout_redirect_uri", BACK), ("state", "s")];
    let form = form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let answer = visit
        .suite
        .browser()
        .send(reqwest::Method::POST, &visit.suite.server.url("/logout"), Some(form))
        .await;
    assert_eq!(answer.status(), 303);
    let next = answer.headers()["location"].to_str().unwrap();
    let page = visit.browser.open(&visit.suite.server.url(next)).await;
    let page = if page.location.is_none() { visit.browser.submit(&page.form("/logout")).await } else { page };
    assert_eq!(page.location, Some(format!("{BACK}?state=s")));
    assert!(visit.is_over().await);
}
