//! GET /account.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::password::in_a_line;
use super::{Said, broken, enter, frame};
use crate::flow::{Means, account, factors, upstream};
use crate::web::page::Visit;
use crate::web::pages::account::AccountPart;
use crate::web::pages::account_parts::{OverviewLine, OverviewPage};

/// Where things stand.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let session = match enter(&mut visit, AccountPart::Overview).await {
        Ok(session) => session,
        Err(elsewhere) => return elsewhere,
    };
    let read = async {
        let password = account::password_state(&means, &session).await?;
        let sessions = account::sessions(&means, &session).await?.len();
        let applications = account::applications(&means, &session).await?.len();
        Ok::<_, crate::flow::Failure<crate::flow::log_out::Never>>((password, sessions, applications))
    };
    let (password, sessions, applications) = match read.await {
        Ok(found) => found,
        Err(failure) => return broken(&visit, failure),
    };
    let overview = match factors::overview(&means, session.user.id).await {
        Ok(overview) => overview,
        Err(error) => return visit.broken(&error),
    };
    let found = match upstream::of_person(&means, session.user.id).await {
        Ok(found) => found,
        Err(failure) => return broken(&visit, failure),
    };
    let (texts, count) = (visit.texts, |number: usize| i64::try_from(number).unwrap_or(i64::MAX));
    let is_password_alone = password.is_set && found.linked.is_empty();
    let password = in_a_line(texts, &password, &found).unwrap_or_else(|| texts.t("account-password-set"));
    let passkeys = overview.factors.passkeys.len();
    let factors = match (passkeys, overview.factors.one_time_codes.is_some()) {
        (0, false) if is_password_alone => texts.t("account-overview-no-factors"),
        (0, false) => texts.t("account-overview-factors-none"),
        (0, true) => texts.t("factors-app"),
        (_, false) => texts.count("account-overview-passkeys", count(passkeys)),
        (_, true) => {
            let words = texts.count("account-overview-passkeys", count(passkeys));
            format!("{words} · {}", texts.t("factors-app"))
        }
    };
    let line = |part: AccountPart, says: String| OverviewLine {
        href: visit.path(part.path()),
        label: part.title(texts),
        says,
    };
    let page = OverviewPage {
        chrome: visit.chrome(),
        frame: frame(&visit, &session, AccountPart::Overview, Said::default()),
        name: display_name(&session),
        email: session.user.email.clone(),
        is_email_verified: session.user.email_verified,
        last_sign_in: texts.with("account-signed-in-at", "when", &texts.moment(session.authenticated_at)),
        lines: vec![
            line(AccountPart::Password, password),
            line(AccountPart::Factors, factors),
            line(AccountPart::Sessions, texts.count("account-overview-sessions", count(sessions))),
            line(
                AccountPart::Applications,
                texts.count("account-overview-applications", count(applications)),
            ),
        ],
        desk_href: session.user.is_administrator.then(|| visit.path("/admin")),
    };
    visit.show(StatusCode::OK, &page, None)
}

fn display_name(session: &crate::flow::BrowserSession) -> String {
    let said = session.user.claims.get("name").and_then(serde_json::Value::as_str);
    said.filter(|name| !name.trim().is_empty()).unwrap_or(&session.user.name).to_owned()
}
