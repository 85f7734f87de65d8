//! The plan for Form Post: the answers of Basic in a form that submits itself. OAuth 2.0 Form Post Response Mode.

use serde_json::json;

use super::Suite;
use super::suite::CALLBACK;
use crate::support::{Form, Page};

const MODE: (&str, &str) = ("response_mode", "form_post");

/// The form of the page, which must hold everything and lead to the client with nothing in its query.
#[track_caller]
fn form_of(page: &Page, suite: &Suite) -> Form {
    assert_eq!((page.status, page.location.as_deref()), (200, None), "{}", page.text());
    let forms = page.forms();
    assert_eq!(forms.len(), 1, "{}", page.html);
    let form = forms.into_iter().next().unwrap();
    assert_eq!(form.action, CALLBACK, "nothing in the query");
    assert_eq!(form.value("iss"), Some(suite.server.issuer.as_str()));
    assert_eq!(form.value("state"), Some("Uq3b0Zk1nA"));
    form
}

/// §2: code, state and iss are fields of a form that goes to the redirect URI by POST; the code is good.
#[actix_web::test]
async fn the_code_comes_in_a_form() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let mut browser = suite.browser();
    let consent = browser.authorize(&suite.url(&party, &[MODE]), "ada").await;
    let page = browser.submit(&consent.form("/consent").with("decision", "allow")).await;
    let form = form_of(&page, &suite);
    assert!(page.html.contains("method=\"post\""), "{}", page.html);
    let issued = party.tokens_for(&suite.server, form.value("code").unwrap()).await;
    assert_eq!(suite.id_token(&party, &issued).await["nonce"], "yKq7Rf0mXc");
}

/// §2, §4: the page submits itself, has a button for who runs no script, may post to the client only, and is not stored.
#[actix_web::test]
async fn the_page_submits_itself_and_has_a_button() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let page = suite.browser().open(&suite.url(&party, &[MODE, ("prompt", "none")])).await;
    form_of(&page, &suite);
    assert!(page.html.contains("<button"), "{}", page.html);
    assert!(page.html.contains("<script"), "{}", page.html);
    assert_eq!(page.headers["cache-control"], "no-store");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    let allowed = policy.split(';').find_map(|part| part.trim().strip_prefix("form-action "));
    assert!(
        allowed.is_some_and(|origins| origins.split(' ').any(|o| o.starts_with("https://client.example"))),
        "{policy}"
    );
    assert!(!policy.contains("unsafe-inline"), "{policy}");
}

/// Errors come in the form, too.
#[actix_web::test]
async fn errors_come_in_a_form() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let mut browser = suite.browser();
    for (extra, error) in [
        (("prompt", "none"), "login_required"),
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", ""), "invalid_request"),
    ] {
        let page = browser.open(&suite.url(&party, &[MODE, extra])).await;
        assert_eq!(form_of(&page, &suite).value("error"), Some(error));
    }
    let consent = browser.authorize(&suite.url(&party, &[MODE]), "ada").await;
    let page = browser.submit(&consent.form("/consent").with("decision", "deny")).await;
    assert_eq!(form_of(&page, &suite).value("error"), Some("access_denied"));
}

/// Who is signed in and has allowed it gets the form at once; a code that was used is refused as in Basic.
#[actix_web::test]
async fn the_second_time_nobody_is_asked() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let mut browser = suite.browser();
    suite.code_in(&mut browser, &party, &[]).await;
    let page = browser.open(&suite.url(&party, &[MODE])).await;
    let code = form_of(&page, &suite).value("code").unwrap().to_owned();
    party.tokens_for(&suite.server, &code).await;
    let refused = crate::support::json_of(party.exchange(&suite.server, &code).await).await;
    assert_eq!((refused.0, &refused.1["error"]), (400, &json!("invalid_grant")));
}
