//! The plan for Basic: the code flow of a client with a secret. OpenID Connect Core 1.0 §3.1, §5.

use reqwest::Method;
use serde_json::{Value, json};

use super::Suite;
use super::suite::{assert_page, error_at};
use crate::support::{ClientKey, Tokens, error_of, json_of, query_of, tokens};

/// §3.1.2.5, §3.1.3.3: a code, then an ID token of which every claim is right, and a bearer token; nothing may be stored.
#[actix_web::test]
async fn the_code_flow_gives_a_good_id_token() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let code = suite.code(&party, &[]).await;
    let answer = party.exchange(&suite.server, &code).await;
    assert_eq!(
        (&answer.headers()["cache-control"], &answer.headers()["content-type"]),
        (&"no-store".parse().unwrap(), &"application/json".parse().unwrap())
    );
    let issued = tokens(answer).await;
    assert!(issued.body["token_type"].as_str().unwrap().eq_ignore_ascii_case("bearer"));
    assert!(issued.body["expires_in"].as_i64().unwrap() > 0);
    let claims = suite.id_token(&party, &issued).await;
    let now = suite.server.clock.now();
    assert!((1..=255).contains(&claims["sub"].as_str().unwrap().len()), "{claims}");
    assert!(claims["exp"].as_i64().unwrap() > now && claims["iat"].as_i64().unwrap() <= now, "{claims}");
    let (header, _) = crate::support::parts(issued.id_token.as_deref().unwrap());
    assert_eq!(header["alg"], "RS256", "RS256 is what a registration that names none gets");
}

/// §3.1.2.1: a request without `response_type` is refused at the redirect URI.
#[actix_web::test]
async fn a_missing_response_type_is_an_error() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let page = suite.browser().open(&suite.url(&party, &[("response_type", "")])).await;
    assert!(["invalid_request", "unsupported_response_type"].contains(&error_at(&page).as_str()));
}

/// §2, §3.1.2.1: `nonce` comes back as it was sent; without one there is no such claim, and the code flow works all the same.
#[actix_web::test]
async fn the_nonce_is_echoed_and_may_be_absent() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let with = suite.tokens(&party, &[("nonce", "a nonce of its own")]).await;
    assert_eq!(suite.id_token(&party, &with).await["nonce"], "a nonce of its own");
    let without = suite.tokens(&party, &[("nonce", "")]).await;
    assert_eq!(suite.id_token(&party, &without).await.get("nonce"), None);
}

/// §9: `client_secret_basic` and `client_secret_post`, each only for whom it was registered.
#[actix_web::test]
async fn both_secret_methods_work() {
    let suite = Suite::start().await;
    for method in ["client_secret_basic", "client_secret_post"] {
        let party = suite.register(ClientKey::rs256(), json!({"token_endpoint_auth_method": method})).await;
        let issued = suite.tokens(&party, &[]).await;
        suite.id_token(&party, &issued).await;
        let mut other = party;
        let wrong = if method == "client_secret_post" { "client_secret_basic" } else { "client_secret_post" };
        other.client.body["token_endpoint_auth_method"] = json!(wrong);
        let code = suite.code(&other, &[]).await;
        let refused = error_of(other.exchange(&suite.server, &code).await).await;
        assert_eq!(refused, (401, "invalid_client".to_owned()), "{method} as {wrong}");
    }
}

/// §5.3.1: userinfo by GET and by POST, with the token in the header or in the form; its `sub` is the ID token's.
#[actix_web::test]
async fn userinfo_takes_get_and_post_header_and_body() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let issued = suite.tokens(&party, &[]).await;
    let subject = suite.id_token(&party, &issued).await["sub"].clone();
    let (url, token) = (suite.server.url("/userinfo"), issued.access_token.as_str());
    let http = &suite.server.http;
    for request in [
        http.get(&url).bearer_auth(token),
        http.post(&url).bearer_auth(token),
        http.post(&url).form(&[("access_token", token)]),
    ] {
        let (status, claims) = json_of(request.send().await.unwrap()).await;
        assert_eq!((status, &claims["sub"]), (200, &subject));
    }
}

const SCOPES: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
            "birthdate",
            "family_name",
            "gender",
            "given_name",
            "locale",
            "middle_name",
            "name",
            "nickname",
            "picture",
            "preferred_username",
            "profile",
            "updated_at",
            "website",
            "zoneinfo",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

fn names(claims: &Value) -> Vec<&str> {
    claims.as_object().unwrap().keys().map(String::as_str).filter(|name| *name != "sub").collect()
}

/// §5.4: each scope gives its claims at userinfo, with the types of §5.1, and all together give all.
#[actix_web::test]
async fn each_scope_gives_its_claims_at_userinfo() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let mut all: Vec<&str> = Vec::new();
    for (scope, expected) in SCOPES {
        let issued = suite.tokens(&party, &[("scope", &format!("openid {scope}"))]).await;
        let claims = suite.userinfo(&issued).await;
        assert_eq!(names(&claims), expected, "{scope}");
        all.extend(expected);
        for (name, value) in claims.as_object().unwrap() {
            let is_typed = match name.as_str() {
                "updated_at" => value.is_number(),
                "address" => value.is_object(),
                "email_verified" | "phone_number_verified" => value.is_boolean(),
                _ => value.is_string(),
            };
            assert!(is_typed, "{name}: {value}");
        }
    }
    let issued = suite.tokens(&party, &[("scope", "openid profile email address phone")]).await;
    all.sort_unstable();
    assert_eq!(names(&suite.userinfo(&issued).await), all);
}

/// §3.1.2.1: a request may be posted.
#[actix_web::test]
async fn an_authorization_request_may_be_posted() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let url = url::Url::parse(&suite.url(&party, &[])).unwrap();
    let form = url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let mut browser = suite.browser();
    let answer = browser.send(Method::POST, &suite.server.url("/authorize"), Some(form)).await;
    assert_eq!(answer.status(), 303);
    let next = url.join(answer.headers()["location"].to_str().unwrap()).unwrap();
    let callback = browser.allow(next.as_str(), "ada").await;
    let code = query_of(&callback, "code").unwrap_or_else(|| panic!("{callback}"));
    suite.id_token(&party, &party.tokens_for(&suite.server, &code).await).await;
}

/// §4.1.2 of RFC 6749: a code is good once; the second time it is refused and what it gave dies, also after 30 seconds.
#[actix_web::test]
async fn a_code_used_twice_is_refused_and_revokes() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    for later in [0, 30, 31, 300] {
        let code = suite.code(&party, &[]).await;
        let issued = party.tokens_for(&suite.server, &code).await;
        assert_eq!(suite.server.userinfo(&issued.access_token).await.status(), 200);
        suite.server.advance(later);
        let refused = error_of(party.exchange(&suite.server, &code).await).await;
        assert_eq!(refused, (400, "invalid_grant".to_owned()), "after {later} s");
        assert_eq!(suite.server.userinfo(&issued.access_token).await.status(), 401, "after {later} s");
    }
}

/// §3.1.2.1: a redirect URI that was not registered gets a page and no redirect.
#[actix_web::test]
async fn an_unregistered_redirect_uri_gets_a_page() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    for uri in ["https://client.example/elsewhere", "https://evil.example/callback"] {
        let page = suite.browser().open(&suite.url(&party, &[("redirect_uri", uri)])).await;
        assert_page(&page, "redirect");
    }
}

/// §11, §12: with the grant registered and `offline_access` allowed, a refresh token that works, with an ID token of the same person.
#[actix_web::test]
async fn a_refresh_token_comes_with_offline_access() {
    let suite = Suite::start().await;
    let changes = json!({"grant_types": ["authorization_code", "refresh_token"]});
    let party = suite.register(ClientKey::es256(), changes).await;
    let ask = [("scope", "openid offline_access"), ("prompt", "consent")];
    let first = suite.tokens(&party, &ask).await;
    let before = suite.id_token(&party, &first).await;
    suite.server.advance(5);
    let next = tokens(party.refresh(&suite.server, first.refresh()).await).await;
    if next.id_token.is_some() {
        let after = suite.id_token(&party, &next).await;
        for same in ["iss", "sub", "aud", "auth_time"] {
            assert_eq!(after[same], before[same], "{same}");
        }
        assert!(after["iat"].as_i64() > before["iat"].as_i64());
    }
    assert_eq!(suite.userinfo(&next).await["sub"], before["sub"]);
    let stranger = suite
        .register(ClientKey::es256(), json!({"grant_types": ["authorization_code", "refresh_token"]}))
        .await;
    let refused = error_of(stranger.refresh(&suite.server, next.refresh()).await).await;
    assert_eq!(refused, (400, "invalid_grant".to_owned()));
}

/// §3.1.2.1: `display`, `ui_locales`, `claims_locales`, `login_hint`, `acr_values` and what nobody knows do no harm.
#[actix_web::test]
async fn parameters_that_need_not_be_obeyed_do_no_harm() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let mut browser = suite.browser();
    suite.code_in(&mut browser, &party, &[]).await;
    for (name, value) in [
        ("display", "page"),
        ("display", "popup"),
        ("ui_locales", "se"),
        ("ui_locales", "fr-CA fr en"),
        ("claims_locales", "se"),
        ("acr_values", "1 2"),
        ("login_hint", "ada"),
        ("extra", "foobar"),
    ] {
        let issued: Tokens = suite.tokens_in(&mut browser, &party, &[(name, value)]).await;
        suite.id_token(&party, &issued).await;
    }
}

/// openid.md 3: one form with the password field, one primary button, the hint filled in.
#[actix_web::test]
async fn pages_can_be_walked_by_a_machine() {
    let suite = Suite::start().await;
    let party = suite.client().await;
    let mut browser = suite.browser();
    let page = browser.open(&suite.url(&party, &[("login_hint", "ada")])).await;
    let with_password = page.forms().into_iter().filter(|form| form.value("password").is_some()).count();
    assert_eq!(with_password, 1, "{}", page.text());
    assert_eq!(page.form("/login").value("name"), Some("ada"));
    let consent = browser.sign_in(&page, "ada").await;
    assert!(consent.has_form("/consent"), "{}", consent.text());
    let unknown = suite.url(&party, &[("client_id", "c-unknown")]);
    assert_page(&browser.open(&unknown).await, "not registered");
}
