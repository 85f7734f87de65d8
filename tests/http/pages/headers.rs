//! The headers of every page. RFC 9700 §4.16, OAuth 2.1 §7.11.

use grantor::flow::administer::api_keys::Rights;

use super::{https_server, signed_in};
use crate::support::{Browser, Page, Pkce, Server};

/// One page of each kind, by a name.
async fn every_page(server: &Server) -> Vec<(&'static str, Page)> {
    server.add_user("ada").await;
    let client = server.register_public().await;
    let url = |extra: &[(&str, &str)]| server.authorize_url(&client, &Pkce::new(), extra);
    let mut anybody = Browser::new(server);
    let mut ada = signed_in(server, "ada").await;
    let sign_in = anybody.open(&url(&[])).await;
    let wrong = sign_in.form("/login").with("name", "ada").with("password", "wrong");
    let stale = sign_in.form("/login").with("csrf", "x");
    let consent = ada.open(&url(&[])).await;
    let link = grantor::flow::set_up::quick_start(server.means(), server.clock.now()).unwrap().unwrap();
    let setup = server.url(&format!("/setup?token={}", link.setup_link.expose()));
    vec![
        ("wrong password", anybody.submit(&wrong).await),
        ("stale form", anybody.submit(&stale).await),
        ("sign in", sign_in),
        ("consent", consent),
        ("plain sign in", anybody.open(&server.url("/login")).await),
        ("unknown client", anybody.open(&url(&[("client_id", "c-x")])).await),
        ("nothing here", anybody.open(&server.url("/nothing")).await),
        ("form post", anybody.open(&url(&[("prompt", "none"), ("response_mode", "form_post")])).await),
        ("sign out", ada.open(&server.url("/logout")).await),
        ("signed out", anybody.open(&server.url("/logout")).await),
        ("home", anybody.open(&server.url("/")).await),
        ("setup", anybody.open(&setup).await),
        ("setup gone", anybody.open(&server.url("/setup?token=x")).await),
    ]
}

/// U05, U06, U07, U08, U12, T20: on every page, with errors and all.
#[actix_web::test]
async fn every_page_has_the_security_headers() {
    let server = Server::start().await;
    for (name, page) in every_page(&server).await {
        let header = |header: &str| {
            let value = page.headers.get(header).unwrap_or_else(|| panic!("{name} has no {header}"));
            value.to_str().unwrap().to_owned()
        };
        assert_eq!(header("content-type"), "text/html; charset=utf-8", "{name}");
        assert_eq!(header("cache-control"), "no-store", "{name}");
        assert_eq!(header("x-frame-options"), "DENY", "{name}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{name}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{name}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{name}");
        assert!(!header("x-request-id").is_empty(), "{name}");
        let policy = header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.split("; ").any(|part| part.starts_with(rule)), "{name}: {rule} in {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{name}: {policy}");
        let leads_to_the_client = ["wrong password", "sign in", "consent", "form post"].contains(&name);
        assert_eq!(policy.contains("https://client.example"), leads_to_the_client, "{name}: {policy}");
    }
}

/// U06, U07: no script, style or handler stands in a page, and nothing is loaded from elsewhere.
#[actix_web::test]
async fn no_page_holds_script_or_loads_from_elsewhere() {
    let server = Server::start().await;
    for (name, page) in every_page(&server).await {
        let document = scraper::Html::parse_document(&page.html);
        let mut elements = 0;
        for element in document.tree.nodes().filter_map(|node| node.value().as_element()) {
            elements += 1;
            let tag = element.name();
            assert!(!["style", "iframe", "object", "embed", "base"].contains(&tag), "{name}: {tag}");
            for (attribute, value) in element.attrs() {
                assert!(!attribute.starts_with("on") && attribute != "style", "{name}: {attribute}");
                if attribute == "src" || (tag == "link" && attribute == "href") {
                    assert!(value.starts_with("/static/"), "{name}: {value}");
                }
            }
            assert!(tag != "script" || element.attr("src").is_some(), "{name}");
        }
        assert!(elements > 10, "{name}");
    }
}

/// U13: an error page gives a number to find it by, and nothing of the inside.
#[actix_web::test]
async fn an_error_page_gives_the_request_id() {
    let server = Server::start().await;
    let page = Browser::new(&server).open(&server.url("/authorize?client_id=c-x")).await;
    let id = page.headers["x-request-id"].to_str().unwrap();
    assert!(page.text().contains(id), "{}", page.text());
}

/// RFC 9110 §15.5.6: an address that forms are sent to says to a person that it is no page, and to a machine nothing but what it takes.
#[actix_web::test]
async fn an_address_of_forms_is_told_to_a_person() {
    let server = Server::start().await;
    for path in ["/switch", "/upstream/nobody", "/account/sessions/end"] {
        let request = || server.http.get(server.url(path));
        let page = request().header("accept", "text/html,*/*;q=0.8").send().await.unwrap();
        assert_eq!(
            (page.status().as_u16(), &page.headers()["allow"]),
            (405, &"POST".parse().unwrap()),
            "{path}"
        );
        assert!(page.text().await.unwrap().contains("There is no page at this address."), "{path}");
        let answer = request().send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["allow"]),
            (405, &"POST".parse().unwrap()),
            "{path}"
        );
        assert_eq!(answer.text().await.unwrap(), "", "{path}");
    }
    let key = server.api_key(Rights::ReadWrite, None);
    for path in ["/token", "/register", "/admin/api/clients/sweep"] {
        let request = server.http.get(server.url(path)).bearer_auth(&key).header("accept", "text/html");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 405, "{path}");
        assert!(answer.headers().get("set-cookie").is_none(), "{path} is for programs");
        assert_eq!(answer.text().await.unwrap(), "", "{path} is for programs");
    }
}

/// U08: a server on https tells browsers to stay there, for a year or more; one on a loopback http address does not.
#[actix_web::test]
async fn https_is_made_to_stay() {
    let server = https_server().await;
    let response =
        server.http.get(server.url("/login")).header("x-forwarded-proto", "https").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let policy = response.headers()["strict-transport-security"].to_str().unwrap();
    let age = policy.split(';').next().unwrap().strip_prefix("max-age=").unwrap();
    assert!(age.parse::<u64>().unwrap() >= 31_536_000, "{policy}");
    let plain = server.http.get(server.url("/login")).send().await.unwrap();
    assert_eq!(plain.status(), 403);
    let loopback = Server::start().await;
    let response = loopback.http.get(loopback.url("/login")).send().await.unwrap();
    assert!(response.headers().get("strict-transport-security").is_none());
}

/// A28: no page may be read by a script of another site.
#[actix_web::test]
async fn no_page_answers_to_cors() {
    let server = Server::start().await;
    for path in ["/authorize", "/login", "/consent", "/switch", "/logout", "/setup", "/"] {
        for method in [reqwest::Method::GET, reqwest::Method::POST, reqwest::Method::OPTIONS] {
            let request = server
                .http
                .request(method.clone(), server.url(path))
                .header("origin", "https://client.example");
            let request = request.header("access-control-request-method", "POST");
            let response =
                request.header("access-control-request-headers", "content-type").send().await.unwrap();
            let cors = response.headers().keys().find(|name| name.as_str().starts_with("access-control"));
            assert_eq!(cors, None, "{method} {path}");
            assert!(!response.status().is_server_error(), "{method} {path}");
        }
    }
}
