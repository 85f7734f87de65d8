//! A client that waits for an operator's approval, at its configuration endpoint. registration.md §4.

use serde_json::json;

use crate::support::{Server, body_of};

/// It reads itself and may leave; it changes nothing: what is approved is what was registered.
#[actix_web::test]
async fn it_reads_and_deletes_and_does_not_change_itself() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    server.set_pending(&client, true);
    assert_eq!(body_of(200, server.read_registration(&client).await).await["client_id"], client.client_id);

    let before = server.client_row(&client.client_id).unwrap();
    let update = json!({"client_id": client.client_id, "redirect_uris": ["https://evil.example/cb"]});
    let token = &client.registration_access_token;
    let refused = body_of(403, server.put_registration(&client, token, &update).await).await;
    assert_eq!(refused["error"], "access_denied");
    assert_eq!(refused.as_object().unwrap().len(), 2, "no metadata: {refused}");
    let after = server.client_row(&client.client_id).unwrap();
    assert_eq!((after.metadata, after.updated_at), (before.metadata, before.updated_at));
    assert!(after.pending_since.is_some(), "M07: it does not approve itself");
    assert_eq!(server.read_registration(&client).await.status(), 200, "the refusal did not rotate its token");

    assert_eq!(server.delete_registration(&client).await.status(), 204);
    assert!(server.client_row(&client.client_id).is_none());
}

/// Its token endpoint answers `unauthorized_client`; after the approval it works as any other.
#[actix_web::test]
async fn after_the_approval_it_is_as_any_other() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    server.set_pending(&client, true);
    let refused = body_of(400, server.refresh(&client, "no-such-token").await).await;
    assert_eq!(refused["error"], "unauthorized_client");
    server.set_pending(&client, false);
    assert_eq!(body_of(400, server.refresh(&client, "no-such-token").await).await["error"], "invalid_grant");
    let update = json!({"client_id": client.client_id, "redirect_uris": ["https://client.example/cb"]});
    let token = &client.registration_access_token;
    assert_eq!(server.put_registration(&client, token, &update).await.status(), 200);
}
