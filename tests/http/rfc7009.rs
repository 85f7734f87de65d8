//! Revocation.

use serde_json::json;

use crate::support::{Server, basic, error_of, tokens};

async fn server() -> Server {
    let server = Server::start().await;
    server.add_user("ada").await;
    server
}

/// T18, RFC 7009 §2.1: a refresh token takes every token of its grant with it, and no other grant of the same client.
#[actix_web::test]
async fn a_refresh_token_takes_its_grant_with_it() {
    let server = server().await;
    for client in [server.register_confidential().await, server.register_public().await] {
        let issued = server.tokens(&client, "ada", "openid offline_access").await;
        let other = server.tokens(&client, "ada", "openid offline_access").await;
        let next = tokens(server.refresh(&client, issued.refresh()).await).await;
        let answer = server.revoke(&client, next.refresh()).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.text().await.unwrap(), "");
        for access in [&issued.access_token, &next.access_token] {
            assert_eq!(server.userinfo(access).await.status(), 401);
        }
        assert_eq!(error_of(server.refresh(&client, next.refresh()).await).await.1, "invalid_grant");
        assert_eq!(server.userinfo(&other.access_token).await.status(), 200);
        tokens(server.refresh(&client, other.refresh()).await).await;
    }
}

/// RFC 7009 §2.1: an access token dies alone, JWT or opaque; its refresh token goes on.
#[actix_web::test]
async fn an_access_token_dies_alone() {
    for format in ["jwt", "opaque"] {
        let server = Server::with().set("GRANTOR_TOKENS__ACCESS_TOKEN_FORMAT", format).start().await;
        server.add_user("ada").await;
        let client = server.register_confidential().await;
        let issued = server.tokens(&client, "ada", "openid").await;
        assert_eq!(server.revoke(&client, &issued.access_token).await.status(), 200);
        assert_eq!(server.introspect(&client, &issued.access_token).await, json!({"active": false}));
        assert_eq!(server.userinfo(&issued.access_token).await.status(), 401);
        tokens(server.refresh(&client, issued.refresh()).await).await;
    }
}

/// T18, CVE row 83, RFC 7009 §2.2: unknown, repeated and other clients' tokens get the same 200, and the last stay alive.
#[actix_web::test]
async fn only_own_tokens_are_revoked_and_no_answer_tells() {
    let server = server().await;
    let (client, other) = (server.register_confidential().await, server.register_confidential().await);
    let public = server.register_public().await;
    let issued = server.tokens(&client, "ada", "openid").await;
    let code = crate::support::Pkce::new();
    let code = server.code_for(&client, "ada", &code, &[("scope", "openid")]).await;
    let secrets =
        [client.registration_access_token.as_str(), client.client_secret.as_deref().unwrap(), &code];
    for caller in [&other, &public, &client] {
        for token in ["unknown", "e30.e30.", "é", &issued.access_token[1..]].iter().chain(&secrets) {
            assert_eq!(server.revoke(caller, token).await.status(), 200, "{token}");
        }
    }
    for caller in [&other, &public] {
        for token in [issued.refresh(), &issued.access_token] {
            let answer = server.revoke(caller, token).await;
            assert_eq!((answer.status().as_u16(), answer.text().await.unwrap()), (200, String::new()));
        }
    }
    assert_eq!(server.userinfo(&issued.access_token).await.status(), 200);
    assert_eq!(server.read_registration(&client).await.status(), 200);
    tokens(server.refresh(&client, issued.refresh()).await).await;
}

/// RFC 7009 §2.1: a hint is only a hint, even a wrong or unknown one.
#[actix_web::test]
async fn a_wrong_hint_changes_nothing() {
    let server = server().await;
    let client = server.register_confidential().await;
    for hint in ["access_token", "refresh_token", "something"] {
        let issued = server.tokens(&client, "ada", "openid").await;
        for token in [issued.access_token.as_str(), issued.refresh()] {
            let request = server.http.post(server.url("/revoke")).header("authorization", basic(&client));
            let answer = request.form(&[("token", token), ("token_type_hint", hint)]).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            assert_eq!(server.introspect(&client, token).await["active"], false, "{hint}");
        }
    }
}

/// T28, RFC 7009 §2.1: the client authenticates first, and the token must be there.
#[actix_web::test]
async fn the_client_authenticates_and_names_a_token() {
    let server = server().await;
    let client = server.register_confidential().await;
    let issued = server.tokens(&client, "ada", "openid").await;
    let post = |form: Vec<(&'static str, String)>| server.http.post(server.url("/revoke")).form(&form).send();
    let token = issued.access_token.clone();
    let refused = error_of(post(vec![("token", token.clone())]).await.unwrap()).await;
    assert_eq!(refused, (401, "invalid_client".to_owned()));
    let by_id = vec![("token", token), ("client_id", client.client_id.clone())];
    assert_eq!(error_of(post(by_id).await.unwrap()).await, (401, "invalid_client".to_owned()));
    assert_eq!(server.userinfo(&issued.access_token).await.status(), 200);
    let empty = server.http.post(server.url("/revoke")).header("authorization", basic(&client));
    let refused = error_of(empty.form(&[("token", "")]).send().await.unwrap()).await;
    assert_eq!(refused, (400, "invalid_request".to_owned()));
}

/// CVE row 35: a revocation that could not be written is no success.
#[actix_web::test]
async fn a_revocation_that_is_not_stored_is_not_acknowledged() {
    let server = server().await;
    let client = server.register_confidential().await;
    let issued = server.tokens(&client, "ada", "openid").await;
    // Every write fails from here on; reads go on.
    let broken = if crate::support::on_postgres() {
        vec![
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$"
                .to_owned(),
            "CREATE TRIGGER t1 BEFORE UPDATE ON grants EXECUTE FUNCTION refuse()".to_owned(),
            "CREATE TRIGGER t2 BEFORE UPDATE ON access_tokens EXECUTE FUNCTION refuse()".to_owned(),
        ]
    } else {
        ["grants", "access_tokens"]
            .map(|table| {
                format!(
                    "CREATE TRIGGER t_{table} BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END"
                )
            })
            .to_vec()
    };
    for statement in broken {
        server.execute(&statement);
    }
    for token in [issued.refresh(), &issued.access_token] {
        let answer = server.revoke(&client, token).await;
        let status = answer.status().as_u16();
        assert!(status == 500 || status == 503, "{status}");
        let body = answer.text().await.unwrap();
        for inner in ["trigger", "RAISE", "grants", "UPDATE", "sqlite", "postgres"] {
            assert!(!body.contains(inner), "{body}");
        }
    }
    assert_eq!(server.userinfo(&issued.access_token).await.status(), 200);
    // Nor is a reuse whose revocation could not be written refused as if it were.
    tokens(server.refresh(&client, issued.refresh()).await).await;
    server.advance(60);
    assert_eq!(error_of(server.refresh(&client, issued.refresh()).await).await.1, "server_error");
}
