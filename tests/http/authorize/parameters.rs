//! Request parameters: once, decoded, and never believed. RFC 6749 §3.1.

use super::{answer, assert_page, error_to, refusal, refused_as};
use crate::support::{Browser, Page, Pkce, Registered, Server, query_of};

/// A26: what is sent twice is refused, even if one is empty; the client is told unless its address is in doubt.
#[actix_web::test]
async fn a_repeated_parameter_is_refused() {
    let server = Server::start().await;
    let client = server.register_public().await;
    for name in [
        "response_type",
        "scope",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "prompt",
        "max_age",
        "unknown",
    ] {
        for (one, other) in [("a", "a"), ("a", "b"), ("code", "code")] {
            let (code, description) = refusal(&server, &client, &[(name, one), (name, other)]).await;
            assert_eq!(code, "invalid_request", "{name}");
            assert!(description.contains(name) && description.contains("more than once"), "{description}");
        }
    }
    let (id, uri) = (client.client_id.as_str(), client.redirect_uri.as_str());
    for (name, one, other) in [
        ("client_id", id, id),
        ("client_id", id, "c-other"),
        ("redirect_uri", uri, uri),
        ("redirect_uri", uri, "https://evil.example/"),
        ("redirect_uri", "https://evil.example/", uri),
        ("state", "a", "b"),
        ("response_mode", "query", "form_post"),
    ] {
        let page = answer(&server, &client, &[(name, one), (name, other)]).await;
        assert_page(&page, 400, name);
        assert!(page.text().contains(name), "{}", page.text());
        let with_more = [("scope", "a"), ("scope", "b"), (name, one), (name, other)];
        assert_page(&answer(&server, &client, &with_more).await, 400, name);
    }
}

async fn raw(server: &Server, client: &Registered, tail: &str) -> Page {
    let url = server.authorize_url(client, &Pkce::new(), &[("prompt", "none")]);
    Browser::new(server).open(&format!("{url}{tail}")).await
}

/// A26: an empty one counts as sent, also spelled otherwise; but for a client or address that is not good, nobody is told.
#[actix_web::test]
async fn a_repeat_is_seen_in_any_spelling_and_tells_nobody_else() {
    let server = Server::start().await;
    let client = server.register_public().await;
    for tail in [
        "&scope=&scope=",
        "&scope&scope",
        "&scope=a&%73cope=b",
        "&nonce=%zz",
        "&nonce=%ff",
        "&nonce=%00",
        "&%zz=1",
    ] {
        let page = raw(&server, &client, tail).await;
        assert_eq!(error_to(&page, &client.redirect_uri, "a-state", &server).0, "invalid_request", "{tail}");
    }
    for tail in
        ["&state=", "&%73tate=x", "&client_id", "&redirect_uri=", "&response_mode=%zz", "&response_mode=%00"]
    {
        assert_page(&raw(&server, &client, tail).await, 400, tail);
    }
    assert_page(&raw(&server, &client, &"&p=1".repeat(100)).await, 400, "a hundred of one name");
    let repeated = [("scope", "a"), ("scope", "b")];
    for bad in [("client_id", "c-unknown"), ("client_id", ""), ("redirect_uri", "https://evil.example/")] {
        let page = answer(&server, &client, &[bad, repeated[0], repeated[1]]).await;
        assert_page(&page, 400, bad.0);
    }
}

/// A26: an empty value is an omitted one, and an unknown name is ignored.
#[actix_web::test]
async fn empty_is_omitted_and_unknown_is_ignored() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let page =
        raw(&server, &client, "&scope=&nonce=&max_age=&resource=&&=x&unknown=1&admin=true&user=ada").await;
    assert_eq!(error_to(&page, &client.redirect_uri, "a-state", &server).0, "login_required");
    let page = answer(&server, &client, &[("state", ""), ("prompt", "none")]).await;
    assert_eq!(query_of(page.location.as_deref().unwrap(), "state"), None);
}

/// R15: ten thousand parameters are not read, and nothing is sent anywhere.
#[actix_web::test]
async fn too_many_parameters_get_a_page() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let many: String = (0..5000).fold(String::new(), |text, n| text + "&p" + &n.to_string() + "=1");
    assert_page(&raw(&server, &client, &many).await, 400, "5000");
}

/// States that break what is careless with them.
pub(super) fn hostile_states() -> Vec<String> {
    vec![
        "x".repeat(10 * 1024),
        "a\r\nSet-Cookie: a=b\r\n\r\n<html>".to_owned(),
        "<script>alert(1)</script>".to_owned(),
        "\"><img src=x onerror=alert(1)>'`".to_owned(),
        "&error=x&code=stolen&iss=https://evil.example#fragment?".to_owned(),
        "a b+c%20d%2B=/;,{{7*7}}{% raw %}".to_owned(),
        "\u{e9}\u{202e}\u{1F600}\u{7f}\u{1}\t".to_owned(),
        "0".to_owned(),
    ]
}

/// A27: `state` comes back byte for byte, once, and in no header but its own place.
#[actix_web::test]
async fn the_state_comes_back_byte_for_byte() {
    let server = Server::start().await;
    let client = server.register_public().await;
    for state in hostile_states() {
        let page = answer(&server, &client, &[("state", &state), ("prompt", "none")]).await;
        assert_eq!(error_to(&page, &client.redirect_uri, &state, &server).0, "login_required");
        let location = page.headers["location"].to_str().unwrap();
        assert!(
            location.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%:/?&=".contains(&b)),
            "{location}"
        );
        for name in ["state", "error", "iss", "code"] {
            let count =
                url::Url::parse(location).unwrap().query_pairs().filter(|(key, _)| key == name).count();
            assert_eq!(count, usize::from(name != "code"), "{name} in {location}");
        }
        assert!(page.headers.keys().all(|name| name != "set-cookie"), "{location}");
    }
}

/// A27: what cannot be echoed is refused; a `state` that is too long is not carried.
#[actix_web::test]
async fn a_state_that_cannot_be_echoed_is_refused() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let url = server.authorize_url(&client, &Pkce::new(), &[("state", "")]);
    for state in ["%00", "a%00b", "%ff", "%C0%80", "%zz", "%"] {
        let page = Browser::new(&server).open(&format!("{url}&state={state}")).await;
        assert_page(&page, 400, state);
    }
    let page = answer(&server, &client, &[("state", &"x".repeat(16 * 1024 + 1))]).await;
    let location = page.location.as_deref().unwrap();
    assert_eq!(query_of(location, "error").as_deref(), Some("invalid_request"));
    assert_eq!(query_of(location, "state"), None);
}

/// A27, row 33: no page shows what the request holds but as text.
#[actix_web::test]
async fn no_page_of_the_request_holds_markup_of_the_request() {
    let server = Server::start().await;
    let client = server.register_public().await;
    let markup = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>";
    for name in ["state", "nonce", "login_hint", "ui_locales", "scope", "unknown", markup] {
        let scope = if name == "scope" { format!("openid {markup}") } else { markup.to_owned() };
        let page = answer(&server, &client, &[(name, &scope)]).await;
        assert!(!page.html.contains("<script>alert") && !page.html.contains("<img"), "{name}: {}", page.html);
    }
    for bad in [("client_id", markup), ("redirect_uri", markup)] {
        let page = answer(&server, &client, &[bad]).await;
        assert_page(&page, 400, bad.0);
        assert!(!page.html.contains("<script>alert") && !page.html.contains("<img"), "{}", page.html);
    }
    let twice = answer(&server, &client, &[("client_id", ""), (markup, "1"), (markup, "2")]).await;
    assert!(!twice.html.contains("<script>alert"), "{}", twice.html);
    assert_eq!(refused_as(&server, &client, &[("scope", markup)]).await, "invalid_scope");
}
