//! Whether anybody has a name shows nowhere. Security statement P10.

use super::{stranger, try_in};
use crate::support::{Browser, Page, Server, query_of};

/// The page without what differs in every answer.
fn without(page: &Page, words: &[&str]) -> String {
    let mut text = page.html.clone();
    if let Some(sign_in) = query_of(&page.url, "sign_in") {
        text = text.replace(&sign_in, "…");
    }
    for form in page.forms() {
        for (name, value) in &form.fields {
            if matches!(name.as_str(), "csrf" | "sign_in" | "thread") {
                text = text.replace(value, "…");
            }
        }
    }
    words.iter().fold(text, |text, word| text.replace(word, "…"))
}

/// P10, CVE rows of Zitadel and authentik: known names, unknown ones, people without a password and people who are switched off get
/// the same pages after the same work, from the first step to the wait.
#[actix_web::test]
async fn a_name_that_nobody_has_looks_like_any_other() {
    let server = Server::start().await;
    for name in ["ada-known", "bob-known", "eve-known"] {
        server.add_user(name).await;
    }
    server.execute("UPDATE users SET password_hash = NULL WHERE name = 'bob-known'");
    server.execute("UPDATE users SET disabled_at = 1 WHERE name = 'eve-known'");
    let mut seen: Vec<(Vec<u16>, Vec<String>, u64)> = Vec::new();
    for name in ["ada-known", "nobody-at", "bob-known", "eve-known"] {
        let mut browser = Browser::new(&server);
        let first = browser.open(&server.url("/login")).await;
        let before = server.means().passwords.hashes_computed();
        let form = first.form("/login").with("name", name);
        let second = browser.submit(&form).await;
        assert!(second.url.contains("/login?sign_in="), "{}", second.url);
        let mut pages = vec![second];
        for _ in 0..6 {
            let page = pages.last().unwrap().form("/login").with("password", "a wrong password");
            pages.push(browser.submit(&page).await);
        }
        seen.push((
            pages.iter().map(|page| page.status).collect(),
            pages.iter().map(|page| without(page, &[name])).collect(),
            server.means().passwords.hashes_computed() - before,
        ));
        server.advance(60);
    }
    assert_eq!(seen[0].0, [200, 422, 422, 422, 422, 422, 429]);
    assert_eq!(seen[0].2, 5);
    for other in &seen[1..] {
        assert_eq!(*other, seen[0]);
    }
}

/// WCAG 3.3.7, 1.3.5: the second step knows the name and has the fields that password managers look for.
#[actix_web::test]
async fn the_second_step_knows_the_name() {
    let server = Server::start().await;
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url("/login?return=/account/profile")).await;
    assert!(page.html.contains("autocomplete=\"username") && !page.html.contains("current-password"));
    let page = browser.submit(&page.form("/login").with("name", "ada@example.com")).await;
    let form = page.form("/login");
    assert_eq!(form.value("name"), Some("ada@example.com"));
    assert_eq!(form.value("return"), Some("/account/profile"));
    assert!(page.html.contains("autocomplete=\"current-password\""));
    assert!(!page.html.contains("<title>ada"), "no name in a title");
    // Another browser does not see it.
    let other = Browser::new(&server).open(&page.url).await;
    assert_eq!(other.form("/login").value("name"), Some(""));
}

/// A name may be an address, but only a verified one; a name goes before an address.
#[actix_web::test]
async fn an_address_signs_in_once_it_is_verified() {
    let server = Server::start().await;
    server.add_user("ada").await;
    assert_eq!(stranger(&server, "ada@example.com", crate::support::PASSWORD).await.status, 422);
    server.execute("UPDATE users SET sign_in_email = 'ada@example.com', email_verified = TRUE");
    let page = stranger(&server, "Ada@Example.com", crate::support::PASSWORD).await;
    assert!(super::is_home(&page, "ada"), "{}", page.text());
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url("/login")).await;
    assert!(try_in(&mut browser, &page, "nul\0byte", "x").await.status < 500);
}
