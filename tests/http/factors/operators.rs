//! Factors that somebody must have, and what operators do for whoever lost them.

use super::{factors, set_app_up, signed_in, with_passkey};
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
