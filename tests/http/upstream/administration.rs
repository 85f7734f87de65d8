//! Providers through the admin API and the command line, by role.

use grantor::flow::administer::api_keys::Rights;
use grantor::flow::upstream::Rules;
use grantor::web::routes::ROUTES;
use reqwest::Method;
use serde_json::{Value, json};

use super::Pair;
use super::provider::{CLIENT_ID, Provider, SECRET};
use crate::support::{Browser, Server};

const PATH: &str = "/upstream-providers";
const ONE: &str = "/upstream-providers/login";

fn body(provider: &Provider) -> Value {
    json!({
        "name": "login", "issuer": provider.issuer("login"), "label": "Login", "client_id": CLIENT_ID,
        "client_secret": SECRET, "rules": { "create_accounts": true },
    })
}

/// Whether the sign-in page offers it.
async fn is_offered(server: &Server, name: &str) -> bool {
    let page = Browser::new(server).open(&server.url("/login")).await;
    page.has_form(&format!("/upstream/{name}"))
}

/// A provider is added, shown, changed, switched off and on, and removed; each change is written down, and the secret nowhere.
#[actix_web::test]
async fn a_provider_is_kept_by_the_admin_api() {
    let provider = Provider::start().await;
    let here = &provider.here;
    let key = here.api_key(Rights::ReadWrite, None);
    let (status, added) = here.administer(&key, Method::POST, PATH, body(&provider)).await;
    assert_eq!(status, 201, "{added}");
    assert_eq!(added["redirect_uri"], format!("{}/upstream/login/callback", here.issuer));
    assert_eq!((&added["has_client_secret"], &added["people"]), (&json!(true), &json!(0)));
    assert_eq!(added["scopes"], json!(["openid", "profile", "email"]));
    assert_eq!(here.administer(&key, Method::POST, PATH, body(&provider)).await.0, 409);
    let (_, listed) = here.administer(&key, Method::GET, PATH, Value::Null).await;
    assert_eq!(listed, json!({ "providers": [added] }));
    assert!(is_offered(here, "login").await);
    assert_eq!(provider.attempt(|claims| provider.signed(0, claims)).await.status, 200);

    let change = json!({"label": "Our login", "client_id": CLIENT_ID, "scopes": ["openid", "groups"]});
    let (status, changed) = here.administer(&key, Method::PUT, ONE, change).await;
    assert_eq!((status, &changed["label"]), (200, &json!("Our login")));
    assert_eq!((&changed["scopes"], &changed["people"]), (&json!(["openid", "groups"]), &json!(1)));
    assert_eq!(changed["rules"]["create_accounts"], false, "what is left out goes back to its default");
    assert_eq!(changed["has_client_secret"], true, "but the secret, which nobody can read to send it again");
    let (_, shown) = here.administer(&key, Method::GET, ONE, Value::Null).await;
    assert_eq!(shown, changed);

    let departed = provider.depart("login").await;
    let switch =
        async |what: &str| here.administer(&key, Method::POST, &format!("{ONE}/{what}"), Value::Null).await.0;
    assert_eq!((switch("enable").await, switch("disable").await, switch("disable").await), (409, 200, 409));
    assert!(!is_offered(here, "login").await);
    let mut late = departed;
    assert_eq!(provider.back(&mut late).await.status, 404, "whoever was on the way is not let in either");
    assert_eq!((switch("enable").await, is_offered(here, "login").await), (200, true));
    let (status, removed) = here.administer(&key, Method::DELETE, ONE, Value::Null).await;
    assert_eq!((status, &removed["people"]), (200, &json!(1)));
    assert_eq!(here.administer(&key, Method::GET, ONE, Value::Null).await.0, 404);
    assert_eq!(here.number("SELECT count(*) AS number FROM upstream_links"), 0);
    assert_eq!(here.number("SELECT count(*) AS number FROM users"), 1, "the account stays");

    for (kind, times) in
        [("upstream_provider_added", 1), ("upstream_provider_changed", 3), ("upstream_provider_removed", 1)]
    {
        let query = format!("SELECT count(*) AS number FROM audit_events WHERE kind = '{kind}'");
        assert_eq!(here.number(&query), times, "{kind}");
    }
    let leaked =
        format!("SELECT count(*) AS number FROM audit_events WHERE details LIKE '%{}%'", &SECRET[..16]);
    assert_eq!(here.number(&leaked), 0);
    for answer in [added, listed, changed, shown, removed] {
        assert!(!answer.to_string().contains(&SECRET[..16]), "{answer}");
    }
}

/// A new secret replaces the old one, and is the one that is shown to the provider.
#[actix_web::test]
async fn a_secret_is_written_and_never_read() {
    let provider = Provider::added().await;
    let here = &provider.here;
    let key = here.api_key(Rights::ReadWrite, None);
    let change = json!({
        "label": "Login", "client_id": "another", "client_secret": "newer", "rules": { "create_accounts": true },
    });
    let (status, changed) = here.administer(&key, Method::PUT, ONE, change).await;
    assert_eq!((status, changed.get("client_secret")), (200, None), "{changed}");
    let mut departed = provider.depart("login").await;
    let mut claims = provider.claims(&departed.nonce);
    claims["aud"] = json!("another");
    provider.answer_code(&provider.signed(0, &claims));
    assert_eq!(provider.back(&mut departed).await.status, 200);
    let request = provider.asked("/login/token").remove(0);
    // base64 of `another:newer`.
    assert!(request.contains("Basic YW5vdGhlcjpuZXdlcg=="), "{request}");
}

/// What cannot be is refused by the name of the member, and nothing of it is kept.
#[actix_web::test]
async fn a_provider_that_cannot_be_is_refused() {
    let provider = Provider::start().await;
    let here = &provider.here;
    let key = here.api_key(Rights::ReadWrite, None);
    let own = here.issuer.clone();
    for (member, value, said) in [
        ("name", json!(""), "name"),
        ("name", json!("Login"), "name"),
        ("name", json!("a/b"), "name"),
        ("name", json!("n".repeat(33)), "name"),
        ("issuer", json!("login.example"), "issuer"),
        ("issuer", json!("ftp://login.example"), "issuer"),
        ("issuer", json!("https://login.example/?a=b"), "issuer"),
        ("issuer", json!("https://ada@login.example/"), "issuer"),
        ("issuer", json!("https://login.example/#x"), "issuer"),
        ("issuer", json!(own), "this server itself"),
        ("issuer", json!(format!("{own}/")), "this server itself"),
        ("issuer", json!("https://nowhere.example"), "issuer: The provider does not answer"),
        ("issuer", json!("https://10.0.0.1"), "issuer: The provider does not answer"),
        ("label", json!(" "), "label"),
        ("label", json!("a\nb"), "label"),
        ("client_id", json!(""), "client_id"),
        ("client_secret", json!(""), "client_secret"),
        ("scopes", json!(["profile"]), "openid"),
        ("scopes", json!(["openid", "a b\""]), "scopes"),
        ("rules", json!({"groups": ["nobody-made-it"]}), "rules.groups"),
        ("rules", json!({"email_domains": ["not a domain"]}), "rules.email_domains"),
        ("rules", json!({"make_administrators": true}), "make_administrators"),
        ("disabled", json!(true), "disabled"),
    ] {
        let mut wanted = body(&provider);
        wanted[member] = value;
        let (status, problem) = here.administer(&key, Method::POST, PATH, wanted.clone()).await;
        assert_eq!(status, 400, "{wanted}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{wanted}: {problem}");
    }
    assert_eq!(here.number("SELECT count(*) AS number FROM upstream_providers"), 0);
    assert_eq!(here.administer(&key, Method::POST, PATH, body(&provider)).await.0, 201);
    for change in [
        json!({"label": "", "client_id": CLIENT_ID}),
        json!({"label": "Login"}),
        json!({"label": "Login", "client_id": CLIENT_ID, "issuer": "https://evil.example"}),
        json!({"label": "Login", "client_id": CLIENT_ID, "name": "evil"}),
    ] {
        assert_eq!(here.administer(&key, Method::PUT, ONE, change.clone()).await.0, 400, "{change}");
    }
    let (_, shown) = here.administer(&key, Method::GET, ONE, Value::Null).await;
    assert_eq!(shown["issuer"], provider.issuer("login"));
}

/// X02: who may only read sees providers and changes none; nobody else sees any. Every route that names providers is tried with one
/// that is there.
#[actix_web::test]
async fn providers_are_changed_by_who_may_write() {
    let provider = Provider::added().await;
    let here = &provider.here;
    here.add_user("bob").await;
    let client = here.register_public().await;
    let persons = here.tokens(&client, "bob", "openid").await.access_token;
    let reader = here.api_key(Rights::Read, None);
    let mut tried = 0;
    for route in ROUTES.iter().filter(|route| route.pattern.starts_with("/admin/api/upstream-providers")) {
        let path = route.pattern.strip_prefix("/admin/api").unwrap().replace("{name}", "login");
        for method in route.methods {
            let method: Method = method.parse().unwrap();
            let on_read = if method == Method::GET { 200 } else { 403 };
            for (who, credential, wanted) in [
                ("nobody", "", 401),
                ("a person", persons.as_str(), 403),
                ("a reader", reader.as_str(), on_read),
            ] {
                let sent = if method == Method::GET { Value::Null } else { body(&provider) };
                let (status, answer) = here.administer(credential, method.clone(), &path, sent).await;
                assert_eq!(status, wanted, "{method} {path} by {who}: {answer}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 3 * 7);
    let (_, listed) = here.administer(&reader, Method::GET, PATH, Value::Null).await;
    let only = &listed["providers"][0];
    assert_eq!((&only["label"], &only["disabled_at"]), (&json!("Login"), &Value::Null));
    assert_eq!(listed["providers"].as_array().unwrap().len(), 1);
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("no JSON: {text}"))
}

/// The command line does what the admin API does, and leaves what is not given.
#[actix_web::test]
async fn a_provider_is_kept_by_the_command_line() {
    let (there, here) = (Server::start().await, Server::start().await);
    here.command(&["group", "add", "staff"]).await;
    let add = ["upstream", "add", "there", "--issuer", there.issuer.as_str(), "--client-id", "c-1"];
    let more = ["--secret-stdin", "--scope", "groups", "--create-accounts", "--group", "staff", "--json"];
    let added = parsed(&here.command_with(&[&add[..], &more].concat(), "a secret\n").await);
    assert_eq!((&added["label"], &added["has_client_secret"]), (&json!("there"), &json!(true)));
    assert_eq!(added["scopes"], json!(["openid", "profile", "email", "groups"]));
    let shown = async || parsed(&here.command(&["upstream", "show", "there", "--json"]).await);
    assert_eq!(shown().await, added);

    let set = ["upstream", "set", "there"];
    here.command(&[&set[..], &["--label", "Over there"]].concat()).await;
    let mut wanted = added.clone();
    wanted["label"] = json!("Over there");
    assert_eq!(shown().await, wanted, "what is not given stays");
    let more =
        ["--email-domain", "example.com", "--email-domain", "@Example.org", "--create-accounts", "false"];
    let changed =
        parsed(&here.command(&[&set[..], &more, &["--link-by-email", "true", "--json"]].concat()).await);
    let rules = json!({
        "create_accounts": false, "link_by_email": true, "email_domains": ["example.com", "example.org"],
        "groups": ["staff"],
    });
    assert_eq!(changed["rules"], rules);
    let more = ["--any-domain", "--no-group", "--scope", "email", "--client-id", "c-2", "--json"];
    let changed = parsed(&here.command(&[&set[..], &more].concat()).await);
    assert_eq!((&changed["scopes"], &changed["client_id"]), (&json!(["openid", "email"]), &json!("c-2")));
    assert_eq!((&changed["rules"]["email_domains"], &changed["rules"]["groups"]), (&json!([]), &json!([])));
    assert_eq!(changed["has_client_secret"], true);
    let sealed = "SELECT count(*) AS number FROM audit_events WHERE details LIKE '%\"new_secret\":true%'";
    assert_eq!(here.number(sealed), 1);
    here.command_with(&[&set[..], &["--secret-stdin"]].concat(), "a newer secret\n").await;
    assert_eq!(here.number(sealed), 2);

    let state = async || here.command(&["upstream", "list"]).await;
    assert!(state().await.contains("active"));
    here.command(&["upstream", "disable", "there"]).await;
    assert!(state().await.contains("disabled") && !is_offered(&here, "there").await);
    here.command(&["upstream", "enable", "there"]).await;
    assert!(is_offered(&here, "there").await);
    let text = here.command(&["upstream", "show", "there"]).await;
    assert!(text.contains("Over there") && text.contains("/upstream/there/callback"), "{text}");
    assert!(!text.contains("a newer secret"), "{text}");
    here.command(&["upstream", "remove", "there"]).await;
    assert!(state().await.contains("There is no provider yet."));
    for kind in ["added", "changed", "removed"] {
        let query = format!(
            "SELECT count(*) AS number FROM audit_events WHERE kind = 'upstream_provider_{kind}' AND actor LIKE 'command_line:%'"
        );
        assert!(here.number(&query) > 0, "{kind}");
    }
}

/// A rule that is changed holds from the next sign-in on: both servers are real, and the change comes by the command line.
#[actix_web::test]
async fn a_changed_rule_holds_at_once() {
    let pair = Pair::with(Rules::default()).await;
    assert_eq!(pair.sign_in(&mut Browser::new(&pair.here)).await.status, 403);
    pair.here.command(&["upstream", "set", "there", "--create-accounts", "true"]).await;
    assert_eq!(pair.sign_in(&mut Browser::new(&pair.here)).await.status, 200);
    pair.here.command(&["upstream", "set", "there", "--create-accounts", "false"]).await;
    assert_eq!(pair.sign_in(&mut Browser::new(&pair.here)).await.status, 200, "whoever is linked stays so");
}
