//! RFC 7591 §5, D16: what a client may not give itself, on POST and on PUT.

use serde_json::{Value, json};

use crate::support::{Registered, Server, ServerBuilder, body_of, error_of, registered, tokens};

const ALL_OPEN: &str = "address email notes.read offline_access openid phone profile";

fn with_an_operators_scope() -> ServerBuilder {
    let scopes = r#"[{"name": "admin", "description": "Everything", "operator_only": true},
                     {"name": "notes.read", "description": "See your notes"}]"#;
    Server::with().set("GRANTOR_SCOPES", scopes)
}

fn with(mut members: Value) -> Value {
    members["redirect_uris"] = json!(["https://client.example/cb"]);
    members
}

async fn register_with(server: &Server, token: &str, metadata: &Value) -> Registered {
    registered(
        server.http.post(server.url("/register")).bearer_auth(token).json(metadata).send().await.unwrap(),
    )
    .await
}

/// PUT by the client itself; the answer, and the client with its new token.
async fn update(server: &Server, client: &mut Registered, members: Value, status: u16) -> Value {
    let mut metadata = with(members);
    metadata["client_id"] = json!(client.client_id);
    let token = client.registration_access_token.clone();
    let answer = body_of(status, server.put_registration(client, &token, &metadata).await).await;
    if let Some(token) = answer["registration_access_token"].as_str() {
        token.clone_into(&mut client.registration_access_token);
    }
    answer
}

/// D16: an open registration gets no `client_credentials`: dropped beside others, refused alone.
#[actix_web::test]
async fn open_registration_gets_no_client_credentials() {
    let server = Server::start().await;
    let asked = json!(["authorization_code", "client_credentials"]);
    let kept = server.accepted(with(json!({"grant_types": asked}))).await;
    assert_eq!(kept["grant_types"], json!(["authorization_code"]));
    let (error, words) = server.refused(with(json!({"grant_types": ["client_credentials"]}))).await;
    assert_eq!(error, "invalid_client_metadata");
    assert!(words.contains("client_credentials"), "{words}");

    let mut client = server.register_confidential().await;
    update(&server, &mut client, json!({"grant_types": asked}), 200).await;
    let refused = error_of(server.token(&client, &[("grant_type", "client_credentials")]).await).await;
    assert_eq!(refused, (400, "unauthorized_client".to_owned()));
}

/// D16: no token exchange, no password, no grant of a later day.
#[actix_web::test]
async fn open_registration_gets_no_other_grant_either() {
    let server = Server::start().await;
    for grant in [
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:openid:params:grant-type:ciba",
    ] {
        let kept = server.accepted(with(json!({"grant_types": ["authorization_code", grant]}))).await;
        assert_eq!(kept["grant_types"], json!(["authorization_code"]), "{grant}");
        assert_eq!(server.refused(with(json!({"grant_types": [grant]}))).await.0, "invalid_client_metadata");
    }
}

/// D16: an open registration gets no operator-only scope: dropped beside others, refused alone, and not by leaving
/// scope out (CVE row 29).
#[actix_web::test]
async fn open_registration_gets_no_operator_only_scope() {
    let server = with_an_operators_scope().start().await;
    assert_eq!(server.accepted(with(json!({"scope": "admin openid"}))).await["scope"], "openid");
    assert_eq!(server.refused(with(json!({"scope": "admin"}))).await.0, "invalid_client_metadata");
    for nothing in [json!({}), json!({"scope": ""}), json!({"scope": null})] {
        assert_eq!(server.accepted(with(nothing)).await["scope"], ALL_OPEN);
    }
}

/// D16: what an initial access token gives is all that its client ever has, also by an update.
#[actix_web::test]
async fn a_client_stays_within_its_initial_access_token() {
    let server = with_an_operators_scope().start().await;
    let token = server.initial_access_token(Some(&["authorization_code"]), Some("openid email"), None);
    let greedy = json!({"grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "scope": "openid email profile admin"});
    let mut client = register_with(&server, &token, &with(greedy.clone())).await;
    assert_eq!(client.body["grant_types"], json!(["authorization_code"]));
    assert_eq!(client.body["scope"], "email openid");
    for members in [greedy, json!({}), json!({"scope": ""})] {
        let updated = update(&server, &mut client, members, 200).await;
        assert_eq!(updated["grant_types"], json!(["authorization_code"]));
        assert_eq!(updated["scope"], "email openid");
    }
    for beyond in [
        json!({"scope": "profile"}),
        json!({"scope": "admin"}),
        json!({"grant_types": ["client_credentials"]}),
    ] {
        let refused = update(&server, &mut client, beyond, 400).await;
        assert_eq!(refused["error"], "invalid_client_metadata");
    }
}

/// An operator may give by an initial access token what open registration does not get; the client keeps it by PUT.
#[actix_web::test]
async fn an_initial_access_token_gives_what_an_operator_put_into_it() {
    let server = with_an_operators_scope().start().await;
    let token = server.initial_access_token(Some(&["client_credentials"]), Some("admin"), None);
    let metadata = json!({"grant_types": ["client_credentials"]});
    let mut client = register_with(&server, &token, &metadata).await;
    assert_eq!(client.body["scope"], "admin");
    assert_eq!(client.body["grant_types"], json!(["client_credentials"]));
    assert!(client.body.get("redirect_uris").is_none() && client.body.get("response_types").is_none());
    let asked = [("grant_type", "client_credentials"), ("scope", "admin")];
    let issued = tokens(server.token(&client, &asked).await).await;
    assert_eq!(server.introspect(&client, &issued.access_token).await["scope"], "admin");
    let updated = update(&server, &mut client, json!({"grant_types": ["client_credentials"]}), 200).await;
    assert_eq!(
        (&updated["scope"], &updated["grant_types"]),
        (&json!("admin"), &json!(["client_credentials"]))
    );
    // RFC 6749 §4.4: not for a client without a secret.
    let public = json!({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"});
    let refused = update(&server, &mut client, public, 400).await;
    assert_eq!(refused["error"], "invalid_client_metadata");
    server.machine_token(&client).await;
}

/// CVE row 24, fault "validation on create but not on update" of section 9: an update that changes nothing is validated all the same, against the rules of today.
#[actix_web::test]
async fn an_update_without_a_change_is_validated() {
    let server =
        Server::with().set("GRANTOR_REGISTRATION__PRIVATE_USE_SCHEMES", "cursor, myapp").start().await;
    let client = server.register(json!({"redirect_uris": ["myapp:/cb"]})).await;
    let mut stricter = server.twin_with("GRANTOR_REGISTRATION__PRIVATE_USE_SCHEMES", "cursor").await;
    let same = json!({"client_id": client.client_id, "redirect_uris": ["myapp:/cb"]});
    let url = stricter.url(&format!("/register/{}", client.client_id));
    let put = stricter.http.put(url).bearer_auth(&client.registration_access_token).json(&same);
    assert_eq!(body_of(400, put.send().await.unwrap()).await["error"], "invalid_redirect_uri");
    stricter.stop().await;
}
