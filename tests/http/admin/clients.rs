//! Clients through the admin API.

use grantor::flow::administer::api_keys::Rights;
use grantor::protocol::client::metadata::GrantType;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ClientKey, Server, tokens};

async fn started() -> (Server, String) {
    let server = Server::start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    (server, key)
}

fn ids(page: &Value) -> Vec<&str> {
    page["clients"].as_array().unwrap().iter().map(|client| client["client_id"].as_str().unwrap()).collect()
}

/// X01, X08: page tokens and sizes are believed by nobody; the pages hold every client once.
#[actix_web::test]
async fn pages_hold_every_client_once_and_garbage_is_refused() {
    let (server, key) = started().await;
    let mut registered = Vec::new();
    for _ in 0..5 {
        registered.insert(0, server.register_public().await.client_id);
    }
    let (mut found, mut query) = (Vec::new(), "?page_size=2".to_owned());
    loop {
        let (status, page) =
            server.administer(&key, Method::GET, &format!("/clients{query}"), Value::Null).await;
        assert_eq!(status, 200, "{page}");
        found.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(token) = page["next_page_token"].as_str() else { break };
        query = format!("?page_size=2&page_token={token}");
    }
    assert_eq!(found, registered);
    for bad in [
        "page_size=0",
        "page_size=-1",
        "page_size=2147483648",
        "page_size=9999999999999999999999",
        "page_size=x",
        "page_token=garbage",
        "page_token=AAAAAAAAAAA",
        "page_token=1%20OR%201=1",
        "page_token=_________38x",
        "state=gone",
        "source=everywhere",
        "used_before=yesterday",
        "never_used=perhaps",
        "unknown=1",
        "text=a&text=b",
    ] {
        let (status, problem) =
            server.administer(&key, Method::GET, &format!("/clients?{bad}"), Value::Null).await;
        assert_eq!(status, 400, "{bad}: {problem}");
        let name = bad.split('=').next().unwrap();
        assert!(problem["detail"].as_str().unwrap().contains(name) || name == "unknown", "{problem}");
    }
}

/// Point 12: clients with filters by source, state and text; what is special in a pattern stands for itself.
#[actix_web::test]
async fn filters_find_what_they_name() {
    let (server, key) = started().await;
    let body = json!({"metadata": {"client_name": "100% Wiki_X", "redirect_uris": ["https://w.example/cb"]}});
    let (_, wiki) = server.administer(&key, Method::POST, "/clients", body).await;
    let loopback = json!({"redirect_uris": ["http://127.0.0.1/cb"], "token_endpoint_auth_method": "none"});
    let other = server.register(loopback).await.client_id;
    let wiki = wiki["client_id"].as_str().unwrap();
    server.administer(&key, Method::POST, &format!("/clients/{other}/disable"), json!({})).await;
    for (query, wanted) in [
        ("source=operator", vec![wiki]),
        ("source=dynamic", vec![other.as_str()]),
        ("state=disabled", vec![&other]),
        ("state=active", vec![wiki]),
        ("state=pending", vec![]),
        ("state=verified", vec![]),
        ("state=unverified&source=operator", vec![wiki]),
        ("text=wIKI", vec![wiki]),
        ("text=100%25", vec![wiki]),
        ("text=i_x", vec![wiki]),
        ("text=i_y", vec![]),
        ("text=w%25i", vec![]),
        ("text=%27", vec![]),
        (&format!("text={other}"), vec![&other]),
        ("never_used=true&source=operator", vec![wiki]),
        ("used_after=0", vec![]),
        ("redirect_host=%25", vec![]),
        ("redirect_host=W.example", vec![wiki]),
        ("redirect_host=localhost", vec![&other]),
        ("redirect_host=loopback", vec![&other]),
        ("product=nothing", vec![]),
    ] {
        let (status, page) =
            server.administer(&key, Method::GET, &format!("/clients?{query}"), Value::Null).await;
        assert_eq!((status, ids(&page)), (200, wanted), "{query}");
    }
}

/// X07: a stranger's U+0000, which PostgreSQL cannot read in JSON, leaves an operator's search as it is.
#[actix_web::test]
async fn no_registration_breaks_the_search() {
    let (server, key) = started().await;
    let mut ids_by_name = Vec::new();
    let mut jwk = ClientKey::es256().jwk.clone();
    (jwk["kid"], jwk["note"]) = (json!("\0"), json!(r"\u0000\"));
    for name in ["plain", r"back\slash", r"\u0000", "quo\"te"] {
        let metadata = json!({
            "client_name": name,
            "redirect_uris": ["https://w.example/cb"],
            "jwks": {"keys": [jwk]},
        });
        let answer = server.register(metadata).await;
        ids_by_name.push((name, answer.client_id));
    }
    for (name, id) in &ids_by_name {
        let text: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let path = format!("/clients?text={text}");
        let (status, page) = server.administer(&key, Method::GET, &path, Value::Null).await;
        assert_eq!((status, ids(&page)), (200, vec![id.as_str()]), "{name}");
    }
}

/// X03: nobody sets what the server sets, and what a route does not know is refused by name.
#[actix_web::test]
async fn members_that_are_not_asked_for_are_refused() {
    let (server, key) = started().await;
    let good = json!({"redirect_uris": ["https://w.example/cb"]});
    let before = server.count_clients();
    for (name, body) in [
        ("client_id", json!({"metadata": {"redirect_uris": ["https://w.example/cb"], "client_id": "mine"}})),
        ("client_secret", json!({"metadata": {"client_secret": "mine"}})),
        ("registration_access_token", json!({"metadata": {"registration_access_token": "mine"}})),
        ("source", json!({"metadata": good, "source": "operator"})),
        ("policy", json!({"metadata": good, "policy": {}})),
        ("metadata", json!({"metadata": "none"})),
        ("metadata", json!({})),
    ] {
        let (status, problem) = server.administer(&key, Method::POST, "/clients", body.clone()).await;
        assert_eq!(status, 400, "{body}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(name), "{body}: {problem}");
        assert_eq!((&problem["status"], &problem["type"]), (&json!(400), &json!("about:blank")));
    }
    let url = server.url("/admin/api/clients");
    let send = |text: &'static str| {
        let request = server.http.post(&url).bearer_auth(&key).header("Content-Type", "application/json");
        request.body(text).send()
    };
    assert_eq!(send(r#"{"metadata":{},"metadata":{}}"#).await.unwrap().status(), 400);
    assert_eq!(send("[]").await.unwrap().status(), 400);
    let oversized = server.http.post(&url).bearer_auth(&key).header("Content-Type", "application/json");
    assert_eq!(oversized.body("x".repeat(65 * 1024)).send().await.unwrap().status(), 413);
    let form = server.http.post(&url).bearer_auth(&key).form(&[("metadata", "x")]).send().await.unwrap();
    assert_eq!(form.status(), 415);
    assert_eq!(server.count_clients(), before);
}

/// Point 1: the admin API passes the one validation, and its refusal has the code of RFC 7591 §3.2.2.
#[actix_web::test]
async fn metadata_pass_the_one_validation_on_create_and_update() {
    let (server, key) = started().await;
    let client = server.register_public().await.client_id;
    for uri in ["javascript:alert(1)", "http://localhost.evil.test/cb", "https://a.example/cb#x"] {
        let body = json!({"metadata": {"redirect_uris": [uri]}});
        for (method, path) in
            [(Method::POST, "/clients".to_owned()), (Method::PUT, format!("/clients/{client}"))]
        {
            let (status, problem) = server.administer(&key, method, &path, body.clone()).await;
            assert_eq!((status, problem["error"].as_str()), (400, Some("invalid_redirect_uri")), "{uri}");
        }
    }
}

/// registration.md §4: no admin edit ever loses the registration access token; §9: an admin edit that blanks it. A client that
/// registered itself gets nothing by it that its policy does not give.
#[actix_web::test]
async fn an_edit_keeps_the_registration_access_token_and_secret() {
    let (server, key) = started().await;
    let client = server.register_confidential().await;
    let path = format!("/clients/{}", client.client_id);
    let body = json!({"metadata": {
        "client_name": "Renamed",
        "redirect_uris": ["https://client.example/cb"],
        "grant_types": ["authorization_code", "client_credentials"],
        "scope": "openid grantor:admin",
    }});
    let (status, edited) = server.administer(&key, Method::PUT, &path, body).await;
    assert_eq!(status, 200, "{edited}");
    assert_eq!(edited["client_secret"], Value::Null);
    assert_eq!(edited["metadata"]["client_name"], "Renamed");
    let read = server.read_registration(&client).await;
    assert_eq!(read.status(), 200);
    let read: Value = read.json().await.unwrap();
    assert_eq!((&read["scope"], &read["grant_types"]), (&json!("openid"), &json!(["authorization_code"])));
    assert_eq!(edited["metadata"]["scope"], read["scope"], "the answer shows what was kept");
    let public = json!({"metadata": {
        "redirect_uris": ["https://client.example/cb"], "token_endpoint_auth_method": "none",
    }});
    let (_, public) = server.administer(&key, Method::PUT, &path, public).await;
    assert_eq!(public["client_secret_expires_at"], Value::Null);
    let again = json!({"metadata": {"redirect_uris": ["https://client.example/cb"]}});
    let (_, again) = server.administer(&key, Method::PUT, &path, again).await;
    assert!(again["client_secret"].is_string(), "a method that needs a secret gets one: {again}");
}

/// Point 9: the receipt of a deletion has the numbers of its preview, and nothing goes before.
#[actix_web::test]
async fn a_preview_and_its_receipt_have_the_same_numbers() {
    let (server, key) = started().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    server.tokens(&client, "ada", "openid").await;
    let path = format!("/clients/{}", client.client_id);
    let dry = format!("{path}?dry_run=true");
    let (status, preview) = server.administer(&key, Method::DELETE, &dry, Value::Null).await;
    assert_eq!((status, &preview["is_done"]), (200, &json!(false)));
    assert_eq!(preview["belongings"]["grants"], 1);
    assert!(server.client_row(&client.client_id).is_some());
    let (status, receipt) = server.administer(&key, Method::DELETE, &path, Value::Null).await;
    assert_eq!((status, &receipt["is_done"]), (200, &json!(true)));
    assert_eq!(preview["belongings"], receipt["belongings"]);
    let (status, _) = server.administer(&key, Method::GET, &path, Value::Null).await;
    assert_eq!(status, 404);
    let (status, _) = server.administer(&key, Method::DELETE, &dry, Value::Null).await;
    assert_eq!(status, 404);
}

/// Point 7 and 12: a `client_id` that is an https address is one segment of the path.
#[actix_web::test]
async fn a_client_id_may_be_an_address() {
    let (server, key) = started().await;
    let client = server.register_public().await.client_id;
    let address = "https://app.example/oauth/client?a=b%2F";
    let update = format!("UPDATE clients SET client_id = '{address}' WHERE client_id = '{client}'");
    assert_eq!(server.execute(&update), 1);
    let segment: String = url::form_urlencoded::byte_serialize(address.as_bytes()).collect();
    let (status, shown) =
        server.administer(&key, Method::GET, &format!("/clients/{segment}"), Value::Null).await;
    assert_eq!((status, &shown["client_id"]), (200, &json!(address)));
    let (status, shown) =
        server.administer(&key, Method::POST, &format!("/clients/{segment}/disable"), json!({})).await;
    assert_eq!((status, &shown["state"]), (200, &json!("disabled")));
}

/// registration.md §5: disabled and enabled again, with a reason for other operators; both are in the audit log with who did it.
#[actix_web::test]
async fn switches_are_written_down() {
    let (server, key) = started().await;
    let client = server.register_public().await.client_id;
    let path = format!("/clients/{client}");
    let reason = json!({"reason": "looks odd"});
    let (status, off) =
        server.administer(&key, Method::POST, &format!("{path}/disable"), reason.clone()).await;
    assert_eq!(
        (status, &off["state"], &off["disabled_reason"]),
        (200, &json!("disabled"), &json!("looks odd"))
    );
    let (status, _) = server.administer(&key, Method::POST, &format!("{path}/disable"), reason).await;
    assert_eq!(status, 409);
    let (status, on) = server.administer(&key, Method::POST, &format!("{path}/enable"), Value::Null).await;
    assert_eq!((status, &on["state"], &on["disabled_reason"]), (200, &json!("active"), &Value::Null));
    for kind in ["client_disabled", "client_enabled"] {
        let query = format!(
            "SELECT COUNT(*) AS number FROM audit_events WHERE kind = '{kind}' AND client_id = '{client}' \
             AND actor LIKE 'administrator:api_key:%' AND request_id IS NOT NULL"
        );
        assert_eq!(server.number(&query), 1, "{kind}");
    }
}

/// Point 12, tokens: who allowed what; taken back, the tokens are dead and the person is asked again.
#[actix_web::test]
async fn grants_are_listed_and_taken_back() {
    let (server, key) = started().await;
    server.add_user("ada").await;
    server.add_user("bob").await;
    let client = server.register_public().await;
    let path = format!("/clients/{}/grants", client.client_id);
    let ada = server.tokens(&client, "ada", "openid profile").await;
    let bob = server.tokens(&client, "bob", "openid").await;
    let (_, listed) = server.administer(&key, Method::GET, &path, Value::Null).await;
    let grants = listed["grants"].as_array().unwrap();
    assert_eq!(grants.len(), 2);
    assert_eq!((&grants[0]["user"], &grants[1]["user"]), (&json!("bob"), &json!("ada")));
    assert_eq!(grants[1]["scopes"], json!(["openid", "profile"]));
    assert!(grants[0]["last_used_at"].is_i64());
    let one = format!("/grants/{}", grants[0]["id"]);
    let (status, revoked) = server.administer(&key, Method::DELETE, &one, Value::Null).await;
    assert_eq!((status, revoked), (200, json!({"grants": 1, "consents": 1})));
    let (status, _) = server.administer(&key, Method::DELETE, &one, Value::Null).await;
    assert_eq!(status, 404);
    let userinfo = |token: String| server.http.get(server.url("/userinfo")).bearer_auth(token).send();
    assert_eq!(userinfo(bob.access_token).await.unwrap().status(), 401);
    assert_eq!(userinfo(ada.access_token.clone()).await.unwrap().status(), 200);
    let (_, revoked) = server.administer(&key, Method::DELETE, &path, Value::Null).await;
    assert_eq!(revoked, json!({"grants": 1, "consents": 1}));
    assert_eq!(userinfo(ada.access_token).await.unwrap().status(), 401);
    let (_, listed) = server.administer(&key, Method::GET, &path, Value::Null).await;
    assert_eq!(listed, json!({"grants": []}));
}

/// What an operator gives a client of an operator counts, on create and update alike.
#[actix_web::test]
async fn an_operators_client_has_what_it_was_given() {
    let (server, key) = started().await;
    let machine = server.operators_client(&key, &[GrantType::ClientCredentials], "openid").await;
    let path = format!("/clients/{}", machine.client_id);
    let metadata = json!({"grant_types": ["client_credentials"], "scope": "grantor:admin"});
    let (status, edited) = server.administer(&key, Method::PUT, &path, json!({"metadata": metadata})).await;
    assert_eq!(status, 200, "{edited}");
    let grant = [("grant_type", "client_credentials"), ("scope", "grantor:admin")];
    let token = tokens(server.token_request(&machine, &grant).send().await.unwrap()).await.access_token;
    assert_eq!(server.admin(&token, Method::GET, "/clients", None).await.status(), 200);
    let narrowed = json!({"metadata": {"grant_types": ["client_credentials"], "scope": "openid"}});
    assert_eq!(server.administer(&key, Method::PUT, &path, narrowed).await.0, 200);
    assert_eq!(server.token_request(&machine, &grant).send().await.unwrap().status(), 400);
}

/// Points 4, 5 and 9: a removed client comes back under its id with new secrets; a secret and a token are given anew.
#[actix_web::test]
async fn a_client_is_restored_and_gets_new_secrets() {
    let (server, key) = started().await;
    let client = server.register_confidential().await;
    let path = format!("/clients/{}", client.client_id);
    assert_eq!(server.administer(&key, Method::POST, &format!("{path}/restore"), Value::Null).await.0, 409);
    assert_eq!(server.administer(&key, Method::DELETE, &path, Value::Null).await.0, 200);
    let (_, stones) = server.administer(&key, Method::GET, "/tombstones", Value::Null).await;
    assert_eq!(stones["tombstones"][0]["client_id"], client.client_id.as_str());
    let (status, back) = server.administer(&key, Method::POST, &format!("{path}/restore"), Value::Null).await;
    assert_eq!((status, &back["client_id"]), (200, &json!(client.client_id)));
    assert_ne!(back["client_secret"], client.body["client_secret"]);
    let read = |token: String| server.http.get(&client.registration_client_uri).bearer_auth(token).send();
    let restored = back["registration_access_token"].as_str().unwrap().to_owned();
    assert_eq!(read(client.registration_access_token.clone()).await.unwrap().status(), 401);
    assert_eq!(read(restored.clone()).await.unwrap().status(), 200);
    let recovery = format!("{path}/registration-access-token");
    let (status, fresh) = server.administer(&key, Method::POST, &recovery, Value::Null).await;
    assert_eq!((status, &fresh["registration_client_uri"]), (200, &json!(client.registration_client_uri)));
    assert_eq!(read(restored).await.unwrap().status(), 401);
    let token = fresh["registration_access_token"].as_str().unwrap().to_owned();
    assert_eq!(read(token).await.unwrap().status(), 200);
    let (status, secret) =
        server.administer(&key, Method::POST, &format!("{path}/secret?overlap=0"), Value::Null).await;
    assert_eq!((status, &secret["previous_expires_at"]), (200, &Value::Null));
    let public = server.register_public().await.client_id;
    let (status, _) =
        server.administer(&key, Method::POST, &format!("/clients/{public}/secret"), Value::Null).await;
    assert_eq!(status, 409);
    for overlap in ["-1", "x", "99999999999"] {
        let path = format!("{path}/secret?overlap={overlap}");
        assert_eq!(server.administer(&key, Method::POST, &path, Value::Null).await.0, 400, "{overlap}");
    }
}

/// Point 3: a pending client is approved once.
#[actix_web::test]
async fn a_pending_client_is_approved_once() {
    let server =
        Server::with().set("GRANTOR_REGISTRATION__POLICY", r#"{"approval_required": true}"#).start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    let client = server.register_public().await.client_id;
    let (_, page) = server.administer(&key, Method::GET, "/clients?state=pending", Value::Null).await;
    assert_eq!(ids(&page), [client.as_str()]);
    let path = format!("/clients/{client}/approve");
    let (status, approved) = server.administer(&key, Method::POST, &path, Value::Null).await;
    assert_eq!((status, &approved["state"]), (200, &json!("active")));
    assert_eq!(server.administer(&key, Method::POST, &path, Value::Null).await.0, 409);
    let unknown = server.administer(&key, Method::POST, "/clients/unknown/approve", Value::Null).await;
    assert_eq!(unknown.0, 404);
}

/// Point 1 and 12: what is exported comes in again unchanged; an import is whole or nothing, and its preview says the same.
#[actix_web::test]
async fn an_export_comes_in_again_and_an_import_is_whole() {
    let (server, key) = started().await;
    let by_itself = server.register_confidential().await.client_id;
    server.operators_client(&key, &[GrantType::ClientCredentials], "openid").await;
    // The client that introspects for a resource is made with it there, and would not come in.
    let resource = json!({"identifier": "https://mcp.example.com/mcp"});
    assert_eq!(server.administer(&key, Method::POST, "/resources", resource).await.0, 201);
    let (status, export) = server.administer(&key, Method::GET, "/clients/export", Value::Null).await;
    assert_eq!((status, export["clients"].as_array().unwrap().len()), (200, 1), "{export}");
    assert!(!export.to_string().contains("client_secret\""), "{export}");
    let dynamic = server.administer(&key, Method::GET, "/clients/export?source=dynamic", Value::Null).await.1;
    assert_eq!(dynamic["clients"][0]["client_id"], json!(by_itself));
    for (path, body, status) in [
        ("/clients/import", &export, 409),
        ("/clients/import?existing=refuse", &export, 409),
        ("/clients/import?existing=change", &dynamic, 409),
        ("/clients/import?existing=yes", &export, 400),
        ("/clients/export?source=document", &Value::Null, 400),
    ] {
        let method = if body.is_null() { Method::GET } else { Method::POST };
        let (answered, problem) = server.administer(&key, method, path, body.clone()).await;
        assert_eq!(answered, status, "{path}: {problem}");
    }
    let (status, same) =
        server.administer(&key, Method::POST, "/clients/import?existing=change", export.clone()).await;
    assert_eq!((status, &same["clients"][0]["action"]), (200, &json!("keep")), "{same}");

    let elsewhere = Server::start().await;
    let other_key = elsewhere.api_key(Rights::ReadWrite, None);
    let import = async |query: &str, body: &Value| {
        elsewhere.administer(&other_key, Method::POST, &format!("/clients/import{query}"), body.clone()).await
    };
    let dry = import("?dry_run=true", &export).await.1;
    assert_eq!((&dry["is_done"], elsewhere.count_clients()), (&json!(false), 0));
    let done = import("", &export).await.1;
    assert_eq!(dry["clients"][0]["action"], done["clients"][0]["action"]);
    assert!(done["clients"][0]["client_secret"].is_string(), "{done}");
    let again = elsewhere.administer(&other_key, Method::GET, "/clients/export", Value::Null).await.1;
    assert_eq!(again, export);
    let good = json!({"client_id": "good", "redirect_uris": ["https://a.example/cb"]});
    for (name, bad, status) in [
        ("bad: redirect_uris", json!({"client_id": "bad", "redirect_uris": ["javascript:x"]}), 400),
        ("client_id", json!({"client_id": "https://a.example/x"}), 400),
        ("client_id", json!({"redirect_uris": ["https://a.example/cb"]}), 400),
        ("client_id", json!({"client_id": "..", "redirect_uris": ["https://a.example/cb"]}), 400),
        ("client_secret", json!({"client_id": "bad", "client_secret": "mine"}), 400),
        ("already", export["clients"][0].clone(), 409),
    ] {
        let (answered, problem) = import("", &json!({"clients": [good, bad]})).await;
        assert_eq!(answered, status, "{name}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(name), "{name}: {problem}");
        assert_eq!(elsewhere.count_clients(), 1, "{name}: the good one before it stays out, too");
    }
}
