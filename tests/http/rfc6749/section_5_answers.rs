//! The shape of what the token endpoint says.

use reqwest::Method;
use serde_json::Value;

use crate::support::{Pkce, Server, error_of, json_of};

/// T20, RFC 6749 §5.1, §5.2: no answer with a token or about one is stored, and each is plain `application/json`.
#[actix_web::test]
async fn nothing_is_stored_by_a_cache() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let (client, pkce) = (server.register_confidential().await, Pkce::new());
    let code = server.code_for(&client, "ada", &pkce, &[("scope", "openid")]).await;
    let good = server.exchange(&client, &code, &pkce).await;
    let bad = server.exchange(&client, "unknown", &pkce).await;
    let token = good.headers().clone();
    let access: Value = good.json().await.unwrap();
    let access = access["access_token"].as_str().unwrap();
    let introspected = server.http.post(server.url("/introspect")).form(&[("token", access)]);
    let introspected = introspected.header("authorization", crate::support::basic(&client));
    let answers = [
        token,
        bad.headers().clone(),
        server.userinfo(access).await.headers().clone(),
        server.userinfo("unknown").await.headers().clone(),
        introspected.send().await.unwrap().headers().clone(),
        server.read_registration(&client).await.headers().clone(),
        server.post_registration(&serde_json::json!({})).await.headers().clone(),
    ];
    for (n, headers) in answers.iter().enumerate() {
        assert_eq!(headers["cache-control"], "no-store", "{n}");
        assert_eq!(headers["content-type"], "application/json", "{n}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{n}");
    }
    assert_eq!(answers[0]["pragma"], "no-cache");
    assert_eq!(server.revoke(&client, access).await.headers()["cache-control"], "no-store");
}

/// RFC 6749 §5.1: exactly these members, `Bearer`, and `expires_in` as a number.
#[actix_web::test]
async fn a_success_has_the_members_of_the_rfc() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_confidential().await;
    let issued = server.tokens(&client, "ada", "openid profile").await;
    let names: Vec<&str> = issued.body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]);
    assert_eq!(issued.body["token_type"], "Bearer");
    assert_eq!(issued.body["expires_in"], 900);
    assert_eq!(issued.body["scope"], "openid profile");
}

/// A refresh token is issued if and only if the client registered `refresh_token`, whatever the scope.
#[actix_web::test]
async fn a_refresh_token_needs_its_grant_type() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let metadata = serde_json::json!({"redirect_uris": ["https://client.example/cb"], "grant_types": ["authorization_code"]});
    let client = server.register(metadata).await;
    let issued = server.tokens(&client, "ada", "openid offline_access").await;
    assert_eq!(issued.refresh_token, None);
    let refused = error_of(server.refresh(&client, "anything").await).await;
    assert_eq!(refused, (400, "unauthorized_client".to_owned()));
    let other = server.register_confidential().await;
    assert!(server.tokens(&other, "ada", "profile").await.refresh_token.is_some());
}

/// The parameters, and the status, the code and the parameter that the answer names.
type Fault = (&'static [(&'static str, &'static str)], u16, &'static str, &'static str);

/// A24, RFC 6749 §5.2: each fault has its code, and a description that names the parameter.
#[actix_web::test]
async fn each_fault_has_its_code() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    let table: [Fault; 11] = [
        (&[], 400, "invalid_request", "grant_type"),
        (&[("grant_type", "")], 400, "invalid_request", "grant_type"),
        (
            &[("grant_type", "password"), ("username", "ada"), ("password", "x")],
            400,
            "unsupported_grant_type",
            "grant_type",
        ),
        (
            &[("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")],
            400,
            "unsupported_grant_type",
            "grant_type",
        ),
        (
            &[("grant_type", "urn:ietf:params:oauth:grant-type:device_code")],
            400,
            "unsupported_grant_type",
            "grant_type",
        ),
        (&[("grant_type", "urn:openid:params:grant-type:ciba")], 400, "unsupported_grant_type", "grant_type"),
        (&[("grant_type", "implicit")], 400, "unsupported_grant_type", "grant_type"),
        (&[("grant_type", "authorization_code")], 400, "invalid_request", "code"),
        (
            &[("grant_type", "authorization_code"), ("code", "x"), ("code_verifier", "short")],
            400,
            "invalid_request",
            "code_verifier",
        ),
        (&[("grant_type", "refresh_token")], 400, "invalid_request", "refresh_token"),
        (
            &[("grant_type", "refresh_token"), ("refresh_token", "x"), ("refresh_token", "y")],
            400,
            "invalid_request",
            "refresh_token",
        ),
    ];
    for (parameters, status, error, names) in table {
        let (found, body) = json_of(server.token(&client, parameters).await).await;
        assert_eq!((found, body["error"].as_str()), (status, Some(error)), "{parameters:?}: {body}");
        assert!(body["error_description"].as_str().unwrap().contains(names), "{body}");
        assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    }
}

/// RFC 6749 §3.2: POST with a form body; parameters in the query are not read; large and foreign bodies are turned away.
#[actix_web::test]
async fn only_a_bounded_form_by_post_is_read() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    for path in ["/token", "/introspect", "/revoke"] {
        let url = server.url(path);
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
            let response = server.http.request(method.clone(), &url).send().await.unwrap();
            assert_eq!(response.status(), 405, "{method} {path}");
        }
        let request = || server.http.post(&url).header("authorization", crate::support::basic(&client));
        let json = request().json(&serde_json::json!({"grant_type": "refresh_token"})).send().await.unwrap();
        assert_eq!(error_of(json).await, (415, "invalid_request".to_owned()), "{path}");
        let nothing = request().send().await.unwrap();
        assert_eq!(error_of(nothing).await, (415, "invalid_request".to_owned()), "{path}");
        let large = request().form(&[("token", "a".repeat(70_000))]).send().await.unwrap();
        assert_eq!(error_of(large).await, (413, "invalid_request".to_owned()), "{path}");
        let query = format!("{url}?grant_type=client_credentials&token=x");
        let response = server.http.post(query).header("authorization", crate::support::basic(&client));
        let response = response.form::<[(&str, &str); 0]>(&[]).send().await.unwrap();
        assert_eq!(error_of(response).await, (400, "invalid_request".to_owned()), "{path}");
    }
}

/// A28: other origins may call what takes no cookie, and nothing else says that they may.
#[actix_web::test]
async fn cors_is_open_where_no_cookie_counts() {
    let server = Server::start().await;
    for path in
        ["/token", "/revoke", "/userinfo", "/jwks.json", "/register", "/.well-known/openid-configuration"]
    {
        let request =
            server.http.request(Method::OPTIONS, server.url(path)).header("origin", "https://app.example");
        let response = request.header("access-control-request-method", "POST").send().await.unwrap();
        assert_eq!(response.status(), 204, "{path}");
        assert_eq!(response.headers()["access-control-allow-origin"], "*", "{path}");
        assert!(response.headers().get("access-control-allow-credentials").is_none(), "{path}");
        let response =
            server.http.post(server.url(path)).header("origin", "https://app.example").send().await;
        assert_eq!(response.unwrap().headers()["access-control-allow-origin"], "*", "errors too: {path}");
    }
    for path in ["/authorize", "/login", "/consent", "/logout", "/introspect", "/setup", "/"] {
        let response = server.http.get(server.url(path)).header("origin", "https://app.example").send().await;
        assert!(response.unwrap().headers().get("access-control-allow-origin").is_none(), "{path}");
    }
}
