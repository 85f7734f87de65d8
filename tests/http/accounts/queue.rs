//! E-mails on their way. P19, X15, and the faults of a mail server.

use grantor::mail::{self, Email, EmailKind};
use grantor::storage::Failure;

use super::{add_verified, ask};
use crate::support::mail::{MailServer, Mood};
use crate::support::{Browser, Server};

pub(super) fn queue(server: &Server, recipient: &str, kind: EmailKind) {
    let (mailer, now) = (server.means().mailer.clone(), server.clock.now());
    let name = Some("ada\r\nBcc: mallory@example.com".to_owned());
    let email = Email {
        user_id: None,
        recipient: recipient.to_owned(),
        name,
        locale: Some("de-AT".to_owned()),
        kind,
    };
    let write = move |conn: &mut grantor::storage::DbConnection| {
        assert!(mail::queue(conn, &mailer, &email, now)?);
        Ok::<_, Failure<()>>(())
    };
    server.means().database.write_blocking(write).unwrap();
}

fn device(text: &str) -> EmailKind {
    EmailKind::NewDevice { when: 0, place: text.to_owned(), browser: text.to_owned() }
}

/// X15: nothing that others chose gets into the head of an e-mail, or makes a part or a recipient of its own.
#[actix_web::test]
async fn nothing_is_injected_into_an_e_mail() {
    let smtp = MailServer::start();
    let server = Server::mailing(&smtp).await;
    let odd = "Firefox\r\n.\r\nMAIL FROM:<x@y>\r\nBcc: mallory@example.com\r\nContent-Type: text/html\r\n\r\n<script>";
    queue(&server, "ada@example.com", device(odd));
    let mail = smtp.nth(1).await;
    assert_eq!(
        (mail.from.as_str(), mail.to.as_slice()),
        ("no-reply@id.test", &["ada@example.com".to_owned()][..])
    );
    assert_eq!(mail.header("To").unwrap(), "ada@example.com");
    assert_eq!(mail.header("Bcc"), None);
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    let mut names: Vec<_> =
        mail.headers.iter().map(|line| line.split(':').next().unwrap().to_lowercase()).collect();
    names.sort();
    let before = names.len();
    names.dedup();
    assert_eq!(names.len(), before, "a header came twice: {names:?}");
    assert_eq!(mail.parts.len(), 2, "{:?}", mail.parts);
    assert!(mail.text().contains("Guten Tag") && mail.parts[1].contains("lang=\"de\""));
    assert!(!mail.parts[1].contains("<script"));
    assert_eq!(smtp.kept().len(), 1);
}

/// X15: an address with a second line or a second address is none.
#[actix_web::test]
async fn an_odd_address_gets_no_e_mail() {
    let smtp = MailServer::start();
    let server = Server::mailing(&smtp).await;
    for who in ["a@example.com\r\nBcc: b@example.com", "a@example.com, b@example.com", "<a@example.com>"] {
        let mut browser = Browser::new(&server);
        let page = browser.open(&server.url("/sign-up")).await;
        assert_eq!(ask(&mut browser, &page, "/sign-up", who).await.status, 422, "{who:?}");
    }
    assert_eq!(server.number("SELECT count(*) AS number FROM emails"), 0);
}

/// A mail server that is busy is asked again; what waits is sealed, and what was sent is forgotten.
#[actix_web::test]
async fn a_busy_mail_server_is_asked_again() {
    let smtp = MailServer::start();
    smtp.feel(Mood::Busy);
    let server = Server::mailing(&smtp).await;
    queue(
        &server,
        "ada@example.com",
        EmailKind::ResetPassword { link: "https://id.test/canary".into(), lifetime: 60 },
    );
    server.until(|| server.number("SELECT attempts AS number FROM emails") == 1).await;
    assert!(server.dump().iter().all(|row| !row.contains("canary")), "what waits is readable");
    let error = server.command(&["mail", "list", "--state", "waiting", "--json"]).await;
    assert!(error.contains("451") || error.contains("try later"), "{error}");
    smtp.feel(Mood::Takes);
    server.advance(60);
    assert!(smtp.nth(1).await.text().contains("canary"));
    server
        .until(|| server.number("SELECT count(*) AS number FROM emails WHERE sent_at IS NOT NULL") == 1)
        .await;
    assert_eq!(server.number("SELECT count(*) AS number FROM emails WHERE sealed IS NULL"), 1);
}

/// What is refused for good waits for an operator, who has it sent again.
#[actix_web::test]
async fn a_refused_e_mail_waits_for_an_operator() {
    let smtp = MailServer::start();
    smtp.feel(Mood::Refuses);
    let server = Server::mailing(&smtp).await;
    queue(&server, "ada@example.com", EmailKind::PasswordChanged);
    server
        .until(|| server.number("SELECT count(*) AS number FROM emails WHERE failed_at IS NOT NULL") == 1)
        .await;
    smtp.feel(Mood::Takes);
    server.advance(7200);
    let listed = server.command(&["mail", "list", "--state", "failed", "--json"]).await;
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed[0]["kind"], "password_changed");
    assert_eq!(smtp.kept().len(), 0, "it was tried again by itself");
    server.command(&["mail", "retry", &listed[0]["id"].to_string()]).await;
    smtp.nth(1).await;
    assert_eq!(server.audit("email_retried").len(), 1);
}

/// Several servers on one database send each e-mail once.
#[actix_web::test]
async fn several_servers_send_each_e_mail_once() {
    let smtp = MailServer::start();
    let server = Server::mailing(&smtp).await;
    let twin = server.twin().await;
    for number in 0..12 {
        queue(&server, &format!("a{number}@example.com"), EmailKind::Test);
    }
    smtp.nth(12).await;
    server
        .until(|| server.number("SELECT count(*) AS number FROM emails WHERE sent_at IS NOT NULL") == 12)
        .await;
    drop(twin);
    assert_eq!(smtp.kept().len(), 12);
}

/// An operator tries the mail server, and is told what it says.
#[actix_web::test]
async fn an_operator_tries_the_mail_server() {
    let smtp = MailServer::start();
    let server = Server::mailing(&smtp).await;
    server.command(&["mail", "test", "ada@example.com"]).await;
    assert!(smtp.nth(1).await.header("Subject").unwrap().contains("Test"));
}

/// A change of another operator's making and its notice are one: rolled back together.
#[actix_web::test]
async fn a_notice_is_part_of_the_change() {
    let smtp = MailServer::start();
    let server = Server::mailing(&smtp).await;
    add_verified(&server, "alice");
    let (mailer, now) = (server.means().mailer.clone(), server.clock.now());
    let write = move |conn: &mut grantor::storage::DbConnection| {
        assert!(mail::notify(conn, &mailer, 1, EmailKind::LockedOut, now)?);
        Err::<(), _>(Failure::<()>::Broken(grantor::storage::StorageError::Internal("a fault".to_owned())))
    };
    assert!(server.means().database.write_blocking(write).is_err());
    assert_eq!(server.number("SELECT count(*) AS number FROM emails"), 0);
}
