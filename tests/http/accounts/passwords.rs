//! What a password may be made of, and that all of it counts. P03: NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2.8.

use unicode_normalization::UnicodeNormalization as _;

use super::{is_signed_in, sign_in};
use crate::support::{Browser, Server};

/// So many different syllables: each is one code point of three bytes when composed, and two or three when not.
fn syllables(count: u32) -> String {
    (0..count).map(|at| char::from_u32(0xac00 + at * 2_741 % 11_172).unwrap()).collect()
}

/// The status after somebody chose this password on the page of a link.
async fn choose(server: &Server, name: &str, password: &str) -> u16 {
    let said = server.command(&["user", "reset-link", name]).await;
    let link = said.lines().find(|line| line.starts_with("http")).unwrap().to_owned();
    let mut browser = Browser::new(server);
    let page = browser.open(&link).await;
    browser.submit(&page.form("/reset/password").with("password", password)).await.status
}

async fn lets_in(server: &Server, name: &str, password: &str) -> bool {
    is_signed_in(server, &mut sign_in(server, name, password).await).await
}

/// P03: any character will do, one counts as one however many bytes it has, and the count is of the composed form.
#[actix_web::test]
async fn p03_a_password_is_counted_in_code_points_of_the_composed_form() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let crabs = "🦀🗓️🎈🪁🧭🪐🌋🏔🛶🎻🧵🪴🦉";
    assert!(crabs.chars().count() == 14 && crabs.len() > 50 && crabs.encode_utf16().count() > 20);
    for (password, status) in [
        (crabs.to_owned(), 422),
        (format!("{crabs}☂"), 200),
        (syllables(14).nfd().collect(), 422),
        (syllables(15).nfd().collect(), 200),
        (syllables(128).nfd().collect(), 200),
        (syllables(129).nfd().collect(), 422),
        (" מילים שאינן קשורות זו לזו ".to_owned(), 200),
    ] {
        assert_eq!(choose(&server, "ada", &password).await, status, "{password}");
    }
}

/// P03: what one keyboard sends composed and another one decomposed is the same password.
#[actix_web::test]
async fn p03_a_password_is_normalised_before_it_is_hashed() {
    let server = Server::start().await;
    for (name, chosen, typed) in [
        ("ada", syllables(20).nfd().collect::<String>(), syllables(20)),
        ("bob", "crème brûlée à la fenêtre".nfc().collect(), "crème brûlée à la fenêtre".nfd().collect()),
    ] {
        assert_ne!(chosen, typed);
        server.add_user(name).await;
        assert_eq!(choose(&server, name, &chosen).await, 200);
        assert!(lets_in(&server, name, &typed).await && lets_in(&server, name, &chosen).await, "{name}");
    }
}

/// P03: a password is verified to its last character: nothing is cut off at 72 bytes, at 128, or anywhere.
#[actix_web::test]
async fn p03_a_password_is_verified_entire() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let whole = syllables(128);
    assert_eq!(choose(&server, "ada", &whole).await, 200);
    let first_bytes = |count: usize| whole.get(..count - count % 3).unwrap().to_owned();
    let other_end = format!("{}x", syllables(127));
    for wrong in [first_bytes(72), first_bytes(128), first_bytes(255), other_end] {
        assert!(!lets_in(&server, "ada", &wrong).await, "{} bytes", wrong.len());
    }
    assert!(!lets_in(&server, "ada", &format!("{whole} ")).await, "a space at the end");
    server.advance(3600);
    assert!(lets_in(&server, "ada", &whole).await);
}
