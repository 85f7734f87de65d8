//! Passkeys are added and sign in. WebAuthn Level 3 §7.

use serde_json::Value;

use super::{factors, signed_in, with_passkey};
use crate::support::{Authenticator, Browser, Page, Server};

type Lie = fn(&mut Authenticator);

async fn sign_in_page(server: &Server) -> (Browser, Page) {
    let mut browser = Browser::new(server);
    let page = browser.open(&server.url("/login?return=%2Faccount%2Ffactors")).await;
    (browser, page)
}

/// Whether this device signs in, in a new browser.
async fn signs_in(server: &Server, device: &mut Authenticator) -> bool {
    let (mut browser, page) = sign_in_page(server).await;
    let page = browser.passkey_sign_in(&page, device).await;
    let is_in = page.url.ends_with("/account/factors");
    assert!(is_in || matches!(page.status, 403 | 422), "{} {}", page.status, page.text());
    is_in
}

/// P15: a person adds a passkey, and signs in with it alone: two factors, and a session that says so.
#[actix_web::test]
async fn a_passkey_is_added_and_signs_in() {
    let server = Server::start().await;
    let (mut browser, mut device) = with_passkey(&server, "ada", Authenticator::new()).await;
    let page = factors(&server, &mut browser).await;
    assert!(page.text().contains("Phone") && page.text().contains("not used yet"), "{}", page.text());
    assert!(!page.text().contains("synced"), "{}", page.text());

    let (mut other, page) = sign_in_page(&server).await;
    let page = other.passkey_sign_in(&page, &mut device).await;
    assert!(page.url.ends_with("/account/factors"), "{} {}", page.url, page.text());
    assert!(page.text().contains("last used on"), "{}", page.text());
    let strong = "SELECT count(*) AS number FROM browser_sessions WHERE acr = 'phr' AND amr = 'pop mfa'";
    assert_eq!(server.number(strong), 1);
    let added = server.audit("factor_added");
    assert_eq!((added.len(), &added[0]["passkey"]), (1, &Value::from("Phone")));
}

/// P15: BE and BS are stored and shown; what is synced has no count, and signs in again and again.
#[actix_web::test]
async fn a_synced_passkey_is_told_apart() {
    let server = Server::start().await;
    let (mut browser, mut device) = with_passkey(&server, "ada", Authenticator::synced()).await;
    assert!(factors(&server, &mut browser).await.text().contains("synced"));
    assert_eq!(server.number("SELECT count(*) AS number FROM passkeys WHERE is_backed_up"), 1);
    assert!(signs_in(&server, &mut device).await && signs_in(&server, &mut device).await);
}

/// P15: a challenge is answered once, whether the passkey is added or signs in.
#[actix_web::test]
async fn a_challenge_is_answered_once() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let (mut browser, page) = signed_in(&server, "ada").await;
    let mut device = Authenticator::new();
    let options = browser.passkey_options(&page, "add").await;
    assert!(options["publicKey"]["challenge"].as_str().unwrap().len() >= 22, "128 bits: {options}");
    let answer = Browser::passkey_answer(&page, "add", &options, &device.create(&server.address, &options));
    assert_eq!(browser.submit(&answer).await.status, 200);
    assert_eq!(browser.submit(&answer).await.status, 422);

    let (mut other, page) = sign_in_page(&server).await;
    let options = other.passkey_options(&page, "sign-in").await;
    let first = device.get(&server.address, &options);
    let again = Browser::passkey_answer(&page, "sign-in", &options, &device.get(&server.address, &options));
    let answer = Browser::passkey_answer(&page, "sign-in", &options, &first);
    let mut copy = other.clone();
    assert!(other.submit(&answer).await.url.ends_with("/account/factors"));
    assert_eq!(copy.submit(&again).await.status, 422);
    assert_eq!(server.number("SELECT count(*) AS number FROM passkey_ceremonies"), 0);
}

/// P15, X04: thirty-two answers to one challenge at once sign in once.
#[actix_web::test]
async fn one_of_many_answers_to_a_challenge_wins() {
    let server = Server::start().await;
    let (_, mut device) = with_passkey(&server, "ada", Authenticator::synced()).await;
    let (mut browser, page) = sign_in_page(&server).await;
    let options = browser.passkey_options(&page, "sign-in").await;
    let credential = device.get(&server.address, &options);
    let answer = Browser::passkey_answer(&page, "sign-in", &options, &credential);
    let tries = (0..32).map(|_| {
        let (mut browser, answer) = (browser.clone(), answer.clone());
        async move { browser.submit(&answer).await.url.ends_with("/account/factors") }
    });
    let won = futures_util::future::join_all(tries).await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
}

/// P15: a challenge belongs to the browser that asked for it, and to its purpose.
#[actix_web::test]
async fn a_challenge_belongs_to_one_browser() {
    let server = Server::start().await;
    let (mut ada, mut device) = with_passkey(&server, "ada", Authenticator::new()).await;
    let (mut victim, page) = sign_in_page(&server).await;
    let options = victim.passkey_options(&page, "sign-in").await;
    let (mut thief, page) = sign_in_page(&server).await;
    let stolen = Browser::passkey_answer(&page, "sign-in", &options, &device.get(&server.address, &options));
    assert_eq!(thief.submit(&stolen).await.status, 422);

    server.add_user("bob").await;
    let (mut bob, page) = signed_in(&server, "bob").await;
    let mut new = Authenticator::new();
    let options = bob.passkey_options(&page, "add").await;
    let page = factors(&server, &mut ada).await;
    let foreign = Browser::passkey_answer(&page, "add", &options, &new.create(&server.address, &options));
    assert_eq!(ada.submit(&foreign).await.status, 422);
    assert_eq!(server.number("SELECT count(*) AS number FROM passkeys"), 1);
}

/// P15: a challenge that is older than a quarter of an hour is answered by nobody.
#[actix_web::test]
async fn a_challenge_expires() {
    let server = Server::start().await;
    let (_, mut device) = with_passkey(&server, "ada", Authenticator::new()).await;
    for (age, is_good) in [(899, true), (900, false)] {
        let (mut browser, page) = sign_in_page(&server).await;
        let options = browser.passkey_options(&page, "sign-in").await;
        let credential = device.get(&server.address, &options);
        server.advance(age);
        let answer = Browser::passkey_answer(&page, "sign-in", &options, &credential);
        let page = browser.submit(&answer).await;
        assert_eq!(page.url.ends_with("/account/factors"), is_good, "{age}: {}", page.text());
    }
}

/// P15: origin, relying party, presence, verification, signature and user handle are checked here, and not by the browser
/// alone: each lie is refused, and the truth after it is not.
#[actix_web::test]
async fn a_device_that_lies_signs_nobody_in() {
    let server = Server::start().await;
    let (_, mut device) = with_passkey(&server, "ada", Authenticator::new()).await;
    let (handle, id) = (device.user_handle.clone(), device.credential_id.clone());
    let lies: [(&str, Lie); 8] = [
        ("another origin", |it| it.origin = Some("https://evil.example".to_owned())),
        ("another port", |it| it.origin = Some("http://localhost:1".to_owned())),
        ("another relying party", |it| it.rp_id = Some("evil.example".to_owned())),
        ("nobody was there", |it| it.is_user_present = false),
        ("nobody was verified", |it| it.verifies_user = false),
        ("another user", |it| it.user_handle = "AAAAAAAAAAAAAAAAAAAAAA".to_owned()),
        ("no user", |it| it.user_handle = String::new()),
        ("an unknown credential", |it| it.credential_id = vec![7; 16]),
    ];
    for (name, lie) in lies {
        lie(&mut device);
        assert!(!signs_in(&server, &mut device).await, "{name}");
        (device.origin, device.rp_id) = (None, None);
        (device.is_user_present, device.verifies_user) = (true, true);
        (device.user_handle, device.credential_id) = (handle.clone(), id.clone());
    }
    let mut forger = Authenticator::new();
    (forger.user_handle, forger.credential_id, forger.count) = (handle, id, 1000);
    assert!(!signs_in(&server, &mut forger).await, "another key");
    assert!(signs_in(&server, &mut device).await);
}

/// P15: a passkey whose device does not verify its user, or that was made elsewhere, is not added.
#[actix_web::test]
async fn a_device_that_lies_is_not_added() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let (mut browser, page) = signed_in(&server, "ada").await;
    for lie in [
        Authenticator { verifies_user: false, ..Authenticator::new() },
        Authenticator { is_user_present: false, ..Authenticator::new() },
        Authenticator { origin: Some("https://evil.example".to_owned()), ..Authenticator::new() },
        Authenticator { rp_id: Some("evil.example".to_owned()), ..Authenticator::new() },
    ] {
        let mut lie = lie;
        let refused = browser.add_passkey(&page, "", &mut lie).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert!(refused.text().contains("could not be verified"), "{}", refused.text());
    }
    let empty = browser.submit(&page.passkey_form("add")).await;
    assert_eq!(empty.status, 422, "{}", empty.text());
    assert_eq!(server.number("SELECT count(*) AS number FROM passkeys"), 0);
}

/// P15: the signature count goes up; one that stands still or goes back is a copy of the device.
#[actix_web::test]
async fn a_copy_of_a_device_is_refused() {
    let server = Server::start().await;
    let (_, mut device) = with_passkey(&server, "ada", Authenticator::new()).await;
    device.count = 40;
    assert!(signs_in(&server, &mut device).await);
    for count in [40, 10, 0] {
        device.count = count;
        assert!(!signs_in(&server, &mut device).await, "{} after 41", count + 1);
    }
    device.count = 41;
    assert!(signs_in(&server, &mut device).await);
}

/// P15, CVE row "Pocket ID fe003b9": a credential is one person's; nobody adds it a second time, and its owner keeps it.
#[actix_web::test]
async fn a_credential_is_one_persons() {
    let server = Server::start().await;
    let (mut ada, mut device) = with_passkey(&server, "ada", Authenticator::new()).await;
    server.add_user("bob").await;
    let (mut bob, page) = signed_in(&server, "bob").await;
    let mut copy = Authenticator { credential_id: device.credential_id.clone(), ..Authenticator::new() };
    let refused = bob.add_passkey(&page, "Mine", &mut copy).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("in use already"), "{}", refused.text());
    assert!(!signs_in(&server, &mut copy).await && signs_in(&server, &mut device).await);
    let page = factors(&server, &mut ada).await;
    let options = ada.passkey_options(&page, "add").await;
    let excluded = &options["publicKey"]["excludeCredentials"];
    assert_eq!(excluded.as_array().map(Vec::len), Some(1), "{excluded}");
}

/// P09: whoever is switched off signs in with no passkey either.
#[actix_web::test]
async fn a_person_who_is_switched_off_stays_out() {
    let server = Server::start().await;
    let (_, mut device) = with_passkey(&server, "ada", Authenticator::new()).await;
    server.command(&["user", "disable", "ada"]).await;
    assert!(!signs_in(&server, &mut device).await);
    server.command(&["user", "enable", "ada"]).await;
    assert!(signs_in(&server, &mut device).await);
}

/// P08, Keycloak CVE-2024-1722: whoever guesses at passwords does not lock the holder of a passkey out.
#[actix_web::test]
async fn wrong_passwords_do_not_stand_in_the_way_of_a_passkey() {
    let server = Server::start().await;
    let (_, mut device) = with_passkey(&server, "ada", Authenticator::new()).await;
    let mut stranger = Browser::new(&server);
    for _ in 0..12 {
        let page = stranger.open(&server.url("/login")).await;
        stranger.submit(&page.form("/login").with("name", "ada").with("password", "wrong")).await;
    }
    assert!(signs_in(&server, &mut device).await);
}

/// ASVS 7.5.1: whoever signed in longer than five minutes ago signs in again before anything changes.
#[actix_web::test]
async fn changes_ask_for_a_fresh_sign_in() {
    let server = Server::start().await;
    let (mut browser, _) = with_passkey(&server, "ada", Authenticator::new()).await;
    let page = factors(&server, &mut browser).await;
    server.advance(301);
    let names: Vec<_> = page.forms().into_iter().filter(|form| form.action.contains("/factors/")).collect();
    assert!(names.len() >= 5, "{names:?}");
    for form in names {
        let answer = browser.submit(&form).await;
        assert!(answer.url.contains("/login?return=%2Faccount%2Ffactors&again=1"), "{}", answer.url);
    }
    let page = factors(&server, &mut browser).await;
    assert!(page.text().contains("confirm that it is you"), "{}", page.text());
    assert!(!page.forms().iter().any(|form| form.action.contains("/factors/")), "{:?}", page.forms());
    assert_eq!(server.number("SELECT count(*) AS number FROM passkeys WHERE name = 'Phone'"), 1);
}

/// P12, ASVS 7.5.1: whoever has a passkey may sign in with the password, and changes nothing by which they sign in: a thief of
/// the password would set up a factor of their own, and have two.
#[actix_web::test]
async fn a_password_alone_changes_no_factor() {
    let server = Server::start().await;
    let (_, mut device) = with_passkey(&server, "ada", Authenticator::new()).await;
    server.advance(10);
    let mut thief = Browser::new(&server);
    let page = thief.open(&server.url("/login")).await;
    thief.sign_in(&page, "ada").await;
    let page = factors(&server, &mut thief).await;
    assert!(page.text().contains("confirm that it is you"), "{}", page.text());
    assert!(!page.forms().iter().any(|form| form.action.contains("/factors/")), "{:?}", page.forms());

    let page = thief.open(&server.url("/login?return=%2Faccount%2Ffactors&again=1")).await;
    let page = thief.sign_in(&page, "ada").await;
    assert!(page.url.contains("/login/second-factor"), "{} {}", page.url, page.text());
    let page = thief.passkey_sign_in(&page, &mut device).await;
    assert!(page.url.ends_with("/account/factors") && page.has_form("/one-time-codes"), "{}", page.text());
}

/// P15: a passkey has the name that its person gives it; nobody else renames or removes it.
#[actix_web::test]
async fn a_passkey_is_its_persons_to_rename_and_remove() {
    let server = Server::start().await;
    let (mut ada, mut device) = with_passkey(&server, "ada", Authenticator::new()).await;
    let (mut bob, _) = with_passkey(&server, "bob", Authenticator::new()).await;
    let page = factors(&server, &mut ada).await;
    let renamed = ada.submit(&page.form("/name").with("name", " Blue\u{202e} key\n")).await;
    assert!(renamed.text().contains("Blue key"), "{}", renamed.text());

    // The path is in the token: bob's own form, sent to ada's passkey, is none.
    let (mine, theirs) = (factors(&server, &mut bob).await.form("/remove"), page.form("/remove"));
    let mut forged = mine.clone();
    forged.action.clone_from(&theirs.action);
    assert_eq!(bob.submit(&forged).await.status, 403);
    assert!(signs_in(&server, &mut device).await);

    let page = factors(&server, &mut ada).await;
    let removed = ada.submit(&page.form("/remove")).await;
    assert!(removed.text().contains("The passkey is removed"), "{}", removed.text());
    assert!(removed.text().contains("sign out everywhere else"), "S03: {}", removed.text());
    assert!(!signs_in(&server, &mut device).await);
    assert_eq!(server.number("SELECT count(*) AS number FROM passkeys"), 1);
}

/// U04, P15: the door for passkeys takes no form of another site, and no challenge without one.
#[actix_web::test]
async fn the_door_takes_only_our_own_forms() {
    let server = Server::start().await;
    let mut browser = Browser::new(&server);
    for path in ["/login/passkey", "/login/passkey/options", "/account/factors/passkeys/options"] {
        let response = browser.send(reqwest::Method::POST, &server.url(path), Some(Vec::new())).await;
        assert_eq!(response.status(), 403, "{path}");
    }
    assert_eq!(server.number("SELECT count(*) AS number FROM passkey_ceremonies"), 0);
}

/// D-like limit: one place gets 120 challenges in a minute, so that nobody fills the database.
#[actix_web::test]
async fn challenges_are_limited() {
    let server = Server::start().await;
    let (mut browser, page) = sign_in_page(&server).await;
    for _ in 0..120 {
        browser.passkey_options(&page, "sign-in").await;
    }
    let form = page.passkey_form("sign-in");
    let url = server.url("/login/passkey/options");
    let refused = browser.send(reqwest::Method::POST, &url, Some(form.fields)).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    server.advance(61);
    browser.passkey_options(&page, "sign-in").await;
}

/// WebAuthn Level 3 §5.1.2: where the issuer is an address there are no passkeys, and the pages say so.
#[actix_web::test]
async fn an_address_has_no_passkeys() {
    let server = Server::with().issuer("http://127.0.0.1:9").start().await;
    server.add_user("ada").await;
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url("/login")).await;
    assert!(!page.html.contains("data-passkey"));
    let page = browser.sign_in(&page, "ada").await;
    assert_eq!(page.status, 200);
    let page = factors(&server, &mut browser).await;
    assert!(page.text().contains("Passkeys do not work here"), "{}", page.text());
    assert!(!page.html.contains("data-passkey"));
}
