//! What is refused is said in the language of whoever is at the desk.

use grantor::flow::administer::api_keys::Rights;
use grantor::texts::Texts;
use reqwest::Method;
use serde_json::{Value, json};

use super::{at_the_desk, open};
use crate::support::{Browser, Page, Server};

const LANGUAGES: [&str; 5] = ["en", "de", "fr", "es", "ja"];

/// Which fields are marked as wrong.
fn marked(page: &Page) -> Vec<String> {
    let document = scraper::Html::parse_document(&page.html);
    let wrong = scraper::Selector::parse("[aria-invalid=true]").unwrap();
    document.select(&wrong).filter_map(|field| field.value().attr("name").map(str::to_owned)).collect()
}

async fn refused(
    (server, browser): (&Server, &mut Browser),
    (path, form): (&str, &str),
    typed: &[(&str, &str)],
) -> Page {
    let mut form = open(server, browser, path).await.form(form);
    for (name, value) in typed {
        form = form.with(name, value);
    }
    let page = browser.submit(&form).await;
    assert_eq!(page.status, 422, "{path}: {}", page.text());
    page
}

/// Issue 5, line 8: forms and pages of the desk refuse in every language, and mark the field whatever the language.
#[actix_web::test]
async fn the_desk_refuses_in_the_language_of_the_page() {
    let (server, mut browser) = at_the_desk().await;
    let client = server.register_confidential().await;
    let form = open(&server, &mut browser, "/admin/groups").await.form("/admin/groups");
    assert_eq!(browser.submit(&form.with("name", "staff")).await.status, 200);
    let edit = format!("/admin/clients/{}/edit", client.client_id);
    for tag in LANGUAGES {
        browser.cookies.insert("grantor_locale".to_owned(), tag.to_owned());
        let texts = Texts::of(&[tag]);
        let here = (&server, &mut browser);
        let page = refused(here, ("/admin/groups", "/admin/groups"), &[("name", "staff")]).await;
        let said = texts.with("refused-group-taken", "name", "staff");
        assert!(page.says(&said), "{tag}: {}", page.text());
        assert_eq!(marked(&page), ["name"], "{tag}");

        let here = (&server, &mut browser);
        let tokens = ("/admin/registration/tokens/new", "/admin/registration/tokens/new");
        let page = refused(here, tokens, &[("lifetime", "soon")]).await;
        assert!(page.says(&texts.t("refused-whole-hours")), "{tag}: {}", page.text());
        assert_eq!(marked(&page), ["lifetime"], "{tag}");

        let here = (&server, &mut browser);
        let page = refused(here, (&edit, &edit), &[("metadata", "[]")]).await;
        assert!(page.says(&texts.t("refused-no-object")), "{tag}: {}", page.text());

        // What a client would be told is English; what stands around it is not.
        let here = (&server, &mut browser);
        let typed = [("client_name", "X"), ("redirect_uris", "http://plain.example/cb")];
        let page = refused(here, ("/admin/new-client", "/admin/new-client"), &typed).await;
        let around = texts.with("refused-metadata", "fault", "");
        assert!(page.says(&around), "{tag}: {}", page.text());
        assert_eq!(marked(&page), ["redirect_uris"], "{tag}");

        let nobody = browser.open(&server.url("/admin/clients/nobody")).await;
        assert_eq!(nobody.status, 404);
        let said = texts.with("refused-no-client", "client", "nobody");
        assert!(nobody.says(&said), "{tag}: {}", nobody.text());
    }
}

/// Issue 5, line 8: the desk speaks the language that the person has chosen for their account.
#[actix_web::test]
async fn the_desk_speaks_the_persons_language() {
    let (server, mut browser) = at_the_desk().await;
    let form = open(&server, &mut browser, "/account/profile").await.form("/account/profile");
    assert_eq!(browser.submit(&form.with("locale", "fr")).await.status, 200);
    let page = open(&server, &mut browser, "/admin/groups").await;
    assert!(page.html.contains("lang=\"fr\""), "{}", page.text());
    let nobody = browser.open(&server.url("/admin/groups/nobody")).await;
    let said = Texts::of(&["fr"]).with("refused-no-group", "name", "nobody");
    assert!(nobody.says(&said), "{}", nobody.text());
}

/// Programs read English, with the member that is at fault as they know it.
#[actix_web::test]
async fn the_admin_api_refuses_in_english() {
    let server = Server::start().await;
    let key = server.api_key(Rights::ReadWrite, None);
    for (path, body, said) in [
        ("/groups", json!({"name": "!"}), "name: The name must be 1 to"),
        ("/users", json!({"name": "ada", "email": "x"}), "email: This is not an e-mail address."),
        ("/users", json!({"name": "ada", "password": "short"}), "password: Use at least 15 characters."),
    ] {
        let (status, problem) = server.administer(&key, Method::POST, path, body).await;
        assert_eq!(status, 400, "{problem}");
        assert!(problem["detail"].as_str().unwrap().starts_with(said), "{problem}");
    }
    let (status, problem) = server.administer(&key, Method::GET, "/groups/nobody", Value::Null).await;
    assert_eq!((status, problem["detail"].as_str()), (404, Some("There is no group nobody.")));
}
