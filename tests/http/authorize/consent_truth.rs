//! What the consent page tells of a client: where the answer goes, who vouches for it, and what it looks like but is not.
//! RFC 7591 §5, draft-ietf-oauth-client-id-metadata-document, MCP authorization.

use reqwest::header::{ACCEPT_LANGUAGE, COOKIE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use scraper::{Html, Selector};
use serde_json::{Value, json};

use crate::support::{Browser, Page, Pkce, Registered, Server};

const ISSUER: &str = "https://directory.example";

/// Ada is known, and software statements of one issuer are believed.
async fn server() -> Server {
    let key = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let jwks = json!({"keys": [key]}).to_string();
    let issuers = json!([{"issuer": ISSUER, "jwks": jwks}]);
    let server = Server::with().set("GRANTOR_SOFTWARE_STATEMENT_ISSUERS", &issuers.to_string()).start().await;
    server.add_user("ada").await;
    server
}

async fn named(server: &Server, name: &str, redirect_uri: &str) -> Registered {
    let metadata =
        json!({"client_name": name, "redirect_uris": [redirect_uri], "token_endpoint_auth_method": "none"});
    server.register(metadata).await
}

/// Makes the row what another door would have made it.
fn change(server: &Server, client: &Registered, assignment: &str) {
    let statement = format!("UPDATE clients SET {assignment} WHERE client_id = '{}'", client.client_id);
    assert_eq!(server.execute(&statement), 1);
}

/// The client becomes one of a client id metadata document at this address, read a moment ago.
fn publish(server: &Server, client: &Registered, address: &str) -> Registered {
    change(server, client, &format!("source = 'document', client_id = '{address}'"));
    let now = server.clock.now();
    let zeros = "0".repeat(64);
    let digest = if crate::support::on_postgres() { format!("'\\x{zeros}'") } else { format!("x'{zeros}'") };
    server.execute(&format!(
        "INSERT INTO client_documents (client_key, fetched_at, fresh_until, digest) \
         SELECT id, {now}, {now} + 3600, {digest} FROM clients WHERE client_id = '{address}'"
    ));
    Registered { client_id: address.to_owned(), ..client.clone() }
}

/// The sign-in page and the consent page.
async fn pages(server: &Server, client: &Registered, extra: &[(&str, &str)]) -> (Page, Page) {
    let mut browser = Browser::new(server);
    let sign_in = browser.open(&server.authorize_url(client, &Pkce::new(), extra)).await;
    let consent = browser.sign_in(&sign_in, "ada").await;
    assert!(consent.has_form("/consent"), "{}", consent.text());
    (sign_in, consent)
}

async fn consent(server: &Server, client: &Registered) -> String {
    pages(server, client, &[]).await.1.text()
}

#[track_caller]
fn assert_tells(page: &str, told: &[&str], not_told: &[&str]) {
    for part in told {
        assert!(page.contains(part), "{part} is not in: {page}");
    }
    for part in not_told {
        assert!(!page.contains(part), "{part} is in: {page}");
    }
}

/// D06, U02, C06: each tier says in plain words who vouches for the client, on the consent page and in short at sign-in. A
/// client that a removed issuer verified is one that nobody vouches for.
#[actix_web::test]
async fn the_page_says_who_vouches_for_the_client() {
    let server = server().await;
    let client = named(&server, "Notebook", "https://notebook.example/cb").await;
    let rows = [
        (
            "source = 'dynamic'",
            "Not verified",
            "registered itself",
            "Not verified: this app registered itself",
        ),
        (
            "source = 'initial_access_token'",
            "Not verified",
            "a token that an administrator gave out",
            "Not verified",
        ),
        ("source = 'user'", "Not verified", "Somebody who has an account here", "Not verified"),
        (
            "source = 'operator'",
            "Added by an administrator",
            "An administrator of this server added",
            "Added by",
        ),
        (
            "source = 'dynamic', verified_by = 'https://directory.example'",
            "Verified",
            ISSUER,
            "Verified by https://directory.example",
        ),
        (
            "verified_by = 'https://removed.example'",
            "Not verified",
            "registered itself",
            "Not verified: this app registered itself",
        ),
    ];
    for (assignment, badge, said, short) in rows {
        change(&server, &client, assignment);
        let (sign_in, consent) = pages(&server, &client, &[]).await;
        assert_tells(&consent.text(), &[badge, said], &["removed.example"]);
        assert_tells(&sign_in.text(), &[short], &["removed.example"]);
        let is_warned = badge == "Not verified";
        assert_eq!(consent.text().contains("nobody has verified who made it"), is_warned, "{assignment}");
        assert_eq!(consent.html.contains("notice warn"), is_warned, "{assignment}");
    }
}

/// C06, MCP: for a client of a document the page shows the host of its `client_id` beside the redirect host, and warns if
/// the one is not a part of the other.
#[actix_web::test]
async fn a_document_client_is_known_by_its_host() {
    let server = server().await;
    for (redirect_uri, host, warned) in [
        ("https://notebook.example/cb", "notebook.example", false),
        ("https://login.notebook.example/cb", "login.notebook.example", false),
        ("https://evil.example/cb", "evil.example", true),
        ("https://notnotebook.example/cb", "notnotebook.example", true),
        ("http://localhost/cb", "an app on this computer", false),
    ] {
        let client = named(&server, "Notebook", redirect_uri).await;
        let client = publish(&server, &client, &format!("https://notebook.example/{}", client.client_id));
        let (sign_in, page) = pages(&server, &client, &[]).await;
        let sent = format!("You will be sent to {host}");
        assert_tells(
            &page.text(),
            &[&sent, "controls the web site notebook.example", "nobody has verified it"],
            &["registered itself"],
        );
        assert_tells(&sign_in.text(), &["known by its web site notebook.example"], &[]);
        let warning = "presents itself at notebook.example , which is another site";
        assert_eq!(page.text().contains(warning), warned, "{}", page.text());
    }
}

/// D06, MCP: the redirect host is the first thing that the page says, in A-labels; letters stand beside it.
#[actix_web::test]
async fn the_redirect_host_is_first_and_in_a_labels() {
    let server = server().await;
    let client = named(&server, "Notebook", "https://xn--bcher-kva.example/cb").await;
    let (sign_in, page) = pages(&server, &client, &[]).await;
    let text = page.text();
    assert_tells(
        &text,
        &["You will be sent to xn--bcher-kva.example in its own letters bücher.example"],
        &["looks like"],
    );
    assert!(sign_in.text().contains("and then back to xn--bcher-kva.example"), "{}", sign_in.text());
    let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    for later in ["Not verified", "It will be able to", "Signed in as"] {
        assert!(place("xn--bcher-kva.example") < place(later), "{later}");
    }
    for (uri, told) in [
        ("https://xn--80ak6aa92e.com/cb", "xn--80ak6aa92e.com looks like apple.com but is another address"),
        ("https://c1aude.ai/cb", "c1aude.ai looks like claude.ai but is another address"),
        ("https://claude.ai.evil.example/cb", "looks like claude.ai but"),
        ("https://xn--a-0ub.example/cb", "mixes letters of several scripts"),
    ] {
        let client = named(&server, "Notebook", uri).await;
        let text = consent(&server, &client).await;
        let host = url::Url::parse(uri).unwrap().host_str().unwrap().to_owned();
        assert_tells(&text, &[told, &format!("You will be sent to {host}")], &["in its own letters"]);
    }
}

/// D06: a name that looks like a product's, this server's, or that of somebody who is vouched for.
#[actix_web::test]
async fn a_look_alike_name_is_flagged() {
    let mut server = Server::with()
        .set("GRANTOR_ISSUER", "https://login.bank.example")
        .set("GRANTOR_TRUSTED_PROXIES", "127.0.0.1/32")
        .set("GRANTOR_RESOURCES", r#"[{"identifier":"https://ledger.example/mcp","name":"Ledger Tools"}]"#)
        .start()
        .await;
    let proxied = HeaderMap::from_iter([(
        HeaderName::from_static("x-forwarded-proto"),
        HeaderValue::from_static("https"),
    )]);
    server.http =
        reqwest::Client::builder().redirect(Policy::none()).default_headers(proxied).build().unwrap();
    server.add_user("ada").await;
    let payroll = named(&server, "Payroll Desk", "https://payroll.example/cb").await;
    let (loopback, elsewhere) = ("http://localhost/callback", "https://evil.example/cb");
    // Nobody vouches for the other one yet.
    let twin = named(&server, "Payroll Desk", elsewhere).await;
    assert_tells(&consent(&server, &twin).await, &[], &["This is not"]);
    change(&server, &payroll, "source = 'operator'");
    for (name, uri, told, not_told) in [
        ("CIaude", loopback, "This is not Claude", "Any app can"),
        ("Сlaude Code", elsewhere, "written so that it looks like that one", "Any app can"),
        ("Claude Code (notes)", loopback, "Any app can call itself Claude", "This is not"),
        ("Claude", "https://claude.ai/api/mcp/auth_callback", "Not verified", "Claude ."),
        ("Payroll Desk", elsewhere, "This is not Payroll Desk", "Any app can"),
        (
            "PayroIl-Desk 2",
            elsewhere,
            "belongs to this server, or to an app that its administrator knows",
            "Any app can",
        ),
        ("Payroll Desk", "https://payroll.example/other", "Not verified", "This is not"),
        ("Ledger Tools", elsewhere, "This is not Ledger Tools", "Any app can"),
        ("Claude Code (Ledger Tools)", loopback, "Any app can call itself Claude", "This is not"),
        ("Grantor", elsewhere, "This is not Grantor", "Any app can"),
        ("login.bank.example", elsewhere, "This is not login.bank.example", "Any app can"),
        ("Notebook", elsewhere, "Not verified", "This is not"),
    ] {
        let client = named(&server, name, uri).await;
        assert_tells(&consent(&server, &client).await, &[told], &[not_told]);
    }
    // Who is vouched for may be called so.
    assert_tells(&consent(&server, &payroll).await, &["Added by an administrator"], &["This is not"]);
    change(&server, &twin, "source = 'operator'");
    assert_tells(&consent(&server, &twin).await, &[], &["This is not"]);
}

/// D07, RFC 7591 §5: links that lead to another host than the answer are named, in every language, and not dropped.
#[actix_web::test]
async fn links_to_other_hosts_are_flagged() {
    let server = server().await;
    for member in [
        "client_uri",
        "logo_uri",
        "tos_uri",
        "policy_uri",
        "client_uri#de",
        "logo_uri#ja",
        "tos_uri#fr",
        "policy_uri#de",
    ] {
        let mut metadata = json!({
            "client_name": "Notebook", "redirect_uris": ["https://notebook.example/cb"],
            "token_endpoint_auth_method": "none",
        });
        metadata[member] = json!("https://good.example/x");
        let client = server.register(metadata.clone()).await;
        assert_eq!(client.body[member], "https://good.example/x");
        let text = consent(&server, &client).await;
        assert_tells(&text, &["links lead elsewhere, to good.example"], &[]);
        metadata[member] = json!("https://notebook.example/x");
        let client = server.register(metadata).await;
        assert_tells(&consent(&server, &client).await, &[], &["lead elsewhere"]);
    }
}

/// D08: a logo is never asked for from elsewhere, not by the page either: by default none is shown, whoever vouches for the
/// client, and the policy of the page would let no other origin give one.
#[actix_web::test]
async fn a_logo_is_never_taken_from_its_own_address() {
    let server = server().await;
    let client = server
        .register(json!({
            "client_name": "Notebook", "redirect_uris": ["https://notebook.example/cb"], "token_endpoint_auth_method": "none",
            "logo_uri": "https://notebook.example/logo.png", "logo_uri#en": "https://notebook.example/en.svg",
        }))
        .await;
    for source in ["dynamic", "operator"] {
        change(&server, &client, &format!("source = '{source}'"));
        let (sign_in, consent) = pages(&server, &client, &[]).await;
        for page in [sign_in, consent] {
            let html = Html::parse_document(&page.html);
            let images = Selector::parse("img, image, picture, [style], link[rel~=preload]").unwrap();
            assert_eq!(html.select(&images).count(), 0, "{source}: {}", page.html);
            assert!(
                !page.html.contains("logo.png") && !page.html.contains("en.svg"),
                "{source}: {}",
                page.html
            );
            let policy = page.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("default-src 'none'") && policy.contains("img-src 'self';"), "{policy}");
        }
    }
}

/// U02: how long the access lasts, by what the client may do and asks for.
#[actix_web::test]
async fn the_page_says_how_long_the_access_lasts() {
    let server = server().await;
    server.publish_resource("https://short.example/mcp", &[], None).await;
    assert_eq!(server.execute("UPDATE resources SET access_token_lifetime = 300"), 1);
    server.execute("UPDATE server_state SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE name = 'resources_version'");
    let of = |grants: Value| json!({"client_name": "Notebook", "redirect_uris": ["https://notebook.example/cb"], "grant_types": grants});
    let once = server.register(of(json!(["authorization_code"]))).await;
    let refreshed = server.register(of(json!(["authorization_code", "refresh_token"]))).await;
    let config = &server.means().config;
    let days = |seconds: i64| format!("{} days", seconds / 86_400);
    let away =
        format!("Keep this access while you are away, for up to {}", days(config.refresh.absolute_lifetime));
    let session = "This access ends when you sign out here";
    let hours = format!(
        "This access ends after {}",
        match config.tokens.access_token_lifetime {
            3_600 => "1 hour".to_owned(),
            seconds => format!("{} minutes", seconds / 60),
        }
    );
    for (client, scope, told, not_told) in [
        (&refreshed, "openid offline_access", away.as_str(), session),
        (&refreshed, "openid", session, "while you are away"),
        (&refreshed, "email", away.as_str(), session),
        (&once, "openid", hours.as_str(), "while you are away"),
    ] {
        let text = pages(&server, client, &[("scope", scope)]).await.1.text();
        assert_tells(&text, &[told], &[not_told]);
    }
}

/// RFC 7591 §2.2, OpenID Connect Core §3.1.2.1: the client's words are shown in the person's language, first by
/// `ui_locales`, then by what the browser says, and the page tells which one it is (WCAG 3.1.2).
#[actix_web::test]
async fn the_clients_words_are_in_the_persons_language() {
    let server = server().await;
    let client = server
        .register(json!({
            "redirect_uris": ["https://notebook.example/cb"], "token_endpoint_auth_method": "none",
            "client_name": "Notebook", "client_name#ja": "ノート", "client_name#de": "Notizbuch",
            "policy_uri": "https://notebook.example/privacy", "policy_uri#de": "https://notebook.example/datenschutz",
            "tos_uri#ja": "https://notebook.example/kiyaku",
        }))
        .await;
    for (ui_locales, header, name, lang, policy) in [
        ("", "", "Notebook", None, "privacy"),
        ("", "de-AT,de;q=0.9,en;q=0.8", "Notizbuch", Some("de"), "datenschutz"),
        ("", "en-GB,ja;q=0.5", "Notebook", None, "privacy"),
        ("ja", "de", "ノート", Some("ja"), "datenschutz"),
        ("fr ja", "", "ノート", Some("ja"), "privacy"),
        ("fr", "ko", "Notebook", None, "privacy"),
    ] {
        let mut browser = Browser::new(&server);
        let url = server.authorize_url(&client, &Pkce::new(), &[("ui_locales", ui_locales)]);
        let sign_in = browser.open(&url).await;
        let seen_first = reload(&browser, &sign_in, header).await;
        let consent = browser.sign_in(&sign_in, "ada").await;
        let seen_then = reload(&browser, &consent, header).await;
        for html in [&seen_first, &seen_then] {
            let document = Html::parse_document(html);
            let found =
                document.select(&Selector::parse("bdi").unwrap()).find(|bdi| bdi.inner_html() == name);
            let found = found.unwrap_or_else(|| panic!("{name} is not in {html}"));
            assert_eq!(found.value().attr("lang"), lang, "{ui_locales} {header}");
            let links = Selector::parse("a[target=_blank][rel='noopener noreferrer nofollow']").unwrap();
            let links: Vec<_> =
                document.select(&links).filter_map(|link| link.value().attr("href")).collect();
            let policy = format!("https://notebook.example/{policy}");
            assert_eq!(links, [policy.as_str(), "https://notebook.example/kiyaku"], "{ui_locales} {header}");
        }
    }
}

/// The page again, as a browser loads it whose person reads these languages.
async fn reload(browser: &Browser, page: &Page, languages: &str) -> String {
    let cookies: Vec<String> =
        browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = crate::support::http_client().get(&page.url).header(COOKIE, cookies.join("; "));
    let answer = request.header(ACCEPT_LANGUAGE, languages).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

/// CVE row 3, D06: whatever a client registers, in whatever language, stays text on every page that shows it.
#[actix_web::test]
async fn no_member_of_a_client_becomes_markup() {
    let server = server().await;
    let hostile = "</bdi></title><script>alert(1)</script><img src=x onerror=alert(1)>\"'{{7*7}}";
    let uri = "https://notebook.example/?\"><script>alert(1)</script>";
    let mut metadata = json!({
        "redirect_uris": ["https://notebook.example/cb"], "token_endpoint_auth_method": "none",
        "contacts": [hostile], "software_id": hostile, "software_version": hostile,
    });
    for language in ["", "#de", "#ja"] {
        metadata[format!("client_name{language}")] = json!(hostile);
        for member in ["client_uri", "logo_uri", "tos_uri", "policy_uri"] {
            metadata[format!("{member}{language}")] = json!(uri);
        }
    }
    // What a registration refuses as no URI cannot be shown; the name always can.
    let response = server.post_registration(&metadata).await;
    if response.status() != 201 {
        for (name, value) in metadata.as_object_mut().unwrap() {
            if name.contains("_uri") && value.is_string() {
                *value = json!("https://notebook.example/?%22%3E%3Cscript%3E'");
            }
        }
    }
    let client = server.register(metadata).await;
    for languages in ["", "de", "ja"] {
        let (sign_in, consent) = pages(&server, &client, &[("ui_locales", languages)]).await;
        for page in [sign_in, consent] {
            let document = Html::parse_document(&page.html);
            let all = |selector: &str| document.select(&Selector::parse(selector).unwrap()).count();
            assert_eq!(all("img, script:not([src]), [onerror]"), 0, "{}", page.html);
            assert!(page.text().contains("</bdi></title><script>alert(1)"), "{}", page.text());
            assert!(!page.html.contains("49\"") && !page.html.contains("{{7*7}}</title>"), "{}", page.html);
        }
    }
}

/// D06: of a long name 64 characters are shown, and what cannot be seen is not, on all pages that name the client.
#[actix_web::test]
async fn a_name_is_made_fit_to_be_shown() {
    let server = server().await;
    let client = named(
        &server,
        &format!("Note\u{200b}book\u{202e} {}", "x".repeat(200)),
        "https://notebook.example/cb",
    )
    .await;
    let (sign_in, consent) = pages(&server, &client, &[]).await;
    let shown = format!("Notebook {}…", "x".repeat(55));
    for page in [sign_in, consent] {
        assert!(page.html.contains(&format!(">{shown}</bdi>")), "{}", page.html);
        assert!(!page.html.contains(['\u{202e}', '\u{200b}']), "{}", page.html);
    }
}
