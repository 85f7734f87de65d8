//! `/reset` and `/reset/password`: somebody forgot a password.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::links::{self, with_thread};
use super::page::Visit;
use super::pages::accounts::{AskLinkPage, LinkSentPage, NewPasswordPage};
use super::peer::origin;
use super::{body, csrf, login};
use crate::entropy::Token;
use crate::flow::accounts::{AccountRefusal, reset};
use crate::flow::{Actor, Failure, Means};
use crate::protocol::params::Params;

/// Where somebody asks for a link.
pub const ASK: &str = "/reset";

/// Asks who it is.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    if !means.mailer.can_send() {
        return visit.known_error(
            StatusCode::NOT_FOUND,
            ["accounts-no-mail-heading", "accounts-no-mail-happened", "accounts-no-mail-do"],
        );
    }
    form(&visit, StatusCode::OK, &params, None)
}

/// Mails a link if there is somebody; says the same in any case.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let Ok(params) = body::form(&request, payload).await else { return visit.stale_form() };
    if !csrf::is_good(&means, &request, csrf::Purpose::Account, &visit.browser, ASK, params.get("csrf")) {
        return visit.stale_form();
    }
    let thread = params.get("thread").map(Token::presented);
    let who = params.get("who").unwrap_or_default();
    match reset::ask(&means, who, thread, origin(&request, &means, Actor::Anonymous)).await {
        Ok(()) => {
            let page = LinkSentPage {
                chrome: visit.chrome(),
                is_reset: true,
                address: None,
                lifetime: links::lifetime(&visit, means.config.accounts.reset_lifetime),
                sign_in_href: visit.path(&with_thread("/login", &params)),
            };
            visit.show(StatusCode::OK, &page, None)
        }
        Err(Failure::Refused(refusal)) => {
            let text = refusal.in_words(visit.texts);
            form(&visit, links::status(&refusal), &params, Some(text))
        }
        Err(Failure::Broken(error)) => visit.broken(&error),
    }
}

fn form(visit: &Visit<'_>, status: StatusCode, params: &Params, error: Option<String>) -> HttpResponse {
    let page = AskLinkPage {
        chrome: visit.chrome(),
        action: visit.path(ASK),
        csrf: csrf::token(visit.means, csrf::Purpose::Account, &visit.browser, ASK),
        thread: params.get("thread").map(str::to_owned),
        is_reset: true,
        who: params.get("who").unwrap_or_default().to_owned(),
        error,
        sign_in_href: visit.path(&with_thread("/login", params)),
    };
    visit.show(status, &page, None)
}

/// Takes the link out of the address, then shows the form for a new password.
pub async fn get_password(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    if let Some(answer) = links::take_along(&visit, reset::PATH, &params) {
        return answer;
    }
    let Some(link) = links::presented(&visit) else { return links::gone(&visit) };
    match reset::find(&means, &link).await {
        Ok(name) => password_form(&visit, StatusCode::OK, name, &params, None),
        Err(failure) => links::fail(&visit, failure),
    }
}

/// Sets the new password; then the person is signed in, or asked for what is due beside it.
pub async fn post_password(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let Ok(params) = body::form(&request, payload).await else { return visit.stale_form() };
    let (purpose, presented) = (csrf::Purpose::Account, params.get("csrf"));
    if !csrf::is_good(&means, &request, purpose, &visit.browser, reset::PATH, presented) {
        return visit.stale_form();
    }
    let Some(link) = links::presented(&visit) else { return links::gone(&visit) };
    let password = params.get("password").unwrap_or_default();
    match reset::complete(&means, &link, password, login::way(&visit, &params)).await {
        Ok(next) => links::spent(&visit, login::finish(&visit, &next)),
        Err(Failure::Refused(refusal @ (AccountRefusal::Password(_) | AccountRefusal::Busy))) => {
            let text = refusal.in_words(visit.texts);
            match reset::find(&means, &link).await {
                Ok(name) => password_form(&visit, links::status(&refusal), name, &params, Some(text)),
                Err(failure) => links::fail(&visit, failure),
            }
        }
        Err(failure) => links::fail(&visit, failure),
    }
}

fn password_form(
    visit: &Visit<'_>,
    status: StatusCode,
    user_name: String,
    params: &Params,
    error: Option<String>,
) -> HttpResponse {
    let page = NewPasswordPage {
        chrome: visit.chrome(),
        action: visit.path(reset::PATH),
        csrf: csrf::token(visit.means, csrf::Purpose::Account, &visit.browser, reset::PATH),
        thread: params.get("thread").map(str::to_owned),
        user_name,
        error,
    };
    visit.show(status, &page, None)
}
