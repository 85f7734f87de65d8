//! People make accounts. P01, P04, P10.

use super::{OTHER, add_verified, ask, is_signed_in, sign_in};
use crate::support::mail::MailServer;
use crate::support::{Browser, Page, Pkce, Server, query_of};

async fn asked(server: &Server, who: &str) -> Page {
    let mut browser = Browser::new(server);
    let page = browser.open(&server.url("/sign-up")).await;
    ask(&mut browser, &page, "/sign-up", who).await
}

fn filled(page: &Page, action: &str, name: &str, password: &str) -> crate::support::Form {
    page.form(action).with("name", name).with("password", password)
}

/// Line 3: off by default, and then nothing leads to it.
#[actix_web::test]
async fn nobody_signs_up_unless_the_operator_says_so() {
    let server = Server::start().await;
    assert_eq!(Browser::new(&server).open(&server.url("/sign-up")).await.status, 404);
    let login = Browser::new(&server).open(&server.url("/login")).await;
    assert!(!login.html.contains("/sign-up"));
}

/// Line 3: whoever reads the address makes the account, once; the address is verified by that, and a way to sign in.
#[actix_web::test]
async fn an_account_is_made_by_the_link_in_an_e_mail() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    assert_eq!(asked(&server, " Bob@Example.com ").await.status, 200);
    let sent = mail.nth(1).await;
    assert_eq!(sent.to, ["Bob@Example.com"]);
    let mut browser = Browser::new(&server);
    let page = browser.open(&sent.link()).await;
    assert_eq!((page.status, page.url.contains("token")), (200, false), "{}", page.text());
    for (name, password, status) in [
        ("bob", "short", 422),
        ("b ob", OTHER, 422),
        ("eve@example.com", OTHER, 422),
        ("ali\u{200b}ce", OTHER, 422),
        ("", OTHER, 422),
    ] {
        let again = browser.submit(&filled(&page, "/sign-up/account", name, password)).await;
        assert_eq!(again.status, status, "{name} {password}");
        // Where nothing was typed, a name is offered.
        let kept = if name.is_empty() { "bob" } else { name };
        assert_eq!(again.form("/sign-up/account").value("name"), Some(kept), "what was typed is kept");
        assert_eq!(again.form("/sign-up/account").value("password"), Some(""));
    }
    browser.submit(&filled(&page, "/sign-up/account", "Bobby", OTHER)).await;
    assert!(is_signed_in(&server, &mut browser).await);
    assert!(is_signed_in(&server, &mut sign_in(&server, "bob@example.com", OTHER).await).await);
    let added = &server.audit("user_added")[0];
    assert_eq!((added["name"].as_str(), added["origin"].as_str()), (Some("bobby"), Some("sign-up")));
    let verified = "SELECT count(*) AS number FROM users WHERE email_verified AND email = 'Bob@Example.com' AND NOT is_administrator";
    assert_eq!(server.number(verified), 1);
    assert_eq!(Browser::new(&server).open(&sent.link()).await.status, 410, "it works once");
}

/// P10: who has an account learns so by e-mail, and nobody else does.
#[actix_web::test]
async fn a_member_is_told_by_e_mail_alone() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    add_verified(&server, "alice");
    let member = asked(&server, "alice@example.com").await;
    let stranger = asked(&server, "xlice@example.com").await;
    assert_eq!(member.status, stranger.status);
    assert_eq!(member.html, stranger.html.replace("xlice@", "alice@"));
    let (first, second) = (mail.nth(1).await, mail.nth(2).await);
    let of = |who: &str| if first.to == [who] { &first } else { &second };
    assert_eq!(of("alice@example.com").link(), server.url("/login"));
    assert!(of("xlice@example.com").link().contains("/sign-up/account?token="));
}

/// Line 3: only addresses of the operator's domains.
#[actix_web::test]
async fn a_domain_lets_in_its_own_addresses() {
    let mail = MailServer::start();
    let server = Server::with()
        .set("GRANTOR_MAIL__URL", &mail.url)
        .set("GRANTOR_MAIL__FROM", "no-reply@id.test")
        .set("GRANTOR_ACCOUNTS__SIGN_UP", "domain")
        .set("GRANTOR_ACCOUNTS__EMAIL_DOMAINS", "example.org, *.example.net")
        .start()
        .await;
    for (who, status) in [
        ("a@example.org", 200),
        ("a@EXAMPLE.ORG", 200),
        ("a@mail.example.net", 200),
        ("a@example.net", 422),
        ("a@example.com", 422),
        ("a@evilexample.org", 422),
        ("a@example.org.evil.test", 422),
        ("no address", 422),
    ] {
        assert_eq!(asked(&server, who).await.status, status, "{who}");
    }
}

/// Line 3: an operator invites somebody into groups; the invitation works once and can be taken back.
#[actix_web::test]
async fn an_invitation_makes_one_account_in_its_groups() {
    let server = Server::with().set("GRANTOR_ACCOUNTS__SIGN_UP", "invitation").start().await;
    server.command(&["group", "add", "staff"]).await;
    let said = server.command(&["user", "invite", "carol@example.com", "--group", "staff"]).await;
    let link = said.lines().find(|line| line.starts_with("http")).unwrap().to_owned();
    assert_eq!(Browser::new(&server).open(&server.url("/sign-up")).await.status, 404);
    let mut browser = Browser::new(&server);
    let page = browser.open(&link).await;
    browser.submit(&filled(&page, "/invitation", "carol", OTHER)).await;
    assert!(is_signed_in(&server, &mut browser).await);
    assert_eq!(server.number("SELECT count(*) AS number FROM group_members"), 1);
    let unverified = "SELECT count(*) AS number FROM users WHERE name = 'carol' AND NOT email_verified AND sign_in_email IS NULL";
    assert_eq!(server.number(unverified), 1, "nobody showed that they read the address");
    assert_eq!(Browser::new(&server).open(&link).await.status, 410);

    server.command(&["user", "invite"]).await;
    let listed: serde_json::Value =
        serde_json::from_str(&server.command(&["user", "invitations", "--json"]).await).unwrap();
    let id = listed[0]["id"].as_str().unwrap();
    server.command(&["user", "revoke-invitation", id]).await;
    assert_eq!(server.number("SELECT count(*) AS number FROM account_links"), 0);
    assert_eq!(server.audit("account_link_revoked").len(), 1);
}

/// OpenID `prompt=create`: somebody who comes from a client makes an account and is back at the client.
#[actix_web::test]
async fn prompt_create_leads_through_the_sign_up_to_the_client() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    let client = server.register_public().await;
    let url = server.authorize_url(&client, &Pkce::new(), &[("prompt", "create")]);
    let mut browser = Browser::new(&server);
    let page = browser.open(&url).await;
    assert!(page.url.contains("/sign-up?thread="), "{}", page.url);
    ask(&mut browser, &page, "/sign-up", "dora@example.com").await;
    let page = browser.open(&mail.nth(1).await.link()).await;
    let consent = browser.submit(&filled(&page, "/sign-up/account", "dora", OTHER)).await;
    assert!(consent.has_form("/consent"), "{} {}", consent.url, consent.text());
    let back = browser.submit(&consent.form("/consent").with("decision", "allow")).await;
    assert!(query_of(back.location.as_deref().unwrap(), "code").is_some());
    let metadata = server.well_known("openid-configuration").await;
    assert!(metadata["prompt_values_supported"].as_array().unwrap().contains(&"create".into()));
}
