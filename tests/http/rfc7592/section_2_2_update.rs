//! RFC 7592 §2.2: the client update request. M04.

use serde_json::{Value, json};

use crate::support::{Browser, Pkce, Registered, Server, body_of, metadata_of};

fn update_of(client: &Registered, members: &Value) -> Value {
    let mut update = json!({"client_id": client.client_id, "redirect_uris": ["https://client.example/cb"]});
    for (name, value) in members.as_object().unwrap() {
        update[name] = value.clone();
    }
    update
}

async fn put(server: &Server, client: &Registered, update: &Value, status: u16) -> Value {
    let response = server.put_registration(client, &client.registration_access_token, update).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    body_of(status, response).await
}

async fn is_unchanged(server: &Server, client: &Registered) -> bool {
    let body = body_of(200, server.read_registration(client).await).await;
    metadata_of(&body) == metadata_of(&client.body)
}

/// M04: an update replaces everything: omitted members go back to their defaults.
#[actix_web::test]
async fn an_update_replaces_everything() {
    let server = Server::start().await;
    let client = server
        .register(json!({
            "redirect_uris": ["https://client.example/cb", "https://client.example/two"], "client_name": "Before",
            "grant_types": ["authorization_code", "refresh_token"], "scope": "openid",
            "token_endpoint_auth_method": "client_secret_post", "logo_uri": "https://client.example/logo.png",
            "contacts": ["ops@client.example"], "default_max_age": 60, "require_auth_time": true, "software_id": "s",
            "application_type": "native", "mcp_version": "2025-06-18",
        }))
        .await;
    let answer = put(&server, &client, &update_of(&client, &json!({})), 200).await;
    let fresh = server.register(json!({"redirect_uris": ["https://client.example/cb"]})).await;
    assert_eq!(metadata_of(&answer), metadata_of(&fresh.body));
    let mut client = client;
    client.registration_access_token = answer["registration_access_token"].as_str().unwrap().to_owned();
    let read = body_of(200, server.read_registration(&client).await).await;
    assert_eq!(metadata_of(&read), metadata_of(&fresh.body));
}

/// registration.md §4: the answer holds ids, address, a token that works and the end of the secret; the ids never change.
#[actix_web::test]
async fn the_answer_holds_what_the_client_needs() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    server.advance(100);
    let answer = put(&server, &client, &update_of(&client, &json!({"client_name": "After"})), 200).await;
    assert_eq!(answer["client_name"], "After");
    for name in ["client_id", "client_id_issued_at", "registration_client_uri", "client_secret_expires_at"] {
        assert_eq!(answer[name], client.body[name], "{name}");
    }
    let token = answer["registration_access_token"].as_str().unwrap();
    let read = server.http.get(&client.registration_client_uri).bearer_auth(token).send().await.unwrap();
    assert_eq!(body_of(200, read).await["client_name"], "After");
}

/// M04: `client_id` is required and must be the one of the path.
#[actix_web::test]
async fn the_client_id_is_required_and_equal() {
    let server = Server::start().await;
    let (client, other) = (server.register_public().await, server.register_public().await);
    let mut without = update_of(&client, &json!({}));
    without.as_object_mut().unwrap().remove("client_id");
    let mut updates = vec![without];
    for id in [
        json!(other.client_id),
        json!("c-unknown"),
        json!(""),
        json!(null),
        json!(7),
        json!([client.client_id]),
    ] {
        updates.push(update_of(&client, &json!({"client_id": id})));
    }
    updates.push(update_of(&client, &json!({"client_id": client.client_id.to_uppercase()})));
    for update in updates {
        let refusal = put(&server, &client, &update, 400).await;
        assert_eq!(refusal["error"], "invalid_client_metadata", "{update}");
        assert!(refusal["error_description"].as_str().unwrap().starts_with("client_id"), "{refusal}");
    }
    assert!(is_unchanged(&server, &client).await && is_unchanged(&server, &other).await);
}

/// M04: the four members that the server sets must not be sent, not even with their true values.
#[actix_web::test]
async fn members_that_the_server_sets_are_refused() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    for name in [
        "registration_access_token",
        "registration_client_uri",
        "client_secret_expires_at",
        "client_id_issued_at",
    ] {
        let update = update_of(&client, &json!({name: client.body[name]}));
        let refusal = put(&server, &client, &update, 400).await;
        assert_eq!(refusal["error"], "invalid_client_metadata");
        assert!(refusal["error_description"].as_str().unwrap().starts_with(name), "{refusal}");
    }
    assert!(is_unchanged(&server, &client).await);
}

/// registration.md §4: a refused update changes nothing, not the token and not the secret either.
#[actix_web::test]
async fn a_refused_update_changes_nothing() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    let before = server.belongings(server.client_row(&client.client_id).unwrap().key);
    for members in [
        json!({"redirect_uris": ["http://client.example/cb"]}),
        json!({"redirect_uris": []}),
        json!({"client_name": 7}),
        json!({"scope": "unknown"}),
        json!({"grant_types": ["client_credentials"]}),
        json!({"token_endpoint_auth_method": "private_key_jwt"}),
        json!({"software_statement": "a.b.c"}),
    ] {
        put(&server, &client, &update_of(&client, &members), 400).await;
    }
    assert!(is_unchanged(&server, &client).await);
    assert_eq!(server.belongings(server.client_row(&client.client_id).unwrap().key), before);
    assert_eq!(server.refresh(&client, "x").await.status(), 400, "the secret still is the client's");
}

/// A client that puts back what it was told, without what the server sets, changes nothing.
#[actix_web::test]
async fn putting_back_what_was_told_changes_nothing() {
    let server = Server::start().await;
    for client in [server.register_public().await, server.register_confidential().await] {
        let answer = put(&server, &client, &update_of(&client, &metadata_of(&client.body)), 200).await;
        assert_eq!(metadata_of(&answer), metadata_of(&client.body));
    }
}

/// What was registered counts from the next request on: the old redirection URI is gone, the new one is good.
#[actix_web::test]
async fn an_update_counts_at_once() {
    let server = Server::start().await;
    let mut client = server.register_public().await;
    let moved =
        json!({"redirect_uris": ["https://client.example/moved"], "token_endpoint_auth_method": "none"});
    put(&server, &client, &update_of(&client, &moved), 200).await;
    let (mut browser, pkce) = (Browser::new(&server), Pkce::new());
    let page = browser.open(&server.authorize_url(&client, &pkce, &[("scope", "openid")])).await;
    assert_eq!((page.status, page.location), (400, None), "A01");
    client.redirect_uri = "https://client.example/moved".to_owned();
    let page = browser.open(&server.authorize_url(&client, &pkce, &[("scope", "openid")])).await;
    assert!(page.has_form("/login"), "{}", page.text());
}

/// D13, X13: one client does not fill the audit log by updates: 120 in a minute, then 429 with `Retry-After`. Others go on.
#[actix_web::test]
async fn updates_of_one_client_are_limited() {
    let server = Server::with().set("GRANTOR_REGISTRATION_ACCESS_TOKEN__ROTATION", "off").start().await;
    let (client, other) = (server.register_public().await, server.register_public().await);
    for number in 0..120 {
        put(&server, &client, &update_of(&client, &json!({"software_version": number.to_string()})), 200)
            .await;
    }
    let update = update_of(&client, &json!({"software_version": "last"}));
    let response = server.put_registration(&client, &client.registration_access_token, &update).await;
    assert_eq!(response.headers()["retry-after"], "60");
    body_of(429, response).await;
    body_of(200, server.read_registration(&client).await).await;
    put(&server, &other, &update_of(&other, &json!({})), 200).await;
    server.advance(60);
    put(&server, &client, &update, 200).await;
}
