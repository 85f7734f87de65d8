//! RFC 7592 §2.1: the client read request.

use serde_json::json;

use crate::support::{Server, body_of, metadata_of};

/// registration.md §4: the answer holds all metadata, the ids, the address and the presented token; the secret is not
/// shown again, its end is.
#[actix_web::test]
async fn the_answer_is_the_registration_as_it_stands() {
    let server = Server::with().set("GRANTOR_REGISTRATION__CLIENT_SECRET_LIFETIME", "90d").start().await;
    let client = server.register_confidential().await;
    server.advance(10);
    let response = server.read_registration(&client).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["content-type"], "application/json");
    let body = body_of(200, response).await;
    assert_eq!(metadata_of(&body), metadata_of(&client.body));
    for name in [
        "client_id",
        "client_id_issued_at",
        "client_secret_expires_at",
        "registration_access_token",
        "registration_client_uri",
    ] {
        assert_eq!(body[name], client.body[name], "{name}");
    }
    assert!(body.get("client_secret").is_none(), "a secret is told once");
}

/// D18: a public client's registration has no member about a secret.
#[actix_web::test]
async fn a_public_client_has_no_member_about_a_secret() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let body = body_of(200, server.read_registration(&client).await).await;
    assert!(body.get("client_secret").is_none() && body.get("client_secret_expires_at").is_none());
    assert_eq!(body["token_endpoint_auth_method"], "none");
}

/// Reading changes nothing: the same token reads again, before and after an update.
#[actix_web::test]
async fn reading_does_not_rotate() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let first = body_of(200, server.read_registration(&client).await).await;
    for _ in 0..3 {
        assert_eq!(body_of(200, server.read_registration(&client).await).await, first);
    }
    assert_eq!(first["registration_access_token"], client.registration_access_token);
}

/// registration.md §3: nothing null and nothing empty in any answer, whatever was sent.
#[actix_web::test]
async fn no_member_is_null_or_empty() {
    let server = Server::start().await;
    let client = server
        .register(json!({
            "redirect_uris": ["https://client.example/cb"], "client_name": "", "contacts": [], "logo_uri": null,
            "post_logout_redirect_uris": [], "default_max_age": null, "token_endpoint_auth_method": "none",
        }))
        .await;
    let body = body_of(200, server.read_registration(&client).await).await;
    for (name, value) in body.as_object().unwrap() {
        assert!(
            !value.is_null() && *value != "" && *value != json!([]) && *value != json!({}),
            "{name}: {value}"
        );
    }
    assert!(body.get("client_name").is_none() && body.get("contacts").is_none());
}

/// Another server on the same database answers alike, and under the same address.
#[actix_web::test]
async fn a_second_server_reads_the_same() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    let mut twin = server.twin().await;
    let url = twin.url(&format!("/register/{}", client.client_id));
    let read = twin.http.get(url).bearer_auth(&client.registration_access_token).send().await.unwrap();
    assert_eq!(body_of(200, read).await, body_of(200, server.read_registration(&client).await).await);
    twin.stop().await;
}
