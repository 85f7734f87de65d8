//! Groups: the claim, and clients that are for members alone.

use reqwest::Method;
use serde_json::{Value, json};

use super::{client, operated, subject};
use crate::support::{Browser, Pkce, Registered, Server, error_of, json_of, query_of, tokens as tokens_of};

async fn group(server: &Server, key: &str, name: &str, members: &[&str]) {
    let (status, body) = server.administer(key, Method::POST, "/groups", json!({ "name": name })).await;
    assert_eq!(status, 201, "{body}");
    for member in members {
        let path = format!("/groups/{name}/members/{}", subject(server, key, member).await);
        assert_eq!(server.admin(key, Method::PUT, &path, None).await.status(), 204);
    }
}

async fn limit(server: &Server, key: &str, client: &Registered, groups: Value) {
    let path = format!("/clients/{}/access", client.client_id);
    let (status, body) = server.administer(key, Method::PUT, &path, json!({ "groups": groups })).await;
    assert_eq!((status, &body["groups"]), (200, &groups), "{body}");
}

/// What the client is told at the end of an authorization request.
async fn told(server: &Server, client: &Registered, user: &str, extra: &[(&str, &str)]) -> (String, String) {
    let url = server.authorize_url(client, &Pkce::new(), extra);
    let mut browser = Browser::new(server);
    let page = browser.authorize(&url, user).await;
    let location = if let Some(location) = &page.location {
        location.clone()
    } else {
        let allowed = browser.submit(&page.form("/consent").with("decision", "allow")).await;
        allowed.location.unwrap()
    };
    let value = |name: &str| query_of(&location, name).unwrap_or_default();
    (value("error"), value("code"))
}

/// Point 5: the scope `groups` opens the claim at userinfo and, if asked for, in the ID token; it is an operator's to give.
#[actix_web::test]
async fn the_groups_of_a_person_are_a_claim() {
    let (server, key) = operated().await;
    server.add_user("ada").await;
    server.add_user("bob").await;
    group(&server, &key, "staff", &["ada"]).await;
    group(&server, &key, "admins", &["ada"]).await;
    group(&server, &key, "others", &["bob"]).await;
    let trusted = client(&server, &key, "openid groups").await;
    let tokens = server.tokens(&trusted, "ada", "openid groups").await;
    let (_, claims) = json_of(server.userinfo(&tokens.access_token).await).await;
    assert_eq!(claims["groups"], json!(["admins", "staff"]), "{claims}");
    let plain = server.tokens(&trusted, "ada", "openid").await;
    let (_, claims) = json_of(server.userinfo(&plain.access_token).await).await;
    assert!(claims.get("groups").is_none(), "{claims}");
    let pkce = Pkce::new();
    let asked = json!({"id_token": {"groups": null}}).to_string();
    let code =
        server.code_for(&trusted, "ada", &pkce, &[("scope", "openid groups"), ("claims", &asked)]).await;
    let (_, body) = json_of(server.exchange(&trusted, &code, &pkce).await).await;
    let (_, id_token) = crate::support::parts(body["id_token"].as_str().unwrap());
    assert_eq!(id_token["groups"], json!(["admins", "staff"]));
    let asked = json!({"userinfo": {"groups": null}}).to_string();
    let code = server.code_for(&trusted, "ada", &pkce, &[("scope", "openid"), ("claims", &asked)]).await;
    let asked_for = tokens_of(server.exchange(&trusted, &code, &pkce).await).await;
    let (_, claims) = json_of(server.userinfo(&asked_for.access_token).await).await;
    assert_eq!(claims["groups"], json!(["admins", "staff"]), "it was asked for: {claims}");
    let stranger = server.register_public().await;
    let url = server.authorize_url(&stranger, &pkce, &[("scope", "openid groups")]);
    let location = Browser::new(&server).allow(&url, "ada").await;
    let code = query_of(&location, "code").unwrap();
    let (_, body) = json_of(server.exchange(&stranger, &code, &pkce).await).await;
    assert!(!body["scope"].as_str().unwrap().contains("groups"), "{body}");
}

/// Point 5, CVE row 73: whoever is in no group of the client gets no code, with and without a page, and none of the refusals says
/// more than that.
#[actix_web::test]
async fn a_client_for_members_is_for_nobody_else() {
    let (server, key) = operated().await;
    server.add_user("ada").await;
    server.add_user("bob").await;
    group(&server, &key, "staff", &["ada"]).await;
    let members_only = client(&server, &key, "openid").await;
    limit(&server, &key, &members_only, json!(["staff"])).await;
    assert_eq!(told(&server, &members_only, "ada", &[]).await.0, "");
    let (error, code) = told(&server, &members_only, "bob", &[]).await;
    assert_eq!((error.as_str(), code.as_str()), ("access_denied", ""));
    // Without a page, too.
    let mut browser = Browser::new(&server);
    let everybodys = server.register_public().await;
    browser.allow(&server.authorize_url(&everybodys, &Pkce::new(), &[]), "bob").await;
    let page = browser.open(&server.authorize_url(&members_only, &Pkce::new(), &[("prompt", "none")])).await;
    assert_eq!(query_of(&page.location.unwrap(), "error").unwrap(), "access_denied");
    // An empty list is nobody, null everybody.
    limit(&server, &key, &members_only, json!([])).await;
    assert_eq!(told(&server, &members_only, "ada", &[]).await.0, "access_denied");
    limit(&server, &key, &members_only, Value::Null).await;
    assert_eq!(told(&server, &members_only, "bob", &[]).await.0, "");
}

/// Point 5, T16: a membership that ends takes the code, the refresh token and the access token with it, at once; a group that is
/// removed does not open its clients to everybody.
#[actix_web::test]
async fn a_membership_that_ends_takes_everything_along() {
    let (server, key) = operated().await;
    server.add_user("ada").await;
    server.add_user("eve").await;
    group(&server, &key, "staff", &["ada", "eve"]).await;
    let members_only = client(&server, &key, "openid").await;
    limit(&server, &key, &members_only, json!(["staff"])).await;
    let pkce = Pkce::new();
    let code = server.code_for(&members_only, "ada", &pkce, &[]).await;
    let tokens = server.tokens(&members_only, "ada", "openid").await;
    let of_eve = server.tokens(&members_only, "eve", "openid").await;
    assert_eq!(server.userinfo(&tokens.access_token).await.status(), 200);
    let path = format!("/groups/staff/members/{}", subject(&server, &key, "ada").await);
    let (status, withdrawn) = server.administer(&key, Method::DELETE, &path, Value::Null).await;
    assert_eq!((status, &withdrawn["grants"]), (200, &json!(2)), "{withdrawn}");
    assert_eq!(error_of(server.exchange(&members_only, &code, &pkce).await).await.1, "invalid_grant");
    assert_eq!(error_of(server.refresh(&members_only, tokens.refresh()).await).await.1, "invalid_grant");
    assert_eq!(server.userinfo(&tokens.access_token).await.status(), 401);
    assert_eq!(server.userinfo(&of_eve.access_token).await.status(), 200);
    let (_, withdrawn) = server.administer(&key, Method::DELETE, "/groups/staff", Value::Null).await;
    assert_eq!(withdrawn["grants"], 1);
    assert_eq!(error_of(server.refresh(&members_only, of_eve.refresh()).await).await.1, "invalid_grant");
    assert_eq!(told(&server, &members_only, "eve", &[]).await.0, "access_denied");
    for kind in ["group_added", "client_access_changed", "group_member_removed", "group_removed"] {
        let query = format!("SELECT COUNT(*) AS number FROM audit_events WHERE kind = '{kind}'");
        assert!(server.number(&query) > 0, "{kind}");
    }
}

/// Point 5: the check at the code and at the refresh stands by itself, whoever wrote the row.
#[actix_web::test]
async fn a_membership_is_asked_for_at_each_use() {
    let (server, key) = operated().await;
    server.add_user("ada").await;
    group(&server, &key, "staff", &["ada"]).await;
    let members_only = client(&server, &key, "openid").await;
    limit(&server, &key, &members_only, json!(["staff"])).await;
    let pkce = Pkce::new();
    let code = server.code_for(&members_only, "ada", &pkce, &[]).await;
    let tokens = server.tokens(&members_only, "ada", "openid").await;
    assert_eq!(server.execute("DELETE FROM group_members"), 1);
    assert_eq!(error_of(server.exchange(&members_only, &code, &pkce).await).await.1, "invalid_grant");
    assert_eq!(error_of(server.refresh(&members_only, tokens.refresh()).await).await.1, "invalid_grant");
}

/// Point 5: a client that was removed and is back is for whom it was, and for nobody if its groups are gone meanwhile.
#[actix_web::test]
async fn a_restored_client_is_for_whom_it_was() {
    let (server, key) = operated().await;
    group(&server, &key, "staff", &[]).await;
    group(&server, &key, "interns", &[]).await;
    let members_only = client(&server, &key, "openid").await;
    let path = format!("/clients/{}", members_only.client_id);
    let access = json!({"groups": ["interns", "staff"], "least_acr": "2"});
    assert_eq!(server.administer(&key, Method::PUT, &format!("{path}/access"), access).await.0, 200);
    for left in [json!(["staff"]), json!([])] {
        assert_eq!(server.administer(&key, Method::DELETE, &path, Value::Null).await.0, 200);
        let gone = if left == json!([]) { "staff" } else { "interns" };
        server.command(&["group", "remove", gone]).await;
        let restore = format!("{path}/restore");
        assert_eq!(server.administer(&key, Method::POST, &restore, Value::Null).await.0, 200);
        let (_, access) = server.administer(&key, Method::GET, &format!("{path}/access"), Value::Null).await;
        assert_eq!(access, json!({"groups": left, "least_acr": "2"}));
    }
}

/// T16: a client that asks for more than the sign-in of a grant was refreshes it no more.
#[actix_web::test]
async fn a_refresh_is_held_to_the_level_of_today() {
    let (server, key) = operated().await;
    server.add_user("ada").await;
    let party = client(&server, &key, "openid").await;
    let tokens = server.tokens(&party, "ada", "openid").await;
    let pkce = Pkce::new();
    let code = server.code_for(&party, "ada", &pkce, &[("scope", "openid")]).await;
    let path = format!("/clients/{}/access", party.client_id);
    server.administer(&key, Method::PUT, &path, json!({"least_acr": "2"})).await;
    assert_eq!(error_of(server.exchange(&party, &code, &pkce).await).await.1, "invalid_grant");
    assert_eq!(error_of(server.refresh(&party, tokens.refresh()).await).await.1, "invalid_grant");
    server.administer(&key, Method::PUT, &path, json!({"least_acr": "1"})).await;
    assert_eq!(server.refresh(&party, tokens.refresh()).await.status(), 200);
}

/// P12, T16: who must have two factors from now on has them at the next request, code and refresh; a session from before with one
/// does not do.
#[actix_web::test]
async fn a_second_factor_is_required_of_sessions_that_there_are() {
    let (server, key) = operated().await;
    server.add_user("ada").await;
    let party = client(&server, &key, "openid").await;
    let tokens = server.tokens(&party, "ada", "openid").await;
    let pkce = Pkce::new();
    let code = server.code_for(&party, "ada", &pkce, &[("scope", "openid")]).await;
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url("/login")).await;
    browser.sign_in(&page, "ada").await;
    group(&server, &key, "staff", &["ada"]).await;
    let strict = |required: bool| {
        server.administer(&key, Method::PUT, "/groups/staff", json!({"requires_second_factor": required}))
    };
    assert_eq!(strict(true).await.0, 200);
    let silent = server.authorize_url(&party, &Pkce::new(), &[("scope", "openid"), ("prompt", "none")]);
    let location = browser.open(&silent).await.location.unwrap();
    assert_eq!(query_of(&location, "error").as_deref(), Some("login_required"));
    assert_eq!(error_of(server.exchange(&party, &code, &pkce).await).await.1, "invalid_grant");
    assert_eq!(error_of(server.refresh(&party, tokens.refresh()).await).await.1, "invalid_grant");
    strict(false).await;
    assert_eq!(server.refresh(&party, tokens.refresh()).await.status(), 200);
    server.execute("UPDATE users SET requires_second_factor = TRUE WHERE name = 'ada'");
    let location = browser.open(&silent).await.location.unwrap();
    assert_eq!(query_of(&location, "error").as_deref(), Some("login_required"));
}

/// Point 5: what cannot be is refused by a sentence, and nothing of it is done.
#[actix_web::test]
async fn a_group_is_what_a_claim_can_hold() {
    let (server, key) = operated().await;
    group(&server, &key, "staff", &[]).await;
    for (status, body) in [
        (409, json!({"name": "staff"})),
        (400, json!({"name": "two words"})),
        (400, json!({"name": ""})),
        (400, json!({"name": "x".repeat(65)})),
        (400, json!({"name": "a\u{0}b"})),
        (400, json!({"name": "a", "description": "two\nlines"})),
        (400, json!({"name": "a", "members": []})),
    ] {
        assert_eq!(server.administer(&key, Method::POST, "/groups", body.clone()).await.0, status, "{body}");
    }
    let (status, changed) =
        server.administer(&key, Method::PUT, "/groups/staff", json!({"requires_second_factor": true})).await;
    assert_eq!((status, &changed["requires_second_factor"]), (200, &json!(true)));
    for (method, path) in [
        (Method::GET, "/groups/nobody"),
        (Method::DELETE, "/groups/nobody"),
        (Method::PUT, "/groups/staff/members/nobody"),
        (Method::DELETE, "/groups/staff/members/nobody"),
        (Method::GET, "/groups/a%00b"),
    ] {
        assert_eq!(server.admin(&key, method.clone(), path, None).await.status(), 404, "{method} {path}");
    }
    let unknown = client(&server, &key, "openid").await;
    let path = format!("/clients/{}/access", unknown.client_id);
    for (status, body) in [(404, json!({"groups": ["nobody"]})), (400, json!({"least_acr": "9"}))] {
        assert_eq!(server.administer(&key, Method::PUT, &path, body.clone()).await.0, status, "{body}");
    }
    let (_, access) = server.administer(&key, Method::PUT, &path, json!({"least_acr": "2"})).await;
    assert_eq!(access, json!({"groups": null, "least_acr": "2"}));
    assert_eq!(server.number("SELECT COUNT(*) AS number FROM groups_of_people"), 1);
}

/// Point 5: the members of a group, a page at a time; nobody twice, nobody left out.
#[actix_web::test]
async fn members_come_in_pages() {
    let (server, key) = operated().await;
    for name in ["ada", "bob", "eve"] {
        server.add_user(name).await;
    }
    group(&server, &key, "staff", &["ada", "bob", "eve"]).await;
    let (mut found, mut token) = (Vec::new(), String::new());
    for _ in 0..3 {
        let path = format!("/groups/staff/members?page_size=1{token}");
        let (_, page) = server.administer(&key, Method::GET, &path, Value::Null).await;
        found.push(page["members"][0]["name"].as_str().unwrap().to_owned());
        token = page["next_page_token"].as_str().map(|it| format!("&page_token={it}")).unwrap_or_default();
    }
    assert_eq!(found, ["ada", "bob", "eve"]);
    assert_eq!(token, "");
    assert!(server.command(&["group", "members", "staff"]).await.contains("eve"));
    server.command(&["group", "remove-member", "staff", "eve"]).await;
    assert!(!server.command(&["group", "members", "staff"]).await.contains("eve"));
}
