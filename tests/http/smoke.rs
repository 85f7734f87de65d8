//! The main job, end to end.

use serde_json::json;

use crate::support::{Pkce, Server, error_of, json_of, tokens};

/// A client registers, a person allows it, it gets tokens, uses and refreshes them, updates its registration and deletes
/// it: and everything that was issued to it is gone.
#[actix_web::test]
async fn a_client_lives_and_dies() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_confidential().await;

    let issued = server.tokens(&client, "ada", "openid profile email offline_access").await;
    assert!(issued.id_token.is_some());
    let (status, claims) = json_of(server.userinfo(&issued.access_token).await).await;
    assert_eq!((status, claims["email"].as_str()), (200, Some("ada@example.com")), "{claims}");
    assert_eq!(server.introspect(&client, &issued.access_token).await["active"], true);

    let refreshed = tokens(server.refresh(&client, issued.refresh()).await).await;
    assert_ne!(refreshed.refresh(), issued.refresh());
    assert_eq!(server.introspect(&client, &refreshed.access_token).await["active"], true);

    let other = server.register_confidential().await;
    let update = json!({
        "client_id": client.client_id, "client_name": "Renamed", "redirect_uris": ["https://client.example/new"],
        "grant_types": ["authorization_code", "refresh_token"],
    });
    let response = server.put_registration(&client, &client.registration_access_token, &update).await;
    let (status, updated) = json_of(response).await;
    assert_eq!((status, updated["client_name"].as_str()), (200, Some("Renamed")), "{updated}");

    let deleted = server
        .http
        .delete(&client.registration_client_uri)
        .bearer_auth(updated["registration_access_token"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.status(), 204);
    let refused = error_of(server.refresh(&client, refreshed.refresh()).await).await;
    assert_eq!(refused, (401, "invalid_client".to_owned()));
    assert_eq!(server.introspect(&other, &refreshed.access_token).await, json!({"active": false}));
    assert_eq!(server.userinfo(&refreshed.access_token).await.status(), 401);
    assert_eq!(server.read_registration(&client).await.status(), 401);
    let pkce = Pkce::new();
    let page = crate::support::Browser::new(&server).open(&server.authorize_url(&client, &pkce, &[])).await;
    assert_eq!((page.status, page.location), (410, None));
}
