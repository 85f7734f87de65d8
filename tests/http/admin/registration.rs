//! Initial access tokens, policies, dry runs, statistics and the audit log through the admin API.

use grantor::flow::administer::api_keys::Rights;
use grantor::flow::audit_seal;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Server, registered};

/// Point 3: a token is shown once, listed without itself, good for its uses, and dead once it is revoked.
#[actix_web::test]
async fn an_initial_access_token_is_issued_listed_and_revoked() {
    let server = Server::start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    let body = json!({"name": "ci", "uses": 2, "lifetime": 3600, "grant_types": ["client_credentials"]});
    let (status, issued) = server.administer(&key, Method::POST, "/initial-access-tokens", body).await;
    assert_eq!(status, 201, "{issued}");
    let token = issued["initial_access_token"].as_str().unwrap();
    let register = || {
        let metadata = json!({"grant_types": ["client_credentials"]});
        server.http.post(server.url("/register")).bearer_auth(token).json(&metadata).send()
    };
    registered(register().await.unwrap()).await;
    let (_, listed) = server.administer(&key, Method::GET, "/initial-access-tokens", Value::Null).await;
    let all = listed["initial_access_tokens"].as_array().unwrap();
    let listed = all.iter().find(|token| token["name"] == "ci").unwrap();
    assert_eq!((&listed["uses_left"], &listed["clients"]), (&json!(1), &json!(1)));
    assert!(listed["issued_by"].as_str().unwrap().starts_with("administrator:api_key:"), "{listed}");
    assert!(!listed.to_string().contains(token));
    let path = format!("/initial-access-tokens/{}", issued["id"]);
    assert_eq!(server.admin(&key, Method::DELETE, &path, None).await.status(), 204);
    assert_eq!(server.admin(&key, Method::DELETE, &path, None).await.status(), 404);
    assert_eq!(register().await.unwrap().status(), 401);
    // Who says nothing gets one use and a day, as on the command line; any number and for ever must be said.
    let issue =
        async |body: Value| server.administer(&key, Method::POST, "/initial-access-tokens", body).await.1;
    let careful = issue(json!({"name": "careful"})).await;
    assert_eq!((&careful["uses"], careful["expires_at"].is_number()), (&json!(1), true), "{careful}");
    let endless = issue(json!({"name": "endless", "uses": null, "lifetime": null})).await;
    assert_eq!((&endless["uses"], &endless["expires_at"]), (&Value::Null, &Value::Null), "{endless}");
    for (name, bad) in [
        ("uses", json!({"uses": 0})),
        ("lifetime", json!({"lifetime": -1})),
        ("scopes", json!({"scopes": ["unknown"]})),
        ("grant_types", json!({"grant_types": ["password"]})),
        ("policy", json!({"policy": "unknown"})),
        ("name", json!({"name": "a\nb"})),
        ("digest", json!({"digest": "x"})),
    ] {
        let (status, problem) = server.administer(&key, Method::POST, "/initial-access-tokens", bad).await;
        assert_eq!(status, 400, "{name}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(name), "{name}: {problem}");
    }
}

/// Point 3: a dry run says what would be kept, changed and refused, writes nothing, and needs no right to write.
#[actix_web::test]
async fn a_dry_run_tells_and_writes_nothing() {
    let server = Server::start().await;
    let key = server.api_key(Rights::Read, None);
    let good = json!({"metadata": {"redirect_uris": ["https://a.example/cb"]}});
    let (status, report) = server.administer(&key, Method::POST, "/registration/dry-run", good).await;
    assert_eq!((status, &report["accepted"]), (200, &json!(true)), "{report}");
    let bad = json!({"metadata": {"redirect_uris": ["javascript:x"], "client_uri": "ftp://x"}});
    let (_, report) = server.administer(&key, Method::POST, "/registration/dry-run", bad).await;
    assert_eq!(report["accepted"], false);
    assert_eq!(report["refusals"][0]["member"], "redirect_uris", "{report}");
    let unknown = json!({"metadata": {}, "policy": "unknown"});
    assert_eq!(server.administer(&key, Method::POST, "/registration/dry-run", unknown).await.0, 400);
    assert_eq!(server.count_clients(), 0);
    let (_, policies) = server.administer(&key, Method::GET, "/policies", Value::Null).await;
    let open = &policies["policies"][0];
    assert_eq!(open["is_default"], true);
    assert_eq!(open["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert!(!open["scopes"].as_str().unwrap().contains("grantor:admin"), "{open}");
}

/// Point 12: an operator sees who still needs dynamic registration, and on which days.
#[actix_web::test]
async fn statistics_count_doors_products_and_days() {
    let server = Server::start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    server.register_public().await;
    let gone = server.register_public().await.client_id;
    let metadata = json!({"metadata": {"redirect_uris": ["https://a.example/cb"]}});
    server.administer(&key, Method::POST, "/clients", metadata).await;
    server.administer(&key, Method::DELETE, &format!("/clients/{gone}"), Value::Null).await;
    server.advance(86_400);
    server.register_public().await;
    let (status, seen) = server.administer(&key, Method::GET, "/statistics", Value::Null).await;
    assert_eq!(status, 200, "{seen}");
    assert_eq!(seen["states"], json!([{"name": "active", "clients": 3}]));
    let sources = json!([{"name": "dynamic", "clients": 2}, {"name": "operator", "clients": 1}]);
    assert_eq!(seen["sources"], sources);
    let of_days: Vec<i64> =
        seen["days"].as_array().unwrap().iter().map(|day| day["registrations"].as_i64().unwrap()).collect();
    assert_eq!(of_days, [3, 1], "clients that are gone among them: {seen}");
    let dynamic = seen["products"].as_array().unwrap().iter().find(|it| it["source"] == "dynamic").unwrap();
    assert_eq!((&dynamic["clients"], &dynamic["used"]), (&json!(2), &json!(0)));
}

/// D14, point 9: a sweep through the admin API says first what it does then.
#[actix_web::test]
async fn a_sweep_does_what_its_preview_said() {
    let server = Server::start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    let client = server.register_public().await.client_id;
    server.advance(86_400 + 1);
    let kept = server.register_public().await.client_id;
    let (status, dry) =
        server.administer(&key, Method::POST, "/clients/sweep?dry_run=true", Value::Null).await;
    assert_eq!((status, &dry["is_done"], &dry["never_used"]), (200, &json!(false), &json!(1)), "{dry}");
    assert_eq!((&dry["clients"][0]["client_id"], server.count_clients()), (&json!(client), 2));
    let misplaced = json!({"dry_run": true});
    for (method, path) in
        [(Method::POST, "/clients/sweep".to_owned()), (Method::DELETE, format!("/clients/{client}"))]
    {
        let (status, problem) = server.administer(&key, method, &path, misplaced.clone()).await;
        assert_eq!((status, server.count_clients()), (400, 2), "what should be dry is not done: {problem}");
    }
    let (status, done) = server.administer(&key, Method::POST, "/clients/sweep", Value::Null).await;
    assert_eq!((status, &done["is_done"], &done["never_used"]), (200, &json!(true), &json!(1)), "{done}");
    assert_eq!(done["is_complete"], json!(true));
    let (_, left) = server.administer(&key, Method::GET, "/clients", Value::Null).await;
    assert_eq!((&left["clients"][0]["client_id"], server.count_clients()), (&json!(kept), 1));
}

/// Point 11: the audit log through the admin API, a page at a time, and its chain verified.
#[actix_web::test]
async fn the_audit_log_is_read_and_verified() {
    let server = Server::start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    let client = server.register_public().await.client_id;
    server.administer(&key, Method::POST, &format!("/clients/{client}/disable"), json!({})).await;
    let path = format!("/audit?client_id={client}&page_size=1");
    let (status, page) = server.administer(&key, Method::GET, &path, Value::Null).await;
    assert_eq!((status, &page["events"][0]["kind"]), (200, &json!("client_disabled")));
    let next = format!("{path}&before_id={}", page["next_before_id"]);
    let (_, page) = server.administer(&key, Method::GET, &next, Value::Null).await;
    assert_eq!(
        (&page["events"][0]["kind"], &page["next_before_id"]),
        (&json!("client_registered"), &Value::Null)
    );
    let (_, none) = server.administer(&key, Method::GET, "/audit?kind=api_key_revoked", Value::Null).await;
    assert_eq!(none["events"], json!([]));
    for bad in ["kind=nothing", "page_size=0", "before_id=x", "since=x", "order=up"] {
        let (status, _) = server.administer(&key, Method::GET, &format!("/audit?{bad}"), Value::Null).await;
        assert_eq!(status, 400, "{bad}");
    }
    let (status, chain) = server.administer(&key, Method::GET, "/audit/verify", Value::Null).await;
    assert_eq!((status, &chain["is_intact"]), (200, &json!(true)), "{chain}");
    let other = format!("/audit/verify?head=1:{}", "0".repeat(64));
    let (status, chain) = server.administer(&key, Method::GET, &other, Value::Null).await;
    assert_eq!((status, &chain["is_intact"]), (200, &json!(false)), "{chain}");
    assert_eq!(server.administer(&key, Method::GET, "/audit/verify?head=x", Value::Null).await.0, 400);

    audit_seal::seal(server.means()).await.unwrap();
    let export = async |query: &str| {
        let answer = server.admin(&key, Method::GET, &format!("/audit/export?{query}"), None).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (_, first) = export("page_size=1").await;
    assert_eq!((first.lines().count(), first.contains("\"sequence\":1")), (1, true), "{first}");
    let (_, rest) = export("after=1").await;
    assert!(rest.contains("client_disabled") && !rest.contains("\"sequence\":1,"), "{rest}");
    assert!(export("format=csv").await.1.starts_with("sequence,at,kind"));
    assert_eq!((export("after=999").await.1, export("format=xml").await.0), (String::new(), 400));
}
