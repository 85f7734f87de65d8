//! Introspection.

use serde_json::{Value, json};

use crate::support::{Registered, Server, basic, error_of, parts, tokens};

async fn server() -> Server {
    let server = Server::start().await;
    server.add_user("ada").await;
    server
}

fn inactive() -> Value {
    json!({"active": false})
}

/// RFC 7662 §2.2: what the owner of an access token learns is what the token says.
#[actix_web::test]
async fn the_owner_learns_what_the_token_says() {
    for format in ["jwt", "opaque"] {
        let server = Server::with().set("GRANTOR_TOKENS__ACCESS_TOKEN_FORMAT", format).start().await;
        server.add_user("ada").await;
        let client = server.register_confidential().await;
        let issued = server.tokens(&client, "ada", "openid profile").await;
        let said = server.introspect(&client, &issued.access_token).await;
        let now = server.clock.now();
        assert_eq!((&said["iat"], &said["exp"]), (&json!(now), &json!(now + 900)));
        assert_eq!(said["client_id"], json!(client.client_id));
        assert_eq!((&said["iss"], &said["aud"]), (&json!(server.issuer), &json!([server.issuer])));
        assert_eq!((&said["scope"], &said["username"]), (&json!("openid profile"), &json!("ada")));
        assert_eq!((&said["active"], &said["token_type"]), (&json!(true), &json!("Bearer")));
        let (_, id_token) = parts(issued.id_token.as_deref().unwrap());
        assert_eq!(said["sub"], id_token["sub"]);
        if format == "jwt" {
            let (_, claims) = parts(&issued.access_token);
            for name in ["iss", "sub", "client_id", "scope", "iat", "exp", "jti"] {
                assert_eq!(said[name], claims[name], "{name}");
            }
        }
        server.advance(899);
        assert_eq!(server.introspect(&client, &issued.access_token).await["active"], true);
        server.advance(1);
        assert_eq!(server.introspect(&client, &issued.access_token).await, inactive());
    }
}

/// T19, RFC 7662 §2.1: whoever cannot prove who they are learns nothing, public clients with their own token included.
#[actix_web::test]
async fn a_caller_must_authenticate() {
    let server = server().await;
    let public = server.register_public().await;
    let issued = server.tokens(&public, "ada", "openid").await;
    let post =
        |form: Vec<(&'static str, String)>| server.http.post(server.url("/introspect")).form(&form).send();
    let token = ("token", issued.access_token.clone());
    for form in [
        vec![token.clone()],
        vec![token.clone(), ("client_id", public.client_id.clone())],
        vec![token.clone(), ("client_id", "unknown".to_owned())],
        vec![token.clone(), ("client_id", public.client_id.clone()), ("client_secret", "x".to_owned())],
    ] {
        assert_eq!(error_of(post(form).await.unwrap()).await, (401, "invalid_client".to_owned()));
    }
    let bearer = server.http.post(server.url("/introspect")).bearer_auth(&issued.access_token);
    let answer = bearer.form(&[token]).send().await.unwrap();
    assert_eq!(error_of(answer).await, (401, "invalid_client".to_owned()));
}

/// T19, CVE rows 30 and 45: a client that is neither owner nor resource gets `{"active":false}` and no other member, as for
/// a token that is unknown, expired, revoked, of another kind, or malformed.
#[actix_web::test]
async fn a_foreign_caller_learns_nothing() {
    let server = server().await;
    let (client, other) = (server.register_confidential().await, server.register_confidential().await);
    let issued = server.tokens(&client, "ada", "openid").await;
    let secret = client.client_secret.as_deref().unwrap();
    let cookie_like = "A".repeat(43);
    let tokens = [
        issued.access_token.as_str(),
        issued.refresh(),
        issued.id_token.as_deref().unwrap(),
        secret,
        &client.registration_access_token,
        &cookie_like,
        "e30.e30.e30",
        "é",
        "a b",
    ];
    for token in tokens {
        assert_eq!(server.introspect(&other, token).await, inactive(), "{token}");
    }
    for token in &tokens[2..] {
        assert_eq!(server.introspect(&client, token).await, inactive(), "{token}");
    }
    server.revoke(&client, &issued.access_token).await;
    assert_eq!(server.introspect(&client, &issued.access_token).await, inactive());
}

/// T19: the introspection client of a resource sees the tokens for this resource, and no others.
#[actix_web::test]
async fn a_resource_sees_the_tokens_for_it() {
    let server = server().await;
    let (notes_api, mail_api) = (server.register_confidential().await, server.register_confidential().await);
    server.publish_resource("https://notes.example", &[], Some(&notes_api)).await;
    server.publish_resource("https://mail.example", &[], Some(&mail_api)).await;
    let client = server.register_public().await;
    let of = async |resource: &str| token_for(&server, &client, resource).await;
    let (notes, mail) = (of("https://notes.example").await, of("https://mail.example").await);
    let seen = server.introspect(&notes_api, &notes.access_token).await;
    assert_eq!((&seen["active"], &seen["aud"]), (&json!(true), &json!(["https://notes.example"])));
    assert_eq!(seen["client_id"], json!(client.client_id));
    assert_eq!(server.introspect(&mail_api, &notes.access_token).await, inactive());
    assert_eq!(server.introspect(&notes_api, &mail.access_token).await, inactive());
    let own = server.tokens(&client, "ada", "profile").await;
    for caller in [&notes_api, &mail_api] {
        assert_eq!(server.introspect(caller, &own.access_token).await, inactive(), "for the server itself");
        assert_eq!(
            server.introspect(caller, notes.refresh()).await,
            inactive(),
            "a refresh token is its owner's"
        );
    }
}

async fn token_for(server: &Server, client: &Registered, resource: &str) -> crate::support::Tokens {
    let pkce = crate::support::Pkce::new();
    let extra = [("scope", "profile"), ("resource", resource)];
    let code = server.code_for(client, "ada", &pkce, &extra).await;
    tokens(server.exchange(client, &code, &pkce).await).await
}

/// RFC 7662 §2.1: a refresh token can be looked at by its owner, and is inactive once rotated.
#[actix_web::test]
async fn a_refresh_token_is_active_until_it_is_rotated() {
    let server = server().await;
    let client = server.register_confidential().await;
    let issued = server.tokens(&client, "ada", "profile").await;
    let said = server.introspect(&client, issued.refresh()).await;
    assert_eq!((&said["active"], &said["scope"]), (&json!(true), &json!("profile")));
    assert_eq!(said["exp"], json!(server.clock.now() + 30 * 86_400));
    assert_eq!(said.get("token_type"), None, "it is no Bearer token: {said}");
    let next = tokens(server.refresh(&client, issued.refresh()).await).await;
    assert_eq!(server.introspect(&client, issued.refresh()).await, inactive());
    assert_eq!(server.introspect(&client, next.refresh()).await["active"], true);
}

/// RFC 7662 §2.1: the token must be named; a hint is only a hint.
#[actix_web::test]
async fn the_token_is_needed_and_the_hint_is_not() {
    let server = server().await;
    let client = server.register_confidential().await;
    let issued = server.tokens(&client, "ada", "profile").await;
    let post = |form: Vec<(&'static str, String)>| {
        server.http.post(server.url("/introspect")).header("authorization", basic(&client)).form(&form).send()
    };
    for form in [vec![], vec![("token", String::new())]] {
        assert_eq!(error_of(post(form).await.unwrap()).await, (400, "invalid_request".to_owned()));
    }
    for hint in ["access_token", "refresh_token", "pop"] {
        let form = vec![("token", issued.access_token.clone()), ("token_type_hint", hint.to_owned())];
        let said: Value = post(form).await.unwrap().json().await.unwrap();
        assert_eq!(said["active"], true, "{hint}");
    }
}

/// T03, CVE row 60: a token that is cut, lengthened or changed in one letter's case is another token.
#[actix_web::test]
async fn an_altered_token_is_unknown() {
    for format in ["jwt", "opaque"] {
        let server = Server::with().set("GRANTOR_TOKENS__ACCESS_TOKEN_FORMAT", format).start().await;
        server.add_user("ada").await;
        let client = server.register_confidential().await;
        let issued = server.tokens(&client, "ada", "openid").await;
        for token in [issued.access_token.as_str(), issued.refresh()] {
            let at = token.find(char::is_lowercase).unwrap();
            let mut flipped = token.to_owned();
            flipped.replace_range(at..=at, &token[at..=at].to_uppercase());
            let altered = [
                token[..token.len() - 1].to_owned(),
                token[..token.len() / 2].to_owned(),
                token[1..].to_owned(),
                format!("{token}A"),
                format!("{token}="),
                format!(" {token}"),
                format!("{token}%00"),
                flipped,
                token.to_uppercase(),
            ];
            for altered in altered {
                assert_eq!(server.introspect(&client, &altered).await, inactive(), "{altered}");
                let refused = error_of(server.refresh(&client, &altered).await).await;
                assert_eq!(refused, (400, "invalid_grant".to_owned()), "{altered}");
            }
            assert_eq!(server.introspect(&client, token).await["active"], true);
        }
        for end in [issued.access_token.len() - 1, 20] {
            assert_eq!(server.userinfo(&issued.access_token[..end]).await.status(), 401);
        }
    }
}
