//! A client gets a token for itself.

use serde_json::json;

use crate::support::{Server, error_of, json_of, parts};

/// T06: the subject of such a token is the client, and its `client_id` says the same; no person's `sub` is one.
#[actix_web::test]
async fn the_subject_is_the_client() {
    let server = Server::with().set("GRANTOR_DEFAULT_SCOPE", "profile").start().await;
    server.add_user("ada").await;
    let machine = server.register_machine().await;
    let issued = server.machine_token(&machine).await;
    let (_, claims) = parts(&issued.access_token);
    assert_eq!(
        (&claims["sub"], &claims["client_id"]),
        (&json!(machine.client_id), &json!(machine.client_id))
    );
    assert_eq!(claims.get("auth_time"), None);
    let client = server.register_public().await;
    let (_, person) = parts(&server.tokens(&client, "ada", "profile").await.access_token);
    assert_ne!(person["sub"], person["client_id"]);
    let same = "SELECT count(*) AS number FROM users JOIN clients ON subject = client_id";
    assert_eq!(server.number(same), 0);
}

/// No refresh token, RFC 6749 §4.4.3; and no ID token, as nobody signed in.
#[actix_web::test]
async fn nothing_but_an_access_token_is_issued() {
    let server =
        Server::with().set("GRANTOR_SCOPES", r#"[{"name":"read","description":"Read"}]"#).start().await;
    let machine = server.register_machine().await;
    for scope in ["read", "read openid profile offline_access"] {
        let parameters = [("grant_type", "client_credentials"), ("scope", scope)];
        let (status, body) = json_of(server.token(&machine, &parameters).await).await;
        assert_eq!((status, body["scope"].as_str()), (200, Some("read")), "{body}");
        assert!(body.get("refresh_token").is_none() && body.get("id_token").is_none(), "{body}");
        assert_eq!(server.userinfo(body["access_token"].as_str().unwrap()).await.status(), 401);
    }
}

/// T08, CVE row 46: no scope beyond the registered ones, and no grant that was not registered.
#[actix_web::test]
async fn scope_and_grant_are_held_to_the_registration() {
    let scopes = r#"[{"name":"read","description":"Read"},{"name":"write","description":"Write"}]"#;
    let server = Server::with().set("GRANTOR_SCOPES", scopes).start().await;
    let token = server.initial_access_token(Some(&["client_credentials"]), None, None);
    let metadata = json!({"client_name": "M", "grant_types": ["client_credentials"], "scope": "read"});
    let request = server.http.post(server.url("/register")).bearer_auth(token).json(&metadata);
    let machine = crate::support::registered(request.send().await.unwrap()).await;
    let ask = |scope: &'static str| [("grant_type", "client_credentials"), ("scope", scope)];
    let (status, body) = json_of(server.token(&machine, &ask("read write unknown")).await).await;
    assert_eq!((status, body["scope"].as_str()), (200, Some("read")));
    for scope in ["write", "unknown", "bad\"scope"] {
        let refused = error_of(server.token(&machine, &ask(scope)).await).await;
        assert_eq!(refused, (400, "invalid_scope".to_owned()), "{scope}");
    }
    let client = server.register_confidential().await;
    let refused = error_of(server.token(&client, &ask("read")).await).await;
    assert_eq!(refused, (400, "unauthorized_client".to_owned()));
}
