//! `registration.recovery_by_secret`: a client that lost its registration access token proves with its secret that it is the
//! client. registration.md §4.

use reqwest::Response;
use serde_json::json;

use crate::support::{Registered, Server, basic, body_of, error_of};

const SETTING: &str = "GRANTOR_REGISTRATION__RECOVERY_BY_SECRET";

fn url(client: &Registered) -> String {
    format!("{}/registration-access-token", client.registration_client_uri)
}

async fn by_header(server: &Server, client: &Registered) -> Response {
    let request = server.http.post(url(client)).header("authorization", basic(client));
    request.form(&[("a", "b")]).send().await.unwrap()
}

async fn by_body(server: &Server, client: &Registered) -> Response {
    let form = [
        ("client_id", client.client_id.as_str()),
        ("client_secret", client.client_secret.as_deref().unwrap()),
    ];
    server.http.post(url(client)).form(&form).send().await.unwrap()
}

/// By default a secret opens nothing here.
#[actix_web::test]
async fn it_is_off_by_default() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    assert_eq!(error_of(by_header(&server, &client).await).await, (401, "invalid_client".to_owned()));
    assert_eq!(server.read_registration(&client).await.status(), 200);
}

/// By the registered method, and by no other; every token before is dead.
#[actix_web::test]
async fn by_the_registered_method_only() {
    let server = Server::with().set(SETTING, "true").start().await;
    let with_header = server.register_confidential().await;
    let metadata = json!({
        "redirect_uris": ["https://client.example/cb"], "token_endpoint_auth_method": "client_secret_post",
    });
    let with_body = server.register(metadata).await;
    assert_eq!(by_body(&server, &with_header).await.status(), 401);
    assert_eq!(by_header(&server, &with_body).await.status(), 401);
    for (client, response) in [
        (&with_header, by_header(&server, &with_header).await),
        (&with_body, by_body(&server, &with_body).await),
    ] {
        let body = body_of(200, response).await;
        assert!(body.get("client_secret").is_none());
        assert_eq!(server.read_registration(client).await.status(), 401);
        let token = body["registration_access_token"].as_str().unwrap();
        let read = server.http.get(&client.registration_client_uri).bearer_auth(token).send().await.unwrap();
        assert_eq!(read.status(), 200);
    }
}

/// A wrong secret, an expired one, another client's, and a public client's id alone are the same 401.
#[actix_web::test]
async fn whatever_is_no_proof_is_401() {
    let lifetime = "GRANTOR_REGISTRATION__CLIENT_SECRET_LIFETIME";
    let server = Server::with().set(SETTING, "true").set(lifetime, "1000").start().await;
    let (client, other) = (server.register_confidential().await, server.register_confidential().await);
    let public = server.register_public().await;
    let wrong = Registered { client_secret: Some("wrong".to_owned()), ..client.clone() };
    let at_others =
        Registered { registration_client_uri: other.registration_client_uri.clone(), ..client.clone() };
    for response in [by_header(&server, &wrong).await, by_header(&server, &at_others).await] {
        assert_eq!(error_of(response).await, (401, "invalid_client".to_owned()));
    }
    let alone = server.http.post(url(&public)).form(&[("client_id", &public.client_id)]);
    assert_eq!(error_of(alone.send().await.unwrap()).await, (401, "invalid_client".to_owned()));
    server.advance(1000);
    assert_eq!(by_header(&server, &client).await.status(), 401);
    for client in [&client, &other, &public] {
        assert_eq!(server.read_registration(client).await.status(), 200, "no token was touched");
    }
}

/// M07, CVE row 20: a disabled client gets 403, and stays disabled.
#[actix_web::test]
async fn a_disabled_client_gets_403() {
    let server = Server::with().set(SETTING, "true").start().await;
    let client = server.register_confidential().await;
    server.set_disabled(&client, true);
    assert_eq!(error_of(by_header(&server, &client).await).await, (403, "access_denied".to_owned()));
    assert!(server.client_row(&client.client_id).unwrap().is_disabled());
}
