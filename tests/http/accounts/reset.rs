//! A new password by a link. P10, P17, P18, P20, U14.

use futures_util::future::join_all;
use reqwest::header::{COOKIE, HOST};

use super::{OTHER, add_verified, ask, is_signed_in, sign_in};
use crate::support::mail::MailServer;
use crate::support::{Browser, PASSWORD, Server};

async fn link_of(server: &Server, mail: &MailServer, name: &str) -> String {
    let before = mail.kept().len();
    let mut browser = Browser::new(server);
    let page = browser.open(&server.url("/reset")).await;
    let sent = ask(&mut browser, &page, "/reset", name).await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    mail.nth(before + 1).await.link()
}

/// P18, P19: the link works once; it leaves the address at once; every session ends; the person is told.
#[actix_web::test]
async fn a_link_sets_a_new_password_once_and_ends_every_session() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    add_verified(&server, "alice");
    let mut before = sign_in(&server, "alice", PASSWORD).await;
    assert!(is_signed_in(&server, &mut before).await);
    let link = link_of(&server, &mail, "Alice@Example.com").await;
    assert!(link.starts_with(&format!("{}/reset/password?token=", server.issuer)), "{link}");

    let mut browser = Browser::new(&server);
    let page = browser.open(&link).await;
    assert_eq!((page.status, page.url.contains("token")), (200, false), "{}", page.text());
    let form = page.form("/reset/password").with("password", OTHER);
    browser.submit(&form).await;
    assert!(is_signed_in(&server, &mut browser).await);
    assert!(!is_signed_in(&server, &mut before).await, "an old session goes on");
    assert_eq!(Browser::new(&server).open(&link).await.status, 410);
    assert_eq!(browser.submit(&form).await.status, 403, "the form of a link that was used");
    assert!(!is_signed_in(&server, &mut sign_in(&server, "alice", PASSWORD).await).await);
    assert!(is_signed_in(&server, &mut sign_in(&server, "alice", OTHER).await).await);

    let subject = mail.nth(2).await.header("Subject").unwrap();
    assert!(subject.contains("password") && subject.contains("changed"), "{subject}");
    let events = server.audit("password_changed");
    assert_eq!(events.len(), 1);
    assert!(events[0]["by_link"].is_string() && events[0]["sessions"] == 1, "{events:?}");
}

/// P18: a link is dead once there is another password or another address, whoever changed them.
#[actix_web::test]
async fn a_link_dies_with_what_it_was_for() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    for name in ["alice", "bob", "carol"] {
        add_verified(&server, name);
    }
    let by_person = link_of(&server, &mail, "alice").await;
    let mut browser = sign_in(&server, "alice", PASSWORD).await;
    let page = browser.open(&server.url("/account/password")).await;
    let form =
        page.form("/account/password").with("current", PASSWORD).with("new", OTHER).with("again", OTHER);
    assert_eq!(browser.submit(&form).await.status, 200);
    assert_eq!(Browser::new(&server).open(&by_person).await.status, 410);
    // The person is told of each.
    mail.nth(2).await;
    let by_command = link_of(&server, &mail, "bob").await;
    server.command_with(&["user", "password", "bob", "--password-stdin"], &format!("{OTHER}\n")).await;
    assert_eq!(Browser::new(&server).open(&by_command).await.status, 410);
    let of_address = link_of(&server, &mail, "carol").await;
    server.command(&["user", "set", "carol", "--email", "new@example.com", "--email-verified"]).await;
    assert_eq!(Browser::new(&server).open(&of_address).await.status, 410);
}

/// P10: whoever is asked for, the answer is the same page, and only an e-mail differs.
#[actix_web::test]
async fn nobody_learns_whether_there_is_an_account() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    add_verified(&server, "alice");
    add_verified(&server, "gone");
    server.add_user("unverified").await;
    server.execute("UPDATE users SET disabled_at = 1 WHERE name = 'gone'");
    let mut answers = Vec::new();
    for who in ["nobody", "nobody@example.com", "unverified", "gone", "alice"] {
        let mut browser = Browser::new(&server);
        let page = browser.open(&server.url("/reset")).await;
        let sent = ask(&mut browser, &page, "/reset", who).await;
        answers.push((sent.status, sent.html));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    assert_eq!(mail.nth(1).await.to, ["alice@example.com"]);
    assert_eq!(server.number("SELECT count(*) AS number FROM emails"), 1);
}

/// P18: a link works for half an hour, and for its own purpose alone.
#[actix_web::test]
async fn a_link_expires_and_is_good_for_one_purpose() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    add_verified(&server, "alice");
    let link = link_of(&server, &mail, "alice").await;
    let token = link.split("token=").nth(1).unwrap();
    assert!(token.len() >= 22, "128 bits at least");
    for path in ["/invitation", "/sign-up/account"] {
        let page = Browser::new(&server).open(&server.url(&format!("{path}?token={token}"))).await;
        assert_eq!(page.status, 410, "{path}");
    }
    let mut signed_in = sign_in(&server, "alice", PASSWORD).await;
    let confirm = signed_in.open(&server.url(&format!("/account/email/confirm?token={token}"))).await;
    assert_eq!(confirm.status, 410);
    assert!(server.dump().iter().all(|row| !row.contains(token)), "a link stands in the database");

    server.advance(30 * 60 - 1);
    assert_eq!(Browser::new(&server).open(&link).await.status, 200);
    server.advance(1);
    assert_eq!(Browser::new(&server).open(&link).await.status, 410);
}

/// P18: of any number of uses at once, one.
#[actix_web::test]
async fn racing_uses_of_a_link_change_the_password_once() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    add_verified(&server, "alice");
    let link = link_of(&server, &mail, "alice").await;
    let tries = (0..4).map(|number| {
        let (server, link) = (&server, &link);
        async move {
            let mut browser = Browser::new(server);
            let page = browser.open(link).await;
            let form = page.form("/reset/password").with("password", &format!("{OTHER} number {number}"));
            browser.submit(&form).await.status
        }
    });
    let answers = join_all(tries).await;
    assert_eq!(answers.iter().filter(|status| **status == 410).count(), 3, "{answers:?}");
    assert_eq!(server.audit("password_changed").len(), 1);
}

/// P17, P18: a link is a way to a password, and never a second factor.
#[actix_web::test]
async fn a_link_does_not_stand_for_a_second_factor() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    add_verified(&server, "alice");
    server.execute("UPDATE users SET requires_second_factor = TRUE");
    let link = link_of(&server, &mail, "alice").await;
    let mut browser = Browser::new(&server);
    let page = browser.open(&link).await;
    let next = browser.submit(&page.form("/reset/password").with("password", OTHER)).await;
    assert!(next.url.contains("/login/"), "{}", next.url);
    assert_eq!(server.number("SELECT count(*) AS number FROM browser_sessions"), 0);
}

/// P01, P04: what is refused is said, the name is kept, and the link is not spent.
#[actix_web::test]
async fn a_refused_password_does_not_spend_the_link() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    add_verified(&server, "alice");
    let mut browser = Browser::new(&server);
    let mut page = browser.open(&link_of(&server, &mail, "alice").await).await;
    for bad in ["short", "password1234567!", "alice@example.com", "alice alice alice"] {
        page = browser.submit(&page.form("/reset/password").with("password", bad)).await;
        assert_eq!(page.status, 422, "{bad}");
        assert!(
            page.html.contains("role=\"alert\"") && !page.html.contains(bad.trim_start_matches("alice")),
            "{bad}"
        );
    }
    browser.submit(&page.form("/reset/password").with("password", OTHER)).await;
    assert!(is_signed_in(&server, &mut browser).await);
}

/// P20: an operator starts a new password and never chooses it. Without a mail server the link is handed over.
#[actix_web::test]
async fn an_operator_hands_a_link_over() {
    let server = Server::start().await;
    server.add_user("alice").await;
    assert_eq!(Browser::new(&server).open(&server.url("/reset")).await.status, 404);
    let said = server.command(&["user", "reset-link", "alice"]).await;
    let link = said.lines().find(|line| line.starts_with("http")).unwrap();
    let mut browser = Browser::new(&server);
    let page = browser.open(link).await;
    browser.submit(&page.form("/reset/password").with("password", OTHER)).await;
    assert!(is_signed_in(&server, &mut browser).await);
    let issued = &server.audit("account_link_issued")[0];
    assert_eq!((issued["purpose"].as_str(), issued["mailed"].as_bool()), (Some("reset"), Some(false)));
    let secret = link.split("token=").nth(1).unwrap();
    assert!(!issued.to_string().contains(secret));
}

/// P20: with a mail server the link goes to the person, and the operator does not see it.
#[actix_web::test]
async fn an_operator_does_not_see_a_link_that_is_mailed() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    add_verified(&server, "alice");
    let said = server.command(&["user", "reset-link", "alice"]).await;
    assert!(said.contains("alice@example.com") && !said.contains("token="), "{said}");
    // The command line has the clock of the machine.
    server.advance(60);
    assert!(mail.nth(1).await.link().contains("/reset/password?token="));
}

/// U14: links are built from the issuer, whatever a request calls the server.
#[actix_web::test]
async fn a_link_names_the_issuer_and_no_host_header() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    add_verified(&server, "alice");
    let mut browser = Browser::new(&server);
    let form = browser.open(&server.url("/reset")).await.form("/reset").with("who", "alice");
    let cookies: Vec<_> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request =
        server.http.post(server.url("/reset")).header(COOKIE, cookies.join("; ")).form(&form.fields);
    let answer = request
        .header(HOST, "evil.example")
        .header("X-Forwarded-Host", "evil.example")
        .header("Forwarded", "host=evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let mail = mail.nth(1).await;
    assert!(mail.link().starts_with(&server.issuer));
    assert!(mail.parts.iter().all(|part| !part.contains("evil.example")));
}

/// P10: nobody fills a mailbox: three links an hour to an address, ten requests a minute from a place.
#[actix_web::test]
async fn a_mailbox_is_not_filled() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    add_verified(&server, "alice");
    let mut browser = Browser::new(&server);
    let form = browser.open(&server.url("/reset")).await.form("/reset").with("who", "alice");
    let mut statuses = Vec::new();
    for _ in 0..11 {
        statuses.push(browser.submit(&form).await.status);
    }
    assert_eq!(statuses, [[200; 10].as_slice(), &[429]].concat());
    assert_eq!(server.number("SELECT count(*) AS number FROM emails"), 3);
}
