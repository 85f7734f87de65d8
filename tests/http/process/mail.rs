//! What a server writes of its way to the mail server. X06.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Process, set};
use crate::support::mail::{MAIL_PASSWORD, MailServer, Security, USER};
use crate::support::{ALLOWED, Authority, Browser};

/// Has the server send an e-mail to somebody who wants an account.
async fn want_an_account(process: &Process) {
    let mut browser = Browser::new(&process.server);
    let page = browser.open(&process.server.url("/sign-up")).await;
    let form = page.form("/sign-up").with("who", "bob@example.com");
    assert_eq!(browser.submit(&form).await.status, 200);
}

/// X06: whatever is logged, and whether the login is taken or refused, its password is not, in no form in which it is sent.
#[actix_web::test]
async fn no_log_line_holds_the_password_of_the_mail_server() {
    let authority = Authority::new();
    let file = authority.file();
    let smtp = MailServer::secured(Security::Implicit, &authority, &ALLOWED.to_string());
    for password in [MAIL_PASSWORD, "planted:wrong/word"] {
        let process = Process::start(set(&[
            ("GRANTOR_MAIL__URL", &smtp.url_with_password(password)),
            ("GRANTOR_MAIL__FROM", "no-reply@id.test"),
            ("GRANTOR_ACCOUNTS__SIGN_UP", "open"),
            ("GRANTOR_OUTBOUND__CA_FILE", file.to_str().unwrap()),
            ("GRANTOR_LOG__FILTER", "trace"),
        ]))
        .await;
        want_an_account(&process).await;
        if password == MAIL_PASSWORD {
            smtp.nth(1).await;
        } else {
            let begun = Instant::now();
            while !process.log().contains("could not be sent") {
                assert!(begun.elapsed() < Duration::from_mins(1), "{}", process.log());
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        let log = process.log();
        let plain = STANDARD.encode(format!("\0{USER}\0{password}"));
        for secret in [password, &STANDARD.encode(password), &plain, &smtp.url_with_password(password)] {
            assert!(!log.contains(secret), "the log holds {secret}");
        }
    }
    assert_eq!(smtp.kept().len(), 1);
}
