//! For whom a client is, in documents of clients: exported, imported and applied.

use reqwest::Method;
use serde_json::{Value, json};

use super::{client, operated};
use crate::support::Server;

async fn access_of(server: &Server, key: &str, client_id: &str) -> Value {
    let path = format!("/clients/{client_id}/access");
    let (status, access) = server.administer(key, Method::GET, &path, Value::Null).await;
    assert_eq!(status, 200, "{access}");
    access
}

async fn bring(server: &Server, key: &str, query: &str, document: &Value) -> (u16, Value) {
    server.administer(key, Method::POST, &format!("/clients/import{query}"), document.clone()).await
}

/// A client that is for some is so where it comes in, and by both doors.
#[actix_web::test]
async fn a_client_goes_along_with_those_whom_it_is_for() {
    let (server, key) = operated().await;
    for name in ["staff", "admins"] {
        server.administer(&key, Method::POST, "/groups", json!({ "name": name })).await;
    }
    let limited = client(&server, &key, "openid").await;
    let open = client(&server, &key, "openid").await;
    let access = json!({"groups": ["staff", "admins"], "least_acr": "2"});
    let path = format!("/clients/{}/access", limited.client_id);
    assert_eq!(server.administer(&key, Method::PUT, &path, access).await.0, 200);
    let wanted = json!({"groups": ["admins", "staff"], "least_acr": "2"});
    let (_, exported) = server.administer(&key, Method::GET, "/clients/export", Value::Null).await;
    assert_eq!(exported["clients"][0]["access"], wanted, "{exported}");
    assert_eq!(exported["clients"][1].get("access"), None, "{exported}");
    let printed: Value = serde_json::from_str(&server.command(&["client", "export"]).await).unwrap();
    assert_eq!(printed, exported);
    let (_, applied) = bring(&server, &key, "?existing=change", &exported).await;
    assert!(applied["clients"].as_array().unwrap().iter().all(|it| it["action"] == "keep"), "{applied}");

    for client in [&limited, &open] {
        let path = format!("/clients/{}", client.client_id);
        assert_eq!(server.administer(&key, Method::DELETE, &path, Value::Null).await.0, 200);
    }
    let (status, made) = bring(&server, &key, "", &exported).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(access_of(&server, &key, &limited.client_id).await, wanted);
    assert_eq!(access_of(&server, &key, &open.client_id).await, json!({"groups": null, "least_acr": null}));
}

/// What is described is put in place, with its event and a preview that says the same; what is not described stays.
#[actix_web::test]
async fn a_document_says_for_whom_a_client_is() {
    let (server, key) = operated().await;
    server.administer(&key, Method::POST, "/groups", json!({ "name": "staff" })).await;
    let plain = json!({"client_id": "wiki", "redirect_uris": ["https://wiki.example/cb"]});
    let with = |access: Value| {
        let mut described = plain.clone();
        described["access"] = access;
        json!({ "clients": [described] })
    };
    let write = |document: &Value| {
        std::fs::write(server.database.folder.path().join("clients.json"), document.to_string()).unwrap();
    };
    let apply = async |document: Value| {
        write(&document);
        let dry = server.command(&["apply", "-f", "clients.json", "--dry-run", "--json"]).await;
        let done: Value =
            serde_json::from_str(&server.command(&["apply", "-f", "clients.json", "--json"]).await).unwrap();
        let mut dry: Value = serde_json::from_str(&dry).unwrap();
        if let Some(secret) = done[0].get("client_secret") {
            dry[0]["client_secret"] = secret.clone();
        }
        assert_eq!(dry, done, "the preview says what happens");
        done[0].clone()
    };
    let open = json!({"groups": null, "least_acr": null});
    let for_staff = json!({"groups": ["staff"], "least_acr": null});
    let strict = json!({"groups": [], "least_acr": "phr"});
    assert_eq!(apply(with(json!({"groups": ["staff"]}))).await["action"], "create");
    assert_eq!(access_of(&server, &key, "wiki").await, for_staff);
    let kept = apply(json!({ "clients": [plain] })).await;
    assert_eq!(
        (&kept["action"], access_of(&server, &key, "wiki").await),
        (&json!("keep"), for_staff.clone())
    );
    let changed = apply(with(strict.clone())).await;
    assert_eq!(changed["changed"], json!({"access": {"from": for_staff, "to": strict}}));
    assert_eq!(access_of(&server, &key, "wiki").await, strict);
    assert_eq!(apply(with(strict.clone())).await["action"], "keep");
    assert_eq!(apply(with(json!({}))).await["action"], "update");
    assert_eq!(access_of(&server, &key, "wiki").await, open);
    let count = |kind: &str| {
        server.number(&format!("SELECT count(*) AS number FROM audit_events WHERE kind = '{kind}'"))
    };
    assert_eq!((count("client_access_changed"), count("client_updated")), (3, 0));
}

/// A group that is not there, or a limit that nobody knows, refuses the whole document by the name of the client: never is a client made
/// for more than it was meant for.
#[actix_web::test]
async fn a_limit_that_cannot_be_kept_refuses_the_document() {
    let (server, key) = operated().await;
    for (access, said) in [
        (json!({"groups": ["staff"]}), "wiki: access: There is no group staff."),
        (json!({"least_acr": "9"}), "wiki: access: least_acr"),
        (json!({"group": ["staff"]}), "wiki: access: unknown field"),
        (json!(null), "wiki: access: "),
        (json!([]), "wiki: access: "),
        (json!({"groups": vec!["staff"; 101]}), "wiki: access: groups"),
    ] {
        let uris = ["https://wiki.example/cb"];
        let document = json!({"clients": [
            {"client_id": "first", "redirect_uris": uris},
            {"client_id": "wiki", "redirect_uris": uris, "access": access},
        ]});
        for query in ["", "?dry_run=true", "?existing=change"] {
            let (status, problem) = bring(&server, &key, query, &document).await;
            assert_eq!(status, 400, "{problem}");
            assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
        }
        assert_eq!(server.count_clients(), 0, "{access}");
    }
}
