//! How often proofs may fail in a row. Security statements P07 and P08.

use futures_util::future::join_all;
use grantor::flow::Failure;
use grantor::flow::sign_in::SignInRefusal;
use grantor::flow::sign_in::guesses::{self, Subject};

use super::{is_home, send_code, stranger, try_in, user, with_app};
use crate::support::{Browser, PASSWORD, Server};

const FAILURES: &str = "SELECT CAST(coalesce(sum(failures), 0) AS BIGINT) AS number FROM sign_in_failures";

/// P07, CVE row 69: one count for a person, whichever name is typed and however, and whichever factor is guessed at; a right password
/// before a wrong code makes none of it forgotten.
#[actix_web::test]
async fn failures_count_by_person_whatever_the_identifier_and_the_factor() {
    let server = Server::start().await;
    server.add_user("ada").await;
    server.execute("UPDATE users SET sign_in_email = 'ada@example.com', email_verified = TRUE");
    let app = with_app(&server, "ada").await;
    for name in ["ada", " ADA ", "Ada@Example.com"] {
        assert_eq!(stranger(&server, name, "wrong").await.status, 422, "{name}");
    }
    assert_eq!(server.number(FAILURES), 3);
    let page = stranger(&server, "ada@example.com", PASSWORD).await;
    assert!(page.has_form("/login/second-factor"), "{}", page.text());
    assert_eq!(server.number(FAILURES), 3, "a right password is no failure, and no end of a row");
    let (mut browser, page) = super::halfway(&server, "ada").await;
    for _ in 0..2 {
        assert_eq!(send_code(&mut browser, &page, "000000").await.status, 422);
    }
    assert_eq!(server.number("SELECT count(*) AS number FROM sign_in_failures"), 1);
    assert_eq!(server.number(FAILURES), 5);
    let code = app.code(&server, 0);
    assert_eq!(send_code(&mut browser, &page, &code).await.status, 429, "the right code has to wait, too");
    assert_eq!(stranger(&server, "ada", PASSWORD).await.status, 429);
    server.advance(6);
    let page = send_code(&mut browser, &page, &app.code(&server, 0)).await;
    assert!(is_home(&page, "ada"), "{}", page.text());
    assert_eq!(server.number(FAILURES), 0, "a whole sign-in ends the row");
}

/// P07: each failure from the fifth on doubles the wait, which the answer names.
#[actix_web::test]
async fn the_wait_grows() {
    let server = Server::start().await;
    server.add_user("ada").await;
    for _ in 0..5 {
        assert_eq!(stranger(&server, "ada", "wrong").await.status, 422);
    }
    for wait in [5, 10, 20, 40, 80] {
        let page = stranger(&server, "ada", PASSWORD).await;
        assert_eq!(page.status, 429, "{wait}");
        assert_eq!(page.headers["retry-after"].to_str().unwrap(), wait.to_string());
        server.advance(wait);
        // The count of the address is over by then or not; this is about that of the person.
        server.advance(60);
        assert_eq!(stranger(&server, "ada", "wrong").await.status, 422, "{wait}");
    }
    let told = server.number("SELECT count(*) AS number FROM audit_events WHERE kind = 'sign_in_blocked'");
    assert_eq!(told, 1, "once, at the tenth");
}

/// P07: of guesses at the same moment not more are checked than one after the other would be.
#[actix_web::test]
async fn guesses_at_the_same_moment_count_each() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let before = server.means().passwords.hashes_computed();
    let answers = join_all((0..24).map(|_| stranger(&server, "ada", "wrong"))).await;
    let wrong = answers.iter().filter(|page| page.status == 422).count();
    assert!(answers.iter().all(|page| matches!(page.status, 422 | 429)));
    assert_eq!(wrong, 5);
    assert_eq!(server.means().passwords.hashes_computed() - before, 5);
    assert_eq!(server.number(FAILURES), 5);
}

/// P07, P08: right proofs at the same moment are not failures, also where four have failed before; guesses among them still count.
#[actix_web::test]
async fn right_ones_at_the_same_moment_all_pass() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let answers = join_all((0..8).map(|_| stranger(&server, "ada", PASSWORD))).await;
    assert!(answers.iter().all(|page| is_home(page, "ada")), "{:?}", statuses(&answers));
    for _ in 0..4 {
        assert_eq!(stranger(&server, "ada", "wrong").await.status, 422);
    }
    let answers = join_all((0..6).map(|_| stranger(&server, "ada", PASSWORD))).await;
    assert!(answers.iter().all(|page| is_home(page, "ada")), "{:?}", statuses(&answers));
    assert_eq!(server.number(FAILURES), 0);
    // The person's own browser, with more tabs than it may fail in; strangers have used up their guesses.
    let mut known = Browser::new(&server);
    let page = known.open(&server.url("/login")).await;
    assert!(is_home(&try_in(&mut known, &page, "ada", PASSWORD).await, "ada"));
    known.cookies.remove("grantor_session");
    for _ in 0..5 {
        assert_eq!(stranger(&server, "ada", "wrong").await.status, 422);
    }
    let page = known.open(&server.url("/login")).await;
    let tabs = (0..8).map(|_| {
        let mut tab = Browser::new(&server);
        tab.cookies.clone_from(&known.cookies);
        let page = &page;
        async move { try_in(&mut tab, page, "ada", PASSWORD).await }
    });
    let answers = join_all(tabs).await;
    assert!(answers.iter().all(|page| is_home(page, "ada")), "{:?}", statuses(&answers));
}

/// P07: of guesses among right ones not more are checked than between two sign-ins one after the other.
#[actix_web::test]
async fn right_ones_let_no_guesses_through() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let answers =
        join_all((0..24).map(|n| stranger(&server, "ada", if n == 12 { PASSWORD } else { "wrong" }))).await;
    let wrong = answers.iter().filter(|page| page.status == 422).count();
    assert!((5..=9).contains(&wrong), "{:?}", statuses(&answers));
    assert_eq!(server.number(FAILURES), 5, "the row after the right one, or the only one");
}

fn statuses(answers: &[crate::support::Page]) -> Vec<u16> {
    answers.iter().map(|page| page.status).collect()
}

/// P08: what a neighbour in the same network does keeps nobody out of a browser that is known.
#[actix_web::test]
async fn a_network_that_failed_too_often_keeps_nobody_out_of_a_known_browser() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut known = Browser::new(&server);
    let page = known.open(&server.url("/login")).await;
    assert!(is_home(&try_in(&mut known, &page, "ada", PASSWORD).await, "ada"));
    known.cookies.remove("grantor_session");
    for n in 0..50 {
        assert_eq!(stranger(&server, &format!("nobody{n}"), "wrong").await.status, 422);
    }
    assert_eq!(stranger(&server, "ada", PASSWORD).await.status, 429);
    let page = known.open(&server.url("/login")).await;
    assert!(is_home(&try_in(&mut known, &page, "ada", PASSWORD).await, "ada"));
}

/// NIST SP 800-63B-4 §3.2.2: never more than a hundred in a row, browsers that are known and strangers together, and however long
/// somebody waits.
#[actix_web::test]
async fn never_more_than_a_hundred_in_a_row() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let subject = Subject { user_id: Some(user(&server, "ada").id), name: "ada".to_owned() };
    let mut browsers = Vec::new();
    for _ in 0..12 {
        let mut browser = Browser::new(&server);
        let page = browser.open(&server.url("/login")).await;
        assert!(is_home(&try_in(&mut browser, &page, "ada", PASSWORD).await, "ada"));
        server.advance(60);
        browsers.push(browser);
    }
    assert_eq!(server.number("SELECT count(*) AS number FROM known_devices"), 10);
    let mut guesses = 0;
    let tokens: Vec<_> = browsers
        .iter()
        .map(|browser| browser.cookies["grantor_browser"].clone())
        .chain((0..100).map(|n| format!("stranger {n}")))
        .collect();
    for token in tokens {
        for _ in 0..20 {
            let browser = grantor::flow::authorize::Browser {
                browser: grantor::entropy::Token::presented(token.clone()),
                session: None,
            };
            match guesses::begin(server.means(), &subject, &browser).await {
                Ok(_) => guesses += 1,
                Err(Failure::Refused(SignInRefusal::TooMany(wait))) => server.advance(wait),
                Err(Failure::Refused(SignInRefusal::Locked)) => break,
                Err(Failure::Refused(other)) => panic!("{other:?}"),
                Err(Failure::Broken(error)) => panic!("{error}"),
            }
        }
    }
    assert_eq!(guesses, 100);
    server.advance(400 * 86_400);
    let page = stranger(&server, "ada", PASSWORD).await;
    assert_eq!(page.status, 429);
    assert!(page.text().contains("passkey"), "{}", page.text());
}

/// P08, Keycloak CVE-2024-1722: strangers who fail for ever lock nobody out of a browser that they have signed in with; and the
/// sign-in there ends the row.
#[actix_web::test]
async fn strangers_lock_nobody_out_of_a_known_browser() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut known = Browser::new(&server);
    let page = known.open(&server.url("/login")).await;
    assert!(is_home(&try_in(&mut known, &page, "ada", PASSWORD).await, "ada"));
    known.cookies.remove("grantor_session");
    server.execute(&format!(
        "INSERT INTO sign_in_failures (who, failures, last_at, blocked_until) \
         VALUES ('user:{}', 50, {}, 9223372036854775807)",
        user(&server, "ada").id,
        server.clock.now()
    ));
    assert_eq!(stranger(&server, "ada", PASSWORD).await.status, 429);
    let page = known.open(&server.url("/login")).await;
    assert!(is_home(&try_in(&mut known, &page, "ada", PASSWORD).await, "ada"));
    assert!(is_home(&stranger(&server, "ada", PASSWORD).await, "ada"), "the row has ended");
    // Known to one person is not known to another.
    server.add_user("bob").await;
    assert_eq!(try_in(&mut known, &page, "bob", "wrong").await.status, 403, "the form was ada's");
}

/// R12: a clock that was set back keeps nobody out.
#[actix_web::test]
async fn a_clock_set_back_keeps_nobody_out() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let (now, id) = (server.clock.now(), user(&server, "ada").id);
    server.execute(&format!(
        "INSERT INTO sign_in_failures (who, failures, last_at, blocked_until) \
         VALUES ('user:{id}', 20, {}, {})",
        now + 90_000,
        now + 93_600
    ));
    assert!(is_home(&stranger(&server, "ada", PASSWORD).await, "ada"));
}

/// P07: an operator ends the row, and the audit log says so.
#[actix_web::test]
async fn an_operator_lets_somebody_try_again() {
    let server = Server::start().await;
    server.add_user("ada").await;
    for _ in 0..5 {
        assert_eq!(stranger(&server, "ada", "wrong").await.status, 422);
    }
    assert_eq!(stranger(&server, "ada", PASSWORD).await.status, 429);
    server.command(&["user", "unblock", "ada"]).await;
    assert!(is_home(&stranger(&server, "ada", PASSWORD).await, "ada"));
    let said = "SELECT count(*) AS number FROM audit_events WHERE kind = 'sign_in_unblocked'";
    assert_eq!(server.number(said), 1);
}
