//! An app for one-time codes is set up and removed.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{PATH, changer, gone_well, in_words, post, qr, recovery, refused};
use crate::entropy::Token;
use crate::flow::factors::FactorRefusal;
use crate::flow::factors::removal::{self, Factor};
use crate::flow::factors::totp::{self, Enrolment};
use crate::flow::{Actor, BrowserSession, Failure, Means};
use crate::web::page::Visit;
use crate::web::pages::account::AccountPart;
use crate::web::pages::factors::{AppPage, AppSecret};
use crate::web::peer::origin;
use crate::web::signed_in;

/// A new seed, as a picture and as text.
pub async fn begin(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let (session, _) = match changer(&mut visit, payload, &format!("{PATH}/one-time-codes")).await {
        Ok(changer) => changer,
        Err(answer) => return answer,
    };
    match totp::begin(&means, &session.user, &visit.browser.browser).await {
        Ok(enrolment) => show(&visit, &session, &enrolment, None),
        Err(error) => visit.broken(&error),
    }
}

/// The first code; whoever has no recovery codes yet gets them at once.
pub async fn confirm(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let (session, params) =
        match changer(&mut visit, payload, &format!("{PATH}/one-time-codes/confirm")).await {
            Ok(changer) => changer,
            Err(answer) => return answer,
        };
    let (user, browser) = (&session.user, &visit.browser.browser);
    let ceremony = Token::presented(params.get("ceremony").unwrap_or_default());
    let code = params.get("code").unwrap_or_default();
    let from = origin(&request, &means, Actor::User(user.subject.clone()));
    match totp::confirm(&means, user, browser, &ceremony, code, from).await {
        Ok(true) => gone_well(&visit, "app-added"),
        Ok(false) => recovery::show_new(&visit, &session).await,
        Err(Failure::Refused(FactorRefusal::WrongCode)) => {
            let error = in_words(visit.texts, FactorRefusal::WrongCode);
            match totp::pending(&means, user, browser, ceremony).await {
                Ok(enrolment) => show(&visit, &session, &enrolment, Some(error)),
                Err(failure) => refused(&visit, &session, failure).await,
            }
        }
        Err(failure) => refused(&visit, &session, failure).await,
    }
}

/// Removes the app.
pub async fn remove(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let (session, _) = match changer(&mut visit, payload, &format!("{PATH}/one-time-codes/remove")).await {
        Ok(changer) => changer,
        Err(answer) => return answer,
    };
    let from = origin(&request, &means, Actor::User(session.user.subject.clone()));
    match removal::remove(&means, &session.user, Factor::OneTimeCodes, from).await {
        Ok(()) => gone_well(&visit, "app-removed"),
        Err(failure) => refused(&visit, &session, failure).await,
    }
}

/// What a page shows of a seed: the template `factors_secret.html` reads it as `app`.
#[must_use]
pub fn secret(enrolment: &Enrolment) -> AppSecret {
    let letters: Vec<char> = enrolment.secret.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    AppSecret {
        qr: qr::picture(&enrolment.uri),
        text: groups.join(" "),
        ceremony: enrolment.ceremony.expose().to_owned(),
    }
}

fn show(
    visit: &Visit<'_>,
    session: &BrowserSession,
    enrolment: &Enrolment,
    error: Option<String>,
) -> HttpResponse {
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut frame = signed_in::account_frame(visit, session, AccountPart::Factors);
    (frame.title, frame.error) = (visit.texts.t("factors-app-title"), error);
    let page = AppPage {
        chrome: visit.chrome(),
        frame,
        app: secret(enrolment),
        confirm: post(visit, "/one-time-codes/confirm"),
        back_href: visit.path(PATH),
    };
    visit.show(status, &page, None)
}
