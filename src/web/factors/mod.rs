//! `/account/factors`: passkeys, one-time codes and recovery codes of whoever is signed in. Every change asks for a sign-in of the
//! last minutes. Security statements P12 to P15 and S03.

pub mod app;
pub mod passkeys;
mod qr;
pub mod recovery;
pub mod sign_in;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::body;
use super::csrf::{self, Purpose};
use super::page::Visit;
use super::pages::account::AccountPart;
use super::pages::factors::{
    AddPasskey, FactorsPage, OneTimeCodesItem, PasskeyItem, Post, RecoveryCodesItem,
};
use super::signed_in::{self, fresh_person, person};
use crate::flow::factors::passkeys::is_available;
use crate::flow::factors::{self, FactorRefusal, Factors, Overview, Passkey};
use crate::flow::{BrowserSession, Failure, Means};
use crate::protocol::params::Params;
use crate::texts::Texts;

/// The page, and what its forms begin with.
const PATH: &str = "/account/factors";

/// The passkeys and codes of whoever is signed in.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let session = match person(&visit, PATH).await {
        Ok(session) => session,
        Err(elsewhere) => return elsewhere,
    };
    visit.speak(None, session.user.locale.as_deref());
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    let what = params.get("done").unwrap_or_default();
    let done = done(visit.texts, what);
    let offers_devices = done.is_some() && what != "passkey-renamed";
    show(&visit, &session, StatusCode::OK, Said { done, offers_devices, error: None }).await
}

/// What the page says about what was wanted before.
#[derive(Default)]
struct Said {
    done: Option<String>,
    /// To sign out elsewhere is offered: what somebody proves themselves with has changed.
    offers_devices: bool,
    error: Option<String>,
}

fn done(texts: Texts, what: &str) -> Option<String> {
    Some(match what {
        "passkey-added" => texts.t("factors-done-passkey-added"),
        "passkey-renamed" => texts.t("factors-done-passkey-renamed"),
        "passkey-removed" => texts.t("factors-done-passkey-removed"),
        "app-added" => texts.t("factors-done-app-added"),
        "app-removed" => texts.t("factors-done-app-removed"),
        _ => return None,
    })
}

/// Back to the page, which says that this was done.
fn gone_well(visit: &Visit<'_>, done: &str) -> HttpResponse {
    visit.go(&format!("{PATH}?done={done}"))
}

/// Whoever signed in lately and sent a form of ours to this path; otherwise what they are answered.
async fn changer(
    visit: &mut Visit<'_>,
    payload: Payload,
    path: &str,
) -> Result<(BrowserSession, Params), HttpResponse> {
    let Ok(params) = body::form(visit.request, payload).await else { return Err(visit.stale_form()) };
    let sent = params.get("csrf");
    if !csrf::is_good(visit.means, visit.request, Purpose::Account, &visit.browser, path, sent) {
        return Err(visit.stale_form());
    }
    let session = fresh_person(visit, PATH).await?;
    visit.speak(None, session.user.locale.as_deref());
    Ok((session, params))
}

/// The page again, which says why it was not done.
async fn refused(
    visit: &Visit<'_>,
    session: &BrowserSession,
    failure: Failure<FactorRefusal>,
) -> HttpResponse {
    match failure {
        Failure::Broken(error) => visit.broken(&error),
        Failure::Refused(FactorRefusal::Gone) => visit.go("/login"),
        Failure::Refused(refusal) => {
            let error = Some(in_words(visit.texts, refusal));
            show(visit, session, StatusCode::UNPROCESSABLE_ENTITY, Said { error, ..Said::default() }).await
        }
    }
}

/// Why it was not done.
pub(in crate::web) fn in_words(texts: Texts, refusal: FactorRefusal) -> String {
    match refusal {
        FactorRefusal::Unavailable => texts.t("factors-refused-unavailable"),
        FactorRefusal::TooMany => texts.t("factors-refused-too-many"),
        FactorRefusal::Known => texts.t("factors-refused-known"),
        FactorRefusal::NotVerified => texts.t("factors-refused-not-verified"),
        FactorRefusal::WrongCode => texts.t("factors-refused-wrong-code"),
        FactorRefusal::NotThere | FactorRefusal::Gone => texts.t("factors-refused-not-there"),
        FactorRefusal::Required => texts.t("factors-refused-required"),
        FactorRefusal::OnlyWayIn => texts.t("account-only-way-in"),
    }
}

async fn show(visit: &Visit<'_>, session: &BrowserSession, status: StatusCode, said: Said) -> HttpResponse {
    let overview = match factors::overview(visit.means, session.user.id).await {
        Ok(overview) => overview,
        Err(error) => return visit.broken(&error),
    };
    let mut frame = signed_in::account_frame(visit, session, AccountPart::Factors);
    (frame.done, frame.error) = (said.done, said.error);
    let is_fresh = match signed_in::is_fresh(visit, session).await {
        Ok(is_fresh) => is_fresh,
        Err(broken) => return broken,
    };
    let Overview { factors, is_required } = overview;
    let keeps_last = is_required && factors.is_only_one();
    let has_passkeys = is_available(visit.config());
    let post = |below: &str| post(visit, below);
    let add = || AddPasskey { post: post("/passkeys"), options: post("/passkeys/options") };
    let page = FactorsPage {
        chrome: visit.chrome(),
        confirm_href: (!is_fresh).then(|| visit.path(&signed_in::sign_in_path(PATH, true))),
        devices_href: said.offers_devices.then(|| visit.path(AccountPart::Sessions.path())),
        lacks_factor: is_required && !factors.is_any(),
        keeps_last: keeps_last && is_fresh,
        has_passkeys,
        passkeys: factors.passkeys.iter().map(|it| passkey(visit, it, is_fresh, keeps_last)).collect(),
        add_passkey: (is_fresh && has_passkeys).then(add),
        one_time_codes: one_time_codes(visit, &factors, is_fresh, keeps_last),
        recovery_codes: recovery_codes(visit, &factors, is_fresh),
        frame,
    };
    visit.show(status, &page, None)
}

/// A form that posts below the page.
fn post(visit: &Visit<'_>, below: &str) -> Post {
    let path = format!("{PATH}{below}");
    Post {
        csrf: csrf::token(visit.means, Purpose::Account, &visit.browser, &path),
        action: visit.path(&path),
    }
}

fn passkey(visit: &Visit<'_>, passkey: &Passkey, is_fresh: bool, keeps_last: bool) -> PasskeyItem {
    let added = visit.texts.day(passkey.created_at);
    let facts = match passkey.last_used_at {
        None => visit.texts.with("factors-passkey-since", "date", &added),
        Some(used) => visit
            .texts
            .with_all("factors-passkey-used", &[("date", &added), ("used", &visit.texts.day(used))]),
    };
    let id = passkey.id;
    PasskeyItem {
        id,
        name: passkey.name.clone(),
        is_backed_up: passkey.is_backed_up,
        facts,
        rename: is_fresh.then(|| post(visit, &format!("/passkeys/{id}/name"))),
        remove: (is_fresh && !keeps_last).then(|| post(visit, &format!("/passkeys/{id}/remove"))),
    }
}

fn one_time_codes(
    visit: &Visit<'_>,
    factors: &Factors,
    is_fresh: bool,
    keeps_last: bool,
) -> OneTimeCodesItem {
    let app = factors.one_time_codes.as_ref();
    let facts = app.map(|app| {
        let (since, used) =
            (visit.texts.day(app.since), visit.texts.day(app.last_used_at.unwrap_or(app.since)));
        visit.texts.with_all("factors-app-since", &[("date", &since), ("used", &used)])
    });
    OneTimeCodesItem {
        remove: (facts.is_some() && is_fresh && !keeps_last).then(|| post(visit, "/one-time-codes/remove")),
        set_up: is_fresh.then(|| post(visit, "/one-time-codes")),
        facts,
    }
}

fn recovery_codes(visit: &Visit<'_>, factors: &Factors, is_fresh: bool) -> RecoveryCodesItem {
    let left = factors.recovery_codes.as_ref().map(|codes| codes.left);
    RecoveryCodesItem {
        facts: left.map(|left| visit.texts.count("factors-recovery-left", left)),
        are_few: left.is_some_and(|left| left <= 2),
        make: (is_fresh && factors.is_any()).then(|| post(visit, "/recovery-codes")),
    }
}
