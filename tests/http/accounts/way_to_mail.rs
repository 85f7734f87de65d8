//! The way to a mail server that others must not listen on. RFC 3207, RFC 8314, RFC 4954; X06.

use grantor::mail::EmailKind;

use super::queue::queue;
use crate::support::mail::{MAIL_PASSWORD, MailServer, Security};
use crate::support::{ALLOWED, Authority, Server};

const KINDS: [Security; 2] = [Security::Implicit, Security::StartTls];

async fn sending(url: &str, authority: &Authority) -> Server {
    let file = authority.file();
    Server::mailing_to(url).set("GRANTOR_OUTBOUND__CA_FILE", file.to_str().unwrap()).start().await
}

/// What the operator reads about the one e-mail that waits.
async fn waiting(server: &Server) -> serde_json::Value {
    let listed = server.command(&["mail", "list", "--state", "waiting", "--json"]).await;
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    listed[0].clone()
}

async fn until_tried(server: &Server, times: i64) {
    server.until(|| server.number("SELECT attempts AS number FROM emails") == times).await;
}

/// RFC 8314 §3, RFC 4954: with TLS from the first byte, or after STARTTLS, the login is made and the e-mail sent.
#[actix_web::test]
async fn mail_goes_over_tls_with_a_login() {
    for security in KINDS {
        let authority = Authority::new();
        let smtp = MailServer::secured(security, &authority, &ALLOWED.to_string());
        let server = sending(&smtp.url, &authority).await;
        queue(&server, "ada@example.com", EmailKind::PasswordChanged);
        assert_eq!(smtp.nth(1).await.to, ["ada@example.com"]);
        let heard = smtp.heard();
        let expected: &[&str] = match security {
            Security::Implicit => &["EHLO", "AUTH", "MAIL", "RCPT", "DATA"],
            _ => &["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"],
        };
        assert!(heard.iter().zip(expected).all(|(word, wanted)| word == wanted), "{heard:?}");
    }
}

/// RFC 8314 §3: to a server whose certificate is not its own, or from nobody we know, nothing is said; the e-mail waits, and
/// leaves once the certificate is right.
#[actix_web::test]
async fn nothing_is_sent_to_a_server_with_a_wrong_certificate() {
    for security in KINDS {
        let (authority, stranger) = (Authority::new(), Authority::new());
        let smtp = MailServer::secured(security, &stranger, &ALLOWED.to_string());
        let server = sending(&smtp.url, &authority).await;
        queue(&server, "ada@example.com", EmailKind::PasswordChanged);
        until_tried(&server, 1).await;
        smtp.present(&authority, "other.test");
        server.advance(60);
        until_tried(&server, 2).await;
        let email = waiting(&server).await;
        let error = email["last_error"].as_str().unwrap();
        assert!(error.to_lowercase().contains("certificate"), "{error}");
        assert_eq!(smtp.kept().len(), 0, "{security:?}");
        let heard = smtp.heard();
        assert!(heard.iter().all(|word| ["EHLO", "STARTTLS"].contains(&word.as_str())), "{heard:?}");
        smtp.present(&authority, &ALLOWED.to_string());
        server.advance(120);
        smtp.nth(1).await;
    }
}

/// RFC 3207 §6: where somebody on the way takes STARTTLS out of the answer, neither login nor e-mail is sent in the clear.
#[actix_web::test]
async fn nothing_is_sent_where_starttls_is_not_offered() {
    let authority = Authority::new();
    let smtp = MailServer::secured(Security::Stripped, &authority, &ALLOWED.to_string());
    let server = sending(&smtp.url, &authority).await;
    queue(&server, "ada@example.com", EmailKind::PasswordChanged);
    until_tried(&server, 1).await;
    let heard = smtp.heard();
    assert!(!heard.iter().any(|word| ["AUTH", "MAIL", "DATA"].contains(&word.as_str())), "{heard:?}");
    assert!(waiting(&server).await["last_error"].as_str().unwrap().contains("STARTTLS"));
}

/// RFC 4954 §6: a login that is refused says nothing of the e-mail, which waits until the operator has set the right one.
/// X06: whatever the server repeats, the password is in no row, no list and no output.
#[actix_web::test]
async fn a_refused_login_keeps_the_e_mail_and_the_password() {
    let authority = Authority::new();
    let smtp = MailServer::secured(Security::Implicit, &authority, &ALLOWED.to_string());
    let wrong = "planted-wrong-word";
    let server = sending(&smtp.url_with_password(wrong), &authority).await;
    queue(&server, "ada@example.com", EmailKind::PasswordChanged);
    until_tried(&server, 1).await;
    let email = waiting(&server).await;
    assert!(email["last_error"].as_str().unwrap().contains("535"), "{email}");
    assert!(
        server.dump().iter().all(|row| !row.contains(wrong) && !row.contains("cGxhbnRlZC13cm9uZy13b3Jk"))
    );
    assert!(email.to_string().contains("AUTH PLAIN …"), "{email}");

    // Another server of the same database has the right one.
    let mut twin = server.twin_with("GRANTOR_MAIL__URL", &smtp.url).await;
    server.advance(60);
    // Either may be the one that tries; the wrong one only makes it wait longer.
    for _ in 0..20 {
        if !smtp.kept().is_empty() {
            break;
        }
        server.advance(7200);
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    assert_eq!(smtp.kept().len(), 1);
    twin.stop().await;
}

/// X06: settings that are printed or debugged name no password.
#[actix_web::test]
async fn settings_do_not_show_the_password_of_the_mail_server() {
    let authority = Authority::new();
    let smtp = MailServer::secured(Security::Implicit, &authority, &ALLOWED.to_string());
    let server = sending(&smtp.url, &authority).await;
    let shown = format!("{:?}", server.means().config);
    assert!(shown.contains("grantor@id.test") && !shown.contains(MAIL_PASSWORD), "{shown}");
    let printed = server.command(&["config", "print"]).await;
    let as_written = smtp.url.split(['/', '@']).nth(2).unwrap().to_owned();
    assert!(!printed.contains(MAIL_PASSWORD) && !printed.contains(&as_written), "{printed}");
}
