//! Who comes to the desk. Security statements U09, U15 and X02.

use grantor::flow::administer::api_keys::Rights;
use grantor::web::routes::{ROUTES, Route, Rule};
use reqwest::Method;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};

use super::{at_the_desk, happened, open, plain, signed_in, status};
use crate::support::{Browser, Server};

/// Who tries a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Nobody,
    Person,
    ReadKey,
    Administrator,
}

/// What a role may be answered; anything else is a route that asks too little, or too much.
fn wanted(route: &Route, method: &str, role: Role) -> &'static [u16] {
    /// Let in, whatever comes of it.
    const IN: &[u16] = &[200, 201, 204, 303, 400, 404, 409, 415, 422];
    match (route.rule, role) {
        (Rule::Read | Rule::ReadAndWrite, Role::ReadKey) if route.rule == Rule::Read || method == "GET" => IN,
        (Rule::ReadAndWrite, Role::ReadKey) | (Rule::Desk | Rule::FreshDesk, Role::Person) => &[403],
        // The cookies of a browser open nothing of the API, not even those of an administrator.
        (Rule::Read | Rule::ReadAndWrite, _) => &[401],
        // And a key opens no page.
        (Rule::Desk | Rule::FreshDesk, Role::Nobody | Role::ReadKey) => &[303],
        (Rule::Desk | Rule::FreshDesk, Role::Administrator) if method == "GET" => &[200, 404, 422],
        // Without the token of the form.
        (Rule::Desk | Rule::FreshDesk, Role::Administrator) => &[403],
        (Rule::None, Role::Nobody | Role::ReadKey)
            if route.pattern.starts_with("/account") && method == "GET" =>
        {
            &[303]
        }
        // Open to everybody, or asking for something else than a role: never a fault of ours.
        (Rule::None, _) => &[200, 204, 303, 304, 400, 401, 403, 404, 405, 410, 415, 422, 429],
    }
}

/// X02: every route of the table, by every role. A new route is tried without a word here.
#[actix_web::test]
async fn every_route_asks_every_role() {
    let server = plain().start().await;
    server.add_administrator("root");
    server.add_user("ada").await;
    let key = server.api_key(Rights::Read, None);
    let mut tried = 0;
    for role in [Role::Nobody, Role::Person, Role::ReadKey, Role::Administrator] {
        let mut signed_in = match role {
            Role::Person => signed_in(&server, "ada").await,
            Role::Administrator => signed_in(&server, "root").await,
            Role::Nobody | Role::ReadKey => Browser::new(&server),
        };
        if role == Role::Administrator {
            open(&server, &mut signed_in, "/admin/settings").await;
        }
        for route in ROUTES.iter().filter(|route| !route.is_internal) {
            let path = route
                .pattern
                .replace("{client_id}", "unknown")
                .replace("{subject}", "unknown")
                .replace("{name}", "unknown")
                .replace("{file}", "grantor.css")
                .replace("{sid}", "unknown")
                .replace("{group}", "unknown")
                .replace("{id}", "999999");
            for method in route.methods {
                // A copy: some routes take cookies away.
                let mut browser = signed_in.clone();
                let method: Method = method.parse().unwrap();
                let answered = if role == Role::ReadKey {
                    let request = server.http.request(method.clone(), server.url(&path)).bearer_auth(&key);
                    request.send().await.unwrap().status().as_u16()
                } else {
                    status(&mut browser, method.clone(), &server.url(&path)).await
                };
                let wanted = wanted(route, method.as_str(), role);
                assert!(
                    wanted.contains(&answered),
                    "{method} {path} by {role:?}: {answered}, not {wanted:?}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 400, "{tried}");
}

/// U15: a password alone does not bring an administrator to the desk; `desk.second_factor = false` lets it.
#[actix_web::test]
async fn the_desk_wants_a_second_factor() {
    let server = Server::start().await;
    server.add_administrator("root");
    let mut browser = signed_in(&server, "root").await;
    let page = browser.open(&server.url("/admin/clients")).await;
    assert_eq!(page.status, 403, "{}", page.text());
    assert!(page.text().contains("second factor") && !page.text().contains("Create a client"));
    assert_eq!(server.execute("UPDATE browser_sessions SET acr = '2'"), 1);
    assert_eq!(browser.open(&server.url("/admin/clients")).await.status, 200);
    let (server, mut browser) = at_the_desk().await;
    open(&server, &mut browser, "/admin/clients").await;
}

/// U15, ASVS 7.5.3: keys, secrets and tokens need a sign-in of the last five minutes; looking does not.
#[actix_web::test]
async fn keys_and_secrets_need_a_fresh_sign_in() {
    let (server, mut browser) = at_the_desk().await;
    let client = server.register_confidential().await;
    let secret = format!("/admin/clients/{}/secret", client.client_id);
    let page = open(&server, &mut browser, &secret).await;
    let form = page.form("/secret");
    server.advance(301);
    open(&server, &mut browser, "/admin/clients").await;
    for path in [secret.as_str(), "/admin/keys/rotate", "/admin/registration/tokens/new", "/admin/new-client"]
    {
        let answer = browser.send(Method::GET, &server.url(path), None).await;
        let location = answer.headers()[LOCATION].to_str().unwrap();
        assert_eq!(answer.status(), 303, "{path}");
        assert!(location.starts_with("/login?return=") && location.ends_with("&again=1"), "{location}");
    }
    let answer = browser.send(Method::POST, &server.url(&secret), Some(form.fields)).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(happened(&server, "client_secret_rotated").await.len(), 0);
}

/// Every route that makes or shows a secret is among those.
#[test]
fn what_makes_a_secret_is_fresh() {
    for pattern in [
        "/admin/keys/rotate",
        "/admin/new-client",
        "/admin/clients/{client_id}/edit",
        "/admin/clients/{client_id}/secret",
        "/admin/clients/{client_id}/registration-access-token",
        "/admin/removed-clients/{client_id}/restore",
        "/admin/registration/tokens/new",
        "/admin/new-resource",
        "/admin/new-provider",
        "/admin/providers/{name}/edit",
        "/admin/new-invitation",
        "/admin/people/{subject}/reset-link",
    ] {
        let route = ROUTES.iter().find(|route| route.pattern == pattern).unwrap();
        assert_eq!(route.rule, Rule::FreshDesk, "{pattern}");
    }
}

/// U15: with a listener of its own, the desk is there and nowhere else.
#[actix_web::test]
async fn the_desk_may_have_a_listener_of_its_own() {
    let server = plain().set("GRANTOR_DESK__LISTEN", "127.0.0.1:0").start().await;
    server.add_administrator("root");
    let mut browser = signed_in(&server, "root").await;
    assert_eq!(browser.open(&server.url("/admin")).await.status, 404);
    let url = format!("http://{}/admin", server.last_address());
    assert_eq!(browser.send(Method::GET, &url, None).await.status(), 200);
    let server = plain().set("GRANTOR_DESK__ENABLED", "false").start().await;
    assert_eq!(server.http.get(server.url("/admin")).send().await.unwrap().status(), 404);
}

/// U09: the desk has a cookie that no other site can send along. Without it nothing changes, and a link of another site first
/// shows where it leads.
#[actix_web::test]
async fn no_other_site_works_at_the_desk() {
    let (server, mut browser) = at_the_desk().await;
    let client = server.register_confidential().await;
    let answer = browser.send(Method::GET, &server.url("/admin"), None).await;
    let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("grantor_desk=") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert!(cookie.contains("HttpOnly"), "{cookie}");
    let path = format!("/admin/clients/{}/disable", client.client_id);
    let form = open(&server, &mut browser, &path).await.form("/disable");
    let mut elsewhere = browser.clone();
    elsewhere.cookies.remove("grantor_desk");
    assert_eq!(elsewhere.submit(&form).await.status, 403);
    let cookies: Vec<String> =
        elsewhere.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = server.http.get(server.url("/admin/clients")).header(COOKIE, cookies.join("; "));
    let answer = request.header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers().contains_key(SET_COOKIE)), (200, false));
    let page = answer.text().await.unwrap();
    assert!(page.contains("A link on another site led you here") && !page.contains(&client.client_id));
    assert_eq!(happened(&server, "client_disabled").await.len(), 0);
    assert_eq!(browser.submit(&form).await.status, 200);
    assert_eq!(happened(&server, "client_disabled").await.len(), 1);
}

/// U04: the token of one form is none of another, and none of another session.
#[actix_web::test]
async fn a_token_is_of_one_form_and_one_session() {
    let (server, mut browser) = at_the_desk().await;
    let client = server.register_confidential().await;
    let path = format!("/admin/clients/{}", client.client_id);
    let mut form = open(&server, &mut browser, &format!("{path}/disable")).await.form("/disable");
    form.action = format!("{path}/delete");
    assert_eq!(browser.submit(&form).await.status, 403);
    let mut other = signed_in(&server, "root").await;
    open(&server, &mut other, "/admin").await;
    form.action = format!("{path}/disable");
    assert_eq!(other.submit(&form).await.status, 403);
    assert_eq!(server.count_clients(), 1);
}

/// T17 at the desk: whoever ceases to be an administrator is out at once.
#[actix_web::test]
async fn somebody_who_was_an_administrator_is_out() {
    let (server, mut browser) = at_the_desk().await;
    open(&server, &mut browser, "/admin").await;
    assert_eq!(server.execute("UPDATE users SET is_administrator = (1 = 0) WHERE name = 'root'"), 1);
    assert_eq!(browser.open(&server.url("/admin")).await.status, 403);
}

/// The first administrator gets from the setup to the desk.
#[actix_web::test]
async fn the_setup_leads_to_the_desk() {
    let server = plain().start().await;
    let token = grantor::flow::set_up::quick_start(server.means(), server.clock.now()).unwrap().unwrap();
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url(&format!("/setup?token={}", token.setup_link.expose()))).await;
    let form = page.form("/setup").with("name", "root").with("password", crate::support::PASSWORD);
    let page = browser.submit(&form).await;
    assert!(page.html.contains("/login?return=%2Fadmin"), "{}", page.html);
    let page = browser.open(&server.url("/login?return=%2Fadmin")).await;
    let page = browser.sign_in(&page, "root").await;
    assert_eq!((page.status, page.url.ends_with("/admin")), (200, true), "{} {}", page.url, page.text());
}
