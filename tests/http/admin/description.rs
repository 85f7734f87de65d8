//! The `OpenAPI` description says what is there.

use std::collections::BTreeSet;

use grantor::flow::administer::api_keys::Rights;
use grantor::web::routes::ROUTES;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Server;

/// Point 12, X09: `OpenAPI` 3.1, for administrators only, with every route and method of the table and no other.
#[actix_web::test]
async fn the_description_has_every_route_and_no_other() {
    let server = Server::start().await;
    let key = server.api_key(Rights::Read, None);
    let (status, description) = server.administer(&key, Method::GET, "/openapi.json", Value::Null).await;
    assert_eq!(status, 200);
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1."), "{}", description["openapi"]);
    assert_eq!(description["security"], json!([{"bearer": []}]));
    let mut described = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path}");
            described.insert((path.clone(), method.to_uppercase()));
        }
    }
    let routes = ROUTES.iter().filter(|route| route.rule.is_api());
    let served: BTreeSet<_> = routes
        .flat_map(|route| route.methods.iter().map(|method| (route.pattern.to_owned(), (*method).to_owned())))
        .collect();
    assert_eq!(described, served);
}

/// U14: no header moves the links.
#[actix_web::test]
async fn headers_do_not_move_the_links() {
    let server = Server::start().await;
    let key = server.api_key(Rights::Read, None);
    for name in ["Host", "X-Forwarded-Host", "Forwarded", "X-Original-Host", "X-Forwarded-Prefix"] {
        let request = server.http.get(server.url("/admin/api/openapi.json")).bearer_auth(&key);
        let text = request.header(name, "evil.example").send().await.unwrap().text().await.unwrap();
        assert!(text.contains(&server.issuer) && !text.contains("evil.example"), "{name}");
    }
}

/// What live answers hold is what their schemas say: the same members, of the said types.
#[actix_web::test]
async fn answers_are_as_described() {
    let server = Server::start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    server.add_user("ada").await;
    let (_, description) = server.administer(&key, Method::GET, "/openapi.json", Value::Null).await;
    let client = server.register_confidential().await;
    server.tokens(&client, "ada", "openid").await;
    let (_, people) = server.administer(&key, Method::GET, "/users", Value::Null).await;
    let ada = format!("/users/{}", people["people"][0]["subject"].as_str().unwrap());
    let id = &client.client_id;
    let resource = "https:%2F%2Fr.example";
    let metadata = json!({"metadata": {"redirect_uris": ["https://client.example/cb"]}});
    for (method, pattern, path, body) in [
        ("get", "/users", "/users".to_owned(), Value::Null),
        ("post", "/users", "/users".to_owned(), json!({"name": "bob"})),
        ("get", "/users/{subject}", ada.clone(), Value::Null),
        ("patch", "/users/{subject}", ada.clone(), json!({"requires_second_factor": false})),
        ("get", "/users/{subject}/grants", format!("{ada}/grants"), Value::Null),
        ("get", "/sessions", "/sessions".to_owned(), Value::Null),
        ("get", "/grants", "/grants".to_owned(), Value::Null),
        ("post", "/groups", "/groups".to_owned(), json!({"name": "staff"})),
        ("get", "/groups", "/groups".to_owned(), Value::Null),
        ("get", "/groups/{name}", "/groups/staff".to_owned(), Value::Null),
        ("put", "/groups/{name}", "/groups/staff".to_owned(), json!({"description": "Everybody"})),
        ("get", "/groups/{name}/members", "/groups/staff/members".to_owned(), Value::Null),
        ("get", "/clients/{client_id}/access", format!("/clients/{id}/access"), Value::Null),
        ("put", "/clients/{client_id}/access", format!("/clients/{id}/access"), json!({"least_acr": "1"})),
        ("post", "/attributes", "/attributes".to_owned(), json!({"name": "department", "kind": "text"})),
        ("get", "/attributes", "/attributes".to_owned(), Value::Null),
        ("delete", "/attributes/{name}", "/attributes/department".to_owned(), Value::Null),
        ("delete", "/groups/{name}", "/groups/staff".to_owned(), Value::Null),
        ("get", "/clients", "/clients".to_owned(), Value::Null),
        ("post", "/clients", "/clients".to_owned(), metadata.clone()),
        ("get", "/clients/{client_id}", format!("/clients/{id}"), Value::Null),
        ("get", "/clients/{client_id}/grants", format!("/clients/{id}/grants"), Value::Null),
        ("put", "/clients/{client_id}", format!("/clients/{id}"), metadata),
        ("post", "/clients/{client_id}/disable", format!("/clients/{id}/disable"), json!({"reason": "x"})),
        ("post", "/clients/{client_id}/disable", format!("/clients/{id}/disable"), json!({"reason": "x"})),
        ("post", "/clients/{client_id}/enable", format!("/clients/{id}/enable"), Value::Null),
        ("delete", "/clients/{client_id}/grants", format!("/clients/{id}/grants"), Value::Null),
        ("delete", "/clients/{client_id}", format!("/clients/{id}?dry_run=true"), Value::Null),
        ("get", "/clients/export", "/clients/export".to_owned(), Value::Null),
        ("post", "/clients/import", "/clients/import?dry_run=true".to_owned(), json!({"clients": []})),
        ("post", "/clients/{client_id}/secret", format!("/clients/{id}/secret"), Value::Null),
        (
            "post",
            "/clients/{client_id}/registration-access-token",
            format!("/clients/{id}/registration-access-token"),
            Value::Null,
        ),
        ("post", "/clients/{client_id}/approve", format!("/clients/{id}/approve"), Value::Null),
        ("post", "/initial-access-tokens", "/initial-access-tokens".to_owned(), json!({"name": "x"})),
        ("get", "/initial-access-tokens", "/initial-access-tokens".to_owned(), Value::Null),
        ("get", "/policies", "/policies".to_owned(), Value::Null),
        ("get", "/statistics", "/statistics".to_owned(), Value::Null),
        ("get", "/audit", "/audit".to_owned(), Value::Null),
        ("get", "/audit/verify", "/audit/verify".to_owned(), Value::Null),
        ("get", "/audit/counts", "/audit/counts".to_owned(), Value::Null),
        ("post", "/clients/sweep", "/clients/sweep?dry_run=true".to_owned(), Value::Null),
        ("post", "/resources", "/resources".to_owned(), json!({"identifier": "https://r.example"})),
        ("get", "/resources", "/resources".to_owned(), Value::Null),
        ("get", "/resources/{id}", format!("/resources/{resource}"), Value::Null),
        (
            "put",
            "/resources/{id}",
            format!("/resources/{resource}"),
            json!({"identifier": "https://r.example"}),
        ),
        ("delete", "/resources/{id}", format!("/resources/{resource}"), Value::Null),
        ("delete", "/clients/{client_id}", format!("/clients/{id}"), Value::Null),
        ("post", "/clients/{client_id}/restore", format!("/clients/{id}/restore"), Value::Null),
        ("delete", "/clients/{client_id}", format!("/clients/{id}"), Value::Null),
        ("get", "/tombstones", "/tombstones".to_owned(), Value::Null),
        ("get", "/clients/{client_id}", format!("/clients/{id}"), Value::Null),
    ] {
        let sent = method.to_uppercase().parse().unwrap();
        let (status, answer) = server.administer(&key, sent, &path, body).await;
        let operation = &description["paths"][format!("/admin/api{pattern}")][method];
        let content = &operation["responses"][status.to_string()]["content"];
        let schema = content.as_object().and_then(|content| content.values().next()).map(|it| &it["schema"]);
        let schema = schema.unwrap_or_else(|| panic!("{method} {pattern}: {status} is not described"));
        check(&description, schema, &answer, &format!("{method} {pattern}"));
    }
}

/// A small reader of JSON Schema: what utoipa writes. A member that no schema names is a fault.
fn check(description: &Value, schema: &Value, value: &Value, place: &str) {
    let known = members(description, schema);
    if !known.is_empty() {
        let object = value.as_object().unwrap_or_else(|| panic!("{place}: no object: {value}"));
        for (name, is_required, inner) in &known {
            match object.get(*name) {
                Some(value) => check(description, inner, value, &format!("{place}.{name}")),
                None => assert!(!is_required, "{place}: {name} is missing in {value}"),
            }
        }
        let extra = object.keys().find(|name| known.iter().all(|(known, ..)| known != name));
        assert!(extra.is_none(), "{place}: {extra:?} is not described");
        return;
    }
    let schema = resolve(description, schema);
    if let Some(options) = schema["oneOf"].as_array() {
        let fits = options.iter().any(|option| option["type"] != "null" || value.is_null());
        assert!(fits, "{place}");
        return;
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert!(types.contains(&found), "{place}: {value} is none of {types:?}");
    if let (Value::Array(items), Some(inner)) = (value, schema.get("items")) {
        for item in items {
            check(description, inner, item, &format!("{place}[]"));
        }
    }
}

fn resolve<'a>(description: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        None => schema,
        Some(reference) => description.pointer(reference.trim_start_matches('#')).unwrap(),
    }
}

/// Every member that the schema names, through `$ref` and `allOf`.
fn members<'a>(description: &'a Value, schema: &'a Value) -> Vec<(&'a str, bool, &'a Value)> {
    let schema = resolve(description, schema);
    let mut found = Vec::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        found.extend(members(description, part));
    }
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name))
    };
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        found.push((name.as_str(), required(name), inner));
    }
    found
}
