//! `/account/data`: take one's data along, and leave.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::page::Visit;
use super::pages::account::AccountPart;
use super::pages::accounts::{DataPage, DeletedPage};
use super::peer::origin;
use super::signed_in::{account_frame, fresh_person, person};
use super::{body, cookies, csrf, links};
use crate::flow::accounts::{export, removal};
use crate::flow::{Actor, BrowserSession, Failure, Means};

const PATH: &str = "/account/data";
const DELETE: &str = "/account/data/delete";
const EXPORT: &str = "/account/data/export";

/// What can be done with the data.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    match person(&visit, PATH).await {
        Ok(session) => {
            visit.speak(None, session.user.locale.as_deref());
            form(&visit, &session, StatusCode::OK, None)
        }
        Err(answer) => answer,
    }
}

/// Everything that there is about the person, as a file. Whoever takes it signed in lately.
pub async fn get_export(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let session = match fresh_person(&visit, PATH).await {
        Ok(session) => session,
        Err(answer) => return answer,
    };
    match export::of_own(&means, &session).await {
        Ok(data) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "application/json"))
            .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"account.json\""))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(body::json(&data)),
        Err(error) => visit.broken(&error),
    }
}

/// Deletes the account. Whoever does this signed in lately, and says that it is meant.
pub async fn delete(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let Ok(params) = body::form(&request, payload).await else { return visit.stale_form() };
    if !csrf::is_good(&means, &request, csrf::Purpose::Account, &visit.browser, DELETE, params.get("csrf")) {
        return visit.stale_form();
    }
    let session = match fresh_person(&visit, PATH).await {
        Ok(session) => session,
        Err(answer) => return answer,
    };
    visit.speak(None, session.user.locale.as_deref());
    if params.get("sure") != Some("yes") {
        let error = visit.texts.t("accounts-delete-not-sure");
        return form(&visit, &session, StatusCode::UNPROCESSABLE_ENTITY, Some(error));
    }
    match removal::delete_own(&means, &session, origin(&request, &means, Actor::Anonymous)).await {
        Ok(()) => {
            let mut answer = visit.show(StatusCode::OK, &DeletedPage { chrome: visit.chrome() }, None);
            // A cookie of our own making is always a header.
            let _ = answer.add_cookie(&cookies::no_session(visit.config()));
            answer
        }
        Err(Failure::Refused(refusal)) => {
            let text = refusal.in_words(visit.texts);
            form(&visit, &session, links::status(&refusal), Some(text))
        }
        Err(Failure::Broken(error)) => visit.broken(&error),
    }
}

fn form(
    visit: &Visit<'_>,
    session: &BrowserSession,
    status: StatusCode,
    error: Option<String>,
) -> HttpResponse {
    let mut frame = account_frame(visit, session, AccountPart::Data);
    frame.error = error;
    let page = DataPage {
        chrome: visit.chrome(),
        frame,
        export_href: visit.path(EXPORT),
        delete_action: visit.path(DELETE),
        csrf: csrf::token(visit.means, csrf::Purpose::Account, &visit.browser, DELETE),
        can_delete: visit.config().accounts.self_deletion,
    };
    visit.show(status, &page, None)
}
