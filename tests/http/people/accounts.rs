//! People as operators make, look for, change and remove them.

use reqwest::Method;
use serde_json::{Value, json};

use super::{client, operated, subject};
use crate::support::{Browser, PASSWORD, Pkce, error_of};

/// People in the admin API: made, found, changed and removed; each change is written down.
#[actix_web::test]
async fn a_person_is_made_found_changed_and_removed() {
    let (server, key) = operated().await;
    assert_eq!(server.administer(&key, Method::POST, "/groups", json!({"name": "staff"})).await.0, 201);
    let body = json!({
        "name": "Ada", "email": "Ada@Example.com", "email_verified": true, "password": PASSWORD,
        "claims": {"given_name": "Ada"}, "groups": ["staff"], "requires_second_factor": false,
    });
    let (status, made) = server.administer(&key, Method::POST, "/users", body.clone()).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!((&made["name"], &made["groups"]), (&json!("ada"), &json!(["staff"])));
    assert!(!made.to_string().contains("argon2"), "no hash is shown");
    assert_eq!(server.administer(&key, Method::POST, "/users", body).await.0, 409);
    server.add_user("bob").await;
    for (query, names) in [
        ("text=ADA", vec!["ada"]),
        ("text=example.com", vec!["bob", "ada"]),
        ("text=%25", vec![]),
        ("group=staff", vec!["ada"]),
        ("disabled=true", vec![]),
        ("administrator=false", vec!["bob", "ada"]),
    ] {
        let path = format!("/users?{query}");
        let (status, page) = server.administer(&key, Method::GET, &path, Value::Null).await;
        let found: Vec<_> =
            page["people"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!((status, found), (200, names), "{query}");
    }
    let path = format!("/users/{}", made["subject"].as_str().unwrap());
    let patch = json!({
        "email": "ada@new.example", "claims": {"given_name": null, "family_name": "Lovelace"},
        "requires_second_factor": true, "groups": [],
    });
    let (status, changed) = server.administer(&key, Method::PATCH, &path, patch).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(changed["claims"], json!({"family_name": "Lovelace"}));
    assert_eq!((&changed["email_verified"], &changed["groups"]), (&json!(false), &json!([])));
    assert_eq!(changed["requires_second_factor"], true);
    let (_, shown) = server.administer(&key, Method::GET, &path, Value::Null).await;
    assert_eq!((&shown["has_password"], &shown["factors"]["passkeys"]), (&json!(true), &json!([])));
    assert_eq!(server.administer(&key, Method::DELETE, &path, Value::Null).await.0, 200);
    assert_eq!(server.administer(&key, Method::GET, &path, Value::Null).await.0, 404);
    for kind in ["user_added", "user_changed", "user_removed"] {
        let query = format!("SELECT COUNT(*) AS number FROM audit_events WHERE kind = '{kind}'");
        assert_eq!(server.number(&query), 1 + i64::from(kind == "user_added"), "{kind}");
    }
}

/// T17: with a person goes everything that was issued for them.
#[actix_web::test]
async fn a_removed_person_leaves_nothing_that_works() {
    let (server, key) = operated().await;
    server.add_user("ada").await;
    let party = client(&server, &key, "openid").await;
    let tokens = server.tokens(&party, "ada", "openid").await;
    let path = format!("/users/{}", subject(&server, &key, "ada").await);
    let (status, removed) = server.administer(&key, Method::DELETE, &path, Value::Null).await;
    assert_eq!((status, &removed["sessions"]), (200, &json!(1)), "{removed}");
    assert_eq!(server.userinfo(&tokens.access_token).await.status(), 401);
    assert_eq!(error_of(server.refresh(&party, tokens.refresh()).await).await.1, "invalid_grant");
    let page = Browser::new(&server).authorize(&server.authorize_url(&party, &Pkce::new(), &[]), "ada").await;
    assert!(page.location.is_none() && page.has_form("/login"), "{}", page.text());
}

/// Of a request that is refused nothing is kept: nobody is made, and nothing of them is changed.
#[actix_web::test]
async fn a_refused_request_leaves_everything_as_it_was() {
    let (server, key) = operated().await;
    for wrong in [json!({"groups": ["nowhere"]}), json!({"attributes": {"nothing": 1}})] {
        let mut body = json!({"name": "ada", "password": PASSWORD});
        body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let (status, answer) = server.administer(&key, Method::POST, "/users", body).await;
        assert!(matches!(status, 404 | 422 | 400), "{status} {answer}");
    }
    assert_eq!(server.number("SELECT count(*) AS number FROM users"), 0);
    let root = json!({"name": "root", "password": PASSWORD, "is_administrator": true});
    assert_eq!(server.administer(&key, Method::POST, "/users", root).await.0, 201);
    let path = format!("/users/{}", subject(&server, &key, "root").await);
    let before = server.administer(&key, Method::GET, &path, Value::Null).await;
    for wrong in [
        json!({"is_administrator": false}),
        json!({"groups": ["nowhere"]}),
        json!({"attributes": {"nothing": 1}}),
    ] {
        let mut patch = json!({"email": "root@example.com", "claims": {"name": "Root"}});
        patch.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let (status, answer) = server.administer(&key, Method::PATCH, &path, patch).await;
        assert!((400..500).contains(&status), "{status} {answer}");
        assert_eq!(server.administer(&key, Method::GET, &path, Value::Null).await, before, "{wrong}");
    }
}

/// Nobody locks the last administrator out by mistake: not by removal, not by a switch, not by taking the right.
#[actix_web::test]
async fn the_last_administrator_stays() {
    let (server, key) = operated().await;
    let make = |name: &str| json!({"name": name, "password": PASSWORD, "is_administrator": true});
    assert_eq!(server.administer(&key, Method::POST, "/users", make("root")).await.0, 201);
    let path = format!("/users/{}", subject(&server, &key, "root").await);
    let take = json!({"is_administrator": false});
    assert_eq!(server.administer(&key, Method::DELETE, &path, Value::Null).await.0, 409);
    assert_eq!(server.administer(&key, Method::POST, &format!("{path}/disable"), Value::Null).await.0, 409);
    assert_eq!(server.administer(&key, Method::PATCH, &path, take.clone()).await.0, 409);
    assert_eq!(server.administer(&key, Method::POST, "/users", make("second")).await.0, 201);
    assert_eq!(server.administer(&key, Method::PATCH, &path, take).await.0, 200);
}

/// Who is signed in and what people allow, of one and of everybody, and taken back at once.
#[actix_web::test]
async fn sessions_and_grants_are_listed_and_taken_back() {
    let (server, key) = operated().await;
    server.add_user("ada").await;
    server.add_user("bob").await;
    let party = client(&server, &key, "openid").await;
    let tokens = server.tokens(&party, "ada", "openid").await;
    server.tokens(&party, "bob", "openid").await;
    let count = async |path: String, member: &str| {
        let (status, page) = server.administer(&key, Method::GET, &path, Value::Null).await;
        assert_eq!(status, 200, "{page}");
        page[member].as_array().unwrap().len()
    };
    let of_ada = format!("/users/{}/grants", subject(&server, &key, "ada").await);
    assert_eq!(count("/sessions".to_owned(), "sessions").await, 2);
    assert_eq!(count("/grants".to_owned(), "grants").await, 2);
    assert_eq!(count(of_ada.clone(), "grants").await, 1);
    let (_, revoked) = server.administer(&key, Method::DELETE, &of_ada, Value::Null).await;
    assert_eq!(revoked, json!({"grants": 1, "consents": 1}));
    assert_eq!(count(of_ada, "grants").await, 0);
    assert_eq!(count("/grants".to_owned(), "grants").await, 1);
    assert_eq!(server.userinfo(&tokens.access_token).await.status(), 401);
    assert_eq!(count("/sessions".to_owned(), "sessions").await, 2, "they stay signed in");
}

/// The command line does the same by the same functions.
#[actix_web::test]
async fn the_command_line_looks_after_people() {
    let (server, key) = operated().await;
    server.add_user("ada").await;
    server.add_user("bob").await;
    server.command(&["group", "add", "staff", "--description", "Everybody", "--second-factor"]).await;
    server.command(&["group", "add-member", "staff", "ada"]).await;
    server.command(&["attribute", "add", "department", "--kind", "text", "--scope", "profile"]).await;
    let set = ["user", "set", "ada", "--attribute", "department=Optics", "--second-factor", "true"];
    server.command(&set).await;
    let shown = server.command(&["user", "show", "ada"]).await;
    for part in ["staff", "department=\"Optics\"", "second factor required: yes"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(server.command(&["group", "list"]).await.contains("required"));
    assert!(server.command(&["attribute", "list"]).await.contains("profile"));
    let party = client(&server, &key, "openid").await;
    let access = server.command(&["client", "access", &party.client_id, "--group", "staff"]).await;
    assert!(access.contains("staff"), "{access}");
    server.command(&["client", "access", &party.client_id, "--everybody"]).await;
    assert!(server.command(&["user", "grants", "ada"]).await.contains("no client"));
    server.tokens(&party, "bob", "openid").await;
    let listed: Value = serde_json::from_str(&server.command(&["user", "grants", "--json"]).await).unwrap();
    assert_eq!((&listed[0]["name"], &listed[0]["client_id"]), (&json!("bob"), &json!(party.client_id)));
    let of_client = server.command(&["client", "grants", &party.client_id]).await;
    assert!(of_client.contains("bob"), "{of_client}");
    let id = listed[0]["id"].to_string();
    let ended = "Grants that ended: 1. Consents that are forgotten: 1.";
    assert!(server.command(&["user", "revoke-grants", "--grant", &id]).await.contains(ended));
    for command in [&["client", "revoke-grants", &party.client_id][..], &["user", "revoke-grants", "bob"]] {
        server.tokens(&party, "bob", "openid").await;
        assert!(server.command(command).await.contains(ended), "{command:?}");
    }
    assert!(server.command(&["client", "grants", &party.client_id]).await.contains("Nobody"));
    server.command(&["attribute", "remove", "department"]).await;
    server.command(&["group", "remove", "staff"]).await;
    for name in ["ada", "bob"] {
        server.command(&["user", "delete", name]).await;
    }
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM users"), 0);
}
