//! Who may use which route. Security statement X02.

use grantor::flow::administer::api_keys::{self, PREFIX, Rights};
use grantor::protocol::client::metadata::GrantType;
use grantor::web::routes::{ROUTES, Rule};
use reqwest::Method;
use serde_json::json;

use super::operator;
use crate::sign_in::{send_code, try_in, with_app};
use crate::support::{Browser, PASSWORD, Page, Pkce, Server, error_of, json_of, query_of, tokens};

/// One kind of caller: what it presents, and what it is answered where the right to read or to write is needed; `None` = it
/// is let in.
struct Role {
    name: &'static str,
    credential: String,
    on_read: Option<(u16, &'static str)>,
    on_write: Option<(u16, &'static str)>,
}

const NO_TOKEN: Option<(u16, &str)> = Some((401, "Bearer"));
const INVALID: Option<(u16, &str)> = Some((401, "Bearer error=\"invalid_token\""));
const TOO_LITTLE: Option<(u16, &str)> =
    Some((403, "Bearer error=\"insufficient_scope\", scope=\"grantor:admin\""));

async fn roles(server: &Server) -> Vec<Role> {
    let role = |name, credential, on_read, on_write| Role { name, credential, on_read, on_write };
    let writer = server.api_key(Rights::ReadWrite, None);
    server.add_user("ada").await;
    server.add_administrator("root");
    let everybodys = server.register_public().await;
    let plain = server.tokens(&everybodys, "ada", "openid").await.access_token;
    let console =
        server.operators_client(&writer, &[GrantType::AuthorizationCode], "openid grantor:admin").await;
    let demoted = {
        server.add_administrator("once");
        let token = server.tokens(&console, "once", "openid grantor:admin").await.access_token;
        assert_eq!(server.execute("UPDATE users SET is_administrator = (1 = 0) WHERE name = 'once'"), 1);
        token
    };
    let ordinary = server.tokens(&console, "ada", "openid grantor:admin").await;
    assert_eq!(ordinary.body["scope"], "openid", "the scope is dropped for somebody who is no administrator");
    let root = server.tokens(&console, "root", "openid grantor:admin").await.access_token;
    let machine = server.operators_client(&writer, &[GrantType::ClientCredentials], "grantor:admin").await;
    let grant = [("grant_type", "client_credentials"), ("scope", "grantor:admin")];
    let of_machine = tokens(server.token_request(&machine, &grant).send().await.unwrap()).await.access_token;
    server.publish_resource("https://mcp.example.com/mcp", &[], None).await;
    let for_resource = [grant[0], grant[1], ("resource", "https://mcp.example.com/mcp")];
    let elsewhere =
        tokens(server.token_request(&machine, &for_resource).send().await.unwrap()).await.access_token;
    let registered = server.initial_access_token(Some(&["client_credentials"]), Some("grantor:admin"), None);
    let request = server.http.post(server.url("/register")).bearer_auth(registered);
    let metadata = json!({"grant_types": ["client_credentials"], "scope": "grantor:admin"});
    let stranger = crate::support::registered(request.json(&metadata).send().await.unwrap()).await;
    let of_stranger =
        tokens(server.token_request(&stranger, &grant).send().await.unwrap()).await.access_token;
    let expired = server.api_key(Rights::ReadWrite, Some(1));
    server.advance(2);
    let (id, revoked) = server.issue_api_key(Rights::ReadWrite, None);
    api_keys::revoke(server.means(), id, operator()).unwrap();
    vec![
        role("nobody", String::new(), NO_TOKEN, NO_TOKEN),
        role("garbage", "garbage".to_owned(), INVALID, INVALID),
        role("a key that is none", format!("{PREFIX}garbage"), INVALID, INVALID),
        role("a person's token without the scope", plain, TOO_LITTLE, TOO_LITTLE),
        role("a token of no administrator", ordinary.access_token, TOO_LITTLE, TOO_LITTLE),
        role("a token of somebody who was an administrator", demoted, TOO_LITTLE, TOO_LITTLE),
        role("a token for a resource", elsewhere, INVALID, INVALID),
        role("a client that no operator made", of_stranger, TOO_LITTLE, TOO_LITTLE),
        role("an expired key", expired, INVALID, INVALID),
        role("a revoked key", revoked, INVALID, INVALID),
        role("a read key", server.api_key(Rights::Read, None), None, TOO_LITTLE),
        role("an administrator's token", root, None, None),
        role("a write key", writer, None, None),
        role("an operator's client", of_machine, None, None),
    ]
}

/// X02: every route of the admin API, by every role, from the table of routes: a new route is tried without a word here.
#[actix_web::test]
async fn every_route_asks_every_role_for_its_right() {
    // An administrator with a password alone is one of the callers.
    let server = Server::with().set("GRANTOR_DESK__SECOND_FACTOR", "false").start().await;
    let roles = roles(&server).await;
    let mut tried = 0;
    let mut routes: Vec<_> = ROUTES.iter().filter(|route| route.rule.is_api()).collect();
    // It signs everybody out, the administrator as well.
    routes.sort_by_key(|route| route.pattern == "/admin/api/sessions");
    for route in routes {
        let path = route.pattern.replace("{client_id}", "unknown").replace("{id}", "999999");
        for method in route.methods {
            for role in &roles {
                let needs_write = route.rule == Rule::ReadAndWrite && *method != "GET";
                let wanted = if needs_write { role.on_write } else { role.on_read };
                let mut request = server.http.request(method.parse().unwrap(), server.url(&path));
                if !role.credential.is_empty() {
                    request = request.bearer_auth(&role.credential);
                }
                let answer = request.send().await.unwrap();
                let status = answer.status().as_u16();
                let shown = format!("{method} {path} by {}: {status}", role.name);
                let header =
                    |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
                assert_eq!(header("cache-control").as_deref(), Some("no-store"), "{shown}");
                assert_eq!(header("access-control-allow-origin"), None, "{shown}");
                match wanted {
                    Some((refused, challenge)) => {
                        assert_eq!(status, refused, "{shown}");
                        assert_eq!(header("www-authenticate").as_deref(), Some(challenge), "{shown}");
                        assert_eq!(
                            header("content-type").as_deref(),
                            Some("application/problem+json"),
                            "{shown}"
                        );
                    }
                    None => assert!(matches!(status, 200 | 201 | 400 | 404 | 409 | 415), "{shown}"),
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
}

/// X02: what stands below /admin has a rule, that of the API or that of the desk, and nothing else has one.
#[test]
fn a_rule_stands_at_every_admin_route_and_nowhere_else() {
    for route in ROUTES {
        assert_eq!(route.pattern.starts_with("/admin/api/"), route.rule.is_api(), "{}", route.pattern);
        let is_page = route.pattern.starts_with("/admin") && !route.rule.is_api();
        assert_eq!(is_page, route.rule.is_desk(), "{}", route.pattern);
        assert!(route.rule == Rule::None || !route.is_cross_origin, "{}", route.pattern);
    }
}

/// X02: a path that is in no table, or written otherwise, is not reached by anybody.
#[actix_web::test]
async fn a_path_without_a_rule_is_not_there() {
    let server = Server::start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    for path in ["/nothing", "/clients/", "/clients/a/b", "/%63lients", "//clients", "/clients/x/disable/"] {
        assert_eq!(server.admin(&key, Method::GET, path, None).await.status(), 404, "{path}");
        assert_eq!(server.admin("", Method::GET, path, None).await.status(), 401, "{path}");
    }
    assert_eq!(server.admin(&key, Method::PATCH, "/clients", None).await.status(), 405);
}

/// X02: the cookie of an administrator's browser opens nothing, and a token in the query neither.
#[actix_web::test]
async fn only_the_authorization_header_counts() {
    let server = Server::start().await;
    server.add_administrator("root");
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url("/login")).await;
    browser.sign_in(&page, "root").await;
    assert!(!browser.cookies.is_empty());
    let answer = browser.send(Method::GET, &server.url("/admin/api/clients"), None).await;
    assert_eq!(answer.status(), 401);
    let key = server.api_key(Rights::ReadWrite, None);
    let url = server.url(&format!("/admin/api/clients?access_token={key}"));
    assert_eq!(server.http.get(url).send().await.unwrap().status(), 401);
}

/// registration.md §2: the scope of administrators is no open client's, not advertised, and not given by leaving scope out.
#[actix_web::test]
async fn nobody_gets_the_scope_of_administrators_by_accident() {
    let server = Server::start().await;
    let asked = server
        .register(json!({"redirect_uris": ["https://client.example/cb"], "scope": "openid grantor:admin"}))
        .await;
    assert_eq!(asked.body["scope"], "openid");
    let url = server.url("/.well-known/oauth-authorization-server");
    let (_, metadata) = json_of(server.http.get(url).send().await.unwrap()).await;
    assert!(!metadata["scopes_supported"].to_string().contains("grantor:admin"), "{metadata}");
    let key = server.api_key(Rights::ReadWrite, None);
    let silent = json!({"metadata": {"grant_types": ["client_credentials"]}});
    let (status, client) = server.administer(&key, Method::POST, "/clients", silent).await;
    assert_eq!(status, 201, "{client}");
    assert!(!client["metadata"]["scope"].to_string().contains("grantor:admin"), "{client}");
}

/// registration.md §2: somebody who is no administrator and asks for that scope alone is refused, after the sign-in.
#[actix_web::test]
async fn only_an_administrator_can_allow_the_scope() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let key = server.api_key(Rights::ReadWrite, None);
    let console = server.operators_client(&key, &[GrantType::AuthorizationCode], "grantor:admin").await;
    let url = server.authorize_url(&console, &Pkce::new(), &[("scope", "grantor:admin")]);
    let page = Browser::new(&server).authorize(&url, "ada").await;
    let location = page.location.unwrap_or_else(|| panic!("a page: {}", page.url));
    assert_eq!(query_of(&location, "error").as_deref(), Some("invalid_scope"), "{location}");
}

/// U15: who administers by a token has shown what the desk asks for, also when the token is refreshed. Of people without an
/// office no more is asked than before.
#[actix_web::test]
async fn a_token_of_an_administrator_needs_a_second_factor() {
    let server = Server::start().await;
    server.add_user("ada").await;
    server.add_administrator("root");
    let key = server.api_key(Rights::ReadWrite, None);
    let grant_types = [GrantType::AuthorizationCode, GrantType::RefreshToken];
    let console = server.operators_client(&key, &grant_types, "openid offline_access grantor:admin").await;
    let url = |pkce: &Pkce, scope: &str| {
        server.authorize_url(&console, pkce, &[("scope", scope), ("prompt", "consent")])
    };
    let allow = |page: &Page| page.form("/consent").with("decision", "allow");
    let issued = async |page: Page, pkce: &Pkce| {
        let code =
            query_of(page.location.as_ref().unwrap_or_else(|| panic!("{}", page.text())), "code").unwrap();
        tokens(server.exchange(&console, &code, pkce).await).await
    };
    // Somebody who holds no office, and the administrator for another scope.
    for (name, scope) in [("ada", "openid grantor:admin"), ("root", "openid")] {
        let (mut browser, pkce) = (Browser::new(&server), Pkce::new());
        let page = browser.open(&url(&pkce, scope)).await;
        let page = try_in(&mut browser, &page, name, PASSWORD).await;
        let page = browser.submit(&allow(&page)).await;
        assert_eq!(issued(page, &pkce).await.body["scope"], "openid", "{name}");
    }
    let (mut browser, pkce) = (Browser::new(&server), Pkce::new());
    let page = browser.open(&server.url("/login")).await;
    try_in(&mut browser, &page, "root", PASSWORD).await;
    let asked = url(&pkce, "openid offline_access grantor:admin");
    let page = browser.open(&asked).await;
    assert!(page.has_form("/login"), "a session of one factor does not do: {}", page.text());
    let enrol = try_in(&mut browser, &page, "root", PASSWORD).await;
    assert!(enrol.url.contains("/login/enrol?"), "{}", enrol.url);
    let silent = server.authorize_url(&console, &pkce, &[("scope", "grantor:admin"), ("prompt", "none")]);
    let silent = browser.open(&silent).await.location.unwrap();
    assert_eq!(query_of(&silent, "error").as_deref(), Some("login_required"));
    let app = with_app(&server, "root").await;
    let page = browser.open(&enrol.url).await;
    let page = send_code(&mut browser, &page, &app.code(&server, 0)).await;
    let page = browser.submit(&allow(&page)).await;
    let issued = issued(page, &pkce).await;
    assert_eq!(issued.body["scope"], "grantor:admin offline_access openid");
    assert_eq!(server.admin(&issued.access_token, Method::GET, "/clients", None).await.status(), 200);
    // As it was issued before the setting was on.
    assert_eq!(server.execute("UPDATE grants SET acr = '1' WHERE scopes LIKE '%admin%'"), 1);
    assert_eq!(error_of(server.refresh(&console, issued.refresh()).await).await.1, "invalid_grant");
    assert_eq!(server.execute("UPDATE grants SET acr = '2' WHERE scopes LIKE '%admin%'"), 1);
    assert_eq!(server.refresh(&console, issued.refresh()).await.status(), 200);
}

/// M02 for administrators: bad keys count where they come from, up to 429; a good one is let in all the same.
#[actix_web::test]
async fn guessing_is_slow() {
    let server = Server::with().set("GRANTOR_REGISTRATION__FAILURES_PER_MINUTE", "3").start().await;
    let key = server.api_key(Rights::Read, None);
    for _ in 0..3 {
        assert_eq!(server.admin("garbage", Method::GET, "/clients", None).await.status(), 401);
    }
    let refused = server.admin("garbage", Method::GET, "/clients", None).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(server.admin(&key, Method::GET, "/clients", None).await.status(), 200);
}

/// D14: a key of the admin API is none of anything else, and a registration access token is none here.
#[actix_web::test]
async fn a_key_opens_nothing_else() {
    let server = Server::start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    let client = server.register_confidential().await;
    let answer = server.http.get(&client.registration_client_uri).bearer_auth(&key).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let answer = server.http.get(server.url("/userinfo")).bearer_auth(&key).send().await.unwrap();
    assert_eq!(error_of(answer).await, (401, "invalid_token".to_owned()));
    let token = &client.registration_access_token;
    assert_eq!(server.admin(token, Method::GET, "/clients", None).await.status(), 401);
}
