//! `/reset` and `/reset/password`: somebody forgot a password.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::links::{self, with_thread};
use super::page::Visit;
use super::pages::accounts::{LinkSentPage, NewPasswordPage};
use super::peer::origin;
use super::{csrf, login};
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
    form(&visit, &params, None)
}

/// Mails a link if there is somebody; says the same in any case.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let params = match links::posted(&visit, payload, ASK).await {
        Ok(params) => params,
        Err(stale) => return stale,
    };
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
        Err(Failure::Refused(refusal)) => form(&visit, &params, Some(&refusal)),
        Err(Failure::Broken(error)) => visit.broken(&error),
    }
}

fn form(visit: &Visit<'_>, params: &Params, refusal: Option<&AccountRefusal>) -> HttpResponse {
    let sign_in_href = visit.path(&with_thread("/login", params));
    links::ask_form(visit, ASK, sign_in_href, params, refusal)
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
    let params = match links::posted(&visit, payload, reset::PATH).await {
        Ok(params) => params,
        Err(stale) => return stale,
    };
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
