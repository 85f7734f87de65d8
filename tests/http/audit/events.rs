//! X05: every change of the registry has its event, with who made it, from where, and under which request.

use grantor::flow::EventKind;
use grantor::storage::audit_events::StoredEvent;
use serde_json::{Value, json};

use super::{seal_all, sealed};
use crate::support::{Browser, PASSWORD, Pkce, Server};

fn of_kind<'a>(events: &'a [StoredEvent], kind: &str) -> Vec<&'a StoredEvent> {
    events.iter().filter(|event| event.kind == kind).collect()
}

/// What an operator does at the command line.
async fn operate(server: &Server, client: &str, initial_access_token: &str) {
    let input = format!("{PASSWORD}\n");
    server
        .command_with(&["user", "add", "bob", "--email", "bob@example.com", "--password-stdin"], &input)
        .await;
    let json = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    for arguments in [
        &["user", "set", "bob", "--claim", "given_name=Bob"][..],
        &["user", "sign-out", "bob"],
        &["user", "disable", "bob"],
        &["user", "enable", "bob"],
        &["client", "disable", client],
        &["client", "enable", client],
        &["client", "rotate-secret", client],
        &["client", "registration-access-token", client],
        &["client", "delete", client],
        &["client", "restore", client],
        &["initial-access-token", "revoke", initial_access_token],
        &["key", "rotate", "--algorithm", "ES256"],
        &["resource", "add", "https://mcp.example/"],
        &["resource", "delete", "https://mcp.example/"],
    ] {
        server.command(arguments).await;
    }
    server
        .command_with(&["user", "password", "bob", "--password-stdin"], "another horse battery staple")
        .await;
    let added = ["client", "add", "--name", "Reports", "--grant", "client_credentials", "--json"];
    json(server.command(&added).await);
    let key = json(server.command(&["api-key", "add", "inventory", "--rights", "read", "--json"]).await);
    server.command(&["api-key", "revoke", &key["id"].to_string()]).await;
}

/// One of each kind that a person, a client or an operator can bring about; the list names those that only time, an
/// operator's policy or a document brings about, which are tested where they happen.
#[actix_web::test]
async fn every_change_of_the_registry_has_its_event() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_confidential().await;
    let update = json!({"client_id": client.client_id, "redirect_uris": [client.redirect_uri]});
    let updated = server.put_registration(&client, &client.registration_access_token, &update).await;
    let updated: Value = updated.json().await.unwrap();
    let token = updated["registration_access_token"].as_str().unwrap();
    assert_eq!(server.put_registration(&client, token, &update).await.status(), 200);
    // The first one is dead by now.
    assert_eq!(server.read_registration(&client).await.status(), 401);
    let public = server.register_public().await;
    let mut browser = Browser::new(&server);
    let url = server.authorize_url(&public, &Pkce::new(), &[("scope", "openid")]);
    browser.allow(&url, "ada").await;
    assert_eq!(server.delete_registration(&public).await.status(), 204);
    let issued = server.command(&["initial-access-token", "issue", "--json"]).await;
    let issued: Value = serde_json::from_str(&issued).unwrap();
    let request = server.http.post(server.url("/register"));
    let request = request.bearer_auth(issued["initial_access_token"].as_str().unwrap());
    let body = json!({"redirect_uris": ["https://client.example/cb"]});
    assert_eq!(request.json(&body).send().await.unwrap().status(), 201);
    operate(&server, &client.client_id, &issued["id"].to_string()).await;

    seal_all(&server).await;
    let events = sealed(&server).await;
    let elsewhere = [
        "client_removed",
        "client_approved",
        "client_document_changed",
        "registration_access_token_recovered",
        "consent_revoked",
        "resource_changed",
        // What people do about their own accounts, and operators about people: the tests of those parts.
        "account_link_issued",
        "account_link_revoked",
        "attribute_added",
        "attribute_changed",
        "attribute_removed",
        "client_access_changed",
        "email_changed",
        "email_retried",
        "factor_added",
        "factor_removed",
        "group_added",
        "group_changed",
        "group_member_added",
        "group_member_removed",
        "group_removed",
        "recovery_code_used",
        "recovery_codes_made",
        "sign_in_blocked",
        "sign_in_unblocked",
        "upstream_linked",
        "upstream_provider_added",
        "upstream_provider_changed",
        "upstream_provider_removed",
        "upstream_unlinked",
        "user_removed",
    ];
    for kind in EventKind::ALL {
        let name = kind.as_str();
        let happened = !of_kind(&events, name).is_empty();
        assert!(happened || elsewhere.contains(&name), "nothing wrote {name}");
    }
    let registered = of_kind(&events, "client_registered");
    let first = registered.first().unwrap();
    assert_eq!(
        (first.actor.as_str(), first.client_id.as_deref()),
        ("anonymous", Some(client.client_id.as_str()))
    );
    assert!(
        first.address.is_some() && first.request_id.as_ref().is_some_and(|id| id.len() == 36),
        "{first:?}"
    );
    assert!(first.details.contains("client.example"), "{}", first.details);
    let token_id = issued["id"].to_string();
    assert!(registered.iter().any(|event| event.actor == format!("initial_access_token:{token_id}")));
    assert!(
        registered.iter().any(|event| event.actor.starts_with("command_line:") && event.address.is_none())
    );
    let updates = of_kind(&events, "client_updated");
    assert!(updates.iter().all(|event| event.actor == format!("client:{}", client.client_id)), "{updates:?}");
    let [signed_in] = of_kind(&events, "signed_in")[..] else { panic!("one sign-in") };
    assert!(signed_in.actor.starts_with("user:u-"), "{}", signed_in.actor);
    for event in &events {
        let details: Value = serde_json::from_str(&event.details).unwrap();
        assert!(details.is_object(), "{event:?}");
    }
}

/// The number of a request in an event is the one that its answer has and the log names.
#[actix_web::test]
async fn an_event_names_its_request() {
    let server = Server::with().set("GRANTOR_TRUSTED_PROXIES", "127.0.0.1, ::1").start().await;
    let request = server.http.post(server.url("/register")).header("x-forwarded-for", "203.0.113.9");
    let body = json!({"redirect_uris": ["https://client.example/cb"]});
    let answer = request.json(&body).send().await.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    seal_all(&server).await;
    let events = sealed(&server).await;
    let [event] = of_kind(&events, "client_registered")[..] else { panic!("one registration") };
    assert_eq!(
        (event.request_id.as_deref(), event.address.as_deref()),
        (Some(id.as_str()), Some("203.0.113.9"))
    );
}
