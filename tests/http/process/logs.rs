//! What operators see: log lines, request ids, numbers. Never a secret.

use std::net::TcpListener;

use serde_json::Value;

use super::{Process, set};
use crate::support::{Browser, PASSWORD, Pkce, authorize_url_at, basic, query_of, tokens};

/// Everything that a client, a person or an operator must keep to themselves.
async fn a_life_with_secrets(process: &Process) -> Vec<String> {
    let server = &process.server;
    process.add_user("ada").await;
    let machine = process.register_machine().await;
    let client = server.register_confidential().await;
    let pkce = Pkce::new();
    let mut browser = Browser::new(server);
    let url = authorize_url_at(
        &server.address,
        &client,
        &pkce,
        &[("scope", "openid offline_access"), ("state", "planted-state")],
    );
    let page = browser.open(&url).await;
    let wrong = page.form("/login").with("name", "ada").with("password", "planted-wrong-password");
    browser.submit(&wrong).await;
    let location = browser.allow(&url, "ada").await;
    let code = query_of(&location, "code").unwrap();
    let issued = tokens(server.exchange(&client, &code, &pkce).await).await;
    let next = tokens(server.refresh(&client, issued.refresh()).await).await;
    server.exchange(&client, &code, &pkce).await;
    server.userinfo(&next.access_token).await;
    server.http.get(server.url("/userinfo?access_token=planted-in-a-query")).send().await.unwrap();
    server.introspect(&machine, &issued.access_token).await;
    server.revoke(&client, next.refresh()).await;
    server.read_registration(&client).await;
    server.delete_registration(&client).await;
    let of_machine = server.machine_token(&machine).await;
    let mut secrets = vec![
        code,
        pkce.verifier,
        PASSWORD.to_owned(),
        basic(&client),
        client.client_secret.unwrap(),
        client.registration_access_token,
        machine.client_secret.unwrap(),
        machine.registration_access_token,
        issued.access_token.clone(),
        issued.refresh().to_owned(),
        issued.id_token.clone().unwrap(),
        next.access_token.clone(),
        next.refresh().to_owned(),
        of_machine.access_token,
        "KioqKioqKioq".to_owned(),
    ];
    secrets.extend(["planted-wrong-password", "planted-in-a-query", "planted-state"].map(str::to_owned));
    secrets.extend(browser.cookies.into_values());
    secrets
}

fn contains_none(text: &str, secrets: &[String], what: &str) {
    for secret in secrets {
        assert!(!secret.is_empty() && !text.contains(secret.as_str()), "{what} hold {secret}");
    }
}

/// X05, X06: every line is JSON by itself, names the request that the client was told, and no secret is in any of them.
#[actix_web::test]
async fn json_lines_name_the_request_and_no_secret() {
    let process =
        Process::start(set(&[("GRANTOR_LOG__FORMAT", "json"), ("GRANTOR_LOG__FILTER", "trace")])).await;
    let secrets = a_life_with_secrets(&process).await;
    let hostile = "/%0a%7b%22forged%22:1%7d%1b%5b2J?x=%0a";
    let answer = process.server.http.get(process.server.url(hostile)).header("user-agent", "a\tb").send();
    let answer = answer.await.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let mut lines = Vec::new();
    for line in process.log().lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(
            line["level"].is_string() && line["timestamp"].is_string() && line.get("forged").is_none(),
            "{line}"
        );
        lines.push(line);
    }
    let of_request = lines.iter().find(|line| line["span"]["request_id"] == id.as_str());
    let of_request = of_request.unwrap_or_else(|| panic!("no line of request {id}"));
    assert_eq!(of_request["span"]["method"], "GET");
    contains_none(&process.log(), &secrets, "log lines");
}

/// X06: a text log is lines without control characters, whatever a client sends.
#[actix_web::test]
async fn text_lines_hold_no_control_characters() {
    let process = Process::start(set(&[("GRANTOR_LOG__FILTER", "trace")])).await;
    let secrets = a_life_with_secrets(&process).await;
    let hostile = "/%0aERROR%20forged%1b%5b2J%c2%9b%e2%80%a8?x=%0a";
    process.server.http.get(process.server.url(hostile)).send().await.unwrap();
    let log = process.log();
    assert!(!log.contains(|odd: char| odd.is_control() && odd != '\n'), "{log:?}");
    assert!(!log.lines().any(|line| line.starts_with("ERROR")), "{log}");
    contains_none(&log, &secrets, "log lines");
}

/// Every answer has an id of its own, whether it is a page, a document, a refusal or nothing at all.
#[actix_web::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let process = Process::start(Vec::new()).await;
    let mut ids = std::collections::BTreeSet::new();
    let paths = [
        "/",
        "/healthz",
        "/readyz",
        "/jwks.json",
        "/authorize",
        "/nothing",
        "/register/x",
        "/userinfo",
        "/login",
    ];
    for path in paths {
        let request = process.server.http.get(process.server.url(path));
        let answer = request.header("x-request-id", "chosen-by-a-stranger").send().await.unwrap();
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_ne!(id, "chosen-by-a-stranger", "{path}");
        assert!(ids.insert(id), "{path}");
        assert!(answer.headers().get("server").is_none() && answer.headers().get("x-powered-by").is_none());
    }
}

/// X09: the numbers are on a listener of their own, which serves nothing else, and hold no secret.
#[actix_web::test]
async fn metrics_are_on_a_listener_of_their_own() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let process = Process::start(set(&[("GRANTOR_METRICS__LISTEN", &address)])).await;
    let secrets = a_life_with_secrets(&process).await;
    let http = &process.server.http;
    let answer = http.get(format!("http://{address}/metrics")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let numbers = answer.text().await.unwrap();
    for name in
        ["http_requests_total", "oauth_tokens_issued_total", "oauth_code_replay_total 1", "panics_total 0"]
    {
        assert!(numbers.contains(name), "no {name} in {numbers}");
    }
    contains_none(&numbers, &secrets, "metrics");
    for path in ["/", "/token", "/jwks.json", "/healthz"] {
        let answer = http.get(format!("http://{address}{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path} on the listener for metrics");
    }
    for path in ["/metrics", "/debug", "/debug/pprof", "/openapi.json", "/actuator"] {
        let answer = http.get(process.server.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path} on the listener for the world");
    }
}
