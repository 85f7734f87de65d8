//! M07, CVE row 20, fault: a registration token that re-enables a disabled client. One that an operator disabled stays disabled, whatever its registration access token says.

use serde_json::{Value, json};

use crate::support::{Server, body_of, error_of};

/// registration.md §4: everything is 403 `access_denied`, without metadata, and nothing changes.
#[actix_web::test]
async fn a_disabled_client_gets_403_for_everything() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    server.set_disabled(&client, true);
    let before = server.client_row(&client.client_id).unwrap();
    let token = &client.registration_access_token;
    let uri = &client.registration_client_uri;
    let update = json!({
        "client_id": client.client_id, "redirect_uris": ["https://evil.example/cb"], "enabled": true, "disabled": false,
        "disabled_at": null, "status": "active", "token_endpoint_auth_method": "client_secret_post",
    });
    for request in [server.http.get(uri), server.http.put(uri).json(&update), server.http.delete(uri)] {
        let response = request.bearer_auth(token).send().await.unwrap();
        assert_eq!(response.headers()["cache-control"], "no-store");
        let body = body_of(403, response).await;
        assert_eq!(body["error"], "access_denied");
        assert_eq!(body.as_object().unwrap().len(), 2, "no metadata and no secret: {body}");
    }
    let after = server.client_row(&client.client_id).unwrap();
    assert!(after.is_disabled());
    assert_eq!((after.metadata, after.updated_at), (before.metadata, before.updated_at));
    assert!(after.secret.unwrap().digest.as_bytes() == before.secret.unwrap().digest.as_bytes());
}

/// Only an operator brings it back: then token, secret and registration are as before.
#[actix_web::test]
async fn an_operator_brings_it_back_as_it_was() {
    let server = Server::start().await;
    let machine = server.register_machine().await;
    let issued = server.machine_token(&machine).await;
    server.set_disabled(&machine, true);
    let refused = error_of(server.token(&machine, &[("grant_type", "client_credentials")]).await).await;
    assert_eq!(refused.0, 401);
    let other = server.register_confidential().await;
    assert_eq!(server.introspect(&other, &issued.access_token).await, json!({"active": false}));
    server.set_disabled(&machine, false);
    server.machine_token(&machine).await;
    assert_eq!(body_of(200, server.read_registration(&machine).await).await["client_id"], machine.client_id);
}

/// M07: owner, trust, policy and `enabled` are no metadata: an update with them is an update without them.
#[actix_web::test]
async fn an_update_cannot_reach_what_is_an_operators() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let before = server.client_row(&client.client_id).unwrap();
    let update = json!({
        "client_id": client.client_id, "redirect_uris": ["https://client.example/cb"],
        "enabled": true, "disabled_at": 5, "source": "operator", "trust": "first_party", "owner": "ada", "created_at": 1,
        "policy": {"grant_types": ["client_credentials"], "scopes": "admin"}, "access_token_format": "opaque",
        "initial_access_token_id": 1, "skip_consent": true,
    });
    let token = &client.registration_access_token;
    let answer: Value = body_of(200, server.put_registration(&client, token, &update).await).await;
    for name in [
        "enabled",
        "disabled_at",
        "source",
        "trust",
        "owner",
        "policy",
        "access_token_format",
        "skip_consent",
    ] {
        assert!(answer.get(name).is_none(), "{name}");
    }
    let after = server.client_row(&client.client_id).unwrap();
    assert_eq!(
        (after.source, after.policy, after.created_at),
        (before.source, before.policy, before.created_at)
    );
    assert_eq!((after.disabled_at, after.metadata.access_token_format), (None, None));
}
