//! registration.md §4: what the audit log says of a registration that its client manages. X05: never a secret.

use grantor::flow::{Actor, Origin, rotate_secret};
use serde_json::json;

use crate::support::{Server, body_of};

/// An update is an event with each member that changed, what it was and what it is; a rotation is one of its own.
#[actix_web::test]
async fn an_update_is_an_event_with_the_difference() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let update = json!({
        "client_id": client.client_id, "redirect_uris": ["https://client.example/cb"], "client_name": "Renamed",
        "token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"],
    });
    let token = &client.registration_access_token;
    body_of(200, server.put_registration(&client, token, &update).await).await;
    let (client_id, details) = server.events("client_updated").remove(0);
    assert_eq!(client_id, client.client_id);
    let difference = json!({"changes": {"client_name": {"from": "A public client", "to": "Renamed"}}});
    assert_eq!(details, difference);
    let (client_id, details) = server.events("registration_access_token_rotated").remove(0);
    assert_eq!((client_id, details["by"].as_str()), (client.client_id, Some("update")));
}

/// A refused update is none: nothing was changed.
#[actix_web::test]
async fn a_refused_update_is_no_event() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let update = json!({"client_id": client.client_id, "redirect_uris": ["javascript:alert(1)"]});
    let token = &client.registration_access_token;
    assert_eq!(server.put_registration(&client, token, &update).await.status(), 400);
    assert!(server.events("client_updated").is_empty());
    assert!(server.events("registration_access_token_rotated").is_empty());
}

/// Rotation of a secret, recovery by an operator and deletion are events; no event holds a secret or a digest.
#[actix_web::test]
async fn each_change_is_an_event_and_none_holds_a_secret() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    let origin = Origin::local(Actor::CommandLine("test".to_owned()));
    let rotated = rotate_secret::rotate(server.means(), &client.client_id, origin, None).await.unwrap();
    let token = server.replace_registration_access_token(&client).await;
    let request = server.http.delete(&client.registration_client_uri).bearer_auth(&token);
    assert_eq!(request.send().await.unwrap().status(), 204);
    for kind in ["client_secret_rotated", "registration_access_token_recovered", "client_deleted"] {
        assert_eq!(server.events(kind).len(), 1, "{kind}");
        assert_eq!(server.events(kind)[0].0, client.client_id, "{kind}");
    }
    let secrets = [
        client.client_secret.as_deref().unwrap(),
        &client.registration_access_token,
        rotated.client_secret.expose(),
        &token,
    ];
    let events: Vec<String> =
        server.dump().into_iter().filter(|row| row.starts_with("audit_events: ")).collect();
    assert!(events.len() >= 4);
    for secret in secrets {
        let digest = Server::hex_digest(secret);
        for event in &events {
            assert!(!event.contains(secret) && !event.to_lowercase().contains(&digest), "{event}");
        }
    }
}
