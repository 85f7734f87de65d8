//! Invitations at the desk. Security statements P20 and X05.

use super::{happened, open, plain, signed_in};
use crate::support::{Browser, Server};

/// A server on which people can be invited, and its administrator.
async fn inviting() -> (Server, Browser) {
    let server = plain().set("GRANTOR_ACCOUNTS__SIGN_UP", "invitation").start().await;
    server.add_administrator("root");
    let browser = signed_in(&server, "root").await;
    (server, browser)
}

fn link_of(html: &str) -> String {
    let link = html.split("<strong>Invitation link</strong> <code>").nth(1).unwrap();
    link.split("</code>").next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
}

/// Somebody is invited into a group for two days: the link is shown once, works, and is then listed no more.
#[actix_web::test]
async fn somebody_is_invited_into_a_group_for_some_days() {
    let (server, mut browser) = inviting().await;
    server.command(&["group", "add", "staff"]).await;
    let people = open(&server, &mut browser, "/admin/people").await;
    assert!(people.html.contains("/admin/invitations"));
    let form = open(&server, &mut browser, "/admin/new-invitation").await.form("/new-invitation");
    let form = form.with("email", "bob@example.com").with("groups", "staff").with("lifetime", "2");
    let shown = browser.submit(&form).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    let link = link_of(&shown.html);
    assert!(link.starts_with(&server.url("/invitation?token=")), "{link}");
    let token = link.split("token=").nth(1).unwrap();
    let listed = open(&server, &mut browser, "/admin/invitations").await;
    let text = listed.text();
    assert!(text.contains("bob@example.com") && text.contains("staff"), "{text}");
    assert!(text.contains("Handed over as a link"), "{text}");
    assert!(!listed.html.contains(token) && !shown.url.contains(token), "the link is shown again");
    assert!(!server.dump().iter().any(|row| row.contains(token)), "the token is in the database");
    let event = happened(&server, "account_link_issued").await.remove(0);
    assert!(event["actor"].as_str().unwrap().starts_with("administrator:"), "{event}");
    assert_eq!(event["details"]["groups"][0], "staff");
    assert_eq!(Browser::new(&server).open(&link).await.status, 200);
    server.advance(2 * 86_400 + 1);
    assert_ne!(Browser::new(&server).open(&link).await.status, 200, "it works longer than it was given");
    let mut browser = signed_in(&server, "root").await;
    let listed = open(&server, &mut browser, "/admin/invitations").await;
    assert!(listed.text().contains("There is none."), "{}", listed.text());
}

/// An invitation that was taken back works no more.
#[actix_web::test]
async fn an_invitation_is_taken_back() {
    let (server, mut browser) = inviting().await;
    let form = open(&server, &mut browser, "/admin/new-invitation").await.form("/new-invitation");
    let link = link_of(&browser.submit(&form).await.html);
    let revoke = open(&server, &mut browser, "/admin/invitations").await.form("/revoke");
    let listed = browser.submit(&revoke).await;
    assert!(listed.text().contains("The change is made.") && listed.text().contains("There is none."));
    assert_ne!(Browser::new(&server).open(&link).await.status, 200);
    assert_eq!(browser.submit(&revoke).await.status, 404, "it was taken back already");
    assert_eq!(happened(&server, "account_link_revoked").await.len(), 1);
}

/// X05: what is refused stands in the form again as it was typed, and no link is made.
#[actix_web::test]
async fn a_refused_invitation_is_shown_again() {
    let (server, mut browser) = inviting().await;
    server.execute("UPDATE users SET email = 'root@example.com', email_verified = TRUE");
    let form = open(&server, &mut browser, "/admin/new-invitation").await.form("/new-invitation");
    for (field, value) in [
        ("email", "no address"),
        ("groups", "unknown"),
        ("lifetime", "0"),
        ("lifetime", "-1"),
        ("lifetime", "91"),
        ("lifetime", "9223372036854775807"),
        ("lifetime", "x"),
    ] {
        let page = browser.submit(&form.clone().with(field, value)).await;
        assert_eq!(page.status, 422, "{field} = {value}: {}", page.text());
        assert_eq!(page.form("/new-invitation").value(field), Some(value));
        let named = format!(r#"name="{field}""#);
        let element = page.html.split('<').find(|element| element.contains(&named)).unwrap();
        assert!(element.contains(r#"aria-invalid="true""#), "{element}");
    }
    assert_eq!(server.number("SELECT count(*) AS number FROM account_links"), 0);
}

/// Where nobody can be invited, the page says so and makes no link.
#[actix_web::test]
async fn nobody_is_invited_where_accounts_are_made_by_operators_alone() {
    let server = plain().start().await;
    server.add_administrator("root");
    let mut browser = signed_in(&server, "root").await;
    let page = open(&server, &mut browser, "/admin/invitations").await;
    assert!(page.text().contains("Nobody can be invited"), "{}", page.text());
    assert!(!page.html.contains("/admin/new-invitation"));
    let form = open(&server, &mut browser, "/admin/new-invitation").await.form("/new-invitation");
    assert_eq!(browser.submit(&form).await.status, 422);
    assert_eq!(server.number("SELECT count(*) AS number FROM account_links"), 0);
}
