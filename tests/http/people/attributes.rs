//! Attributes: what the operator knows of people beside the standard claims.

use grantor::flow::own_attributes::{self, OwnRefusal};
use grantor::flow::{Actor, Failure, Origin};
use reqwest::Method;
use serde_json::{Value, json};

use super::{client, operated, subject};
use crate::support::{Browser, Server, json_of};

async fn add(server: &Server, key: &str, body: Value) -> (u16, Value) {
    server.administer(key, Method::POST, "/attributes", body).await
}

fn department() -> Value {
    json!({"name": "department", "kind": "text", "label": "Department", "claim": "dep", "scopes": ["profile"]})
}

/// Point 5: the scopes of an attribute open its claim, and no others do; without the attribute it is gone.
#[actix_web::test]
async fn an_attribute_is_a_claim_of_its_scopes() {
    let (server, key) = operated().await;
    server.add_user("ada").await;
    assert_eq!(add(&server, &key, department()).await.0, 201);
    server.until(|| !server.means().published().attributes.is_empty()).await;
    let path = format!("/users/{}", subject(&server, &key, "ada").await);
    let patch = json!({"attributes": {"department": "Optics"}});
    let (status, person) = server.administer(&key, Method::PATCH, &path, patch).await;
    assert_eq!((status, &person["attributes"]), (200, &json!({"department": "Optics"})), "{person}");
    let party = client(&server, &key, "openid profile email").await;
    let open = server.tokens(&party, "ada", "openid profile").await;
    let (_, claims) = json_of(server.userinfo(&open.access_token).await).await;
    assert_eq!(claims["dep"], "Optics", "{claims}");
    let shut = server.tokens(&party, "ada", "openid email").await;
    let (_, claims) = json_of(server.userinfo(&shut.access_token).await).await;
    assert!(claims.get("dep").is_none(), "{claims}");
    let discovery = server.well_known("openid-configuration").await;
    assert!(discovery["claims_supported"].as_array().unwrap().contains(&json!("dep")));
    let (_, removed) = server.administer(&key, Method::DELETE, "/attributes/department", Value::Null).await;
    assert_eq!(removed["people"], 1);
    server.until(|| server.means().published().attributes.is_empty()).await;
    let (_, claims) = json_of(server.userinfo(&open.access_token).await).await;
    assert!(claims.get("dep").is_none(), "{claims}");
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM users WHERE attributes = '{}'"), 1);
}

/// Point 5, CVE row 25: no attribute becomes a claim that means something, and none is opened by a scope of the server's own.
#[actix_web::test]
async fn reserved_claims_cannot_be_set() {
    let (server, key) = operated().await;
    server.add_user("ada").await;
    assert_eq!(add(&server, &key, department()).await.0, 201);
    for claim in [
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "auth_time",
        "nonce",
        "acr",
        "amr",
        "azp",
        "at_hash",
        "c_hash",
        "s_hash",
        "sid",
        "client_id",
        "scope",
        "cnf",
        "act",
        "may_act",
        "events",
        "sub_id",
        "active",
        "token_type",
        "username",
        "_claim_names",
        "_claim_sources",
        "groups",
        "email",
        "email_verified",
        "preferred_username",
        "updated_at",
        "name",
        "given_name",
        "address",
        "phone_number",
        "two words",
        "é",
        "dep",
    ] {
        let body = json!({"name": "x", "kind": "text", "claim": claim, "scopes": ["profile"]});
        let (status, problem) = add(&server, &key, body).await;
        assert!(matches!(status, 400 | 409), "{claim}: {problem}");
    }
    for body in [
        json!({"name": "sub", "kind": "text"}),
        json!({"name": "Department", "kind": "text"}),
        json!({"name": "1", "kind": "text"}),
        json!({"name": "a\"b", "kind": "text"}),
        json!({"name": "x", "kind": "date"}),
        json!({"name": "x", "kind": "text", "label": "two\nlines"}),
        json!({"name": "x", "kind": "text", "scopes": ["grantor:admin"]}),
        json!({"name": "x", "kind": "text", "scopes": ["openid"]}),
        json!({"name": "x", "kind": "text", "scopes": ["unknown"]}),
        department(),
    ] {
        let (status, problem) = add(&server, &key, body.clone()).await;
        assert!(matches!(status, 400 | 409), "{body}: {problem}");
    }
    let path = format!("/users/{}", subject(&server, &key, "ada").await);
    for patch in [
        json!({"claims": {"groups": ["admins"]}}),
        json!({"claims": {"sub": "u-1"}}),
        json!({"claims": {"role": "admin"}}),
        json!({"claims": {"phone_number_verified": "true"}}),
        json!({"attributes": {"department": 7}}),
        json!({"attributes": {"unknown": "x"}}),
        json!({"subject": "u-1"}),
    ] {
        let (status, problem) = server.administer(&key, Method::PATCH, &path, patch.clone()).await;
        assert_eq!(status, 400, "{patch}: {problem}");
    }
    assert_eq!(
        server.number("SELECT COUNT(*) AS number FROM users WHERE attributes = '{}' AND claims = '{}'"),
        1
    );
}

/// Point 5: people change what is theirs to change, and nothing else.
#[actix_web::test]
async fn people_change_only_what_they_may() {
    let (server, key) = operated().await;
    server.add_user("ada").await;
    let own = json!({"name": "shirt", "kind": "text", "editable_by_person": true});
    assert_eq!(add(&server, &key, own).await.0, 201);
    assert_eq!(add(&server, &key, department()).await.0, 201);
    let id = server.number("SELECT id AS number FROM users WHERE name = 'ada'");
    let origin = || Origin::local(Actor::User("u-ada".to_owned()));
    let change = |name: &str, text: &str| {
        own_attributes::change(server.means(), id, vec![(name.to_owned(), text.to_owned())], origin())
    };
    change("shirt", "M").await.unwrap();
    for (name, text, refusal) in [
        ("department", "Optics", OwnRefusal::NotTheirs("department".to_owned())),
        ("sub", "u-1", OwnRefusal::NotTheirs("sub".to_owned())),
        ("shirt", "two\nlines", OwnRefusal::WrongKind("shirt".to_owned())),
    ] {
        match change(name, text).await {
            Err(Failure::Refused(found)) => assert_eq!(found, refusal),
            _ => panic!("{name} was changed"),
        }
    }
    let shown = own_attributes::list(server.means(), id).await.unwrap();
    assert_eq!(shown.len(), 1, "what nobody knows and they may not change is not shown");
    assert_eq!((shown[0].name.as_str(), shown[0].shown.as_str()), ("shirt", "M"));
    change("shirt", "").await.unwrap();
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM users WHERE attributes = '{}'"), 1);
}

/// Point 5: the page of one's own further details shows what is known and changes what may be; what is refused keeps what was
/// typed.
#[actix_web::test]
async fn people_change_their_own_on_a_page() {
    let (server, key) = operated().await;
    server.add_user("ada").await;
    let own = json!({"name": "shirt", "kind": "number", "label": "Shirt size", "editable_by_person": true});
    assert_eq!(add(&server, &key, own).await.0, 201);
    assert_eq!(add(&server, &key, department()).await.0, 201);
    server.until(|| server.means().published().attributes.len() == 2).await;
    server.command(&["user", "set", "ada", "--attribute", "department=Optics"]).await;
    let mut browser = Browser::new(&server);
    let path = "/account/attributes";
    let page = browser.open(&server.url(path)).await;
    let page = browser.sign_in(&page, "ada").await;
    assert!(page.text().contains("Optics"), "{}", page.text());
    let page = browser.submit(&page.form(path).with("shirt", "large").with("department", "Sales")).await;
    assert_eq!(page.status, 422);
    assert!(page.html.contains("large") && page.text().contains("Shirt size"), "{}", page.text());
    let page = browser.submit(&page.form(path).with("shirt", "42").with("department", "Sales")).await;
    assert_eq!(page.form(path).value("shirt"), Some("42"), "{}", page.text());
    let query = "SELECT COUNT(*) AS number FROM users WHERE attributes LIKE '%\"department\":\"Optics\"%'";
    assert_eq!(server.number(query), 1);
}
