//! Recovery codes are made, and shown once.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{PATH, changer, refused};
use crate::flow::factors::recovery;
use crate::flow::{Actor, BrowserSession, Means};
use crate::web::page::Visit;
use crate::web::pages::account::AccountPart;
use crate::web::pages::factors::CodesPage;
use crate::web::peer::origin;
use crate::web::signed_in;

/// Ten new codes.
pub async fn make(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    match changer(&mut visit, payload, &format!("{PATH}/recovery-codes")).await {
        Ok((session, _)) => show_new(&visit, &session).await,
        Err(answer) => answer,
    }
}

/// Makes ten codes and shows them.
pub(super) async fn show_new(visit: &Visit<'_>, session: &BrowserSession) -> HttpResponse {
    let from = origin(visit.request, visit.means, Actor::User(session.user.subject.clone()));
    let codes = match recovery::make(visit.means, &session.user, from).await {
        Ok(codes) => codes,
        Err(failure) => return refused(visit, session, failure).await,
    };
    let mut frame = signed_in::account_frame(visit, session, AccountPart::Factors);
    frame.title = visit.texts.t("factors-codes-title");
    let page = CodesPage {
        chrome: visit.chrome(),
        frame,
        codes,
        account: session.user.name.clone(),
        issuer: visit.config().issuer.host().to_owned(),
        back_href: visit.path(PATH),
    };
    visit.show(StatusCode::OK, &page, None)
}
