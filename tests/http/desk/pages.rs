//! What the pages of the desk do, and what they never do. Security statements X03, X05 and X08.

use reqwest::Method;
use serde_json::{Value, json};

use super::{at_the_desk, happened, open};
use crate::support::Server;

fn text_between<'a>(html: &'a str, before: &str, after: &str) -> &'a str {
    html.split(before).nth(1).and_then(|rest| rest.split(after).next()).unwrap_or_default()
}

/// A client is made, shown, changed, disabled, enabled and removed; its secret is shown once, and the audit log says who did it.
#[actix_web::test]
async fn a_client_lives_and_dies_at_the_desk() {
    let (server, mut browser) = at_the_desk().await;
    let form = open(&server, &mut browser, "/admin/new-client").await.form("/new-client");
    let wrong = form.clone().with("client_name", "Weather").with("redirect_uris", "http://plain.example/cb");
    let refused = browser.submit(&wrong.with("kind", "web")).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.html.contains("value=\"Weather\"") && refused.html.contains("http://plain.example/cb"));
    assert!(refused.html.contains("role=\"alert\"") && refused.html.contains("<title>Error: "));
    let good = form.with("client_name", "Weather").with("redirect_uris", "https://weather.example/cb");
    let made = browser.submit(&good.with("kind", "web").with("scope", "openid")).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let secret = text_between(&made.html, "<strong>client_secret</strong> <code>", "</code>").to_owned();
    assert!(secret.len() > 30, "{}", made.html);
    assert!(!text_between(&made.html, "<title>", "</title>").contains(&secret));
    let event = happened(&server, "client_registered").await.remove(0);
    assert!(event["actor"].as_str().unwrap().starts_with("administrator:u-"), "{event}");
    let client_id = event["client_id"].as_str().unwrap().to_owned();
    let path = format!("/admin/clients/{client_id}");
    let shown = open(&server, &mut browser, &path).await;
    assert!(shown.text().contains("Weather") && !shown.html.contains(&secret), "the secret is shown once");
    let listed =
        open(&server, &mut browser, "/admin/clients?text=weath&source=operator&state=active&use=never").await;
    assert!(listed.html.contains(&client_id));
    let others = open(&server, &mut browser, "/admin/clients?source=dynamic").await;
    assert!(!others.html.contains(&client_id));
    let form = open(&server, &mut browser, &format!("{path}/disable")).await.form("/disable");
    assert_eq!(browser.submit(&form.with("reason", "abused")).await.status, 200);
    let shown = open(&server, &mut browser, &path).await;
    assert!(shown.text().contains("Disabled") && shown.text().contains("abused"));
    let form = open(&server, &mut browser, &format!("{path}/enable")).await.form("/enable");
    assert_eq!(browser.submit(&form).await.status, 200);
    let form = open(&server, &mut browser, &format!("{path}/secret")).await.form("/secret");
    let again = browser.submit(&form).await;
    let second = text_between(&again.html, "<strong>client_secret</strong> <code>", "</code>");
    assert!(second.len() > 30 && second != secret);
    let preview = open(&server, &mut browser, &format!("{path}/delete")).await;
    assert!(preview.text().contains("What goes with it"), "{}", preview.text());
    assert_eq!(browser.submit(&preview.form("/delete")).await.status, 200);
    assert_eq!(browser.open(&server.url(&path)).await.status, 404);
    assert_eq!(happened(&server, "client_deleted").await.len(), 1);
    for secret in [&secret, second] {
        assert!(!server.dump().iter().any(|row| row.contains(secret)), "a secret is in the database");
    }
}

/// A removed client comes back with new secrets; a pending one is approved.
#[actix_web::test]
async fn a_client_is_restored_and_approved() {
    let (server, mut browser) = at_the_desk().await;
    let client = server.register_confidential().await;
    let path = format!("/admin/clients/{}/delete", client.client_id);
    let form = open(&server, &mut browser, &path).await.form("/delete");
    assert_eq!(browser.submit(&form).await.status, 200);
    let removed = open(&server, &mut browser, "/admin/removed-clients").await;
    let path = format!("/admin/removed-clients/{}/restore", client.client_id);
    assert!(removed.html.contains(&path), "{}", removed.text());
    let form = open(&server, &mut browser, &path).await.form("/restore");
    let restored = browser.submit(&form).await;
    assert!(restored.html.contains("<strong>client_secret</strong>"), "{}", restored.text());
    assert!(server.client_row(&client.client_id).is_some());
    let waiting = server.register_public().await;
    server.set_pending(&waiting, true);
    assert!(
        open(&server, &mut browser, "/admin").await.text().contains("One client waits for your approval")
    );
    let path = format!("/admin/clients/{}/approve", waiting.client_id);
    let form = open(&server, &mut browser, &path).await.form("/approve");
    let shown = browser.submit(&form).await;
    assert!(
        shown.text().contains("The change is made.") && shown.text().contains("Active"),
        "{}",
        shown.text()
    );
}

/// X03: what the server sets cannot be sent along, in a form or in metadata.
#[actix_web::test]
async fn what_the_server_sets_cannot_be_sent() {
    let (server, mut browser) = at_the_desk().await;
    let form = open(&server, &mut browser, "/admin/new-client").await.form("/new-client");
    let form =
        form.with("client_name", "X").with("redirect_uris", "https://x.example/cb").with("kind", "public");
    let made = browser.submit(&form.with("client_id", "chosen").with("source", "dynamic")).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let event = happened(&server, "client_registered").await.remove(0);
    let client_id = event["client_id"].as_str().unwrap();
    assert!(client_id.starts_with("c-") && event["details"]["source"] == "operator", "{event}");
    let path = format!("/admin/clients/{client_id}/edit");
    let form = open(&server, &mut browser, &path).await.form("/edit");
    for metadata in [
        json!({"client_id": "chosen", "redirect_uris": ["https://x.example/cb"]}).to_string(),
        json!({"client_secret": "chosen", "redirect_uris": ["https://x.example/cb"]}).to_string(),
        "no json".to_owned(),
        "[]".to_owned(),
    ] {
        let refused = browser.submit(&form.clone().with("metadata", &metadata)).await;
        assert_eq!(refused.status, 422, "{metadata}");
    }
    let good = json!({"client_name": "Y", "redirect_uris": ["https://x.example/new"], "token_endpoint_auth_method": "none"});
    let put = browser.submit(&form.with("metadata", &good.to_string())).await;
    assert!(put.status == 200 && put.text().contains("https://x.example/new"), "{}", put.text());
}

/// X08: numbers and tokens of pages that are none do no harm.
#[actix_web::test]
async fn odd_numbers_are_refused_or_ignored() {
    let (server, mut browser) = at_the_desk().await;
    for path in [
        "/admin/clients?page_token=x",
        "/admin/clients?page_token=AAAAAAAAAAA",
        "/admin/clients?state=x&source=y&use=z",
        "/admin/clients?text=%25%00%27",
        "/admin/clients?text=a&text=b",
        "/admin/audit?before_id=-1",
        "/admin/audit?before_id=99999999999999999999",
        "/admin/audit?since=x&until=9999-99-99&kind=none",
        "/admin/audit/verify?head=x",
        "/admin/audit/export?format=x",
        "/admin/resources/%2e%2e",
        "/admin/clients/%00",
    ] {
        let page = browser.open(&server.url(path)).await;
        assert!(page.status < 500, "{path}: {}", page.status);
    }
    let form = open(&server, &mut browser, "/admin/registration/tokens/new").await.form("/tokens/new");
    for (field, value) in [
        ("uses", "0"),
        ("uses", "-1"),
        ("uses", "9223372036854775808"),
        ("uses", "x"),
        ("lifetime", "0"),
        ("lifetime", "-5"),
        ("lifetime", "9223372036854775807"),
        ("policy", "none"),
        ("scopes", "unknown"),
        ("grant_types", "client_credentials implicit"),
    ] {
        let page = browser.submit(&form.clone().with(field, value)).await;
        assert_eq!(page.status, 422, "{field} = {value}");
    }
    assert_eq!(
        server.number(
            "SELECT count(*) AS number FROM initial_access_tokens WHERE issued_by LIKE 'administrator:%'"
        ),
        0
    );
    let lost = browser
        .send(Method::POST, &server.url("/admin/registration/tokens/x/revoke"), Some(Vec::new()))
        .await;
    assert!(lost.status().is_client_error());
}

/// Registration: mode, tokens that are issued once and revoked, refusals with their reasons, a try, and the sweep with its preview.
#[actix_web::test]
async fn registration_is_looked_after() {
    let (server, mut browser) = at_the_desk().await;
    server.post_registration(&json!({"redirect_uris": ["http://plain.example/cb"]})).await;
    let page = open(&server, &mut browser, "/admin/registration").await;
    assert!(page.text().contains("/register invalid_redirect_uri"), "{}", page.text());
    let form = open(&server, &mut browser, "/admin/registration/tokens/new").await.form("/tokens/new");
    let form = form.with("name", "partners").with("uses", "3").with("grant_types", "client_credentials");
    let issued = browser.submit(&form).await;
    let token =
        text_between(&issued.html, "<strong>initial_access_token</strong> <code>", "</code>").to_owned();
    let metadata = json!({"redirect_uris": ["https://client.example/cb"]});
    let machine = json!({"grant_types": ["client_credentials"]});
    let register = |it: &Value| server.http.post(server.url("/register")).bearer_auth(&token).json(it).send();
    assert_eq!(register(&metadata).await.unwrap().status(), 400, "the token is for machines");
    assert_eq!(register(&machine).await.unwrap().status(), 201);
    let page = open(&server, &mut browser, "/admin/registration").await;
    assert!(page.text().contains("partners") && !page.html.contains(&token));
    let revoked = browser.submit(&page.form("/revoke")).await;
    assert!(revoked.text().contains("The change is made."), "{}", revoked.text());
    assert_eq!(register(&machine).await.unwrap().status(), 401);
    let form = open(&server, &mut browser, "/admin/registration/check").await.form("/check");
    let tried = browser.submit(&form.clone().with("metadata", &metadata.to_string())).await;
    assert!(tried.text().contains("It would be accepted."), "{}", tried.text());
    let refused = json!({"redirect_uris": ["http://plain.example/cb"]}).to_string();
    let tried = browser.submit(&form.with("metadata", &refused)).await;
    assert!(tried.text().contains("It would be refused.") && tried.text().contains("invalid_redirect_uri"));
    let client = server.register_confidential().await;
    server.advance(3600 * 24 * 400);
    let mut browser = super::signed_in(&server, "root").await;
    let preview = open(&server, &mut browser, "/admin/registration/sweep").await;
    assert!(preview.html.contains(&client.client_id), "{}", preview.text());
    assert!(server.client_row(&client.client_id).is_some(), "a preview removes nothing");
    let swept = browser.submit(&preview.form("/sweep")).await;
    assert!(swept.text().contains("They are removed."), "{}", swept.text());
    assert!(server.client_row(&client.client_id).is_none());
}

/// Resources are added with a client that introspects for them, changed and deleted.
#[actix_web::test]
async fn resources_are_looked_after() {
    let (server, mut browser) = at_the_desk().await;
    let form = open(&server, &mut browser, "/admin/new-resource").await.form("/new-resource");
    assert_eq!(browser.submit(&form.clone().with("identifier", "not a uri")).await.status, 422);
    let form = form.with("identifier", "https://mcp.example.com/mcp").with("scopes", "tools:read");
    let added = browser.submit(&form.clone().with("name", "Tools")).await;
    assert!(added.html.contains("<strong>client_secret</strong>"), "{}", added.text());
    assert_eq!(browser.submit(&form).await.status, 422, "it is there already");
    let listed = open(&server, &mut browser, "/admin/resources").await;
    assert!(listed.text().contains("tools:read") && listed.text().contains("openid"));
    let path = text_between(&listed.html, "<a href=\"/admin/resources/", "\"").to_owned();
    let path = format!("/admin/resources/{path}");
    let form = open(&server, &mut browser, &format!("{path}/edit")).await.form("/edit");
    assert_eq!(form.value("identifier"), Some("https://mcp.example.com/mcp"));
    let put = browser.submit(&form.with("scopes", "tools:read tools:write")).await;
    assert!(put.text().contains("tools:read tools:write"), "{}", put.text());
    let form = open(&server, &mut browser, &format!("{path}/delete")).await.form("/delete");
    assert_eq!(browser.submit(&form).await.status, 200);
    assert_eq!(browser.open(&server.url(&path)).await.status, 404);
    assert_eq!(happened(&server, "resource_removed").await.len(), 1);
}

/// Keys rotate without an outage; the audit log is filtered, exported and verified; settings show no secret.
#[actix_web::test]
async fn keys_audit_and_settings() {
    let (server, mut browser) = at_the_desk().await;
    let keys = server.number("SELECT count(*) AS number FROM signing_keys");
    let form = open(&server, &mut browser, "/admin/keys/rotate").await.form("/rotate");
    let rotated = browser.submit(&form.clone().with("algorithm", "ES256")).await;
    assert!(
        rotated.text().contains("The change is made.") && rotated.text().contains("Waits"),
        "{}",
        rotated.text()
    );
    assert_eq!(server.number("SELECT count(*) AS number FROM signing_keys"), keys + 1);
    let event = happened(&server, "signing_keys_rotated").await.remove(0);
    let actor = event["actor"].as_str().unwrap().to_owned();
    assert!(actor.starts_with("administrator:"), "{event}");
    assert_eq!(browser.submit(&form.with("algorithm", "HS256")).await.status, 403);
    let page = open(&server, &mut browser, "/admin/audit?kind=signing_keys_rotated").await;
    assert!(page.text().contains(&actor));
    assert!(!text_between(&page.html, "<tbody>", "</tbody>").contains("signed_in"));
    let page = open(&server, &mut browser, "/admin/audit/verify").await;
    assert!(page.text().contains("Every sealed event is as it was written."), "{}", page.text());
    for (format, kind) in [("csv", "text/csv; charset=utf-8"), ("ndjson", "application/x-ndjson")] {
        let url = server.url(&format!("/admin/audit/export?format={format}"));
        let answer = browser.send(Method::GET, &url, None).await;
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()),
            (200, kind)
        );
    }
    let page = open(&server, &mut browser, "/admin/settings").await;
    assert!(page.text().contains("master_key") && page.text().contains("GRANTOR_DESK__SECOND_FACTOR"));
    assert!(!page.html.contains("KioqKioq"), "a secret is shown");
}

/// The overview counts registrations by door, sign-ins and tokens, and draws them.
#[actix_web::test]
async fn the_overview_tells_what_is_going_on() {
    let (server, mut browser) = at_the_desk().await;
    server.add_user("ada").await;
    let client: crate::support::Registered = server.register_confidential().await;
    server.tokens(&client, "ada", "openid").await;
    let page = open(&server, &mut browser, "/admin").await;
    assert!(page.html.matches("<rect ").count() >= 3, "{}", page.html);
    assert!(page.text().contains("Registered itself 1"), "{}", page.text());
    let sign_ins: i64 = sum_of(&server, "signed_in");
    assert!(page.text().contains(&format!("Succeeded {sign_ins}")), "{sign_ins}: {}", page.text());
    assert!(page.text().contains("Answers with tokens 1"), "{}", page.text());
}

fn sum_of(server: &Server, kind: &str) -> i64 {
    server.number(&format!("SELECT count(*) AS number FROM audit_events WHERE kind = '{kind}'"))
}
