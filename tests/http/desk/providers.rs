//! Sign-in providers at the desk. Security statements X03 and X05: a secret is typed and never shown.

use grantor::flow::administer::people::Who;
use grantor::flow::administer::persons;

use super::{happened, open, plain, signed_in};
use crate::support::{Browser, Form, Page, Server};

const SECRET: &str = "typed-once-and-never-shown";

/// A server with its desk, and another one that is a provider.
async fn two_servers() -> (Server, Server, Browser) {
    let (there, here) = (Server::start().await, plain().start().await);
    here.add_administrator("root");
    let browser = signed_in(&here, "root").await;
    (there, here, browser)
}

fn filled(form: Form, there: &Server) -> Form {
    form.with("name", "example")
        .with("issuer", &there.issuer)
        .with("label", "Example")
        .with("client_id", "grantor-there")
        .with("client_secret", SECRET)
}

async fn added(here: &Server, there: &Server, browser: &mut Browser) -> Page {
    let form = open(here, browser, "/admin/new-provider").await.form("/new-provider");
    let page = browser.submit(&filled(form, there)).await;
    assert_eq!(page.status, 200, "{}", page.text());
    page
}

/// Links a person to the provider, with nothing else to sign in with if they are a stranger.
fn link(here: &Server, name: &str, is_stranger: bool) {
    let linked = here.execute(&format!(
        "INSERT INTO upstream_links (provider_id, subject, user_id, shown_name, created_at) \
         SELECT upstream_providers.id, '{name}-there', users.id, '{name} elsewhere', 1 \
         FROM upstream_providers, users WHERE users.name = '{name}'"
    ));
    assert_eq!(linked, 1);
    if is_stranger {
        here.execute(&format!("UPDATE users SET password_hash = NULL WHERE name = '{name}'"));
    }
}

/// A provider is added with its rules and a secret, which is sealed in the database and shown on no page.
#[actix_web::test]
async fn a_provider_is_added_and_its_secret_never_shown() {
    let (there, here, mut browser) = two_servers().await;
    let listed = open(&here, &mut browser, "/admin/providers").await;
    assert!(listed.html.contains("/admin/new-provider") && listed.text().contains("There is none."));
    let page = open(&here, &mut browser, "/admin/new-provider").await;
    assert!(page.text().contains(&here.url("/upstream/NAME/callback")), "{}", page.text());
    let form = page.form("/new-provider");
    assert_eq!(form.value("scopes"), Some("openid profile email"));
    let form =
        filled(form, &there).with("create_accounts", "yes").with("email_domains", "example.com, example.org");
    let shown = browser.submit(&form).await;
    let text = shown.text();
    assert!(text.contains("The change is made.") && text.contains("Example"), "{text}");
    assert!(text.contains(&here.url("/upstream/example/callback")), "{text}");
    assert!(text.contains("example.com example.org") && text.contains("Nobody is linked to it."), "{text}");
    let edit = open(&here, &mut browser, "/admin/providers/example/edit").await;
    let listed = open(&here, &mut browser, "/admin/providers").await;
    assert!(listed.text().contains("Example") && listed.text().contains(&there.issuer));
    for page in [&shown, &edit, &listed] {
        assert!(!page.html.contains(SECRET), "{} shows the secret", page.url);
    }
    assert!(edit.html.contains(r#"type="password""#) && edit.text().contains("the one that there is stays"));
    assert!(!here.dump().iter().any(|row| row.contains(SECRET)), "the secret is in the database");
    let event = happened(&here, "upstream_provider_added").await.remove(0);
    assert!(event["actor"].as_str().unwrap().starts_with("administrator:"), "{event}");
    assert!(event["details"]["new_secret"] == true && !event.to_string().contains(SECRET), "{event}");
}

/// X05: what is refused stands in the form again as it was typed, but for the secret; nothing is written.
#[actix_web::test]
async fn a_refused_provider_is_shown_again_without_its_secret() {
    let (there, here, mut browser) = two_servers().await;
    let form = open(&here, &mut browser, "/admin/new-provider").await.form("/new-provider");
    let good = filled(form, &there);
    for (field, value) in [
        ("name", "Not A Name"),
        ("issuer", "https://127.0.0.1:1/"),
        ("issuer", "no url"),
        ("label", ""),
        ("client_id", ""),
        ("scopes", "email"),
        ("email_domains", "a@b"),
        ("groups", "unknown"),
    ] {
        let page = browser.submit(&good.clone().with(field, value)).await;
        assert_eq!(page.status, 422, "{field} = {value}: {}", page.text());
        let again = page.form("/new-provider");
        assert_eq!(again.value(field), Some(value), "{field}");
        assert_eq!(again.value("client_secret").unwrap_or_default(), "", "{field}");
        assert!(!page.html.contains(SECRET), "{field}");
        let field = format!(r#"name="{field}""#);
        let element = page.html.split('<').find(|element| element.contains(&field)).unwrap();
        assert!(element.contains(r#"aria-invalid="true""#), "{element}");
        assert_eq!(page.html.matches("aria-invalid").count(), 1, "{field}");
    }
    assert_eq!(here.number("SELECT count(*) AS number FROM upstream_providers"), 0);
    added(&here, &there, &mut browser).await;
    assert_eq!(browser.submit(&good).await.status, 422, "it is there already");
}

/// An empty secret keeps the one that there is; another one replaces it. Name and issuer cannot be sent along.
#[actix_web::test]
async fn a_provider_is_changed_and_keeps_its_secret() {
    let (there, here, mut browser) = two_servers().await;
    added(&here, &there, &mut browser).await;
    let sealed =
        |here: &Server| here.dump().into_iter().find(|row| row.starts_with("upstream_providers:")).unwrap();
    let before = sealed(&here);
    let form = open(&here, &mut browser, "/admin/providers/example/edit").await.form("/edit");
    assert_eq!((form.value("label"), form.value("issuer")), (Some("Example"), None));
    let change = form.clone().with("link_by_email", "yes").with("issuer", "https://other.example");
    let changed = browser.submit(&change.with("name", "other")).await;
    assert!(changed.text().contains("The change is made.") && changed.text().contains(&there.issuer));
    assert_ne!(sealed(&here), before, "the rules are others");
    assert_eq!(
        here.number("SELECT count(*) AS number FROM upstream_providers WHERE sealed_secret IS NOT NULL"),
        1
    );
    let events = happened(&here, "upstream_provider_changed").await;
    assert!(
        events[0]["details"]["new_secret"] == false && events[0]["details"]["rules"]["link_by_email"] == true
    );
    let refused = browser.submit(&form.clone().with("label", "").with("client_secret", SECRET)).await;
    assert!(refused.status == 422 && !refused.html.contains(SECRET), "{}", refused.text());
    let changed = browser.submit(&form.with("client_secret", "another")).await;
    assert!(changed.status == 200 && !changed.html.contains("another"), "{}", changed.text());
    assert_eq!(happened(&here, "upstream_provider_changed").await[0]["details"]["new_secret"], true);
}

/// Switched off, a provider has no button, and it comes back; deleting says first whose links go and who has no other way in.
#[actix_web::test]
async fn a_provider_is_switched_off_and_deleted_with_a_preview() {
    let (there, here, mut browser) = two_servers().await;
    for name in ["ada", "bob"] {
        here.add_user(name).await;
    }
    added(&here, &there, &mut browser).await;
    let preview = open(&here, &mut browser, "/admin/providers/example/delete").await;
    assert!(preview.text().contains("Nobody is linked to it."), "{}", preview.text());
    link(&here, "ada", false);
    link(&here, "bob", true);
    let shown = open(&here, &mut browser, "/admin/providers/example").await;
    assert!(
        shown.text().contains("ada elsewhere") && shown.html.contains("/admin/people/"),
        "{}",
        shown.text()
    );
    let form = open(&here, &mut browser, "/admin/providers/example/disable").await.form("/disable");
    let off = browser.submit(&form).await;
    assert!(off.text().contains("Disabled"), "{}", off.text());
    let has_button =
        async || Browser::new(&here).open(&here.url("/login")).await.has_form("/upstream/example");
    assert!(!has_button().await);
    assert_eq!(browser.submit(&form).await.status, 409, "it is off already");
    let form = open(&here, &mut browser, "/admin/providers/example/enable").await.form("/enable");
    assert_eq!(browser.submit(&form).await.status, 200);
    assert!(has_button().await);
    let preview = open(&here, &mut browser, "/admin/providers/example/delete").await;
    let text = preview.text();
    assert!(
        text.contains("2 links of people go with it.") && text.contains("One person has no other way in"),
        "{text}"
    );
    let deleted = browser.submit(&preview.form("/delete")).await;
    assert!(deleted.text().contains("The change is made.") && deleted.text().contains("There is none."));
    assert_eq!(here.number("SELECT count(*) AS number FROM upstream_links"), 0);
    assert_eq!(browser.open(&here.url("/admin/providers/example")).await.status, 404);
    assert_eq!(happened(&here, "upstream_provider_removed").await[0]["details"]["people"], 2);
    let bob = persons::show(here.means(), Who::Name("bob".to_owned())).await.map_err(|_| ()).unwrap();
    assert!(!bob.has_password, "the account stays as it was");
}

/// X08: nothing of a provider is reached by an odd name.
#[actix_web::test]
async fn odd_names_of_providers_are_not_found() {
    let (_there, here, mut browser) = two_servers().await;
    for name in ["%00", "..%2f", "%27%20OR%201", "EXAMPLE", "%F0%9F%A6%80"] {
        for rest in ["", "/edit", "/delete", "/enable"] {
            let page = browser.open(&here.url(&format!("/admin/providers/{name}{rest}"))).await;
            assert_eq!(page.status, 404, "{name}{rest}");
        }
    }
}
