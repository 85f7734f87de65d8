//! Factors that somebody must have, and what operators do for whoever lost them.

use grantor::flow::administer::api_keys::Rights;
use reqwest::Method;
use serde_json::{Value, json};

use super::{factors, set_app_up, signed_in, user, with_passkey};
use crate::support::{Authenticator, Server};

/// P12: whoever must have a second factor, as a person or in a group, keeps the last one; another one may go.
#[actix_web::test]
async fn the_last_factor_of_somebody_who_must_have_one_stays() {
    let server = Server::start().await;
    let (mut browser, _) = with_passkey(&server, "ada", Authenticator::new()).await;
    let unbound = factors(&server, &mut browser).await.form("/remove");
    server.execute("UPDATE users SET requires_second_factor = TRUE");
    let page = factors(&server, &mut browser).await;
    assert!(page.text().contains("the last one stays"), "{}", page.text());
    assert!(!page.has_form("/remove"));
    let refused = browser.submit(&unbound).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("must have a second step"), "{}", refused.text());

    let (_, page) = set_app_up(&server, &mut browser, &refused).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let page = factors(&server, &mut browser).await;
    assert_eq!(browser.submit(&page.form("/passkeys/1/remove")).await.status, 200);
    assert_eq!(browser.submit(&page.form("/one-time-codes/remove")).await.status, 422);
    assert_eq!(server.number("SELECT count(*) AS number FROM totp_secrets"), 1);
}

/// P12: whoever has no password keeps the passkey by which alone they sign in.
#[actix_web::test]
async fn the_only_way_in_stays() {
    let server = Server::start().await;
    let (mut browser, _) = with_passkey(&server, "ada", Authenticator::new()).await;
    server.execute("UPDATE users SET password_hash = NULL");
    let page = factors(&server, &mut browser).await;
    let refused = browser.submit(&page.form("/passkeys/1/remove")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("your only way to sign in"), "{}", refused.text());
    assert_eq!(server.number("SELECT count(*) AS number FROM passkeys"), 1);
}

/// P12, X04: two that remove the last two factors of somebody who must have one at once leave one.
#[actix_web::test]
async fn two_removals_at_once_leave_one() {
    let server = Server::start().await;
    let (mut browser, _) = with_passkey(&server, "ada", Authenticator::new()).await;
    let page = factors(&server, &mut browser).await;
    set_app_up(&server, &mut browser, &page).await;
    server.execute("UPDATE users SET requires_second_factor = TRUE");
    let page = factors(&server, &mut browser).await;
    let (mut one, mut other) = (browser.clone(), browser.clone());
    let (app, passkey) = (page.form("/one-time-codes/remove"), page.form("/passkeys/1/remove"));
    let (first, second) = futures_util::future::join(one.submit(&app), other.submit(&passkey)).await;
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422]);
}

/// P12: an operator sees the factors of somebody who lost them and removes them; every session ends, the password stays.
#[actix_web::test]
async fn an_operator_resets_the_factors_of_a_person() {
    let server = Server::start().await;
    let (mut browser, _) = with_passkey(&server, "ada", Authenticator::new()).await;
    let page = factors(&server, &mut browser).await;
    set_app_up(&server, &mut browser, &page).await;

    let listed = server.command(&["user", "factors", "ada"]).await;
    for part in ["passkey", "Phone", "one-time codes", "recovery codes", "10 left"] {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&server.command(&["user", "factors", "ada", "--json"]).await).unwrap();
    assert_eq!(json["passkeys"][0]["name"], "Phone");
    assert!(!json.to_string().contains("credential") && !json.to_string().contains("seal"), "{json}");

    let said = server.command(&["user", "reset-factors", "ada"]).await;
    assert_eq!(said, "Passkeys of ada that are removed: 1 and the app. Sessions that ended: 1.\n");
    for table in ["passkeys", "totp_secrets", "recovery_codes"] {
        assert_eq!(server.number(&format!("SELECT count(*) AS number FROM {table}")), 0, "{table}");
    }
    let page = factors(&server, &mut browser).await;
    assert!(page.url.contains("/login"), "{}", page.url);
    signed_in(&server, "ada").await;
    assert_eq!(server.audit("factor_removed")[0]["factor"], "all");
}

/// P12, X02: the admin API shows the factors of a person and resets them, and a key that may only read resets nothing.
#[actix_web::test]
async fn the_admin_api_shows_and_resets_factors() {
    let server = Server::start().await;
    with_passkey(&server, "ada", Authenticator::synced()).await;
    let path = format!("/users/{}/factors", user(&server, "ada").subject);
    let (reader, writer) = (server.api_key(Rights::Read, None), server.api_key(Rights::ReadWrite, None));
    let (status, shown) = server.administer(&reader, Method::GET, &path, Value::Null).await;
    assert_eq!(status, 200, "{shown}");
    assert_eq!((&shown["is_required"], &shown["one_time_codes"]), (&json!(false), &Value::Null), "{shown}");
    assert_eq!(shown["passkeys"][0]["is_backed_up"], true, "{shown}");
    assert_eq!(shown["recovery_codes"]["left"], 10, "{shown}");

    let (status, _) = server.administer(&reader, Method::DELETE, &path, Value::Null).await;
    assert_eq!(status, 403);
    assert_eq!(server.number("SELECT count(*) AS number FROM passkeys"), 1);
    let (status, reset) = server.administer(&writer, Method::DELETE, &path, Value::Null).await;
    assert_eq!((status, &reset["passkeys"], &reset["sessions"]), (200, &json!(1), &json!(1)), "{reset}");
    let (status, _) = server.administer(&writer, Method::DELETE, "/users/nobody/factors", Value::Null).await;
    assert_eq!(status, 404);
}

/// P19: whoever gets or loses a factor is told by e-mail, whoever did it.
#[actix_web::test]
async fn changes_of_factors_are_told_by_email() {
    let server = Server::with().set("GRANTOR_MAIL__URL", "smtp://127.0.0.1:1").start().await;
    server.add_user("ada").await;
    server.execute("UPDATE users SET email_verified = TRUE");
    let (mut browser, page) = signed_in(&server, "ada").await;
    let told = |kind: &str| {
        let of_kind = format!("SELECT count(*) AS number FROM emails WHERE kind = '{kind}'");
        server.number(&of_kind)
    };
    browser.add_passkey(&page, "Phone", &mut Authenticator::new()).await;
    assert_eq!(told("factor_added"), 2, "the passkey, and the recovery codes that came with it");
    let page = factors(&server, &mut browser).await;
    browser.submit(&page.form("/remove")).await;
    assert_eq!(told("factor_removed"), 1);
    server.command(&["user", "reset-factors", "ada"]).await;
    assert_eq!(told("factor_removed"), 2);
    assert!(!server.dump().join("\n").contains("“Phone”"), "e-mails wait sealed");
}
