//! OpenID Connect Core §5.5: claims that are asked for one by one, as the tokens and userinfo give them.

use serde_json::{Map, Value, json};

use crate::support::{Pkce, Registered, Server, Tokens, json_of, parts, tokens};

async fn start() -> (Server, Registered) {
    let server = Server::start().await;
    server.add_user("ada").await;
    let claims =
        r#"{"given_name":"Ada","nickname":"A","phone_number":"+1 555 0100","address":{"country":"GB"}}"#;
    assert_eq!(server.execute(&format!("UPDATE users SET claims = '{claims}'")), 1);
    let client = server.register_confidential().await;
    (server, client)
}

async fn ask(server: &Server, client: &Registered, scope: &str, claims: &Value) -> Tokens {
    let (pkce, claims) = (Pkce::new(), claims.to_string());
    let code = server.code_for(client, "ada", &pkce, &[("scope", scope), ("claims", &claims)]).await;
    tokens(server.exchange(client, &code, &pkce).await).await
}

/// What an answer says of the person beside `sub`.
async fn at_userinfo(server: &Server, issued: &Tokens) -> Value {
    let (status, mut body) = json_of(server.userinfo(&issued.access_token).await).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.as_object_mut().unwrap().remove("sub").is_some());
    body
}

/// The claims of an ID token that are not about the sign-in.
fn in_id_token(issued: &Tokens) -> Value {
    let (_, claims) = parts(issued.id_token.as_deref().unwrap());
    let of_the_token =
        ["iss", "sub", "aud", "azp", "exp", "iat", "auth_time", "acr", "amr", "nonce", "at_hash", "sid"];
    let kept = claims.as_object().unwrap().iter().filter(|(name, _)| !of_the_token.contains(&name.as_str()));
    Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}

/// §5.5: each claim is where it was asked for and nowhere else, beside those of the scopes, which are at userinfo.
#[actix_web::test]
async fn a_claim_is_where_it_was_asked_for() {
    let (server, client) = start().await;
    let claims = json!({
        "id_token": {"given_name": null, "email": {"essential": true}},
        "userinfo": {"nickname": null, "phone_number": {"essential": true}, "family_name": null},
    });
    let issued = ask(&server, &client, "openid address", &claims).await;
    assert_eq!(in_id_token(&issued), json!({"given_name": "Ada", "email": "ada@example.com"}));
    let expected = json!({"nickname": "A", "phone_number": "+1 555 0100", "address": {"country": "GB"}});
    assert_eq!(at_userinfo(&server, &issued).await, expected);
    assert_eq!(issued.body["scope"], "address openid", "claims are no scopes");
}

/// §5.5: without the parameter nothing of it is there, and the request of one grant is not that of another.
#[actix_web::test]
async fn another_grant_has_nothing_of_it() {
    let (server, client) = start().await;
    let claims = json!({"id_token": {"email": null}, "userinfo": {"email": null}});
    let with = ask(&server, &client, "openid", &claims).await;
    let without = server.tokens(&client, "ada", "openid").await;
    assert_eq!((in_id_token(&without), at_userinfo(&server, &without).await), (json!({}), json!({})));
    assert_eq!(at_userinfo(&server, &with).await, json!({"email": "ada@example.com"}));
}

/// §5.5.1: a claim has a value that was asked for, or is not there.
#[actix_web::test]
async fn a_claim_of_another_value_is_left_out() {
    let (server, client) = start().await;
    let asked = json!({
        "given_name": {"value": "Grace"}, "nickname": {"values": ["B", "A"]}, "email": {"value": "ada@example.com"},
        "phone_number": {"values": ["+1 555 0199"], "essential": true},
    });
    let issued = ask(&server, &client, "openid", &json!({"id_token": asked, "userinfo": asked})).await;
    let expected = json!({"nickname": "A", "email": "ada@example.com"});
    assert_eq!(in_id_token(&issued), expected);
    assert_eq!(at_userinfo(&server, &issued).await, expected);
}

/// T08, §5.5: a claim is not had by a client that may not have its scope, also if the scope was taken from it later.
#[actix_web::test]
async fn a_claim_is_had_as_its_scope_is() {
    let (server, _) = start().await;
    let narrow = server
        .register(json!({
            "redirect_uris": ["https://client.example/cb"], "scope": "openid phone",
            "grant_types": ["authorization_code", "refresh_token"],
        }))
        .await;
    let asked = json!({"email": {"essential": true}, "phone_number": null, "given_name": null});
    let issued = ask(&server, &narrow, "openid", &json!({"id_token": asked, "userinfo": asked})).await;
    let phone = json!({"phone_number": "+1 555 0100"});
    assert_eq!((in_id_token(&issued), at_userinfo(&server, &issued).await), (phone.clone(), phone));
    let changed = "UPDATE clients SET metadata = replace(metadata, 'openid phone', 'openid')";
    assert!(server.execute(changed) >= 1);
    assert_eq!(at_userinfo(&server, &issued).await, json!({}));
    let again = tokens(server.refresh(&narrow, issued.refresh()).await).await;
    assert_eq!(in_id_token(&again), json!({}));
}

/// §2, §5.5: no request changes what a token says of itself and of the sign-in.
#[actix_web::test]
async fn claims_of_tokens_are_not_for_the_asking() {
    let (server, client) = start().await;
    let mut asked = Map::new();
    for name in ["iss", "aud", "exp", "nonce", "sid", "azp", "at_hash", "auth_time", "acr", "amr", "jti"] {
        asked.insert(name.to_owned(), json!({"value": "forged"}));
    }
    let issued = ask(&server, &client, "openid", &json!({"id_token": asked, "userinfo": asked})).await;
    let (_, claims) = parts(issued.id_token.as_deref().unwrap());
    assert!(!claims.to_string().contains("forged"), "{claims}");
    assert_eq!(claims["acr"], "1", "a wish that is not met is told");
    assert_eq!(at_userinfo(&server, &issued).await, json!({}));
}

/// §12.2: the ID token of a refresh has them, too, as the person is then.
#[actix_web::test]
async fn a_refresh_gives_them_again() {
    let (server, client) = start().await;
    let issued =
        ask(&server, &client, "openid offline_access", &json!({"id_token": {"nickname": null}})).await;
    server.execute("UPDATE users SET claims = '{\"nickname\":\"Z\"}'");
    let again = tokens(server.refresh(&client, issued.refresh()).await).await;
    assert_eq!(
        (in_id_token(&issued), in_id_token(&again)),
        (json!({"nickname": "A"}), json!({"nickname": "Z"}))
    );
}
