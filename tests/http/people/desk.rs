//! The desk's pages about people.

use reqwest::Method;
use serde_json::{Value, json};

use super::{client, subject};
use crate::support::{Browser, Form, PASSWORD, Page, Server};
use grantor::flow::administer::api_keys::Rights;

/// An administrator at the desk, signed in by a password alone, which this server lets do.
async fn at_desk() -> (Server, String, Browser) {
    let server = Server::with().set("GRANTOR_DESK__SECOND_FACTOR", "false").start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    let root = json!({"name": "root", "password": PASSWORD, "is_administrator": true});
    assert_eq!(server.administer(&key, Method::POST, "/users", root).await.0, 201);
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url("/admin/people")).await;
    browser.sign_in(&page, "root").await;
    (server, key, browser)
}

/// The form with no box ticked.
fn plain(form: Form) -> Form {
    ["is_administrator", "requires_second_factor", "email_verified"]
        .into_iter()
        .fold(form, |form, name| form.with(name, ""))
}

async fn open(server: &Server, browser: &mut Browser, path: &str) -> Page {
    let page = browser.open(&server.url(path)).await;
    assert_eq!(page.status, 200, "{path}: {}", page.text());
    page
}

/// Line 6: a person is made, found, changed, put into a group, switched off and removed at the desk; what is refused keeps what
/// was typed.
#[actix_web::test]
async fn a_person_is_looked_after_at_the_desk() {
    let (server, key, mut browser) = at_desk().await;
    let page = open(&server, &mut browser, "/admin/groups").await;
    let form = page.form("/admin/groups").with("name", "two words").with("description", "Everybody");
    let page = browser.submit(&form).await;
    assert_eq!(page.status, 422);
    assert!(page.html.contains("two words") && page.html.contains("Everybody"), "{}", page.text());
    let page = browser.submit(&page.form("/admin/groups").with("name", "staff")).await;
    assert!(page.text().contains("The change is made."), "{}", page.text());

    let page = open(&server, &mut browser, "/admin/new-person").await;
    let form = page.form("/admin/new-person").with("name", "a b").with("email", "ada@example.com");
    let form = plain(form);
    let page = browser.submit(&form).await;
    assert_eq!(page.status, 422);
    assert!(page.html.contains("<title>Error: ") && page.html.contains("ada@example.com"), "{}", page.text());
    let page = browser
        .submit(&plain(page.form("/admin/new-person")).with("name", "ada").with("groups", "staff"))
        .await;
    assert!(page.text().contains("ada@example.com"), "{}", page.text());

    let found = open(&server, &mut browser, "/admin/people?text=ADA").await;
    assert!(found.text().contains("ada@example.com") && !found.text().contains("root@"), "{}", found.text());
    let path = format!("/admin/people/{}", subject(&server, &key, "ada").await);
    let edit = format!("{path}/edit");
    let page = open(&server, &mut browser, &edit).await;
    let page = browser.submit(&plain(page.form(&edit)).with("claims", "sub=u-1")).await;
    assert_eq!(page.status, 422, "{}", page.text());
    let page =
        browser.submit(&plain(page.form(&edit)).with("claims", "given_name=Ada\nfamily_name=Lovelace")).await;
    assert!(page.text().contains("given_name=Ada"), "{}", page.text());
    let page = open(&server, &mut browser, &edit).await;
    browser.submit(&plain(page.form(&edit)).with("claims", "given_name=Ada")).await;
    let (_, shown) =
        server.administer(&key, Method::GET, &path.replace("/admin/people", "/users"), Value::Null).await;
    assert_eq!(shown["claims"], json!({"given_name": "Ada"}));
    assert_eq!(shown["groups"], json!(["staff"]));

    let page = open(&server, &mut browser, &path).await;
    assert!(!page.text().contains("Let them try again"), "nothing has failed");
    let mut stranger = Browser::new(&server);
    let sign_in = stranger.open(&server.url("/login")).await;
    stranger.submit(&sign_in.form("/login").with("name", "ada").with("password", "wrong")).await;
    assert!(open(&server, &mut browser, &path).await.text().contains("Let them try again"));
    for action in ["unblock", "disable", "enable", "sign-out", "reset-factors", "revoke-grants", "delete"] {
        let path = format!("{path}/{action}");
        let page = open(&server, &mut browser, &path).await;
        let page = browser.submit(&page.form(&path)).await;
        assert!(page.text().contains("The change is made."), "{action}: {}", page.text());
    }
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM users WHERE name = 'ada'"), 0);
    let query = "SELECT COUNT(*) AS number FROM audit_events WHERE kind = 'user_removed' AND actor LIKE 'administrator:u-%'";
    assert_eq!(server.number(query), 1);
}

/// Line 6: attributes, sessions, consents and for whom a client is.
#[actix_web::test]
async fn attributes_sessions_and_access_are_at_the_desk() {
    let (server, key, mut browser) = at_desk().await;
    server.add_user("ada").await;
    let path = "/admin/attributes";
    let page = open(&server, &mut browser, path).await;
    let form = page.form(path).with("name", "department").with("kind", "text").with("claim", "sub");
    let page = browser.submit(&form).await;
    assert_eq!(page.status, 422, "a reserved claim");
    let page = browser
        .submit(&page.form(path).with("kind", "text").with("claim", "").with("scopes", "profile"))
        .await;
    assert!(page.text().contains("department"), "{}", page.text());
    let path = "/admin/attributes/department";
    let page = open(&server, &mut browser, path).await;
    browser.submit(&page.form(path).with("label", "Department").with("editable", "yes")).await;
    let (_, all) = server.administer(&key, Method::GET, "/attributes", Value::Null).await;
    assert_eq!(all["attributes"][0]["label"], "Department");
    assert_eq!(all["attributes"][0]["editable_by_person"], true);

    let party = client(&server, &key, "openid").await;
    server.tokens(&party, "ada", "openid").await;
    let page = open(&server, &mut browser, "/admin/sessions").await;
    assert!(page.text().contains("ada") && page.text().contains("An operator's client"), "{}", page.text());
    let revoke = page.forms().into_iter().find(|form| form.action.ends_with("/revoke")).unwrap();
    browser.submit(&revoke).await;
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM grants WHERE revoked_at IS NULL"), 0);

    assert_eq!(server.administer(&key, Method::POST, "/groups", json!({"name": "staff"})).await.0, 201);
    let path = format!("/admin/clients/{}/access", party.client_id);
    let page = open(&server, &mut browser, &path).await;
    let form = page.form(&path).with("limited", "yes").with("groups", "staff").with("least_acr", "2");
    browser.submit(&form).await;
    let (_, access) = server
        .administer(&key, Method::GET, &format!("/clients/{}/access", party.client_id), Value::Null)
        .await;
    assert_eq!(access, json!({"groups": ["staff"], "least_acr": "2"}));
    let client = open(&server, &mut browser, &format!("/admin/clients/{}", party.client_id)).await;
    assert!(client.text().contains("staff") && client.text().contains("Two factors"), "{}", client.text());

    let group = "/admin/groups/staff";
    let page = open(&server, &mut browser, group).await;
    let members = format!("{group}/members");
    let page = browser.submit(&page.form(&members).with("person", "nobody")).await;
    assert_eq!(page.status, 422);
    let page = browser.submit(&page.form(&members).with("person", "ada")).await;
    let leave = page.forms().into_iter().find(|form| form.action.contains("/remove-member/")).unwrap();
    browser.submit(&leave).await;
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM group_members"), 0);
    let delete = format!("{group}/delete");
    let page = open(&server, &mut browser, &delete).await;
    browser.submit(&page.form(&delete)).await;
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM groups_of_people"), 0);
}
