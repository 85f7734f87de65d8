//! A person is told when an account elsewhere is linked to theirs, or unlinked. Security statement P19.

use std::time::Duration;

use grantor::flow::upstream::Rules;

use super::{Pair, creating};
use crate::support::mail::MailServer;
use crate::support::{Browser, Server, ServerBuilder};

fn mailing(smtp: &MailServer) -> ServerBuilder {
    Server::with().set("GRANTOR_MAIL__URL", &smtp.url).set("GRANTOR_MAIL__FROM", "Grantor <no-reply@id.test>")
}

async fn signed_in(server: &Server, name: &str) -> Browser {
    let mut browser = Browser::new(server);
    let page = browser.open(&server.url("/login")).await;
    browser.sign_in(&page, name).await;
    browser
}

/// P19: of a link, and of its end, in the language of the person; what they are called there, and where.
#[actix_web::test]
async fn a_person_is_told_of_a_link_and_of_its_end() {
    let smtp = MailServer::start();
    let pair = Pair::of(Rules::default(), mailing(&smtp)).await;
    pair.here.add_user("bob").await;
    pair.here.execute("UPDATE users SET email_verified = TRUE");
    let mut browser = signed_in(&pair.here, "bob").await;
    let page = browser.open(&pair.here.url("/account/providers")).await;
    let back = pair.away(&mut browser, &page).await;
    let linked = browser.open(&back).await;
    let told = smtp.nth(1).await;
    assert_eq!(told.to, ["bob@example.com"]);
    assert!(told.header("Subject").unwrap().starts_with("A way to sign in was added"), "{told:?}");
    assert!(told.text().contains("the account “ada@example.com” at There"), "{}", told.text());

    pair.here.execute("UPDATE users SET locale = 'de'");
    browser.submit(&linked.form("/account/providers/unlink")).await;
    assert_eq!(pair.here.number("SELECT count(*) AS number FROM upstream_links"), 0);
    let told = smtp.nth(2).await;
    assert_eq!(told.to, ["bob@example.com"]);
    assert!(told.text().contains("das Konto „ada@example.com“ bei There"), "{}", told.text());
}

/// P19: of a link that a rule of the operator makes; and of one only, however often they come by it. Whose account is made by it is
/// told nothing.
#[actix_web::test]
async fn a_person_is_told_of_a_link_by_a_rule() {
    let smtp = MailServer::start();
    let pair = Pair::of(Rules { link_by_email: true, ..creating() }, mailing(&smtp)).await;
    pair.here.add_user("ada").await;
    pair.here.execute("UPDATE users SET email_verified = TRUE, sign_in_email = email");
    for _ in 0..2 {
        pair.sign_in(&mut Browser::new(&pair.here)).await;
    }
    let told = smtp.nth(1).await;
    assert_eq!(told.to, ["ada@example.com"]);
    assert!(told.text().contains("the account “ada@example.com” at There"), "{}", told.text());

    let other = MailServer::start();
    let newcomers = Pair::of(creating(), mailing(&other)).await;
    newcomers.sign_in(&mut Browser::new(&newcomers.here)).await;
    assert_eq!(newcomers.here.number("SELECT count(*) AS number FROM upstream_links"), 1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let of_links =
        |smtp: &MailServer| smtp.kept().iter().filter(|mail| mail.text().contains("at There")).count();
    assert_eq!((of_links(&smtp), of_links(&other)), (1, 0));
}
