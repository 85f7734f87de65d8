//! OpenID Connect Core §5.3, RFC 6750.

use reqwest::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use serde_json::{Value, json};

use crate::support::{Server, Tokens, error_of, json_of, parts};

async fn start() -> (Server, Tokens) {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let issued = server.tokens(&client, "ada", "openid email").await;
    (server, issued)
}

/// §5.3.1, RFC 6750 §2.1, §2.2: in the header of a GET or POST, or in the form of a POST.
#[actix_web::test]
async fn a_token_comes_in_the_header_or_in_a_form() {
    let (server, issued) = start().await;
    let (token, url) = (issued.access_token.as_str(), server.url("/userinfo"));
    let requests = [
        server.http.get(&url).bearer_auth(token),
        server.http.get(&url).header(AUTHORIZATION, format!("bEARER {token}")),
        server.http.post(&url).bearer_auth(token),
        server.http.post(&url).form(&[("access_token", token)]),
        server.http.post(&url).bearer_auth(token).form(&[("other", "x")]),
    ];
    let (_, id_token) = parts(issued.id_token.as_deref().unwrap());
    for request in requests {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        let (status, claims) = json_of(answer).await;
        assert_eq!(status, 200, "{claims}");
        assert_eq!((&claims["sub"], &claims["email"]), (&id_token["sub"], &json!("ada@example.com")));
    }
}

/// T21: never in the query, whatever the method; and never twice.
#[actix_web::test]
async fn a_token_in_the_query_is_not_read() {
    let (server, issued) = start().await;
    let token = issued.access_token.as_str();
    let url = format!("{}?access_token={token}", server.url("/userinfo"));
    let form: [(&str, &str); 0] = [];
    for request in [server.http.get(&url), server.http.post(&url), server.http.post(&url).form(&form)] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401);
        assert_eq!(
            answer.headers()[WWW_AUTHENTICATE],
            "Bearer",
            "RFC 6750 §3.1: no code where no token was sent"
        );
    }
    for place in ["/token", "/introspect", "/revoke"] {
        let url = format!("{}?access_token={token}", server.url(place));
        let refused = error_of(server.http.post(url).form(&form).send().await.unwrap()).await;
        assert_eq!(refused, (401, "invalid_client".to_owned()), "{place}");
    }
    let twice = server.http.post(server.url("/userinfo")).bearer_auth(token).form(&[("access_token", token)]);
    assert_eq!(error_of(twice.send().await.unwrap()).await, (400, "invalid_request".to_owned()));
    let json = server.http.post(server.url("/userinfo")).json(&json!({"access_token": token}));
    assert_eq!(json.send().await.unwrap().status(), 401);
}

/// RFC 6750 §3.1: 401 `invalid_token` for what is not good, with a challenge; 403 `insufficient_scope` without openid.
#[actix_web::test]
async fn each_fault_has_its_status_and_challenge() {
    let (server, issued) = start().await;
    let client = server.register_public().await;
    for token in
        ["unknown", issued.refresh(), issued.id_token.as_deref().unwrap(), &client.registration_access_token]
    {
        let answer = server.userinfo(token).await;
        let challenge = answer.headers()[WWW_AUTHENTICATE].to_str().unwrap().to_owned();
        assert_eq!(challenge, "Bearer error=\"invalid_token\"");
        assert_eq!(error_of(answer).await, (401, "invalid_token".to_owned()), "{token}");
    }
    let without = server.tokens(&client, "ada", "profile email").await;
    let answer = server.userinfo(&without.access_token).await;
    let challenge = answer.headers()[WWW_AUTHENTICATE].to_str().unwrap().to_owned();
    assert_eq!(challenge, "Bearer error=\"insufficient_scope\", scope=\"openid\"");
    assert_eq!(error_of(answer).await, (403, "insufficient_scope".to_owned()));
    for header in ["Bearer", "Bearer ", "Bearer a b", "Basic YTpi", "Token x"] {
        let answer =
            server.http.get(server.url("/userinfo")).header(AUTHORIZATION, header).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{header}");
    }
    server.advance(900);
    assert_eq!(
        error_of(server.userinfo(&issued.access_token).await).await,
        (401, "invalid_token".to_owned())
    );
}

/// §5.4: each scope opens its claims and no others.
#[actix_web::test]
async fn each_scope_opens_its_claims() {
    let (server, _) = start().await;
    let claims = r#"{"given_name":"Ada","phone_number":"+1 555 0100","address":{"country":"GB"}}"#;
    assert_eq!(server.execute(&format!("UPDATE users SET claims = '{claims}'")), 1);
    let client = server.register_public().await;
    for (scope, names) in [
        ("openid", &["sub"][..]),
        ("openid email", &["email", "email_verified", "sub"]),
        ("openid phone", &["phone_number", "sub"]),
        ("openid address", &["address", "sub"]),
        ("openid offline_access", &["sub"]),
    ] {
        let issued = server.tokens(&client, "ada", scope).await;
        let (_, body) = json_of(server.userinfo(&issued.access_token).await).await;
        let found: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(found, names, "{scope}");
    }
    let issued = server.tokens(&client, "ada", "openid profile").await;
    let body: Value = server.userinfo(&issued.access_token).await.json().await.unwrap();
    assert_eq!((&body["given_name"], &body["preferred_username"]), (&json!("Ada"), &json!("ada")));
    assert!(body["updated_at"].is_number() && body.get("email").is_none(), "{body}");
}

/// OpenID Connect Core §5.4: what the operator filled in shows for its scope, with its type.
#[actix_web::test]
async fn claims_of_the_command_line_show_for_their_scopes() {
    let server = Server::start().await;
    let add = [
        "user",
        "add",
        "ada",
        "--email",
        "ada@example.com",
        "--email-verified",
        "--claim",
        "name=Ada Lovelace",
        "--claim",
        "given_name=Ada",
        "--claim",
        "nickname=A",
        "--password-stdin",
    ];
    server.command_with(&add, crate::support::PASSWORD).await;
    let address = r#"address={"country":"GB"}"#;
    server
        .command(&[
            "user",
            "set",
            "ada",
            "--claim",
            "phone_number=441",
            "--claim",
            address,
            "--claim",
            "nickname=",
        ])
        .await;
    let client = server.register_public().await;
    let issued = server.tokens(&client, "ada", "openid profile email phone address").await;
    let (_, claims) = json_of(server.userinfo(&issued.access_token).await).await;
    assert_eq!((&claims["name"], &claims["given_name"]), (&json!("Ada Lovelace"), &json!("Ada")));
    assert_eq!((&claims["phone_number"], &claims["address"]), (&json!("441"), &json!({"country": "GB"})));
    assert_eq!((&claims["email_verified"], claims.get("nickname")), (&json!(true), None));
    server.command(&["user", "set", "ada", "--email", "lovelace@example.com"]).await;
    let (_, claims) = json_of(server.userinfo(&issued.access_token).await).await;
    assert_eq!(
        (&claims["email"], &claims["email_verified"]),
        (&json!("lovelace@example.com"), &json!(false))
    );
    let phone = server.tokens(&client, "ada", "openid phone").await;
    let (_, claims) = json_of(server.userinfo(&phone.access_token).await).await;
    assert_eq!(claims, json!({"sub": claims["sub"], "phone_number": "441"}));
}
