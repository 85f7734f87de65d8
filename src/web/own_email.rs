//! `/account/email` and `/account/email/confirm`: the address of one's own account.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::page::Visit;
use super::pages::account::AccountPart;
use super::pages::accounts::{ConfirmEmailPage, EmailPage};
use super::peer::origin;
use super::signed_in::{account_frame, fresh_person, person};
use super::{body, csrf, links};
use crate::flow::accounts::address;
use crate::flow::{Actor, BrowserSession, Failure, Means};
use crate::protocol::params::Params;

const PATH: &str = "/account/email";

/// What a page says beside the form.
#[derive(Default)]
struct Said {
    error: Option<String>,
    done: Option<String>,
    typed: String,
}

/// The address, and a form for another one.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    match person(&visit, PATH).await {
        Ok(session) => {
            visit.speak(None, session.user.locale.as_deref());
            form(&visit, &session, StatusCode::OK, Said::default())
        }
        Err(answer) => answer,
    }
}

/// Mails a link to the new address. Whoever does this signed in lately: security statement P21.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let Ok(params) = body::form(&request, payload).await else { return visit.stale_form() };
    if !csrf::is_good(&means, &request, csrf::Purpose::Account, &visit.browser, PATH, params.get("csrf")) {
        return visit.stale_form();
    }
    let session = match fresh_person(&visit, PATH).await {
        Ok(session) => session,
        Err(answer) => return answer,
    };
    visit.speak(None, session.user.locale.as_deref());
    let typed = params.get("email").unwrap_or_default().trim().to_owned();
    match address::ask(&means, &session, &typed, origin(&request, &means, Actor::Anonymous)).await {
        Ok(()) => {
            let done = Some(visit.texts.with("accounts-email-sent", "address", &typed));
            form(&visit, &session, StatusCode::OK, Said { done, ..Said::default() })
        }
        Err(Failure::Refused(refusal)) => {
            let error = Some(refusal.in_words(visit.texts));
            form(&visit, &session, links::status(&refusal), Said { error, typed, done: None })
        }
        Err(Failure::Broken(error)) => visit.broken(&error),
    }
}

fn form(visit: &Visit<'_>, session: &BrowserSession, status: StatusCode, said: Said) -> HttpResponse {
    let mut frame = account_frame(visit, session, AccountPart::Email);
    (frame.error, frame.done) = (said.error, said.done);
    let page = EmailPage {
        chrome: visit.chrome(),
        frame,
        action: visit.path(PATH),
        csrf: csrf::token(visit.means, csrf::Purpose::Account, &visit.browser, PATH),
        current: session.user.email.clone(),
        is_verified: session.user.email_verified,
        can_change: visit.means.mailer.can_send(),
        typed: said.typed,
    };
    visit.show(status, &page, None)
}

/// Takes the link out of the address; whoever asked for it, signed in, says that it is meant.
pub async fn get_confirm(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    if let Some(answer) = links::take_along(&visit, address::PATH, &params) {
        return answer;
    }
    let session = match person(&visit, address::PATH).await {
        Ok(session) => session,
        Err(answer) => return answer,
    };
    visit.speak(None, session.user.locale.as_deref());
    let Some(link) = links::presented(&visit) else { return links::gone(&visit) };
    match address::find(&means, &session, &link).await {
        Ok(found) => confirmation(&visit, &session, Some(found)),
        Err(failure) => links::fail(&visit, failure),
    }
}

/// The address is the person's from now on.
pub async fn post_confirm(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let Ok(params) = body::form(&request, payload).await else { return visit.stale_form() };
    let (purpose, presented) = (csrf::Purpose::Account, params.get("csrf"));
    if !csrf::is_good(&means, &request, purpose, &visit.browser, address::PATH, presented) {
        return visit.stale_form();
    }
    let session = match person(&visit, address::PATH).await {
        Ok(session) => session,
        Err(answer) => return answer,
    };
    visit.speak(None, session.user.locale.as_deref());
    let Some(link) = links::presented(&visit) else { return links::gone(&visit) };
    match address::confirm(&means, &session, &link, origin(&request, &means, Actor::Anonymous)).await {
        Ok(_) => links::spent(&visit, confirmation(&visit, &session, None)),
        Err(failure) => links::fail(&visit, failure),
    }
}

fn confirmation(visit: &Visit<'_>, session: &BrowserSession, address: Option<String>) -> HttpResponse {
    let mut frame = account_frame(visit, session, AccountPart::Email);
    frame.done = address.is_none().then(|| visit.texts.t("accounts-email-done"));
    let page = ConfirmEmailPage {
        chrome: visit.chrome(),
        frame,
        action: visit.path(address::PATH),
        csrf: csrf::token(visit.means, csrf::Purpose::Account, &visit.browser, address::PATH),
        address,
    };
    visit.show(StatusCode::OK, &page, None)
}
