//! Another address. P21.

use super::{add_verified, is_signed_in, sign_in};
use crate::support::mail::MailServer;
use crate::support::{Browser, PASSWORD, Page, Server};

async fn change(server: &Server, browser: &mut Browser, to: &str) -> Page {
    let page = browser.open(&server.url("/account/email")).await;
    let mut forms = page.forms().into_iter().filter(|form| form.action.ends_with("/account/email"));
    browser.submit(&forms.next_back().unwrap().with("email", to)).await
}

const OF_ALICE: &str =
    "SELECT count(*) AS number FROM users WHERE email = 'alice@example.com' AND email_verified";

/// P21, P19: the new address counts once its link was opened by the person; the old one is told, and links that went there die.
#[actix_web::test]
async fn a_new_address_counts_once_it_is_confirmed() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    add_verified(&server, "alice");
    add_verified(&server, "mallory");
    server.command(&["user", "reset-link", "alice"]).await;
    // The command line has the clock of the machine.
    server.advance(60);
    let reset = mail.nth(1).await.link();
    let mut browser = sign_in(&server, "alice", PASSWORD).await;
    assert_eq!(change(&server, &mut browser, "new@example.org").await.status, 200);
    let sent = mail.nth(2).await;
    assert_eq!(sent.to, ["new@example.org"]);
    assert_eq!(server.number(OF_ALICE), 1, "nothing changes before");

    let mut other = sign_in(&server, "mallory", PASSWORD).await;
    assert_eq!(other.open(&sent.link()).await.status, 410, "another person's link");
    let page = browser.open(&sent.link()).await;
    assert_eq!((page.status, page.url.contains("token")), (200, false));
    assert_eq!(server.number(OF_ALICE), 1, "a GET changes nothing");
    let done = browser.submit(&page.form("/account/email/confirm")).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(server.number(OF_ALICE), 0);

    let told = mail.nth(3).await;
    assert_eq!(told.to, ["alice@example.com"]);
    assert!(told.text().contains("new@example.org"), "{}", told.text());
    assert!(is_signed_in(&server, &mut sign_in(&server, "new@example.org", PASSWORD).await).await);
    assert!(!is_signed_in(&server, &mut sign_in(&server, "alice@example.com", PASSWORD).await).await);
    assert_eq!(Browser::new(&server).open(&reset).await.status, 410, "a link that went to the old address");
    let event = &server.audit("email_changed")[0];
    assert_eq!(
        (event["from"].as_str(), event["to"].as_str()),
        (Some("alice@example.com"), Some("new@example.org"))
    );
}

/// P21: it takes a fresh sign-in.
#[actix_web::test]
async fn a_change_of_address_takes_a_fresh_sign_in() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    add_verified(&server, "alice");
    let mut browser = sign_in(&server, "alice", PASSWORD).await;
    server.advance(301);
    let page = change(&server, &mut browser, "new@example.org").await;
    assert!(page.url.contains("/login"), "{}", page.url);
    assert_eq!(server.number("SELECT count(*) AS number FROM emails"), 0);
}

/// P21, P10: somebody else's address is no other answer, and does not become mine.
#[actix_web::test]
async fn the_address_of_somebody_else_stays_theirs() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    add_verified(&server, "alice");
    add_verified(&server, "bob");
    let mut browser = sign_in(&server, "alice", PASSWORD).await;
    let taken = change(&server, &mut browser, "bob@example.com").await;
    let free = change(&server, &mut browser, "xob@example.com").await;
    assert_eq!((taken.status, free.status), (200, 200));
    assert_eq!(taken.text(), free.text().replace("xob@", "bob@"));
    let (first, second) = (mail.nth(1).await, mail.nth(2).await);
    let (of_bob, of_xob) = if first.to == ["bob@example.com"] { (first, second) } else { (second, first) };
    assert!(!of_bob.text().contains("token="), "{}", of_bob.text());

    // The address is taken before the link is opened.
    server.execute(
        "UPDATE users SET email = 'xob@example.com', sign_in_email = 'xob@example.com' WHERE name = 'bob'",
    );
    let page = browser.open(&of_xob.link()).await;
    assert_eq!(browser.submit(&page.form("/account/email/confirm")).await.status, 409);
    assert_eq!(server.number(OF_ALICE), 1);
}

/// P21: others who ask for an address, and get nothing by it, do not keep the e-mail from its owner.
#[actix_web::test]
async fn nobody_uses_up_the_e_mails_of_an_address() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    add_verified(&server, "alice");
    add_verified(&server, "bob");
    let mut browser = sign_in(&server, "alice", PASSWORD).await;
    for _ in 0..4 {
        change(&server, &mut browser, "target@example.com").await;
    }
    let mut browser = sign_in(&server, "bob", PASSWORD).await;
    change(&server, &mut browser, "target@example.com").await;
    assert_eq!(server.number("SELECT count(*) AS number FROM account_links WHERE purpose = 'email'"), 4);
}

/// P21: an address that the operator wrote down is verified the same way.
#[actix_web::test]
async fn an_unverified_address_is_verified_by_its_link() {
    let mail = MailServer::start();
    let server = Server::mailing(&mail).await;
    server.add_user("alice").await;
    let mut browser = sign_in(&server, "alice", PASSWORD).await;
    assert_eq!(change(&server, &mut browser, "alice@example.com").await.status, 200);
    let page = browser.open(&mail.nth(1).await.link()).await;
    browser.submit(&page.form("/account/email/confirm")).await;
    assert_eq!(server.number(OF_ALICE), 1);
    assert_eq!(mail.kept().len(), 1, "there is no old address to tell");
}
