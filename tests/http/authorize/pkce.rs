//! RFC 7636 at the authorization endpoint.

use super::{answer, refusal, refused_as};
use crate::support::{Browser, Pkce, Server, query_of};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A10: without a challenge no client gets a code, confidential or not.
#[actix_web::test]
async fn a_code_challenge_is_required_of_every_client() {
    let server = Server::start().await;
    for client in [server.register_public().await, server.register_confidential().await] {
        for method in ["", "S256"] {
            let extra = [("code_challenge", ""), ("code_challenge_method", method)];
            let (code, description) = refusal(&server, &client, &extra).await;
            assert_eq!(code, "invalid_request");
            assert!(description.contains("code_challenge"), "{description}");
        }
    }
}

/// A10: `pkce.confidential = recommended` lifts it for confidential clients only, and for a method alone it does not.
#[actix_web::test]
async fn a_setting_lifts_it_for_confidential_clients_alone() {
    let server = Server::with().set("GRANTOR_PKCE__CONFIDENTIAL", "recommended").start().await;
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let confidential = server.register_confidential().await;
    assert!(answer(&server, &confidential, &without).await.has_form("/login"));
    assert_eq!(refused_as(&server, &confidential, &[("code_challenge", "")]).await, "invalid_request");
    let plain = [("code_challenge", CHALLENGE), ("code_challenge_method", "plain")];
    assert_eq!(refused_as(&server, &confidential, &plain).await, "invalid_request");
    let public = server.register_public().await;
    assert_eq!(refused_as(&server, &public, &without).await, "invalid_request");
}

/// A11: only `S256`; a missing method would mean plain.
#[actix_web::test]
async fn only_s256_is_accepted() {
    let server = Server::start().await;
    let client = server.register_public().await;
    for method in ["", "plain", "s256", "S512", "none", "S256 ", "S256,plain"] {
        let extra = [("code_challenge", CHALLENGE), ("code_challenge_method", method)];
        assert_eq!(refused_as(&server, &client, &extra).await, "invalid_request", "{method}");
    }
}

/// A12: a challenge is 43 unreserved characters of base64url.
#[actix_web::test]
async fn a_challenge_outside_the_grammar_is_refused() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let long = "a".repeat(129);
    for challenge in [
        "a",
        &CHALLENGE[1..],
        &*long,
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw/cM",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw cM",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c=",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c\u{e9}",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c\n",
    ] {
        assert_eq!(
            refused_as(&server, &client, &[("code_challenge", challenge)]).await,
            "invalid_request",
            "{challenge}"
        );
    }
}

/// A14: the challenge is in no page and no redirect.
#[actix_web::test]
async fn the_challenge_appears_in_no_answer() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let pkce = Pkce::new();
    let mut browser = Browser::new(&server);
    let sign_in = browser.open(&server.authorize_url(&client, &pkce, &[])).await;
    let consent = browser.sign_in(&sign_in, "ada").await;
    let answered = browser.submit(&consent.form("/consent").with("decision", "allow")).await;
    let location = answered.location.as_deref().unwrap();
    assert!(query_of(location, "code").is_some());
    for text in [&sign_in.html, &sign_in.url, &consent.html, &consent.url, location] {
        assert!(!text.contains(&pkce.challenge), "{text}");
    }
}

/// A16, RFC 9700 §2.1.1: a client that sends one challenge again and again is noticed and refused; others are not, and a
/// person may reload a page.
#[actix_web::test]
async fn a_challenge_that_comes_again_and_again_is_refused() {
    let server = Server::start().await;
    let (client, other) = (server.register_public().await, server.register_public().await);
    let pkce = Pkce::new();
    let url = server.authorize_url(&client, &pkce, &[]);
    for _ in 0..20 {
        assert!(Browser::new(&server).open(&url).await.has_form("/login"));
    }
    let refused = Browser::new(&server).open(&url).await.location.unwrap();
    assert_eq!(query_of(&refused, "error").as_deref(), Some("invalid_request"));
    assert_eq!(query_of(&refused, "state").as_deref(), Some("a-state"));
    let fresh = server.authorize_url(&client, &Pkce::new(), &[]);
    assert!(Browser::new(&server).open(&fresh).await.has_form("/login"));
    assert!(Browser::new(&server).open(&server.authorize_url(&other, &pkce, &[])).await.has_form("/login"));
}
